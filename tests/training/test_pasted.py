"""Pasted ships: truth on their pixels, the rest of the picture as it was."""

from __future__ import annotations

import numpy as np
import pytest

from training.concepts import KIND
from training.simulate.sensor import Sensor, observe
from training.sources.pasted import paste_ships, resolution_px
from training.sources.picture import Picture, no_objects


def shore(height: int = 180, width: int = 290, seed: int = 0) -> Picture:
    """Water below a slanting shore, speckled as three looks are; a nodata corner."""
    rng = np.random.default_rng(seed)
    rows, cols = np.indices((height, width))
    kinds = np.where(rows > 40 + cols / 5, KIND["sea"], KIND["land"]).astype(np.uint8)
    speckle = np.sqrt(rng.gamma(3, 1 / 3, (height, width)))
    pixels = np.clip(np.where(kinds == KIND["sea"], 22, 75) * speckle, 1, 255).astype(np.uint8)
    pixels[-30:, -40:] = 0
    return Picture(pixels, kinds, no_objects(), "synthetic/shore")


@pytest.mark.parametrize("seed", range(6))
def test_ships_lie_on_water_and_shine(seed: int) -> None:
    before = shore()
    after = paste_ships(before, np.random.default_rng(seed))
    assert len(after.objects) >= 1
    assert (after.objects[:, 5] == KIND["ship"]).all()
    new = after.kinds != before.kinds
    assert (before.kinds[new] == KIND["sea"]).all(), "never on land"
    assert np.isin(after.kinds[new], (KIND["ship"], KIND["unknown"])).all()
    for x, y in after.objects[:, :2]:
        assert after.kinds[int(y), int(x)] == KIND["ship"]
    sea = before.pixels[(before.kinds == KIND["sea"]) & (before.pixels != 0)]
    assert after.pixels[(after.kinds == KIND["ship"]) & (after.pixels != 0)].mean() > sea.mean() + 12


@pytest.mark.parametrize("seed", range(6))
def test_what_is_no_ship_keeps_its_bytes(seed: int) -> None:
    before = shore()
    after = paste_ships(before, np.random.default_rng(seed))
    assert np.array_equal(after.pixels == 0, before.pixels == 0)
    assert (after.pixels >= before.pixels).all(), "intensity is added"
    assert (after.pixels[:30] == before.pixels[:30]).mean() > 0.8, "only sidelobes reach the land"
    assert np.array_equal(before.pixels, shore().pixels), "the picture given is not changed"


def test_same_seed_same_picture_and_others_differ() -> None:
    one, two, other = (paste_ships(shore(), np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert one.pixels.tobytes() == two.pixels.tobytes()
    assert one.objects.tobytes() == two.objects.tobytes()
    assert one.pixels.tobytes() != other.pixels.tobytes()


def test_ships_come_to_the_shore_too() -> None:
    nearest = []
    for seed in range(12):
        picture = paste_ships(shore(), np.random.default_rng(seed))
        for x, y, _, width, *_ in picture.objects:
            away = np.abs(y - 40 - x / 5) / np.hypot(1, 0.2) - width / 2
            nearest.append(away)
    assert min(nearest) < 5
    assert max(nearest) > 25


def test_objects_that_were_there_stay() -> None:
    before = shore()
    ship = np.array([[100, 120, 30, 8, 0.2, KIND["ship"]]], np.float32)
    before = Picture(before.pixels, before.kinds, ship, before.name)
    after = paste_ships(before, np.random.default_rng(1))
    assert np.array_equal(after.objects[0], ship[0])


def test_no_water_no_ships() -> None:
    before = shore()
    dry = Picture(before.pixels, np.full_like(before.kinds, KIND["land"]), no_objects(), "synthetic/dry")
    assert paste_ships(dry, np.random.default_rng(0)) is dry


@pytest.mark.parametrize("sharp", [(1.1, 2.2), (2.8, 1.4)])
def test_the_resolution_of_a_picture_is_found_per_axis(sharp: tuple[float, float]) -> None:
    flat = np.ones((220, 300), np.float32)
    sensor = Sensor(looks=1.0, resolution_px=sharp, window=1.0, noise_db=-90)
    amplitude = observe(flat, np.zeros_like(flat), sensor, np.random.default_rng(2))
    pixels = np.clip(40 * amplitude, 1, 255).astype(np.uint8)
    assert resolution_px(pixels, np.ones(flat.shape, bool)) == pytest.approx(sharp, abs=0.35)
