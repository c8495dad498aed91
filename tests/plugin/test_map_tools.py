"""Pointing at the map: clicks, drags, keys, and what stays behind."""

# ruff: noqa: E402 - QGIS must run before the plugin is imported

from __future__ import annotations

import pytest

from tests.plugin.application import start_qgis

pytest.importorskip("pytestqt", reason="needs the package python3-pytestqt")
QGIS = start_qgis()

from qgis.core import QgsGeometry, QgsRectangle
from qgis.gui import QgsMapToolPan
from qgis.PyQt.QtCore import QPoint, Qt

from sarclip_plugin.gui.map_tools import FindSimilarTool, TeachTool
from tests.plugin.fakes import FakeIface

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def iface(qtbot: object) -> FakeIface:
    """A window with a map of the scene."""
    iface = FakeIface()
    qtbot.addWidget(iface.mainWindow())
    iface.mainWindow().show()
    qtbot.waitExposed(iface.mainWindow())
    iface.show_pixels(0, 0, 256, 384)
    return iface


def test_a_click_is_a_point_and_a_drag_a_box(iface: FakeIface, qtbot: object) -> None:
    canvas = iface.mapCanvas()
    tool = FindSimilarTool(canvas)
    points, boxes = [], []
    tool.point_picked.connect(points.append)
    tool.box_picked.connect(boxes.append)
    canvas.setMapTool(tool)
    place = QPoint(120, 90)
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=place)
    expected = tool.toMapCoordinates(place)
    assert (points[0].x(), points[0].y()) == pytest.approx((expected.x(), expected.y()))
    qtbot.mousePress(canvas.viewport(), LEFT, pos=place)
    qtbot.mouseMove(canvas.viewport(), QPoint(200, 130))
    qtbot.mouseRelease(canvas.viewport(), LEFT, pos=QPoint(220, 140))
    assert len(boxes) == 1
    assert boxes[0].width() > boxes[0].height() > 0
    assert len(points) == 1


def test_enter_takes_the_middle_of_the_map(iface: FakeIface, qtbot: object) -> None:
    canvas = iface.mapCanvas()
    tool = FindSimilarTool(canvas)
    points = []
    tool.point_picked.connect(points.append)
    canvas.setMapTool(tool)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert (points[0].x(), points[0].y()) == pytest.approx((canvas.center().x(), canvas.center().y()))


def test_escape_gives_the_map_back(iface: FakeIface, qtbot: object) -> None:
    canvas = iface.mapCanvas()
    pan, tool = QgsMapToolPan(canvas), TeachTool(canvas)
    canvas.setMapTool(pan)
    canvas.setMapTool(tool)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.mapTool() is not tool


@pytest.mark.parametrize(
    ("button", "modifier", "right"),
    [
        (LEFT, Qt.KeyboardModifier.NoModifier, True),
        (LEFT, Qt.KeyboardModifier.ShiftModifier, False),
        (RIGHT, Qt.KeyboardModifier.NoModifier, False),
    ],
)
def test_marks_are_right_or_wrong(
    iface: FakeIface, qtbot: object, button: Qt.MouseButton, modifier: Qt.KeyboardModifier, right: bool
) -> None:
    canvas = iface.mapCanvas()
    tool = TeachTool(canvas)
    marks = []
    tool.marked.connect(lambda point, is_right: marks.append(is_right))
    canvas.setMapTool(tool)
    qtbot.mouseClick(canvas.viewport(), button, modifier, pos=QPoint(50, 60))
    assert marks == [right]


def test_shift_enter_marks_wrong(iface: FakeIface, qtbot: object) -> None:
    canvas = iface.mapCanvas()
    tool = TeachTool(canvas)
    marks = []
    tool.marked.connect(lambda point, is_right: marks.append(is_right))
    canvas.setMapTool(tool)
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    qtbot.keyClick(canvas, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert marks == [True, False]


def test_nothing_is_left_on_the_map(iface: FakeIface) -> None:
    canvas = iface.mapCanvas()
    tool = TeachTool(canvas)
    canvas.setMapTool(tool)
    tile = QgsGeometry.fromRect(QgsRectangle(500_000, 3_999_000, 501_000, 4_000_000))
    tool.show_marks([tile], [tile])
    bands = [tool._bands[True], tool._bands[False], tool._crosses]
    assert all(band.numberOfVertices() for band in bands)
    canvas.unsetMapTool(tool)
    assert not any(band.numberOfVertices() for band in bands)
