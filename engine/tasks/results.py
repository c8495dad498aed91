"""Results as files: what every door of the engine (command line, worker, Python) writes."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd

from engine.raster import write_cog, write_geotiff
from engine.scan import StoredEmbedding
from engine.tasks.counting import ObjectCount, count_by_tile, object_frame
from engine.tasks.geopackage import column_names, write_results
from engine.tasks.heatmap import THRESHOLD, Heatmap
from engine.tasks.labels import TileLabels, tile_frame
from engine.tasks.styles import heatmap_style, result_styles, write_sidecar


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
    path: Path, embedding: StoredEmbedding, result: Heatmap, *, quick: bool = False, overwrite: bool = False
) -> None:
    """Write a heatmap as Cloud-Optimized GeoTIFF with a QGIS style beside it; one band a prompt.

    Args:
        path: Of the file.
        embedding: That was asked.
        result: Its scores.
        quick: Write a plain GeoTIFF instead, for a map that changes with every key; parts of a scene are
            only written so.
        overwrite: Whether an existing file may be replaced.

    Raises:
        OutputExistsError: The file exists and `overwrite` is false.
        OutputError: The file cannot be written; nothing half-written is left.
    """
    descriptions, nodata = list(result.prompts), float("nan")
    record = run_record(embedding, result.prompts)
    tags = {f"SARCLIP_{name.upper()}": text for name, text in record.items()}
    where = (embedding.scene, result.cell_px, nodata)
    if quick:
        write_geotiff(path, result.scores, descriptions, *where, tags, overwrite, origin=result.origin)
    else:
        write_cog(path, result.scores, descriptions, *where, tags, overwrite)
    write_sidecar(path, heatmap_style(THRESHOLD / 2, shown_range(result)[1]))


def shown_range(result: Heatmap) -> tuple[float, float]:
    """Scores from which a heatmap shows, and of its brightest colour."""
    known = result.scores[np.isfinite(result.scores)]
    top = float(np.percentile(known, 99.9)) if known.size else 1.0
    return THRESHOLD / 2, max(top, THRESHOLD)


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
