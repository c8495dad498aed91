"""One QGIS without a window for the tests of a process, with settings and a profile that nobody misses."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("qgis.core", reason="needs the interpreter that QGIS's bindings belong to")

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QElapsedTimer, QEventLoop, QTimer


@functools.cache  # which also keeps it alive
def start_qgis() -> QgsApplication:
    """Return the application of this process, made on the first call."""
    running = QgsApplication.instance()
    if running is not None:
        return running
    profile = tempfile.mkdtemp(prefix="sarclip-profile-")
    application = QgsApplication([], True, profile)
    QgsApplication.setOrganizationName("sarclip-tests")
    QgsApplication.setApplicationName("sarclip-tests")
    application.initQgis()
    return application


def wait_until(condition: Callable[[], bool], timeout_ms: int = 60_000) -> None:
    """Let events happen until the condition holds.

    Raises:
        AssertionError: It did not in time.
    """
    clock = QElapsedTimer()
    clock.start()
    while not condition():
        assert clock.elapsed() < timeout_ms, "waited too long"
        loop = QEventLoop()
        QTimer.singleShot(20, loop.quit)
        loop.exec()
