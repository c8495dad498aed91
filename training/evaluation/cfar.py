"""CFAR, the detector of bright points that needs no training: the baseline for counts.

Cell-averaging CFAR with box filters: a pixel is bright when it exceeds the mean of a ring around it by so many
standard deviations of the ring; bright pixels that touch are an object when they are enough. Both numbers are fitted
on training pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # type: ignore[import-untyped]

GUARD_PX, RING_PX = 41, 81  # sides of the squares between which the ring lies: outside most ships
SMOOTH_PX = 3  # looks are averaged over so many pixels a side before the comparison
FACTORS = (1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0)
AREAS_PX = (4, 10, 20, 40, 80, 160)
_LEAST_SPREAD = 2.0  # of bytes; a ring of one value would call anything bright


class Detections(NamedTuple):
    """Bright objects, brightest first."""

    xy: NDArray[np.float32]  # (n, 2) column and row of the middle
    scores: NDArray[np.float32]  # (n,) highest brightness in deviations of its ring


@dataclass(frozen=True, slots=True)
class Cfar:
    """The detector.

    Attributes:
        factor: Deviations above the ring's mean from which a pixel is bright.
        area_px: Least area of an object.
    """

    factor: float
    area_px: int

    def __call__(self, pixels: NDArray[np.uint8]) -> Detections:
        """Objects in a byte picture (H, W), 0 = invalid."""
        return _blobs(contrast(pixels), self.factor).of_area(self.area_px)


def contrast(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How far each pixel (H, W) exceeds the mean of its ring, in the ring's deviations; 0 where invalid."""
    valid = (pixels != 0).astype(np.float64)
    value = pixels.astype(np.float64)
    # a mean over a whole square times its area is its sum: the ring is the larger square less the smaller
    sums = [_ring(plane) for plane in (valid, value, value**2)]
    count = np.maximum(sums[0], 1)
    mean = sums[1] / count
    deviation = np.sqrt(np.maximum(sums[2] / count - mean**2, 0))
    smooth = ndimage.uniform_filter(value, SMOOTH_PX, mode="nearest")
    found: NDArray[np.float32] = (valid * (smooth - mean) / np.maximum(deviation, _LEAST_SPREAD)).astype(np.float32)
    return found


def _ring(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    outer, inner = (ndimage.uniform_filter(plane, side, mode="constant") * side**2 for side in (RING_PX, GUARD_PX))
    ring: NDArray[np.float64] = np.maximum(outer - inner, 0)
    return ring


class _Blobs(NamedTuple):
    """Bright objects of any size, brightest first."""

    detections: Detections
    area_px: NDArray[np.intp]

    def of_area(self, least_px: int) -> Detections:
        kept = self.area_px >= least_px
        return Detections(self.detections.xy[kept], self.detections.scores[kept])


def _blobs(brightness: NDArray[np.float32], factor: float) -> _Blobs:
    labels, number = ndimage.label(brightness > factor, np.ones((3, 3)))
    rows, cols = np.nonzero(labels)  # few of all pixels: what follows looks at no other
    blob = labels[rows, cols] - 1
    area = np.bincount(blob, minlength=number)
    x, y = (np.bincount(blob, at + 0.5, number) / area for at in (cols, rows))
    highest = np.zeros(number, np.float32)
    np.maximum.at(highest, blob, brightness[rows, cols])
    order = np.argsort(-highest, kind="stable")
    xy = np.stack((x, y), axis=1).astype(np.float32)
    return _Blobs(Detections(xy[order], highest[order]), area[order])


class Hits(NamedTuple):
    """What detections are worth against the truth of one picture."""

    found: int
    right: int
    objects: int


Judge = Callable[[NDArray[np.float32]], Hits]
"""Places of detections (n, 2), best first, to hits."""


def fit(pictures: Iterable[tuple[NDArray[np.uint8], Judge]]) -> Cfar:
    """The two numbers with the best F1 over training pictures, each with its judge."""
    settings = [(factor, area) for factor in FACTORS for area in AREAS_PX]
    total = np.zeros((len(settings), 3), np.int64)
    for pixels, judge in pictures:
        brightness = contrast(pixels)
        blobs = {factor: _blobs(brightness, factor) for factor in FACTORS}
        total += np.array([judge(blobs[factor].of_area(area).xy) for factor, area in settings])
    f1 = 2 * total[:, 1] / np.maximum(total[:, 0] + total[:, 2], 1)
    return Cfar(*settings[int(np.argmax(f1))])
