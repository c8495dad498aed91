"""Threads that work beside the model: they yield to it."""

from __future__ import annotations

import os
import sys
import threading

_NICER = 10  # than the threads that compute, which all wait for the one that is held up


def step_back() -> None:
    """Let the calling thread run where the others leave a core idle; does nothing but on Linux."""
    if sys.platform.startswith("linux"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICER)
