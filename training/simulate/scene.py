"""Recipes of scenes, and the one call that simulates one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.simulate import built, ground, layout, objects, seaside, ships
from training.simulate.canvas import Canvas
from training.simulate.layout import Frame
from training.simulate.noise import fractal
from training.simulate.sensor import Sensor, observe
from training.simulate.truth import SimObject, SimulatedScene
from training.simulate.vessels import draw_vessel

LAND = {"urban": 0.35, "industry": 0.12, "fields": 0.22, "forest": 0.16, "bare": 0.15}
COUNTRY = {"fields": 0.5, "forest": 0.25, "bare": 0.15, "urban": 0.1}


def harbor(canvas: Canvas) -> None:
    """A port with piers and basins, a town behind, ships at berth and in the roads."""
    rng, extent = canvas.rng, min(canvas.extent_m)
    frame = _shore(canvas, rng.uniform(-0.2, 0.15))
    land, _, _ = layout.coast(canvas, frame, rng.uniform(0.005, 0.03) * extent)
    layout.settle(canvas, land, LAND)
    layout.paint(canvas, ~land, "sea")
    layout.lit_shore(canvas, ~land)
    plan = layout.draw_port(canvas, rng.uniform(0.6, 1.1) * extent)
    layout.port(canvas, frame, plan, rng.uniform(0.03, 0.6))
    _roads(canvas, 0.25)


def coast(canvas: Canvas) -> None:
    """A natural shore: beach or rocks, country or a town behind, a few ships, islets, a mole."""
    rng, extent = canvas.rng, min(canvas.extent_m)
    frame = _shore(canvas, rng.uniform(-0.2, 0.2))
    land, _, _ = layout.coast(canvas, frame, rng.uniform(0.02, 0.12) * extent)
    layout.settle(canvas, land, LAND if rng.random() < 0.5 else COUNTRY)
    if rng.random() < 0.3:
        layout.paint(canvas, land & (fractal(rng, canvas.shape, 3000 / canvas.gsd_m, 3.0) > 0.3), "mountains")
    layout.paint(canvas, ~land, "sea")
    layout.lit_shore(canvas, ~land, 0.7)
    if rng.random() < 0.5:
        layout.breakwater(canvas, frame, layout.draw_port(canvas, 0.5 * extent))
    _islets(canvas, int(rng.integers(0, 3)))
    _roads(canvas, 0.15)


def open_sea(canvas: Canvas) -> None:
    """Water to the edges; ships, sometimes platforms, turbines, a slick."""
    rng = canvas.rng
    ground.water(canvas, canvas.everything())
    if rng.random() < 0.25:
        slick = fractal(rng, canvas.shape, 1500 / canvas.gsd_m, 2.6, stretch=float(rng.uniform(1, 4)))
        layout.paint(canvas, slick > rng.uniform(1.2, 2.2), "oil slick")
    if rng.random() < 0.25:
        _turbines(canvas)
    for _ in range(int(rng.integers(0, 3)) if rng.random() < 0.3 else 0):
        objects.oil_platform(canvas, _anywhere(canvas))
    _roads(canvas, 0.25, underway=0.5)


def islands(canvas: Canvas) -> None:
    """Islands and islets in the sea, ships between them."""
    rng = canvas.rng
    ground.water(canvas, canvas.everything())
    relief = fractal(rng, canvas.shape, 0.4 * min(canvas.shape), 2.3)
    land = relief > rng.uniform(0.9, 1.7)
    for use in rng.choice(["forest", "bare", "mountains", "fields"], 1):
        layout.paint(canvas, land, str(use))
    layout.lit_shore(canvas, ~land, 0.8)
    _islets(canvas, int(rng.integers(2, 9)))
    _roads(canvas, 0.15)


def town(canvas: Canvas) -> None:
    """Built-up land, quarter by quarter."""
    weights = {"urban": 0.75, "industry": 0.1, "bare": 0.08, "forest": 0.07}
    layout.settle(canvas, np.ones(canvas.shape, dtype=bool), weights)


def farmland(canvas: Canvas) -> None:
    """Fields with woods, villages, a stream."""
    rng = canvas.rng
    everywhere = np.ones(canvas.shape, dtype=bool)
    layout.settle(canvas, everywhere, {"fields": 0.8, "forest": 0.12, "bare": 0.08}, 1500.0)
    gsd = canvas.gsd_m
    for _ in range(int(rng.integers(0, 1 + min(6, int(np.prod(canvas.extent_m) / 2.5e6))))):
        x, y = canvas.metres(canvas.everything())
        cx, cy = (rng.uniform(-0.5, 0.5) * e for e in canvas.extent_m)
        ragged = 60 * fractal(rng, canvas.shape, 400 / gsd, 2.0)
        layout.paint(canvas, np.hypot(x - cx, y - cy) + ragged < rng.uniform(120, 450), "urban")
    if rng.random() < 0.25:
        layout.river(canvas, float(rng.uniform(15, 60)), everywhere)
    if rng.random() < 0.2:
        _turbines(canvas)
    if rng.random() < 0.25:
        wet = fractal(rng, canvas.shape, 2500 / gsd, 2.4)
        layout.paint(canvas, (wet > rng.uniform(0.6, 1.5)) & canvas.is_kind("fields"), "flood")
    if gsd <= 3 and rng.random() < 0.4:
        region = canvas.region(canvas.is_kind("fields", "bare"))
        if region is not None:
            objects.vehicles(canvas, region, int(rng.integers(2, 15)))


def mountains(canvas: Canvas) -> None:
    """High relief, sometimes with a valley floor or a lake."""
    rng = canvas.rng
    layout.paint(canvas, np.ones(canvas.shape, dtype=bool), "mountains")
    if rng.random() < 0.5:
        valley = fractal(rng, canvas.shape, 3500 / canvas.gsd_m, 3.0) > rng.uniform(0.8, 1.6)
        layout.paint(canvas, valley, str(rng.choice(["fields", "inland water", "urban", "bare", "forest"])))


def forest(canvas: Canvas) -> None:
    """Woods with clearings, lakes, a road."""
    rng = canvas.rng
    everywhere = np.ones(canvas.shape, dtype=bool)
    layout.paint(canvas, everywhere, "forest")
    patches = fractal(rng, canvas.shape, 2000 / canvas.gsd_m, 2.2)
    layout.paint(canvas, patches > rng.uniform(1.0, 2.5), str(rng.choice(["fields", "bare", "inland water"])))
    layout.roads(canvas, everywhere, 900.0)


def airport(canvas: Canvas) -> None:
    """An airport among town and country."""
    rng = canvas.rng
    layout.settle(canvas, np.ones(canvas.shape, dtype=bool), LAND, 1500.0)
    small = min(canvas.extent_m) < 2500
    spread = 0.25 if small else 0.15
    shift = (
        rng.uniform(-spread, spread) * canvas.extent_m[0],
        rng.uniform(-spread, spread) * canvas.extent_m[1],
    )
    angle = float(rng.uniform(0, 2 * np.pi))
    if small:  # show the apron, where the aircraft are, rather than a bare runway
        shift = Frame(shift, angle).point(0, -320)
    layout.airport(canvas, shift, angle)


def river(canvas: Canvas) -> None:
    """A river with bridges through town or country, barges on it when it is wide."""
    rng = canvas.rng
    everywhere = np.ones(canvas.shape, dtype=bool)
    layout.settle(canvas, everywhere, LAND if rng.random() < 0.6 else COUNTRY)
    width = float(np.clip(rng.uniform(0.03, 0.2) * min(canvas.extent_m), 25, 700))
    mask, v = layout.river(canvas, width, everywhere)
    layout.lit_shore(canvas, mask, 0.4)
    layout.bridges(canvas, v, width, int(rng.integers(0, 4)))
    if width > 120:
        ships.ships_at_sea(canvas, int(rng.integers(0, 8)), 120.0, underway=0.5, draw=draw_vessel)


def industry(canvas: Canvas) -> None:
    """Works and refineries: large halls, storage tanks."""
    rng = canvas.rng
    everywhere = np.ones(canvas.shape, dtype=bool)
    layout.settle(canvas, everywhere, {"industry": 0.65, "urban": 0.2, "bare": 0.15}, 700.0)
    angle = float(rng.uniform(0, np.pi / 2))
    for _ in range(int(rng.integers(1, 4))):
        frame = Frame(
            (rng.uniform(-0.35, 0.35) * canvas.extent_m[0], rng.uniform(-0.35, 0.35) * canvas.extent_m[1]),
            angle,
        )
        s, t = frame.axes(canvas, canvas.everything())
        side = rng.uniform(0.15, 0.4) * min(canvas.extent_m)
        region = canvas.region((np.abs(s) < side / 2) & (np.abs(t) < side / 2))
        if region is not None:
            built.paved(canvas, region, "industry")
            canvas.power[region.window][region.mask] *= 0.2
            objects.tank_farm(canvas, region, angle)


def mixed(canvas: Canvas) -> None:
    """Land of every use."""
    layout.settle(canvas, np.ones(canvas.shape, dtype=bool), {**LAND, "mountains": 0.15})


RECIPES: dict[str, Callable[[Canvas], None]] = {
    f.__name__: f
    for f in (
        harbor,
        coast,
        open_sea,
        islands,
        town,
        farmland,
        mountains,
        forest,
        airport,
        river,
        industry,
        mixed,
        seaside.waterfront,
        seaside.roadstead,
        seaside.river_port,
        seaside.foothills,
        seaside.highlands,
    )
}


def _shore(canvas: Canvas, shift: float) -> Frame:
    """A shore of any bearing, `shift` of the extent away from the centre."""
    angle = float(canvas.rng.uniform(0, 2 * np.pi))
    away = shift * min(canvas.extent_m)
    return Frame((away * np.sin(angle), -away * np.cos(angle)), angle)


def _anywhere(canvas: Canvas) -> tuple[float, float]:
    return float(canvas.rng.uniform(2, canvas.width - 2)), float(canvas.rng.uniform(2, canvas.height - 2))


def _roads(canvas: Canvas, density: float, underway: float = 0.3) -> None:
    """Ships on the open water: on average `density` in a square of a hundred by a hundred pixels."""
    expected = density * canvas.height * canvas.width / 1e4 * canvas.rng.exponential()
    count = int(canvas.rng.poisson(expected)) + int(canvas.rng.integers(0, 3))
    ships.ships_at_sea(canvas, count, 25 * canvas.gsd_m, underway, draw=draw_vessel)


def _islets(canvas: Canvas, count: int) -> None:
    sea = canvas.is_kind("sea")
    for _ in range(count):
        x, y = _anywhere(canvas)
        if sea[int(y), int(x)]:
            size = canvas.rng.uniform(40, 400)
            objects.island(
                canvas, (x, y), float(np.clip(size, 4 * canvas.gsd_m, 0.25 * min(canvas.extent_m)))
            )


def _turbines(canvas: Canvas) -> None:
    """Wind turbines in a regular grid."""
    rng = canvas.rng
    pitch = rng.uniform(450, 900)
    reach = np.ceil(max(canvas.extent_m) / pitch / 2)
    angle = float(rng.uniform(0, np.pi / 2))
    frame = Frame((0.0, 0.0), angle)
    limit_s, limit_t = rng.uniform(0.1, 0.5, 2) * max(canvas.extent_m)
    for i in np.arange(-reach, reach + 1) * pitch:
        for j in np.arange(-reach, reach + 1) * pitch:
            x, y = canvas.to_px(*frame.point(i, j))
            if (
                abs(i) <= limit_s
                and abs(j) <= limit_t
                and 2 < x < canvas.width - 2
                and 2 < y < canvas.height - 2
            ):
                objects.wind_turbine(canvas, (x, y))


def simulate_scene(
    recipe: str,
    height: int,
    width: int,
    gsd_m: float,
    seed: int,
    looks: float | None = None,
    sensor: Sensor | None = None,
) -> SimulatedScene:
    """Simulate one scene with its truth. The same arguments give the same scene.

    Args:
        recipe: One of RECIPES.
        height: Rows.
        width: Columns.
        gsd_m: Metres a pixel, 0.3 to 20.
        seed: Seed of everything random.
        looks: Equivalent number of looks of a drawn sensor; None draws it too.
        sensor: The instrument; None draws one that suits the pixel size.

    Returns:
        The scene, looked at from the left, right, top or bottom when the sensor is drawn, from the left
        when it is given.

    Raises:
        ValueError: The recipe is unknown, or a size is not positive.
    """
    if recipe not in RECIPES:
        raise ValueError(f"recipe {recipe!r} is unknown: use one of {', '.join(RECIPES)}")
    if min(height, width) < 16 or not 0 < gsd_m <= 60:
        raise ValueError(f"scene of {height} x {width} px of {gsd_m} m: use at least 16 px, and 0 to 60 m")
    rng = np.random.default_rng([seed, list(RECIPES).index(recipe)])
    turned = sensor is None and rng.random() < 0.3
    mirrored = sensor is None and rng.random() < 0.5
    sensor = sensor or Sensor.draw(rng, gsd_m, looks)
    rows, cols = (width, height) if turned else (height, width)
    canvas = Canvas(rows, cols, gsd_m, sensor, rng, cut_at_border=True)
    RECIPES[recipe](canvas)
    scene = finish(canvas, recipe, seed)
    return _turn(scene, turned, mirrored)


def finish(canvas: Canvas, recipe: str, seed: int) -> SimulatedScene:
    """Let the sensor see a finished canvas."""
    amplitude = observe(canvas.power, canvas.points, canvas.sensor, canvas.rng)
    return SimulatedScene(amplitude, canvas.kinds, tuple(canvas.objects), canvas.gsd_m, recipe, seed)


def _turn(scene: SimulatedScene, turned: bool, mirrored: bool) -> SimulatedScene:
    """Mirror along x, then exchange x and y: the other directions to look from."""
    amplitude, kinds, items = scene.amplitude, scene.kinds, scene.objects
    if mirrored:
        amplitude, kinds = amplitude[:, ::-1], kinds[:, ::-1]
        items = tuple(_moved(item, (-1, 1), (amplitude.shape[1], 0), swap=False) for item in items)
    if turned:
        amplitude, kinds = amplitude.T, kinds.T
        items = tuple(_moved(item, (1, 1), (0, 0), swap=True) for item in items)
    return SimulatedScene(
        np.ascontiguousarray(amplitude),
        np.ascontiguousarray(kinds),
        items,
        scene.gsd_m,
        scene.recipe,
        scene.seed,
    )


def _moved(item: SimObject, scale: tuple[int, int], shift: tuple[int, int], *, swap: bool) -> SimObject:
    outline = (item.outline * scale + shift).astype(np.float32)
    center = np.multiply(item.center_xy, scale) + shift
    if swap:
        outline, center = np.ascontiguousarray(outline[:, ::-1]), center[::-1]
    return SimObject(
        item.kind, outline, (float(center[0]), float(center[1])), item.length_m, item.width_m, item.attributes
    )
