"""Ships: hulls with their strong corners, at berth, at anchor, or under way with a wake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.simulate import geometry
from training.simulate.canvas import Canvas
from training.simulate.noise import gamma_texture
from training.simulate.truth import FloatArray, SimObject


@dataclass(frozen=True)
class ShipType:
    """Sizes and make-up of one kind of ship."""

    name: str
    length_m: tuple[float, float]
    aspect: tuple[float, float]  # length over width
    weight: float  # how common
    bridge: float  # place of the superstructure along the hull: 0 stern, 1 bow
    deck_rcs: float  # strong deck corners, in square metres of cross-section per square metre of deck


SHIP_TYPES = (
    ShipType("boat", (12, 30), (3.0, 4.5), 1.5, 0.5, 0.3),
    ShipType("fishing vessel", (20, 55), (3.5, 5.0), 2.0, 0.65, 0.8),
    ShipType("coaster", (60, 120), (5.5, 7.0), 2.5, 0.12, 0.6),
    ShipType("bulk carrier", (140, 230), (5.8, 7.2), 2.5, 0.10, 0.9),
    ShipType("tanker", (120, 330), (5.5, 6.6), 2.5, 0.11, 0.5),
    ShipType("container ship", (130, 350), (6.0, 8.0), 2.5, 0.25, 1.8),
    ShipType("ferry", (70, 190), (5.0, 7.0), 1.0, 0.6, 1.5),
)


@dataclass(frozen=True)
class Ship:
    """One ship to be drawn; positions in pixels, sizes in metres, heading in radians from x towards y."""

    type: ShipType
    center_xy: tuple[float, float]
    length_m: float
    width_m: float
    heading: float
    situation: str  # berth, anchor or underway


def draw_size(
    rng: np.random.Generator, shortest_m: float, longest_m: float, types: tuple[ShipType, ...] = SHIP_TYPES
) -> tuple[ShipType, float, float] | None:
    """Type, length and width of a ship within limits of length; None when no type fits."""
    fitting = [t for t in types if t.length_m[0] <= longest_m and t.length_m[1] >= shortest_m]
    if not fitting or longest_m < shortest_m:
        return None
    weights = np.array([t.weight for t in fitting])
    kind = fitting[int(rng.choice(len(fitting), p=weights / weights.sum()))]
    low, high = max(kind.length_m[0], shortest_m), min(kind.length_m[1], longest_m)
    length = float(rng.uniform(low, high))
    return kind, length, length / float(rng.uniform(*kind.aspect))


def hull(ship: Ship, gsd_m: float, margin_m: float = 0.0) -> FloatArray:
    """Outline of the hull in pixels, grown by a margin on all sides."""
    length, width = ((s + 2 * margin_m) / gsd_m for s in (ship.length_m, ship.width_m))
    return geometry.place(geometry.HULL, ship.center_xy, length, width, ship.heading)


def is_free(canvas: Canvas, ship: Ship, margin_m: float, *, whole: bool = True) -> bool:
    """Whether the hull and a margin lie on open water, and inside the canvas when `whole`."""
    outline = hull(ship, canvas.gsd_m, margin_m)
    if whole and ((outline < 0).any() or (outline > (canvas.width, canvas.height)).any()):
        return False
    touched = canvas.polygon(outline)
    if touched is None:
        return False
    under = canvas.kinds[touched.window][touched.mask]
    return bool(np.isin(under, WATER).all())


WATER = (1, 10)  # sea and inland water in KINDS


def draw_ship(canvas: Canvas, ship: Ship) -> None:
    """Paint hull, corners and wake, and record the ship."""
    rng, gsd = canvas.rng, canvas.gsd_m
    if ship.situation == "underway":
        draw_wake(canvas, ship)
    outline = hull(ship, gsd)
    rows, cols = geometry.bounds(outline, canvas.shape)
    if rows.stop > rows.start and cols.stop > cols.start:
        shape = rows.stop - rows.start, cols.stop - cols.start
        strength = float(10 ** (rng.normal(0, 2.0) / 10))
        hull_power = canvas.level("ship") * np.float32(strength * 0.4) * gamma_texture(rng, shape, 0.5)
        canvas.blend(outline, hull_power, "ship")
        _corners(canvas, ship, strength)
    canvas.record(
        SimObject(
            "ship",
            outline,
            ship.center_xy,
            ship.length_m,
            ship.width_m,
            {"situation": ship.situation, "type": ship.type.name},
        )
    )


def _corners(canvas: Canvas, ship: Ship, strength: float) -> None:
    """Point targets: superstructure, deck gear, and the hull side that faces the sensor."""
    rng = canvas.rng
    deck_m2 = ship.length_m * ship.width_m
    n = int(np.clip(ship.length_m / 4, 5, 80))
    along = rng.uniform(-0.44, 0.44, 3 * n)
    across = rng.uniform(-0.36, 0.36, 3 * n)
    rcs = rng.exponential(1.0, 3 * n) ** 1.6
    along[:n] = ship.type.bridge - 0.5 + rng.normal(0, 0.025, n)
    rcs[:n] *= rng.uniform(2.0, 5.0)
    side = -1.0 if np.sin(ship.heading) < 0 else 1.0  # the side whose normal looks to the sensor, at -x
    across[n : 2 * n] = 0.45 * side
    along[n : 2 * n] *= 0.9
    rcs[n : 2 * n] *= 0.3 + 2.5 * np.sin(ship.heading) ** 8
    rcs[2 * n :] *= ship.type.deck_rcs
    rcs *= strength * 0.5 * deck_m2 / n
    place = np.stack([along * ship.length_m, across * ship.width_m], axis=1) / canvas.gsd_m
    cos, sin = np.cos(ship.heading), np.sin(ship.heading)
    spots = place @ np.array([[cos, sin], [-sin, cos]]) + ship.center_xy
    height_m = rng.exponential(np.where(np.arange(3 * n) < n, 6.0, 2.0))  # what stands up leans to the sensor
    lean = height_m / np.tan(np.radians(canvas.sensor.incidence_deg)) / canvas.gsd_m
    canvas.scatter(spots[:, 0] - np.minimum(lean, 0.5 * ship.width_m / canvas.gsd_m), spots[:, 1], rcs)


def draw_wake(canvas: Canvas, ship: Ship) -> None:
    """Dark turbulent trail with two bright arms, displaced in azimuth by the ship's radial speed.

    The displacement is range over platform speed times radial speed, some hundred metres at most
    (Raney, "Synthetic aperture imaging radar and moving targets", IEEE TAES 7(3), 1971).
    """
    rng, gsd = canvas.rng, canvas.gsd_m
    speed = rng.uniform(4, 11)
    offset_m = 115 * speed * 0.6 * np.cos(ship.heading)
    x0, y0 = ship.center_xy[0], ship.center_xy[1] + float(np.clip(offset_m, -400, 400)) / gsd
    reach = rng.uniform(4, 14) * ship.length_m / gsd
    arms = rng.uniform(0.03, 0.30)
    for turn, factor in ((0.0, 0.45), (arms, 2.2), (-arms, 1.7)):
        back = ship.heading + np.pi + turn
        end = (x0 + reach * np.cos(back), y0 + reach * np.sin(back))
        _trail(canvas, np.array([(x0, y0), end], dtype=np.float32), ship.width_m * 0.5 / gsd, factor)


def _trail(canvas: Canvas, line: FloatArray, half_width_px: float, factor: float) -> None:
    half = max(half_width_px, 0.5)
    rows, cols = geometry.bounds(line, canvas.shape, pad=2 * half)
    if rows.stop <= rows.start or cols.stop <= cols.start:
        return
    x, y = geometry.pixel_centres((rows, cols))
    away = geometry.distance_to_line(line, x, y)
    fade = 1 - np.hypot(x - line[0, 0], y - line[0, 1]) / np.hypot(*(line[1] - line[0]))
    share = np.clip(half - away + 0.5, 0, 1) * np.clip(fade, 0, 1)
    share *= np.isin(canvas.kinds[rows, cols], WATER)
    canvas.power[rows, cols] *= 1 + share * np.float32(factor - 1)


def ships_at_sea(
    canvas: Canvas,
    count: int,
    spacing_m: float,
    underway: float = 0.3,
    draw: Callable[[Canvas, Ship], None] = draw_ship,
) -> None:
    """Scatter ships over the sea, well apart: at anchor they ride to one wind, others steam anywhere."""
    rng, gsd = canvas.rng, canvas.gsd_m
    water_px = np.flatnonzero(np.isin(canvas.kinds, WATER))
    if water_px.size == 0:
        return
    wind = rng.uniform(0, 2 * np.pi)
    placed: list[tuple[float, float]] = []
    for _ in range(count * 6):
        size = draw_size(rng, max(12.0, 3 * gsd), min(350.0, 0.6 * min(canvas.extent_m)))
        if len(placed) == count or size is None:
            return
        row, col = divmod(int(rng.choice(water_px)), canvas.width)
        moving = rng.random() < underway
        heading = float(rng.uniform(0, 2 * np.pi) if moving else wind + rng.normal(0, 0.15))
        ship = Ship(
            size[0], (col + 0.5, row + 0.5), size[1], size[2], heading, "underway" if moving else "anchor"
        )
        apart = all(np.hypot(x - col, y - row) * gsd > max(spacing_m, 1.5 * ship.length_m) for x, y in placed)
        if apart and is_free(canvas, ship, max(0.4 * ship.length_m, 2 * gsd), whole=False):
            draw(canvas, ship)
            placed.append((col, row))


def ships_along_quay(
    canvas: Canvas, start_m: tuple[float, float], end_m: tuple[float, float], occupied: float
) -> None:
    """Moor ships along a quay; the water lies to the left when walking from start to end (y down: -normal).

    Args:
        canvas: The scene.
        start_m: One end of the quay, metres from the canvas's centre.
        end_m: The other end.
        occupied: Chance that a free berth is taken.
    """
    rng, gsd = canvas.rng, canvas.gsd_m
    run = np.subtract(end_m, start_m)
    length = float(np.hypot(*run))
    heading = float(np.arctan2(run[1], run[0]))
    outward = np.array([np.sin(heading), -np.cos(heading)])
    place = rng.uniform(5, 30)
    while place < length - 15:
        size = draw_size(rng, max(15.0, 3 * gsd), min(350.0, length - place))
        if size is None:
            return
        kind, ship_m, beam_m = size
        center = (
            np.array(start_m) + run / length * (place + ship_m / 2) + outward * (beam_m / 2 + 2 + 0.5 * gsd)
        )
        turned = heading + (np.pi if rng.random() < 0.5 else 0.0) + rng.normal(0, 0.01)
        ship = Ship(kind, canvas.to_px(*center), ship_m, beam_m, float(turned), "berth")
        if rng.random() < occupied and is_free(canvas, ship, 0.0, whole=False):
            draw_ship(canvas, ship)
            place += ship_m + rng.uniform(8, 40) + gsd
        else:
            place += 0.4 * ship_m + gsd
