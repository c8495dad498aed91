"""Real ships at other quays: they lie on water, where their boxes say, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from training.concepts import KIND
from training.sources.picture import Picture
from training.sources.transplanted import Cutout, Hull, cutouts, open_water, transplant_ships

SHIP, SEA, LAND = KIND["ship"], KIND["sea"], KIND["land"]


def drawn(objects: list[tuple[float, ...]], side: int = 160, shore: int = 0, sea: int = 20) -> Picture:
    """Sea with bright hulls, and land in the uppermost rows."""
    pixels, kinds = np.full((side, side), sea, np.uint8), np.full((side, side), SEA, np.uint8)
    pixels[:shore], kinds[:shore] = 150, LAND
    for x, y, length, width, angle in objects:
        window, inside = Hull(x, y, length, width, angle).inside(kinds.shape)
        pixels[window][inside >= 0] = 220
        kinds[window][inside >= 0] = SHIP
    rows = np.array([(*item, SHIP) for item in objects], np.float32).reshape(-1, 6)
    return Picture(pixels, kinds, rows, "ssdd/1")


@pytest.fixture(scope="module")
def ships() -> list[Cutout]:
    places = [(30.0, 40.0, 24.0, 7.0, 0.4), (100.0, 50.0, 30.0, 8.0, 2.0), (80.0, 120.0, 14.0, 5.0, 1.2)]
    return cutouts([drawn(places)])


def test_only_whole_ships_that_lie_apart_are_cut_out(ships: list[Cutout]) -> None:
    assert len(ships) == 3
    assert all(cutout.pixels[(side := len(cutout.pixels) // 2), side] == 220 for cutout in ships)
    assert not cutouts([drawn([(4.0, 40.0, 24.0, 7.0, 0.4)])]), "it leaves the picture"
    assert not cutouts([drawn([(80.0, 40.0, 24.0, 7.0, 0.4), (80.0, 47.0, 24.0, 9.0, 0.4)], sea=120)])
    beside = drawn([(80.0, 30.0, 30.0, 8.0, 0.0)], shore=70)
    assert not cutouts([beside]), "land all around is no hull's own"


@pytest.mark.parametrize("seed", range(12))
def test_ships_lie_on_water_where_their_boxes_say(ships: list[Cutout], seed: int) -> None:
    before = drawn([(120.0, 110.0, 30.0, 9.0, 0.7)], shore=45)
    before.pixels[:, :6] = 0
    after = transplant_ships(before, ships, np.random.default_rng(seed))
    added = after.objects[1:]
    assert len(added), "an almost empty sea has room"
    assert (after.objects[0] == before.objects[0]).all()
    touched, hulls = np.zeros(after.kinds.shape, bool), np.zeros(after.kinds.shape, bool)
    for x, y, length, width, angle, kind in added.tolist():
        assert kind == SHIP
        window, inside = Hull(x, y, length, width, angle).inside(after.kinds.shape)
        touched[window] |= inside > -3
        hulls[window] |= inside >= 0
        assert after.pixels[window][inside >= 1].mean() > 120, "the hull is where the box is, turned as the box is"
    assert (before.kinds[hulls] == SEA).mean() > 0.97
    assert (after.kinds[hulls] == SHIP).all()
    assert (after.kinds[~hulls] == before.kinds[~hulls]).all()
    assert (after.pixels[~touched] == before.pixels[~touched]).all()
    assert (after.pixels >= before.pixels).all(), "the brighter of the two is kept"
    assert ((after.pixels == 0) == (before.pixels == 0)).all()


def test_the_same_seed_lays_the_same_ships(ships: list[Cutout]) -> None:
    first, second = (transplant_ships(drawn([], shore=40), ships, np.random.default_rng(3)) for _ in range(2))
    assert (first.pixels == second.pixels).all()
    assert (first.objects == second.objects).all()


def test_where_there_is_no_water_nothing_is_laid(ships: list[Cutout]) -> None:
    land = drawn([], shore=160)
    assert transplant_ships(land, ships, np.random.default_rng(0)) is land
    assert transplant_ships(drawn([]), [], np.random.default_rng(0)).objects.size == 0


def test_a_bright_sea_hides_a_ship(ships: list[Cutout]) -> None:
    bright = drawn([], sea=254)
    assert transplant_ships(bright, ships, np.random.default_rng(0)) is bright


def port() -> Picture:
    """Labelled sea at the left; at the right nobody parted a basin, a pier and a dark yard that no water joins."""
    pixels, kinds = np.full((120, 160), 20, np.uint8), np.full((120, 160), SEA, np.uint8)
    pixels += np.random.default_rng(1).integers(0, 6, pixels.shape).astype(np.uint8)
    kinds[:, 60:] = KIND["clutter"]
    pixels[40:60, 60:] = 150
    pixels[90:, 60:] = 150
    pixels[60:90, 60:90] = 150
    return Picture(pixels, kinds, np.zeros((0, 6), np.float32), "hrsid/P1")


def test_a_basin_that_joins_the_sea_is_water_and_its_pier_a_shore(ships: list[Cutout]) -> None:
    water = open_water(port())
    assert water[:, :55].all() and water[5:32, 65:155].all()
    assert not water[42:, 65:].any(), "neither piers nor what is dark behind them"
    laid = [transplant_ships(port(), ships, np.random.default_rng(seed)).objects for seed in range(20)]
    berthed = [y for objects in laid for x, y, *_ in objects.tolist() if x > 60]
    assert berthed and max(berthed) < 40, "in the basin, none on the pier"
    assert min(40 - y for y in berthed) < 8, "and along it"
