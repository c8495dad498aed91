"""What a user would write instead of the engine: tile by tile from the raster into whole-scene arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
from rasterio.windows import Window

from benchmarks.runtimes import Bytes, Floats, Runtime, WindowArrays
from engine.raster import Stretch, to_bytes
from engine.scan import Plan

OBJECT_CELLS = 2  # along one side of a cell


class WholeScene(NamedTuple):
    """The result, as large as the scene's lattices; the memory of what is not visited is never touched."""

    tiles: Floats  # ty, tx, D
    dense: Floats  # cy, cx, D
    objectness: Floats  # 2 cy, 2 cx


def empty_result(plan: Plan, depth: int) -> WholeScene:
    """Zeros for a scene and vectors of `depth`."""
    (rows, cols), (down, across) = plan.tile_shape, plan.cell_shape
    return WholeScene(
        np.zeros((rows, cols, depth), np.float32),
        np.zeros((down, across, depth), np.float32),
        np.zeros((OBJECT_CELLS * down, OBJECT_CELLS * across), np.float32),
    )


def encode_tile_by_tile(
    path: Path,
    stretch: Stretch,
    plan: Plan,
    runtime: Runtime,
    depth: int,
    *,
    tile_rows: Sequence[int],
    tiles_a_side: int = 1,
) -> WholeScene:
    """Read one `boundless` window and make one forward pass for every tile, or square of tiles.

    It is spared the measuring of the stretch, and windows without a valid pixel.

    Args:
        path: Of the scene.
        stretch: Of the scene, as the engine measured it.
        plan: Its lattices.
        runtime: That runs the network; made ready for the window's shape beforehand.
        depth: Of the vectors.
        tile_rows: Rows of tiles to visit, each the first of `tiles_a_side`.
        tiles_a_side: Of a window's core.
    """
    result = empty_result(plan, depth)
    core, margin = plan.tile_px * tiles_a_side, runtime.margin_px
    side = core + 2 * margin
    with rasterio.open(path) as dataset:
        for row in tile_rows:
            for col in range(0, plan.tile_shape[1], tiles_a_side):
                top, left = row * plan.tile_px, col * plan.tile_px
                box = Window(left - margin, top - margin, side, side)
                values = dataset.read(1, window=box, boundless=True, fill_value=dataset.nodata or 0)
                pixels: Bytes = to_bytes(values, stretch, dataset.nodata)
                if pixels.any():
                    put_core(result, runtime(pixels), plan, row, col)
    return result


def window_side_px(plan: Plan, runtime: Runtime, tiles_a_side: int = 1) -> int:
    """Side of the windows that `encode_tile_by_tile` reads."""
    return plan.tile_px * tiles_a_side + 2 * runtime.margin_px


def put_core(result: WholeScene, found: WindowArrays, plan: Plan, row: int, col: int) -> None:
    """Lay what was found of a core beginning at a tile into the whole; what lies beyond the scene is cut."""
    cells = plan.tile_px // plan.cell_px
    starts = ((row, col), (row * cells, col * cells), (row * cells * OBJECT_CELLS, col * cells * OBJECT_CELLS))
    for whole, part, (top, left) in zip(result, found, starts, strict=True):
        height, width = min(len(part), whole.shape[0] - top), min(part.shape[1], whole.shape[1] - left)
        whole[top : top + height, left : left + width] = part[:height, :width]


def spread_rows(count: int, wanted: int | None, step: int = 1) -> list[int]:
    """Some of `count` rows, evenly spread, each a multiple of `step`; all of them for None.

    Whole rows, because neighbours in a row share decoded blocks, as they do when the whole scene is read.
    """
    every = list(range(0, count, step))
    if wanted is None or wanted >= len(every):
        return every
    return [every[(2 * index + 1) * len(every) // (2 * wanted)] for index in range(wanted)]
