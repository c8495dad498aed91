"""What all algorithms have in common: the engine, help, and carrying a flow on in Processing's thread."""

from __future__ import annotations

import re
from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
)

from ..compat import ADVANCED
from ..controller import EngineNotReadyError
from ..engine_client import EngineError
from ..engine_errors import for_people
from ..session import Flow
from ..tasks import run_blocking
from ..translation import tr

Values = "dict[str, Any]"


class EngineAlgorithm(QgsProcessingAlgorithm):
    """An algorithm that asks the engine.

    Attributes:
        ID: Frozen: models and scripts name it.
        TITLE: In English, marked with QT_TRANSLATE_NOOP; translated by `displayName`.
        HELP: What it does, in a few sentences, marked likewise.
    """

    ID = ""
    TITLE = ""
    HELP = ""
    TAGS = ("sar", "radar", "clip", "sentinel-1")

    def __init__(self, controller: Any) -> None:  # noqa: ANN401 - an EngineController or a fake one
        """Args: what owns the engine."""
        super().__init__()
        self._controller = controller

    def createInstance(self) -> QgsProcessingAlgorithm:  # noqa: N802 - QGIS's name
        """One instance per run, as QGIS wants it."""
        return type(self)(self._controller)

    def name(self) -> str:
        """The frozen id."""
        return self.ID

    def displayName(self) -> str:  # noqa: N802
        """The title, translated."""
        return tr(self.TITLE)

    def shortHelpString(self) -> str:  # noqa: N802
        """What it does."""
        return tr(self.HELP)

    def shortDescription(self) -> str:  # noqa: N802
        """The first sentence of the help."""
        return re.split(r"\. |。", tr(self.HELP))[0]

    def tags(self) -> list[str]:
        """Words that find it in the toolbox."""
        return list(self.TAGS)

    def canExecute(self) -> tuple[bool, str]:  # noqa: N802
        """Say why it cannot run, where it cannot."""
        problem = self._controller.problem()
        return not problem, problem

    def add(self, parameter: QgsProcessingParameterDefinition, help_text: str, *, advanced: bool = False) -> None:
        """Add a parameter with its help."""
        parameter.setHelp(help_text)
        if advanced:
            parameter.setFlags(parameter.flags() | ADVANCED)
        self.addParameter(parameter)

    def carry_on(self, flow: Flow, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """Carry a flow on to its end.

        Raises:
            QgsProcessingException: The engine said no; the message is its sentence.
        """
        said = ""

        def report(progress: dict[str, Any]) -> None:
            nonlocal said
            if progress.get("total"):
                feedback.setProgress(100.0 * progress["done"] / progress["total"])
            message = progress.get("message", "")
            if message and message != said:  # it comes with every block
                said = message
                feedback.setProgressText(for_people(message))

        try:
            client = self._controller.ensure_running()
            return run_blocking(client, flow, cancelled=feedback.isCanceled, progress=report)
        except (EngineError, EngineNotReadyError) as error:
            if feedback.isCanceled():
                raise QgsProcessingException(tr("Cancelled; what is encoded is kept.")) from error
            raise QgsProcessingException(str(error)) from error
