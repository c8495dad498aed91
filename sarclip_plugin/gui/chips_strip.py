"""Four tiles of the scene as the model sees them: the quickest check that the scale is right."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QPixmap
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ..translation import tr

COUNT = 4
_SIDE = QSize(64, 64)


class ChipsStrip(QWidget):
    """A row of small pictures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.labels = [QLabel() for _ in range(COUNT)]
        for number, label in enumerate(self.labels, start=1):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setMinimumSize(_SIDE / 2)
            label.setMaximumHeight(_SIDE.height())
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            label.setAccessibleName(tr("Chip {} of {}").format(number, COUNT))
            row.addWidget(label)
        self.setToolTip(
            tr("Tiles as the model sees them. Ships should be bright and calm water dark; else choose another scale.")
        )
        self.clear()

    def show_files(self, files: Sequence[str]) -> None:
        """Show these pictures."""
        self.clear()
        for label, file in zip(self.labels, files):
            picture = QPixmap(file)
            label.setPixmap(
                picture.scaled(_SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
            )
        self.setVisible(bool(files))

    def clear(self) -> None:
        """Show nothing, and take no room."""
        for label in self.labels:
            label.clear()
        self.hide()
