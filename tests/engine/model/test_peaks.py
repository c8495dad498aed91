"""Which peaks are one object: the same answer however it is computed."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.model import peaks
from engine.model.peaks import LONGEST_RIDGE_PX, Candidates, Relief, thinned

LEAST_SCORE = 0.02


def thinned_at_once(
    xy: NDArray[np.float32], scores: NDArray[np.float32], distance: float, relief: Relief | None
) -> Candidates:
    """What `thinned` has to find, by all pairs of all candidates, for pixels of 1 x 2."""
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] >= LEAST_SCORE]
    xy, scores = xy[order], scores[order]
    kept = np.ones(len(xy), bool)
    for better in range(len(xy)):
        away = xy[better + 1 :].astype(float) - xy[better]
        belongs = (np.hypot(away[:, 0], 2 * away[:, 1]) <= distance) | (np.hypot(*away.T) <= 6)
        if relief is not None:
            ridge = relief.are_one(np.broadcast_to(xy[better], away.shape), xy[better + 1 :])
            belongs |= ridge & (np.hypot(*away.T) <= LONGEST_RIDGE_PX)
        if kept[better]:
            kept[better + 1 :] &= ~belongs
    return Candidates(xy[kept], scores[kept])


@pytest.mark.parametrize("distance", [0.0, 9.0, 70.0, 1000.0])
@pytest.mark.parametrize("with_relief", [True, False])
@pytest.mark.parametrize("at_once", [1, 7, 128, 10_000])
def test_thinning_some_at_a_time_is_thinning_all(
    distance: float, with_relief: bool, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 128, (60, 90)).astype(np.uint8)
    levels[10:20] = 100  # a ridge from end to end
    relief = Relief(levels, 4.0) if with_relief else None
    xy = (rng.integers(0, 60, (900, 2)) * (6, 4)).astype(np.float32)  # some in one place
    scores = np.round(rng.random(900), 2).astype(np.float32)  # some alike
    monkeypatch.setattr(peaks, "_THINNED_AT_ONCE", at_once)
    found = thinned(xy, scores, 6.0, distance, (1.0, 2.0), relief, LEAST_SCORE)
    expected = thinned_at_once(xy, scores, distance, relief)
    np.testing.assert_array_equal(found.xy, expected.xy)
    np.testing.assert_array_equal(found.scores, expected.scores)


def test_memory_of_thinning_does_not_grow_with_density() -> None:
    """A field of peaks as near to each other as they can stand: 5 million pairs, which took gigabytes."""
    side = 170
    rows, cols = np.indices((side, side)).reshape(2, -1)
    xy = np.stack((cols * 4 + 2, rows * 4 + 2), axis=1).astype(np.float32)
    valleys = (np.indices((side, side)).sum(0) % 2 * 100).astype(np.uint8)
    scores = np.linspace(1, 0.5, len(xy), dtype=np.float32)
    tracemalloc.start()
    thinned(xy, scores, 0.0, 0.0, (1.0, 1.0), Relief(valleys, 4.0), LEAST_SCORE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6, f"{peak / 1e6:.0f} MB"
