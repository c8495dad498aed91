"""The .ts and .qm files against the source, and the plugin in other languages."""

# ruff: noqa: E402 - QGIS must run before the plugin is imported

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scripts import translations as script
from tests.plugin.application import start_qgis, wait_until

QGIS = start_qgis()

from qgis.core import QgsProject, QgsRasterLayer, QgsSettings
from qgis.PyQt.QtCore import QCoreApplication, Qt, QTranslator
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QTableWidget, QWidget

import sarclip_plugin
from sarclip_plugin.controller import EngineController
from sarclip_plugin.gui.dock import SarclipDock
from sarclip_plugin.gui.prompt_list import Prompt
from sarclip_plugin.gui.setup_dialog import SetupDialog
from sarclip_plugin.layers.results import HEATMAP, OBJECTS, TILES
from sarclip_plugin.processing.provider import SarclipProvider
from sarclip_plugin.translation import CONTEXT, load_translator, tr
from tests.plugin.fakes import FakeController, FakeIface, write_scene

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "sarclip_plugin").rglob("*.py"))
PLACEHOLDER = re.compile(r"\{[^}]*\}|%\w")
LINK_OR_TAG = re.compile(r"<a .*?</a>|<[^>]*>")  # a link shows the path it leads to
WORD = re.compile(r"[^\W\d_]{2,}")
SHOWN = {  # what their text arguments say is seen by people
    "setText", "setToolTip", "setTitle", "setWindowTitle", "setPlaceholderText", "setAccessibleName", "setSuffix",
    "setSpecialValueText", "setFormat", "setDialogTitle", "setHelp", "addItem", "addRow", "addButton", "QLabel",
    "QPushButton", "QRadioButton", "QCheckBox", "QToolButton", "QAction", "QgsCollapsibleGroupBox", "pushInfo",
    "pushWarning", "reportError", "pushMessage", "setProgressText", "SourceError", "EngineError", "AreaError",
    "EngineNotReadyError", "QgsProcessingException", "show_note", "show_hint", "_say", "_warn",
}  # fmt: skip
NAMES = {"SARCLIP", "Python"}  # the same in every language


TEXTS = script.texts_of()
each_language = pytest.mark.parametrize("language", ["zh_CN", "es"])


@contextmanager
def speaking(translator: QTranslator) -> Iterator[None]:
    """Let QGIS speak a language for a while."""
    QCoreApplication.installTranslator(translator)
    try:
        yield
    finally:
        QCoreApplication.removeTranslator(translator)


def translations(language: str) -> dict[str, list[str]]:
    return script.read_ts(script.I18N / f"sarclip_{language}.ts")


# -- files --------------------------------------------------------------------------------------------------


@each_language
def test_every_text_of_the_source_is_translated_and_nothing_else(language: str) -> None:
    known = set(translations(language))
    assert not set(TEXTS) - known, "run `make translations`, translate, and run it again"
    assert not known - set(TEXTS), "these left the source: run `make translations`"


@each_language
def test_placeholders_stay(language: str) -> None:
    for source, forms in translations(language).items():
        for form in forms:
            assert sorted(PLACEHOLDER.findall(form)) == sorted(PLACEHOLDER.findall(source)), source


@each_language
def test_plurals_have_the_forms_of_the_language(language: str) -> None:
    for source, forms in translations(language).items():
        if source in TEXTS:
            assert len(forms) == (script.FORMS[language] if TEXTS[source].plural else 1), source


@each_language
def test_sentences_are_not_left_in_english(language: str) -> None:
    same = {source for source, forms in translations(language).items() if forms[0] == source}
    assert not [source for source in same if len(WORD.findall(PLACEHOLDER.sub("", source))) > 2]


@pytest.mark.parametrize("language", ["zh_CN", "es", "en"])
def test_compiled_files_say_what_the_sources_say(language: str) -> None:
    with speaking(load_translator(language)):
        for source, forms in translations(language).items():
            if source in TEXTS and TEXTS[source].plural:
                assert {tr(source, 1), tr(source, 5)} >= {forms[0].replace("%n", "1"), forms[-1].replace("%n", "5")}
            else:
                assert tr(source) == forms[0], "run `make translations`"


def test_a_new_text_and_an_old_one_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text('tr("Old")\ntr("Kept"); QT_TRANSLATE_NOOP("Sarclip", "Two " "parts")\n')
    texts = script.texts_of(tmp_path)
    assert list(texts) == ["Old", "Kept", "Two parts"]
    file = tmp_path / "x.ts"
    assert script.write_ts(file, "es", texts, {"Old": ["viejo"], "Kept": ["<quedo> & 'tú'"]}) == 1
    assert script.read_ts(file) == {"Old": ["viejo"], "Kept": ["<quedo> & 'tú'"]}
    (tmp_path / "one.py").write_text('tr("Kept")\ntr("%n new", 2)\n')
    assert script.write_ts(file, "es", script.texts_of(tmp_path), script.read_ts(file)) == 1
    assert script.read_ts(file) == {"Kept": ["<quedo> & 'tú'"]}


def test_a_text_that_nobody_can_translate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text('tr(f"{count} tiles")\n')
    with pytest.raises(ValueError, match=r"one\.py:1: tr\(\)"):
        script.texts_of(tmp_path)


@each_language
def test_the_help_is_there_and_whole(language: str) -> None:
    folder = ROOT / "sarclip_plugin" / "help"
    english, other = (
        (folder / name).read_text(encoding="utf-8") for name in ("index.html", translations(language)["index.html"][0])
    )
    structure = re.compile(r"</?[a-z]\w*(?: id=\"\w+\")?>")
    assert structure.findall(other) == structure.findall(english)
    assert f'lang="{language.replace("_", "-")}"' in other


# -- the plugin in another language -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("zh_CN", "编码"), ("zh", "编码"), ("es", "Codificar"), ("es_MX", "Codificar"), ("fr_FR", ""), ("C", "")],
)
def test_the_locale_chooses_the_language(locale: str, expected: str) -> None:
    assert (load_translator(locale).translate(CONTEXT, "Encode") or "") == expected


@each_language
def test_the_plugin_speaks_the_language_of_qgis(language: str) -> None:
    expected = {source: forms[0] for source, forms in translations(language).items()}
    QgsSettings().setValue("locale/userLocale", language)
    plugin = sarclip_plugin.classFactory(None)
    try:
        plugin.initProcessing()
        algorithm = QGIS.processingRegistry().algorithmById("sarclip:countobjects")
        assert algorithm.displayName() == expected["Count objects"] != "Count objects"
        assert algorithm.parameterDefinition("THRESHOLD").description() == expected["Threshold"] != "Threshold"
        assert len(algorithm.shortDescription()) < len(algorithm.shortHelpString())
        assert tr("Encode") == expected["Encode"]
    finally:
        plugin.unload()
        QgsSettings().remove("locale/userLocale")
    assert tr("Encode") == "Encode", "the plugin left its translator behind"


def test_english_counts_one_tile_and_two_tiles() -> None:
    with speaking(load_translator("en_US")):
        assert [tr("{}: %n tile(s)", count).format("ship") for count in (1, 2)] == ["ship: 1 tile", "ship: 2 tiles"]


# -- what is not translated at all ------------------------------------------------------------------------


class Marker(QTranslator):
    """A language in which every text, QGIS's own too, stands in brackets."""

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"⟦{text}⟧"


@pytest.fixture
def marked() -> Iterator[None]:
    """Let QGIS speak the language of brackets."""
    with speaking(Marker()):
        yield


def bare(text: str) -> str:
    """Return what of a text stands in no brackets."""
    while True:
        text, count = re.subn(r"⟦[^⟦⟧]*⟧", "", text)
        if not count:
            return text


def texts_in(widget: QWidget) -> Iterator[tuple[str, str]]:
    """Yield what a widget and all within it show or say, with where."""
    getters = ["toolTip", "title", "windowTitle", "placeholderText", "accessibleName", "suffix", "specialValueText",
               "statusTip", "whatsThis", "format"]  # fmt: skip
    for each in (widget, *widget.findChildren(QWidget)):
        written_by_people = isinstance(each, (QLineEdit, QAbstractSpinBox))
        for getter in [*getters, *([] if written_by_people else ["text"])]:
            read = getattr(each, getter, None)
            if callable(read):
                yield f"{type(each).__name__}.{getter}", _read(read)
        if isinstance(each, QComboBox):
            for index in range(each.count()):
                yield "QComboBox.itemText", each.itemText(index)
        if isinstance(each, QTableWidget):
            for column in range(each.columnCount()):
                yield "QTableWidget.header", each.horizontalHeaderItem(column).text()


def _read(read: Any) -> str:
    try:
        value = read()
    except TypeError:  # a method of the same name that wants something
        return ""
    return value if isinstance(value, str) else ""


def untranslated(widget: QWidget, names: set[str] = frozenset()) -> list[str]:
    return [
        f"{where}: {text}"
        for where, text in texts_in(widget)
        if any(word not in names for word in WORD.findall(LINK_OR_TAG.sub("", bare(text))))
    ]


def test_nothing_in_the_dock_is_left_in_english(marked: None, tmp_path: Path) -> None:
    project, iface, controller = QgsProject.instance(), FakeIface(), FakeController()
    project.clear()
    layer = QgsRasterLayer(str(write_scene(tmp_path / "scene.tif")), "scene")
    project.addMapLayer(layer)
    dock = SarclipDock(iface, controller)
    iface.mainWindow().addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    names = {"scene", "VH", "VV", "fake", "ship", *NAMES}
    try:
        iface.show_pixels(0, 0, 256, 384)
        dock.scene.layer_box.setLayer(layer)
        wait_until(dock.scene.encode_button.isEnabled)
        assert not untranslated(dock, names)
        dock.scene.encode_button.click()
        wait_until(lambda: dock.bench.is_encoded and dock.body.view_group.isEnabled())
        dock.prompts.add(Prompt("ship", QColor("red")))
        for mode in (HEATMAP, TILES, OBJECTS):
            dock.view.buttons[mode].click()
            wait_until(lambda mode=mode: bool(dock.bench.results.find(mode)))
            assert not untranslated(dock, names)
            shown = dock.bench.results.find(mode)[0]
            assert not WORD.findall(bare(shown.name())), shown.name()
        dock.body.teach_button.click()
        assert not untranslated(dock, names)
        legend = dock.bench.results.find(HEATMAP)[0].renderer().shader().rasterShaderFunction().legendSettings()
        for label in (legend.minimumLabel(), legend.maximumLabel()):
            assert label.startswith("⟦")
    finally:
        dock.close_down()
        project.clear()


def test_nothing_in_the_set_up_is_left_in_english(marked: None) -> None:
    dialog = SetupDialog(EngineController())
    try:
        assert not untranslated(dialog, NAMES)
    finally:
        dialog.shut_down()
        dialog.deleteLater()


def test_nothing_in_processing_is_left_in_english(marked: None) -> None:
    provider = SarclipProvider(FakeController())
    QGIS.processingRegistry().addProvider(provider)
    try:
        assert len(provider.algorithms()) >= 7
        for algorithm in provider.algorithms():
            texts = [algorithm.displayName(), algorithm.shortHelpString(), algorithm.shortDescription()]
            for parameter in algorithm.parameterDefinitions():
                texts += [parameter.description(), parameter.help()]
            texts += [output.description() for output in algorithm.outputDefinitions()]
            assert [text for text in texts if not text.startswith("⟦")] == [], algorithm.name()
    finally:
        QGIS.processingRegistry().removeProvider(provider)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_what_people_see_goes_through_tr(source: Path) -> None:
    for call in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and name_of(call.func) in SHOWN:
            seen = call.args[:1] if name_of(call.func).endswith("Error") else call.args  # the rest is for programs
            for text in (part for argument in seen for part in literals(argument)):
                assert not set(WORD.findall(text)) - NAMES, f"{source.name}:{call.lineno}: {text!r}"


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def literals(argument: ast.expr) -> list[str]:
    """Return the texts that are written out in an argument, outside of calls."""
    parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
