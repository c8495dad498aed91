"""Places and areas on the map, as the engine takes them: in the scene's own coordinates.

A file may name no coordinate system, or a wrong one that the analyst has corrected. So the way from the map to the
scene is QGIS's, by the layer's system, and the engine is told coordinates without one.
"""

from __future__ import annotations

from contextlib import suppress
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

from ..compat import WKT
from .ground import point_to_crs
from .source import RasterSource

_PIECES = 256  # an outline is cut into before it is bent from one system into another
_NONE = QgsCoordinateReferenceSystem()


@dataclass(frozen=True)
class ScenePlane:
    """The plane in which QGIS draws a scene.

    What has no place in it goes to the engine with the system it came in, and so does everything where the plane is
    none of the engine's: the engine says what to do.

    Attributes:
        crs: Of the layer, whoever set it; of the map where it has none, for there QGIS draws it as it is.
        transforms: Which ways to go from one system to another.
        is_native: Whether coordinates in it are the scene's own for the engine, too.
    """

    crs: QgsCoordinateReferenceSystem
    transforms: QgsCoordinateTransformContext
    is_native: bool = True

    @classmethod
    def of(
        cls, source: RasterSource, project: QgsProject | None, crs: QgsCoordinateReferenceSystem | None = None
    ) -> ScenePlane:
        """Look at a layer and its project; call it in the main thread.

        Args:
            source: What was found of the layer.
            project: None where there is none.
            crs: Of the layer by now.
        """
        project = project or QgsProject.instance()
        crs = source.crs if crs is None else crs
        return cls(crs if crs.isValid() else project.crs(), project.transformContext(), source.is_native)

    def point(self, point: QgsPointXY, crs: QgsCoordinateReferenceSystem) -> dict[str, Any]:
        """Return a point as `similar` takes it."""
        if self._leads_from(crs):
            with suppress(QgsCsException):
                point, crs = point_to_crs(point, crs, self.crs, self.transforms), _NONE
        return {"point": [point.x(), point.y()], "crs": crs_text(crs)}

    def box(self, box: QgsRectangle, crs: QgsCoordinateReferenceSystem) -> dict[str, Any]:
        """Return a box as `similar` takes it; bent into the plane, it is the box around what comes out."""
        if self._leads_from(crs):
            bent = self._bent(QgsGeometry.fromRect(box), crs)
            box, crs = (bent.boundingBox(), _NONE) if bent is not None else (box, crs)
        return {"box": [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()], "crs": crs_text(crs)}

    def extent(self, extent: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return an EXTENT of the protocol in the scene's own coordinates; one that is stays as it is."""
        crs = QgsCoordinateReferenceSystem(extent["crs"]) if extent and extent.get("crs") else _NONE
        if not crs.isValid() or not self._leads_from(crs):
            return extent
        if crs == self.crs:
            return {**extent, "crs": None}
        bbox = extent.get("bbox")
        shape = QgsGeometry.fromRect(QgsRectangle(*bbox)) if bbox else QgsGeometry.fromWkt(extent["wkt"])
        bent = self._bent(shape, crs)
        return {"wkt": bent.asWkt(9), "crs": None} if bent is not None else extent

    def _leads_from(self, crs: QgsCoordinateReferenceSystem) -> bool:
        """Whether places in a system can be brought into the plane; those in none are in it."""
        return self.is_native and (self.crs.isValid() or not crs.isValid())

    def _bent(self, shape: QgsGeometry, crs: QgsCoordinateReferenceSystem) -> QgsGeometry | None:
        """Return an outline in the plane, None where it has no place there."""
        if crs == self.crs or not crs.isValid():
            return shape
        fine = shape.densifyByDistance(max(shape.length() / _PIECES, 1e-9))
        try:
            fine.transform(QgsCoordinateTransform(crs, self.crs, self.transforms))
        except QgsCsException:
            return None
        return fine if fine.boundingBox().isFinite() else None


def crs_text(crs: QgsCoordinateReferenceSystem) -> str | None:
    """Return a system as the protocol names it: "EPSG:n", WKT, or None where there is none."""
    if not crs.isValid():
        return None
    return crs.authid() if crs.authid().startswith("EPSG:") else crs.toWkt(WKT)
