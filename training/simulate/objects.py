"""Everything else that can be pointed at: tanks, aircraft, turbines, platforms, bridges, moles, islands."""

from __future__ import annotations

import numpy as np

from training.simulate import geometry
from training.simulate.canvas import Canvas, Region
from training.simulate.ground import db
from training.simulate.noise import fractal, gamma_texture
from training.simulate.truth import KIND_INDEX, FloatArray, SimObject


def tank(canvas: Canvas, center_xy: tuple[float, float], diameter_m: float) -> None:
    """Upright cylinder: a shining arc where wall meets ground, a dim roof, a second arc of the far rim."""
    rng, gsd = canvas.rng, canvas.gsd_m
    size = diameter_m / gsd
    outline = geometry.place(geometry.ellipse(), center_xy, size, size, 0.0)
    canvas.blend(outline, canvas.level("tank"), "tank")
    n = int(np.clip(6 * size, 12, 90))
    for reach, share, spread in ((0.48, 1.0, 1.0), (-0.40, 0.25, 0.8)):
        turn = np.pi + rng.uniform(-spread, spread, n)
        x = center_xy[0] + reach * size * np.cos(turn)
        y = center_xy[1] + reach * size * np.sin(turn) * np.sign(reach)
        strength = share * 2.2 * diameter_m**1.6 / n * rng.uniform(0.6, 1.4)
        canvas.scatter(x, y, strength * np.cos(turn) ** 2)
    canvas.record(SimObject("tank", outline, center_xy, diameter_m, diameter_m))


def tank_farm(canvas: Canvas, region: Region, angle: float, most_m: float = 650.0) -> None:
    """A grid of tanks of two sizes around the region's middle, wherever one fits wholly into it."""
    rng, gsd = canvas.rng, canvas.gsd_m
    rows, cols = np.nonzero(region.mask)
    middle = int(rng.integers(rows.size)) if region.shape[0] * gsd > 2 * most_m else rows.size // 2
    y0, x0 = rows[middle] + region.rows.start, cols[middle] + region.cols.start
    diameter = float(np.clip(rng.uniform(24, 85), 2.2 * gsd, 110))
    pitch = (diameter * rng.uniform(1.35, 1.9) + gsd) / gsd
    cos, sin = np.cos(angle), np.sin(angle)
    reach = int(min(float(np.hypot(*region.shape)), most_m / gsd) / 2 / pitch) + 1
    for i in range(-reach, reach + 1):
        for j in range(-reach, reach + 1):
            x, y = x0 + pitch * (i * cos - j * sin), y0 + pitch * (i * sin + j * cos)
            size = diameter * (1.0 if (i // 3 + j // 2) % 2 else 0.75)
            if rng.random() < 0.88 and _fits(region, x, y, size / gsd):
                tank(canvas, (float(x), float(y)), size)


def _fits(region: Region, x: float, y: float, size_px: float) -> bool:
    row, col, half = y - region.rows.start, x - region.cols.start, size_px / 2 + 1
    window = region.mask[
        max(int(row - half), 0) : int(row + half) + 1, max(int(col - half), 0) : int(col + half) + 1
    ]
    whole = row >= half and col >= half and row + half < region.shape[0] and col + half < region.shape[1]
    return bool(whole and window.all())


def aircraft(canvas: Canvas, center_xy: tuple[float, float], length_m: float, heading: float) -> None:
    """Parked aircraft: a handful of strong points on fuselage, wings, engines and tail."""
    rng, gsd = canvas.rng, canvas.gsd_m
    width_m = length_m * float(rng.uniform(0.85, 1.0))
    outline = geometry.place(geometry.PLANE, center_xy, length_m / gsd, width_m / gsd, heading)
    canvas.blend(outline, canvas.level("aircraft") * np.float32(0.5), "aircraft")
    local = np.array(
        [
            (0.42, 0),
            (0.2, 0),
            (0.05, 0.0),
            (-0.2, 0),
            (-0.44, 0),
            (-0.46, 0.12),
            (-0.46, -0.12),
            (0.08, 0.17),
            (0.08, -0.17),
            (-0.08, 0.42),
            (-0.08, -0.42),
            (0.0, 0.25),
            (0.0, -0.25),
        ]
    )
    local = np.repeat(local, 3, axis=0) + rng.normal(0, 0.012, (39, 2))
    cos, sin = np.cos(heading), np.sin(heading)
    spots = (local * (length_m, width_m) / gsd) @ np.array([[cos, sin], [-sin, cos]]) + center_xy
    canvas.scatter(spots[:, 0], spots[:, 1], rng.exponential(length_m**2 * 0.02, 39))
    canvas.record(SimObject("aircraft", outline, center_xy, length_m, width_m))


def wind_turbine(canvas: Canvas, center_xy: tuple[float, float]) -> None:
    """Tower and rotor: one strong point, smeared in azimuth by the turning blades."""
    rng, gsd = canvas.rng, canvas.gsd_m
    size = max(14.0, 1.2 * gsd)
    outline = geometry.place(geometry.ellipse(), center_xy, size / gsd, size / gsd, 0.0)
    canvas.blend(outline, canvas.level("wind turbine"), "wind turbine")
    n = 14
    x = center_xy[0] - np.abs(rng.normal(0, 18, n)) / gsd
    y = center_xy[1] + rng.laplace(0, 16, n) / gsd
    canvas.scatter(x, y, rng.exponential(400, n))
    canvas.record(SimObject("wind turbine", outline, center_xy, size, size))


def oil_platform(canvas: Canvas, center_xy: tuple[float, float]) -> None:
    """Square of steel on legs: as bright as a ship, as wide as long."""
    rng, gsd = canvas.rng, canvas.gsd_m
    size = float(rng.uniform(50, 120))
    angle = float(rng.uniform(0, np.pi / 2))
    outline = geometry.place(geometry.BOX, center_xy, size / gsd, size * 0.85 / gsd, angle)
    rows, cols = geometry.bounds(outline, canvas.shape)
    texture = gamma_texture(rng, (rows.stop - rows.start, cols.stop - cols.start), 0.4)
    canvas.blend(outline, canvas.level("oil platform") * np.float32(0.3) * texture, "oil platform")
    spots = rng.uniform(-0.45, 0.45, (30, 2)) * size / gsd + center_xy
    canvas.scatter(spots[:, 0], spots[:, 1], rng.exponential(size * 5, 30))
    canvas.record(SimObject("oil platform", outline, center_xy, size, size * 0.85))


def island(canvas: Canvas, center_xy: tuple[float, float], diameter_m: float) -> None:
    """Small round islet with a ragged shore, brighter towards the sensor."""
    rng, gsd = canvas.rng, canvas.gsd_m
    outline = geometry.place(geometry.ellipse(28), (0.0, 0.0), diameter_m / gsd, diameter_m / gsd, 0.0)
    ragged = 1 + 0.12 * np.convolve(rng.standard_normal(30), (0.5, 1, 0.5), "valid")
    outline = (outline * ragged[:, None] * (1, rng.uniform(0.7, 1.0)) + center_xy).astype(np.float32)
    region = canvas.polygon(outline)
    if region is None:
        return
    lean = canvas.metres(region)[0] / canvas.gsd_m - (center_xy[0] - canvas.width / 2)
    level_db = 4.0 * gamma_texture(rng, region.shape, 6) - 4.0 - 5.0 * lean * gsd / diameter_m
    canvas.paint(region, canvas.level("island") * db(level_db.astype(np.float32)), "island")
    canvas.record(SimObject("island", outline, center_xy, diameter_m, diameter_m))


def line_structure(
    canvas: Canvas, line: FloatArray, width_m: float, kind: str, *, over: str | None = None
) -> None:
    """Breakwater or bridge: a strip along a polyline (pixels), with bright stones or girders.

    Args:
        canvas: The scene.
        line: Corners in pixels, float32 (N, 2).
        width_m: Width of the strip.
        kind: Its kind.
        over: Paint only where the canvas has this kind, when given.
    """
    rng, gsd = canvas.rng, canvas.gsd_m
    half = max(width_m / gsd, 1.0) / 2
    rows, cols = geometry.bounds(line, canvas.shape, pad=half + 2)
    if rows.stop <= rows.start or cols.stop <= cols.start:
        return
    x, y = geometry.pixel_centres((rows, cols))
    mask = geometry.distance_to_line(line, x, y) <= half
    if over is not None:
        mask &= canvas.kinds[rows, cols] == KIND_INDEX[over]
    if not mask.any():
        return
    lumps = db(2.5 * fractal(rng, mask.shape, max(80 / gsd, 2), slope=1.2))
    weak = np.float32(min(1.0, width_m / gsd))  # a strip thinner than a pixel fills only part of it
    texture = lumps * gamma_texture(rng, mask.shape, 1.5) * canvas.level(kind) * weak
    canvas.paint(Region(rows, cols, mask), texture, kind)
    painted_y, painted_x = np.nonzero(mask)
    nearest = np.argmin(np.hypot(painted_x - painted_x.mean(), painted_y - painted_y.mean()))
    center = float(painted_x[nearest] + cols.start + 0.5), float(painted_y[nearest] + rows.start + 0.5)
    length_m = float(np.hypot(*np.diff(line, axis=0).T).sum()) * gsd
    canvas.record(SimObject(kind, _strip(line, half), center, length_m, width_m))


def _strip(line: FloatArray, half: float) -> FloatArray:
    """Outline of a polyline with a width."""
    run = np.gradient(line, axis=0)
    normal = np.stack([-run[:, 1], run[:, 0]], axis=1) / np.maximum(np.hypot(*run.T), 1e-6)[:, None]
    return np.concatenate([line + half * normal, (line - half * normal)[::-1]]).astype(np.float32)


def vehicles(canvas: Canvas, region: Region, count: int) -> None:
    """Lorries and armoured vehicles on open ground, where pixels are fine enough to show them."""
    rng, gsd = canvas.rng, canvas.gsd_m
    rows, cols = np.nonzero(region.mask)
    for index in rng.integers(rows.size, size=count):
        center = (float(cols[index] + region.cols.start + 0.5), float(rows[index] + region.rows.start + 0.5))
        length, heading = float(rng.uniform(6, 12)), float(rng.uniform(0, np.pi))
        outline = geometry.place(geometry.BOX, center, length / gsd, length * 0.42 / gsd, heading)
        canvas.blend(outline, canvas.level("vehicle"), "vehicle")
        spots = rng.normal(0, length / 5 / gsd, (6, 2)) + center
        canvas.scatter(spots[:, 0], spots[:, 1], rng.exponential(6.0, 6))
        canvas.record(SimObject("vehicle", outline, center, length, length * 0.42))
