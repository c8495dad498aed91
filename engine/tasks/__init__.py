"""Questions to an encoded scene, and their answers as files."""

from __future__ import annotations

from engine.tasks.counting import ObjectCount, count
from engine.tasks.heatmap import Heatmap, HeatmapStream, heatmap, heatmap_stream
from engine.tasks.labels import TileLabels, label, tile_frame
from engine.tasks.similar import few_shot, similar

__all__ = [
    "Heatmap", "HeatmapStream", "ObjectCount", "TileLabels", "count", "few_shot", "heatmap", "heatmap_stream",
    "label", "similar", "tile_frame",
]  # fmt: skip
