"""Simulated scenes: shape, repeatability, and truth that agrees with the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.simulate import KINDS, RECIPES, Sensor, SimulatedScene, simulate_scene
from training.simulate.geometry import coverage


def under(scene: SimulatedScene, outline: np.ndarray) -> np.ndarray:
    """Mask of the pixels an outline covers by half, full size."""
    height, width = scene.kinds.shape
    return coverage(outline, (slice(0, height), slice(0, width)), samples=4) >= 0.5


@pytest.mark.parametrize("recipe", list(RECIPES))
@pytest.mark.parametrize("gsd_m", [0.5, 3.0, 10.0, 20.0])
def test_every_recipe_at_every_pixel_size(recipe: str, gsd_m: float) -> None:
    scene = simulate_scene(recipe, 96, 150, gsd_m, seed=4)
    assert scene.amplitude.shape == scene.kinds.shape == (96, 150)
    assert scene.amplitude.dtype == np.float32
    assert scene.kinds.dtype == np.uint8
    assert np.isfinite(scene.amplitude).all()
    assert scene.amplitude.min() >= 0
    assert scene.amplitude.std() > 0
    assert scene.kinds.max() < len(KINDS)
    assert (scene.kinds > 0).all(), "no pixel without a kind"


@settings(max_examples=25, deadline=None)
@given(
    recipe=st.sampled_from(list(RECIPES)),
    height=st.integers(16, 130),
    width=st.integers(16, 130),
    gsd_m=st.floats(0.5, 20),
    seed=st.integers(0, 10**6),
)
def test_objects_lie_in_the_picture(recipe: str, height: int, width: int, gsd_m: float, seed: int) -> None:
    scene = simulate_scene(recipe, height, width, gsd_m, seed)
    assert scene.amplitude.shape == (height, width)
    for item in scene.objects:
        x, y = item.center_xy
        assert 0 <= x <= width
        assert 0 <= y <= height
        assert item.kind in KINDS
        assert item.outline.shape[1] == 2
        assert item.length_m > 0 < item.width_m


@pytest.mark.parametrize("recipe", ["harbor", "mountains", "open_sea"])
def test_same_seed_same_bytes(recipe: str) -> None:
    first, second = (simulate_scene(recipe, 90, 131, 8.0, seed=11) for _ in range(2))
    assert first.amplitude.tobytes() == second.amplitude.tobytes()
    assert first.kinds.tobytes() == second.kinds.tobytes()
    assert len(first.objects) == len(second.objects)
    other = simulate_scene(recipe, 90, 131, 8.0, seed=12)
    assert other.amplitude.tobytes() != first.amplitude.tobytes()


@pytest.mark.parametrize("seed", range(8))
def test_kind_map_and_outlines_agree(seed: int) -> None:
    """Holds for every look direction, since the sensor (and with it the turn) is drawn."""
    scene = simulate_scene("harbor", 200, 333, 4.0, seed)
    found = [item for item in scene.objects if item.kind == "ship"]
    for item in found:
        mask = under(scene, item.outline)
        if mask.sum() > 6:
            assert (scene.kinds[mask] == KINDS.index("ship")).mean() > 0.9


def test_ships_outshine_the_sea_around_them() -> None:
    brighter = []
    for seed in range(6):
        scene = simulate_scene("open_sea", 160, 240, 5.0, seed)
        sea = np.median(scene.amplitude[scene.kinds == KINDS.index("sea")])
        for item in scene.objects:
            mask = under(scene, item.outline)
            if item.kind == "ship" and mask.sum() > 4:
                brighter.append(scene.amplitude[mask].mean() / sea)
    assert len(brighter) > 8
    assert np.median(brighter) > 2.5
    assert np.mean(np.array(brighter) > 1.3) > 0.9


def test_ships_have_their_size_in_pixels() -> None:
    scene = simulate_scene("harbor", 300, 420, 10.0, seed=3)
    found = [item for item in scene.objects if item.kind == "ship"]
    assert found
    for item in found:
        if "cut" in item.attributes:
            continue
        span = np.linalg.norm(item.outline[:, None] - item.outline[None], axis=-1).max() * scene.gsd_m
        assert span == pytest.approx(item.length_m, rel=0.15)
        assert 12 <= item.length_m <= 350
        assert 2.5 < item.length_m / item.width_m < 10.5


@pytest.mark.parametrize("recipe", ["harbor", "waterfront"])
def test_ships_at_berth_touch_the_shore_or_each_other(recipe: str) -> None:
    for seed in range(4):
        scene = simulate_scene(recipe, 300, 420, 10.0, seed)
        solid = ~np.isin(scene.kinds, [KINDS.index(kind) for kind in ("sea", "ship", "inland water")])
        rows, cols = np.nonzero(solid)
        for item in scene.objects:
            x, y = item.center_xy
            if item.attributes.get("situation") == "berth" and 25 < x < 395 and 25 < y < 275:
                nearest_px = np.hypot(cols + 0.5 - x, rows + 0.5 - y).min()
                others = [o.center_xy for o in scene.objects if o.kind == "ship" and o is not item]
                beside_px = min((np.hypot(a - x, b - y) for a, b in others), default=np.inf)
                outside = max(item.width_m, item.length_m * (recipe == "waterfront"))  # bow to the quay
                assert min(nearest_px * scene.gsd_m - outside / 2, beside_px * scene.gsd_m - item.width_m) < 25


def test_ships_at_anchor_keep_apart() -> None:
    scenes = [simulate_scene("open_sea", 300, 260, 10.0, seed) for seed in range(9)]
    scene = max(scenes, key=lambda s: sum(item.kind == "ship" for item in s.objects))
    places = np.array([item.center_xy for item in scene.objects if item.kind == "ship"])
    assert len(places) > 3
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    assert apart[~np.eye(len(places), dtype=bool)].min() * scene.gsd_m > 200


def test_sea_is_darker_than_town_in_both_polarisations() -> None:
    for polarisation in ("VV", "VH"):
        scene = simulate_scene("harbor", 200, 320, 10.0, seed=5, sensor=Sensor(polarisation, noise_db=-28.0))
        mean = {k: scene.amplitude[scene.kinds == KINDS.index(k)].mean() for k in ("sea", "harbor")}
        assert mean["harbor"] > 2 * mean["sea"]


def test_all_situations_of_ships_occur() -> None:
    scenes = [simulate_scene("harbor", 256, 200, 10.0, seed) for seed in range(8)]
    seen = {item.attributes["situation"] for s in scenes for item in s.objects if item.kind == "ship"}
    assert seen == {"berth", "anchor", "underway"}


@pytest.mark.parametrize(
    "recipe, kind", [("town", "urban"), ("industry", "industry"), ("airport", "airport")]
)
def test_a_recipe_shows_what_it_is_named_after(recipe: str, kind: str) -> None:
    for seed in range(5):
        scene = simulate_scene(recipe, 180, 220, 10.0, seed)
        assert (scene.kinds == KINDS.index(kind)).mean() > 0.04


@pytest.mark.parametrize("recipe, kind", [("harbor", "breakwater"), ("river", "bridge"), ("harbor", "tank")])
def test_centres_lie_on_their_objects(recipe: str, kind: str) -> None:
    seen = 0
    for seed in range(8):
        scene = simulate_scene(recipe, 200, 260, 5.0, seed)
        for item in scene.objects:
            if item.kind == kind:
                x, y = item.center_xy
                near = scene.kinds[max(int(y) - 1, 0) : int(y) + 2, max(int(x) - 1, 0) : int(x) + 2]
                seen += KINDS.index(kind) in near
                assert KINDS.index(kind) in near
    assert seen > 1


def test_bad_calls_are_refused() -> None:
    with pytest.raises(ValueError, match="harbour"):
        simulate_scene("harbour", 64, 64, 10.0, 1)
    with pytest.raises(ValueError, match="0 x 64"):
        simulate_scene("harbor", 0, 64, 10.0, 1)
    with pytest.raises(ValueError, match="HH"):
        Sensor("HH")
    with pytest.raises(ValueError, match="Ka"):
        Sensor(band="Ka")
    with pytest.raises(ValueError, match="looks"):
        Sensor(looks=0.5)
