"""Pointing at the scene: a place to find more of, and tiles to teach with. All of it works from the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.core import QgsGeometry, QgsPointXY, QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMapMouseEvent, QgsMapTool, QgsRubberBand, QgsVertexMarker
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor

from ..compat import LINES, MARKER_CROSS, POLYGONS

_LEAST_DRAG_PX = 6  # a hand that clicks is not quite still
RIGHT_COLOR, WRONG_COLOR = QColor("#0072b2"), QColor("#d55e00")  # told apart by colour-blind eyes, too
_SELECT_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class _PointingTool(QgsMapTool):
    """A tool with a cross in the middle of the map, for those who move the map with the arrow keys."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._cross: QgsVertexMarker | None = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        canvas.extentsChanged.connect(self._move_cross)

    def deactivate(self) -> None:
        """Leave the map as it was."""
        self._set_cross(shown=False)
        super().deactivate()

    def keyPressEvent(self, event: Any) -> None:  # noqa: ANN401, N802 - Qt's name
        """Show the cross once a key is used; Escape gives the map back."""
        if event.key() == Qt.Key.Key_Escape:
            event.accept()
            self._canvas.unsetMapTool(self)
            return
        self._set_cross(shown=True)
        # QGIS moves the map with a key that no tool has accepted, and events arrive accepted.
        event.setAccepted(event.key() in _SELECT_KEYS)
        if event.isAccepted():
            self.pick(self._canvas.center(), shift=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def pick(self, point: QgsPointXY, *, shift: bool) -> None:
        """Do what Enter (or Shift+Enter) means at the middle of the map."""
        raise NotImplementedError

    def _set_cross(self, *, shown: bool) -> None:
        if shown and self._cross is None:
            self._cross = QgsVertexMarker(self._canvas)
            self._cross.setIconType(MARKER_CROSS)
            self._cross.setIconSize(16)
            self._cross.setPenWidth(2)
            self._cross.setColor(QColor("#f0e442"))
            self._move_cross()
        elif not shown and self._cross is not None:
            self._canvas.scene().removeItem(self._cross)
            self._cross = None

    def _move_cross(self) -> None:
        if self._cross is not None:
            self._cross.setCenter(self._canvas.center())


class FindSimilarTool(_PointingTool):
    """Click a place or drag a box; Enter takes the middle of the map."""

    point_picked = pyqtSignal(QgsPointXY)  # in the system of the map
    box_picked = pyqtSignal(QgsRectangle)

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._band = QgsRubberBand(canvas, POLYGONS)
        self._band.setColor(QColor("#f0e442"))
        self._band.setFillColor(QColor(240, 228, 66, 40))
        self._band.setWidth(2)
        self._start: Any = None  # QPoint of the press

    def canvasPressEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Begin."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._start = event.pos()

    def canvasMoveEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802
        """Show the box."""
        if self._start is not None:
            self._band.setToGeometry(QgsGeometry.fromRect(self._box(event.pos())), None)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802
        """Say which place it is."""
        if self._start is None or event.button() != Qt.MouseButton.LeftButton:
            return
        dragged = (event.pos() - self._start).manhattanLength() >= _LEAST_DRAG_PX
        box = self._box(event.pos())
        self._start = None
        self._band.reset(POLYGONS)
        if dragged and not box.isEmpty():
            self.box_picked.emit(box)
        else:
            self.point_picked.emit(self.toMapCoordinates(event.pos()))

    def pick(self, point: QgsPointXY, *, shift: bool) -> None:
        """Take the middle."""
        self.point_picked.emit(point)

    def deactivate(self) -> None:
        """Leave the map as it was."""
        self._start = None
        self._band.reset(POLYGONS)
        super().deactivate()

    def _box(self, end: Any) -> QgsRectangle:  # noqa: ANN401 - QPoint
        return QgsRectangle(self.toMapCoordinates(self._start), self.toMapCoordinates(end))


class TeachTool(_PointingTool):
    """Click a tile that is right, right-click or Shift+click one that is wrong; again takes the mark away.

    Keys: Enter marks the middle of the map right, Shift+Enter wrong.
    """

    marked = pyqtSignal(QgsPointXY, bool)  # in the system of the map; whether it is right

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._bands = {True: self._make_band(RIGHT_COLOR), False: self._make_band(WRONG_COLOR)}
        self._crosses = QgsRubberBand(canvas, LINES)  # so that wrong does not differ from right by colour alone
        self._crosses.setColor(WRONG_COLOR)
        self._crosses.setWidth(2)

    def canvasReleaseEvent(self, event: QgsMapMouseEvent) -> None:  # noqa: N802 - QGIS's name
        """Mark the tile."""
        wrong = event.button() == Qt.MouseButton.RightButton or bool(
            event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        )
        self.marked.emit(self.toMapCoordinates(event.pos()), not wrong)

    def pick(self, point: QgsPointXY, *, shift: bool) -> None:
        """Mark the middle."""
        self.marked.emit(point, not shift)

    def show_marks(self, right: Sequence[QgsGeometry], wrong: Sequence[QgsGeometry]) -> None:
        """Outline the marked tiles, polygons in the system of the map; wrong ones are crossed out."""
        for band, tiles in ((self._bands[True], right), (self._bands[False], wrong)):
            band.reset(POLYGONS)
            for tile in tiles:
                band.addGeometry(tile, None)
        self._crosses.reset(LINES)
        for tile in wrong:
            ring = tile.asPolygon()[0]
            for corner in (0, 1):
                self._crosses.addGeometry(QgsGeometry.fromPolylineXY([ring[corner], ring[corner + 2]]), None)

    def deactivate(self) -> None:
        """Leave the map as it was."""
        self.show_marks([], [])
        super().deactivate()

    def _make_band(self, color: QColor) -> QgsRubberBand:
        band = QgsRubberBand(self._canvas, POLYGONS)
        fill = QColor(color)
        fill.setAlpha(60)
        band.setColor(color)
        band.setFillColor(fill)
        band.setWidth(2)
        return band
