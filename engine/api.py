"""The Python door: open a scene, load a model, encode once, ask often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import geopandas as gpd

from engine import tasks
from engine.model.sarclip import SarClip, load_model
from engine.raster import Scene, Window, open_scene
from engine.scan import Extent, Progress, StoredEmbedding
from engine.scan import encode as encode_scene
from engine.tasks.counting import object_frame

__all__ = ["SceneEmbedding", "encode", "load_model", "open_scene"]


class SceneEmbedding(StoredEmbedding):
    """An encoded scene with its questions as methods; vector answers are GeoDataFrames on the ground."""

    def label(self, prompts: Sequence[str], background: Sequence[str] = ()) -> gpd.GeoDataFrame:
        """Tiles as polygons with the prompt that fits each best; see `engine.tasks.label`."""
        return tasks.tile_frame(self, tasks.label(self, prompts, background))

    def heatmap(self, prompt: str, background: Sequence[str] = ()) -> tasks.Heatmap:
        """Score of a prompt in every cell; see `engine.tasks.heatmap`."""
        return tasks.heatmap(self, [prompt], background)

    def count(
        self,
        prompts: Sequence[str],
        background: Sequence[str] = (),
        *,
        threshold: float = 0.5,
        min_distance_m: float | None = None,
    ) -> gpd.GeoDataFrame:
        """Objects as points; `attrs["counts"]` maps each prompt to (count, low, high); see `engine.tasks.count`."""
        counts = tasks.count(self, prompts, background, threshold=threshold, min_distance_m=min_distance_m)
        frame = object_frame(self, counts)
        frame.attrs["counts"] = {item.prompt: (item.count, item.low, item.high) for item in counts}
        return frame

    def similar(self, place: tuple[float, float] | Window) -> tasks.Heatmap:
        """Where the scene looks like a place in it; see `engine.tasks.similar`."""
        return tasks.similar(self, place)

    def few_shot(self, examples: Mapping[str, Sequence[tuple[int, int]]]) -> gpd.GeoDataFrame:
        """Labels learned from a few tiles; see `engine.tasks.few_shot`."""
        return tasks.tile_frame(self, tasks.few_shot(self, examples))


def encode(
    scene: Scene,
    model: SarClip | None = None,
    *,
    scale: str = "auto",
    tile_px: int | None = None,
    extent: Extent | None = None,
    cache: Path | None = None,
    careful: bool | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> SceneEmbedding:
    """Encode a scene, or reuse what is encoded; see `engine.scan.encode`. None loads the bundled model."""
    found = encode_scene(
        scene,
        model or load_model(),
        scale=scale,
        tile_px=tile_px,
        extent=extent,
        cache=cache,
        careful=careful,
        progress=progress,
        cancel=cancel,
    )
    return SceneEmbedding(found.scene, found.model, found.stretch, found.store, found.extent, found.careful)
