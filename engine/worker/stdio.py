"""The worker as a process: its streams, its log, its end."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import BinaryIO

from engine.outputs import remove_drafts
from engine.worker.rpc import Server

logger = logging.getLogger(__name__)

_LOG_BYTES = 2_000_000
_LOGS_KEPT = 5  # of earlier workers


def serve_stdio() -> None:
    """Answer requests on standard input until it ends."""
    source, sink = claim_streams()
    log = start_log()
    from engine.worker.methods import Workbench  # seconds of imports, whose chatter must go to standard error

    Server(Workbench(log).methods(), source, sink, give_up=_end_at_once).serve()
    logging.shutdown()
    _end_at_once()  # freeing everything politely takes a second, for which QGIS would wait


def claim_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output for the protocol alone.

    Descriptor 1 becomes standard error and descriptor 0 nothing, so that no library that prints or reads,
    in Python or in C, gets between the messages.
    """
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return source, sink


def start_log() -> Path | None:
    """Log to standard error, and to a file in the cache folder where that can be written.

    Each process has a file of its own: one that is rotated by two spoils on Windows.
    """
    from engine.scan.store import default_cache  # not before the streams are claimed: it imports torch

    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    path = default_cache() / "logs" / f"worker-{os.getpid()}.log"
    problem = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8"))
    except OSError as error:
        problem = error
    layout = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=layout, handlers=handlers)
    if problem is not None:
        logger.warning("no log file %s: %s", path, problem.strerror)
        return None
    _remove_old_logs(path.parent)
    return path


def _remove_old_logs(folder: Path) -> None:
    with contextlib.suppress(OSError):  # another worker may be at it, or use the file
        logs = sorted(folder.glob("worker-*.log*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in logs[_LOGS_KEPT + 1 :]:
            path.unlink()


def _end_at_once() -> None:
    """Leave what is in work: results are renamed into place when complete, and stores resume after a kill."""
    remove_drafts()  # of results: no stack is unwound below
    os._exit(0)
