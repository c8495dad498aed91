"""Questions answered as files, the same whichever door (command line, worker) they came through."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import tasks
from engine.errors import InputError
from engine.model import ModelSpec
from engine.outputs import check_output
from engine.raster import Scene, Window
from engine.scan import StoredEmbedding
from engine.tasks.results import write_heatmap, write_labels_and_counts


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found and written.

    Attributes:
        labels: Of the tiles.
        counts: Of the objects; empty where nothing was counted.
    """

    labels: tasks.TileLabels
    counts: Sequence[tasks.ObjectCount] = ()

    @property
    def tiles(self) -> dict[str, int]:
        """Number of tiles by label."""
        best = self.labels.best
        return {prompt: int((best == index).sum()) for index, prompt in enumerate(self.labels.prompts)}

    @property
    def figures(self) -> dict[str, dict[str, int]]:
        """Count and interval by prompt."""
        return {
            item.prompt: {"count": item.count, "low": item.low, "high": item.high} for item in self.counts
        }


@dataclass(frozen=True)
class Shown:
    """What of a heatmap that was written is to be seen.

    Attributes:
        prompts: Of its bands.
        bounds: Scores from which it shows, and of its brightest colour.
    """

    prompts: tuple[str, ...]
    bounds: tuple[float, float]


def label_and_count(
    embedding: StoredEmbedding,
    out: Path,
    *,
    label: Sequence[str] = (),
    count: Sequence[str] = (),
    background: Sequence[str] = (),
    threshold: float = 0.5,
    min_distance_m: float | None = None,
    overwrite: bool = False,
) -> Answer:
    """Label tiles, count objects, and write both into one GeoPackage.

    Args:
        embedding: Of the scene.
        out: GeoPackage to write.
        label: What tiles may be called; empty to label them with what is counted, against the background.
        count: What to count; may be empty.
        background: What else may be there; empty for the defaults of `tasks.label` and `tasks.count`.
        threshold: See `tasks.count`.
        min_distance_m: See `tasks.count`.
        overwrite: Whether an existing file may be replaced.

    Raises:
        InputError: A prompt or a number is not possible, or there is no prompt at all.
        OutputError: The file cannot be written.
    """
    check_output(out, overwrite=overwrite)
    counts = (
        tasks.count(embedding, count, background, threshold=threshold, min_distance_m=min_distance_m)
        if count
        else ()
    )
    if label:
        labels = tasks.label(embedding, label, background)
    else:
        labels = tasks.label(embedding, count, background or embedding.model.spec.background)
    write_labels_and_counts(out, embedding, labels, counts, overwrite=overwrite)
    return Answer(labels, counts)


def teach(
    embedding: StoredEmbedding,
    out: Path,
    examples: Mapping[str, Sequence[tuple[int, int]]],
    *,
    overwrite: bool,
) -> Answer:
    """Label tiles by examples and write them; see `tasks.few_shot`."""
    check_output(out, overwrite=overwrite)
    labels = tasks.few_shot(embedding, examples)
    write_labels_and_counts(out, embedding, labels, overwrite=overwrite)
    return Answer(labels)


def heatmap(
    embedding: StoredEmbedding,
    out: Path,
    prompts: Sequence[str],
    background: Sequence[str] = (),
    *,
    cells: Window | None = None,
    overwrite: bool = False,
) -> Shown:
    """Score prompts and write them: the whole scene as COG, a part of it (`cells`) as plain GeoTIFF."""
    check_output(out, overwrite=overwrite)
    quick = cells is not None
    ask = tasks.heatmap if quick else tasks.heatmap_stream  # what shows is small, a scene may not be
    result = ask(embedding, prompts, background, cells)
    return Shown(result.prompts, write_heatmap(out, embedding, result, quick=quick, overwrite=overwrite))


def similar(
    embedding: StoredEmbedding, out: Path, place: tuple[float, float] | Window, *, overwrite: bool
) -> Shown:
    """Score likeness to a place and write it; see `tasks.similar`."""
    check_output(out, overwrite=overwrite)
    result = tasks.similar(embedding, place)
    return Shown(result.prompts, write_heatmap(out, embedding, result, overwrite=overwrite))


def tile_size_px(scene: Scene, spec: ModelSpec, tile_px: int | None, tile_m: float | None) -> int | None:
    """Side of a tile in pixels, from pixels or metres: whole cells of the model; None for its own.

    Raises:
        InputError: Both are given, or metres that are none, or for a scene whose pixel size is unknown.
    """
    if tile_px is not None and tile_m is not None:
        raise InputError(f"tiles of {tile_px} px and of {tile_m} m: give one of the two")
    if tile_m is None:
        return tile_px
    if not 0 < tile_m < math.inf:
        raise InputError(f"tiles of {tile_m} m: give a positive number of metres")
    if scene.gsd_m is None:
        raise InputError(f"--tile-m {tile_m}: the pixel size of {scene.path} is unknown; give --tile")
    step = spec.dense_stride_px
    return max(step, round(tile_m / (sum(scene.gsd_m) / 2) / step) * step)
