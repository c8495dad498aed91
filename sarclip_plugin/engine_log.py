"""What the engine prints: in QGIS's log panel, and its last lines for the diagnostics report."""

from __future__ import annotations

from collections import deque

from qgis.core import QgsMessageLog
from qgis.PyQt.QtCore import QObject

from .compat import INFO, WARNING
from .engine_client import EngineClient

TAG = "SARCLIP"  # of the panel's page
_KEPT = 100  # lines: enough for what Python says when it dies


class EngineLog(QObject):
    """Listens to a client; a crash leaves its last words here, though the process is gone.

    Args:
        client: Whose engine is listened to.
        parent: Its owner.
    """

    def __init__(self, client: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: deque[str] = deque(maxlen=_KEPT)
        client.log.connect(self._on_line)
        client.message.connect(self._on_message)

    def lines(self) -> list[str]:
        """Return the last lines, oldest first."""
        return list(self._lines)

    def _on_line(self, line: str) -> None:
        self._lines.append(line)
        QgsMessageLog.logMessage(line, TAG, INFO, False)

    def _on_message(self, sentence: str) -> None:
        self._lines.append(sentence)
        QgsMessageLog.logMessage(sentence, TAG, WARNING, False)  # a bar tells people
