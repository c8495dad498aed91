"""`sarclip:similarityheatmap`."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterRasterDestination,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..translation import tr
from .scene import HeatDresser, SceneAlgorithm


class SimilarityHeatmap(SceneAlgorithm):
    """Say how true a prompt is, place by place."""

    ID = "similarityheatmap"
    TITLE = QT_TRANSLATE_NOOP("Sarclip", "Similarity heatmap")
    HELP = QT_TRANSLATE_NOOP(
        "Sarclip",
        "Scores every place of a radar scene for each prompt, from 0 to 1: how much the prompt beats its background. "
        "One band per prompt. Encodes the scene first where that was not done."
    )
    THRESHOLD = "THRESHOLD"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - QGIS's name
        """Declare parameters and outputs."""
        self.add_question()
        self.add(
            QgsProcessingParameterRasterDestination(self.OUTPUT, tr("Similarity heatmap")),
            tr(
                "A Cloud-Optimized GeoTIFF with one band per prompt; each is shown as a layer. "
                "A file that is there already is replaced."
            ),
        )
        self.addOutput(QgsProcessingOutputNumber(self.THRESHOLD, tr("Score from which a prompt is true")))

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Score."""
        out, prompts, result, facts = self.ask("heatmap", parameters, context, feedback)
        titles = [tr("Heatmap: {}").format(prompt) for prompt in prompts]
        threshold, top = float(result["threshold"]), float(result["range"][1])
        self.dress_on_completion(out, context, HeatDresser(titles, facts, threshold, top))
        return {self.OUTPUT: out, self.THRESHOLD: threshold}
