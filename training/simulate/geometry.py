"""Plane geometry in pixels: outlines, and which pixels they cover."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from training.simulate.truth import BoolArray, FloatArray

HULL = (
    (-0.5, -0.38),
    (-0.46, -0.5),
    (0.22, -0.5),
    (0.38, -0.33),
    (0.5, 0.0),
    (0.38, 0.33),
    (0.22, 0.5),
    (-0.46, 0.5),
    (-0.5, 0.38),
)  # bow towards +x, unit length and width
BOX = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
PLANE = (
    (0.5, 0.0),
    (0.44, 0.05),
    (0.16, 0.06),
    (-0.08, 0.5),
    (-0.16, 0.5),
    (-0.05, 0.06),
    (-0.36, 0.05),
    (-0.44, 0.19),
    (-0.5, 0.19),
    (-0.46, 0.0),
    (-0.5, -0.19),
    (-0.44, -0.19),
    (-0.36, -0.05),
    (-0.05, -0.06),
    (-0.16, -0.5),
    (-0.08, -0.5),
    (0.16, -0.06),
    (0.44, -0.05),
)


def place(
    shape: ArrayLike, center_xy: tuple[float, float], length: float, width: float, angle: float
) -> FloatArray:
    """Scale a unit shape, turn it by `angle` (radians, x towards y) and move it: float32 (N, 2)."""
    local = np.asarray(shape, dtype=np.float64) * (length, width)
    cos, sin = np.cos(angle), np.sin(angle)
    turned: FloatArray = local @ np.array([[cos, sin], [-sin, cos]])
    return np.add(turned, center_xy).astype(np.float32)


def ellipse(n: int = 20) -> FloatArray:
    """Unit circle (diameter 1) of n corners, for `place`."""
    turns = np.arange(n) * (2 * np.pi / n)
    return (0.5 * np.stack([np.cos(turns), np.sin(turns)], axis=1)).astype(np.float32)


def bounds(outline: FloatArray, shape: tuple[int, int], pad: float = 0.0) -> tuple[slice, slice]:
    """Rows and columns of the pixels an outline may touch, clipped to the picture (may be empty)."""
    low = np.floor(outline.min(axis=0) - pad).astype(int)
    high = np.ceil(outline.max(axis=0) + pad).astype(int)
    x0, x1 = np.clip((low[0], high[0]), 0, shape[1])
    y0, y1 = np.clip((low[1], high[1]), 0, shape[0])
    return slice(int(y0), int(y1)), slice(int(x0), int(x1))


def pixel_centres(window: tuple[slice, slice]) -> tuple[FloatArray, FloatArray]:
    """Middles of the pixels of a window: x (1, W) and y (H, 1), which broadcast."""
    rows, cols = window
    x = np.arange(cols.start, cols.stop, dtype=np.float32)[None] + 0.5
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + 0.5
    return x, y


def inside(outline: FloatArray, x: FloatArray, y: FloatArray) -> BoolArray:
    """Even-odd rule for points x, y (broadcast against each other)."""
    result = np.zeros(np.broadcast_shapes(x.shape, y.shape), dtype=bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y >= min(y0, y1)) & (y < max(y0, y1))
        result ^= crosses & (x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
    return result


def coverage(outline: FloatArray, window: tuple[slice, slice], samples: int = 3) -> FloatArray:
    """Share of each pixel of the window that the outline covers, from samples x samples points."""
    rows, cols = window
    height, width = rows.stop - rows.start, cols.stop - cols.start
    offsets = (np.arange(samples, dtype=np.float32) + 0.5) / samples
    y = (np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + offsets).reshape(-1, 1)
    x = (np.arange(cols.start, cols.stop, dtype=np.float32)[:, None] + offsets).reshape(1, -1)
    hits = inside(outline, x, y)
    share: FloatArray = hits.reshape(height, samples, width, samples).mean(axis=(1, 3), dtype=np.float32)
    return share


def distance_to_line(points: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Distance of each pixel to a polyline of float32 (N, 2) corners; x and y broadcast."""
    nearest = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf, dtype=np.float32)
    for (x0, y0), (x1, y1) in pairwise(points):
        dx, dy = x1 - x0, y1 - y0
        along = np.clip(((x - x0) * dx + (y - y0) * dy) / max(float(dx * dx + dy * dy), 1e-6), 0.0, 1.0)
        np.minimum(nearest, np.hypot(x - x0 - along * dx, y - y0 - along * dy), out=nearest)
    return nearest
