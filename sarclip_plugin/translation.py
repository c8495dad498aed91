"""Texts that people read, in their language."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication

CONTEXT = "Sarclip"  # of every text in the .ts files


def tr(text: str) -> str:
    """Return a text of the plugin in the language of QGIS."""
    return QCoreApplication.translate(CONTEXT, text)
