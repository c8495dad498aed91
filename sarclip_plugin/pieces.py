"""Work of the main thread in pieces, between which QGIS hears its user."""

from __future__ import annotations

from collections.abc import Generator

from qgis.PyQt.QtCore import QObject, QTimer

_BREATH_MS = 5  # between pieces; without a pause several of them go into one turn of the event loop


class Pieces(QObject):
    """Carries a generator on, piece by piece."""

    def __init__(self, work: Generator[None, None, None], parent: QObject) -> None:
        """Args: what is to be done, yielding where QGIS may breathe; and the owner, with whom it stops."""
        super().__init__(parent)
        self._work = work
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)
        self._timer.start(_BREATH_MS)

    @property
    def over(self) -> bool:
        """Whether nothing is left to be done."""
        return not self._timer.isActive()

    def stop(self) -> None:
        """Do no more of it."""
        self._timer.stop()
        self._work.close()

    def _go_on(self) -> None:
        self._timer.stop()  # a piece that fails is not tried again
        for _ in self._work:
            self._timer.start(_BREATH_MS)
            break
