"""The dock at its narrowest, in each language and several sizes of type: nothing is cut off."""

# ruff: noqa: E402 - QGIS must run before the plugin is imported

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.application import start_qgis, wait_until

pytest.importorskip("pytestqt", reason="needs the package python3-pytestqt")
QGIS = start_qgis()

from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication, QPoint, Qt
from qgis.PyQt.QtGui import QColor, QFont
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from sarclip_plugin.gui.dock import SarclipDock
from sarclip_plugin.gui.prompt_list import Prompt
from sarclip_plugin.gui.teach_panel import Lesson
from sarclip_plugin.layers.results import OBJECTS
from sarclip_plugin.translation import load_translator
from tests.plugin.fakes import FakeController, FakeIface, write_scene

MOST_PX = 380  # a dock that needs more takes the map away
LONG = "ships near a container harbor with cranes"


@pytest.fixture(params=["en", "es", "zh_CN"])
def language(request: Any) -> Iterator[str]:
    """QGIS in a language."""
    translator = load_translator(request.param)
    QCoreApplication.installTranslator(translator)
    yield request.param
    QCoreApplication.removeTranslator(translator)


@pytest.fixture(params=[9, 12, 14])
def type_pt(request: Any) -> Iterator[int]:
    """QGIS in a size of type."""
    before = QApplication.font()
    font = QFont(before)
    font.setPointSize(request.param)
    QApplication.setFont(font)
    yield request.param
    QApplication.setFont(before)


@pytest.fixture
def dock(qtbot: Any, tmp_path: Path, language: str, type_pt: int) -> Iterator[SarclipDock]:
    """A dock in a window, as narrow as it goes."""
    project, iface = QgsProject.instance(), FakeIface()
    project.clear()
    layer = QgsRasterLayer(str(write_scene(tmp_path / "scene.tif")), "S1A_IW_GRDH_1SDV_20201107T015036")
    project.addMapLayer(layer)
    qtbot.addWidget(iface.mainWindow())
    dock = SarclipDock(iface, FakeController())
    iface.mainWindow().addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    iface.mainWindow().resize(1200, 600)
    iface.mainWindow().show()
    iface.show_pixels(0, 0, 256, 384)
    dock.scene.layer_box.setLayer(layer)
    wait_until(dock.scene.encode_button.isEnabled)
    yield dock
    dock.close_down()
    project.clear()


def narrow(dock: SarclipDock) -> SarclipDock:
    """Make a dock as narrow as QGIS lets its user make it."""
    dock.parent().resizeDocks([dock], [1], Qt.Orientation.Horizontal)
    before = None
    while before != (before := [each.geometry() for each in dock.findChildren(QWidget)]):  # layouts ask each other
        QTest.qWait(20)
    return dock


def cut_off(dock: SarclipDock) -> list[str]:
    """Names and texts of what is seen in part only."""
    area = dock.widget()
    seen = [each for each in dock.body.findChildren(QWidget) if each.isVisible()]
    outside = [each for each in seen if each.mapTo(area, QPoint(each.width(), 0)).x() > area.viewport().width()]
    tight = [each for each in seen if needed_px(each) > each.width()]
    wrapped = [each for each in seen if isinstance(each, QLabel) and each.wordWrap() and each.text()]
    low = [each for each in wrapped if each.height() < each.heightForWidth(each.width())]
    return [f"{type(each).__name__} {_text(each)!r}" for each in {*outside, *tight, *low}]


def needed_px(widget: QWidget) -> int:
    """The width that shows all of a widget's text; 0 where the text may be cut."""
    if isinstance(widget, (QPushButton, QToolButton, QAbstractSpinBox)):
        return widget.minimumSizeHint().width()
    if isinstance(widget, QLabel):
        return 0 if widget.wordWrap() or widget.pixmap() else widget.minimumSizeHint().width()
    advance = widget.fontMetrics().horizontalAdvance(_text(widget))
    if isinstance(widget, QProgressBar):
        return advance
    if isinstance(widget, QComboBox) and widget.objectName() != "name of a file":
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        field = widget.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, widget
        )
        return advance + widget.width() - field.width()
    return 0


def _text(widget: QWidget) -> str:
    for read in ("currentText", "text"):
        if hasattr(widget, read):
            return getattr(widget, read)()
    return widget.objectName()


def test_nothing_is_cut_off_before_and_after_the_encoding(dock: SarclipDock) -> None:
    dock.scene.layer_box.setObjectName("name of a file")  # of any length; the layer tree shows it whole
    assert not cut_off(narrow(dock))
    dock.scene.tile_px.setValue(1280)
    dock.scene.show_progress({"done": 3, "total": 7, "seconds_left": 2500.0})
    assert not cut_off(narrow(dock))
    assert dock.width() <= MOST_PX


def test_nothing_is_cut_off_in_results(dock: SarclipDock) -> None:
    dock.scene.layer_box.setObjectName("name of a file")
    dock.scene.encode_button.click()
    wait_until(lambda: dock.bench.is_encoded and dock.body.view_group.isEnabled())
    for text in ("ship", LONG):
        dock.prompts.add(Prompt(text, QColor("red")))
    dock.view.buttons[OBJECTS].click()
    wait_until(lambda: dock.counts.rowCount() == 2)
    dock.body.teach_button.click()
    dock.prompts.show_hint(LONG * 3)
    dock.prompts.background_box.setCollapsed(False)
    for lesson in (Lesson(), Lesson([(1, 1)]), Lesson([(1, 1)], [(200, 200)])):
        dock.teach.show_lesson(lesson)
        assert not cut_off(narrow(dock))
    assert dock.width() <= MOST_PX
    assert not dock.prompts.list.horizontalScrollBar().isVisible()
    assert LONG in dock.prompts.list.item(1).toolTip()
