"""From the geometry of an image with control points to a regular grid on the ground."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from engine.raster.scene import Scene

_NODE_CELLS = 16  # the exact mapping is asked at every 16th cell, linear between: off by centimetres
_PIECE_CELLS = 512  # along a side
_EDGE_POINTS = 65  # per side of the scene, to find how far it reaches

Floats = NDArray[np.float32]
Coordinates = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RegularGrid:
    """A north-up grid in the system of a scene's control points."""

    transform: Affine
    shape: tuple[int, int]  # (rows, columns)
    scene: Scene
    cell_px: float  # side of the source's cells, in pixels of the scene
    source_shape: tuple[int, int]  # (rows, columns) of the source's cells
    origin: tuple[int, int] = (0, 0)  # row and column of the source's first cell

    @classmethod
    def over(
        cls, scene: Scene, cell_px: float, shape: tuple[int, int], origin: tuple[int, int] = (0, 0)
    ) -> RegularGrid:
        """The grid that covers `shape` cells of a scene, with cells as long on the ground as theirs.

        Args:
            scene: with control points.
            cell_px: side of a cell, in pixels of the scene.
            shape: (rows, columns) of cells on the scene.
            origin: row and column of the first of them.
        """
        stops = (origin[0] + shape[0]) * cell_px, (origin[1] + shape[1]) * cell_px
        rows = np.linspace(origin[0] * cell_px, min(scene.height, stops[0]), _EDGE_POINTS)
        cols = np.linspace(origin[1] * cell_px, min(scene.width, stops[1]), _EDGE_POINTS)
        x, y = scene.georeference.to_ground(cols[np.newaxis, :], rows[:, np.newaxis])
        step_x, step_y = _pixel_size(scene)
        step_x, step_y = step_x * cell_px, step_y * cell_px
        n_rows = max(1, int(np.ceil(np.ptp(y) / step_y - 1e-6)))
        n_cols = max(1, int(np.ceil(np.ptp(x) / step_x - 1e-6)))
        transform = Affine(step_x, 0, float(x.min()), 0, -step_y, float(y.max()))
        return cls(transform, (n_rows, n_cols), scene, cell_px, shape, origin)

    def pieces(self) -> Iterator[Piece]:
        """The grid in parts, none of which needs much of the source at once, however large both are."""
        node_cols, node_rows = self._source_at_nodes()
        for row in range(0, self.shape[0], _PIECE_CELLS):
            rows = np.arange(row, min(row + _PIECE_CELLS, self.shape[0]))
            for col in range(0, self.shape[1], _PIECE_CELLS):
                cols = np.arange(col, min(col + _PIECE_CELLS, self.shape[1]))
                at_rows, at_cols = (_between_nodes(nodes, rows, cols) for nodes in (node_rows, node_cols))
                yield Piece.at(row, col, at_rows, at_cols, self.source_shape)

    def _source_at_nodes(self) -> tuple[Coordinates, Coordinates]:
        """Continuous cell coordinates (cols, rows) in the source at every _NODE_CELLS-th cell corner."""
        i = np.arange(0, self.shape[0] + _NODE_CELLS, _NODE_CELLS)[:, np.newaxis]
        j = np.arange(0, self.shape[1] + _NODE_CELLS, _NODE_CELLS)[np.newaxis, :]
        x = self.transform.a * j + self.transform.c + 0 * i
        y = self.transform.e * i + self.transform.f + 0 * j
        cols, rows = self.scene.georeference.from_ground(x, y)
        return cols / self.cell_px - self.origin[1], rows / self.cell_px - self.origin[0]


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a regular grid, and the part of the source that it is interpolated from.

    Attributes:
        row: Of its first cell in the grid.
        col: Of its first cell in the grid.
        source_origin: Row and column of the first cell it needs of the source.
        source_shape: Rows and columns it needs; at least one cell, even if it lies beyond the source.
        inside: Of the shape of the piece: which cells lie on the source.
        rows: Continuous row in the part of the source of each cell's centre; 0 where not inside.
        cols: As `rows`.
    """

    row: int
    col: int
    source_origin: tuple[int, int]
    source_shape: tuple[int, int]
    inside: NDArray[np.bool_]
    rows: Coordinates
    cols: Coordinates

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.inside.shape[0], self.inside.shape[1]

    @classmethod
    def at(cls, row: int, col: int, rows: Coordinates, cols: Coordinates, source: tuple[int, int]) -> Piece:
        """A piece whose cells' centres lie at continuous coordinates in a source of a shape."""
        inside = (rows >= 0) & (rows < source[0]) & (cols >= 0) & (cols < source[1])
        spans = [_span(at[inside], size) for at, size in ((rows, source[0]), (cols, source[1]))]
        (top, bottom), (left, right) = spans
        here = [np.where(inside, at - first, 0) for at, first in ((rows, top), (cols, left))]
        return cls(row, col, (top, left), (bottom - top, right - left), inside, *here)

    def resample(self, band: Floats, nodata: float) -> Floats:
        """Values of the piece: bilinear between cells, the nearest one where a neighbour has no value.

        Args:
            band: The part of a band of the source that `source_origin` and `source_shape` name.
            nodata: Given to places beyond the source, and understood in `band`.
        """
        found = _bilinear(band, self.rows, self.cols, nodata)
        return np.where(self.inside, found, np.float32(nodata))


def _span(at: Coordinates, size: int) -> tuple[int, int]:
    """First and end of the cells that lie around continuous coordinates within 0..size."""
    if not at.size:
        return 0, 1
    return max(0, math.floor(at.min()) - 1), min(size, math.floor(at.max()) + 2)


def _between_nodes(nodes: Coordinates, rows: NDArray[np.intp], cols: NDArray[np.intp]) -> Coordinates:
    """Values at the centres of the cells of some rows and columns, linear between nodes."""
    at_row, at_col = (rows + 0.5) / _NODE_CELLS, (cols + 0.5) / _NODE_CELLS
    i, j = at_row.astype(np.intp), at_col.astype(np.intp)
    down, across = (at_row - i)[:, np.newaxis], at_col - j
    lines = nodes[i] * (1 - down) + nodes[i + 1] * down
    result: Coordinates = lines[:, j] * (1 - across) + lines[:, j + 1] * across
    return result


def _pixel_size(scene: Scene) -> tuple[float, float]:
    """Size of a pixel in units of the ground's axes (x, y).

    A Sentinel-1 image is rotated against the meridian; metres carry its pixel size over to the axes.
    """
    a, b, _, d, e, _ = scene.georeference.pixel_to_plane[:6]
    # Lengths of a pixel's sides in metres and in axis units give |metres per unit| of x and y:
    # m_x^2 a^2 + m_y^2 d^2 = gsd_col^2 and m_x^2 b^2 + m_y^2 e^2 = gsd_row^2.
    if scene.gsd_m is None:
        size = abs(a * e - b * d) ** 0.5
        return size, size
    gsd_col, gsd_row = scene.gsd_m
    squares = np.linalg.lstsq(
        np.array([[a * a, d * d], [b * b, e * e]]), np.array([gsd_col**2, gsd_row**2]), rcond=None
    )[0]
    if squares.min() <= 0:
        size = abs(a * e - b * d) ** 0.5
        return size, size
    metres_x, metres_y = np.sqrt(squares)
    return float(min(gsd_col, gsd_row) / metres_x), float(min(gsd_col, gsd_row) / metres_y)


def _bilinear(band: Floats, rows: Coordinates, cols: Coordinates, nodata: float) -> Floats:
    """Values at continuous cell coordinates within a band, whose cell centres lie at halves."""
    height, width = band.shape
    nearest = band[rows.astype(np.intp), cols.astype(np.intp)]
    top, left = np.clip(rows - 0.5, 0, height - 1), np.clip(cols - 0.5, 0, width - 1)
    i, j = top.astype(np.intp), left.astype(np.intp)
    below, right = np.minimum(i + 1, height - 1), np.minimum(j + 1, width - 1)
    down, across = top - i, left - j
    corners = (band[i, j], band[i, right], band[below, j], band[below, right])
    weights = ((1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across)
    smooth = sum(corner * weight for corner, weight in zip(corners, weights, strict=True))
    complete = np.all([np.isfinite(corner) & (corner != nodata) for corner in corners], axis=0)
    return np.where(complete, smooth, nearest).astype(np.float32)
