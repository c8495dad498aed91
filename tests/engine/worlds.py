"""Small scenes whose answers are known, for the fake model: sea, fields, a town, and ships of one pixel."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from engine.model.fake import BRIGHT, DARK, MIDDLE, OBJECT_BYTE
from engine.raster import Georeference, Scene, array_scene, open_scene

Bytes = NDArray[np.uint8]

HEIGHT, WIDTH = 230, 358  # not square, no multiple of a cell (8), a tile (32) or a core (96)
TRANSFORM = Affine(10, 0, 500_000, 0, -10, 4_000_000)
UTM = "EPSG:32631"
SHIPS = ((20, 300), (95, 96), (96, 200), (150, 31), (191, 192), (200, 350))  # row, column; some on seams


def world(height: int = HEIGHT, width: int = WIDTH, ships: Iterable[tuple[int, int]] = SHIPS) -> Bytes:
    """Town in the north-west, fields below it, sea elsewhere, with pixels of objects."""
    pixels = np.full((height, width), DARK, np.uint8)
    pixels[: height // 4, : width // 3] = BRIGHT
    pixels[height // 4 : height // 2, : width // 3] = MIDDLE
    for row, col in ships:
        pixels[row, col] = OBJECT_BYTE
    return pixels


def noise(height: int = HEIGHT, width: int = WIDTH, seed: int = 0) -> Bytes:
    """Brightness that is different in every cell, with objects here and there."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(1, 239, (-(-height // 8), -(-width // 8)))
    pixels = np.kron(cells, np.ones((8, 8)))[:height, :width] + rng.integers(0, 3, (height, width))
    pixels[rng.random((height, width)) < 0.001] = OBJECT_BYTE
    return pixels.clip(1, 255).astype(np.uint8)


def scene_of(pixels: Bytes, transform: Affine = TRANSFORM, crs: str | None = UTM, name: str = "world") -> Scene:
    """A scene in memory."""
    return array_scene(pixels, georeference=Georeference("affine", crs, transform), nodata=0, name=name)


def write_scene(path: Path, pixels: NDArray[np.generic], nodata: float | None = 0, **options: object) -> Path:
    """A scene on disk, tiled."""
    profile = {
        "driver": "GTiff", "height": pixels.shape[0], "width": pixels.shape[1], "count": 1,
        "dtype": str(pixels.dtype), "nodata": nodata, "crs": UTM, "transform": TRANSFORM,
        "tiled": True, "blockxsize": 64, "blockysize": 64, **options,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(pixels, 1)
    return path


def file_scene(path: Path, pixels: NDArray[np.generic] | None = None) -> Scene:
    """The same, opened."""
    return open_scene(write_scene(path, world() if pixels is None else pixels))
