"""How results are shown: as what, from which score, how opaque."""

from __future__ import annotations

from qgis.gui import QgsOpacityWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QButtonGroup,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..layers.results import HEATMAP, OBJECTS, SIMILAR, TAUGHT, TILES
from ..translation import tr

MODES = (HEATMAP, TILES, OBJECTS)
_DEFAULT_THRESHOLD = {HEATMAP: 0.5, TILES: 0.0, OBJECTS: 0.5, SIMILAR: 0.5, TAUGHT: 0.0}
_STEPS = 100  # of the slider


class ViewPanel(QWidget):
    """Three buttons, a threshold and an opacity."""

    mode_changed = pyqtSignal(str)
    look_changed = pyqtSignal()  # threshold or opacity, while they are moved

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.thresholds = dict(_DEFAULT_THRESHOLD)
        self._subject = HEATMAP  # the role that the threshold is about
        self.buttons: dict[str, QToolButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(self._build_buttons())
        layout.addLayout(self._build_sliders())

    @property
    def mode(self) -> str:
        """One of MODES."""
        return next(mode for mode, button in self.buttons.items() if button.isChecked())

    @property
    def threshold(self) -> float:
        """Score below which nothing is drawn, of the subject."""
        return self.thresholds[self._subject]

    @property
    def opacity(self) -> float:
        """Of the layers, 0..1."""
        return self.opacity_widget.opacity()

    @property
    def subject(self) -> str:
        """The role that the threshold is about: the mode, or SIMILAR or TAUGHT while they are looked at."""
        return self._subject

    def restore(self, mode: str, thresholds: dict[str, float], opacity: float) -> None:
        """Show what was kept; no signal is sent."""
        self.thresholds = {**_DEFAULT_THRESHOLD, **thresholds}
        self.buttons[mode].setChecked(True)
        self.set_subject(mode)
        self.opacity_widget.blockSignals(True)
        self.opacity_widget.setOpacity(opacity)
        self.opacity_widget.blockSignals(False)

    def set_subject(self, role: str) -> None:
        """Let the threshold be about the layers of a role; no signal is sent."""
        self._subject = role
        self._show_threshold(self.thresholds[role])

    def _build_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(0)
        group = QButtonGroup(self)
        texts = {
            HEATMAP: (tr("Heatmap"), tr("Where the prompts are true, place by place")),
            TILES: (tr("Tiles"), tr("Which prompt fits each tile best")),
            OBJECTS: (tr("Counts"), tr("Objects as points, and how many there are")),
        }
        for mode, (text, tip) in texts.items():
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _checked, mode=mode: self._choose(mode))
            group.addButton(button)
            row.addWidget(button)
            self.buttons[mode] = button
        self.buttons[HEATMAP].setChecked(True)
        return row

    def _build_sliders(self) -> QGridLayout:
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(5)
        self.spin = QDoubleSpinBox()
        self.spin.setRange(0, 1)
        self.spin.setSingleStep(1 / _STEPS)
        self.spin.setKeyboardTracking(False)
        for widget in (self.slider, self.spin):
            widget.setAccessibleName(tr("Threshold"))
            widget.setToolTip(tr("Score from which places are shown"))
        self.opacity_widget = QgsOpacityWidget()
        self.opacity_widget.setAccessibleName(tr("Opacity"))
        self.opacity_widget.setToolTip(tr("Opacity of the result layers"))
        self._show_threshold(self.threshold)
        self.slider.valueChanged.connect(lambda value: self._change(value / _STEPS))
        self.spin.valueChanged.connect(self._change)
        self.opacity_widget.opacityChanged.connect(lambda _opacity: self.look_changed.emit())
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        threshold, opacity = QLabel(tr("Threshold")), QLabel(tr("Opacity"))
        threshold.setBuddy(self.slider)
        opacity.setBuddy(self.opacity_widget)
        grid.addWidget(threshold, 0, 0)
        grid.addWidget(self.slider, 0, 1)
        grid.addWidget(self.spin, 0, 2)
        grid.addWidget(opacity, 1, 0)
        grid.addWidget(self.opacity_widget, 1, 1, 1, 2)
        return grid

    def _choose(self, mode: str) -> None:
        self.set_subject(mode)
        self.mode_changed.emit(mode)

    def _change(self, value: float) -> None:
        value = round(value, 2)
        if value != self.threshold:
            self.thresholds[self._subject] = value
            self._show_threshold(value)
            self.look_changed.emit()

    def _show_threshold(self, value: float) -> None:
        for widget, shown in ((self.slider, round(value * _STEPS)), (self.spin, value)):
            widget.blockSignals(True)
            widget.setValue(shown)
            widget.blockSignals(False)
