"""Sentences of the engine as QGIS shows them: no options of a command line that nobody sees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("qgis.core", reason="needs the interpreter that QGIS's bindings belong to")

from qgis.PyQt.QtCore import QCoreApplication

from sarclip_plugin import engine_errors
from sarclip_plugin.engine_errors import for_people, in_terms_of_qgis
from sarclip_plugin.translation import load_translator
from tests.plugin.application import start_qgis

QGIS = start_qgis()
ROOT = Path(__file__).resolve().parents[2]
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")
# Of the command line, as are the trainers.
NEVER_IN_THE_WORKER = {"cli.py", "console.py", "session.py", "demo.py", "__main__.py"}


def texts() -> Iterator[tuple[str, str]]:
    """File and text of every literal of the engine that names an option, documentation left out."""
    for path in sorted((ROOT / "engine").rglob("*.py")):
        if path.name in NEVER_IN_THE_WORKER or path.parent.name == "trainers":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documentation = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and node.body and isinstance(node.body[0], ast.Expr)
        }  # fmt: skip
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in documentation else None
            if isinstance(text, str) and OPTION.search(text):
                yield str(path.relative_to(ROOT)), text


def test_every_option_the_engine_names_has_a_name_in_qgis() -> None:
    found = list(texts())
    assert len(found) > 5  # else the search is broken
    for file, text in found:
        for option in OPTION.findall(text):
            shown = in_terms_of_qgis(f"give --{option}")
            assert "“" in shown, f"{file}: --{option} has no name in QGIS"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "no room in /c: free some space, or give another --cache",
            "no room in /c: free some space, or give another “Folder of embeddings” in Set Up Engine…",
        ),
        ("--tile-m 5: the pixel size is unknown; give --tile", "“Tile size” in meters 5: the pixel size is unknown; "
         "give “Tile size” in pixels"),
        ("see `sarclip models add`", "see “sarclip models add” on a command line"),
        ("prompt 'a--b' has -- in it", "prompt 'a--b' has -- in it"),
        ("an --unheard-of option", "an unheard of option"),
    ],
)  # fmt: skip
def test_sentences(said: str, shown: str) -> None:
    assert in_terms_of_qgis(said) == shown


def error_classes() -> set[str]:
    """Names of the engine's errors."""
    tree = ast.parse((ROOT / "engine" / "errors.py").read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


def test_every_lead_belongs_to_an_error_of_the_engine() -> None:
    known = error_classes()
    assert set(engine_errors._LEADS) <= known, "an error was renamed: its lead is never shown"
    without = {"SarclipError", "Cancelled", "NotOpenError"}  # root, told otherwise, mended by the client itself
    assert known - set(engine_errors._LEADS) == without


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no room in /c: free some", "No room in /c: free some"),
        ("prompt 'x': no word of it is known", "Prompt 'x': no word of it is known"),
        ("/data/x.tif: not a raster", "/data/x.tif: not a raster"),
        ("x.tif has 2 bands", "x.tif has 2 bands"),
        ("--band 7: there are 2", "“Band” 7: there are 2"),
        ("", ""),
    ],
)
def test_in_english_a_sentence_begins_with_a_capital(said: str, shown: str) -> None:
    assert for_people(said, "StoreError") == shown


@pytest.mark.parametrize(
    ("language", "kind", "shown"),
    [
        ("es", "SceneError", "No se puede leer la escena: x.tif is gone"),
        ("es", "SomethingNew", "El motor dice: x.tif is gone"),
        ("zh_CN", "OutputError", "无法写入结果：x.tif is gone"),
    ],
)
def test_in_other_languages_a_lead_says_what_is_wrong(language: str, kind: str, shown: str) -> None:
    translator = load_translator(language)
    QCoreApplication.installTranslator(translator)
    try:
        assert for_people("x.tif is gone", kind) == shown
    finally:
        QCoreApplication.removeTranslator(translator)
