"""The scene: which layer, how it is read, which part, and the button that encodes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qgis.core import QgsRasterLayer
from qgis.gui import QgsCollapsibleGroupBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..compat import RASTER_LAYERS
from ..engine_errors import for_people
from ..session import SCALES, TILE_STEP_PX, pixels_of, scale_name
from ..translation import tr
from .area import POLYGON, VIEW, WHOLE
from .chips_strip import ChipsStrip

_LONG_S = 999 * 60  # no encoding takes longer


class ScenePanel(QWidget):
    """Choices about the scene; knows neither engine nor project."""

    layer_changed = pyqtSignal(object)  # QgsRasterLayer or None
    reading_changed = pyqtSignal()  # band or scale: the scene has to be opened anew
    encoding_changed = pyqtSignal()  # area, tile size, model or care: it has to be encoded anew
    encode_clicked = pyqtSignal()
    cancel_clicked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._metres_per_px = 0.0
        self._in_metres = False  # which of the two tile sizes is the analyst's; the other follows
        self.layer_box = QgsMapLayerComboBox()
        self.layer_box.setFilters(RASTER_LAYERS)
        self.layer_box.setAllowEmptyLayer(True, tr("Choose a radar scene"))
        self.layer_box.setAccessibleName(tr("Scene layer"))
        self.layer_box.setToolTip(tr("The radar scene: a raster layer of the project"))
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.hide()
        self._build_choices()
        self._build_encode()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.layer_box)
        layout.addWidget(self.options)
        layout.addWidget(self.note)
        layout.addLayout(self._encode_row)
        self.layer_box.layerChanged.connect(self._on_layer)
        self.set_ready(ready=False)

    @property
    def layer(self) -> QgsRasterLayer | None:
        """The chosen layer."""
        return self.layer_box.currentLayer()

    def close_down(self) -> None:
        """Hear no more of the project, which lives longer than this panel."""
        self.layer_box.layerChanged.disconnect(self._on_layer)

    def choices(self) -> dict[str, Any]:
        """Return band, scale, model, tile size, care and area: what `SceneSettings` and the project keep."""
        return {
            "band": self.band_box.currentText(),
            "scale": self.scale_box.currentData(),
            "model": self.model_box.currentData() or "",
            "tile_px": None if self._in_metres else self.tile_px.value() or None,
            "tile_m": (self.tile_m.value() or None) if self._in_metres else None,
            "careful": self.careful_box.isChecked(),
            "area": self.area_box.currentData(),
        }

    def set_choices(self, choices: dict[str, Any]) -> None:
        """Show choices that were kept; no signal is sent."""
        widgets = (
            self.band_box, self.scale_box, self.model_box, self.tile_px, self.tile_m, self.careful_box, self.area_box,
        )  # fmt: skip
        for widget in widgets:
            widget.blockSignals(True)
        for box, value in ((self.band_box, choices.get("band")), (self.model_box, choices.get("model"))):
            if value and box.findText(value) < 0:
                box.addItem(value, value)
            box.setCurrentIndex(max(0, box.findText(value or "")))
        self.scale_box.setCurrentIndex(max(0, self.scale_box.findData(choices.get("scale"))))
        self.area_box.setCurrentIndex(max(0, self.area_box.findData(choices.get("area"))))
        self.careful_box.setChecked(bool(choices.get("careful")))
        self._in_metres = bool(choices.get("tile_m"))
        self.tile_px.setValue(choices.get("tile_px") or 0)
        self.tile_m.setValue(choices.get("tile_m") or 0)
        self._show_other_size()
        for widget in widgets:
            widget.blockSignals(False)

    def show_scene(self, scene: dict[str, Any]) -> None:
        """Show what the engine found: its answer to `open`."""
        self._fill(self.band_box, [(str(band), band) for band in scene["bands"]], scene["band"])
        gsd = scene.get("gsd_m")
        self._metres_per_px = (gsd[0] + gsd[1]) / 2 if gsd else 0.0
        self.tile_m.setEnabled(bool(gsd))
        self._in_metres = self._in_metres and bool(gsd)
        self._show_other_size()
        if self.scale_box.currentIndex() == 0:  # else it was chosen, not found
            self.scale_box.setItemText(0, tr("Auto: {}").format(scale_name(scene["scale"])))
        low, high = scene["stretch"]
        found = tr("Read as {}, {:.1f} to {:.1f} {}: {}").format(
            scale_name(scene["scale"]), low, high, scene["unit"], scene["reason"]
        )
        self.scale_box.setToolTip(found)
        said = "; ".join(scene.get("notes", ()))
        notes = [for_people(f"{said}.")] if said else []
        if not scene["valid"]:
            notes.append(tr("The scene holds no valid pixel."))
        self.show_note(" ".join(notes))
        self.set_ready(ready=bool(scene["valid"]))

    def show_models(self, models: Sequence[dict[str, Any]], default: str) -> None:
        """Offer the engine's models."""
        names = [model["name"] for model in models]
        chosen = self.model_box.currentData() or default
        self._fill(self.model_box, [(name, name) for name in names], chosen)

    def show_note(self, text: str) -> None:
        """Say something about the scene; "" for nothing."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def show_new_layer(self, band: str = "") -> None:
        """Show that nothing is known of the layer yet, but for the band that was kept of it."""
        self._fill(self.band_box, [(band, band)] if band else [], band)
        self.show_note("")
        self.chips.clear()
        self.show_encoded(encoded=False)
        self.set_ready(ready=False)
        self.options.setEnabled(self.layer is not None)

    def show_layer(self, layer: QgsRasterLayer) -> None:
        """Choose a layer; no signal is sent."""
        self.layer_box.blockSignals(True)
        self.layer_box.setLayer(layer)
        self.layer_box.blockSignals(False)

    def leave_out(self, layers: Sequence[QgsRasterLayer]) -> None:
        """Do not offer these layers: they are no scenes."""
        self.layer_box.setExceptedLayerList([layer for layer in layers if layer is not self.layer])

    def show_encoded(self, *, encoded: bool) -> None:
        """Show whether questions can be asked; encoding the same again would do nothing."""
        self.encode_button.setText(tr("Encoded") if encoded else tr("Encode"))
        self.set_ready(ready=not encoded or self.area_box.currentData() != WHOLE)
        if encoded:
            self.options.setCollapsed(True)

    def set_ready(self, *, ready: bool) -> None:
        """Let Encode be pressed, or not."""
        self.encode_button.setEnabled(ready)

    def show_progress(self, progress: dict[str, Any] | None) -> None:
        """Show how far encoding is; None when nothing runs."""
        running = progress is not None
        self.progress.setVisible(running)
        self.cancel_button.setVisible(running)
        self.encode_button.setVisible(not running)
        self.options.setEnabled(not running)
        self.layer_box.setEnabled(not running)
        if running:
            total = progress.get("total") or 0
            self.progress.setRange(0, total)
            self.progress.setValue(progress.get("done") or 0)
            left = progress.get("seconds_left") if self.progress.value() < total else None
            self.progress.setFormat(_time_left(left) if total else "")

    def _build_choices(self) -> None:
        self.options = QgsCollapsibleGroupBox(tr("Options"))
        self.options.setFlat(True)
        form = QFormLayout(self.options)
        form.setContentsMargins(0, 4, 0, 0)
        form.setVerticalSpacing(3)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)  # large fonts in a narrow dock
        self.band_box, self.scale_box = QComboBox(), QComboBox()
        for scale in SCALES:
            name = scale_name(scale)
            self.scale_box.addItem(name[0].upper() + name[1:], scale)
        self.area_box, self.model_box = QComboBox(), QComboBox()
        for area, text in (
            (WHOLE, tr("Whole layer")), (VIEW, tr("Map view")), (POLYGON, tr("Selected polygons")),
        ):  # fmt: skip
            self.area_box.addItem(text, area)
        self._build_tile_size()
        sizes = QHBoxLayout()
        sizes.addWidget(self.tile_px)
        sizes.addWidget(self.tile_m)
        form.addRow(tr("Band"), self.band_box)
        form.addRow(tr("Scale"), self.scale_box)
        form.addRow(tr("Area"), self.area_box)
        form.addRow(tr("Tile size"), sizes)
        form.addRow(tr("Model"), self.model_box)
        self.careful_box = QCheckBox(tr("Careful: four readings"))
        form.addRow(self.careful_box)
        self.chips = ChipsStrip()
        form.addRow(self.chips)
        tips = {
            self.band_box: (tr("Band"), tr("Band or polarization that the model sees")),
            self.scale_box: (tr("Scale"), tr("What the numbers of the scene are")),
            self.area_box: (tr("Area"), tr("Part of the scene that is encoded")),
            self.model_box: (tr("Model"), tr("The model that is asked")),
            self.tile_px: (
                tr("Tile size in pixels"),
                tr("Side of a labeled tile; 0 leaves it to the model"),
            ),
            self.tile_m: (tr("Tile size in meters"), tr("Side of a labeled tile on the ground")),
            self.careful_box: (
                tr("Careful: four readings"),
                tr(
                    "Reads every part four times, mirrored and resized: objects are found more surely, in five times "
                    "the time; small scenes are always read so"
                ),
            ),
        }
        for widget, (name, tip) in tips.items():
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
            if isinstance(widget, QComboBox):
                widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for box in (self.band_box, self.scale_box):
            box.currentIndexChanged.connect(lambda _index: self.reading_changed.emit())
        for box in (self.area_box, self.model_box):
            box.currentIndexChanged.connect(lambda _index: self.encoding_changed.emit())
        self.careful_box.toggled.connect(lambda _on: self.encoding_changed.emit())

    def _build_tile_size(self) -> None:
        self.tile_px, self.tile_m = QSpinBox(), QDoubleSpinBox()
        self.tile_px.setRange(0, 2048)
        self.tile_px.setSingleStep(TILE_STEP_PX)
        self.tile_px.setSuffix(tr(" px"))
        self.tile_m.setRange(0, 100_000)
        self.tile_m.setDecimals(0)
        self.tile_m.setSingleStep(100)
        self.tile_m.setSuffix(tr(" m"))
        self.tile_m.setEnabled(False)
        for spin, text in ((self.tile_px, tr("Auto (px)")), (self.tile_m, tr("Auto (m)"))):
            spin.setSpecialValueText(text)
            spin.setKeyboardTracking(False)
        self.tile_px.valueChanged.connect(self._on_tile_px)
        self.tile_m.valueChanged.connect(self._on_tile_m)

    def _build_encode(self) -> None:
        self.encode_button = QPushButton(tr("Encode"))
        self.encode_button.setToolTip(tr("Read the scene once; every question after it is quick"))
        self.cancel_button = QPushButton(tr("Cancel"))
        self.cancel_button.setToolTip(tr("Stop; what is encoded is kept, and the next time goes on from there"))
        self.progress = QProgressBar()
        self.progress.setAccessibleName(tr("Encoding"))
        longest = _time_left(_LONG_S).replace("%p", "100")
        self.progress.setMinimumWidth(self.progress.fontMetrics().horizontalAdvance(longest))
        self._encode_row = QHBoxLayout()
        for widget, stretch in ((self.encode_button, 1), (self.progress, 1), (self.cancel_button, 0)):
            self._encode_row.addWidget(widget, stretch)
        self.progress.hide()
        self.cancel_button.hide()
        self.encode_button.clicked.connect(lambda _checked: self.encode_clicked.emit())
        self.cancel_button.clicked.connect(lambda _checked: self.cancel_clicked.emit())

    def _on_layer(self, layer: QgsRasterLayer | None) -> None:
        # A lambda, or a signal joined to the signal, would outlive the panel and crash QGIS.
        self.layer_changed.emit(layer)

    def _on_tile_px(self, value: int) -> None:
        rounded = round(value / TILE_STEP_PX) * TILE_STEP_PX
        if rounded != value:
            self.tile_px.setValue(rounded)
            return
        self._take_tile_size(in_metres=False)

    def _on_tile_m(self, _value: float) -> None:
        self._take_tile_size(in_metres=True)

    def _take_tile_size(self, *, in_metres: bool) -> None:
        self._in_metres = in_metres
        self._show_other_size()
        self.encoding_changed.emit()

    def _show_other_size(self) -> None:
        """Show in the other unit what the analyst has chosen in one."""
        other, size, side_m = self.tile_m, self.tile_px.value() * self._metres_per_px, self.tile_m.value()
        if self._in_metres:
            known = side_m and self._metres_per_px
            other, size = self.tile_px, pixels_of(side_m, self._metres_per_px) if known else 0
        other.blockSignals(True)
        other.setValue(size)
        other.blockSignals(False)

    def _fill(self, box: QComboBox, items: Sequence[tuple[str, Any]], chosen: Any) -> None:  # noqa: ANN401
        box.blockSignals(True)
        box.clear()
        for text, data in items:
            box.addItem(text, data)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.blockSignals(False)


def _time_left(seconds: float | None) -> str:
    if seconds is None:
        return "%p %"
    if seconds < 60:
        return tr("%p %, {} s left").format(max(1, round(seconds)))
    return tr("%p %, {} min left").format(round(seconds / 60))
