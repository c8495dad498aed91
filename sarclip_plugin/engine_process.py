"""The engine as a child process: a clean environment, its pipes, its end. Knows nothing of Qt or QGIS.

Threads and `subprocess` rather than QProcess: in `qgis_process` and in Processing the caller waits in a
thread without an event loop, where a QProcess would never hear of an answer.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess  # nosec B404 - the engine is a process of its own; see EngineProcess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

_DROPPED = ("PYTHON", "PROJ_", "GDAL_", "OGR_", "CPL_", "QT_", "QML", "DYLD_")  # beginnings of names
_DROPPED_NAMES = ("GEOTIFF_CSV", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "MPLBACKEND", "QTDIR")
_STDERR_LINES = 40  # of the child's last words that are kept
_KILLED_AFTER_S = 1.0  # between asking the system to end a process and forcing it


def clean_environment(environ: Mapping[str, str], extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment for a Python that is not QGIS's.

    QGIS points Python, PROJ, GDAL, Qt and the dynamic linker at its own files; another Python that follows
    these loads the wrong libraries. Everything else (proxies, home, path, locale, SARCLIP_*) stays.

    Args:
        environ: Of QGIS.
        extra: Added at the end, and wins.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not name.upper().startswith(_DROPPED) and name.upper() not in _DROPPED_NAMES
    }
    if "LD_LIBRARY_PATH" in kept:
        kept["LD_LIBRARY_PATH"] = _without_qgis(kept["LD_LIBRARY_PATH"], environ.get("APPDIR"))
        if not kept["LD_LIBRARY_PATH"]:
            del kept["LD_LIBRARY_PATH"]
    # no packages of the user's home, none of the working folder; text is UTF-8 on Windows, too
    kept.update(PYTHONNOUSERSITE="1", PYTHONSAFEPATH="1", PYTHONUTF8="1")
    kept.update(extra or {})
    return kept


def _without_qgis(library_path: str, appdir: str | None) -> str:
    """A library path without the folders that QGIS put there: its own, and those of an AppImage."""
    folders = [folder for folder in library_path.split(os.pathsep) if folder]
    outside = [folder for folder in folders if not (appdir and Path(folder).is_relative_to(appdir))]
    return os.pathsep.join(folder for folder in outside if not any(Path(folder).glob("libqgis_core*")))


class EngineProcess:
    """One child that speaks JSON, one message a line.

    `send` never blocks and may be called from any thread. Callbacks come from threads of this object, in the
    order of the messages; `on_end` is the last one and comes exactly once.

    Args:
        command: Absolute path of the interpreter, and its arguments.
        environment: Of the child, complete.
        on_message: Told of every message.
        on_log: Told of every line on standard error, and of lines on standard output that are no message.
        on_end: Told once that the child has ended and everything it said was handed on.

    Raises:
        OSError: The interpreter does not exist or cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        on_message: Callable[[dict[str, Any]], None],
        on_log: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> None:
        self._on_message, self._on_log, self._on_end = on_message, on_log, on_end
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.last_words: deque[str] = deque(maxlen=_STDERR_LINES)
        # A list, no shell; the interpreter is the one that the user set up or chose.
        self._child = subprocess.Popen(  # nosec B603  # noqa: S603
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            cwd=str(Path(command[0]).parent),  # no module of the folder that QGIS was started in
            start_new_session=True,  # Ctrl-C in QGIS's terminal is not meant for the engine
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._threads = [
            threading.Thread(target=work, name=f"sarclip-engine-{name}", daemon=True)
            for name, work in (("in", self._write), ("out", self._read), ("err", self._listen))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """Process ID."""
        return self._child.pid

    @property
    def exit_status(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        return self._child.poll()

    def send(self, message: Mapping[str, Any]) -> None:
        """Queue a message; one that the child does not live to read is lost."""
        self._outbox.put(json.dumps(message, ensure_ascii=True).encode("ascii") + b"\n")

    def kill(self) -> None:
        """End the child at once."""
        self._child.kill()

    def stop(self, seconds: float) -> None:
        """Close the child's input, which ends it; insist when it does not end in time."""
        self._outbox.put(None)
        for insist in (self._child.terminate, self._child.kill):
            try:
                self._child.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                insist()
                seconds = _KILLED_AFTER_S
        self._child.wait()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_KILLED_AFTER_S)

    def _write(self) -> None:
        pipe = _pipe(self._child.stdin)
        try:
            while True:
                line = self._outbox.get()
                if line is None:
                    break
                pipe.write(line)
                pipe.flush()
            pipe.close()
        except OSError:  # the child is gone, which the reader notices and tells
            return

    def _read(self) -> None:
        try:
            for line in _pipe(self._child.stdout):
                message = _message(line)
                if message is None:
                    self._on_log(f"not of the protocol: {line[:200].decode('utf-8', 'replace').rstrip()}")
                else:
                    self._on_message(message)
        finally:  # whatever a listener did: nobody may wait for a child that is not heard any more
            self._outbox.put(None)
            self._threads[2].join(_KILLED_AFTER_S)  # its last words; grandchildren may keep the pipe open
            self._on_end()

    def _listen(self) -> None:
        for line in _pipe(self._child.stderr):
            text = line.decode("utf-8", "replace").rstrip()
            self.last_words.append(text)
            self._on_log(text)


def _pipe(stream: Any) -> BinaryIO:  # noqa: ANN401 - what Popen declares as optional
    return stream


def _message(line: bytes) -> dict[str, Any] | None:
    """The message in a line, None where there is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("jsonrpc") == "2.0" else None
