"""Questions answered as files, the same whichever door (command line, worker) they came through."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import tasks
from engine.cancelling import Cancel, heed
from engine.errors import InputError
from engine.model import ModelSpec
from engine.raster import Scene, Window
from engine.scan import StoredEmbedding
from engine.tasks.results import Question, check_package, check_raster, write_heatmap, write_labels_and_counts


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
    cancel: Cancel | None = None,
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
        cancel: Asked now and then whether to stop; then nothing is written.

    Raises:
        InputError: A prompt, a number or the file's name is not possible, or there is no prompt at all.
        OutputError: The file cannot be written.
        Cancelled: `cancel` said so.
    """
    check_package(out, embedding.scene, overwrite=overwrite)
    counts = (
        tasks.count(
            embedding, count, background, threshold=threshold, min_distance_m=min_distance_m, cancel=cancel
        )
        if count
        else ()
    )
    heed(cancel)
    if label:
        labels = tasks.label(embedding, label, background)
    else:
        labels = tasks.label(embedding, count, background or embedding.model.spec.background)
    heed(cancel)
    question = Question(background, min_distance_m)
    write_labels_and_counts(out, embedding, labels, counts, question=question, overwrite=overwrite)
    return Answer(labels, counts)


def teach(
    embedding: StoredEmbedding,
    out: Path,
    examples: Mapping[str, Sequence[tuple[int, int]]],
    *,
    overwrite: bool,
    cancel: Cancel | None = None,
) -> Answer:
    """Label tiles by examples and write them; see `tasks.few_shot`."""
    check_package(out, embedding.scene, overwrite=overwrite)
    heed(cancel)
    labels = tasks.few_shot(embedding, examples)
    heed(cancel)
    write_labels_and_counts(out, embedding, labels, question=Question(examples=examples), overwrite=overwrite)
    return Answer(labels)


def heatmap(
    embedding: StoredEmbedding,
    out: Path,
    prompts: Sequence[str],
    background: Sequence[str] = (),
    *,
    cells: Window | None = None,
    overwrite: bool = False,
    cancel: Cancel | None = None,
) -> Shown:
    """Score prompts and write them: the whole scene as COG, a part of it (`cells`) as plain GeoTIFF."""
    check_raster(out, embedding.scene, overwrite=overwrite)
    quick = cells is not None
    ask = tasks.heatmap if quick else tasks.heatmap_stream  # what shows is small, a scene may not be
    result = ask(embedding, prompts, background, cells, cancel=cancel)
    question = Question(background)
    bounds = write_heatmap(out, embedding, result, quick=quick, question=question, overwrite=overwrite)
    return Shown(result.prompts, bounds)


def similar(
    embedding: StoredEmbedding,
    out: Path,
    place: tuple[float, float] | Window,
    *,
    overwrite: bool,
    cancel: Cancel | None = None,
) -> Shown:
    """Score likeness to a place and write it; see `tasks.similar`."""
    check_raster(out, embedding.scene, overwrite=overwrite)
    result = tasks.similar(embedding, place, cancel=cancel)
    heed(cancel)
    bounds = write_heatmap(out, embedding, result, question=Question(place=place), overwrite=overwrite)
    return Shown(result.prompts, bounds)


def check_tile_size(tile_px: int | None, tile_m: float | None) -> None:
    """Refuse what can be no side of a tile, in pixels or metres, whatever the scene.

    Raises:
        InputError: Both are given, or metres that are none.
    """
    if tile_px is not None and tile_m is not None:
        raise InputError(f"tiles of {tile_px} px and of {tile_m} m: give one of the two")
    if tile_m is not None and not 0 < tile_m < math.inf:
        raise InputError(f"tiles of {tile_m} m: give a positive number of metres")


def tile_size_px(scene: Scene, spec: ModelSpec, tile_px: int | None, tile_m: float | None) -> int | None:
    """Side of a tile in pixels, from pixels or metres: whole cells of the model; None for its own.

    Raises:
        InputError: Both are given, or metres that are none, or for a scene whose pixel size is unknown.
    """
    check_tile_size(tile_px, tile_m)
    if tile_m is None:
        return tile_px
    if scene.gsd_m is None:
        raise InputError(f"tiles of {tile_m} m: the pixel size of {scene.path} is unknown; give pixels")
    step = spec.dense_stride_px
    return max(step, round(tile_m / (sum(scene.gsd_m) / 2) / step) * step)
