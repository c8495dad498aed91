"""An encoded scene: what every question is asked of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from engine.cancelling import Cancel, heed
from engine.model.sarclip import SarClip
from engine.raster import Scene, Stretch, Window
from engine.scan.codec import INVALID, Codes
from engine.scan.plan import Extent, Plan
from engine.scan.store import EmbeddingStore

Floats = NDArray[np.float32]

TILE_VALID = 0.5  # share of valid pixels from which a tile carries a label
_BAND_CELLS = 1 << 16  # cells worked on at a time: some tens of megabytes, near the cache


class Tiles(NamedTuple):
    """Tiles that may carry a label, row by row."""

    rows: NDArray[np.intp]
    cols: NDArray[np.intp]
    vectors: Floats  # (n, D) unit vectors


class Band(NamedTuple):
    """Some rows of the dense map, or of a part of it."""

    row: int  # of the first, in cells of the whole map
    codes: Codes  # (rows, cols, depth)
    valid: NDArray[np.bool_]  # (rows, cols)


@dataclass(frozen=True, eq=False)
class StoredEmbedding:
    """One scene seen by one model, within an extent; cheap to ask.

    Attributes:
        scene: That was encoded.
        model: That encoded it.
        stretch: How its numbers became bytes.
        store: The folder behind it.
        extent: Region in pixels that answers are given for; None for the whole scene.
        careful: Whether every window was read four times.
    """

    scene: Scene
    model: SarClip
    stretch: Stretch
    store: EmbeddingStore
    extent: Extent | None = None
    careful: bool = False

    @property
    def readings(self) -> int:
        """How often every window was read."""
        return 4 if self.careful else 1

    @property
    def plan(self) -> Plan:
        """Where tiles and cells lie."""
        return self.store.plan

    @cached_property
    def tiles(self) -> Tiles:
        """Encoded tiles of the extent with enough valid pixels."""
        places = self.plan.tiles_within(self.extent)
        clipped = self._share_of_tile(places)
        share = self.store.valid[places[:, 0], places[:, 1]] / np.float32(255)
        kept = places[share >= TILE_VALID * clipped]
        kept = kept[self.store.valid[kept[:, 0], kept[:, 1]] > 0]
        vectors = self.store.tiles[kept[:, 0], kept[:, 1]].astype(np.float32)
        return Tiles(kept[:, 0], kept[:, 1], vectors)

    @property
    def has_valid_pixels(self) -> bool:
        """Whether any encoded tile of the extent has a valid pixel, be it too few to carry a label."""
        places = self.plan.tiles_within(self.extent)
        return bool(self.store.valid[places[:, 0], places[:, 1]].any())

    def _share_of_tile(self, places: NDArray[np.intp]) -> Floats:
        """How much of each tile lies within the scene: less than 1 in the last row and column."""
        plan = self.plan
        high = np.minimum((places[:, 0] + 1) * plan.tile_px, plan.height) - places[:, 0] * plan.tile_px
        wide = np.minimum((places[:, 1] + 1) * plan.tile_px, plan.width) - places[:, 1] * plan.tile_px
        return (high * wide / plan.tile_px**2).astype(np.float32)

    def bands(self, cells: Window | None = None, cancel: Cancel | None = None) -> Iterator[Band]:
        """The dense map from top to bottom, read once and in order.

        Args:
            cells: The part to read, in cells, within the map; None for all of it.
            cancel: Asked before every band.

        Raises:
            Cancelled: `cancel` said so.
        """
        part = cells or Window(0, 0, *self.plan.cell_shape)
        step = max(1, _BAND_CELLS // part.width)
        for row in range(part.row, part.row_stop, step):
            heed(cancel)
            band = Window(row, part.col, min(step, part.row_stop - row), part.width)
            codes = np.asarray(self.store.dense[band.row : band.row_stop, band.col : band.col_stop])
            valid = codes[..., 0] != INVALID
            valid &= self._encoded(band)
            if self.extent is not None:
                valid &= self._within_extent(band)
            yield Band(row, codes, valid)
            self.store.release()

    def cosines(self, band: Band, query: tuple[Floats, Floats]) -> Floats:
        """Cosine of every cell of a band with every text of a query: (rows, cols, N)."""
        weights, offsets = query
        vectors = band.codes[..., : self.store.codec.dims].reshape(-1, len(weights)).astype(np.float32)
        # a text's cosines lie together in memory: what follows compares texts, and numpy is slow along short rows
        found: Floats = weights.T @ vectors.T
        found += offsets[:, None]
        by_cell: Floats = found.T.reshape(*band.codes.shape[:2], len(offsets))
        return by_cell

    def query(self, prompts: Sequence[str]) -> tuple[Floats, Floats]:
        """Prompts as a query for `cosines`."""
        return self.store.codec.query(self.model.encode_text(prompts))

    def _encoded(self, cells: Window) -> NDArray[np.bool_]:
        """Of the shape of `cells`: whether the block around each cell is done."""
        plan = self.plan
        done = self.store.done.reshape(plan.block_shape).astype(bool)
        per_block = plan.core_px // plan.cell_px
        rows = np.arange(cells.row, cells.row_stop) // per_block
        cols = np.arange(cells.col, cells.col_stop) // per_block
        return done[np.ix_(rows, cols)]

    def _within_extent(self, cells: Window) -> NDArray[np.bool_]:
        """Of the shape of `cells`: whether each cell's centre lies in the extent."""
        side = self.plan.cell_px
        xs, ys = np.meshgrid(
            (np.arange(cells.col, cells.col_stop) + 0.5) * side,
            (np.arange(cells.row, cells.row_stop) + 0.5) * side,
        )
        return np.asarray(shapely.intersects_xy(self.extent, xs, ys))
