"""Write the results that `test_results_open_in_qgis` opens; run by the engine's interpreter.

Reads the content as JSON from standard input, so that the test alone says what is where.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from rasterio.transform import from_origin
from shapely import Point, box

from engine.tasks.geopackage import column_names, write_results
from engine.tasks.styles import heatmap_style, result_styles, sidecar_of

CRS = "EPSG:32611"


def make_tiles(task: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return the grid of labelled tiles; the score grows from north to south."""
    west, north, side = task["west"], task["north"], task["tile_m"]
    cells = [(row, col, index) for row, line in enumerate(task["grid"]) for col, index in enumerate(line)]
    values = {
        "row": [row for row, _, _ in cells],
        "col": [col for _, col, _ in cells],
        "label": [task["labels"][index] for _, _, index in cells],
        "score": [(row + 1) / 4 for row, _, _ in cells],
        "margin": 0.1,
        **dict.fromkeys(column_names(task["labels"], "score_"), 0.25),
    }
    corners = [(west + col * side, north - row * side) for row, col, _ in cells]
    return gpd.GeoDataFrame(values, geometry=[box(x, y - side, x + side, y) for x, y in corners], crs=CRS)


def make_objects(task: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return the points of the third prompt."""
    places = [
        Point(task["west"] + x * task["tile_m"], task["north"] - y * task["tile_m"]) for x, y in task["ships"]
    ]
    values = {"prompt": [task["labels"][2]] * len(places), "score": 0.9}
    return gpd.GeoDataFrame(values, geometry=places, crs=CRS)


def write_packages(task: dict[str, Any]) -> None:
    """Write the full package, one without rows and one without a place on earth."""
    out, labels = Path(task["out"]), task["labels"]
    tiles, objects = make_tiles(task), make_objects(task)
    summary = pd.DataFrame(
        {
            "prompt": labels[2:3],
            "count": [2],
            "count_low": [1.0],
            "count_high": [3.0],
            "tiles": 1,
            "threshold": 0.5,
        }
    )
    styles = result_styles(
        labels, labels[2:3], dict(zip(column_names(labels, "score_"), labels, strict=True))
    )
    packages = {
        "results.gpkg": (tiles, objects, summary),
        "empty.gpkg": (tiles.iloc[:0], objects.iloc[:0], summary.iloc[:0]),
        "pixels.gpkg": (
            tiles.set_crs(None, allow_override=True), objects.set_crs(None, allow_override=True), summary,
        ),
    }  # fmt: skip
    run = {"scene": "scene.tif", "prompts": json.dumps(labels)}
    for name, (polygons, points, counts) in packages.items():
        write_results(out / name, tiles=polygons, objects=points, summary=counts, run=run, styles=styles)


def write_heatmap(task: dict[str, Any]) -> None:
    """Write a raster that grows from -1 in the west to 1 in the east, and its style."""
    path = Path(task["out"]) / "heat.tif"
    height, width = len(task["grid"]), len(task["grid"][0])
    transform = from_origin(task["west"], task["north"], task["tile_m"], task["tile_m"])
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=height,
        width=width,
        count=1,
        dtype="float32",
        crs=CRS,
        transform=transform,
    ) as file:
        file.write(np.linspace(-1, 1, width, dtype="float32")[None].repeat(height, axis=0), 1)
    sidecar_of(path).write_text(heatmap_style(0.0, 1.0), encoding="utf-8")


if __name__ == "__main__":
    description = json.load(sys.stdin)
    write_packages(description)
    write_heatmap(description)
