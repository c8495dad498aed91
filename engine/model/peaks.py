"""Peaks of an objectness map: which of them are one object.

Counting a scene and AnyReader's tally of an image use the same rules: no two objects nearer than a least
distance, and none at both ends of one ridge, which is a long hull.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # type: ignore[import-untyped]
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from engine.cancelling import Cancel, heed

Floats = NDArray[np.float32]

MIN_DISTANCE_PX = 9.0  # between two objects, where no distance in metres is asked for
APART = 1.5  # cells of the map that two peaks are apart at least: a little more than diagonal neighbours
RIDGE = 0.75  # of the lower peak: where the objectness between two peaks stays above it, they are one object
LONGEST_RIDGE_PX = 96.0  # beyond it two peaks are two objects: long hulls of 3 m pixels have both
LEVELS = 127  # of a relief, from nothing to beyond doubt
_RIDGE_STEPS = 26  # along the longest ridge no wider than a cell of 4 px
_THINNED_AT_ONCE = 128  # candidates, each with some hundred neighbours where they stand closest


@dataclass(frozen=True, eq=False)
class Candidates:
    """Peaks of one prompt, best first.

    Attributes:
        xy: (n, 2) column and row in pixels of the scene.
        scores: (n,) in 0..1.
    """

    xy: Floats
    scores: Floats


@dataclass(frozen=True, eq=False)
class Relief:
    """The objectness of a picture or a whole scene, a byte a cell: what lies between two peaks.

    Attributes:
        levels: (rows, cols) uint8, 0..127.
        cell_px: Side of its cells.
    """

    levels: NDArray[np.uint8]
    cell_px: float

    def at(self, xy: Floats) -> NDArray[np.uint8]:
        """Levels at pixels (..., 2)."""
        cells = (xy // self.cell_px).astype(np.intp)
        rows, cols = self.levels.shape
        return self.levels[np.clip(cells[..., 1], 0, rows - 1), np.clip(cells[..., 0], 0, cols - 1)]

    def are_one(self, a: Floats, b: Floats) -> NDArray[np.bool_]:
        """Whether peaks a and b (n, 2) stand on one ridge: one long hull rather than two ships.

        The lowest level on the way is compared with the lower of the two peaks.
        """
        lowest = np.full(len(a), LEVELS, np.uint8)
        for step in np.linspace(0, 1, _RIDGE_STEPS, dtype=np.float32)[1:-1]:
            np.minimum(lowest, self.at(a + step * (b - a)), out=lowest)
        found: NDArray[np.bool_] = lowest >= RIDGE * np.minimum(self.at(a), self.at(b))
        return found


def local_peaks(objectness: Floats, least: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the cells of at least `least` that none of their eight neighbours exceeds."""
    strong = objectness >= least
    if strong.any():
        strong &= objectness >= ndimage.maximum_filter(objectness, 3, mode="constant")
    rows, cols = np.nonzero(strong)
    return rows, cols


def offsets(values: Floats, rows: NDArray[np.intp], cols: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """How far from the middle of its cell each peak lies, in cells: the centroid of its 3 x 3 neighbours."""
    padded = np.pad(values, 1)
    steps = np.arange(-1, 2)
    # (n, 3, 3)
    around = padded[rows[:, None, None] + 1 + steps[:, None], cols[:, None, None] + 1 + steps]
    total = np.maximum(around.sum((1, 2)), np.float32(1e-6))
    dx: Floats = (around.sum(1) @ steps.astype(np.float32)) / total
    dy: Floats = (around.sum(2) @ steps.astype(np.float32)) / total
    return dx, dy


def thinned(
    xy: Floats,
    scores: Floats,
    apart_px: float,
    distance: float,
    pixel: tuple[float, float],
    relief: Relief | None,
    least: float,
    cancel: Cancel | None = None,
) -> Candidates:
    """Candidates best first, without those that belong to a better one.

    They do within `distance` or `apart_px` of it, and where a ridge of `relief` leads to it. Some candidates
    are compared with their neighbours at a time, so that memory does not grow with how dense they are.

    Args:
        xy: (n, 2) in pixels.
        scores: (n,) of each.
        apart_px: Within which two are one, whatever the distance asked for: the map cannot tell them apart.
        distance: Least distance between two, in the unit of `pixel`.
        pixel: Width and height of a pixel.
        relief: The objectness between them, or None.
        least: Score below which one is dropped.
        cancel: Asked now and then whether to stop.
    """
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] >= least]
    xy, scores = xy[order], scores[order]
    if not len(xy):
        return Candidates(xy, scores)
    places = xy * np.asarray(pixel)
    reaches = [(places, cKDTree(places), distance), (xy, cKDTree(xy), apart_px)]
    kept = np.ones(len(xy), bool)
    for start in range(0, len(xy), _THINNED_AT_ONCE):
        heed(cancel)
        some = start + np.flatnonzero(kept[start : start + _THINNED_AT_ONCE])  # one that is dropped drops no other
        if not len(some):
            continue
        pairs = [_worse_neighbours(points, tree, reach, some, kept) for points, tree, reach in reaches]
        if relief is not None:
            far = _worse_neighbours(xy, reaches[1][1], LONGEST_RIDGE_PX, some, kept)
            pairs.append(far[relief.are_one(xy[far[:, 0]], xy[far[:, 1]])])
        better, worse = np.concatenate(pairs).T
        # best first, as some of these drop others of these
        in_turn = np.argsort(better, kind="stable")
        ends = np.searchsorted(better[in_turn], some, side="right")
        for index, losers in zip(some, np.split(worse[in_turn], ends), strict=False):
            if kept[index]:
                kept[losers] = False
    return Candidates(xy[kept], scores[kept])


def _worse_neighbours(
    points: NDArray[np.floating[Any]],
    tree: cKDTree,
    reach: float,
    some: NDArray[np.intp],
    kept: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """Pairs (n, 2) of indices, one of `some` and a worse one that is still kept, at most `reach` apart."""
    found = cKDTree(points[some]).sparse_distance_matrix(tree, reach, output_type="ndarray")
    better, worse = some[found["i"]], found["j"]
    use = (worse > better) & kept[worse]
    return np.column_stack((better[use], worse[use]))
