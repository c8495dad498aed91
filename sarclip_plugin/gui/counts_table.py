"""How many of each prompt, and how sure the model is of the number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QPixmap
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from ..translation import tr

_SWATCH = 12
_ROWS_SHOWN = 4
_ROOM_PX = 6  # above and below the text of a row


class CountsTable(QTableWidget):
    """One row per prompt; choosing a row asks to see its points."""

    prompt_chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self.setHorizontalHeaderLabels([tr("Prompt"), tr("Count"), tr("Range")])
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _ROOM_PX)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)  # Tab leaves the table
        self.setAccessibleName(tr("Counts"))
        self.setToolTip(tr("Click a row, or press Enter, to see its points on the map"))
        self.cellClicked.connect(lambda row, _column: self._choose(row))
        self._fit()

    def show_counts(self, counts: Mapping[str, Mapping[str, Any]], colors: Mapping[str, QColor]) -> None:
        """Show counts: `{prompt: {"count", "low", "high"}}`."""
        self.setRowCount(len(counts))
        for row, (prompt, found) in enumerate(counts.items()):
            name = QTableWidgetItem(prompt)
            name.setToolTip(prompt)
            swatch = QPixmap(_SWATCH, _SWATCH)
            swatch.fill(colors.get(prompt, QColor("grey")))
            name.setData(Qt.ItemDataRole.DecorationRole, swatch)
            number = _number(str(found["count"]))
            interval = _number(tr("{} to {}").format(found["low"], found["high"]))
            interval.setToolTip(
                tr(
                    "How sure the model is of what it sees; "
                    "objects it cannot see, such as ships at a quay, are not in it"
                )
            )
            for column, item in enumerate((name, number, interval)):
                self.setItem(row, column, item)
        self._fit()

    def _fit(self) -> None:
        """Take as much room as there are rows, up to a few."""
        rows = min(max(self.rowCount(), 1), _ROWS_SHOWN)
        row = self.verticalHeader().defaultSectionSize()
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows * row + 4)

    def keyPressEvent(self, event: Any) -> None:  # noqa: ANN401, N802 - Qt's name
        """Let Enter do what a click does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self._choose(self.currentRow())
        else:
            super().keyPressEvent(event)

    def _choose(self, row: int) -> None:
        self.prompt_chosen.emit(self.item(row, 0).text())


def _number(text: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setTextAlignment(int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))
    return item
