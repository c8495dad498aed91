"""Simulated ships in real pictures: the sea and the shore are real, and so is everything that is no ship.

The ships pass through a sensor of their own (point spread, sidelobes, speckle) and are added in intensity to
the picture's amplitude. Where the picture says what is water, they lie on water alone: anywhere, or along
the edge of what is land, singly or side by side.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from training.concepts import KIND
from training.simulate import geometry
from training.simulate.canvas import Canvas
from training.simulate.sensor import Sensor, observe
from training.simulate.ships import WATER, Ship, draw_size, is_free
from training.simulate.truth import BoolArray, FloatArray, SimObject
from training.simulate.vessels import VESSEL_TYPES, draw_vessel
from training.sources.picture import Picture
from training.sources.simulated import object_row

LEAST_WATER = 0.03  # share of a picture below which nothing is pasted
LENGTH_PX = (4.0, 110.0)
GSD_M = (0.7, 12.0)  # the pixel size of a public picture is seldom told; it decides which types fit a length
CLEAN_DB = -200.0  # what the picture has of its own is not added again: noise and ambiguities
WET_OR_UNKNOWN = ("unknown", "sea", "inland water", "flood", "oil slick", "ship", "clutter")
NO_LAND = np.isin(np.arange(256), [KIND[kind] for kind in WET_OR_UNKNOWN])


def paste_ships(picture: Picture, rng: np.random.Generator, most: int = 14) -> Picture:
    """A picture with simulated ships added where its kinds say water.

    Args:
        picture: Any picture; where it shows hardly any water it comes back as it is.
        rng: Source of everything random.
        most: Ships at most; rafts may add a few.

    Returns:
        A new picture: pixels, kinds and objects with the ships, invalid pixels (0) left as they are.
    """
    water = np.isin(picture.kinds, WATER) & (picture.pixels != 0)
    if water.mean() < LEAST_WATER or min(picture.pixels.shape) < 32:
        return picture
    canvas = _empty(picture, water, rng)
    _strew(canvas, water, int(rng.integers(1, most + 1)))
    if not canvas.objects:
        return picture
    pixels = _added(picture.pixels, water, canvas)
    kept, hidden = _seen(pixels, picture.pixels, water, canvas)
    kinds = np.where(picture.pixels == 0, picture.kinds, canvas.kinds).astype(np.uint8)
    kinds[hidden] = KIND["unknown"]
    rows = np.array([object_row(item) for item in kept], np.float32).reshape(-1, 6)
    return replace(picture, pixels=pixels, kinds=kinds, objects=np.concatenate([picture.objects, rows]))


def _empty(picture: Picture, water: BoolArray, rng: np.random.Generator) -> Canvas:
    """A canvas with the picture's kinds and no backscatter at all, seen as sharply as the picture is."""
    gsd_m = float(np.exp(rng.uniform(*np.log(GSD_M))))
    drawn = Sensor.draw(rng, gsd_m)
    height, width = picture.pixels.shape
    resolution = resolution_px(picture.pixels, water)
    sensor = replace(drawn, polarisation="VV", noise_db=CLEAN_DB, ghost_db=CLEAN_DB, resolution_px=resolution)
    canvas = Canvas(height, width, gsd_m, sensor, rng, cut_at_border=True)
    canvas.power[:] = 0
    canvas.kinds = picture.kinds.copy()
    return canvas


def resolution_px(pixels: NDArray[np.uint8], water: BoolArray) -> tuple[float, float]:
    """Resolution along x and y in pixels, 1 to 4, from how alike neighbours on the water are.

    The speckle of a band-limited picture, sampled r times as finely as needed, has the correlation
    sinc(1 / r)^2 between the intensities of neighbours (Goodman, "Speckle Phenomena in Optics", 2007).
    """
    sharpness = np.linspace(1, 4, 31)
    expected = np.sinc(1 / sharpness) ** 2
    values = np.minimum(pixels, np.quantile(pixels[water], 0.98)).astype(np.float32) ** 2
    values = values - ndimage.uniform_filter(values, 15)  # waves and slopes are no speckle
    found = []
    for axis in (1, 0):
        both = water & np.roll(water, -1, axis)
        near = np.roll(values, -1, axis)
        rho = float((values * near)[both].mean() / max(float((values**2)[both].mean()), 1e-6))
        found.append(float(np.interp(rho, expected, sharpness)))
    return found[0], found[1]


def _strew(canvas: Canvas, water: BoolArray, count: int) -> None:
    """Draw ships at places of both sorts until there are enough, or no room is found."""
    rng = canvas.rng
    away_px: FloatArray = ndimage.distance_transform_edt(NO_LAND[canvas.kinds]).astype(np.float32)
    inshore = np.flatnonzero(water & (away_px < 3)) if not NO_LAND[canvas.kinds].all() else np.empty(0, np.int64)
    anywhere = np.flatnonzero(water)
    smooth = ndimage.gaussian_filter(away_px, 3)
    at_berth = float(rng.choice([0.2, 0.8])) if inshore.size else 0.0
    wind = float(rng.uniform(0, 2 * np.pi))
    longest = float(np.exp(rng.uniform(np.log(2 * LENGTH_PX[0]), np.log(min(LENGTH_PX[1], min(canvas.shape) / 3)))))
    for _ in range(5 * count):
        size = draw_size(rng, LENGTH_PX[0] * canvas.gsd_m, longest * canvas.gsd_m, VESSEL_TYPES)
        if size is None or len(canvas.objects) >= count:
            return
        berth = rng.random() < at_berth
        row, col = divmod(int(rng.choice(inshore if berth else anywhere)), canvas.width)
        down, right = (_slope(smooth, row, col, axis) for axis in (0, 1))
        seaward = np.array([right, down]) / max(float(np.hypot(right, down)), 1e-6)
        heading = float(np.arctan2(seaward[0], -seaward[1])) if berth else wind + float(rng.normal(0, 0.4))
        offset = size[2] / 2 / canvas.gsd_m + float(rng.uniform(0, 1.5)) if berth else 0.0
        middle = np.array([col + 0.5, row + 0.5]) + seaward * offset
        abreast = int(rng.integers(2, 5)) if berth and rng.random() < 0.2 and size[2] > 2.2 * canvas.gsd_m else 1
        for number in range(abreast):
            x, y = middle + seaward * number * (size[2] / canvas.gsd_m + 0.7)
            situation = "berth" if berth else "anchor"
            _try(canvas, Ship(size[0], (float(x), float(y)), *size[1:], heading, situation))


def _slope(values: FloatArray, row: int, col: int, axis: int) -> float:
    """Central difference at one place."""
    step = np.array([row, col])
    low, high = step.copy(), step.copy()
    low[axis], high[axis] = max(step[axis] - 1, 0), min(step[axis] + 1, values.shape[axis] - 1)
    return float(values[tuple(high)] - values[tuple(low)])


def _try(canvas: Canvas, ship: Ship) -> None:
    margin = 0.3 if ship.situation == "berth" else 2.0
    if is_free(canvas, ship, margin * canvas.gsd_m, whole=False):
        draw_vessel(canvas, ship)


def _added(pixels: NDArray[np.uint8], water: BoolArray, canvas: Canvas) -> NDArray[np.uint8]:
    """The picture with the ships' intensity on top, in bytes; their gain is drawn, from dim to saturated."""
    rng = canvas.rng
    amplitude = observe(canvas.power, canvas.points, canvas.sensor, rng)
    new = (canvas.kinds == KIND["ship"]) & water
    sea = float(pixels[water].mean())
    bright = float(np.quantile(amplitude[new], 0.8)) if new.any() else 0.0
    target = float(np.exp(rng.uniform(np.log(max(2.5 * sea, 70.0)), np.log(max(6.0 * sea, 700.0)))))
    added = np.hypot(pixels.astype(np.float32), amplitude * np.float32(target / max(bright, 1e-6)))
    return np.where(pixels == 0, 0, np.clip(np.rint(added), 1, 255)).astype(np.uint8)


def _seen(
    pixels: NDArray[np.uint8], before: NDArray[np.uint8], water: BoolArray, canvas: Canvas
) -> tuple[list[SimObject], BoolArray]:
    """The ships that stand out of the water, and the pixels of those that do not: of these nothing is said."""
    sea, spread = float(before[water].mean()), float(before[water].std())
    kept, hidden = [], np.zeros(water.shape, dtype=bool)
    for item in canvas.objects:
        window = geometry.bounds(item.outline, canvas.shape)
        share = geometry.coverage(item.outline, window, samples=4)
        mask = (share > 0) & (share >= min(0.5, float(share.max()))) & (pixels[window] != 0)
        if mask.any() and float(pixels[window][mask].mean()) > sea + max(12.0, 0.7 * spread):
            kept.append(item)
        else:
            hidden[window] |= mask
    return kept, hidden
