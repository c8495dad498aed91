"""Crowded ports, roadsteads, river ports and hills: what they show, and that their truth is exact."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from training.simulate import KINDS, RECIPES, Sensor, SimulatedScene, simulate_scene
from training.simulate.berths import Mooring, moor_along
from training.simulate.canvas import Canvas, Region
from training.simulate.geometry import BOX, bounds, coverage, place
from training.simulate.relief import RELIEFS, heights, raise_ground
from training.simulate.sensor import observe
from training.simulate.ships import SHIP_TYPES, Ship
from training.simulate.truth import SimObject
from training.simulate.vessels import VESSEL_TYPES, draw_vessel

SHIP, SEA = KINDS.index("ship"), KINDS.index("sea")
CLEAN = Sensor("VV", looks=6.0, noise_db=-60.0, streak_db=-90.0, ghost_db=-90.0)


def sea_canvas(height: int = 120, width: int = 190, gsd_m: float = 3.0, seed: int = 0) -> Canvas:
    """Flat water seen by a sensor without noise."""
    canvas = Canvas(height, width, gsd_m, CLEAN, np.random.default_rng(seed), cut_at_border=True)
    canvas.paint(canvas.everything(), np.float32(0.01), "sea")
    return canvas


def ships_of(scene: SimulatedScene) -> list[SimObject]:
    return [item for item in scene.objects if item.kind == "ship"]


def mask_of(outline: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    window = bounds(outline, shape)
    share = coverage(outline, window, samples=4)
    mask[window] = (share > 0) & (share >= min(0.5, float(share.max())))
    return mask


@pytest.mark.parametrize("recipe", ["waterfront", "river_port", "roadstead"])
@pytest.mark.parametrize("gsd_m", [1.0, 10.0])
def test_every_ship_has_its_own_pixels(recipe: str, gsd_m: float) -> None:
    """Masks agree with the kind map, ships do not lie on each other, centres lie on their ships."""
    seen = 0
    for seed in range(3):
        scene = simulate_scene(recipe, 230, 340, gsd_m, seed)
        taken = np.zeros(scene.kinds.shape, int)
        for item in ships_of(scene):
            mask = mask_of(item.outline, scene.kinds.shape)
            if mask.sum() > 6:
                assert (scene.kinds[mask] == SHIP).mean() > 0.9, item
            x, y = item.center_xy
            assert scene.kinds[int(y), int(x)] == SHIP, item
            taken += mask
            seen += 1
        assert (taken > 1).sum() <= 0.1 * max((taken > 0).sum(), 1)
    assert seen > 5


@pytest.mark.parametrize("kind", VESSEL_TYPES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("heading", [0.0, 1.1, np.pi / 2])
def test_the_brightest_pixels_of_a_ship_lie_in_its_outline(kind: object, heading: float) -> None:
    canvas = sea_canvas(gsd_m=1.5, seed=len(kind.name))  # type: ignore[attr-defined]
    length = float(np.mean(kind.length_m).clip(20, 110))  # type: ignore[attr-defined]
    draw_vessel(canvas, Ship(kind, (97.3, 60.8), length, length / 5, heading, "anchor"))  # type: ignore[arg-type]
    amplitude = observe(canvas.power, canvas.points, CLEAN, canvas.rng)
    grown = place(BOX, (97.3, 60.8), length / 1.5 + 6, length / 7.5 + 6, heading)
    mask = mask_of(grown, canvas.shape)
    brightest = amplitude >= np.sort(amplitude.ravel())[-5]
    assert mask[brightest].all()
    assert amplitude[mask].mean() > 1.5 * amplitude[~mask].mean()


def test_ships_along_a_curved_quay_follow_it() -> None:
    canvas = sea_canvas(240, 300, 2.0, seed=5)
    turn = np.linspace(0.3, 2.8, 40)
    arc = np.stack([-150 * np.cos(turn), 100 - 150 * np.sin(turn)], axis=1)  # bulges up: water to the left
    x, y = canvas.metres(canvas.everything())
    quay = np.hypot(x, y - 100) < 150
    canvas.paint(Region(slice(0, 240), slice(0, 300), quay), np.float32(0.1), "harbor")
    moor_along(canvas, arc, Mooring(1.0, 0.0, 0.0, 20.0, 60.0))
    found = canvas.objects
    assert len(found) >= 4
    headings = []
    for item in found:
        a, b = (np.array(item.center_xy) - (150, 120)) * 2.0
        away = np.hypot(a, b - 100) - 150
        assert 0 < away < item.width_m / 2 + 15
        edge = item.outline[4] - item.outline.mean(axis=0)
        radial = np.array([a, b - 100]) / np.hypot(a, b - 100)
        headings.append(abs(edge @ radial) / np.hypot(*edge))
    assert max(headings) < 0.3, "their sides lie along the quay"


@pytest.mark.parametrize("rafted, bow_to", [(1.0, 0.0), (0.0, 1.0)])
def test_rafts_and_rows_are_single_ships(rafted: float, bow_to: float) -> None:
    canvas = sea_canvas(200, 300, 1.0)
    canvas.paint(Region(slice(150, 200), slice(0, 300), np.ones((50, 300), bool)), np.float32(0.1), "harbor")
    line = np.array([(-140.0, 50.0), (140.0, 50.0)])  # the water lies above
    moor_along(canvas, line, Mooring(1.0, rafted, bow_to, 20.0, 40.0))
    assert len(canvas.objects) > 8
    for item in canvas.objects:
        assert item.center_xy[1] < 150
    if rafted:
        assert len({round(item.center_xy[1] / 8) for item in canvas.objects}) > 1


def test_ships_of_all_sizes_in_pixels() -> None:
    lengths = []
    for gsd_m in (0.5, 1.0, 3.0, 10.0):
        for seed in range(4):
            scene = simulate_scene("waterfront", 380, 420, gsd_m, seed)
            lengths += [item.length_m / gsd_m for item in ships_of(scene)]
    assert min(lengths) < 6
    assert max(lengths) > 100


def test_a_ship_cut_by_the_border_keeps_what_is_seen() -> None:
    canvas = sea_canvas()
    for x in (-8.0, 2.0, 95.0):
        draw_vessel(canvas, Ship(SHIP_TYPES[2], (x, 60.0), 90.0, 15.0, 0.0, "anchor"))
    draw_vessel(canvas, Ship(SHIP_TYPES[2], (-14.0, 20.0), 90.0, 15.0, 0.0, "anchor"))  # a mere tip
    assert len(canvas.objects) == 3
    for item in canvas.objects:
        assert item.outline.min() >= 0
        assert canvas.kinds[int(item.center_xy[1]), int(item.center_xy[0])] == SHIP
    assert [item.attributes.get("cut") for item in canvas.objects] == ["yes", "yes", None]
    assert canvas.objects[1].outline[:, 0].max() == pytest.approx(17, abs=0.1)


def test_traps_are_islands_and_moles_and_never_cover_a_ship() -> None:
    found: Counter[str] = Counter()
    for seed in range(8):
        scene = simulate_scene("roadstead", 256, 300, 10.0, seed)
        found.update(item.kind for item in scene.objects)
        for item in scene.objects:
            if item.kind == "island" and "cut" not in item.attributes:
                mask = mask_of(item.outline, scene.kinds.shape)
                assert (scene.kinds[mask] == KINDS.index("island")).mean() > (0.85 if mask.sum() > 40 else 0.5)
    assert min(found[kind] for kind in ("ship", "island", "breakwater")) >= 3


def test_every_kind_is_shown_by_some_recipe() -> None:
    wanted = set(KINDS) - {"unknown"}
    for seed in range(12):
        for recipe in RECIPES:
            if wanted:
                scene = simulate_scene(recipe, 192, 224, (10.0, 2.0)[seed % 2], seed)
                wanted -= {KINDS[kind] for kind in np.unique(scene.kinds)}
    assert not wanted


@pytest.mark.parametrize("name", RELIEFS)
def test_hills_lean_towards_the_sensor_and_keep_their_energy(name: str) -> None:
    rng = np.random.default_rng(3)
    canvas = Canvas(150, 260, 10.0, CLEAN, rng)
    canvas.paint(canvas.everything(), np.float32(0.1), "mountains")
    x, y = canvas.metres(canvas.everything())
    peak = 120 * np.exp(-(np.hypot(x, y) / 250) ** 2).astype(np.float32)
    before = canvas.power.copy()
    raise_ground(canvas, peak, RELIEFS[name].contrast)
    assert canvas.power.shape == (150, 260)
    row, col = np.unravel_index(canvas.power.argmax(), canvas.shape)
    assert abs(row - 75) < 15
    assert 90 < col < 130, "the slope towards the sensor, at the left, shines"
    assert canvas.power[75, 145] < before[75, 145], "the slope behind is dim"
    assert np.allclose(canvas.power[:10], before[:10], rtol=0.05), "plains stay"


def test_kinds_move_with_the_ground_they_lie_on() -> None:
    canvas = Canvas(90, 160, 10.0, CLEAN, np.random.default_rng(0))
    canvas.paint(canvas.everything(), np.float32(0.05), "fields")
    block = np.zeros(canvas.shape, bool)
    block[30:60, 80:110] = True
    canvas.paint(Region(slice(0, 90), slice(0, 160), block), np.float32(2.0), "urban")
    raise_ground(canvas, np.where(block, 80.0, 0.0).astype(np.float32), 0.0)
    shift = 80 / np.tan(np.radians(CLEAN.incidence_deg)) / 10
    cols = np.flatnonzero(canvas.kinds[45] == KINDS.index("urban"))
    assert cols.min() == pytest.approx(80 - shift, abs=1)
    bright = np.flatnonzero(canvas.power[45] > 1.0)
    assert bright.min() == pytest.approx(80 - shift, abs=1.5)


@pytest.mark.parametrize("shape", [(60, 130), (130, 60)])
def test_heights_are_rough_and_positive(shape: tuple[int, int]) -> None:
    for relief in RELIEFS.values():
        height = heights(np.random.default_rng(1), shape, 10.0, relief)
        assert height.shape == shape
        assert height.std() > 2
        assert np.isfinite(height).all()


def test_towns_and_hills_meet() -> None:
    both = 0
    for seed in range(8):
        scene = simulate_scene("foothills", 200, 240, 10.0, seed)
        shares = [(scene.kinds == KINDS.index(kind)).mean() for kind in ("urban", "mountains")]
        both += min(shares) > 0.08
    assert both >= 4


def test_bands_differ_on_the_sea() -> None:
    mean = {}
    for band in ("X", "C", "L"):
        sensor = Sensor(band=band, noise_db=-60, ghost_db=-90)
        scene = simulate_scene("open_sea", 100, 140, 10.0, 1, sensor=sensor)
        mean[band] = np.median(scene.amplitude[scene.kinds == SEA])
    assert mean["X"] > mean["C"] > mean["L"]
