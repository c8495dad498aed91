"""The one way to the engine: requests from the main thread with callbacks, from other threads by waiting.

Requests go to a process that `engine_supervisor` keeps alive. When it dies, requests that may be repeated are
sent to the next one, where scenes and embeddings are opened again on the way: their IDs stay valid.
"""

from __future__ import annotations

import atexit
import itertools
import os
import queue
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal

from .engine_call import Call
from .engine_errors import (
    EngineCancelled,
    EngineDied,
    EngineError,
    EngineStopped,
    EngineTimeout,
    death_sentence,
    for_people,
)
from .engine_process import clean_environment
from .engine_supervisor import Cause, Death, Supervisor, Timing
from .translation import tr

__all__ = [
    "Call", "EngineCancelled", "EngineClient", "EngineDied", "EngineError", "EngineStopped", "EngineTimeout",
]  # fmt: skip

STOPPED, STARTING, READY, FAILED = "stopped", "starting", "ready", "failed"
WORKER = ("-m", "engine.worker")

_HANDLES = {"open": "scene", "encode": "embedding"}  # which result of a method is an ID
_MOST_REPLAYS = 3  # of one request: the scene, its embedding, and once more
_POLL_S = 0.1  # how often a waiting thread looks whether it is cancelled
_CANCELLED = -32800


class EngineClient(QObject):
    """The engine, as the plugin sees it. One for all windows and threads of a QGIS.

    Every method may be called from any thread. Callbacks of `call` run in the thread this object lives in.
    """

    state_changed = pyqtSignal(str)  # one of STOPPED, STARTING, READY, FAILED
    message = pyqtSignal(str)  # a sentence for people
    log = pyqtSignal(str)  # a line for the log panel
    _arrived = pyqtSignal(object, int, str, object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        timing: Timing | None = None,
        arguments: Sequence[str] = WORKER,
    ) -> None:
        """Args: parent; how long to wait for what; what the interpreter is to run."""
        super().__init__(parent)
        self._timing, self._arguments = timing or Timing(), tuple(arguments)
        self._lifecycle = threading.Lock()  # held while starting and stopping
        self._lock = threading.RLock()  # of all that follows
        self._state, self._hello = STOPPED, None
        self._supervisor: Supervisor | None = None
        self._leaving: list[Supervisor] = []  # told to end, which takes seconds where a window is in work
        self._started_with: tuple[str, dict[str, str]] | None = None
        self._numbers = itertools.count(1)
        self._sent: dict[int, Call] = {}
        self._waiting: list[Call] = []
        self._recipes: dict[str, tuple[str, dict[str, Any]]] = {}  # how each ID was made
        self._era = 0  # counts stops: what arrives from an earlier one is dropped
        self._callbacks: dict[Call, tuple[Any, Any, Any]] = {}
        self._arrived.connect(self._call_back, Qt.ConnectionType.QueuedConnection)
        atexit.register(_stop_if_alive, weakref.ref(self))

    @property
    def state(self) -> str:
        """One of STOPPED, STARTING, READY, FAILED."""
        return self._state

    @property
    def hello(self) -> dict[str, Any] | None:
        """What the engine said of itself; None before it was ready."""
        return self._hello

    @property
    def pid(self) -> int | None:
        """Process ID of the engine, None while there is none."""
        return self._supervisor.pid if self._supervisor else None

    @property
    def has_ended(self) -> bool:
        """Whether every process that was stopped is gone."""
        return not any(supervisor.alive for supervisor in self._leaving)

    def start(self, python: str, env: Mapping[str, str] | None = None) -> None:
        """Start the engine; returns at once. Does nothing when it runs with the same interpreter.

        One that runs with another ends meanwhile.

        Args:
            python: Absolute path of the interpreter that has the engine.
            env: Variables on top of QGIS's cleaned ones.
        """
        wanted = (python, dict(env or {}))
        with self._lifecycle:
            if self._state in (STARTING, READY) and wanted == self._started_with:
                return
            self._end()
            self._started_with = wanted
            self._set_state(STARTING)
            command = [python, *self._arguments]
            with self._lock:
                self._supervisor = Supervisor(
                    command, clean_environment(os.environ, wanted[1]), self._timing, self
                )

    def stop(self, wait: bool = True) -> None:
        """End the engine. Threads that wait get `EngineStopped`; callbacks are not called any more.

        Args:
            wait: Return when the process is gone, mostly within a tenth of a second.
        """
        with self._lifecycle:
            self._end()
            leaving = tuple(self._leaving)
        if wait:  # no longer in the way of who wants to start another one
            for supervisor in leaving:
                supervisor.join()

    def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        on_result: Callable[[dict[str, Any]], None] | None = None,
        on_error: Callable[[EngineError], None] | None = None,
        on_progress: Callable[[dict[str, Any]], None] | None = None,
        *,
        retry: bool = True,
        timeout_s: float | None = None,
    ) -> Call:
        """Ask the engine; returns at once.

        Args:
            method: See `docs/protocol.md`.
            params: See there; paths are absolute.
            on_result: Told of the result.
            on_error: Told why there is none; without it, `message` tells.
            on_progress: Told of done, total, seconds_left, message.
            retry: Whether to repeat the request once when the engine dies of it.
            timeout_s: Longest time for an answer, waiting in the queue included; None for no limit, for
                an engine that hangs is found out in any case.
        """
        call = Call(self, method, params or {}, retry=retry, timeout_s=timeout_s)
        era = self._era
        call.deliver = lambda kind, value: self._emit(self._arrived, call, era, kind, value)
        self._callbacks[call] = (on_result, on_error, on_progress)
        self._submit(call)
        return call

    def call_blocking(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        cancelled: Callable[[], bool] | None = None,
        progress: Callable[[dict[str, Any]], None] | None = None,
        retry: bool = True,
        timeout_s: float | None = None,
    ) -> dict[str, Any]:
        """Ask the engine and wait; needs no event loop. Not for the main thread of a window.

        Args:
            method: As for `call`, as are `params`, `retry` and `timeout_s`.
            params: See there.
            cancelled: Asked ten times a second whether to cancel.
            progress: Told as `on_progress`, in this thread.
            retry: See `call`.
            timeout_s: See `call`.

        Raises:
            EngineError: There is no result.
        """
        events: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        call = Call(
            self, method, params or {}, retry=retry, timeout_s=timeout_s,
            deliver=lambda kind, value: events.put((kind, value)),
        )  # fmt: skip
        self._submit(call)
        while True:
            if cancelled is not None and not call.cancelled and cancelled():
                call.cancel()
            try:
                kind, value = events.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if kind == "result":
                return value
            if kind == "error":
                raise value
            if progress is not None:
                progress(value)

    # What the supervisor tells, from its threads

    def on_ready(self, hello: dict[str, Any]) -> None:
        """Send what waits."""
        with self._lock:
            self._hello = hello
            self._set_state(READY)
            waiting, self._waiting = self._waiting, []
            for call in waiting:
                self._submit(call)

    def on_message(self, message: dict[str, Any]) -> None:
        """Hand an answer or progress to whom it is for."""
        params = message.get("params")
        if message.get("method") == "progress" and isinstance(params, dict):
            call = self._find(params.get("id"))
            if call is not None:
                call.deliver("progress", params)
            return
        number, result, error = (message.get(name) for name in ("id", "result", "error"))
        call = self._find(number, remove=True)
        if call is None:
            self.on_log(f"answer to nothing: {str(message)[:200]}")
        elif isinstance(result, dict):
            self._succeed(call, result)
        else:
            self._fail(call, error if isinstance(error, dict) else {})

    def on_death(self, death: Death, again: bool) -> None:
        """Repeat what may be repeated, and give the others an answer."""
        sentence = death_sentence(death, again)
        with self._lock:
            lost, self._sent = list(self._sent.values()), {}
            kept = [call for call in lost if again and call.retry and not call.cancelled]
            dropped = [call for call in lost if call not in kept]
            if not again:
                dropped, self._waiting = [*dropped, *self._waiting], []
            for call in kept:
                call.retry = False
            self._waiting = [*kept, *self._waiting]
            self._set_state(STARTING if again else FAILED)
        for call in dropped:
            cancelled = EngineCancelled(tr("Cancelled."))
            call.deliver("error", cancelled if call.cancelled else EngineDied(sentence))
        self._emit(self.message, sentence)

    def on_tick(self, seconds: float) -> None:
        """Give up on requests whose time is over, and on an engine that does not heed a cancel."""
        with self._lock:
            for number, call in [*self._sent.items(), *((0, call) for call in self._waiting)]:
                call.waited_s += seconds
                call.cancelled_s += seconds if call.cancelled else 0.0
                if call.timeout_s is not None and call.waited_s > call.timeout_s:
                    self._give_up(number, call)
                elif call.cancelled_s > self._timing.cancel_s and self._supervisor is not None:
                    self._supervisor.kill(Death(Cause.SILENT, f"{self._timing.cancel_s:.0f}"))

    def on_log(self, line: str) -> None:
        """Hand a line on to the log."""
        self._emit(self.log, line)

    # Requests

    def _submit(self, call: Call) -> None:
        """Send a request, or keep it until the engine is ready."""
        with self._lock:
            if self._state in (STOPPED, FAILED):
                sentence = tr("The engine is not running; start it again with Set Up Engine….")
                call.deliver("error", EngineStopped(sentence))
            elif call.cancelled:
                call.deliver("error", EngineCancelled(tr("Cancelled.")))
            elif self._state == STARTING or self._supervisor is None:
                self._waiting.append(call)
            else:
                number = next(self._numbers)
                self._sent[number] = call
                self._supervisor.send(
                    {"jsonrpc": "2.0", "id": number, "method": call.method, "params": call.params}
                )

    def cancel(self, call: Call) -> None:
        """Ask the engine to stop a request; see `Call.cancel`."""
        with self._lock:
            call.cancelled = True
            if call.replay is not None:
                call.replay.cancel()
            elif call in self._waiting:
                self._waiting.remove(call)
                call.deliver("error", EngineCancelled(tr("Cancelled.")))
            else:
                self._tell_cancelled(call)

    def _tell_cancelled(self, call: Call) -> None:
        for number, sent in self._sent.items():
            if sent is call and self._supervisor is not None:
                self._supervisor.send({"jsonrpc": "2.0", "method": "cancel", "params": {"id": number}})

    def _give_up(self, number: int, call: Call) -> None:
        self._tell_cancelled(call)
        self._sent.pop(number, None)
        if call in self._waiting:
            self._waiting.remove(call)
        sentence = tr("The engine did not answer within {seconds} seconds.")
        call.deliver("error", EngineTimeout(sentence.format(seconds=f"{call.timeout_s:g}")))

    def _find(self, number: Any, *, remove: bool = False) -> Call | None:  # noqa: ANN401 - out of JSON
        """The request of a number, None where nobody waits for it."""
        if not isinstance(number, int):
            return None
        with self._lock:
            return self._sent.pop(number, None) if remove else self._sent.get(number)

    def _succeed(self, call: Call, result: dict[str, Any]) -> None:
        with self._lock:
            if call.method in _HANDLES:
                self._recipes[str(result.get(_HANDLES[call.method]))] = (call.method, call.params)
            if self._supervisor is not None:
                self._supervisor.note_useful()
        call.deliver("result", result)

    def _fail(self, call: Call, error: dict[str, Any]) -> None:
        data = error.get("data")
        data = data if isinstance(data, dict) else {}
        handle = str(data.get("handle"))
        with self._lock:
            known = handle in self._recipes and call.replays < _MOST_REPLAYS
            if known and not call.cancelled:
                self._open_again(call, handle)
                return
        code, kind = error.get("code", 0), str(data.get("type", "EngineError"))
        said = str(error.get("message", ""))
        text = for_people(said, kind) if said else tr("The engine gave no answer.")
        cancelled = EngineCancelled(tr("Cancelled; what is done is kept."), code=code)
        call.deliver("error", cancelled if code == _CANCELLED else EngineError(text, kind, code))

    def _open_again(self, call: Call, handle: str) -> None:
        """Open what a request is about in an engine that does not know it, then send the request again."""
        method, params = self._recipes[handle]

        def deliver(kind: str, value: Any) -> None:  # noqa: ANN401 - see Deliver
            if kind == "progress":
                call.deliver(kind, value)
                return
            call.replay = None
            if kind == "error":
                call.deliver(kind, value)
            elif value.get(_HANDLES[method]) == handle:
                self._submit(call)
            else:
                sentence = tr("The scene's file has changed since it was opened; choose it again.")
                call.deliver("error", EngineError(sentence, "SceneChanged"))

        call.replays += 1
        call.replay = Call(self, method, params, deliver=deliver, retry=call.retry, timeout_s=call.timeout_s)
        self._submit(call.replay)

    def _call_back(self, call: Call, era: int, kind: str, value: Any) -> None:  # noqa: ANN401 - see Deliver
        """Run a callback; in the thread this object lives in."""
        if era != self._era:
            return
        on_result, on_error, on_progress = self._callbacks.get(call, (None, None, None))
        if kind != "progress":
            self._callbacks.pop(call, None)
        function = {"result": on_result, "error": on_error, "progress": on_progress}[kind]
        if function is not None:
            function(value)
        elif kind == "error" and not isinstance(value, EngineCancelled):
            self.message.emit(str(value))

    def _end(self) -> None:
        """Tell the process to end and forget all requests; the caller holds `_lifecycle`."""
        with self._lock:
            supervisor, self._supervisor = self._supervisor, None
            left = [*self._sent.values(), *self._waiting]
            self._sent, self._waiting, self._hello = {}, [], None
            self._era += 1
            self._callbacks.clear()
            self._set_state(STOPPED)
        if supervisor is not None:
            supervisor.stop()
            self._leaving = [*(each for each in self._leaving if each.alive), supervisor]
        for call in left:
            call.deliver("error", EngineStopped(tr("The engine was stopped.")))

    def _set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self._emit(self.state_changed, state)

    def _emit(self, signal: Any, *values: Any) -> None:  # noqa: ANN401 - a bound signal and what it takes
        try:
            signal.emit(*values)
        except RuntimeError:  # Qt has deleted this object while a thread was still telling it something
            return


def _stop_if_alive(client: weakref.ref[EngineClient]) -> None:
    """End the engine with Python, where nobody did so before."""
    found = client()
    if found is not None:
        found.stop()
