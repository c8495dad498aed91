"""What is asked while the analyst types: the part in view at once, the whole scene after a pause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..engine_client import EngineError
from ..layers.folder import ResultFolder
from ..layers.results import HEATMAP, OBJECTS, TILES
from ..session import SceneSession
from ..tasks import Conversation

VIEW_PAUSE_MS = 60  # between two keys of a quick typist the part in view is not asked for
WHOLE_PAUSE_MS = 300
PATIENCE_MS = 2500  # from which silence is explained

_METHODS = {HEATMAP: ("heatmap", ".tif"), TILES: ("label", ".gpkg"), OBJECTS: ("count", ".gpkg")}


@dataclass(frozen=True)
class Question:
    """What is asked of the scene.

    Attributes:
        mode: HEATMAP, TILES or OBJECTS.
        prompts: Texts.
        background: Texts; empty for the model's own.
        threshold: Of objects.
        window: [row, column, height, width] in view, in pixels; None to ask for the whole at once.
    """

    mode: str
    prompts: tuple[str, ...]
    background: tuple[str, ...] = ()
    threshold: float = 0.5
    window: tuple[int, ...] | None = None

    def params(self, out: str) -> dict[str, Any]:
        """Parameters of the protocol for the whole scene."""
        params: dict[str, Any] = {"prompts": list(self.prompts), "out": out}
        if self.background:
            params["background"] = list(self.background)
        if self.mode == OBJECTS:
            params["threshold"] = self.threshold
        return params


class Questions(QObject):
    """Asks the newest question only; older ones are dropped, wherever they are."""

    answered = pyqtSignal(object, dict, bool)  # Question, result, whether it is of the whole scene
    failed = pyqtSignal(object)  # EngineError
    delayed = pyqtSignal()  # there is no answer yet, though there should be

    def __init__(self, client: Callable[[], Any], folder: Callable[[], ResultFolder], parent: QObject) -> None:
        """Args: what gives the running client, what gives the folder of results, and the owner."""
        super().__init__(parent)
        self._client, self._folder = client, folder
        self._session: SceneSession | None = None
        self._question: Question | None = None
        self._running: list[Conversation] = []
        self._view_timer, self._whole_timer = self._timer(self._ask_view), self._timer(self._ask_whole)
        self._patience = self._timer(self.delayed.emit)

    def ask(self, session: SceneSession, question: Question) -> None:
        """Ask this instead of what was asked before."""
        self.drop()
        self._session, self._question = session, question
        if question.window is not None and question.mode == HEATMAP:
            self._view_timer.start(VIEW_PAUSE_MS)
            self._whole_timer.start(WHOLE_PAUSE_MS)
        else:
            self._whole_timer.start(VIEW_PAUSE_MS if question.mode == HEATMAP else WHOLE_PAUSE_MS)

    def drop(self) -> None:
        """Ask nothing."""
        self._view_timer.stop()
        self._whole_timer.stop()
        self._patience.stop()
        for conversation in self._running:
            conversation.cancel()
        self._running = []

    def _timer(self, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(slot)
        return timer

    def _ask_view(self) -> None:
        self._start(window=self._question.window)

    def _ask_whole(self) -> None:
        self._start(window=None)

    def _start(self, window: tuple[int, ...] | None) -> None:
        client, question = self._client(), self._question
        if client is None:
            return
        method, suffix = _METHODS[question.mode]
        params = question.params(self._folder().new(method, suffix))
        if window is not None:
            params["window"] = list(window)
        flow = self._session.ask(method, **params)

        def hand_on(result: dict[str, Any]) -> None:
            if question is self._question:
                self._patience.stop()
                self.answered.emit(question, result, window is None)

        self._running = [each for each in self._running if not each.over]
        self._patience.start(PATIENCE_MS)
        self._running.append(Conversation(client, flow, hand_on, self._fail).start())

    def _fail(self, error: EngineError) -> None:
        self._patience.stop()
        self.failed.emit(error)
