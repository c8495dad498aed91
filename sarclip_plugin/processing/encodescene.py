"""`sarclip:encodescene`."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..translation import tr
from .scene import SceneAlgorithm


class EncodeScene(SceneAlgorithm):
    """Read a scene once."""

    ID = "encodescene"
    TITLE = QT_TRANSLATE_NOOP("Sarclip", "Encode scene")
    HELP = QT_TRANSLATE_NOOP(
        "Sarclip",
        "Reads a radar scene once and keeps what the model sees in it. Every question about the scene is quick "
        "afterwards. What is encoded is never encoded again, and a run that was stopped goes on where it was."
    )
    STORE, TILES = "STORE", "TILES"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - QGIS's name
        """Declare parameters and outputs."""
        self.add_scene()
        self.add_reading()
        self.addOutput(QgsProcessingOutputString(self.STORE, tr("Folder of the embedding")))
        self.addOutput(QgsProcessingOutputNumber(self.TILES, tr("Number of tiles")))

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Encode."""
        session = self.open_session(parameters, context, feedback)
        encoded = self.carry_on(session.encode(), feedback)
        return {self.STORE: encoded["store"], self.TILES: encoded["tiles"]}
