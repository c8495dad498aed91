"""Built ground: towns, industry, container yards, paved areas. Walls towards the sensor shine.

Two perpendicular planes (ground and wall) send the wave straight back, the stronger the better the wall
faces the sensor: this cardinal effect makes a town's brightness depend on the bearing of its streets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulate.canvas import Canvas, Region
from training.simulate.ground import db
from training.simulate.noise import cell_hash, fractal, gamma_texture, warp
from training.simulate.truth import BoolArray, FloatArray

FINE_M = 5.0  # finest pixels that show single houses


@dataclass(frozen=True)
class Plan:
    """Measures of a built-up area, in metres; shares from 0 to 1."""

    block_m: tuple[float, float]  # along and across
    street_m: float
    lot_m: float  # a building with its garden
    built: float  # share of lots with a building
    bright: float  # share of lots with a strong corner
    contrast_db: float  # spread between lots


def draw_plan(rng: np.random.Generator, kind: str) -> Plan:
    """A town or an industrial area at random."""
    if kind == "industry":
        return Plan(
            (rng.uniform(160, 400), rng.uniform(120, 260)),
            rng.uniform(12, 25),
            rng.uniform(40, 90),
            rng.uniform(0.45, 0.8),
            rng.uniform(0.10, 0.3),
            7.0,
        )
    return Plan(
        (rng.uniform(80, 220), rng.uniform(45, 110)),
        rng.uniform(8, 16),
        rng.uniform(14, 26),
        rng.uniform(0.6, 0.95),
        rng.uniform(0.02, 0.09),
        5.0,
    )


def built_up(canvas: Canvas, region: Region, kind: str = "urban", angle: float | None = None) -> None:
    """Blocks between streets, lots in the blocks, buildings on the lots."""
    rng, gsd = canvas.rng, canvas.gsd_m
    plan = draw_plan(rng, kind)
    angle = _bearing(rng) if angle is None else angle
    u, v = canvas.metres(region, angle)
    bend = warp(rng, region.shape, float(rng.choice([0, 0, 30, 70])) * (kind == "urban"), 1200 / gsd)
    u, v = u + bend, v + bend[::-1, ::-1]
    salt = int(rng.integers(2**31))
    street = np.maximum(
        _gap(u, plan.block_m[0], plan.street_m, gsd), _gap(v, plan.block_m[1], plan.street_m, gsd)
    )
    avenue = np.maximum(_gap(u, 7 * plan.block_m[0], 26, gsd), _gap(v, 9 * plan.block_m[1], 26, gsd))
    power = _lots(u, v, angle, plan, gsd, salt)
    block = cell_hash(
        np.floor(u / plan.block_m[0]).astype(np.int64), np.floor(v / plan.block_m[1]).astype(np.int64), salt
    )
    quarter = 1.6 * fractal(rng, region.shape, 900 / gsd, slope=1.6)
    power = power * db((quarter + 3 * (block - 0.5) + 4.0 * (block > 0.96)).astype(np.float32))
    power = np.where(block < rng.uniform(0.0, 0.06), np.float32(0.35), power)  # parks and squares
    power = power * (1 - np.float32(0.85) * np.maximum(street, avenue))
    facing = db(np.float32(4.0 * np.exp(-((_misalignment(angle) / 0.2) ** 2))))
    texture = gamma_texture(rng, region.shape, 3.0)
    canvas.paint(region, canvas.level(kind) * facing * power * texture, kind)


def _bearing(rng: np.random.Generator) -> float:
    return float(rng.normal(0, 0.08) if rng.random() < 0.35 else rng.uniform(0, np.pi / 2))


def _misalignment(angle: float) -> float:
    """Angle between the sensor's line of sight and the nearest wall normal, radians up to pi/4."""
    part = angle % (np.pi / 2)
    return min(part, np.pi / 2 - part)


def _gap(along: FloatArray, period: float, width: float, gsd: float) -> FloatArray:
    """Share of each pixel taken by a lane of `width` at every multiple of `period`; all in metres."""
    part = np.abs(along / np.float32(period) - np.rint(along / np.float32(period))) * np.float32(period)
    share: FloatArray = np.clip((width / 2 - part) / gsd + 0.5, 0, min(1.0, width / gsd))
    return share


def _lots(u: FloatArray, v: FloatArray, angle: float, plan: Plan, gsd: float, salt: int) -> FloatArray:
    """Relative backscatter of lots: their mean over an area is near one."""
    a, b = u / np.float32(plan.lot_m), v / np.float32(plan.lot_m * 0.8)
    i, j = np.floor(a).astype(np.int64), np.floor(b).astype(np.int64)
    draw = cell_hash(i, j, salt + 1)
    strength = db(np.float32(plan.contrast_db) * (cell_hash(i, j, salt + 2) - 0.5))
    strength = np.where(draw > 1 - plan.bright, strength * 9, strength)
    if gsd <= FINE_M:  # single walls are seen: few answer strongly, most hardly at all
        strength = strength * -1.2 * np.log(np.maximum(cell_hash(i, j, salt + 3), 1e-4))
    occupied = draw > 1 - plan.built
    if plan.lot_m < 4 * gsd:
        return np.where(occupied, strength, np.float32(0.3))
    return _buildings(a - i, b - j, angle, plan, gsd, strength, occupied)


def _buildings(
    a: FloatArray,
    b: FloatArray,
    angle: float,
    plan: Plan,
    gsd: float,
    strength: FloatArray,
    occupied: BoolArray,
) -> FloatArray:
    """Resolved buildings: dim roof, bright walls on the two sides that see the sensor, shadow behind."""
    margin, wall = 0.14, max(1.2 * gsd, 2.5) / plan.lot_m
    roof = (np.abs(a - 0.5) < 0.5 - margin) & (np.abs(b - 0.5) < 0.5 - margin)
    # The sensor looks along +x; in the turned frame its line of sight is (cos, -sin).
    sides = ((a, np.cos(angle)), (b, -np.sin(angle)))
    power = np.where(roof & occupied, 0.5 * strength, np.float32(0.22))
    for place, sight in sides:
        near = place if sight > 0 else 1 - place
        on_wall = (np.abs(near - margin) < wall / 2) & _within(a, b, margin - wall / 2)
        behind = (near > 1 - margin) & occupied
        power = np.where(behind, power * np.float32(1 - 0.8 * abs(sight)), power)
        gain = np.float32(2.0 + 14.0 * abs(sight) ** 6)
        power = np.where(on_wall & occupied, gain * strength, power)
    return power.astype(np.float32)


def _within(a: FloatArray, b: FloatArray, margin: float) -> BoolArray:
    """Whether a place in its lot keeps a margin from the lot's border, all in lots."""
    kept: BoolArray = (np.abs(a - 0.5) <= 0.5 - margin) & (np.abs(b - 0.5) <= 0.5 - margin)
    return kept


def container_yard(
    canvas: Canvas, region: Region, angle: float, kind: str = "harbor", coarsest_row_px: float = 2.6
) -> None:
    """Rows of container stacks along `angle`, lanes between them, cross roads, some empty lots.

    Rows are at least `coarsest_row_px` wide: real ones are finer than coarse pixels, and show as a texture.
    """
    rng, gsd = canvas.rng, canvas.gsd_m
    u, v = canvas.metres(region, angle)
    salt = int(rng.integers(2**31))
    row_m = max(rng.uniform(22, 42), coarsest_row_px * gsd)
    lane = _gap(v, row_m, 0.4 * row_m, gsd)
    road = _gap(u, rng.uniform(120, 300), 16, gsd)
    row = np.floor(v / np.float32(row_m)).astype(np.int64)
    stack = np.floor(u / np.float32(max(13.0, gsd))).astype(np.int64)
    lot_u, lot_v = np.floor(u / 130).astype(np.int64), np.floor(v / 90).astype(np.int64)
    height_db = 9 * (cell_hash(row, stack, salt) - 0.5) + 6 * (cell_hash(lot_u, lot_v, salt + 1) - 0.5)
    power = db((height_db + 7.0 + 2.0 * fractal(rng, region.shape, 300 / gsd)).astype(np.float32))
    power = power * (1 - np.float32(0.93) * np.maximum(lane, road))
    power = np.where(cell_hash(lot_u, lot_v, salt + 2) < 0.12, np.float32(0.25), power)
    texture = gamma_texture(rng, region.shape, 2.0)
    canvas.paint(region, canvas.level(kind) * power * texture, kind)


def quay_ground(canvas: Canvas, region: Region, angle: float, kind: str = "harbor") -> None:
    """Sheds, sidings and open storage: the older part of a port."""
    rng, gsd = canvas.rng, canvas.gsd_m
    u, v = canvas.metres(region, angle)
    salt = int(rng.integers(2**31))
    shed_u, shed_v = np.floor(u / 110).astype(np.int64), np.floor(v / np.float32(45)).astype(np.int64)
    shed = cell_hash(shed_u, shed_v, salt)
    gap = np.maximum(_gap(u, 110, 22, gsd), _gap(v, 45, 16, gsd))
    power = db((14 * (shed - 0.5) + 3.0).astype(np.float32)) * (1 - np.float32(0.8) * gap)
    power = power * db(2.0 * fractal(rng, region.shape, 250 / gsd, slope=1.5))
    canvas.paint(region, canvas.level(kind) * power * gamma_texture(rng, region.shape, 2.0), kind)


def paved(canvas: Canvas, region: Region, kind: str) -> None:
    """Asphalt and cut grass: dark and smooth."""
    texture = gamma_texture(canvas.rng, region.shape, 20)
    canvas.paint(region, canvas.level(kind) * texture, kind)
