"""Recipes of what is hardest to tell: crowded ports, roadsteads full of traps, river ports, towns below hills."""

from __future__ import annotations

import numpy as np
from skimage import measure

from training.simulate import layout, relief, ships, traps
from training.simulate.berths import Mooring, draw_mooring, moor_along
from training.simulate.canvas import Canvas
from training.simulate.layout import Frame
from training.simulate.noise import fractal
from training.simulate.ships import WATER, Ship, draw_size, is_free
from training.simulate.truth import BoolArray, FloatArray
from training.simulate.vessels import VESSEL_TYPES, draw_vessel
from training.simulate.waterfront import build_port, fill_port

HINTERLAND = {"urban": 0.45, "industry": 0.25, "bare": 0.15, "fields": 0.15}


def waterfront(canvas: Canvas) -> None:
    """A port of any shape, ships along all its quays; sometimes a second shore across the water."""
    rng, extent = canvas.rng, min(canvas.extent_m)
    frame = shore_frame(canvas, float(rng.uniform(-0.28, 0.22)))
    land, _, t = layout.coast(canvas, frame, float(rng.uniform(0.002, 0.02)) * extent)
    across = float(rng.uniform(0.35, 0.75)) * extent if rng.random() < 0.35 else None
    if across is not None:
        land |= t > across
    layout.settle(canvas, land, HINTERLAND)
    layout.paint(canvas, ~land, "sea")
    layout.lit_shore(canvas, ~land, 0.4)
    ports = [(frame, build_port(canvas, frame, float(rng.uniform(0.7, 1.3)) * extent))]
    if across is not None:
        opposite = Frame(frame.point(0.0, across), frame.angle + np.pi)
        ports.append((opposite, build_port(canvas, opposite, float(rng.uniform(0.3, 1.2)) * extent)))
    elif rng.random() < 0.5:
        layout.breakwater(canvas, frame, layout.draw_port(canvas, 0.7 * extent))
    for axes, shore in ports:
        fill_port(canvas, axes, shore)
    traps.strew(canvas, 0.4)
    anchored(canvas, 0.15)


def roadstead(canvas: Canvas) -> None:
    """Ships at anchor off a coast, between islands, rocks, broken moles and ghosts that are none."""
    rng, extent = canvas.rng, min(canvas.extent_m)
    shift = float(rng.uniform(-0.7, 0.05))
    frame = shore_frame(canvas, shift)
    land, _, _ = layout.coast(canvas, frame, float(rng.uniform(0.01, 0.06)) * extent)
    if land.any():
        layout.settle(canvas, land, {"urban": 0.5, "industry": 0.15, "bare": 0.2, "forest": 0.15})
    layout.paint(canvas, ~land, "sea")
    layout.lit_shore(canvas, ~land, 0.5)
    if land.any() and rng.random() < 0.4:
        fill_port(canvas, frame, build_port(canvas, frame, float(rng.uniform(0.2, 0.6)) * extent))
    for _ in range(int(rng.poisson(0.8))):
        s = float(rng.uniform(-0.4, 0.4)) * extent
        length = float(rng.uniform(0.02, 0.1)) * extent
        root, tip = frame.point(s, -30.0), frame.point(s + float(rng.normal(0, 0.1)) * length, length)
        traps.pier_head(canvas, np.array(root), np.array(tip))
    traps.strew(canvas, float(rng.uniform(0.3, 2.0)))
    anchored(canvas, float(rng.choice([0.1, 0.4, 1.2])))


def river_port(canvas: Canvas) -> None:
    """A broad river through a town, quays on its banks, ships moored in rows in midstream."""
    rng, gsd = canvas.rng, canvas.gsd_m
    everywhere = np.ones(canvas.shape, dtype=bool)
    layout.settle(canvas, everywhere, {**HINTERLAND, "forest": 0.1})
    width = float(np.clip(rng.uniform(0.15, 0.4) * min(canvas.extent_m), 60, 1500))
    mask, v = layout.river(canvas, width, everywhere)
    for _ in range(4):
        if mask.mean() > 0.08:
            break
        mask, v = layout.river(canvas, width, everywhere)  # the last one passed by, or hardly touched, the picture
    layout.lit_shore(canvas, mask, 0.5)
    layout.bridges(canvas, v, width, int(rng.integers(0, 2)))
    mooring = draw_mooring(rng, gsd, width)
    for sign in (1.0, -1.0):
        if rng.random() < 0.8:
            _bank(canvas, v, sign * (width / 2 - 0.5 * gsd), mooring)
    midstream(canvas, mask, v, float(rng.choice([0.2, 0.6, 1.5])))


def foothills(canvas: Canvas) -> None:
    """A town at the foot of hills, its suburbs climbing them; the hills bare, wooded or high."""
    rng, gsd = canvas.rng, canvas.gsd_m
    name = str(rng.choice(list(relief.RELIEFS), p=(0.45, 0.15, 0.3, 0.1)))
    style = relief.RELIEFS[name]
    everywhere = np.ones(canvas.shape, dtype=bool)
    plain = {"urban": 0.75, "industry": 0.1, "bare": 0.08, "fields": 0.07}
    layout.settle(canvas, everywhere, plain if rng.random() < 0.75 else layout_country(rng))
    frame = shore_frame(canvas, float(rng.uniform(-0.4, 0.4)))
    _, t = frame.axes(canvas, canvas.everything())
    ragged = fractal(rng, canvas.shape, float(rng.uniform(900, 3000)) / gsd, slope=2.6)
    foot_m = float(rng.uniform(0.05, 0.2)) * min(canvas.extent_m)
    rise = np.clip((ragged * foot_m - t) / float(rng.uniform(300, 900)), 0, 1)
    height = relief.heights(rng, canvas.shape, gsd, style) * rise
    suburb = fractal(rng, canvas.shape, 800 / gsd, slope=2.2) > float(rng.uniform(0.3, 2.5))
    relief.scrub(canvas, (rise > 0.15) & ~(suburb & (rise < 0.9)), style)
    relief.raise_ground(canvas, height, style.contrast)


def highlands(canvas: Canvas) -> None:
    """Hills or mountains to the edges, with a valley, a lake or a reservoir at times."""
    rng, gsd = canvas.rng, canvas.gsd_m
    style = relief.RELIEFS[str(rng.choice(list(relief.RELIEFS)))]
    relief.scrub(canvas, np.ones(canvas.shape, dtype=bool), style)
    height = relief.heights(rng, canvas.shape, gsd, style)
    if rng.random() < 0.5:
        floor = np.quantile(height[::4, ::4], float(rng.uniform(0.05, 0.3)))
        layout.paint(canvas, height < floor, str(rng.choice(["fields", "inland water", "urban", "bare", "forest"])))
        height = np.maximum(height - floor, 0)
    relief.raise_ground(canvas, height - height.min(), style.contrast)


def layout_country(rng: np.random.Generator) -> dict[str, float]:
    """Open country below the hills."""
    return {"fields": float(rng.uniform(0.2, 0.6)), "bare": 0.2, "forest": 0.2, "urban": 0.2}


def shore_frame(canvas: Canvas, shift: float) -> Frame:
    """A shore of any bearing, `shift` of the extent away from the centre."""
    angle = float(canvas.rng.uniform(0, 2 * np.pi))
    away = shift * min(canvas.extent_m)
    return Frame((away * np.sin(angle), -away * np.cos(angle)), angle)


def anchored(canvas: Canvas, density: float, underway: float = 0.25) -> None:
    """Ships on the open water: on average `density` in a square of a hundred by a hundred pixels."""
    expected = density * canvas.height * canvas.width / 1e4 * canvas.rng.exponential()
    count = int(canvas.rng.poisson(min(expected, 60))) + int(canvas.rng.integers(0, 3))
    ships.ships_at_sea(canvas, count, 12 * canvas.gsd_m, underway, draw=draw_vessel)


def midstream(canvas: Canvas, water: BoolArray, v: FloatArray, density: float) -> None:
    """Ships that ride to a river's current, some of them side by side."""
    rng, gsd = canvas.rng, canvas.gsd_m
    spots = np.flatnonzero(water)
    if spots.size == 0:
        return
    down, right = np.gradient(v, axis=0), np.gradient(v, axis=1)
    longest = float(np.clip(rng.uniform(10, 45) * gsd, 20, 230))
    for _ in range(int(rng.poisson(density * spots.size / 1e4 * 6))):
        row, col = divmod(int(rng.choice(spots)), canvas.width)
        size = draw_size(rng, max(8.0, 3.5 * gsd), longest, VESSEL_TYPES)
        if size is None:
            return
        heading = float(np.arctan2(right[row, col], -down[row, col]) + rng.normal(0, 0.06))
        across = np.array([-np.sin(heading), np.cos(heading)])
        for number in range(int(rng.integers(2, 6)) if rng.random() < 0.15 and size[2] > 2 * gsd else 1):
            at = np.array([col + 0.5, row + 0.5]) + across * number * (size[2] + 1 + 0.3 * gsd) / gsd
            turned = heading + (np.pi if rng.random() < 0.3 else 0.0)
            ship = Ship(size[0], (float(at[0]), float(at[1])), size[1], size[2], turned, "anchor")
            if is_free(canvas, ship, 0.7 * gsd, whole=False):
                draw_vessel(canvas, ship)


def _bank(canvas: Canvas, v: FloatArray, level: float, mooring: Mooring) -> None:
    """Moor ships along the line where the distance from the river's middle is `level`."""
    for line in measure.find_contours(v, level):
        if len(line) < 12:
            continue
        rows_cols = line[:: max(2, len(line) // 60)] + 0.5  # thinned: a quay is straight for a while
        metres = (rows_cols[:, ::-1] - (canvas.width / 2, canvas.height / 2)) * canvas.gsd_m
        run = np.gradient(rows_cols, axis=0)
        left = rows_cols + 3 * np.stack([-run[:, 1], run[:, 0]], axis=1) / np.hypot(*run.T)[:, None].clip(1e-6)
        row, col = (np.clip(left[:, k].astype(int), 0, canvas.shape[k] - 1) for k in (0, 1))
        on_water = np.isin(canvas.kinds[row, col], WATER).mean() > 0.5
        moor_along(canvas, metres if on_water else metres[::-1], mooring)
