"""Ports of any shape: a shoreline walked piece by piece, the ground behind it, and ships along all of it.

Where `layout.port` builds a row of rectangles, this gives oblique, curved and fanned quays, finger piers,
jetties, marinas and basins in one line. Coordinates are those of `layout.Frame`: s along the shore, t towards
the sea; walking with growing s, the water lies to the left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from training.simulate import built, geometry, layout, objects
from training.simulate.berths import Mooring, draw_mooring, marina, moor_along, pontoon
from training.simulate.canvas import Canvas
from training.simulate.layout import Frame
from training.simulate.truth import BoolArray, FloatArray

Corner = tuple[float, float]


@dataclass
class Shoreline:
    """The port as it is walked: its water's edge, the yards behind it, and what stands in the water."""

    path: list[Corner]
    yards: list[tuple[list[Corner], float]] = field(default_factory=list)  # corners, bearing within the frame
    fingers: list[tuple[Corner, Corner, float]] = field(default_factory=list)  # root, tip, width
    marinas: list[tuple[list[Corner], float]] = field(default_factory=list)  # line, reach of the pontoons
    container_quays: list[list[Corner]] = field(default_factory=list)

    @property
    def end(self) -> float:
        """How far along the shore the walk has come."""
        return max(corner[0] for corner in self.path)


def build_port(canvas: Canvas, frame: Frame, span_m: float) -> Shoreline:
    """Lay a port's ground and water over `span_m` of shore; no ships yet, so that another port may follow."""
    rng = canvas.rng
    reach = min(canvas.extent_m)
    shore = _walk(rng, -span_m / 2, span_m / 2, reach)
    depth = float(np.clip(rng.uniform(0.04, 0.25) * reach, 40, 1200))
    _ground(canvas, frame, shore, depth)
    for corners, bearing in shore.yards:
        _yard(canvas, frame.line_px(canvas, corners), frame.angle + bearing)
    _edge(canvas, _metres(frame, shore.path))
    return shore


def fill_port(canvas: Canvas, frame: Frame, shore: Shoreline) -> None:
    """Finger piers, marinas, cranes, and ships along everything."""
    rng = canvas.rng
    mooring = draw_mooring(rng, canvas.gsd_m, min(canvas.extent_m))
    for root, tip, width in shore.fingers:
        pontoon(canvas, _metres(frame, [root, tip]), width, gain=float(rng.uniform(0.3, 1.5)))
    for line, pontoons_m in shore.marinas:
        marina(canvas, _metres(frame, line), pontoons_m)
    moor_along(canvas, _metres(frame, shore.path), mooring)
    for root, tip, width in shore.fingers:
        _moor_at_finger(canvas, _metres(frame, [root, tip]), width, mooring)
    for line in shore.container_quays:
        cranes(canvas, _metres(frame, line))


def _metres(frame: Frame, corners: list[Corner]) -> FloatArray:
    return np.array([frame.point(s, t) for s, t in corners], dtype=np.float64)


def _walk(rng: np.random.Generator, start: float, end: float, reach: float) -> Shoreline:
    """Pieces of shore one after another, each with its own lean."""
    shore = Shoreline([(start, 0.0)])
    pieces = (_pier, _basin, _curve, _fingers, _marina, _straight, _fan)
    chances = rng.dirichlet(np.array([2.0, 1.2, 1.0, 1.0, 0.7, 1.0, 0.6]))
    while shore.end < end:
        before = shore.end
        pieces[int(rng.choice(len(pieces), p=chances))](rng, shore, reach)
        shore.path.append((max(shore.end, before) + float(rng.uniform(0.02, 0.1)) * reach, shore.path[-1][1]))
    return shore


def _length(rng: np.random.Generator, low: float, high: float, reach: float, least: float, most: float) -> float:
    return float(np.clip(rng.uniform(low, high) * reach, least, most))


def _pier(rng: np.random.Generator, shore: Shoreline, reach: float) -> None:
    """A broad pier or a filled terminal, leaning to one side, its head square or oblique."""
    s, t = shore.path[-1]
    width, length = _length(rng, 0.06, 0.3, reach, 30, 900), _length(rng, 0.08, 0.35, reach, 60, 1200)
    lean = float(rng.normal(0, 0.25)) * length
    lean = max(lean, -0.02 * reach)  # not back over the last piece
    skew = float(rng.choice([0.0, rng.normal(0, 0.25)])) * width
    corners = [(s, t), (s + lean, t + length), (s + lean + width, t + length + skew), (s + width, t)]
    bearing = np.pi / 2 - float(np.arctan2(lean, length))
    along = bearing if length > width else 0.0
    shore.yards.append((corners, -along))
    shore.path += corners[1:]
    if rng.random() < 0.5:
        shore.container_quays += [corners[:2], corners[2:]] if length > width else [corners[1:3]]


def _basin(rng: np.random.Generator, shore: Shoreline, reach: float) -> None:
    """A dock cut into the land, straight or oblique, sometimes a narrow one."""
    s, t = shore.path[-1]
    width, length = _length(rng, 0.04, 0.2, reach, 25, 500), _length(rng, 0.06, 0.22, reach, 50, 900)
    lean = float(rng.normal(0, 0.3)) * length
    shore.path += [(s + lean, t - length), (s + lean + width, t - length), (s + width, t)]
    side = _length(rng, 0.04, 0.12, reach, 20, 250)
    for edge, sign in ((s, -1), (s + width, 1)):
        yard = [(edge, t), (edge + lean, t - length), (edge + lean + sign * side, t - length), (edge + sign * side, t)]
        shore.yards.append((yard, -np.pi / 2 + float(np.arctan2(-lean, length))))


def _curve(rng: np.random.Generator, shore: Shoreline, reach: float) -> None:
    """A curved quay, bent outwards or inwards."""
    s, t = shore.path[-1]
    span = _length(rng, 0.15, 0.5, reach, 80, 1800)
    bend = float(rng.choice([-1, 1]) * rng.uniform(0.08, 0.3)) * span
    rise = float(rng.normal(0, 0.08)) * span
    share = np.linspace(0, 1, 15)[1:]
    shore.path += [(s + span * float(u), t + rise * float(u) + 4 * bend * float(u * (1 - u))) for u in share]
    if bend > 0:
        arc = [(s, t), *shore.path[-14:]]
        shore.yards.append((arc, 0.0))
    if rng.random() < 0.3:
        shore.container_quays.append(shore.path[-15:])


def _fingers(rng: np.random.Generator, shore: Shoreline, reach: float) -> None:
    """A row of finger piers or trestle jetties, some with a head."""
    s, t = shore.path[-1]
    count, pitch = int(rng.integers(1, 7)), _length(rng, 0.03, 0.14, reach, 35, 350)
    length, width = _length(rng, 0.05, 0.28, reach, 40, 500), float(rng.uniform(5, 35))
    lean = float(rng.normal(0, 0.2))
    head = rng.random() < 0.35
    for number in range(count):
        root = s + (number + 0.5) * pitch
        tip = (root + lean * length, t + length * float(rng.uniform(0.85, 1.0)))
        shore.fingers.append(((root, t), tip, width))
        if head:
            half = float(rng.uniform(0.15, 0.45)) * pitch
            shore.fingers.append(((tip[0] - half, tip[1]), (tip[0] + half, tip[1]), 1.3 * width))
    shore.path.append((s + count * pitch, t))


def _marina(rng: np.random.Generator, shore: Shoreline, reach: float) -> None:
    """A basin of boats."""
    s, t = shore.path[-1]
    width, depth = _length(rng, 0.12, 0.35, reach, 60, 700), _length(rng, 0.06, 0.2, reach, 40, 300)
    shore.path += [(s, t - 0.5 * depth), (s + width, t - 0.5 * depth), (s + width, t)]
    shore.marinas.append(([(s, t - 0.5 * depth), (s + width, t - 0.5 * depth)], depth))


def _straight(rng: np.random.Generator, shore: Shoreline, reach: float) -> None:
    """A long quay, along the shore or oblique to it."""
    s, t = shore.path[-1]
    span = _length(rng, 0.1, 0.45, reach, 60, 1600)
    rise = float(rng.choice([0.0, rng.normal(0, 0.2)])) * span
    end = (s + span, t + rise)
    back = _length(rng, 0.06, 0.2, reach, 30, 500)
    bearing = float(np.arctan2(rise, span))
    shore.yards.append(([(s, t), end, (end[0], end[1] - back), (s, t - back)], -bearing))
    shore.path.append(end)
    if rng.random() < 0.5:
        shore.container_quays.append([(s, t), end])


def _fan(rng: np.random.Generator, shore: Shoreline, reach: float) -> None:
    """Piers that spread from one root, as around a bend."""
    t = shore.path[-1][1]
    length = _length(rng, 0.12, 0.3, reach, 70, 800)
    width = max(0.25 * length, 25.0)
    for turn in np.linspace(-0.6, 0.6, int(rng.integers(2, 4))) + np.pi / 2:
        across, along = np.array([np.sin(turn), -np.cos(turn)]), np.array([-np.cos(turn), np.sin(turn)])
        root = np.add(shore.path[-1], (0.35 * width, 0))
        corners = [tuple(map(float, root + a)) for a in (along * length, along * length + across * width)]
        foot = (float(root[0] + width), t)
        shore.yards.append(([(float(root[0]), t), *corners, foot], -float(np.arctan2(along[1], along[0]))))
        shore.path += [(float(root[0]), t), *corners, foot]


def _ground(canvas: Canvas, frame: Frame, shore: Shoreline, depth: float) -> None:
    """Port land behind the path, water before it."""
    everywhere = canvas.everything()
    s, t = frame.axes(canvas, everywhere)
    start, end = shore.path[0][0], shore.path[-1][0]
    closed = [*shore.path, (end, -depth), (start, -depth)]
    land = _inside(canvas, frame.line_px(canvas, closed))
    within = (s > start) & (s < end) & (t > -depth)
    layout.paint(canvas, within & ~land & ~canvas.is_kind("sea"), "sea")
    cuts = [start, *np.sort(canvas.rng.uniform(start, end, int(canvas.rng.integers(0, 4)))), end]
    for low, high in pairwise(cuts):
        _use(canvas, land & (s >= low) & (s < high), frame.angle + float(canvas.rng.normal(0, 0.1)))


def _inside(canvas: Canvas, outline: FloatArray) -> BoolArray:
    rows, cols = geometry.bounds(outline, canvas.shape)
    mask = np.zeros(canvas.shape, dtype=bool)
    if rows.stop > rows.start and cols.stop > cols.start:
        mask[rows, cols] = geometry.coverage(outline, (rows, cols), samples=1) > 0
    return mask


def _yard(canvas: Canvas, outline: FloatArray, angle: float) -> None:
    """One use on the part of an outline that is port land."""
    _use(canvas, _inside(canvas, outline) & canvas.is_kind("harbor"), angle)


def _use(canvas: Canvas, mask: BoolArray, angle: float) -> None:
    """Containers, sheds, open ground or tanks."""
    rng = canvas.rng
    region = canvas.region(mask)
    if region is None:
        return
    use = rng.random()
    if use < 0.4:
        built.container_yard(canvas, region, angle, coarsest_row_px=float(rng.uniform(2.6, 7)))
    elif use < 0.72:
        built.quay_ground(canvas, region, angle)
    else:  # open ground: dark beside its bright edge
        built.paved(canvas, region, "harbor")
        canvas.power[region.window][region.mask] *= np.float32(rng.uniform(0.08, 0.5))
        if use < 0.82:
            objects.tank_farm(canvas, region, angle)


def _edge(canvas: Canvas, path: FloatArray) -> None:
    """Walls and fenders along the water: many weak corners, few strong ones; nothing in some ports."""
    rng, gsd = canvas.rng, canvas.gsd_m
    strength = float(np.exp(rng.uniform(np.log(0.02), np.log(1.2))))
    for start, end in pairwise(path):
        run = end - start
        length = float(np.hypot(*run))
        n = int(length / max(6.0, gsd / 2))
        if n == 0:
            continue
        inward = np.array([-run[1], run[0]]) / length
        spots = start + rng.random((n, 1)) * run + inward * rng.uniform(0.5 * gsd, 0.5 * gsd + 6, (n, 1))
        x, y = np.array([canvas.to_px(*spot) for spot in spots]).T
        canvas.scatter(x, y, strength * 60 * rng.exponential(1, n) ** 2)


def cranes(canvas: Canvas, line_m: FloatArray) -> None:
    """Gantry cranes on a quay: legs on land, a boom over the water and the ship, all leaning to the sensor."""
    rng = canvas.rng
    tangent = np.tan(np.radians(canvas.sensor.incidence_deg))
    pitch, gain = float(rng.uniform(40, 160)), float(np.exp(rng.uniform(np.log(0.1), np.log(1.5))))
    for start, end in pairwise(line_m):
        run = end - start
        length = float(np.hypot(*run))
        outward = np.array([run[1], -run[0]]) / max(length, 1e-6)
        for place in np.arange(pitch / 2, length, pitch) + rng.normal(0, 0.15 * pitch):
            n = int(rng.integers(10, 22))
            reach = rng.uniform(-25, float(rng.choice([0.0, 40.0])) + 1, (n, 1))
            spots = start + run * (place / max(length, 1e-6)) + outward * reach + rng.normal(0, 1.5, (n, 2))
            x, y = np.array([canvas.to_px(*spot) for spot in spots]).T
            lean_m = rng.uniform(0, 45, n) / tangent * 0.5
            canvas.scatter(x - lean_m / canvas.gsd_m, y, gain * rng.exponential(250, n))


def _moor_at_finger(canvas: Canvas, line_m: FloatArray, width_m: float, mooring: Mooring) -> None:
    """Ships on both sides of a finger pier."""
    run = line_m[1] - line_m[0]
    length = float(np.hypot(*run))
    left = np.array([run[1], -run[0]]) / max(length, 1e-6) * (max(width_m, canvas.gsd_m) / 2)
    moor_along(canvas, line_m + left, mooring)
    moor_along(canvas, line_m[::-1] - left, mooring)
