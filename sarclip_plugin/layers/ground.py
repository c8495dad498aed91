"""Places on the map and pixels of a scene."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)


@dataclass(frozen=True)
class PixelGrid:
    """Pixels of a scene on the ground, as its file has them: what QGIS draws is another grid unless they lie north up.

    Attributes:
        crs: Of the scene.
        transform: (a, b, c, d, e, f): x = a col + b row + c and y = d col + e row + f, in `crs`.
        width: In pixels.
        height: In pixels.
    """

    crs: QgsCoordinateReferenceSystem
    transform: tuple[float, ...]
    width: int
    height: int

    def pixel(self, point: QgsPointXY) -> tuple[float, float]:
        """Return (row, column) of a point in `crs`; whole numbers are the pixels' first corners."""
        a, b, c, d, e, f = self.transform
        x, y, area = point.x() - c, point.y() - f, a * e - b * d
        return (a * y - d * x) / area, (e * x - b * y) / area

    def point(self, row: float, col: float) -> QgsPointXY:
        """Return the point of a (row, column), in `crs`."""
        a, b, c, d, e, f = self.transform
        return QgsPointXY(a * col + b * row + c, d * col + e * row + f)

    def tile(self, point: QgsPointXY, tile_px: int) -> tuple[int, int] | None:
        """Return (row, column) of the tile at a point, None outside the scene."""
        row, col = self.pixel(point)
        if not (0 <= row < self.height and 0 <= col < self.width):
            return None
        return int(row // tile_px), int(col // tile_px)

    def tile_box(self, row: int, col: int, tile_px: int) -> QgsGeometry:
        """Return the ground of a tile, cut off at the scene's edge."""
        top, left = row * tile_px, col * tile_px
        bottom, right = min(top + tile_px, self.height), min(left + tile_px, self.width)
        corners = ((top, left), (top, right), (bottom, right), (bottom, left), (top, left))
        return QgsGeometry.fromPolygonXY([[self.point(*corner) for corner in corners]])

    def window(self, box: QgsRectangle, grain: int = 64) -> list[int] | None:
        """Return [row, column, height, width] of the pixels in a box, widened to a grain; None when there are none."""
        corners = [(x, y) for x in (box.xMinimum(), box.xMaximum()) for y in (box.yMinimum(), box.yMaximum())]
        rows, cols = zip(*(self.pixel(QgsPointXY(x, y)) for x, y in corners))
        top, bottom = max(min(rows), 0), min(max(rows), self.height)
        left, right = max(min(cols), 0), min(max(cols), self.width)
        if not (top < bottom and left < right):
            return None
        row, col = math.floor(top / grain) * grain, math.floor(left / grain) * grain
        return [
            row, col,
            min(math.ceil(bottom / grain) * grain, self.height) - row,
            min(math.ceil(right / grain) * grain, self.width) - col,
        ]  # fmt: skip


def scene_grid(crs: QgsCoordinateReferenceSystem, scene: dict[str, Any]) -> PixelGrid | None:
    """Return a scene's pixels, None where no transform places them.

    Args:
        crs: Of its layer.
        scene: What the engine found: its answer to `open`.
    """
    transform = scene.get("transform")
    return PixelGrid(crs, tuple(transform), scene["width"], scene["height"]) if transform else None


def to_crs(
    box: QgsRectangle, source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
) -> QgsRectangle | None:
    """Return the bounds of a box in another system, None where they have none."""
    if not (source.isValid() and target.isValid()):
        return box
    transform = QgsCoordinateTransform(source, target, QgsProject.instance())
    try:
        return transform.transformBoundingBox(box)
    except QgsCsException:
        return None


def point_to_crs(
    point: QgsPointXY,
    source: QgsCoordinateReferenceSystem,
    target: QgsCoordinateReferenceSystem,
    transforms: QgsCoordinateTransformContext | None = None,
) -> QgsPointXY:
    """Return a point in another system.

    Args:
        point: To move.
        source: Its system.
        target: The other one.
        transforms: Which ways to go; the project's by default, which belongs to the main thread.

    Raises:
        QgsCsException: It has no place there.
    """
    if not (source.isValid() and target.isValid()):
        return point
    ways = QgsProject.instance().transformContext() if transforms is None else transforms
    return QgsCoordinateTransform(source, target, ways).transform(point)
