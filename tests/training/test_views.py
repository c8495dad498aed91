"""A chip alone in its view is drawn as an image that is asked about is read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from training.concepts import KIND, KINDS
from training.sources.batches import Augment, Sampler
from training.sources.picture import Picture, paint_objects
from training.sources.views import SMALLEST_PX, SmallImages, ViewSampler

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


def marked(picture: Picture, kind: str, seed: int) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int_]]]:
    """Rows and columns of the middles of the cells that are marked, and of the bright pixels, of each view drawn."""
    sampler = ViewSampler([picture], VIEW, VIEW)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        sample = sampler.draw(rng)
        cells = np.argwhere(sample.centers[..., KIND[kind]])
        if len(cells):
            yield 8 * (cells + 0.5), np.argwhere(sample.pixels > sample.pixels[sample.pixels > 0].mean())


def test_the_object_is_marked_where_it_is() -> None:
    views = list(marked(chip(96, "T62"), "T62", seed=1))
    assert len(views) > 10
    for middles, bright in views:
        assert np.abs(bright.mean(0) - middles[0]).max() < 8


def test_kinds_are_drawn_evenly_however_many_chips_they_have() -> None:
    sampler = ViewSampler([chip(64, "T72")] * 30 + [chip(64, "D7")], 2 * VIEW, VIEW)
    rng = np.random.default_rng(2)
    total = sum(sampler.draw(rng).centers.sum((0, 1)) for _ in range(60))
    assert 0.35 < total[KIND["D7"]] / total.sum() < 0.65


def test_every_ship_of_a_chip_is_marked_where_it_is() -> None:
    """Also in mirrored chips: each is drawn with its own kind of water beside it."""
    picture = chip(96, "ship")
    beside = np.array([[20, 70, 10, 4, 0.5, KIND["ship"]]], np.float32)
    picture.pixels[66:74, 16:24] = 200
    both = Picture(picture.pixels, picture.kinds, np.concatenate([picture.objects, beside]), picture.name)
    views = list(marked(both, "ship", seed=3))
    assert len(views) > 10
    for middles, bright in views:
        assert len(middles) == 2
        assert (np.abs(bright[:, None] - middles).max(-1).min(0) < 16).all()


def test_ground_comes_in_sizes_of_its_own() -> None:
    pixels, kinds = np.full((900, 900), 90, np.uint8), np.full((900, 900), KIND["sea"], np.uint8)
    ships = np.array([[x, y, 30, 8, 0.4, KIND["ship"]] for x in range(300, 600, 40) for y in range(300, 600, 40)])
    ships = ships.astype(np.float32)
    paint_objects(kinds, ships)
    pixels[kinds == KIND["ship"]] = 230
    picture = Picture(pixels, kinds, ships, "ssdd/1")
    still = Augment(zoom=(1, 1), gamma=(1, 1), gain=(1, 1), offset=0, speckle=0, blank=0, dropout=0)
    sampler = Sampler({"ssdd": [picture]}, {"ssdd": 1.0}, 2 * VIEW, still)
    rng = np.random.default_rng(4)
    sizes, hidden = set(), 0
    for _ in range(20):
        sample = SmallImages(sampler, VIEW, 1.0).draw(rng)
        for view in by_view(sample.pixels).reshape(4, VIEW, VIEW):
            valid = view != 0
            height, width = int(valid.any(1).sum()), int(valid.any(0).sum())
            assert valid[:height, :width].all() and valid.sum() == height * width, "in the first corner, and whole"
            assert SMALLEST_PX <= max(height, width) <= VIEW
            sizes.add((height, width))
        for row, col in zip(*np.nonzero(sample.centers[..., KIND["ship"]]), strict=True):
            assert sample.pixels[8 * row : 8 * row + 8, 8 * col : 8 * col + 8].max() > 200, "ships lie where they show"
        unknown = sample.cell_shares[..., KIND["unknown"]] - (sample.pixels == 0).reshape(32, 8, 32, 8).mean((1, 3))
        assert unknown.min() > -1e-6
        hidden += int((unknown > 0.1).any())
    assert len(sizes) > 40
    assert hidden > 10, "of hulls whose middle was cut off nothing is known"
    whole = SmallImages(sampler, VIEW, 0.0).draw(rng)
    assert (whole.pixels != 0).all()
