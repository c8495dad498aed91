"""Places on the map and pixels of a scene."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)


@dataclass(frozen=True)
class PixelGrid:
    """Pixels of a north-up scene on the ground.

    Attributes:
        crs: Of the scene.
        extent: Of the scene, in `crs`.
        width: In pixels.
        height: In pixels.
    """

    crs: QgsCoordinateReferenceSystem
    extent: QgsRectangle
    width: int
    height: int

    def pixel(self, point: QgsPointXY) -> tuple[float, float]:
        """Return (row, column) of a point in `crs`; whole numbers are the pixels' upper left corners."""
        row = (self.extent.yMaximum() - point.y()) / self.extent.height() * self.height
        col = (point.x() - self.extent.xMinimum()) / self.extent.width() * self.width
        return row, col

    def tile(self, point: QgsPointXY, tile_px: int) -> tuple[int, int] | None:
        """Return (row, column) of the tile at a point, None outside the scene."""
        row, col = self.pixel(point)
        if not (0 <= row < self.height and 0 <= col < self.width):
            return None
        return int(row // tile_px), int(col // tile_px)

    def tile_box(self, row: int, col: int, tile_px: int) -> QgsRectangle:
        """Return the ground of a tile, cut off at the scene's edge."""
        x_px, y_px = self.extent.width() / self.width, self.extent.height() / self.height
        west, north = self.extent.xMinimum(), self.extent.yMaximum()
        right, bottom = min((col + 1) * tile_px, self.width), min((row + 1) * tile_px, self.height)
        return QgsRectangle(
            west + col * tile_px * x_px,
            north - bottom * y_px,
            west + right * x_px,
            north - row * tile_px * y_px,
        )

    def window(self, box: QgsRectangle, grain: int = 64) -> list[int] | None:
        """Return [row, column, height, width] of the pixels in a box, widened to a grain; None when there are none."""
        seen = box.intersect(self.extent)
        if seen.isEmpty():
            return None
        top, left = self.pixel(QgsPointXY(seen.xMinimum(), seen.yMaximum()))
        bottom, right = self.pixel(QgsPointXY(seen.xMaximum(), seen.yMinimum()))
        row, col = int(top // grain) * grain, int(left // grain) * grain
        return [
            row, col,
            min(-int(-bottom // grain) * grain, self.height) - row,
            min(-int(-right // grain) * grain, self.width) - col,
        ]  # fmt: skip


def pixel_grid(layer: QgsRasterLayer) -> PixelGrid:
    """Return the pixels of a layer as QGIS places them."""
    provider = layer.dataProvider()
    return PixelGrid(layer.crs(), layer.extent(), provider.xSize(), provider.ySize())


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
