"""Islands of real land on real water."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.concepts import KIND
from training.sources.islets import LENGTH_PX, strew_islets
from training.sources.picture import Picture, no_objects

SIDE = 200


def sea(level: int = 30) -> Picture:
    kinds = np.full((SIDE, SIDE), KIND["sea"], np.uint8)
    kinds[:, :40] = KIND["urban"]
    kinds[90:110, 90:140] = KIND["ship"]
    pixels = np.full((SIDE, SIDE), level, np.uint8)
    pixels[kinds == KIND["ship"]] = 250
    pixels[150:, 150:] = 0
    ship = np.array([[115, 100, 50, 20, 0, KIND["ship"]]], np.float32)
    return Picture(pixels, kinds, ship, "sea/1")


def plain(kind: str, level: int, side: int = 300) -> Picture:
    shape = (side, side)
    return Picture(np.full(shape, level, np.uint8), np.full(shape, KIND[kind], np.uint8), no_objects(), f"{kind}/1")


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_islets_lie_on_free_water_and_change_nothing_else(seed: int) -> None:
    before = sea()
    after = strew_islets(before, [plain("urban", 180)], np.random.default_rng(seed))
    island = after.kinds == KIND["island"]
    changed = after.pixels != before.pixels
    assert island.any() and (before.kinds[island] == KIND["sea"]).all()
    assert (after.kinds[~island] == before.kinds[~island]).all()
    assert not changed[before.kinds == KIND["ship"]].any() and not changed[before.kinds == KIND["urban"]].any()
    assert (after.pixels[before.pixels == 0] == 0).all()
    rows = after.objects[len(before.objects) :]
    assert (after.objects[: len(before.objects)] == before.objects).all()
    assert len(rows) and (rows[:, 5] == KIND["island"]).all()
    assert ((rows[:, 2] >= LENGTH_PX[0]) & (rows[:, 2] <= LENGTH_PX[1]) & (rows[:, 3] <= rows[:, 2])).all()
    for x, y in rows[:, :2]:
        assert island[int(y), int(x)], "its middle is on it"
    assert island.sum() == pytest.approx(np.pi / 4 * (rows[:, 2] * rows[:, 3]).sum(), rel=0.4)


def test_islets_look_like_the_ground_they_were_cut_from() -> None:
    found = [strew_islets(sea(30), [plain("urban", 180)], np.random.default_rng(seed)) for seed in range(20)]
    inside = np.concatenate([item.pixels[item.kinds == KIND["island"]] for item in found])
    assert np.median(inside) > 100
    again = strew_islets(sea(30), [plain("urban", 180)], np.random.default_rng(3))
    assert (again.pixels == found[3].pixels).all(), "a function of the generator"


def test_without_water_or_ground_a_picture_stays_as_it_is() -> None:
    town, before, rng = plain("urban", 180), sea(), np.random.default_rng(0)
    assert strew_islets(town, [plain("urban", 180)], rng) is town
    assert strew_islets(before, [plain("sea", 9), plain("urban", 180, side=8)], rng) is before
