"""What a layer comes from, in the layer's metadata, where QGIS shows and keeps it."""

from __future__ import annotations

from collections.abc import Mapping

from qgis.core import QgsLayerMetadata, QgsMapLayer
from qgis.PyQt.QtCore import QDateTime, Qt

from ..translation import tr


def describe(layer: QgsMapLayer, title: str, facts: Mapping[str, str]) -> None:
    """Write where a layer comes from into its metadata.

    Args:
        layer: Of results.
        title: What it shows.
        facts: Text by name: scene, model, prompts, background, engine, as far as they are known; the date is added.
    """
    now = QDateTime.currentDateTime().toString(Qt.DateFormat.ISODate)
    known = {name: text for name, text in {**facts, "date": now}.items() if text}
    names = _fact_names()
    lines = [f"{names.get(name, name)}: {text}" for name, text in known.items()]
    metadata = QgsLayerMetadata()
    metadata.setTitle(title)
    metadata.setType("dataset")
    metadata.setAbstract("\n".join([tr("Made by SARCLIP, a model that asks radar scenes in words."), *lines]))
    metadata.setKeywords({"SARCLIP": [*known.get("prompts", "").split("; ")]} if known.get("prompts") else {})
    metadata.setHistory(lines)
    metadata.setCrs(layer.crs())
    layer.setMetadata(metadata)


def _fact_names() -> dict[str, str]:
    return {
        "scene": tr("Scene"), "band": tr("Band"), "scale": tr("Scale"), "model": tr("Model"),
        "tile_px": tr("Tile size in pixels"), "readings": tr("Readings of every part"),
        "embedding": tr("Folder of the embedding"), "prompts": tr("Prompts"),
        "background": tr("Background prompts"), "engine": tr("Engine"), "date": tr("Date"),
    }  # fmt: skip
