"""What comes back with a QGIS project: one entry of JSON among the project's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, QTimer

_SCOPE, _KEY = "sarclip", "/state"
_VERSION = 1
_KEEP_AFTER_MS = 300  # of the last change


class ProjectState(QObject):
    """Tells the project what to keep when nothing has changed for a while, and never while one is being read."""

    def __init__(self, project: QgsProject, gather: Callable[[], dict[str, Any]], parent: QObject) -> None:
        """Args: the project, what gives the state (with "prompts" and "encoded"), and the owner."""
        super().__init__(parent)
        self._project, self._gather = project, gather
        self._known: dict[str, Any] = {}  # what was read from the project, or written there
        self._restoring = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._keep)
        project.writeProject.connect(self._keep_now)

    @contextmanager
    def restoring(self) -> Iterator[dict[str, Any]]:
        """Read what was kept; changes within are those of showing it, and are not kept again."""
        self._timer.stop()
        self._known, self._restoring = read_state(self._project), True
        try:
            yield self._known
        finally:
            self._restoring = False

    def keep_soon(self) -> None:
        """Something changed."""
        if not self._restoring:
            self._timer.start(_KEEP_AFTER_MS)

    def stop(self) -> None:
        """Keep nothing more."""
        self._timer.stop()
        self._project.writeProject.disconnect(self._keep_now)

    def _keep_now(self, _document: Any) -> None:  # noqa: ANN401 - QDomDocument
        """Keep what was changed a moment ago: the project is being saved, its entries come after the layers."""
        if self._timer.isActive():
            self._timer.stop()
            self._keep()

    def _keep(self) -> None:
        if read_state(self._project) != self._known:
            return  # QGIS is reading a project, with events between its layers; `restoring` comes at the end
        state = self._gather()
        if self._known or state["prompts"] or state["encoded"]:  # else nobody uses the dock in this project
            write_state(self._project, state)
            self._known = read_state(self._project)


def read_state(project: QgsProject) -> dict[str, Any]:
    """Return what was kept; empty when nothing was, or when another version wrote it."""
    text, found = project.readEntry(_SCOPE, _KEY, "")
    if not found or not text:
        return {}
    try:
        state = json.loads(text)
    except ValueError:
        return {}
    return state if isinstance(state, dict) and state.get("version") == _VERSION else {}


def write_state(project: QgsProject, state: dict[str, Any]) -> None:
    """Keep this with the project; a project that nothing changes in stays clean."""
    text = json.dumps({"version": _VERSION, **state}, sort_keys=True, ensure_ascii=False)
    if project.readEntry(_SCOPE, _KEY, "")[0] != text:
        project.writeEntry(_SCOPE, _KEY, text)
