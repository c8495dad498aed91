"""What is shipped: everything that is imported is declared, and the house's rules hold in the code."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points, packages_distributions
from pathlib import Path

import pytest
import tomllib

from tests.conftest import ROOT

ENGINE = ROOT / "engine"
MODULES = sorted(ENGINE.rglob("*.py"))
OPTIONAL = {"dask", "distributed"}  # of the extra `cluster`: imported where they are asked for
LONGEST = 400  # lines of a module


def imports(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Names of imported modules, and whether at the top of the file."""
    top = set(getattr(tree, "body", ()))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, node in top) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node in top


def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_everything_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.match(r"[\w.-]+", item)[0] for item in project["dependencies"]}  # type: ignore[index]
    declared = {re.sub(r"[-_.]+", "-", name).lower() for name in names}
    owners = packages_distributions()
    for path in MODULES:
        for module, _ in imports(parsed(path)):
            first = module.split(".")[0]
            if first in sys.stdlib_module_names or first == "engine" or first in OPTIONAL:
                continue
            owner = {re.sub(r"[-_.]+", "-", name).lower() for name in owners.get(first, [first])}
            assert owner & declared, f"{path.relative_to(ROOT)} imports {first}, which is not declared"


def test_what_is_declared_is_pinned_for_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    files = (ROOT / "sarclip_plugin" / "requirements").glob("engine-*.txt")
    pinned = {line.split("==")[0] for file in files for line in file.read_text(encoding="utf-8").splitlines()}
    for item in project["dependencies"]:
        name = re.match(r"[\w.-]+", item)[0]  # type: ignore[index]
        assert re.sub(r"[-_.]+", "-", name).lower() in pinned, name


@pytest.mark.parametrize(
    ("library", "places"),
    [
        ("rasterio", ("raster",)),
        ("torch", ("model", "trainers", "worker")),
        ("qgis", ()),
        ("training", ()),
        ("sarclip_plugin", ()),
    ],
)
def test_libraries_stay_in_their_place(library: str, places: tuple[str, ...]) -> None:
    for path in MODULES:
        within = path.relative_to(ENGINE).parts[0]
        used = {module.split(".")[0] for module, top in imports(parsed(path)) if top}
        assert library not in used or within in places, f"{path.relative_to(ROOT)} imports {library}"


def test_modules_are_short() -> None:
    long = {path.name: size for path in MODULES if (size := len(path.read_text().splitlines())) > LONGEST}
    assert not long


def test_no_broad_except_but_at_the_outer_boundaries() -> None:
    broad = {
        path.relative_to(ENGINE).as_posix()
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
    }
    assert {name for name in broad if not name.startswith("worker/")} <= {"cli.py"}


def test_the_console_script() -> None:
    (script,) = entry_points(group="console_scripts", name="sarclip")
    assert script.value == "engine.cli:main" and callable(script.load())


def test_types_are_shipped() -> None:
    assert (ENGINE / "py.typed").is_file()


@pytest.mark.parametrize(("pattern", "most_mb"), [("models/*.safetensors", 20), ("demo/*.tif", 4)])
def test_resources_are_there_and_small(pattern: str, most_mb: int) -> None:
    files = list((ROOT / "resources").glob(pattern))
    assert files
    for file in files:
        assert file.stat().st_size <= most_mb * 1_000_000, file
