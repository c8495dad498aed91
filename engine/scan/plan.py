"""Where the windows, tiles and cells of a scene lie: arithmetic only, nothing is read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from engine.errors import InputError
from engine.model.spec import ModelSpec
from engine.raster import Window, grid_shape, pad

Extent = BaseGeometry
"""A region of the scene in pixels: x is the column, y the row, both from the upper left corner."""

MAX_TILE_PX = 4096  # larger ones would be read at once, with all their features
MAX_TILES = 1_000_000  # of a scene: each has a vector in the store and a polygon in every result


@dataclass(frozen=True, slots=True)
class Plan:
    """The three lattices over one scene, all anchored at pixel (0, 0); their last row and column are cut.

    Attributes:
        height: Of the scene, px.
        width: Of the scene, px.
        tile_px: Side of a tile, the unit of a label; whole cells.
        cell_px: Side of a cell of the dense map.
        core_px: Side of a window's core, whole tiles. Cores partition the scene; each is one block of the
            store.
        margin_px: Of neighbours around a core, seen by the encoder and dropped.
    """

    height: int
    width: int
    tile_px: int
    cell_px: int
    core_px: int
    margin_px: int

    @property
    def tile_shape(self) -> tuple[int, int]:
        """Rows and columns of tiles."""
        return grid_shape(self.height, self.width, self.tile_px)

    @property
    def cell_shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return grid_shape(self.height, self.width, self.cell_px)

    @property
    def block_shape(self) -> tuple[int, int]:
        """Rows and columns of windows."""
        return grid_shape(self.height, self.width, self.core_px)

    def core(self, block: int) -> Window:
        """The pixels whose tiles and cells a block holds, clipped to the scene."""
        row, col = (at * self.core_px for at in divmod(block, self.block_shape[1]))
        return Window(row, col, min(self.core_px, self.height - row), min(self.core_px, self.width - col))

    def window(self, block: int) -> Window:
        """The pixels that are read for a block: its core and the margin, which may reach beyond the scene."""
        return pad(self.core(block), self.margin_px)

    def blocks(self, extent: Extent | None = None) -> list[int]:
        """Blocks that an extent needs, in reading order; all of them without one."""
        rows, cols = self.block_shape
        if extent is None:
            return list(range(rows * cols))
        return [index for index in range(rows * cols) if extent.intersects(_box(self.core(index)))]

    def cells(self, window: Window) -> Window:
        """The cells that a window of pixels within the scene touches."""
        row, col = window.row // self.cell_px, window.col // self.cell_px
        return Window(row, col, -(-window.row_stop // self.cell_px) - row, -(-window.col_stop // self.cell_px) - col)

    def tile(self, row: int, col: int) -> Window:
        """The pixels of a tile, clipped to the scene."""
        top, left = row * self.tile_px, col * self.tile_px
        return Window(top, left, min(self.tile_px, self.height - top), min(self.tile_px, self.width - left))

    def tiles_within(self, extent: Extent | None) -> NDArray[np.intp]:
        """(n, 2) row and column of each tile whose centre lies in an extent, or of all tiles.

        A part of an extent that is too small to hold a centre has the tiles that it shares ground with.
        """
        rows, cols = self.tile_shape
        places: NDArray[np.intp] = np.indices((rows, cols)).reshape(2, -1).T
        if extent is None:
            return places
        start = places * self.tile_px
        stop = np.minimum(start + self.tile_px, (self.height, self.width))
        parts = shapely.get_parts(extent)
        centres = shapely.STRtree(np.asarray(shapely.points((start + stop)[:, ::-1] / 2)))
        of_part, chosen = centres.query(parts, predicate="intersects")
        small = np.delete(parts, of_part)
        small = small[shapely.area(small) > 0]  # what is left of a cut polygon may be a line
        if len(small):
            chosen = np.append(chosen, _overlapping(small, shapely.box(*start.T[::-1], *stop.T[::-1])))
        inside: NDArray[np.intp] = places[np.unique(chosen)]
        return inside


def make_plan(height: int, width: int, spec: ModelSpec, tile_px: int | None = None) -> Plan:
    """The lattices of a scene for a model.

    Args:
        height: Of the scene, px.
        width: Of the scene, px.
        spec: Of the model.
        tile_px: Side of a tile; None for the model's own.

    Raises:
        InputError: The tile is not whole cells, larger than what is read at once, or so small that the scene
            has more than `MAX_TILES` of them.
    """
    size = spec.tile_px if tile_px is None else tile_px
    step = spec.dense_stride_px
    if size < step or size % step:
        raise InputError(f"tile of {size} px: give a multiple of {step} px, the cell of model {spec.name}")
    if size > MAX_TILE_PX:
        raise InputError(f"tile of {size} px: give at most {MAX_TILE_PX} px")
    count = math.prod(grid_shape(height, width, size))
    if count > MAX_TILES:
        least = _least_tile_px(height, width, step)
        raise InputError(f"tile of {size} px: {count:,} of them in the scene; give a tile size of {least} px or more")
    core = max(size, spec.tile_px * spec.tiles_per_window // size * size)
    return Plan(height, width, size, step, core, spec.margin_px)


def _overlapping(parts: NDArray[np.object_], boxes: NDArray[np.object_]) -> NDArray[np.intp]:
    """Indices of the boxes that share more than an edge with any of the parts."""
    of_part, found = shapely.STRtree(boxes).query(parts, predicate="intersects")
    shared: NDArray[np.intp] = found[~shapely.touches(parts[of_part], boxes[found])]
    return shared


def _least_tile_px(height: int, width: int, step: int) -> int:
    """The smallest side in whole steps with which a scene has at most `MAX_TILES` tiles."""
    size = step
    while math.prod(grid_shape(height, width, size)) > MAX_TILES:
        size += step
    return size


def merge_extents(extents: Sequence[Extent]) -> Extent:
    """Their union."""
    return shapely.union_all(list(extents))


def _box(window: Window) -> Extent:
    return shapely.box(window.col, window.row, window.col_stop, window.row_stop)
