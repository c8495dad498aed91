"""A chip alone in its view is drawn as an image that is asked about is read."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from training.concepts import KIND, KINDS
from training.sources.picture import Picture
from training.sources.views import ViewSampler

VIEW = 128


def chip(side: int, kind: str, value: int = 200) -> Picture:
    """A bright square in the middle of a grey chip."""
    pixels = np.full((side, side), 60, np.uint8)
    kinds = np.full((side, side), KIND["clutter"], np.uint8)
    inner = slice(side // 3, side - side // 3)
    pixels[inner, inner], kinds[inner, inner] = value, KIND[kind]
    objects = np.array([[side / 2, side / 2, side / 3, side / 3, 0, KIND[kind]]], np.float32)
    return Picture(pixels, kinds, objects, f"set/{kind}/{side}")


def by_view(plane: NDArray[np.generic]) -> NDArray[np.generic]:
    """A map of a crop by views: (rows, cols, h, w, ...)."""
    side = len(plane) // 2
    return plane.reshape(2, side, 2, side, *plane.shape[2:]).swapaxes(1, 2)


@pytest.mark.parametrize("side", [32, 60, 64, 90, 128, 190])
def test_every_view_holds_one_chip_or_none(side: int) -> None:
    sampler = ViewSampler([chip(side, "T72"), chip(side, "A330")], 2 * VIEW, VIEW)
    rng = np.random.default_rng(0)
    seen: set[str] = set()
    empty = 0
    for _ in range(30):
        sample = sampler.draw(rng)
        counts = by_view(sample.centers).sum((2, 3))
        pixels = by_view(sample.pixels)
        assert counts.sum(-1).max() <= 1
        for row, col in np.ndindex(2, 2):
            if not counts[row, col].any():
                empty += 1
                assert not pixels[row, col].any()
                continue
            seen |= {KINDS[kind] for kind in np.flatnonzero(counts[row, col])}
            held = side * (VIEW // side) if side <= VIEW // 2 else min(side, VIEW)
            valid = pixels[row, col] != 0
            assert valid[:held, :held].all() and valid.sum() == held * held, "in the first corner, and whole"
    assert seen == {"T72", "A330"} and empty > 5


def test_the_object_is_marked_where_it_is() -> None:
    sampler = ViewSampler([chip(96, "T62")], VIEW, VIEW)
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(20):
        sample = sampler.draw(rng)
        rows, cols = np.nonzero(sample.centers[..., KIND["T62"]])
        if len(rows):
            found += 1
            bright = np.argwhere(sample.pixels > sample.pixels[sample.pixels > 0].mean())
            assert np.abs(bright.mean(0) - 8 * np.array([rows[0] + 0.5, cols[0] + 0.5])).max() < 8
    assert found > 10


def test_kinds_are_drawn_evenly_however_many_chips_they_have() -> None:
    sampler = ViewSampler([chip(64, "T72")] * 30 + [chip(64, "D7")], 2 * VIEW, VIEW)
    rng = np.random.default_rng(2)
    total = sum(sampler.draw(rng).centers.sum((0, 1)) for _ in range(60))
    assert 0.35 < total[KIND["D7"]] / total.sum() < 0.65
