"""`sarclip:labeltiles`."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterVectorDestination,
)

from ..compat import TYPE_POLYGON
from ..translation import tr
from .scene import SceneAlgorithm, VectorDresser


class LabelTiles(SceneAlgorithm):
    """Say what each tile shows."""

    ID = "labeltiles"
    TITLE = "Label tiles"
    HELP = (
        "Labels each tile of a radar scene with the prompt that fits it best. A tile that fits the background better "
        "has no label. Encodes the scene first where that was not done."
    )
    TILES = "TILES"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - QGIS's name
        """Declare parameters and outputs."""
        self.add_scene()
        self.add_prompts()
        self.add_reading()
        self.add(
            QgsProcessingParameterVectorDestination(self.OUTPUT, tr("Tiles"), TYPE_POLYGON),
            tr("A GeoPackage of labelled tiles, with their scores, a summary and the run inside."),
        )
        self.addOutput(QgsProcessingOutputString(self.TILES, tr("Number of tiles per prompt, as JSON")))

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Label."""
        out = self.parameterAsOutputLayer(parameters, self.OUTPUT, context)
        asked = self.asked(parameters, context)
        session = self.open_session(parameters, context, feedback)
        result = self.carry_on(session.ask("label", **asked, out=out, overwrite=True), feedback)
        for prompt, tiles in result["tiles"].items():
            feedback.pushInfo(tr("{}: {} tiles").format(prompt, tiles))
        facts = self.facts(session, asked["prompts"])
        self.dress_on_completion(out, context, VectorDresser(tr("Tiles"), facts, asked["prompts"], "label"))
        return {self.OUTPUT: out, self.TILES: json.dumps(result["tiles"], ensure_ascii=False)}
