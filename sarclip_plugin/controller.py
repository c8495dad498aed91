"""The one owner of the engine: which interpreter, which process, and whether it can be used at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, pyqtSignal

from . import engine_setup
from .engine_client import EngineClient
from .engine_log import EngineLog
from .engine_setup import Compute, EnvironmentState
from .settings import Settings
from .translation import tr

INTERPRETER_VARIABLE = "SARCLIP_ENGINE_PYTHON"  # overrides the settings, for development and tests


class EngineNotReadyError(RuntimeError):
    """The engine cannot run; the message is a sentence for people and names the remedy."""


class EngineController(QObject):
    """Settings, the engine's environment and its client, shared by the dock and Processing.

    Works without a window (`iface` is None in qgis_process). `ensure_running`, `problem` and `state` may be
    called from any thread; everything else belongs to the thread that made the controller.
    """

    state_changed = pyqtSignal()  # of the environment: made, repaired or exchanged

    def __init__(self, iface: object | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.iface = iface
        self.settings = Settings()
        self.client = EngineClient(self)
        self.log = EngineLog(self.client, self)
        # in the user's profile and not in the plugin's folder, which an update of the plugin replaces
        self.environment_folder = Path(QgsApplication.qgisSettingsDirPath()) / "sarclip" / "engine"

    @property
    def hello(self) -> dict[str, Any]:
        """What the engine said of itself when it started; empty before."""
        return self.client.hello or {}

    def chosen_interpreter(self) -> str:
        """The interpreter that the user (or the override) gave, so that ours is not needed; else empty."""
        return os.environ.get(INTERPRETER_VARIABLE) or self.settings.interpreter

    def interpreter(self) -> str:
        """The Python that runs the engine."""
        return self.chosen_interpreter() or str(engine_setup.environment_python(self.environment_folder))

    def own_state(self) -> EnvironmentState:
        """What there is of our own environment; quick, starts nothing."""
        return engine_setup.inspect(self.environment_folder, was_made=bool(self.settings.base_python))

    def state(self) -> EnvironmentState:
        """What there is of the environment that is used; quick, starts nothing."""
        chosen = self.chosen_interpreter()
        if not chosen:
            return self.own_state()
        return EnvironmentState.READY if Path(chosen).is_file() else EnvironmentState.DELETED

    def problem(self) -> str:
        """Why the engine cannot be started, as a sentence with its remedy; empty when it can."""
        state, chosen = self.state(), self.chosen_interpreter()
        if chosen and state is not EnvironmentState.READY:
            sentence = tr("The Python of the engine, {path}, does not exist; choose one in {place}")
        else:
            sentence = _problem_sentences()[state]
        return sentence.format(path=chosen, place=tr("Raster ▸ SARCLIP ▸ Set Up Engine…"))

    def ensure_running(self) -> EngineClient:
        """Return the client with its process started; returns at once.

        Raises:
            EngineNotReadyError: The engine is not set up, or what was set up is gone.
        """
        problem = self.problem()
        if problem:
            raise EngineNotReadyError(problem)
        cache = self.settings.cache_folder
        self.client.start(self.interpreter(), {"SARCLIP_CACHE": cache} if cache else None)
        return self.client

    def restart(self) -> None:
        """End the process, so that the next question starts the interpreter that is chosen now; returns at once."""
        self.client.stop(wait=False)
        self.state_changed.emit()

    def is_slower_than_chosen(self, hello: Mapping[str, Any]) -> bool:
        """Whether a graphics card was chosen in the set-up, and the engine says that it computes without one."""
        own = not self.chosen_interpreter()
        return own and self.settings.compute == Compute.CUDA.value and hello["device"] == "cpu"

    def close(self) -> None:
        """End the process; the controller is not used again."""
        self.client.stop()


def _problem_sentences() -> dict[EnvironmentState, str]:
    return {
        EnvironmentState.READY: "",
        EnvironmentState.MISSING: tr("The engine is not set up yet; choose {place}"),
        EnvironmentState.DELETED: tr("The engine's environment is gone; make it again with {place}"),
        EnvironmentState.INCOMPLETE: tr("The engine's set-up was not finished; press Repair in {place}"),
        EnvironmentState.OUTDATED: tr("The plugin was updated, its engine must be, too; press Update in {place}"),
    }
