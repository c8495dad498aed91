"""Hills and mountains under any cover: heights with branching valleys, and the sensor's sidelong view of them.

The cover is painted flat first, as woods, scrub, rock or suburb; `raise_ground` then lights it by slope and
sends it to the range cell at its distance: foreshortening, layover and shadow come from the geometry alone
(Schreier, "SAR Geocoding", 1993, chapter 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulate.canvas import Canvas
from training.simulate.ground import db, fold
from training.simulate.noise import fractal, gamma_texture
from training.simulate.truth import BoolArray, FloatArray


@dataclass(frozen=True)
class Relief:
    """Measures of one kind of high ground."""

    span_m: tuple[float, float]  # from crest to crest
    steepness: tuple[float, float]  # height over span
    branching: float  # how much each scale of spurs keeps of the one above
    cover_db: tuple[float, float]  # mean backscatter relative to that of mountains
    patches_db: float  # deviation of the cover from place to place
    clumps_db: float  # of trees and scrub, pixel by pixel
    contrast: float  # exponent of the slope's share in the backscatter: low where a canopy scatters


RELIEFS = {
    "chaparral": Relief((500, 1500), (0.05, 0.12), 0.36, (-3, 1), 1.5, 0.8, 1.4),
    "alpine": Relief((1200, 3500), (0.06, 0.13), 0.36, (-2, 2), 2.0, 0.5, 1.6),
    "forested": Relief((400, 1300), (0.03, 0.10), 0.30, (-1, 2), 0.8, 1.5, 1.0),
    "desert": Relief((700, 2200), (0.03, 0.10), 0.38, (-6, -2), 1.0, 0.3, 1.8),
}


def heights(rng: np.random.Generator, shape: tuple[int, int], gsd_m: float, relief: Relief) -> FloatArray:
    """Heights in metres: ridged noise whose smaller spurs grow on the larger ones.

    Source of the scheme: Musgrave, "Procedural fractal terrains", in Texturing and Modeling, 2003.
    """
    span_px = rng.uniform(*relief.span_m) / gsd_m
    total = np.zeros(shape, dtype=np.float32)
    weight: FloatArray = np.ones(shape, dtype=np.float32)
    gain, scale = 1.0, span_px
    elongation, along_y = float(rng.uniform(1, 3)), rng.random() < 0.6
    for octave in range(4):
        if scale < 3:
            break
        field = fractal(rng, shape[::-1] if along_y else shape, scale, slope=3.0, stretch=elongation)
        ridge = np.clip(1 - np.abs(field.T if along_y else field), -1, 1)
        # the largest ridges fall evenly to their valleys; spurs are sharp, and fade where nothing carries them
        total += np.float32(gain) * (ridge if octave == 0 else np.clip(ridge, 0, 1) ** 2) * weight
        weight = np.clip(0.5 + 0.7 * ridge, 0.15, 1).astype(np.float32)
        gain, scale, elongation = gain * relief.branching, scale / 2.6, 1.0
    return (total * np.float32(span_px * gsd_m * rng.uniform(*relief.steepness))).astype(np.float32)


def scrub(canvas: Canvas, mask: BoolArray, relief: Relief) -> None:
    """Paint the natural cover of high ground, still flat."""
    region = canvas.region(mask)
    if region is None:
        return
    rng, gsd = canvas.rng, canvas.gsd_m
    patches = relief.patches_db * fractal(rng, region.shape, 500 / gsd, slope=1.6)
    clumps = relief.clumps_db * fractal(rng, region.shape, max(25 / gsd, 1.5), slope=1.0)
    level = canvas.level("mountains") * db((patches + clumps + rng.uniform(*relief.cover_db)).astype(np.float32))
    canvas.paint(region, level * gamma_texture(rng, region.shape, 15), "mountains")


def raise_ground(canvas: Canvas, height_m: FloatArray, contrast: float) -> None:
    """Light and fold everything painted so far as ground of these heights, kinds included."""
    width_px = canvas.width
    pad = min(int(np.ceil(float(np.ptp(height_m)) / _tangent(canvas) / canvas.gsd_m)) + 2, width_px - 1)
    high = _padded(height_m, pad)
    slope = np.gradient(high, canvas.gsd_m, axis=1)
    facing = np.clip((1 + slope / _tangent(canvas)) / np.sqrt(1 + slope**2), 0.02, 4)
    sight = high + np.arange(high.shape[1], dtype=np.float32) * np.float32(canvas.gsd_m / _tangent(canvas))
    lit = sight >= np.maximum.accumulate(sight, axis=1) - 1e-3  # else in radar shadow
    shift = high / np.float32(_tangent(canvas) * canvas.gsd_m)
    light = (facing ** np.float32(contrast) * lit).astype(np.float32)
    seen = slice(pad, pad + width_px)
    flat = np.float32(0.02) * canvas.level("mountains")
    raised = shift[:, seen] > 0.02  # water and plains keep their pixels
    folded = fold(_padded(canvas.power, pad) * light, shift)[:, seen]
    raised |= np.abs(folded - canvas.power) > 0.5 * canvas.power
    canvas.power = np.where(raised, np.maximum(folded, flat), canvas.power).astype(np.float32)
    canvas.points = fold(_padded(canvas.points, pad) * light, shift)[:, seen]
    _move_kinds(canvas, shift[:, seen])


def _tangent(canvas: Canvas) -> float:
    return float(np.tan(np.radians(canvas.sensor.incidence_deg)))


def _padded(values: FloatArray, pad: int) -> FloatArray:
    return np.pad(values, ((0, 0), (pad, pad)), mode="reflect")


def _move_kinds(canvas: Canvas, shift_px: FloatArray) -> None:
    """High ground takes its kind along to where it is seen; it covers what lies in front of it."""
    kinds = canvas.kinds.copy()
    rows, cols = np.nonzero(shift_px >= 0.5)
    order = np.argsort(shift_px[rows, cols], kind="stable")  # the highest last: it lies over the rest
    rows, cols = rows[order], cols[order]
    target = np.rint(cols - shift_px[rows, cols]).astype(np.int64)
    ok = target >= 0
    kinds[rows[ok], target[ok]] = canvas.kinds[rows[ok], cols[ok]]
    canvas.kinds = kinds
