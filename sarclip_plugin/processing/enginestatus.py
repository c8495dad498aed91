"""`sarclip:enginestatus`."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProcessingOutputString
from qgis.PyQt.QtCore import QT_TRANSLATE_NOOP

from ..session import single
from ..translation import tr
from .base import EngineAlgorithm


class EngineStatus(EngineAlgorithm):
    """Say what the engine is."""

    ID = "enginestatus"
    TITLE = QT_TRANSLATE_NOOP("Sarclip", "Engine status")
    HELP = QT_TRANSLATE_NOOP(
        "Sarclip", "Starts the engine where it does not run, and says its version, its device and its models."
    )
    ENGINE, DEVICE, MODELS, CACHE = "ENGINE", "DEVICE", "MODELS", "CACHE"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - QGIS's name
        """Declare outputs."""
        for name, text in (
            (self.ENGINE, tr("Version")), (self.DEVICE, tr("Device")),
            (self.MODELS, tr("Models")), (self.CACHE, tr("Folder of embeddings")),
        ):  # fmt: skip
            self.addOutput(QgsProcessingOutputString(name, text))

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Ask."""
        hello = self.carry_on(single("hello", {"protocol": 1}), feedback)
        models = [model["name"] for model in hello["models"]]
        feedback.pushInfo(
            tr("Engine {} on {} ({}), models: {}").format(
                hello["engine"], hello["device"], hello["precision"], ", ".join(models)
            )
        )
        feedback.pushInfo(json.dumps(hello["versions"]))
        return {
            self.ENGINE: hello["engine"],
            self.DEVICE: hello["device"],
            self.MODELS: ", ".join(models),
            self.CACHE: hello["cache"],
        }
