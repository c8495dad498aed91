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
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..compat import TYPE_POLYGON
from ..translation import tr
from .scene import TILES_HELP, SceneAlgorithm, VectorDresser


class LabelTiles(SceneAlgorithm):
    """Say what each tile shows."""

    ID = "labeltiles"
    TITLE = QT_TRANSLATE_NOOP("Sarclip", "Label tiles")
    HELP = QT_TRANSLATE_NOOP(
        "Sarclip",
        "Labels each tile of a radar scene with the prompt that fits it best. A tile that fits the background better "
        "has no label. Encodes the scene first where that was not done."
    )
    TILES = "TILES"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - QGIS's name
        """Declare parameters and outputs."""
        self.add_question()
        self.add(
            QgsProcessingParameterVectorDestination(self.OUTPUT, tr("Tiles"), TYPE_POLYGON),
            tr(TILES_HELP),
        )
        self.addOutput(QgsProcessingOutputString(self.TILES, tr("Number of tiles per prompt, as JSON")))

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Label."""
        out, prompts, result, facts = self.ask("label", parameters, context, feedback)
        for prompt, tiles in result["tiles"].items():
            feedback.pushInfo(tr("{}: %n tile(s)", tiles).format(prompt))
        self.dress_on_completion(out, context, VectorDresser(tr("Tiles"), facts, prompts, "label"))
        return {self.OUTPUT: out, self.TILES: json.dumps(result["tiles"], ensure_ascii=False)}
