"""Ships in their variety: dim and bright, with hatches, bays and pipes, sharp or smeared by their own motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.simulate import geometry
from training.simulate.canvas import Canvas
from training.simulate.noise import gamma_texture
from training.simulate.ships import SHIP_TYPES, WATER, Ship, ShipType, draw_wake, hull
from training.simulate.truth import KIND_INDEX, SimObject

VESSEL_TYPES = (
    *SHIP_TYPES,
    ShipType("yacht", (6, 18), (2.6, 4.0), 0.8, 0.45, 0.5),
    ShipType("barge", (30, 110), (3.5, 7.0), 0.9, 0.08, 0.5),
    ShipType("tug", (18, 36), (2.6, 3.4), 0.6, 0.6, 1.2),
    ShipType("warship", (50, 200), (7.5, 10.0), 0.5, 0.5, 1.0),
)
THINNEST_PX = 1.45  # a strip as wide as a pixel's diagonal has the centre of a pixel wherever it is cut
DIM_SHARE = 0.2  # of all ships: little steel, wood, or a bad angle


@dataclass(frozen=True)
class _Spots:
    """Strong corners: places along and across the hull in shares of its length and beam, and weights."""

    along: NDArray[np.float64]
    across: NDArray[np.float64]
    weight: NDArray[np.float64]


def draw_vessel(canvas: Canvas, ship: Ship) -> None:
    """Paint hull, corners and wake of a ship of any type, and record it."""
    rng = canvas.rng
    if ship.situation == "underway":
        draw_wake(canvas, ship)
    outline = hull(ship, canvas.gsd_m)
    rows, cols = geometry.bounds(outline, canvas.shape)
    if rows.stop > rows.start and cols.stop > cols.start:
        strength_db = rng.normal(0, 2.5) - (rng.uniform(3, 8) if rng.random() < DIM_SHARE else 0.0)
        strength = float(10 ** (strength_db / 10))
        texture = gamma_texture(rng, (rows.stop - rows.start, cols.stop - cols.start), float(rng.uniform(0.4, 2)))
        deck = np.float32(strength * np.exp(rng.uniform(np.log(0.05), np.log(0.6))))
        canvas.blend(outline, canvas.level("ship") * deck * texture, "ship")
        _mark(canvas, ship)
        _shine(canvas, ship, strength)
    attributes = {"situation": ship.situation, "type": ship.type.name}
    canvas.record(SimObject("ship", outline, ship.center_xy, ship.length_m, ship.width_m, attributes))


def _mark(canvas: Canvas, ship: Ship) -> None:
    """Give a hull thinner than a pixel an unbroken line of pixels in the kind map, where there is water."""
    least_m = THINNEST_PX * canvas.gsd_m
    if ship.width_m >= least_m:
        return
    grown = geometry.place(
        geometry.BOX,
        ship.center_xy,
        max(ship.length_m, least_m) / canvas.gsd_m,
        THINNEST_PX,
        ship.heading,
    )
    region = canvas.polygon(grown)
    if region is not None:
        kinds = canvas.kinds[region.window]
        kinds[region.mask & np.isin(kinds, WATER)] = KIND_INDEX["ship"]


def _shine(canvas: Canvas, ship: Ship, strength: float) -> None:
    """Scatter the corners; what stands up leans to the sensor, but not beyond the hull's own extent."""
    rng, gsd = canvas.rng, canvas.gsd_m
    spots = _corners(rng, ship)
    total = strength * ship.length_m * ship.width_m * float(np.exp(rng.normal(0.6, 0.5)))
    heavy = spots.weight * rng.exponential(1.0, spots.weight.size) ** 1.5
    rcs = total * heavy / max(float(heavy.sum()), 1e-9)
    cos, sin = np.cos(ship.heading), np.sin(ship.heading)
    turn = np.array([[cos, sin], [-sin, cos]])
    place_m = np.stack([spots.along * ship.length_m, spots.across * ship.width_m], axis=1) @ turn
    place_m[:, 0] -= rng.exponential(4.0, rcs.size) / np.tan(np.radians(canvas.sensor.incidence_deg))
    smear_m = float(rng.exponential(2.5)) if ship.situation != "berth" and rng.random() < 0.5 else 0.0
    place_m[:, 1] += rng.laplace(0, 1, rcs.size) * smear_m
    reach_m = np.array([ship.length_m, ship.width_m]) / 2
    x, y = (np.clip(place_m @ turn.T, -reach_m, reach_m) @ turn / gsd + ship.center_xy).T
    canvas.scatter(x, y, rcs)


def _corners(rng: np.random.Generator, ship: Ship) -> _Spots:
    """Superstructure, the side that faces the sensor, and what the type carries on deck."""
    n = int(np.clip(ship.length_m / 3, 5, 90))
    broadside = np.sin(ship.heading) ** 4
    near = -1.0 if np.sin(ship.heading) < 0 else 1.0  # the side whose normal looks to the sensor, at -x
    house = _Spots(
        np.clip(ship.type.bridge - 0.5 + rng.normal(0, 0.03, n), -0.46, 0.44),
        rng.uniform(-0.4, 0.4, n),
        np.full(n, rng.uniform(0.5, 4.0)),
    )
    side = _Spots(
        np.linspace(-0.45, 0.4, n) + rng.normal(0, 0.01, n),
        np.where(rng.random(n) < 0.85, 0.45, -0.45) * near,
        np.full(n, rng.uniform(0.2, 1.5) * (0.3 + 3 * broadside)),
    )
    deck = _deck(rng, ship, n)
    return _Spots(
        *(
            np.concatenate([getattr(part, name) for part in (house, side, deck)])
            for name in ("along", "across", "weight")
        )
    )


def _deck(rng: np.random.Generator, ship: Ship, n: int) -> _Spots:
    """Cargo and gear: bays of containers, rims of hatches, a pipe along the middle, or anything anywhere."""
    name = ship.type.name
    gain = ship.type.deck_rcs * rng.uniform(0.4, 2.0)
    if name == "container ship":
        bays = np.repeat(np.linspace(-0.42, 0.4, max(3, int(ship.length_m / 15))), 5)
        full = np.repeat(rng.random(bays.size // 5) < 0.8, 5)
        return _Spots(bays, rng.uniform(-0.42, 0.42, bays.size), gain * (0.1 + full))
    if name in ("bulk carrier", "coaster", "barge"):
        hatches = np.repeat(np.linspace(-0.36, 0.38, max(2, int(ship.length_m / 24))), 4)
        corner = np.tile([-0.28, 0.28, -0.25, 0.25], hatches.size // 4)
        return _Spots(hatches + rng.choice([-0.02, 0.02], hatches.size), corner, np.full(hatches.size, gain))
    if name == "tanker":
        pipe = rng.normal(0, 0.04, n)
        along = rng.uniform(-0.3, 0.42, n)
        along[: n // 3] = rng.normal(0.02, 0.02, n // 3)  # the manifold
        pipe[: n // 3] = rng.uniform(-0.4, 0.4, n // 3)
        return _Spots(along, pipe, np.full(n, gain))
    return _Spots(rng.uniform(-0.44, 0.44, n), rng.uniform(-0.36, 0.36, n), np.full(n, gain))
