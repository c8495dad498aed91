"""Natural ground: water, fields, forest, bare soil, mountains. Each painter covers one region."""

from __future__ import annotations

import numpy as np

from training.simulate.canvas import Canvas, Region
from training.simulate.noise import cell_hash, fractal, gamma_texture, warp
from training.simulate.truth import FloatArray

SPIKY = {"X": 0.5, "C": 1.0, "L": 1.5}  # factor on the order of the sea's gamma texture: the lower, the spikier


def db(values: FloatArray | np.float32) -> FloatArray:
    """Decibels to linear power."""
    power: FloatArray = np.exp(values * np.float32(np.log(10) / 10))
    return power


def water(canvas: Canvas, region: Region, kind: str = "sea") -> None:
    """Wind-roughened water: a slope in range, gusts and streaks, swell when it is resolved."""
    rng, gsd = canvas.rng, canvas.gsd_m
    level_db = rng.uniform(-1.5, 1.5) * canvas.metres(region)[0] / max(canvas.extent_m)
    level_db = level_db + rng.uniform(0.2, 1.4) * fractal(rng, region.shape, 1500 / gsd, slope=2.2)
    if kind == "sea":
        level_db = level_db + _streaks(canvas, region)
        level_db = level_db + _calms(canvas, region)
        if gsd <= 12:
            level_db = level_db + _swell(canvas, region)
    order = float(rng.uniform(4, 40)) * SPIKY[canvas.sensor.band] * (0.4 if gsd < 3 else 1.0)
    texture = gamma_texture(rng, region.shape, max(order, 0.8))
    canvas.paint(region, canvas.level(kind) * db(level_db.astype(np.float32)) * texture, kind)


def _streaks(canvas: Canvas, region: Region) -> FloatArray:
    """Wind streaks, elongated along x or y."""
    rng = canvas.rng
    shape, along_y = region.shape, rng.random() < 0.5
    streak = fractal(rng, shape[::-1] if along_y else shape, 300 / canvas.gsd_m, slope=2.0, stretch=6.0)
    return np.float32(rng.uniform(0.0, 0.9)) * (streak.T if along_y else streak)


def _calms(canvas: Canvas, region: Region) -> FloatArray:
    """Dark lanes and pools of calm water, in some scenes."""
    if canvas.rng.random() > 0.3:
        return np.zeros((1, 1), dtype=np.float32)
    calm = fractal(canvas.rng, region.shape, 2500 / canvas.gsd_m, slope=3.0)
    share = 1 / (1 + np.exp(-8 * (calm - np.float32(canvas.rng.uniform(0.6, 1.8)))))
    lanes: FloatArray = (share * np.float32(canvas.rng.uniform(-9, -3))).astype(np.float32)
    return lanes


def _swell(canvas: Canvas, region: Region) -> FloatArray:
    rng = canvas.rng
    along, _ = canvas.metres(region, float(rng.uniform(0, np.pi)))
    wavelength = rng.uniform(max(60, 5 * canvas.gsd_m), 260)
    wobble = 1.2 * fractal(rng, region.shape, 900 / canvas.gsd_m)
    strength = np.float32(rng.uniform(0.2, 2.0) if rng.random() < 0.5 else 0.1)
    return (strength * np.sin(along * np.float32(2 * np.pi / wavelength) + wobble)).astype(np.float32)


def fields(canvas: Canvas, region: Region, kind: str = "fields") -> None:
    """A patchwork of parcels: strips of fields, each with its own crop, hedges or tracks between."""
    rng, gsd = canvas.rng, canvas.gsd_m
    u, v = canvas.metres(region, float(rng.uniform(0, np.pi)))
    if rng.random() < 0.6:  # old country: nothing is straight
        u = u + warp(rng, region.shape, rng.uniform(10, 60), 900 / gsd)
        v = v + warp(rng, region.shape, rng.uniform(10, 60), 900 / gsd)
    salt = int(rng.integers(2**31))
    strip_m, parcel_m = rng.uniform(80, 400), rng.uniform(120, 700)
    strip = np.floor(u / strip_m).astype(np.int64)
    lone = np.zeros_like(strip)
    length = parcel_m * (0.5 + cell_hash(strip, lone, salt))
    place = v / length + cell_hash(strip, lone + 1, salt)
    parcel = np.floor(place).astype(np.int64)
    level_db = rng.uniform(2, 9) * (cell_hash(strip, parcel, salt + 2) - 0.5)
    if gsd < 4:
        rows = np.sin(v * np.float32(2 * np.pi / max(rng.uniform(2, 9), 2.5 * gsd)))
        level_db = level_db + 0.8 * rows * (cell_hash(strip, parcel, salt + 3) > 0.5)
    edge_m = np.minimum(_to_edge(u / strip_m) * strip_m, _to_edge(place) * length)
    hedge = np.clip((rng.uniform(3, 10) - edge_m) / gsd + 0.5, 0, 1)
    hedge_db = rng.choice([-4.0, 3.0, 5.0])
    hedge_db = np.where(cell_hash(strip, parcel, salt + 4) < rng.uniform(0.1, 0.9), hedge_db, 0)
    texture = gamma_texture(rng, region.shape, 12)
    canvas.paint(
        region, canvas.level(kind) * db((level_db + hedge * hedge_db).astype(np.float32)) * texture, kind
    )


def _to_edge(cells: FloatArray) -> FloatArray:
    """Distance to the nearest cell border, in cells."""
    part = cells - np.floor(cells)
    return np.minimum(part, 1 - part)


def forest(canvas: Canvas, region: Region, kind: str = "forest") -> None:
    """Clumpy canopy with stands, rides and a bright edge towards the sensor, a shaded one behind."""
    rng, gsd = canvas.rng, canvas.gsd_m
    clumps = 1.2 * fractal(rng, region.shape, max(25 / gsd, 1.5), slope=1.2)
    stands = rng.uniform(0.3, 1.0) * fractal(rng, region.shape, 700 / gsd, slope=2.0)
    gaps = -4.0 * (fractal(rng, region.shape, 500 / gsd, slope=1.8) > rng.uniform(1.6, 3.0))
    crown_px = max(1, round(18 / gsd))
    left = region.mask & ~np.roll(region.mask, crown_px, axis=1)
    right = region.mask & ~np.roll(region.mask, -crown_px, axis=1)
    level_db = clumps + stands + gaps + 2.0 * left - 4.0 * right
    canvas.paint(region, canvas.level(kind) * db(level_db.astype(np.float32)), kind)


def bare(canvas: Canvas, region: Region, kind: str = "bare") -> None:
    """Bare or grassy ground: smooth changes, washes, few structures."""
    rng, gsd = canvas.rng, canvas.gsd_m
    level_db = rng.uniform(0.8, 2.2) * fractal(rng, region.shape, 800 / gsd, slope=1.8)
    rills = np.abs(fractal(rng, region.shape, 400 / gsd, slope=2.0)) < 0.05
    level_db = level_db + rng.choice([-3.0, 0.0, 3.0]) * rills
    texture = gamma_texture(rng, region.shape, 10)
    canvas.paint(region, canvas.level(kind) * db(level_db.astype(np.float32)) * texture, kind)


def mountains(canvas: Canvas, region: Region, kind: str = "mountains") -> None:
    """Relief seen from the side: slopes towards the sensor fold up and shine, those behind go dark.

    Each patch of ground goes to the range cell at its distance from the sensor, so foreshortening, layover
    and shadow come from the geometry alone (Schreier, "SAR Geocoding", 1993, chapter 4).
    """
    rng, gsd = canvas.rng, canvas.gsd_m
    pad = min(160, round(900 / gsd))  # what folds into the picture from beyond its edges
    height_px, width_px = region.shape
    shape = (height_px, width_px + 2 * pad)
    height_m = _relief(rng, shape, gsd)
    cover = db(2.0 * fractal(rng, shape, 600 / gsd, slope=1.6))
    tangent = np.float32(np.tan(np.radians(canvas.sensor.incidence_deg)))
    slope = np.gradient(height_m, gsd, axis=1)
    facing = np.clip((1 + slope / tangent) / np.sqrt(1 + slope**2), 0.02, 3)
    line_of_sight = height_m + np.arange(shape[1], dtype=np.float32) * np.float32(gsd / tangent)
    lit = line_of_sight >= np.maximum.accumulate(line_of_sight, axis=1) - 1e-3  # else in radar shadow
    shift_px = height_m / tangent / gsd
    folded = fold(cover * facing**1.6 * lit, shift_px - shift_px.mean())[:, pad : pad + width_px]
    canvas.paint(region, canvas.level(kind) * np.maximum(folded, np.float32(0.05)), kind)


def _relief(rng: np.random.Generator, shape: tuple[int, int], gsd: float) -> FloatArray:
    """Heights in metres: sharp crests with spurs."""
    span_m = rng.uniform(900, 2500)
    ridges = 1 - np.abs(fractal(rng, shape, span_m / gsd, slope=3.0))
    spurs = 1 - np.abs(fractal(rng, shape, span_m / 3 / gsd, slope=2.8))
    return ((ridges + 0.22 * spurs) * np.float32(span_m * rng.uniform(0.03, 0.10))).astype(np.float32)


def fold(energy: FloatArray, shift_px: FloatArray) -> FloatArray:
    """Send the energy of each pixel `shift_px` towards the sensor, shared between the two cells it meets."""
    height, width = energy.shape
    target = np.arange(width, dtype=np.float32) - shift_px
    left = np.floor(target).astype(np.int64)
    part = target - left
    rows = np.arange(height)[:, None] * width
    total = np.zeros(height * width)
    for cell, weight in ((left, 1 - part), (left + 1, part)):
        index = (rows + np.clip(cell, 0, width - 1)).ravel()
        total += np.bincount(index, (energy * weight).ravel(), minlength=height * width)
    return total.reshape(height, width).astype(np.float32)
