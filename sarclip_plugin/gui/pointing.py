"""What is pointed at on the map: a place to find more of, and tiles to teach with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..engine_client import EngineError
from ..layers.ground import PixelGrid, point_to_crs
from ..layers.results import TAUGHT
from ..translation import tr
from .area import grid_of
from .map_tools import FindSimilarTool, TeachTool
from .teach_panel import Lesson, TeachPanel
from .workbench import Workbench


class Pointing(QObject):
    """The two map tools, and what comes of them."""

    similar_found = pyqtSignal(dict)
    taught = pyqtSignal(str, dict)  # name, result
    cleared = pyqtSignal(object)  # the Lesson whose marks the analyst has taken away
    tool_changed = pyqtSignal(bool, bool)  # whether the map has the tool for similar places, and for teaching

    def __init__(self, canvas: QgsMapCanvas, bench: Workbench, panel: TeachPanel, parent: QObject) -> None:
        """Args: the map, the workbench, the panel that shows the lesson, and the owner."""
        super().__init__(parent)
        self._canvas, self._bench, self._panel = canvas, bench, panel
        self.lesson = Lesson()
        self.lessons: dict[str, Lesson] = {}  # kept ones, by name
        self._shown_as = ""  # name under which the lesson in work is on the map
        self._before: Any = None  # the tool that ours replaced
        self.similar_tool, self.teach_tool = FindSimilarTool(canvas), TeachTool(canvas)
        self.similar_tool.point_picked.connect(lambda point: self._find_similar(point, None))
        self.similar_tool.box_picked.connect(lambda box: self._find_similar(None, box))
        self.teach_tool.marked.connect(self._mark)
        panel.cleared.connect(self._clear_marks)
        canvas.mapToolSet.connect(self._on_tool_set)

    def use_similar(self, on: bool) -> None:
        """Take the tool that finds similar places, or give the map back."""
        self._use(self.similar_tool, on)

    def use_teach(self, on: bool) -> None:
        """Take the tool that teaches, or give the map back."""
        self._use(self.teach_tool, on)
        if on:
            self._show_lesson()

    def leave(self) -> None:
        """Give the map back."""
        for tool in (self.similar_tool, self.teach_tool):
            self._use(tool, on=False)

    def leave_lesson(self) -> None:
        """Another scene is worked on: marks of this one say nothing about it."""
        if self.lesson.layer not in ("", self._bench.layer_id):
            self._shown_as = ""
            self.clear()

    def clear(self) -> None:
        """Begin a new lesson."""
        self.lesson = Lesson()
        self._show_lesson()

    def take_up(self, lesson: Lesson) -> None:
        """Go on with a lesson that was cleared."""
        self.lesson = lesson
        self._show_lesson()

    def keep(self, name: str) -> None:
        """Keep the lesson under a name, and begin a new one."""
        self.lessons[name] = self.lesson
        renamed = self._shown_as != name
        if renamed:
            self._drop_shown(name)
        self._shown_as = ""
        self.clear()
        self._panel.name.clear()
        if renamed:  # the labels on the map say the name it had when the last tile was marked
            self.teach_again(name)

    def teach_again(self, name: str) -> None:
        """Ask for the labels of a lesson that was kept, once the scene that it is about is encoded."""
        lesson = self.lessons.get(name)
        if lesson is not None and lesson.layer == self._bench.layer_id and self._bench.is_encoded:
            self._teach(name, self.lessons[name], topic=f"teach {name}")

    def lessons_as_data(self) -> dict[str, Any]:
        """Return the kept lessons as the project keeps them."""
        return {name: asdict(lesson) for name, lesson in self.lessons.items()}

    def set_lessons(self, data: dict[str, Any], layer: str = "") -> None:
        """Take the lessons that came with a project; those that do not say so are about the layer of that id."""
        self.lessons = {
            name: Lesson(
                [tuple(place) for place in kept["right"]], [tuple(place) for place in kept["wrong"]],
                kept.get("layer", layer),
            )
            for name, kept in data.items()
        }  # fmt: skip
        self._shown_as = ""
        self.clear()

    def _clear_marks(self) -> None:
        lesson = self.lesson
        self.clear()
        self.cleared.emit(lesson)

    def _use(self, tool: Any, on: bool) -> None:  # noqa: ANN401 - QgsMapTool
        if on and self._canvas.mapTool() is not tool:
            current = self._canvas.mapTool()
            if current not in (self.similar_tool, self.teach_tool):
                self._before = current
            self._canvas.setMapTool(tool)
            self._canvas.setFocus()
        elif not on and self._canvas.mapTool() is tool:
            self._canvas.unsetMapTool(tool)
            if self._before is not None:
                self._canvas.setMapTool(self._before)

    def _on_tool_set(self, tool: Any, _before: Any = None) -> None:  # noqa: ANN401 - QgsMapTool or None
        self.tool_changed.emit(tool is self.similar_tool, tool is self.teach_tool)

    def _find_similar(self, point: QgsPointXY | None, box: QgsRectangle | None) -> None:
        if not self._bench.is_encoded:  # the click was on its way when the scene went
            return
        place = self._bench.place(point, box, self._canvas.mapSettings().destinationCrs())
        out = self._bench.folder.new("similar", ".tif")
        self._bench.request("similar", {**place, "out": out}, self.similar_found.emit)

    def _mark(self, point: QgsPointXY, right: bool) -> None:
        grid, tile_px = self._grid(), self._tile_px()
        if grid is None or not tile_px:
            return
        try:
            ground = point_to_crs(point, self._canvas.mapSettings().destinationCrs(), grid.crs)
        except QgsCsException:
            return
        tile = grid.tile(ground, tile_px)
        if tile is None:
            return
        self.lesson.layer = self._bench.layer_id
        self.lesson.mark(tile, tile_px, right=right)
        self._show_lesson()
        if self.lesson.is_complete:
            self._teach(self._panel.title(), self.lesson, lambda error: self._take_back(tile, right, error))

    def _take_back(self, tile: tuple[int, int], right: bool, error: EngineError) -> None:
        """Undo a mark that cannot be learned from, such as one where the scene has no data."""
        self.lesson.mark(tile, self._tile_px(), right=right)
        self._show_lesson()
        self._bench.troubled.emit(str(error))

    def _teach(
        self,
        name: str,
        lesson: Lesson,
        on_error: Callable[[EngineError], None] | None = None,
        *,
        topic: str = "teach",
    ) -> None:
        params = {
            "examples": lesson.examples(name, self._tile_px()),
            "out": self._bench.folder.new("taught", ".gpkg"),
        }

        def learned(result: dict[str, Any]) -> None:
            if lesson is self.lesson:
                self._drop_shown(name)
                self._shown_as = name
            elif lesson is not self.lessons.get(name):  # kept under another name, or cleared, in between
                return
            self.taught.emit(name, result)

        self._bench.request("teach", params, learned, on_error, topic=topic)

    def _drop_shown(self, name: str) -> None:
        """Take the lesson in work off the map where it is shown under another name than this."""
        if self._shown_as not in ("", name, *self.lessons) and self._bench.results is not None:
            self._bench.results.remove(TAUGHT, self._shown_as)

    def _show_lesson(self) -> None:
        self._panel.show_lesson(self.lesson)
        grid, tile_px = self._grid(), self._tile_px()
        if grid is None or not tile_px or self._canvas.mapTool() is not self.teach_tool:
            return
        right, wrong = self.lesson.boxes(grid, tile_px)
        self.teach_tool.show_marks(self._on_map(right, grid), self._on_map(wrong, grid))

    def _on_map(self, boxes: list[QgsGeometry], grid: PixelGrid) -> list[QgsGeometry]:
        """Return boxes of the scene as polygons of the map."""
        shapes = [QgsGeometry(box) for box in boxes]
        target = self._canvas.mapSettings().destinationCrs()
        if grid.crs.isValid() and target.isValid():
            transform = QgsCoordinateTransform(grid.crs, target, QgsProject.instance())
            for shape in shapes:
                shape.transform(transform)
        return shapes

    def _grid(self) -> PixelGrid | None:
        """Return the scene's pixels; where there are none of use, None, and people are told."""
        layer = QgsProject.instance().mapLayer(self._bench.layer_id)
        scene = self._bench.session.scene if self._bench.session else None
        grid = grid_of(layer, scene)
        if grid is None and layer is not None and scene is not None:
            self._bench.troubled.emit(tr("Teach needs a scene that lies north up: warp it with QGIS first."))
        return grid

    def _tile_px(self) -> int:
        encoded = self._bench.session.encoded if self._bench.session else None
        return int(encoded["tile_px"]) if encoded else 0
