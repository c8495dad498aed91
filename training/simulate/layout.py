"""Where things go: coasts, districts, rivers, ports, airports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from training.simulate import built, ground, objects, ships
from training.simulate.canvas import Canvas, Region
from training.simulate.noise import fractal, warp
from training.simulate.truth import BoolArray, FloatArray

Painter = Callable[[Canvas, Region, str], None]

PAINTERS: dict[str, Painter] = {
    "urban": built.built_up,
    "industry": built.built_up,
    "forest": ground.forest,
    "fields": ground.fields,
    "bare": ground.bare,
    "mountains": ground.mountains,
    "inland water": ground.water,
    "flood": ground.water,
    "oil slick": ground.water,
    "sea": ground.water,
}


@dataclass(frozen=True)
class Frame:
    """Axes along a shore, in metres: s along it, t towards the sea."""

    origin_m: tuple[float, float]
    angle: float

    def axes(self, canvas: Canvas, region: Region) -> tuple[FloatArray, FloatArray]:
        """Coordinates s and t of every pixel of a region."""
        u, v = canvas.metres(region, self.angle)
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        x, y = self.origin_m
        return u - np.float32(x * cos + y * sin), np.float32(y * cos - x * sin) - v

    def point(self, s: float, t: float) -> tuple[float, float]:
        """Metres from the canvas's centre."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return self.origin_m[0] + s * cos + t * sin, self.origin_m[1] + s * sin - t * cos

    def line_px(self, canvas: Canvas, corners: list[tuple[float, float]]) -> FloatArray:
        """Polyline of (s, t) corners in pixels."""
        return np.array([canvas.to_px(*self.point(s, t)) for s, t in corners], dtype=np.float32)


def paint(canvas: Canvas, mask: BoolArray, kind: str) -> None:
    """Cover a full-size mask with the texture of a kind."""
    region = canvas.region(mask)
    if region is not None:
        PAINTERS[kind](canvas, region, kind)


def settle(canvas: Canvas, mask: BoolArray, weights: dict[str, float], size_m: float = 900.0) -> None:
    """Divide land into districts (cells of warped Voronoi) and give each a use drawn by weight."""
    rng, gsd = canvas.rng, canvas.gsd_m
    area = canvas.extent_m[0] * canvas.extent_m[1]
    n = int(np.clip(area / size_m**2, 2, 18))
    spread = np.float32(rng.uniform(0.05, 0.35) * min(size_m, 0.5 * min(canvas.extent_m)) / gsd)
    bend = spread * fractal(rng, canvas.shape, size_m / gsd, slope=2.2)
    x = np.arange(canvas.width, dtype=np.float32)[None] + bend
    y = np.arange(canvas.height, dtype=np.float32)[:, None] + bend[::-1, ::-1]
    best, owner = np.full(canvas.shape, np.inf, dtype=np.float32), np.zeros(canvas.shape, dtype=np.int16)
    for index in range(n):
        away = (x - rng.uniform(0, canvas.width)) ** 2 + (y - rng.uniform(0, canvas.height)) ** 2
        nearer = away < best
        best[nearer], owner[nearer] = away[nearer], index
    shares = np.array(list(weights.values())) / sum(weights.values())
    uses = rng.choice(list(weights), size=n, p=shares)
    uses[owner[canvas.height // 2, canvas.width // 2]] = max(weights, key=lambda use: weights[use])
    for use in dict.fromkeys(uses):
        cells = np.flatnonzero(uses == use)
        if use in ("urban", "industry", "fields"):  # each district has its own plan
            for cell in cells:
                paint(canvas, mask & (owner == cell), str(use))
        else:
            paint(canvas, mask & np.isin(owner, cells), str(use))
    if rng.random() < 0.35:
        lakes(canvas, mask, size_m)
    roads(canvas, mask, size_m)


def lakes(canvas: Canvas, mask: BoolArray, size_m: float) -> None:
    """Ponds and reservoirs with smooth shores."""
    depth = fractal(canvas.rng, canvas.shape, 1.5 * size_m / canvas.gsd_m, slope=3.0)
    paint(canvas, mask & (depth > canvas.rng.uniform(1.5, 2.6)), "inland water")


def roads(canvas: Canvas, mask: BoolArray, size_m: float) -> None:
    """A few motorways: dark lanes through everything; they belong to the ground they cross."""
    rng, gsd = canvas.rng, canvas.gsd_m
    for _ in range(int(rng.integers(0, 2 + int(min(canvas.extent_m) / (3 * size_m))))):
        angle, bend = rng.uniform(0, np.pi), rng.uniform(0, 0.15) * size_m
        _, v = canvas.metres(canvas.everything(), float(angle))
        shift = rng.uniform(-0.4, 0.4) * min(canvas.extent_m)
        v = v - np.float32(shift) + warp(rng, canvas.shape, bend, 3 * size_m / gsd)
        half = rng.uniform(10, 30) / 2
        share = np.clip((half - np.abs(v)) / gsd + 0.5, 0, min(1, 2 * half / gsd)) * mask
        canvas.power *= 1 - np.float32(rng.uniform(0.5, 0.85)) * share
        canvas.points *= 1 - share


def coast(canvas: Canvas, frame: Frame, rough_m: float) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Land mask behind a ragged shore, and the s and t axes of the frame."""
    s, t = frame.axes(canvas, canvas.everything())
    ragged = np.float32(rough_m) * fractal(canvas.rng, canvas.shape, 1800 / canvas.gsd_m, slope=1.9)
    return t + ragged < 0, s, t


def lit_shore(canvas: Canvas, sea: BoolArray, chance: float = 0.5) -> None:
    """Surf, rocks and walls: a bright line where land begins behind the sea, in some scenes."""
    if canvas.rng.random() > chance:
        return
    edge = ~sea & (np.roll(sea, 1, axis=1) | np.roll(sea, 1, axis=0) | np.roll(sea, -1, axis=0))
    edge[[0, -1]] = False
    edge[:, [0, -1]] = False
    gain = canvas.rng.gamma(1.0, canvas.rng.uniform(0.5, 2.5), int(edge.sum()))
    canvas.power[edge] *= (1 + gain).astype(np.float32)


def river(canvas: Canvas, width_m: float, land: BoolArray) -> tuple[BoolArray, FloatArray]:
    """Carve a meandering river: its mask, and the signed distance from its middle in metres."""
    rng, gsd = canvas.rng, canvas.gsd_m
    u, v = canvas.metres(canvas.everything(), float(rng.uniform(0, np.pi)))
    for _ in range(3):
        bend_m = rng.uniform(6, 25) * max(width_m, 60)
        swing_m = np.float32(bend_m * rng.uniform(0.02, 0.09))
        v = v + swing_m * np.sin(u * np.float32(2 * np.pi / bend_m) + np.float32(rng.uniform(0, 2 * np.pi)))
    v = v + warp(rng, canvas.shape, 0.1 * width_m, 600 / gsd)
    v = v - np.float32(rng.uniform(-0.25, 0.25) * min(canvas.extent_m))
    mask = (np.abs(v) < max(width_m, 1.5 * gsd) / 2) & land
    paint(canvas, mask, "inland water")
    return mask, v


def bridges(canvas: Canvas, v: FloatArray, width_m: float, count: int) -> None:
    """Bridges across a river, from bank to bank."""
    rng, gsd = canvas.rng, canvas.gsd_m
    rows, cols = np.nonzero(np.abs(v) < 1.5 * gsd)
    if rows.size == 0:
        return
    down, right = (
        np.gradient(v, axis=0),
        np.gradient(v, axis=1),
    )  # straight across the river, wherever it turns
    for index in rng.integers(rows.size, size=count):
        x, y = float(cols[index]) + 0.5, float(rows[index]) + 0.5
        across = np.arctan2(down[rows[index], cols[index]], right[rows[index], cols[index]]) + rng.normal(
            0, 0.12
        )
        reach = (0.9 * width_m + 40) / gsd
        ends = [(x + k * reach * np.cos(across), y + k * reach * np.sin(across)) for k in (-0.5, 0.0, 0.5)]
        objects.line_structure(canvas, np.array(ends, dtype=np.float32), rng.uniform(12, 30), "bridge")


@dataclass(frozen=True)
class Quay:
    """A straight quay in the shore's frame; the water lies to the left on the way from start to end."""

    start: tuple[float, float]
    end: tuple[float, float]
    cranes: bool


@dataclass(frozen=True)
class PortPlan:
    """Measures of a port, metres in the shore's frame."""

    start_s: float
    end_s: float
    depth: float  # of the port's land
    piers: tuple[
        tuple[float, float, float, bool], ...
    ]  # centre s, width, length (negative: a basin), containers
    breakwater_t: float | None  # distance of the breakwater from the quays
    yards: tuple[str, ...]  # use of the port's land, along s: containers, sheds or tanks


def draw_port(canvas: Canvas, span_m: float) -> PortPlan:
    """A port of piers and basins that fills `span_m` of shore."""
    rng = canvas.rng
    reach = min(canvas.extent_m)
    start, end = -span_m / 2, span_m / 2
    depth = float(np.clip(rng.uniform(0.15, 0.32) * reach, 120, 1400))
    cells, s = [], start + rng.uniform(30, 120)
    while s < end - 60:
        width = min(float(np.clip(rng.uniform(0.06, 0.22) * reach, 50, 420)), end - s)
        length = float(np.clip(rng.uniform(0.12, 0.34) * reach, 90, 1100))
        basin = rng.random() < 0.35
        cells.append(
            (s + width / 2, width, -min(length, 0.75 * depth) if basin else length, bool(rng.random() < 0.55))
        )
        s += width + float(np.clip(rng.uniform(0.06, 0.2) * reach, 70, 450))
    longest = max((cell[2] for cell in cells), default=0.0)
    shelter = longest + rng.uniform(0.05, 0.14) * reach if rng.random() < 0.6 else None
    yards = rng.choice(["containers", "sheds", "tanks"], size=int(rng.integers(1, 5)), p=(0.45, 0.42, 0.13))
    return PortPlan(start, end, depth, tuple(cells), shelter, tuple(str(use) for use in yards))


def port(canvas: Canvas, frame: Frame, plan: PortPlan, occupied: float) -> None:
    """Build a port: ground, piers, basins, quays, cranes, breakwater, and the ships at berth."""
    s, t = frame.axes(canvas, canvas.everything())
    within = (s > plan.start_s) & (s < plan.end_s)
    ragged = np.float32(0.12 * plan.depth) * np.sign(np.sin(s * np.float32(7.0 / plan.depth)))
    hinterland = within & (t <= 0) & (t > ragged - plan.depth)
    for center, width, length, _ in plan.piers:
        hinterland &= (np.abs(s - center) > width / 2) | (t < length)  # basins hold no yards
    _yards(canvas, s, hinterland, frame.angle, plan)
    paint(canvas, within & (t > 0) & ~canvas.is_kind("sea"), "sea")
    quays: list[Quay] = []
    edge = plan.start_s
    for center, width, length, cranes in plan.piers:
        left, right = center - width / 2, center + width / 2
        column = (s > left) & (s < right)
        if length < 0:
            paint(canvas, column & (t <= 0) & (t > length), "sea")
        else:
            _pier(canvas, column & (t > 0) & (t < length), frame.angle, cranes)
        quays += [
            Quay((left, 0), (left, length), cranes),
            Quay((left, length), (right, length), False),
            Quay((right, length), (right, 0), cranes),
            Quay((edge, 0), (left, 0), False),
        ]
        edge = right
    quays.append(Quay((edge, 0), (plan.end_s, 0), False))
    for quay in quays:
        _furnish(canvas, frame, quay)
    if plan.breakwater_t is not None:
        breakwater(canvas, frame, plan)
    for quay in quays:
        ships.ships_along_quay(canvas, frame.point(*quay.start), frame.point(*quay.end), occupied)


def _yards(canvas: Canvas, s: FloatArray, ground_mask: BoolArray, angle: float, plan: PortPlan) -> None:
    """Port land in parcels: container yards, sheds, tanks."""
    cuts = np.linspace(plan.start_s, plan.end_s, len(plan.yards) + 1)
    for use, low, high in zip(plan.yards, cuts[:-1], cuts[1:], strict=True):
        region = canvas.region(ground_mask & (s >= low) & (s < high))
        if region is None:
            continue
        if use == "containers":
            built.container_yard(canvas, region, angle)
        elif use == "sheds":
            built.quay_ground(canvas, region, angle)
        else:
            built.paved(canvas, region, "harbor")
            canvas.power[region.window][region.mask] *= 0.3
            objects.tank_farm(canvas, region, angle)


def _pier(canvas: Canvas, mask: BoolArray, angle: float, containers: bool) -> None:
    region = canvas.region(mask)
    if region is None:
        return
    if containers:
        built.container_yard(canvas, region, angle + np.pi / 2)
    else:
        built.quay_ground(canvas, region, angle + np.pi / 2)


def _furnish(canvas: Canvas, frame: Frame, quay: Quay) -> None:
    """Bright fenders and walls along the edge; gantry cranes where containers are handled."""
    rng = canvas.rng
    start, end = np.array(quay.start), np.array(quay.end)
    length = float(np.hypot(*(end - start)))
    inward = np.array([end[1] - start[1], start[0] - end[0]]) / max(length, 1e-6)
    n = int(length / 8)
    spots = start + rng.random((n, 1)) * (end - start) + inward * rng.uniform(1, 12, (n, 1))
    rcs = rng.exponential(60, n)
    if quay.cranes:
        m = int(length / 45)
        cranes = start + rng.random((m, 1)) * (end - start) + inward * rng.uniform(4, 25, (m, 1))
        spots = np.concatenate([spots, np.repeat(cranes, 5, axis=0) + rng.normal(0, 5, (5 * m, 2))])
        rcs = np.concatenate([rcs, rng.exponential(900, 5 * m)])
    if spots.size:
        px = frame.line_px(canvas, [(float(a), float(b)) for a, b in spots])
        canvas.scatter(px[:, 0], px[:, 1], rcs)


def breakwater(canvas: Canvas, frame: Frame, plan: PortPlan) -> None:
    """A mole from the shore at one end, along the port, open at the other; sometimes in two pieces."""
    rng = canvas.rng
    away = plan.breakwater_t or 0.1 * min(canvas.extent_m)
    root, head = plan.start_s - rng.uniform(20, 200), plan.end_s * rng.uniform(0.2, 0.9)
    corners = [(root, -30.0), (root, 0.6 * away), (root + 0.25 * away, away)]
    gap = rng.uniform(0.4, 0.7) * (head - corners[-1][0]) + corners[-1][0]
    width = float(rng.uniform(10, 24))
    if rng.random() < 0.5:
        lines = [[*corners, (head, 1.1 * away)]]
    else:
        lines = [[*corners, (gap, away)], [(gap + 180, away), (head, 1.1 * away)]]
    for line in lines:
        objects.line_structure(canvas, frame.line_px(canvas, line), width, "breakwater", over="sea")


def airport(canvas: Canvas, center_m: tuple[float, float], angle: float) -> None:
    """One or two dark runways in grass, taxiways, an apron with a terminal and aircraft."""
    rng = canvas.rng
    frame = Frame(center_m, angle)
    s, t = frame.axes(canvas, canvas.everything())
    half = rng.uniform(1000, 1900)
    paint_mask = (np.abs(s) < half + 150) & (t > -420) & (t < 900)
    region = canvas.region(paint_mask)
    if region is None:
        return
    ground.bare(canvas, region, "airport")
    canvas.power[paint_mask] *= 1.6
    lanes = (np.abs(t) < 28) | (np.abs(t - 190) < 14) | ((np.abs(t - 820) < 26) & bool(rng.random() < 0.4))
    links = (np.abs(((s / 420) % 1) - 0.5) < 0.03) & (t > 0) & (t < 190)
    apron_s = rng.uniform(250, 800)
    apron = (np.abs(s) < apron_s) & (t > 190) & (t < 420)
    canvas.power[((lanes & (np.abs(s) < half)) | (links & (np.abs(s) < half)) | apron) & paint_mask] *= 0.1
    terminal = canvas.region((np.abs(s) < 0.8 * apron_s) & (t >= 420) & (t < 560) & paint_mask)
    if terminal is not None:
        built.built_up(canvas, terminal, "airport", angle)
        canvas.power[terminal.window][terminal.mask] *= 9.0
    _park(canvas, frame, apron_s)


def _park(canvas: Canvas, frame: Frame, apron_s: float) -> None:
    """Aircraft nose to the terminal, in one row or two."""
    rng = canvas.rng
    for row_t in (375.0, 275.0)[: int(rng.integers(1, 3))]:
        s = -apron_s + 50
        while s < apron_s - 50:
            length = float(rng.uniform(30, 72))
            if rng.random() < 0.6:
                spot = canvas.to_px(*frame.point(s, row_t))
                towards = frame.angle - np.pi / 2 + rng.normal(0, 0.06)
                objects.aircraft(canvas, spot, length, float(towards))
            s += 1.25 * length + 8
