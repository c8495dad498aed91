"""Objects one can point at: peaks of the dense map, one for each object, with an interval.

A candidate is a peak of the objectness map (4 pixels a cell); its score is its objectness times the
square root of the prompt's contrast in the cell beneath: the root, as cells are coarser than peaks. A contrast of one
half counts in full, so that "destroyer" finds what "ship" finds.
Candidates of the whole scene are thinned together, best first, so that no seam of tiles or windows counts
an object twice. Models without an objectness map are asked for peaks of the prompt's own map, which is
coarse: their counts are of clusters rather than objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # type: ignore[import-untyped]

from engine.cancelling import Cancel
from engine.errors import InputError
from engine.model.calibration import LEAST, Calibration
from engine.model.peaks import APART, LEVELS, MIN_DISTANCE_PX, Candidates, Relief, local_peaks, offsets, thinned
from engine.raster import Scene
from engine.scan import StoredEmbedding
from engine.scan.embedding import Band
from engine.tasks.prompts import background_of, check_prompts, contrast, rivals_of

Floats = NDArray[np.float32]

LEAST_SCORE = 0.08
"""Of a candidate. Curves are fitted from here on and say nothing of what lies below, nor does an interval."""
SURE_CONTRAST = 0.5  # likelier than all else together: more says how usual the word is, not how sure the object
INTERVAL = 0.90  # share of the cases that the interval should hold the true count


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
            coarse pixels and for what was read with care, so that 0.5 serves scenes it has not seen.
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
    calibration = embedding.model.spec.calibration_at(embedding.scene.gsd_m, careful=embedding.careful)
    return [
        _counted(prompt, peaks, calibrated(peaks.scores, calibration), threshold)
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
    relief = _empty_relief(embedding)
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
            named = np.minimum(1, contrast(cosines, len(asked), rivals, scale) / SURE_CONTRAST)
            worth = at.scores[:, None] * np.sqrt(named)
        places.append(at.xy)
        scores.append(worth)
    xy, worth = np.concatenate(places), np.concatenate(scores)
    apart_px = APART * embedding.plan.cell_px / max(1, embedding.store.codec.object_cells)
    return [thinned(xy, of_prompt, apart_px, distance, pixel, relief, LEAST_SCORE, cancel) for of_prompt in worth.T]


def calibrated(scores: Floats, calibration: Calibration) -> Floats:
    """Probability that a candidate is right, of each score (n,)."""
    rising, falling = clipped_sides(scores)
    logit = calibration.rise * rising + calibration.fall * falling + calibration.offset
    probability: Floats = (1 / (1 + np.exp(-logit))).astype(np.float32)
    return probability


def clipped_sides(scores: Floats) -> tuple[Floats, Floats]:
    """What a calibration weighs of scores: ln s and -ln(1 - s), both finite."""
    clipped = np.clip(scores, LEAST, 1 - LEAST)
    return np.log(clipped), -np.log1p(-clipped)


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


def _empty_relief(embedding: StoredEmbedding) -> Relief | None:
    """Room for the objectness of a scene, or None for a model without."""
    n = embedding.store.codec.object_cells
    if not n:
        return None
    rows, cols = embedding.plan.cell_shape
    return Relief(np.zeros((rows * n, cols * n), np.uint8), embedding.plan.cell_px / n)


def _object_peaks(embedding: StoredEmbedding, band: Band, relief: Relief) -> Candidates:
    """Local peaks of the objectness of a band, placed between cells by the weight of their neighbours.

    The band's levels go into `relief`. A peak on the band's first or last row may have a higher neighbour in
    the next band; thinning the whole scene's candidates removes it.
    """
    codec, plan = embedding.store.codec, embedding.plan
    n = codec.object_cells
    side = plan.cell_px / n
    objectness = codec.objectness(band.codes) * band.valid.repeat(n, 0).repeat(n, 1)
    relief.levels[band.row * n : band.row * n + len(objectness)] = np.rint(objectness * LEVELS)
    rows, cols = local_peaks(objectness, LEAST_SCORE)
    dx, dy = offsets(objectness, rows, cols)
    x, y = (cols + 0.5 + dx) * side, (rows + 0.5 + dy) * side + band.row * plan.cell_px
    # the shift must not leave the cell whose vector the peak is judged by
    xy = np.stack(
        (np.clip(x, 0, plan.width - 1), np.clip(y, band.row * plan.cell_px, plan.height - 1)), axis=1
    )
    xy[:, 1] = np.minimum(xy[:, 1], (band.row + len(band.codes)) * plan.cell_px - 1)
    return Candidates(xy.astype(np.float32), objectness[rows, cols])


def _map_peaks(band: Band, scores: Floats, cell_px: int) -> tuple[Candidates, Floats]:
    """Cells that are the best of their neighbours for any prompt, and the score of each prompt there."""
    scores = np.where(band.valid[..., None], scores, 0)
    peaks = (scores >= ndimage.maximum_filter(scores, (3, 3, 1))) & (scores > LEAST_SCORE)
    rows, cols = np.nonzero(peaks.any(-1))
    xy = np.stack(((cols + 0.5) * cell_px, (rows + band.row + 0.5) * cell_px), axis=1).astype(np.float32)
    at_peak = scores[rows, cols] * peaks[rows, cols]
    return Candidates(xy, at_peak.max(-1, initial=0)), at_peak
