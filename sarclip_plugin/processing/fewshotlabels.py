"""`sarclip:fewshotlabels`."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import (
    NULL,
    QgsCsException,
    QgsPointXY,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterVectorDestination,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..compat import TYPE_POINT, TYPE_POLYGON
from ..layers.ground import point_to_crs, scene_grid
from ..translation import tr
from .scene import TILES_HELP, SceneAlgorithm, VectorDresser


class FewShotLabels(SceneAlgorithm):
    """Learn labels from a few tiles."""

    ID = "fewshotlabels"
    TITLE = QT_TRANSLATE_NOOP("Sarclip", "Few-shot labels")
    HELP = QT_TRANSLATE_NOOP(
        "Sarclip",
        "Learns labels from a few points and labels every tile of a radar scene with them. Each point stands for the "
        "tile it lies in. Encodes the scene first where that was not done."
    )
    EXAMPLES, FIELD, TILES = "EXAMPLES", "FIELD", "TILES"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - QGIS's name
        """Declare parameters and outputs."""
        self.add_scene()
        self.add(
            QgsProcessingParameterFeatureSource(self.EXAMPLES, tr("Examples"), [TYPE_POINT]),
            tr("Points on the scene, at least one for each of two labels; points without a label are left out."),
        )
        self.add(
            QgsProcessingParameterField(self.FIELD, tr("Label field"), None, self.EXAMPLES),
            tr("The field of the examples that holds the label."),
        )
        self.add_reading()
        self.add(
            QgsProcessingParameterVectorDestination(self.OUTPUT, tr("Tiles"), TYPE_POLYGON),
            tr(TILES_HELP),
        )
        self.addOutput(QgsProcessingOutputString(self.TILES, tr("Number of tiles per label, as JSON")))

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Learn and label."""
        out = self.parameterAsOutputLayer(parameters, self.OUTPUT, context)
        session = self.open_session(parameters, context, feedback)
        encoded = self.carry_on(session.encode(), feedback)
        examples = self._examples(parameters, context, session.scene, int(encoded["tile_px"]))
        result = self.carry_on(session.ask("teach", examples=examples, out=out, overwrite=True), feedback)
        labels = list(examples)
        dresser = VectorDresser(tr("Tiles"), self.facts(session, labels), labels, "label")
        self.dress_on_completion(out, context, dresser)
        return {self.OUTPUT: out, self.TILES: json.dumps(result["tiles"], ensure_ascii=False)}

    def _examples(
        self, parameters: dict[str, Any], context: QgsProcessingContext, scene: dict[str, Any], tile_px: int
    ) -> dict[str, list[list[int]]]:
        """Return the tiles of the points by label, each tile once."""
        grid = scene_grid(self._plane.crs, scene) if self._plane.is_native else None
        if grid is None:
            raise QgsProcessingException(tr("Examples need a scene that lies north up: warp it with QGIS first."))
        points = self.parameterAsSource(parameters, self.EXAMPLES, context)
        if points is None:
            raise QgsProcessingException(self.invalidSourceError(parameters, self.EXAMPLES))
        field = self.parameterAsString(parameters, self.FIELD, context)
        examples: dict[str, list[list[int]]] = {}
        for feature in points.getFeatures():
            if feature[field] in (None, NULL, ""):
                continue
            tiles = examples.setdefault(str(feature[field]), [])
            for vertex in feature.geometry().vertices():  # none, one or several
                try:
                    place = point_to_crs(
                        QgsPointXY(vertex), points.sourceCrs(), grid.crs, context.transformContext()
                    )
                except QgsCsException as error:
                    raise QgsProcessingException(tr("An example has no place in the system of the scene.")) from error
                tile = grid.tile(place, tile_px)
                if tile is None:
                    raise QgsProcessingException(tr("Example {} lies outside the scene.").format(feature.id()))
                if list(tile) not in tiles:
                    tiles.append(list(tile))
        return {label: tiles for label, tiles in examples.items() if tiles}
