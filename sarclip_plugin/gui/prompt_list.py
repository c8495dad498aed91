"""The prompts: typed, ticked, coloured, taken away; and the background they are measured against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from qgis.gui import QgsCollapsibleGroupBox, QgsFilterLineEdit
from qgis.PyQt.QtCore import QStringListModel, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor, QIcon, QPixmap
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QCompleter,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ..layers.vectors import palette_color
from ..translation import tr

_COLOR = Qt.ItemDataRole.UserRole
_TAUGHT = Qt.ItemDataRole.UserRole + 1
_TEXT_BEFORE = Qt.ItemDataRole.UserRole + 2
_SWATCH = 14
_ROWS_SHOWN = 5


@dataclass(frozen=True)
class Prompt:
    """One prompt of the list."""

    text: str
    color: QColor
    ticked: bool = True
    taught: bool = False  # learned from tiles, not a text that the model is asked

    def as_data(self) -> dict[str, Any]:
        """Return what the project keeps."""
        return {"text": self.text, "color": self.color.name(), "ticked": self.ticked, "taught": self.taught}


class _List(QListWidget):
    """Delete removes, C opens the colours, F2 and double click edit, Space ticks."""

    delete_pressed = pyqtSignal()
    color_wanted = pyqtSignal(QListWidgetItem)

    def keyPressEvent(self, event: Any) -> None:  # noqa: ANN401, N802 - Qt's name
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        elif event.key() == Qt.Key.Key_C and not event.modifiers() and self.currentItem():
            self.color_wanted.emit(self.currentItem())
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: Any) -> None:  # noqa: ANN401, N802
        item = self.itemAt(event.pos())
        rect = self.visualItemRect(item) if item else None
        swatch_from = rect.left() + 20 if rect else 0
        if item and swatch_from <= event.pos().x() <= swatch_from + _SWATCH + 8:
            self.color_wanted.emit(item)
        else:
            super().mouseDoubleClickEvent(event)


class PromptList(QWidget):
    """A line to type in, the list beneath it, a hint, and the background tucked away."""

    typed = pyqtSignal()  # the line changes, key by key
    changed = pyqtSignal()  # the list or the background changed
    recolored = pyqtSignal()
    removed = pyqtSignal(list)  # (row, Prompt) of what the analyst took away, as `put_back` takes it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QgsFilterLineEdit()
        self.line.setPlaceholderText(tr("Such as ships near harbor"))
        self.line.setShowClearButton(True)
        self.line.setAccessibleName(tr("New prompt"))
        self.line.setToolTip(tr("The map follows your typing; Enter adds the prompt to the list"))
        self._words = QStringListModel(self)
        completer = QCompleter(self._words, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(6)
        self.line.setCompleter(completer)
        self._offer_timer = QTimer(self)
        self._offer_timer.setSingleShot(True)
        self._offer_timer.timeout.connect(self._hide_needless_offer)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.hide()
        self.list = _List()
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName(tr("Prompts"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # long prompts end in "…"
        self.list.setToolTip(
            tr("Tick to show, Delete removes, F2 edits; double-click a color, or press C, to change it")
        )
        self.background = QPlainTextEdit()
        self._build_background()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self.line, self.hint, self.list, self.background_box):
            layout.addWidget(widget)
        self._fit_list()
        self.line.textChanged.connect(self.typed)
        self.line.textChanged.connect(lambda _text: self._offer_timer.start(0))
        self.line.returnPressed.connect(self._add_typed)
        self.list.itemChanged.connect(self._on_item_changed)
        self.list.delete_pressed.connect(self._remove_selected)
        self.list.color_wanted.connect(self._choose_color)

    def prompts(self) -> list[Prompt]:
        """Return all prompts of the list."""
        return [self._prompt(self.list.item(row)) for row in range(self.list.count())]

    def asked(self) -> list[Prompt]:
        """Return the ticked texts and the one being typed: what the model is asked."""
        ticked = [prompt for prompt in self.prompts() if prompt.ticked and not prompt.taught]
        typed = _clean(self.line.text())
        row = self._row_of(typed) if typed else -1
        twin = self._prompt(self.list.item(row)) if row >= 0 else None
        if typed and twin is None:
            ticked.append(Prompt(typed, self._next_color()))
        elif twin is not None and not twin.ticked and not twin.taught:  # typed again, it is wanted again
            ticked.append(twin)
        return ticked

    def typed_text(self) -> str:
        """Return what stands in the line."""
        return _clean(self.line.text())

    def taught(self) -> list[Prompt]:
        """Return the ticked prompts that were learned from tiles."""
        return [prompt for prompt in self.prompts() if prompt.ticked and prompt.taught]

    def background_prompts(self) -> list[str]:
        """Return what else may be there; empty: as the model thinks."""
        lines = [_clean(line) for line in self.background.toPlainText().splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def add(self, prompt: Prompt, at: int | None = None) -> None:
        """Add a prompt at a row, or at the end; one with the same text is replaced."""
        self.list.blockSignals(True)
        row = self._row_of(prompt.text)
        item = self.list.item(row) if row >= 0 else QListWidgetItem()
        item.setText(prompt.text)
        item.setFlags(
            Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
            | (Qt.ItemFlag.NoItemFlags if prompt.taught else Qt.ItemFlag.ItemIsEditable)
        )  # fmt: skip
        item.setCheckState(Qt.CheckState.Checked if prompt.ticked else Qt.CheckState.Unchecked)
        item.setData(_TAUGHT, prompt.taught)
        item.setData(_TEXT_BEFORE, prompt.text)
        self._explain(item)
        if prompt.taught:
            font = item.font()
            font.setItalic(True)
            item.setFont(font)
        self._paint(item, prompt.color)
        if row < 0:
            self.list.insertItem(self.list.count() if at is None else at, item)
        self.list.blockSignals(False)
        self._fit_list()

    def put_back(self, removed: Iterable[tuple[int, Prompt]]) -> None:
        """Show again what was removed, where it was."""
        for row, prompt in removed:
            self.add(prompt, row)
        self.changed.emit()

    def set_prompts(self, prompts: Iterable[Prompt], background: Sequence[str] = (), typed: str = "") -> None:
        """Show other prompts, as when a project is opened; no signal is sent."""
        self.line.blockSignals(True)
        self.line.setText(typed)
        self.line.blockSignals(False)
        self.list.clear()
        for prompt in prompts:
            self.add(prompt)
        self.background.blockSignals(True)
        self.background.setPlainText("\n".join(background))
        self.background.blockSignals(False)
        self.background_box.setCollapsed(not background)
        self._fit_list()

    def set_vocabulary(self, words: Sequence[str]) -> None:
        """Offer these phrases while typing."""
        self._words.setStringList(list(words))

    def show_hint(self, text: str) -> None:
        """Say something about what is typed; "" for nothing."""
        self.hint.setText(text)
        self.hint.setVisible(bool(text))

    def _build_background(self) -> None:
        self.background_box = QgsCollapsibleGroupBox(tr("Background"))
        self.background_box.setCollapsed(True)
        self.background_box.setFlat(True)
        self.background.setPlaceholderText(tr("One prompt a line; empty: as the model thinks"))
        self.background.setAccessibleName(tr("Background prompts"))
        self.background.setToolTip(tr("What else may be there. A prompt has to beat all of these to be shown."))
        self.background.setTabChangesFocus(True)
        self.background.setMaximumHeight(self.fontMetrics().lineSpacing() * 4)
        self.background.textChanged.connect(self.changed)
        QVBoxLayout(self.background_box).addWidget(self.background)

    def _hide_needless_offer(self) -> None:
        """Offer nothing when all that is offered is what stands there: the list below is in its way."""
        completer, text = self.line.completer(), self.line.text()
        alone = completer.completionCount() == 1 and _same(completer.currentCompletion(), text)
        if alone or not text:
            completer.popup().hide()

    def _add_typed(self) -> None:
        text = _clean(self.line.text())
        if not text:
            return
        row = self._row_of(text)
        if row >= 0:
            self.list.item(row).setCheckState(Qt.CheckState.Checked)
        else:
            self.add(Prompt(text, self._next_color()))
        self.line.blockSignals(True)  # what is asked does not change, so nobody needs to ask again
        self.line.clear()
        self.line.blockSignals(False)
        self.line.completer().popup().hide()
        self.changed.emit()

    def _remove_selected(self) -> None:
        items = self.list.selectedItems()
        gone = sorted(((self.list.row(item), self._prompt(item)) for item in items), key=lambda each: each[0])
        for item in items:
            self.list.takeItem(self.list.row(item))
        self._fit_list()
        if gone:
            self.removed.emit(gone)
            self.changed.emit()

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        text = _clean(item.text())
        taken = [self.list.item(row) for row in range(self.list.count())]
        twin = any(other is not item and _same(other.text(), text) for other in taken)
        self.list.blockSignals(True)
        item.setText(item.data(_TEXT_BEFORE) if not text or twin else text)
        item.setData(_TEXT_BEFORE, item.text())
        self._explain(item)
        self.list.blockSignals(False)
        self.changed.emit()

    def _choose_color(self, item: QListWidgetItem) -> None:
        color = QColorDialog.getColor(item.data(_COLOR), self, tr("Color of the Prompt"))
        if color.isValid():
            self.list.blockSignals(True)
            self._paint(item, color)
            self.list.blockSignals(False)
            self.recolored.emit()

    def _paint(self, item: QListWidgetItem, color: QColor) -> None:
        swatch = QPixmap(_SWATCH, _SWATCH)
        swatch.fill(color)
        item.setData(_COLOR, color)
        item.setIcon(QIcon(swatch))

    def _explain(self, item: QListWidgetItem) -> None:
        """Say in full what the row may have no room for."""
        learned = [tr("Learned from the tiles you marked")] if item.data(_TAUGHT) else []
        item.setToolTip("\n".join([item.text(), *learned, self.list.toolTip()]))

    def _next_color(self) -> QColor:
        used = {prompt.color.name() for prompt in self.prompts()}
        index = 0
        while palette_color(index).name() in used:
            index += 1
        return palette_color(index)

    def _prompt(self, item: QListWidgetItem) -> Prompt:
        ticked = item.checkState() == Qt.CheckState.Checked
        return Prompt(item.text(), item.data(_COLOR), ticked, bool(item.data(_TAUGHT)))

    def _row_of(self, text: str) -> int:
        rows = (row for row in range(self.list.count()) if _same(self.list.item(row).text(), text))
        return next(rows, -1)

    def _fit_list(self) -> None:
        row = self.list.sizeHintForRow(0) if self.list.count() else self.fontMetrics().height() + 2
        shown = min(max(self.list.count(), 2), _ROWS_SHOWN)
        self.list.setFixedHeight(row * shown + 6)


def _clean(text: str) -> str:
    return " ".join(text.split())


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
