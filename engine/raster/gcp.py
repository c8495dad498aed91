"""Ground control points: a smooth mapping through all of them, and its inverse.

A Sentinel-1 product carries a regular lattice of some 21 x 10 points, about 20 km apart. Linear
interpolation between them is off by up to d^2 / 8 R = 8 m, near a whole pixel; a global polynomial
misses points in the mountains. Cubic interpolation in the lattice is exact at the points and good to
centimetres between. Points without a lattice go through GDAL's thin plate spline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint as RasterioPoint
from rasterio.transform import GCPTransformer

from engine.errors import InputError

Coordinates = NDArray[np.float64]

_INVERSE_ROUNDS = 50  # each gains a digit or more: the mapping is close to affine
_INVERSE_TOLERANCE_PX = 1e-4


@dataclass(frozen=True)
class GroundControlPoint:
    """A continuous pixel position and the place on the ground where it lies."""

    row: float
    col: float
    x: float
    y: float


@dataclass(frozen=True, eq=False)
class GcpModel:
    """The mapping from pixels to ground through control points.

    Within the points' rectangle it interpolates what the affine fit leaves over; beyond, it goes on
    with the affine fit, so that it stays tame far outside.
    """

    affine: Affine  # least squares through all points
    points: tuple[GroundControlPoint, ...]
    lattice: Lattice | None  # None where the points are scattered
    crosses: bool = False  # the antimeridian: longitudes go on beyond 180, so that the mapping has no jump

    @classmethod
    def fit(cls, points: tuple[GroundControlPoint, ...]) -> GcpModel:
        """The mapping through `points`.

        Raises:
            InputError: the points lie on one line.
        """
        table = np.array([(p.row, p.col, p.x, p.y) for p in points], np.float64)
        rows, cols, wrapped, y = table.T
        x = _unwrap(wrapped, y)
        design = np.stack([cols, rows, np.ones_like(cols)], axis=1)
        fit_x, fit_y = (np.linalg.lstsq(design, values, rcond=None)[0] for values in (x, y))
        affine = Affine(*fit_x, *fit_y)
        if np.linalg.matrix_rank(design - design.mean(0), tol=1e-6) < 2 or affine.is_degenerate:
            raise InputError(f"{len(points)} ground control points lie on one line: the scene has no area")
        unwrapped = tuple(GroundControlPoint(*map(float, p)) for p in zip(rows, cols, x, y, strict=True))
        rest = np.stack([x, y]) - np.stack([fit_x, fit_y]) @ design.T
        lattice = Lattice.of(rows, cols, rest)
        return cls(affine, unwrapped, lattice, crosses=not np.array_equal(x, wrapped))

    def to_ground(self, cols: Coordinates, rows: Coordinates) -> tuple[Coordinates, Coordinates]:
        """Ground coordinates of pixel coordinates, any shape.

        Longitudes of a scene across the antimeridian are not brought back to -180..180: its polygons and
        geodesics stay whole, and whoever draws them shifts them as a piece.
        """
        a, b, c, d, e, f = self.affine[:6]
        if self.lattice is not None:
            rest_x, rest_y = self.lattice.interpolate(rows, cols)
            return a * cols + b * rows + c + rest_x, d * cols + e * rows + f + rest_y
        gcps = [RasterioPoint(p.row, p.col, p.x, p.y) for p in self.points]
        # three points are the affine fit itself, and too few for GDAL's spline to gain anything
        if len(gcps) == 3:
            return a * cols + b * rows + c, d * cols + e * rows + f
        with GCPTransformer(gcps, tps=True) as transformer:
            x, y = transformer.xy(rows.ravel(), cols.ravel(), offset="ul")
        return np.reshape(x, cols.shape), np.reshape(y, cols.shape)

    def from_ground(self, x: Coordinates, y: Coordinates) -> tuple[Coordinates, Coordinates]:
        """Pixel coordinates of ground coordinates, any shape, by q <- q - A^-1 (f(q) - p).

        Where the scene crosses the antimeridian, longitudes are taken as they come, in -180..180 or in 0..360.
        """
        if self.crosses:
            x = np.where(x < 0, x + 360, x)
        a, b, c, d, e, f = (~self.affine)[:6]
        cols, rows = a * x + b * y + c, d * x + e * y + f
        for _ in range(_INVERSE_ROUNDS):
            reached_x, reached_y = self.to_ground(cols, rows)
            off_x, off_y = reached_x - x, reached_y - y
            step_cols, step_rows = a * off_x + b * off_y, d * off_x + e * off_y
            cols, rows = cols - step_cols, rows - step_rows
            if (
                max(np.abs(step_cols).max(initial=0), np.abs(step_rows).max(initial=0))
                < _INVERSE_TOLERANCE_PX
            ):
                break
        return cols, rows


@dataclass(frozen=True, eq=False)
class Lattice:
    """Values on a regular or irregularly spaced lattice of rows and columns, with cubic interpolation."""

    rows: Coordinates  # (r,) ascending
    cols: Coordinates  # (c,) ascending
    values: Coordinates  # (2, r, c)

    @classmethod
    def of(cls, rows: Coordinates, cols: Coordinates, values: Coordinates) -> Lattice | None:
        """The lattice that points form, or None when they form none.

        Args:
            rows: (n,) of the points.
            cols: (n,) of the points.
            values: (2, n) at the points.
        """
        (ticks_r, i), (ticks_c, j) = (np.unique(ticks, return_inverse=True) for ticks in (rows, cols))
        filled = np.full((2, len(ticks_r), len(ticks_c)), np.nan)
        filled[:, i, j] = values
        if min(len(ticks_r), len(ticks_c)) < 2 or np.isnan(filled).any():
            return None
        return cls(ticks_r, ticks_c, filled)

    def interpolate(self, rows: Coordinates, cols: Coordinates) -> Coordinates:
        """Values (2, ...) at places; beyond the lattice those of its edge."""
        at_r, weight_r = _cubic_weights(self.rows, rows)
        at_c, weight_c = _cubic_weights(self.cols, cols)
        out = np.zeros((2, *rows.shape))
        for index_r, w_r in zip(at_r, weight_r, strict=True):
            for index_c, w_c in zip(at_c, weight_c, strict=True):
                out += self.values[:, index_r, index_c] * (w_r * w_c)
        return out


def _cubic_weights(ticks: Coordinates, at: Coordinates) -> tuple[NDArray[np.intp], Coordinates]:
    """Lagrange weights of the four ticks about each place: indices (4, ...) and weights (4, ...).

    Fewer ticks where the lattice has fewer; at its ends the four outermost.
    """
    at = np.clip(at, ticks[0], ticks[-1])
    n = min(4, len(ticks))
    first = np.clip(np.searchsorted(ticks, at, side="right") - n // 2, 0, len(ticks) - n)
    index = first + np.arange(n).reshape(-1, *[1] * at.ndim)
    nodes = ticks[index]
    weights = np.ones_like(nodes)
    for i in range(n):
        for j in range(n):
            if i != j:
                weights[i] *= (at - nodes[j]) / (nodes[i] - nodes[j])
    return index, weights


def _unwrap(x: Coordinates, y: Coordinates) -> Coordinates:
    """Longitudes of a scene across the antimeridian, made continuous: those below zero go beyond 180.

    Only numbers that can be degrees and span more than a hemisphere are touched.
    """
    degrees = np.abs(x).max() <= 180 and np.abs(y).max() <= 90
    return np.where(x < 0, x + 360, x) if degrees and np.ptp(x) > 180 else x
