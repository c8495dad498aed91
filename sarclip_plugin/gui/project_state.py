"""What comes back with a QGIS project: one entry of JSON among the project's own."""

from __future__ import annotations

import json
from typing import Any

from qgis.core import QgsProject

_SCOPE, _KEY = "sarclip", "/state"
_VERSION = 1


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
