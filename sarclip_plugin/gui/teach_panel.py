"""Teaching by example: what was marked, under which name, and whether to keep it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ..layers.ground import PixelGrid
from ..translation import tr

OTHER = "other"  # label of the wrong tiles


@dataclass
class Lesson:
    """Marked places of one scene, as (row, column) in pixels, so that another tile size keeps them."""

    right: list[tuple[float, float]] = field(default_factory=list)
    wrong: list[tuple[float, float]] = field(default_factory=list)
    layer: str = ""  # id of the scene's layer, once something is marked

    @property
    def is_complete(self) -> bool:
        """Whether there is enough to learn from."""
        return bool(self.right and self.wrong)

    def mark(self, tile: tuple[int, int], tile_px: int, *, right: bool) -> None:
        """Mark a tile; the same mark again takes it away, the other one replaces it."""
        had = {True: tile in tiles_of(self.right, tile_px), False: tile in tiles_of(self.wrong, tile_px)}
        for places in (self.right, self.wrong):
            places[:] = [place for place in places if tiles_of([place], tile_px) != [tile]]
        if not had[right]:
            center = ((tile[0] + 0.5) * tile_px, (tile[1] + 0.5) * tile_px)
            (self.right if right else self.wrong).append(center)

    def examples(self, name: str, tile_px: int) -> dict[str, list[list[int]]]:
        """Return the examples as `teach` takes them."""
        other = OTHER if name != OTHER else f"not {OTHER}"
        return {
            name: [list(tile) for tile in tiles_of(self.right, tile_px)],
            other: [list(tile) for tile in tiles_of(self.wrong, tile_px)],
        }

    def boxes(self, grid: PixelGrid, tile_px: int) -> tuple[list[Any], list[Any]]:
        """Return the ground of the right and of the wrong tiles, in the scene's system."""
        return tuple(
            [grid.tile_box(row, col, tile_px) for row, col in tiles_of(places, tile_px)]
            for places in (self.right, self.wrong)
        )


def tiles_of(places: list[tuple[float, float]], tile_px: int) -> list[tuple[int, int]]:
    """Return the (row, column) of the tiles of some places, each once."""
    return list(dict.fromkeys((int(row // tile_px), int(col // tile_px)) for row, col in places))


class TeachPanel(QWidget):
    """A name, what was marked so far, and three buttons."""

    kept = pyqtSignal(str)
    cleared = pyqtSignal()
    left = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.guide = QLabel()
        self.guide.setWordWrap(True)
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("Name of the taught prompt"))
        self.name.setAccessibleName(tr("Name of the taught prompt"))
        self.name.setToolTip(tr("Name of the taught prompt"))
        self.keep_button, self.clear_button = QPushButton(tr("Keep")), QPushButton(tr("Clear"))
        self.done_button = QPushButton(tr("Done"))
        self.keep_button.setToolTip(tr("Keep the taught prompt in the list, under this name"))
        self.clear_button.setToolTip(tr("Take all marks away"))
        self.done_button.setToolTip(tr("Stop teaching"))
        buttons = QHBoxLayout()
        for button in (self.keep_button, self.clear_button, self.done_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.guide)
        layout.addWidget(self.name)
        layout.addLayout(buttons)
        self.keep_button.clicked.connect(lambda _checked: self.kept.emit(self.title()))
        self.clear_button.clicked.connect(lambda _checked: self.cleared.emit())
        self.done_button.clicked.connect(lambda _checked: self.left.emit())
        self.show_lesson(Lesson())

    def title(self) -> str:
        """The name, or one that says nothing."""
        return " ".join(self.name.text().split()) or tr("taught")

    def show_lesson(self, lesson: Lesson) -> None:
        """Show what was marked."""
        if not lesson.right and not lesson.wrong:
            text = tr("Click tiles that are right; Shift+click or right-click tiles that are wrong.")
        elif not lesson.is_complete:
            text = tr("{} right, {} wrong: mark at least one of each.").format(len(lesson.right), len(lesson.wrong))
        else:
            text = tr("{} right, {} wrong. More marks make it better.").format(len(lesson.right), len(lesson.wrong))
        self.guide.setText(text)
        self.keep_button.setEnabled(lesson.is_complete)
        self.clear_button.setEnabled(bool(lesson.right or lesson.wrong))
