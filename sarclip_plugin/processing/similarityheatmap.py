"""`sarclip:similarityheatmap`."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterRasterDestination,
)

from ..translation import tr
from .scene import HeatDresser, SceneAlgorithm


class SimilarityHeatmap(SceneAlgorithm):
    """Say how true a prompt is, place by place."""

    ID = "similarityheatmap"
    TITLE = "Similarity heatmap"
    HELP = (
        "Scores every place of a radar scene for each prompt, from 0 to 1: how much the prompt beats its background. "
        "One band per prompt. Encodes the scene first where that was not done."
    )
    THRESHOLD = "THRESHOLD"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - QGIS's name
        """Declare parameters and outputs."""
        self.add_scene()
        self.add_prompts()
        self.add_reading()
        self.add(
            QgsProcessingParameterRasterDestination(self.OUTPUT, tr("Heatmap")),
            tr("A Cloud-Optimized GeoTIFF with one band per prompt."),
        )
        self.addOutput(QgsProcessingOutputNumber(self.THRESHOLD, tr("Score from which a prompt is true")))

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Score."""
        out = self.parameterAsOutputLayer(parameters, self.OUTPUT, context)
        asked = self.asked(parameters, context)
        session = self.open_session(parameters, context, feedback)
        result = self.carry_on(session.ask("heatmap", **asked, out=out, overwrite=True), feedback)
        title = tr("Heatmap: {}").format(asked["prompts"][0])
        facts = self.facts(session, asked["prompts"])
        threshold, top = float(result["threshold"]), float(result["range"][1])
        self.dress_on_completion(out, context, HeatDresser(title, facts, threshold, top))
        return {self.OUTPUT: out, self.THRESHOLD: threshold}
