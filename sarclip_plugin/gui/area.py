"""Which part of a scene is to be encoded, and which is in view."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsGeometry, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.gui import QgsMapCanvas

from ..compat import POLYGONS
from ..layers.ground import PixelGrid, scene_grid, to_crs
from ..layers.places import crs_text
from ..layers.results import ROLE
from ..translation import tr

WHOLE, VIEW, POLYGON = AREAS = ("whole", "view", "polygons")
_SHARE_OF_WHOLE = 0.6  # a view that shows more of the scene than this is not asked for by itself


class AreaError(Exception):
    """There is no such area; the message says what to do."""


def extent_of(area: str, canvas: QgsMapCanvas, project: QgsProject) -> dict[str, Any] | None:
    """Return the EXTENT of the protocol in the map's system or that of the polygons, None for the whole layer.

    Raises:
        AreaError: No polygon is selected.
    """
    if area == VIEW:
        box, crs = canvas.extent(), canvas.mapSettings().destinationCrs()
        return {
            "bbox": [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()],
            "crs": crs_text(crs),
        }
    if area == POLYGON:
        return _selected_polygons(canvas, project)
    return None


def grid_of(layer: QgsRasterLayer | None, scene: dict[str, Any] | None) -> PixelGrid | None:
    """Return a scene's pixels on the ground, None where no transform of its file places them.

    Args:
        layer: Of the scene.
        scene: What the engine found: its answer to `open`.
    """
    if layer is None or scene is None or scene["georeference"] != "affine":
        return None
    return scene_grid(layer.crs(), scene)


def window_in_view(grid: PixelGrid | None, canvas: QgsMapCanvas) -> tuple[int, ...] | None:
    """Return the part of a scene on the map in pixels; None where asking for the whole is as good."""
    if grid is None:
        return None
    view = to_crs(canvas.extent(), canvas.mapSettings().destinationCrs(), grid.crs)
    window = grid.window(view) if view is not None else None
    if window is None or window[2] * window[3] > _SHARE_OF_WHOLE * grid.height * grid.width:
        return None
    return tuple(window)


def _selected_polygons(canvas: QgsMapCanvas, project: QgsProject) -> dict[str, Any]:
    """Return those of the layer that is worked with, then of any other, and of our own tiles last."""
    vectors = [layer for layer in project.mapLayers().values() if isinstance(layer, QgsVectorLayer)]
    having = [layer for layer in vectors if layer.geometryType() == POLYGONS and layer.selectedFeatureCount()]
    if not having:
        raise AreaError(tr("No polygon is selected: select some in a polygon layer, or choose another area."))
    current = canvas.currentLayer()
    at_hand = current.id() if current is not None else ""
    layer = min(having, key=lambda each: (each.id() != at_hand, bool(each.customProperty(ROLE))))
    shapes = [feature.geometry() for feature in layer.getSelectedFeatures()]
    return {"wkt": QgsGeometry.unaryUnion(shapes).asWkt(9), "crs": crs_text(layer.crs())}
