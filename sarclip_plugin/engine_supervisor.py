"""Keeps the engine's process alive: starts it, listens whether it lives, starts it again. No Qt, no QGIS.

Time-outs are counted in ticks rather than read off a clock, so that a laptop that slept does not find its
engine dead.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from .engine_process import EngineProcess

PROTOCOL = 1
_HELLO, _PING = "hello", "ping"  # ids; those of the client's requests are numbers


@dataclass(frozen=True)
class Timing:
    """How long to wait for what, in seconds."""

    start_s: float = 120.0  # importing torch takes a minute where an antivirus reads every file of it
    ping_every_s: float = 5.0
    silence_s: float = 60.0  # without any sign of life; thirty were too few beside a process that took every core
    cancel_s: float = 30.0  # for a cancelled request to end; one window of a large model takes ten
    stop_s: float = 2.0
    backoff_s: tuple[float, ...] = (0.2, 1.0, 5.0)  # before each restart in a row
    tick_s: float = 0.2


class Cause(Enum):
    """Why the process ended."""

    MISSING = "missing"  # it could not be started at all
    NOT_STARTED = "not started"  # it ended before it answered
    SLOW_START = "slow start"
    OTHER_PROTOCOL = "other protocol"
    SILENT = "silent"
    ENDED = "ended"


@dataclass(frozen=True)
class Death:
    """How the process ended."""

    cause: Cause
    detail: str = ""  # the system's or the engine's own words
    exit_status: int | None = None  # negative for a signal

    @property
    def final(self) -> bool:
        """Whether starting it again would end the same way."""
        return self.cause in (Cause.MISSING, Cause.OTHER_PROTOCOL)


class Listener(Protocol):
    """Who is told; all methods are called from threads of the supervisor or of the process."""

    def on_ready(self, hello: dict[str, Any]) -> None:
        """Requests can be sent."""

    def on_message(self, message: dict[str, Any]) -> None:
        """An answer or a notification."""

    def on_death(self, death: Death, again: bool) -> None:
        """No answer will come to what was sent; `again` says that the process is started again."""

    def on_tick(self, seconds: float) -> None:
        """So much time has gone by."""

    def on_log(self, line: str) -> None:
        """The process said something for the log."""


class Supervisor:
    """One engine, however many processes it takes. Starts at once.

    Args:
        command: Absolute path of the interpreter, and its arguments.
        environment: Of the process, complete.
        timing: How long to wait for what.
        listener: Who is told.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], timing: Timing, listener: Listener
    ) -> None:
        self._command, self._environment = command, environment
        self._timing, self._listener = timing, listener
        self._process: EngineProcess | None = None
        self._stopping, self._wake, self._ready = threading.Event(), threading.Event(), threading.Event()
        self._silent_s = 0.0
        self._useful = False
        self._condemned: Death | None = None
        self._thread = threading.Thread(target=self._run, name="sarclip-engine", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """Process ID, None between two processes."""
        return self._process.pid if self._process else None

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a message to the process there is; lost when there is none."""
        process = self._process
        if process is not None:
            process.send(message)

    def kill(self, death: Death) -> None:
        """End the process for that reason; it is started again."""
        self._condemned = death
        if self._process is not None:
            self._process.kill()

    def note_useful(self) -> None:
        """The process has answered a request: if it ends now, that is the first time in a row."""
        self._useful = True

    @property
    def alive(self) -> bool:
        """Whether a process may still be there."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End for good; returns at once."""
        self._stopping.set()
        self._wake.set()

    def join(self) -> None:
        """Wait until the process is gone."""
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        restarts = 0
        while not self._stopping.is_set():
            self._useful, self._condemned, self._silent_s = False, None, 0.0
            self._ready.clear()
            death = self._live()
            if self._stopping.is_set():
                return
            restarts = 0 if self._useful else restarts
            again = not death.final and restarts < len(self._timing.backoff_s)
            self._listener.on_death(death, again)
            if not again:
                return
            self._stopping.wait(self._timing.backoff_s[restarts])
            restarts += 1

    def _live(self) -> Death:
        """Start a process, watch it, and say how it ended."""
        self._wake = threading.Event()  # of this process: an earlier one may yet report its end
        if self._stopping.is_set():  # it was set before the line above
            return Death(Cause.ENDED)
        try:
            process = EngineProcess(
                self._command, self._environment, self._hear, self._listener.on_log, self._wake.set
            )
        except OSError as error:
            return Death(Cause.MISSING, error.strerror or str(error))
        self._process = process
        process.send({"jsonrpc": "2.0", "id": _HELLO, "method": "hello", "params": {"protocol": PROTOCOL}})
        self._watch()
        process.stop(self._timing.stop_s)
        self._process = None
        if self._condemned is not None:
            return self._condemned
        cause = Cause.ENDED if self._ready.is_set() else Cause.NOT_STARTED
        words = [line.strip() for line in process.last_words if line.strip()]
        return Death(cause, words[-1] if words else "", process.exit_status)

    def _watch(self) -> None:
        """Return when the process has ended, must end, or is asked to."""
        timing, since_ping, starting = self._timing, 0.0, 0.0
        while not self._wake.wait(timing.tick_s):
            self._silent_s += timing.tick_s
            self._listener.on_tick(timing.tick_s)
            if not self._ready.is_set():
                starting += timing.tick_s
                if starting > timing.start_s:
                    return self.kill(Death(Cause.SLOW_START, f"{timing.start_s:.0f}"))
                continue
            since_ping += timing.tick_s
            if since_ping >= timing.ping_every_s:
                since_ping = 0.0
                self.send({"jsonrpc": "2.0", "id": _PING, "method": "ping", "params": {}})
            if self._silent_s > timing.silence_s:
                return self.kill(Death(Cause.SILENT, f"{timing.silence_s:.0f}"))
        return None

    def _hear(self, message: dict[str, Any]) -> None:
        self._silent_s = 0.0
        sender = message.get("id")
        if sender == _PING or self._stopping.is_set():
            return
        if sender != _HELLO:
            self._listener.on_message(message)
            return
        hello = message.get("result")
        if isinstance(hello, dict) and hello.get("protocol") == PROTOCOL:
            self._ready.set()
            self._listener.on_ready(hello)
        else:
            self.kill(Death(Cause.OTHER_PROTOCOL, str(message.get("error", ""))))
