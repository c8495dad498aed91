"""Results as files: what every door of the engine (command line, worker, Python) writes."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.raster import RasterLayout, write_cog, write_geotiff
from engine.scan import StoredEmbedding
from engine.tasks.counting import ObjectCount, count_by_tile, object_frame
from engine.tasks.geopackage import column_names, write_results
from engine.tasks.heatmap import Heatmap, HeatmapStream, ShownRange
from engine.tasks.labels import TileLabels, tile_frame
from engine.tasks.styles import heatmap_style, result_styles, write_sidecar

Floats = NDArray[np.float32]


def write_labels_and_counts(
    path: Path,
    embedding: StoredEmbedding,
    labels: TileLabels,
    counts: Sequence[ObjectCount] = (),
    *,
    overwrite: bool = False,
) -> None:
    """Write a GeoPackage with `tiles`, `objects`, `summary`, `run` and their styles.

    Args:
        path: Of the file.
        embedding: That was asked.
        labels: Of its tiles.
        counts: Of its objects; empty when nothing was counted, then there is no layer `objects`.
        overwrite: Whether an existing file may be replaced.

    Raises:
        OutputExistsError: The file exists and `overwrite` is false.
        OutputError: The file cannot be written; nothing half-written is left.
    """
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
            embedding, [*labels.prompts, *(prompt for prompt in counted if prompt not in labels.prompts)]
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
    overwrite: bool = False,
) -> tuple[float, float]:
    """Write a heatmap as Cloud-Optimized GeoTIFF with a QGIS style beside it; one band a prompt.

    Args:
        path: Of the file.
        embedding: That was asked.
        result: Its scores; those of a stream are computed, written and forgotten.
        quick: Write a plain GeoTIFF instead, for a map that changes with every key.
        overwrite: Whether an existing file may be replaced.

    Returns:
        As `shown_range`.

    Raises:
        OutputExistsError: The file exists and `overwrite` is false.
        OutputError: The file cannot be written; nothing half-written is left.
    """
    record = run_record(embedding, result.prompts)
    tags = {f"SARCLIP_{name.upper()}": text for name, text in record.items()}
    layout = RasterLayout(
        embedding.scene, result.cell_px, result.shape, result.prompts, result.origin, tags=tags
    )
    shown = ShownRange()

    def seen() -> Iterator[Floats]:
        for strip in result.strips():
            shown.add(strip)
            yield strip

    (write_geotiff if quick else write_cog)(path, seen(), layout, overwrite=overwrite)
    write_sidecar(path, heatmap_style(*shown.bounds))
    return shown.bounds


def shown_range(result: Heatmap) -> tuple[float, float]:
    """Scores from which a heatmap shows, and of its brightest colour."""
    shown = ShownRange()
    shown.add(result.scores)
    return shown.bounds


def run_record(embedding: StoredEmbedding, prompts: Sequence[str]) -> dict[str, str]:
    """What results come from, as the table `run` keeps it."""
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
        "prompts": json.dumps(list(prompts), ensure_ascii=False),
        "versions": json.dumps(versions()),
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def versions() -> dict[str, str]:
    """Versions of what results depend on."""
    packages = ("sarclip", "torch", "rasterio", "numpy", "open_clip_torch")
    return {"python": platform.python_version()} | {package: _version(package) for package in packages}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
