"""`sarclip:findsimilar`."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterExtent,
    QgsProcessingParameterPoint,
    QgsProcessingParameterRasterDestination,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..translation import tr
from .scene import HeatDresser, SceneAlgorithm


class FindSimilar(SceneAlgorithm):
    """Ask by example."""

    ID = "findsimilar"
    TITLE = QT_TRANSLATE_NOOP("Sarclip", "Find similar places")
    HELP = QT_TRANSLATE_NOOP(
        "Sarclip",
        "Scores every place of a radar scene by its likeness to a place in it: 1 is the place itself, 0 the usual. "
        "Encodes the scene first where that was not done."
    )
    POINT, BOX = "POINT", "BOX"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - QGIS's name
        """Declare parameters and outputs."""
        self.add_scene()
        self.add(
            QgsProcessingParameterPoint(self.POINT, tr("Place"), optional=True),
            tr("A point that shows what to look for."),
        )
        self.add(
            QgsProcessingParameterExtent(self.BOX, tr("Box"), optional=True),
            tr("A box that shows what to look for; goes before the point."),
        )
        self.add_reading()
        self.add(
            QgsProcessingParameterRasterDestination(self.OUTPUT, tr("Likeness")),
            tr("A Cloud-Optimized GeoTIFF. A file that is there already is replaced."),
        )

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Compare."""
        out = self.parameterAsOutputLayer(parameters, self.OUTPUT, context)
        place = self._place(parameters, context)
        session = self.open_session(parameters, context, feedback)
        result = self.carry_on(session.ask("similar", **place, out=out, overwrite=True), feedback)
        threshold, top = float(result["threshold"]), float(result["range"][1])
        facts = self.facts(session, [tr("similar places")])
        self.dress_on_completion(out, context, HeatDresser([tr("Similar places")], facts, threshold, top))
        return {self.OUTPUT: out}

    def _place(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        if parameters.get(self.BOX):
            box = self.parameterAsExtent(parameters, self.BOX, context)
            crs = self.parameterAsExtentCrs(parameters, self.BOX, context)
            return self._plane.box(box, crs)
        if parameters.get(self.POINT):
            point = self.parameterAsPoint(parameters, self.POINT, context)
            crs = self.parameterAsPointCrs(parameters, self.POINT, context)
            return self._plane.point(point, crs)
        raise QgsProcessingException(tr("No place is given: give a point or a box."))
