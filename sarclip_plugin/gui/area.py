"""Which part of a scene is to be encoded."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsGeometry, QgsProject, QgsVectorLayer
from qgis.gui import QgsMapCanvas

from ..compat import POLYGONS, WKT
from ..translation import tr

WHOLE, VIEW, POLYGON = AREAS = ("whole", "view", "polygons")


class AreaError(Exception):
    """There is no such area; the message says what to do."""


def extent_of(area: str, canvas: QgsMapCanvas, project: QgsProject) -> dict[str, Any] | None:
    """Return the EXTENT of the protocol, None for the whole layer.

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
        return _selected_polygons(project)
    return None


def crs_text(crs: QgsCoordinateReferenceSystem) -> str | None:
    """Return a system as the protocol names it: "EPSG:n", WKT, or None where there is none."""
    if not crs.isValid():
        return None
    return crs.authid() if crs.authid().startswith("EPSG:") else crs.toWkt(WKT)


def _selected_polygons(project: QgsProject) -> dict[str, Any]:
    for layer in project.mapLayers().values():
        if isinstance(layer, QgsVectorLayer) and layer.geometryType() == POLYGONS and layer.selectedFeatureCount():
            shapes = [feature.geometry() for feature in layer.getSelectedFeatures()]
            return {"wkt": QgsGeometry.unaryUnion(shapes).asWkt(9), "crs": crs_text(layer.crs())}
    raise AreaError(tr("No polygon is selected: select some in a polygon layer, or choose another area."))
