"""Results as files: what every door of the engine (command line, worker, Python) writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.outputs import check_output, replacing
from engine.raster import RasterLayout, Scene, Window, write_cog, write_geotiff
from engine.scan import StoredEmbedding
from engine.tasks.counting import ObjectCount, count_by_tile, object_frame
from engine.tasks.geopackage import column_names, write_results
from engine.tasks.heatmap import Heatmap, HeatmapStream, ShownRange
from engine.tasks.labels import TileLabels, tile_frame
from engine.tasks.styles import heatmap_style, result_styles, sidecar_of
from engine.versions import versions

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Question:
    """What was asked beside the prompts: with these and the model a result can be had again.

    Attributes:
        background: Prompts; empty for the defaults of the task and the model.
        min_distance_m: Between two objects; None for the default of `count`.
        examples: (row, column) of tiles by label, of `few_shot`.
        place: Column and row of a point, or a window, in pixels of the scene, of `similar`.
    """

    background: Sequence[str] = ()
    min_distance_m: float | None = None
    examples: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    place: tuple[float, float] | Window | None = None

    def record(self) -> dict[str, str]:
        """As text by name; empty for what was not asked."""
        examples = {name: [[int(row), int(col)] for row, col in tiles] for name, tiles in self.examples.items()}
        return {
            "background": _json(list(self.background)),
            "min_distance_m": _json(self.min_distance_m),
            "examples": _json(examples),
            "place": _json(_place_record(self.place)),
        }


def _place_record(place: tuple[float, float] | Window | None) -> dict[str, list[float]]:
    """A place by what it is: a point (column, row), or a window (row, column, height, width)."""
    if place is None:
        return {}
    name, numbers = ("window", astuple(place)) if isinstance(place, Window) else ("point", place)
    return {name: [float(number) for number in numbers]}


def check_package(path: Path, scene: Scene, *, overwrite: bool) -> None:
    """Refuse a GeoPackage that cannot or must not be written; see `check_output`."""
    check_output(path, overwrite=overwrite, suffixes=(".gpkg",), inputs=_files_of(scene))


def check_raster(path: Path, scene: Scene, *, overwrite: bool) -> None:
    """Refuse a GeoTIFF, or a style beside it, that cannot or must not be written; see `check_output`."""
    check_output(path, overwrite=overwrite, suffixes=(".tif", ".tiff"), inputs=_files_of(scene))
    check_output(sidecar_of(path), overwrite=overwrite, inputs=_files_of(scene))


def _files_of(scene: Scene) -> list[Path]:
    """Files of a scene with the places of their styles: one of ours would be taken for the scene's."""
    files = [Path(file) for file in scene.files]
    return [*files, *map(sidecar_of, files)]


def write_labels_and_counts(
    path: Path,
    embedding: StoredEmbedding,
    labels: TileLabels,
    counts: Sequence[ObjectCount] = (),
    *,
    question: Question | None = None,
    overwrite: bool = False,
) -> None:
    """Write a GeoPackage with `tiles`, `objects`, `summary`, `run` and their styles.

    Args:
        path: Of the file.
        embedding: That was asked.
        labels: Of its tiles.
        counts: Of its objects; empty when nothing was counted, then there is no layer `objects`.
        question: What was asked beside the prompts.
        overwrite: Whether an existing file may be replaced.

    Raises:
        InputError: The file does not end in `.gpkg` or is one of the scene's.
        OutputExistsError: The file exists and `overwrite` is false.
        OutputError: The file cannot be written; nothing half-written is left.
    """
    check_package(path, embedding.scene, overwrite=overwrite)
    tiles = tile_frame(embedding, labels)
    counted = [item.prompt for item in counts]
    count_columns = column_names(counted, "count_")
    tallies = [count_by_tile(embedding, item)[labels.rows, labels.cols] for item in counts]
    tiles = tiles.join(pd.DataFrame(dict(zip(count_columns, tallies, strict=True)), index=tiles.index))
    aliases = dict(zip(column_names(labels.prompts, "score_"), labels.prompts, strict=True))
    aliases |= {column: f"{prompt}, count" for column, prompt in zip(count_columns, counted, strict=True)}
    write_results(
        path,
        tiles=tiles,
        objects=object_frame(embedding, counts) if counts else None,
        summary=summary_frame(labels, counts),
        run=run_record(
            embedding,
            [*labels.prompts, *(prompt for prompt in counted if prompt not in labels.prompts)],
            question,
        ),
        styles=result_styles(labels.prompts, counted, aliases),
        overwrite=overwrite,
    )


def summary_frame(labels: TileLabels, counts: Sequence[ObjectCount]) -> pd.DataFrame:
    """One row a prompt: prompt, count, count_low, count_high, tiles, threshold."""
    best = labels.best
    tiles = {prompt: int((best == index).sum()) for index, prompt in enumerate(labels.prompts)}
    counted = {item.prompt: item for item in counts}
    rows = []
    for prompt in [*tiles, *(prompt for prompt in counted if prompt not in tiles)]:
        item = counted.get(prompt)
        rows.append(
            {
                "prompt": prompt,
                "count": item.count if item else None,
                "count_low": item.low if item else None,
                "count_high": item.high if item else None,
                "tiles": tiles.get(prompt),
                "threshold": item.threshold if item else None,
            }
        )
    columns = ["prompt", "count", "count_low", "count_high", "tiles", "threshold"]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=columns)
    return frame


def write_heatmap(
    path: Path,
    embedding: StoredEmbedding,
    result: Heatmap | HeatmapStream,
    *,
    quick: bool = False,
    question: Question | None = None,
    overwrite: bool = False,
) -> tuple[float, float]:
    """Write a heatmap as Cloud-Optimized GeoTIFF with a QGIS style beside it; one band a prompt.

    Args:
        path: Of the file.
        embedding: That was asked.
        result: Its scores; those of a stream are computed, written and forgotten.
        quick: Write a plain GeoTIFF instead, for a map that changes with every key.
        question: What was asked beside the prompts.
        overwrite: Whether existing files may be replaced.

    Returns:
        As `shown_range`.

    Raises:
        InputError: The file does not end in `.tif` or `.tiff`, or is one of the scene's.
        OutputExistsError: The file or its style exists and `overwrite` is false.
        OutputError: One of the two cannot be written; nothing half-written is left.
    """
    check_raster(path, embedding.scene, overwrite=overwrite)
    record = run_record(embedding, result.prompts, question)
    tags = {f"SARCLIP_{name.upper()}": text for name, text in record.items()}
    layout = RasterLayout(
        embedding.scene, result.cell_px, result.shape, result.prompts, result.origin, tags=tags
    )
    shown = ShownRange()
    with replacing(sidecar_of(path), overwrite=overwrite) as style:

        def seen() -> Iterator[Floats]:
            for strip in result.strips():
                shown.add(strip)
                yield strip
            # before the raster has its name, so that there are both or none
            style.write_text(heatmap_style(*shown.bounds), encoding="utf-8")

        (write_geotiff if quick else write_cog)(path, seen(), layout, overwrite=overwrite)
    return shown.bounds


def shown_range(result: Heatmap) -> tuple[float, float]:
    """Scores from which a heatmap shows, and of its brightest colour."""
    shown = ShownRange()
    shown.add(result.scores)
    return shown.bounds


def run_record(
    embedding: StoredEmbedding, prompts: Sequence[str], question: Question | None = None
) -> dict[str, str]:
    """What results come from, as the table `run` keeps it.

    `extent_px` is WKT in pixels, empty for the whole scene; `readings` is how often every part was read, 4 with care.
    """
    stretch, spec = embedding.stretch, embedding.model.spec
    return {
        "scene": embedding.scene.path,
        "model": spec.name,
        "model_sha256": spec.sha256,
        "stretch": (
            f"{stretch.scale.value} {stretch.low:.2f} to {stretch.high:.2f} {stretch.unit}: {stretch.reason}"
        ),
        "band": embedding.scene.band,
        "tile_px": str(embedding.plan.tile_px),
        "precision": embedding.model.precision,
        "readings": str(embedding.readings),
        "prompts": _json(list(prompts)),
        **(question or Question()).record(),
        "extent_px": "" if embedding.extent is None else embedding.extent.wkt,
        "versions": json.dumps(versions()),
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def _json(value: object) -> str:
    """As JSON in any script; empty for nothing."""
    return json.dumps(value, ensure_ascii=False) if value or value == 0 else ""
