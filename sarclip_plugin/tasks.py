"""How flows are carried on: waiting in a thread, by the event loop, or as a task of QGIS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsTask
from qgis.PyQt.QtCore import pyqtSignal

from .compat import TASK_CAN_CANCEL
from .engine_client import EngineError
from .layers.source import SourceError
from .session import Flow

Result = "dict[str, Any]"
OnProgress = Callable[["dict[str, Any]"], None]


def run_blocking(
    client: Any,  # noqa: ANN401 - an EngineClient or a fake one
    flow: Flow,
    cancelled: Callable[[], bool] | None = None,
    progress: OnProgress | None = None,
) -> dict[str, Any]:
    """Carry a flow on to its end; for threads other than the main one.

    Raises:
        EngineError: As the client raises it.
    """
    answer = None
    try:
        while True:
            call = flow.send(answer)
            answer = client.call_blocking(call.method, call.params, cancelled=cancelled, progress=progress)
    except StopIteration as end:
        return end.value


class Conversation:
    """A flow that the event loop carries on; nothing waits. Kept alive by the client until it ends."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - an EngineClient or a fake one
        flow: Flow,
        on_result: Callable[[dict[str, Any]], None],
        on_error: Callable[[EngineError], None],
        on_progress: OnProgress | None = None,
    ) -> None:
        self._client, self._flow = client, flow
        self._on_result, self._on_error, self._on_progress = on_result, on_error, on_progress
        self._handle: Any = None
        self._over = False

    @property
    def over(self) -> bool:
        """Whether the result is there, or nobody waits for it."""
        return self._over

    def start(self) -> Conversation:
        """Make the first call."""
        self._step(None)
        return self

    def cancel(self) -> None:
        """Stop; neither a result nor an error is reported afterwards."""
        if not self._over:
            self._over = True
            if self._handle is not None:
                self._handle.cancel()

    def _step(self, answer: dict[str, Any] | None) -> None:
        if self._over:
            return
        try:
            call = self._flow.send(answer)
        except StopIteration as end:
            self._over = True
            self._on_result(end.value)
            return
        self._handle = self._client.call(
            call.method, call.params, on_result=self._step, on_error=self._fail, on_progress=self._progress
        )

    def _fail(self, error: EngineError) -> None:
        if not self._over:
            self._over = True
            self._on_error(error)

    def _progress(self, progress: dict[str, Any]) -> None:
        if self._on_progress and not self._over:
            self._on_progress(progress)


class EngineTask(QgsTask):
    """A flow as a task of QGIS: it shows in the task manager, and can be cancelled there.

    Signals reach the main thread, whichever thread does the work.
    """

    progressed = pyqtSignal(dict)  # parameters of the engine's progress notification
    succeeded = pyqtSignal(object)  # the result, itself and no copy
    failed = pyqtSignal(object)  # EngineError or SourceError; None when it was cancelled

    def __init__(self, title: str, client: Any, flow: Callable[[EngineTask], Flow]) -> None:  # noqa: ANN401
        """Args: title, client, and what makes the flow; it is called in the task's thread and may take long."""
        super().__init__(title, TASK_CAN_CANCEL)
        self._client, self._make_flow = client, flow
        self._result: dict[str, Any] | None = None
        self._error: EngineError | SourceError | None = None

    def run(self) -> bool:
        """Do the work; QGIS calls this in a thread of its own."""
        try:
            self._result = run_blocking(
                self._client, self._make_flow(self), cancelled=self.isCanceled, progress=self._report
            )
        except (EngineError, SourceError) as error:
            self._error = error
        return self._result is not None

    def finished(self, result: bool) -> None:
        """Say how it ended; QGIS calls this in the main thread."""
        if result:
            self.succeeded.emit(self._result)
        else:
            self.failed.emit(None if self.isCanceled() else self._error)

    def _report(self, progress: dict[str, Any]) -> None:
        total = progress.get("total") or 0
        if total:
            self.setProgress(100.0 * progress["done"] / total)
        self.progressed.emit(progress)
