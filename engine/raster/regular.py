"""From the geometry of an image with control points to a regular grid on the ground."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from engine.raster.scene import Scene

_NODE_CELLS = 16  # the exact mapping is asked at every 16th cell, linear between: off by centimetres
_CHUNK_ROWS = 256
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
        return cls(transform, (n_rows, n_cols), scene, cell_px, origin)

    def resample(self, band: Floats, nodata: float) -> Iterator[tuple[int, Floats]]:
        """Rows of the grid with the number of their first one.

        Bilinear between cells; the nearest one where a neighbour has no value.

        Args:
            band: shape (H, W) of cells on the scene.
            nodata: given to places beyond the scene, and understood in `band`.
        """
        node_cols, node_rows = self._source_at_nodes()
        for first in range(0, self.shape[0], _CHUNK_ROWS):
            rows = np.arange(first, min(first + _CHUNK_ROWS, self.shape[0]))
            source_cols, source_rows = (self._between_nodes(nodes, rows) for nodes in (node_cols, node_rows))
            yield first, _bilinear(band, source_rows, source_cols, nodata)

    def _source_at_nodes(self) -> tuple[Coordinates, Coordinates]:
        """Continuous cell coordinates (cols, rows) in the source at every _NODE_CELLS-th cell corner."""
        i = np.arange(0, self.shape[0] + _NODE_CELLS, _NODE_CELLS)[:, np.newaxis]
        j = np.arange(0, self.shape[1] + _NODE_CELLS, _NODE_CELLS)[np.newaxis, :]
        x = self.transform.a * j + self.transform.c + 0 * i
        y = self.transform.e * i + self.transform.f + 0 * j
        cols, rows = self.scene.georeference.from_ground(x, y)
        return cols / self.cell_px - self.origin[1], rows / self.cell_px - self.origin[0]

    def _between_nodes(self, nodes: Coordinates, rows: NDArray[np.intp]) -> Coordinates:
        """Values at the centres of the cells of some rows, linear between nodes."""
        at_row = (rows + 0.5) / _NODE_CELLS
        at_col = (np.arange(self.shape[1]) + 0.5) / _NODE_CELLS
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
    """Values at continuous cell coordinates, whose cell centres lie at halves."""
    height, width = band.shape
    inside = (rows >= 0) & (rows < height) & (cols >= 0) & (cols < width)
    i, j = (np.where(inside, at, 0).astype(np.intp) for at in (rows, cols))
    nearest = band[i, j]
    top = np.clip(np.where(inside, rows, 0) - 0.5, 0, height - 1)
    left = np.clip(np.where(inside, cols, 0) - 0.5, 0, width - 1)
    i, j = top.astype(np.intp), left.astype(np.intp)
    below, right = np.minimum(i + 1, height - 1), np.minimum(j + 1, width - 1)
    down, across = top - i, left - j
    corners = (band[i, j], band[i, right], band[below, j], band[below, right])
    weights = ((1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across)
    smooth = sum(corner * weight for corner, weight in zip(corners, weights, strict=True))
    complete = np.all([np.isfinite(corner) & (corner != nodata) for corner in corners], axis=0)
    return np.where(inside, np.where(complete, smooth, nearest), np.float32(nodata)).astype(np.float32)
