"""Ships at berth: along straight, oblique and curved quays, side by side, bow to the quay, in marinas.

Lines are float (N, 2) in metres from the canvas's centre; the water lies to the left on the way along them
(y down), that is towards (sin h, -cos h) for a heading h.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulate import geometry
from training.simulate.canvas import Canvas
from training.simulate.ships import WATER, Ship, ShipType, draw_size, is_free
from training.simulate.truth import KIND_INDEX, FloatArray
from training.simulate.vessels import VESSEL_TYPES, draw_vessel

APART_PX = 2.2  # of two neighbours' middles: closer ones are one blob in any picture


@dataclass(frozen=True)
class Mooring:
    """How ships lie at a port's quays."""

    occupied: float  # chance that a free berth is taken
    rafted: float  # chance that others lie alongside the ship at the quay
    bow_to: float  # chance that a stretch of quay holds a row of ships at right angles to it
    shortest_m: float
    longest_m: float


def draw_mooring(rng: np.random.Generator, gsd_m: float, reach_m: float) -> Mooring:
    """A habit of mooring at random; ships of at least four pixels, and no longer than the scene shows well."""
    longest = float(min(350.0, 0.7 * reach_m, rng.choice([40.0, 120.0, 350.0, 350.0])))
    return Mooring(
        occupied=float(rng.uniform(0.05, 0.95)),
        rafted=float(rng.choice([0.0, 0.15, 0.6])),
        bow_to=float(rng.choice([0.0, 0.1, 0.5])),
        shortest_m=max(7.0, 4 * gsd_m),
        longest_m=max(longest, 8 * gsd_m),
    )


class _Walk:
    """A polyline by arc length."""

    def __init__(self, line_m: FloatArray) -> None:
        self.line = np.asarray(line_m, dtype=np.float64)
        self.at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(self.line, axis=0).T))])

    @property
    def length(self) -> float:
        return float(self.at[-1])

    def point(self, place: float) -> FloatArray:
        return np.array([np.interp(place, self.at, self.line[:, axis]) for axis in (0, 1)])

    def chord(self, start: float, length: float) -> tuple[FloatArray, float, float]:
        """Middle, heading and bulge towards the water of the stretch from `start` on."""
        first, last = self.point(start), self.point(min(start + length, self.length))
        heading = float(np.arctan2(last[1] - first[1], last[0] - first[0]))
        outward = np.array([np.sin(heading), -np.cos(heading)])
        between = self.line[(self.at > start) & (self.at < start + length)]
        bulge = max([0.0, *((between - first) @ outward)])
        return (first + last) / 2, heading, float(bulge)


def moor_along(canvas: Canvas, line_m: FloatArray, mooring: Mooring) -> None:
    """Moor ships along a line of quay, as far as there is free water beside it."""
    rng, gsd = canvas.rng, canvas.gsd_m
    walk = _Walk(line_m)
    place = float(rng.uniform(2, 20))
    while place < walk.length - mooring.shortest_m:
        size = draw_size(rng, mooring.shortest_m, min(mooring.longest_m, walk.length - place), VESSEL_TYPES)
        if size is None:
            return
        if rng.random() > mooring.occupied:
            place += 0.5 * size[1] + gsd
        elif rng.random() < mooring.bow_to:
            place = _row_bow_to(canvas, walk, place, mooring)
        elif _alongside(canvas, walk, place, size, mooring.rafted):
            place += size[1] + float(rng.exponential(12)) + 2 + gsd
        else:
            place += 0.4 * size[1] + gsd


def _alongside(
    canvas: Canvas, walk: _Walk, place: float, size: tuple[ShipType, float, float], rafted: float
) -> bool:
    """One ship at the quay, perhaps with others outside it; whether it found room."""
    rng, gsd = canvas.rng, canvas.gsd_m
    kind, length_m, beam_m = size
    middle, heading, bulge = walk.chord(place, length_m)
    outward = np.array([np.sin(heading), -np.cos(heading)])
    if not _is_quay(canvas, middle + outward * bulge, outward):
        return False
    away = bulge + beam_m / 2 + float(rng.uniform(1, 4)) + 0.5 * gsd
    wide = beam_m + 1.5 >= APART_PX * gsd
    abreast = int(rng.integers(2, 7)) if wide and rng.random() < rafted else 1
    for number in range(abreast):
        along = np.array([np.cos(heading), np.sin(heading)]) * rng.normal(0, 0.03 * length_m) * (number > 0)
        turned = heading + (np.pi if rng.random() < 0.5 else 0.0) + rng.normal(0, 0.012)
        ship = Ship(kind, canvas.to_px(*(middle + outward * away + along)), length_m, beam_m, float(turned), "berth")
        if not is_free(canvas, ship, 0.0, whole=False):
            return number > 0
        draw_vessel(canvas, ship)
        away += beam_m + float(rng.uniform(0.5, 2.5)) + 0.3 * gsd
        length_m *= float(rng.uniform(0.9, 1.05))
    return True


def _is_quay(canvas: Canvas, point_m: FloatArray, outward: FloatArray) -> bool:
    """Whether there is something to moor at just inside a point of the line: later ground may have taken it."""
    for inside_px in (0.25, 1.0, 2.0):
        x, y = canvas.to_px(*(point_m - outward * inside_px * canvas.gsd_m))
        col = min(max(int(x), 0), canvas.width - 1)
        row = min(max(int(y), 0), canvas.height - 1)
        if int(canvas.kinds[row, col]) not in WATER:
            return True
    return False


def _row_bow_to(canvas: Canvas, walk: _Walk, place: float, mooring: Mooring) -> float:
    """Ships at right angles to the quay, side by side; returns where the row ends."""
    rng, gsd = canvas.rng, canvas.gsd_m
    shortest = max(mooring.shortest_m, 3.5 * (APART_PX - 0.5) * gsd)
    size = draw_size(rng, shortest, max(shortest, min(60.0, mooring.longest_m)), VESSEL_TYPES)
    if size is None:
        return place + mooring.shortest_m
    kind, length_m, beam_m = size
    pitch = max(beam_m * float(rng.uniform(1.1, 1.6)), APART_PX * gsd)
    end = min(walk.length, place + pitch * int(rng.integers(3, 20)))
    while place + pitch <= end:
        middle, heading, bulge = walk.chord(place, pitch)
        long_m = length_m * float(rng.uniform(0.8, 1.1))
        away = bulge + long_m / 2 + 1.5 + 0.5 * gsd
        outward = np.array([np.sin(heading), -np.cos(heading)])
        turned = heading + rng.choice([-0.5, 0.5]) * np.pi + rng.normal(0, 0.03)
        ship = Ship(kind, canvas.to_px(*(middle + outward * away)), long_m, beam_m, float(turned), "berth")
        moored = rng.random() < 0.85 and _is_quay(canvas, middle + outward * bulge, outward)
        if moored and is_free(canvas, ship, 0.0, whole=False):
            draw_vessel(canvas, ship)
        place += pitch
    return place + 3 + gsd


def marina(canvas: Canvas, line_m: FloatArray, reach_m: float) -> None:
    """Pontoons at right angles to a quay, boats on both sides; a mere comb where boats are not resolved."""
    rng, gsd = canvas.rng, canvas.gsd_m
    walk = _Walk(line_m)
    boat_m = float(rng.uniform(7, 22))
    pitch = float(rng.uniform(2.6, 3.6)) * boat_m
    place = pitch / 2
    while place < walk.length:
        middle, heading, _ = walk.chord(max(place - 1, 0), 2.0)
        outward = np.array([np.sin(heading), -np.cos(heading)])
        tip = middle + outward * reach_m * rng.uniform(0.8, 1.0)
        pontoon(canvas, np.array([middle, tip]), float(rng.uniform(1.5, 3.5)))
        if boat_m > 4 * gsd:
            boats = Mooring(0.9, 0.0, 1.0, 0.8 * boat_m, boat_m)
            for line in (np.array([middle, tip]), np.array([tip, middle])):
                moor_along(canvas, line, boats)
        else:
            _unresolved(canvas, middle, tip, boat_m)
        place += pitch


def pontoon(canvas: Canvas, line_m: FloatArray, width_m: float, gain: float = 1.0) -> None:
    """A strip of port ground over water along a line; thin ones fill only a part of their pixels."""
    gsd = canvas.gsd_m
    line = np.array([canvas.to_px(*point) for point in line_m], dtype=np.float32)
    half = max(width_m / gsd, 1.0) / 2
    rows, cols = geometry.bounds(line, canvas.shape, pad=half + 1)
    if rows.stop <= rows.start or cols.stop <= cols.start:
        return
    x, y = geometry.pixel_centres((rows, cols))
    mask = (geometry.distance_to_line(line, x, y) <= half) & np.isin(canvas.kinds[rows, cols], WATER)
    share = np.float32(min(1.0, width_m / gsd) * gain)
    power = canvas.power[rows, cols]
    power[mask] = share * canvas.level("harbor") * canvas.rng.gamma(1.5, 1 / 1.5, int(mask.sum()))
    canvas.kinds[rows, cols][mask] = KIND_INDEX["harbor"]


def _unresolved(canvas: Canvas, root: FloatArray, tip: FloatArray, boat_m: float) -> None:
    """Boats too small to be told apart: a speckled band on both sides of the pontoon, part of the harbour."""
    rng = canvas.rng
    pontoon(canvas, np.array([root, tip]), 2 * boat_m, gain=0.7)
    n = int(np.hypot(*(tip - root)) / (0.4 * boat_m))
    spots = root + rng.random((n, 1)) * (tip - root) + rng.normal(0, 0.5 * boat_m, (n, 2))
    x, y = np.array([canvas.to_px(*spot) for spot in spots]).reshape(-1, 2).T
    canvas.scatter(x, y, rng.exponential(4 * boat_m, n))
