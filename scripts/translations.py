"""Bring the plugin's .ts files in line with its source, and compile them.

`python scripts/translations.py` adds new texts without a translation, drops those that are gone, and leaves the
rest as it is; Qt's lrelease then makes the .qm files that QGIS loads. Qt's own pylupdate names contexts after
classes and knows no plurals of a function, so the source is read here.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PLUGIN = Path(__file__).resolve().parents[1] / "sarclip_plugin"
I18N = PLUGIN / "i18n"
CONTEXT = "Sarclip"
FORMS = {"en": 2, "es": 2, "zh_CN": 1}  # of a plural, by language, as Qt counts them
PLURALS_ONLY = ("en",)  # the source is English, but for "%n tile(s)"


@dataclass(frozen=True)
class Text:
    """A text of the source.

    Attributes:
        source: In English.
        plural: Whether a number chooses its form.
        file: Where it is first, from the plugin's folder.
    """

    source: str
    plural: bool
    file: str


def texts_of(folder: Path = PLUGIN) -> dict[str, Text]:
    """Return all texts of the source by themselves, in the order of files and lines.

    Raises:
        ValueError: A text is put together before it is translated, so that nobody can translate it.
    """
    found: dict[str, Text] = {}
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        for text, plural in _marked(path):
            known = found.setdefault(text, Text(text, plural, name))
            if known.plural != plural:
                raise ValueError(f"{name}: {text!r} is used with and without a number")
    return found


def _marked(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield the texts of a file, and whether a number comes with each."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name not in ("tr", "QT_TRANSLATE_NOOP"):
            continue
        text = call.args[0 if name == "tr" else 1]
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            yield text.value, name == "tr" and len(call.args) > 1
        elif not isinstance(text, (ast.Name, ast.Attribute)):  # those were marked where they got their text
            raise ValueError(  # noqa: TRY004 - of the source, not of an argument
                f"{path}:{call.lineno}: {name}() takes a text that is written out"
            )


def read_ts(path: Path) -> dict[str, list[str]]:
    """Return the finished translations of a file: source -> forms, one unless a number chooses."""
    found: dict[str, list[str]] = {}
    root = ET.parse(path).getroot() if path.exists() else ET.Element("TS")  # noqa: S314 - a file of ours
    for message in root.iter("message"):
        translation = message.find("translation")
        forms = [form.text or "" for form in translation.iter("numerusform")] or [translation.text or ""]
        if all(forms):
            found[message.findtext("source") or ""] = forms
    return found


def write_ts(path: Path, language: str, texts: dict[str, Text], known: dict[str, list[str]]) -> int:
    """Write a file of translations.

    Args:
        path: Of the .ts file.
        language: Key of FORMS.
        texts: Of the source.
        known: Translations by source; those whose source is gone are dropped.

    Returns:
        How many texts lack a translation.
    """
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = CONTEXT
    missing = 0
    for text in texts.values():
        if language in PLURALS_ONLY and not text.plural:
            continue
        message = ET.SubElement(context, "message", {"numerus": "yes"} if text.plural else {})
        ET.SubElement(message, "source").text = text.source
        ET.SubElement(message, "extracomment").text = text.file
        forms = known.get(text.source, [])
        if len(forms) != (FORMS[language] if text.plural else 1):
            forms, missing = [""] * FORMS[language], missing + 1
        translation = ET.SubElement(message, "translation", {} if forms[0] else {"type": "unfinished"})
        if text.plural:
            for form in forms:
                ET.SubElement(translation, "numerusform").text = form
        else:
            translation.text = forms[0]
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', encoding="utf-8")
    return missing


def compile_ts(path: Path) -> None:
    """Make the .qm file beside a .ts file.

    Raises:
        FileNotFoundError: Qt's lrelease is not installed.
        subprocess.CalledProcessError: It found a fault in the file.
    """
    release = next(filter(None, map(shutil.which, ("lrelease", "lrelease-qt5", "lrelease-qt6"))), None)
    if release is None:
        raise FileNotFoundError("Qt's lrelease is not installed; on Debian: apt install qttools5-dev-tools")
    command = [release, "-silent", str(path), "-qm", str(path.with_suffix(".qm"))]
    subprocess.run(command, check=True)  # noqa: S603


def main() -> int:
    """Update and compile; tell what is left to be translated."""
    parser = argparse.ArgumentParser(description="Bring the plugin's translations in line with its source")
    parser.add_argument("--no-compile", action="store_true", help="leave the .qm files as they are")
    compiling = not parser.parse_args().no_compile
    texts = texts_of()
    missing = 0
    for language in FORMS:
        path = I18N / f"sarclip_{language}.ts"
        lacking = write_ts(path, language, texts, read_ts(path))
        sys.stdout.write(f"{path.name}: {lacking} of {len(texts)} texts lack a translation\n")
        missing += lacking
        if compiling:
            compile_ts(path)
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main())
