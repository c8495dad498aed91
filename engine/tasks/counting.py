"""Objects one can point at: peaks of the dense map, one for each object, with an interval.

A candidate is a peak of the objectness map (4 pixels a cell); its score is its objectness times the
square root of the prompt's contrast in the cell beneath: the root, as cells are coarser than peaks.
Candidates of the whole scene are thinned together, best first, so that no seam of tiles or windows counts
an object twice. Models without an objectness map are asked for peaks of the prompt's own map, which is
coarse: their counts are of clusters rather than objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # type: ignore[import-untyped]
from scipy.spatial import cKDTree  # type: ignore[import-untyped]

from engine.cancelling import Cancel, heed
from engine.errors import InputError
from engine.raster import Scene
from engine.scan import StoredEmbedding
from engine.scan.codec import OBJECT_LEVELS
from engine.scan.embedding import Band
from engine.tasks.prompts import background_of, check_prompts, contrast, rivals_of

Floats = NDArray[np.float32]

LEAST_OBJECTNESS = 0.08  # of a candidate; below it even the interval hears nothing of it
LEAST_SCORE = 0.02
MIN_DISTANCE_PX = 9.0  # between two objects, where no distance in metres is asked for
_APART = 1.5  # cells of the map that two peaks are apart at least: a little more than diagonal neighbours
RIDGE = 0.75  # of the lower peak: where the objectness between two peaks stays above it, they are one object
LONGEST_RIDGE_PX = 64.0  # beyond it two peaks are two objects
_RIDGE_STEPS = 18
_THINNED_AT_ONCE = 128  # candidates, each with some hundred neighbours where they stand closest
INTERVAL = 0.90  # share of the cases that the interval should hold the true count


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
class ObjectCount:
    """Objects of one prompt.

    Attributes:
        prompt: What was counted.
        xy: (n, 2) column and row of each, in pixels of the scene.
        scores: (n,) probability that each is right.
        low: Lower end of the interval of the count.
        high: Its upper end.
        threshold: Probability from which a candidate counts.
    """

    prompt: str
    xy: Floats
    scores: Floats
    low: int
    high: int
    threshold: float

    @property
    def count(self) -> int:
        """Objects found."""
        return len(self.scores)


def count(
    embedding: StoredEmbedding,
    prompts: Sequence[str],
    background: Sequence[str] = (),
    *,
    threshold: float = 0.5,
    min_distance_m: float | None = None,
    cancel: Cancel | None = None,
) -> list[ObjectCount]:
    """Count the objects that each prompt names.

    Args:
        embedding: Of the scene.
        prompts: What to count.
        background: What else may be there; empty for the model's own list.
        threshold: Probability from which a candidate counts; the model is calibrated, apart for fine and for
            coarse pixels, so that 0.5 serves scenes it has not seen.
        min_distance_m: Least distance between two objects; None for 9 pixels.
        cancel: Asked now and then whether to stop.

    Raises:
        InputError: A prompt is empty, given twice or not to be read by the model, a number is out of range,
            or metres are given for a scene whose pixel size is unknown.
        Cancelled: `cancel` said so.
    """
    asked = check_prompts(prompts)
    every = [*asked, *background_of(embedding.model.spec, background)]
    if not 0 <= threshold <= 1:
        raise InputError(f"threshold {threshold}: give a probability, 0 to 1")
    distance, pixel = _least_distance(embedding.scene, min_distance_m)
    found = candidates(embedding, asked, every, distance, pixel, cancel)
    slope, offset = embedding.model.spec.calibration_at(embedding.scene.gsd_m)
    return [
        _counted(prompt, peaks, calibrated(peaks.scores, slope, offset), threshold)
        for prompt, peaks in zip(asked, found, strict=True)
    ]


def candidates(
    embedding: StoredEmbedding,
    asked: Sequence[str],
    every: Sequence[str],
    distance: float,
    pixel: tuple[float, float] = (1.0, 1.0),
    cancel: Cancel | None = None,
) -> list[Candidates]:
    """Peaks of each prompt in the whole extent, thinned to a least distance.

    Args:
        embedding: Of the scene.
        asked: Prompts.
        every: The same prompts, then the background.
        distance: Least distance between two peaks of one prompt, in the unit of `pixel`. However small, it
            never makes two of what the map cannot tell apart: neighbours in it may both be peaks, at a seam
            or where they are equal.
        pixel: Width and height of a pixel.
        cancel: Asked now and then whether to stop.

    Raises:
        Cancelled: `cancel` said so.
    """
    rivals = rivals_of(embedding.model.encode_text(every), len(asked))
    query = embedding.query(every)
    scale = embedding.model.spec.logit_scale
    relief = _Relief.empty(embedding)
    places, scores = [np.zeros((0, 2), np.float32)], [np.zeros((0, len(asked)), np.float32)]
    for band in embedding.bands(cancel=cancel):
        if relief is None:
            found = contrast(embedding.cosines(band, query), len(asked), rivals, scale)
            at, worth = _map_peaks(band, found, embedding.plan.cell_px)
        else:
            at = _object_peaks(embedding, band, relief)
            cells = (at.xy // embedding.plan.cell_px).astype(np.intp)
            picked = Band(band.row, band.codes[cells[:, 1] - band.row, cells[:, 0]][None], band.valid[:1])
            cosines = embedding.cosines(picked, query)[0]
            worth = at.scores[:, None] * np.sqrt(contrast(cosines, len(asked), rivals, scale))
        places.append(at.xy)
        scores.append(worth)
    xy, worth = np.concatenate(places), np.concatenate(scores)
    apart_px = _APART * embedding.plan.cell_px / max(1, embedding.store.codec.object_cells)
    return [_thinned(xy, of_prompt, apart_px, distance, pixel, relief, cancel) for of_prompt in worth.T]


def calibrated(scores: Floats, slope: float, offset: float) -> Floats:
    """Probability that a candidate is right: a logistic curve over the logarithm of its odds (Platt)."""
    clipped = np.clip(scores, 1e-4, 1 - 1e-4)
    logit = np.log(clipped / (1 - clipped))
    probability: Floats = (1 / (1 + np.exp(-(slope * logit + offset)))).astype(np.float32)
    return probability


def interval(probabilities: Floats, found: int) -> tuple[int, int]:
    """Interval of the true count when each candidate is an object with its own probability.

    The count is then Poisson-binomial; its quantiles are taken from the exact distribution, or from the
    normal one above some thousand candidates.
    """
    tail = (1 - INTERVAL) / 2
    if len(probabilities) > 2000:
        mean, spread = probabilities.sum(), np.sqrt((probabilities * (1 - probabilities)).sum())
        low, high = np.floor(mean - 1.645 * spread), np.ceil(mean + 1.645 * spread)
    else:
        chances = np.ones(1)
        for probability in probabilities:
            chances = np.convolve(chances, (1 - probability, probability))
        total = np.cumsum(chances)
        low, high = np.searchsorted(total, (tail, 1 - tail))
    return min(int(max(low, 0)), found), max(int(high), found)


def object_frame(embedding: StoredEmbedding, counts: Sequence[ObjectCount]) -> gpd.GeoDataFrame:
    """Objects as points on the ground: prompt, score."""
    georeference = embedding.scene.georeference
    xy = np.concatenate([np.zeros((0, 2), np.float32), *(item.xy for item in counts)])
    x, y = georeference.to_ground(xy[:, 0], xy[:, 1])
    return gpd.GeoDataFrame(
        {
            "prompt": np.repeat([item.prompt for item in counts], [item.count for item in counts]).astype(
                object
            ),
            "score": np.concatenate([np.zeros(0, np.float32), *(item.scores for item in counts)]),
        },
        geometry=gpd.GeoSeries(gpd.points_from_xy(x, y), crs=georeference.crs),
    )


def count_by_tile(embedding: StoredEmbedding, item: ObjectCount) -> NDArray[np.int32]:
    """Number of objects in each tile of the whole scene, (rows, cols)."""
    tally = np.zeros(embedding.plan.tile_shape, np.int32)
    at = (item.xy // embedding.plan.tile_px).astype(np.intp)
    np.add.at(tally, (at[:, 1], at[:, 0]), 1)
    return tally


def _counted(prompt: str, peaks: Candidates, probability: Floats, threshold: float) -> ObjectCount:
    kept = probability >= threshold
    low, high = interval(probability, int(kept.sum()))
    return ObjectCount(prompt, peaks.xy[kept], probability[kept], low, high, threshold)


def _least_distance(scene: Scene, min_distance_m: float | None) -> tuple[float, tuple[float, float]]:
    """A distance, and the width and height of a pixel in its unit: metres, or pixels where none are given."""
    if min_distance_m is None:
        return MIN_DISTANCE_PX, (1.0, 1.0)
    if not 0 <= min_distance_m < np.inf:
        raise InputError(f"least distance {min_distance_m} m: give 0 or more metres")
    if scene.gsd_m is None:
        raise InputError(
            f"least distance {min_distance_m:g} m: the pixel size of {scene.path} is unknown; leave it out"
        )
    return min_distance_m, scene.gsd_m


@dataclass(frozen=True, eq=False)
class _Relief:
    """The objectness of a whole scene, a byte a cell: what lies between two peaks.

    Attributes:
        levels: (rows, cols) uint8, 0..127.
        cell_px: Side of its cells.
    """

    levels: NDArray[np.uint8]
    cell_px: float

    @classmethod
    def empty(cls, embedding: StoredEmbedding) -> _Relief | None:
        """Room for a scene, or None for a model without objectness."""
        n = embedding.store.codec.object_cells
        if not n:
            return None
        rows, cols = embedding.plan.cell_shape
        return cls(np.zeros((rows * n, cols * n), np.uint8), embedding.plan.cell_px / n)

    def at(self, xy: Floats) -> NDArray[np.uint8]:
        """Levels at pixels (..., 2)."""
        cells = (xy // self.cell_px).astype(np.intp)
        rows, cols = self.levels.shape
        return self.levels[np.clip(cells[..., 1], 0, rows - 1), np.clip(cells[..., 0], 0, cols - 1)]

    def are_one(self, a: Floats, b: Floats) -> NDArray[np.bool_]:
        """Whether peaks a and b (n, 2) stand on one ridge: one long hull rather than two ships.

        The lowest level on the way is compared with the lower of the two peaks.
        """
        steps = np.linspace(0, 1, _RIDGE_STEPS, dtype=np.float32)[1:-1, None, None]
        lowest = self.at(a + steps * (b - a)).min(0)
        found: NDArray[np.bool_] = lowest >= RIDGE * np.minimum(self.at(a), self.at(b))
        return found


def _object_peaks(embedding: StoredEmbedding, band: Band, relief: _Relief) -> Candidates:
    """Local peaks of the objectness of a band, placed between cells by the weight of their neighbours.

    The band's levels go into `relief`. A peak on the band's first or last row may have a higher neighbour in
    the next band; thinning the whole scene's candidates removes it.
    """
    codec, plan = embedding.store.codec, embedding.plan
    n = codec.object_cells
    side = plan.cell_px / n
    objectness = codec.objectness(band.codes) * band.valid.repeat(n, 0).repeat(n, 1)
    relief.levels[band.row * n : band.row * n + len(objectness)] = np.rint(objectness * OBJECT_LEVELS)
    strong = objectness >= LEAST_OBJECTNESS
    if strong.any():
        strong &= objectness >= ndimage.maximum_filter(objectness, 3, mode="constant")
    rows, cols = np.nonzero(strong)
    dx, dy = _offsets(objectness, rows, cols)
    x, y = (cols + 0.5 + dx) * side, (rows + 0.5 + dy) * side + band.row * plan.cell_px
    # the shift must not leave the cell whose vector the peak is judged by
    xy = np.stack(
        (np.clip(x, 0, plan.width - 1), np.clip(y, band.row * plan.cell_px, plan.height - 1)), axis=1
    )
    xy[:, 1] = np.minimum(xy[:, 1], (band.row + len(band.codes)) * plan.cell_px - 1)
    return Candidates(xy.astype(np.float32), objectness[rows, cols])


def _offsets(values: Floats, rows: NDArray[np.intp], cols: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """How far from the middle of its cell each peak lies, in cells: the centroid of its 3 x 3 neighbours."""
    padded = np.pad(values, 1)
    steps = np.arange(-1, 2)
    # (n, 3, 3)
    around = padded[rows[:, None, None] + 1 + steps[:, None], cols[:, None, None] + 1 + steps]
    total = np.maximum(around.sum((1, 2)), np.float32(1e-6))
    dx: Floats = (around.sum(1) @ steps.astype(np.float32)) / total
    dy: Floats = (around.sum(2) @ steps.astype(np.float32)) / total
    return dx, dy


def _map_peaks(band: Band, scores: Floats, cell_px: int) -> tuple[Candidates, Floats]:
    """Cells that are the best of their neighbours for any prompt, and the score of each prompt there."""
    scores = np.where(band.valid[..., None], scores, 0)
    peaks = (scores >= ndimage.maximum_filter(scores, (3, 3, 1))) & (scores > LEAST_SCORE)
    rows, cols = np.nonzero(peaks.any(-1))
    xy = np.stack(((cols + 0.5) * cell_px, (rows + band.row + 0.5) * cell_px), axis=1).astype(np.float32)
    at_peak = scores[rows, cols] * peaks[rows, cols]
    return Candidates(xy, at_peak.max(-1, initial=0)), at_peak


def _thinned(
    xy: Floats,
    scores: Floats,
    apart_px: float,
    distance: float,
    pixel: tuple[float, float],
    relief: _Relief | None,
    cancel: Cancel | None = None,
) -> Candidates:
    """Candidates best first, without those that belong to a better one.

    They do within `distance` or `apart_px` of it, and where a ridge of `relief` leads to it. Some candidates
    are compared with their neighbours at a time, so that memory does not grow with how dense they are.
    """
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] >= LEAST_SCORE]
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
