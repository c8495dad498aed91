"""What is bright on water and is no ship: artificial islands, rocks, broken moles, pier heads, buoys, ghosts."""

from __future__ import annotations

import numpy as np

from training.simulate import geometry, objects
from training.simulate.berths import pontoon
from training.simulate.canvas import Canvas
from training.simulate.ground import db
from training.simulate.noise import fractal, gamma_texture
from training.simulate.ships import WATER
from training.simulate.truth import FloatArray, SimObject

OCTAGON = ((-0.5, -0.25), (-0.3, -0.5), (0.3, -0.5), (0.5, -0.25), (0.5, 0.25), (0.3, 0.5), (-0.3, 0.5), (-0.5, 0.25))


def oil_island(canvas: Canvas, center_xy: tuple[float, float], diameter_m: float) -> None:
    """Artificial island with rigs and palms: as bright as a ship, but round or stout, and larger across."""
    rng, gsd = canvas.rng, canvas.gsd_m
    width_m = diameter_m * float(rng.uniform(0.62, 1.0))
    shape = geometry.ellipse(24) if rng.random() < 0.5 else np.array(OCTAGON)
    outline = geometry.place(shape, center_xy, diameter_m / gsd, width_m / gsd, float(rng.uniform(0, np.pi)))
    region = canvas.polygon(outline)
    if region is None:
        return
    lumps = db(2.0 * fractal(rng, region.shape, max(60 / gsd, 2), slope=1.2))
    power = canvas.level("island") * np.float32(np.exp(rng.uniform(0.5, 2.3))) * lumps
    canvas.paint(region, power * gamma_texture(rng, region.shape, 1.0), "island")
    n = int(np.clip(diameter_m * width_m / 250, 6, 150))
    rows, cols = np.nonzero(region.mask)
    picked = rng.integers(rows.size, size=n)
    strength = float(np.exp(rng.uniform(np.log(0.05), np.log(1.0)))) * diameter_m * width_m / n
    x, y = cols[picked] + region.cols.start + 0.5, rows[picked] + region.rows.start + 0.5
    canvas.scatter(x, y, strength * rng.exponential(1.0, n) ** 1.5)
    canvas.record(SimObject("island", outline, center_xy, diameter_m, width_m))


def rocks(canvas: Canvas, center_xy: tuple[float, float], spread_m: float) -> None:
    """A group of small rocks, each an island of its own, bright with surf; only those that are resolved."""
    rng, gsd = canvas.rng, canvas.gsd_m
    for _ in range(int(rng.integers(1, 7))):
        size = float(rng.uniform(2.5, 7)) * gsd * float(rng.uniform(0.5, 1.5))
        spot = tuple(float(c) for c in np.add(center_xy, rng.normal(0, spread_m / gsd, 2)))
        if size >= 2 * gsd and _has_room(canvas, spot, 0.7 * size / gsd):  # type: ignore[arg-type]
            objects.island(canvas, spot, size)  # type: ignore[arg-type]


def broken_mole(canvas: Canvas, center_xy: tuple[float, float], length_m: float) -> None:
    """A straight or bent piece of breakwater that starts and ends in the water."""
    rng, gsd = canvas.rng, canvas.gsd_m
    angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.3)
    halves = [np.array([np.cos(a), np.sin(a)]) * length_m / 2 / gsd for a in (angle + np.pi + bend, angle)]
    line = np.array([center_xy + halves[0], center_xy, center_xy + halves[1]], dtype=np.float32)
    width = float(np.exp(rng.uniform(np.log(3), np.log(25))))
    objects.line_structure(canvas, line, width, "breakwater", over="sea")


def pier_head(canvas: Canvas, root_m: FloatArray, tip_m: FloatArray) -> None:
    """A thin pier whose head is as bright as a ship."""
    rng, gsd = canvas.rng, canvas.gsd_m
    pontoon(canvas, np.array([root_m, tip_m]), float(rng.uniform(3, 12)))
    run = (tip_m - root_m) / max(float(np.hypot(*(tip_m - root_m))), 1e-6)
    size = float(rng.uniform(8, 30))
    pontoon(canvas, np.array([tip_m - run * size / 2, tip_m + run * size / 2]), size)
    x, y = canvas.to_px(*tip_m)
    spots = np.add(rng.normal(0, size / 4 / gsd, (12, 2)), (x, y))
    canvas.scatter(spots[:, 0], spots[:, 1], rng.exponential(size * 4, 12))


def buoys(canvas: Canvas, count: int) -> None:
    """Single weak points on the water, in a line that marks a channel, or anywhere; part of the sea."""
    rng = canvas.rng
    x, y = rng.uniform(0, canvas.width, count), rng.uniform(0, canvas.height, count)
    if rng.random() < 0.6:
        share = (np.arange(count) + rng.normal(0, 0.03, count)) / max(count, 1)
        x, y = x[0] + share * (x[-1] - x[0]), y[0] + share * (y[-1] - y[0])
    ok = np.array([_on_water(canvas, (a, b)) for a, b in zip(x, y, strict=True)], dtype=bool)
    canvas.scatter(x[ok], y[ok], rng.exponential(0.25, int(ok.sum())) * canvas.gsd_m**2)


def ghosts(canvas: Canvas, count: int) -> None:
    """Azimuth ambiguities of strong targets outside the picture: soft smears along azimuth, part of the sea."""
    rng = canvas.rng
    for _ in range(count):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        n, size = int(rng.integers(200, 500)), float(rng.uniform(1.5, 6))
        stretch = float(rng.uniform(2, 6))
        spots = rng.normal(0, 1, (n, 2)) * (size, size * stretch) + (x, y)
        ok = np.array([_on_water(canvas, spot) for spot in spots], dtype=bool)
        level = float(canvas.level("sea")) * np.exp(rng.uniform(0.5, 2.0)) * 2 * np.pi * size**2 * stretch / n
        rcs = np.full(int(ok.sum()), level * canvas.gsd_m**2 / canvas.point_gain)
        canvas.scatter(spots[ok, 0], spots[ok, 1], rcs * rng.exponential(1, int(ok.sum())))


def _on_water(canvas: Canvas, xy: tuple[float, float]) -> bool:
    x, y = int(np.floor(xy[0])), int(np.floor(xy[1]))
    return 0 <= x < canvas.width and 0 <= y < canvas.height and int(canvas.kinds[y, x]) in WATER


def _has_room(canvas: Canvas, xy: tuple[float, float], radius_px: float) -> bool:
    """Whether there is nothing but water in the square around a place."""
    if not _on_water(canvas, xy):
        return False
    rows, cols = (slice(max(int(at - radius_px), 0), int(at + radius_px) + 1) for at in (xy[1], xy[0]))
    return bool(np.isin(canvas.kinds[rows, cols], WATER).all())


def strew(canvas: Canvas, rate: float) -> None:
    """Traps of all sorts over the open water, `rate` of each on average."""
    rng = canvas.rng
    water = np.flatnonzero(np.isin(canvas.kinds, WATER))
    if water.size == 0:
        return

    def somewhere() -> tuple[float, float]:
        row, col = divmod(int(rng.choice(water)), canvas.width)
        return col + 0.5, row + 0.5

    for _ in range(int(rng.poisson(rate))):
        size_m = float(np.clip(rng.uniform(70, 350), 5 * canvas.gsd_m, 0.3 * min(canvas.extent_m)))
        spot = somewhere()
        if _has_room(canvas, spot, 0.6 * size_m / canvas.gsd_m):
            oil_island(canvas, spot, size_m)
    for _ in range(int(rng.poisson(rate))):
        rocks(canvas, somewhere(), float(rng.uniform(3, 30)) * canvas.gsd_m)
    for _ in range(int(rng.poisson(rate))):
        broken_mole(canvas, somewhere(), float(rng.uniform(0.03, 0.5)) * min(canvas.extent_m))
    if rng.random() < 0.3 * rate:
        buoys(canvas, int(rng.integers(3, 16)))
    if rng.random() < 0.25 * rate:
        ghosts(canvas, int(rng.integers(1, 5)))
