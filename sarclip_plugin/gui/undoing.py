"""One message with an Undo button: what is removed while it shows is put back with it."""

from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsProject
from qgis.gui import QgsMessageBar, QgsMessageBarItem
from qgis.PyQt.QtCore import QObject
from qgis.PyQt.QtWidgets import QPushButton

from ..compat import INFO
from ..translation import tr

_SECONDS = 15  # to change one's mind


class Undoing(QObject):
    """Says what was done and takes it back on demand; five removals are one message, not five."""

    def __init__(self, bar: QgsMessageBar, project: QgsProject, parent: QObject) -> None:
        """Args: where messages go, the project whose end is the end of every offer, and the owner."""
        super().__init__(parent)
        self._bar = bar
        self._item: QgsMessageBarItem | None = None
        self._say: Callable[[int], str] | None = None
        self._steps: list[tuple[int, Callable[[], None]]] = []  # how many things, and how to put them back
        bar.widgetRemoved.connect(self._on_removed)
        project.cleared.connect(self.withdraw)

    def offer(self, say: Callable[[int], str], number: int, undo: Callable[[], None]) -> None:
        """Say that so many things were done, with those of the same sort whose message still shows.

        Args:
            say: Puts a number of things into words; the same function is the same sort.
            number: Of things.
            undo: Takes this step back.
        """
        steps = self._steps if self._item is not None and self._say == say else []
        self.withdraw()
        self._say, self._steps = say, [*steps, (number, undo)]
        item = QgsMessageBar.createMessage("SARCLIP", say(sum(count for count, _undo in self._steps)))
        button = QPushButton(tr("Undo"))
        item.layout().addWidget(button)
        button.clicked.connect(lambda _checked: self._undo())
        self._item = item
        self._bar.pushWidget(item, INFO, _SECONDS)

    def withdraw(self) -> None:
        """Take the offer back."""
        item, self._item, self._steps = self._item, None, []
        if item is not None:
            self._bar.popWidget(item)

    def _undo(self) -> None:
        steps = self._steps
        self.withdraw()
        for _count, undo in reversed(steps):  # rows are counted as they were before each step
            undo()

    def _on_removed(self, item: QgsMessageBarItem) -> None:
        if item is self._item:
            self._item, self._steps = None, []
