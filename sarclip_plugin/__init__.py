"""SARCLIP for QGIS: ask a radar scene in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .plugin import SarclipPlugin


def classFactory(iface: object) -> SarclipPlugin:  # noqa: N802 - the name QGIS calls
    """Return the plugin; `iface` is None in qgis_process."""
    from .plugin import SarclipPlugin

    return SarclipPlugin(iface)
