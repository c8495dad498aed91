"""The plugin's code against Python 3.9, which QGIS 3.22 to 3.34 bring on Windows."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).resolve().parents[2] / "sarclip_plugin"
SOURCES = sorted(PLUGIN.rglob("*.py"))


def vermin(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Ask vermin, which knows since when Python has each piece of its syntax and library."""
    python = os.environ.get("SARCLIP_PYTHON") or sys.executable
    if subprocess.run([python, "-c", "import vermin"], capture_output=True).returncode:
        pytest.skip(f"vermin is not installed in {python}: pip install -e .[dev]")
    # annotations are texts: every module begins with `from __future__ import annotations`
    options = ("--target=3.9-", "--no-tips", "--violations", "--no-eval-annotations")
    command = [python, "-c", "import vermin; vermin.main()", *options, *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True)


def test_library_and_syntax() -> None:
    answer = vermin(PLUGIN)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    "line",
    ["import itertools\nitertools.pairwise('ab')", "match 1:\n    case 1: pass", "sorted(zip('a', strict=True))",
     "import dataclasses\ndataclasses.dataclass(slots=True)", "import datetime\ndatetime.UTC"],
)  # fmt: skip
def test_a_newer_one_would_be_noticed(line: str, tmp_path: Path) -> None:
    (tmp_path / "newer.py").write_text(line + "\n")
    answer = vermin(tmp_path)
    assert answer.returncode == 1
    assert re.search(r"Minimum required versions: +3\.1\d", answer.stdout), answer.stdout


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_no_union_is_evaluated(source: Path) -> None:
    """`int | None` outside of annotations is an error before Python 3.10, and no tool tells it from an "or" of bits."""
    text = source.read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 9))
    assert "from __future__ import annotations" in text or not tree.body[1:]
    annotations = {id(part) for node in ast.walk(tree) for note in _notes(node) for part in ast.walk(note)}
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and id(node) not in annotations:
            assert not any(_is_type(side) for side in (node.left, node.right)), f"line {node.lineno}"


def _notes(node: ast.AST) -> list[ast.expr]:
    notes = (getattr(node, "annotation", None), getattr(node, "returns", None))
    return [note for note in notes if isinstance(note, ast.expr)]


def _is_type(side: ast.expr) -> bool:
    names = {"int", "str", "float", "bool", "bytes", "list", "dict", "tuple", "set", "Path", "Any"}
    if isinstance(side, ast.Subscript):
        side = side.value
    return (isinstance(side, ast.Constant) and side.value is None) or (isinstance(side, ast.Name) and side.id in names)
