"""Which scale a scene's numbers are in, when nobody says so: rules in order, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.raster.radiometry import Scale
from engine.raster.scene import Scene

_HINTS: dict[Scale, frozenset[str]] = {
    # in this order: "Sigma0_VV_db" is dB, "sigma0_amplitude" is amplitude
    Scale.DB: frozenset({"db", "decibel", "decibels"}),
    Scale.AMPLITUDE: frozenset({"amplitude", "amp", "magnitude"}),
    Scale.POWER: frozenset(
        {"power", "intensity", "linear", "sigma0", "gamma0", "beta0", "sigma", "gamma", "rtc", "nrb"}
    ),
}
_TAG_KEYS = frozenset({"unit", "units", "scale", "radiometry", "calibration", "backscatter", "long_name"})
# ASF's RTC names end in a code such as G_gpuned: gamma nought, then p power, a amplitude, d decibel
# https://hyp3-docs.asf.alaska.edu/guides/rtc_product_guide/#naming-convention
_ASF_RTC = re.compile(r"_RTC\d*_[A-Z]_[gs]([pad])[a-z]{4}_", re.IGNORECASE)
_ASF_SCALES = {"p": Scale.POWER, "a": Scale.AMPLITUDE, "d": Scale.DB}
_SAFE_GRD = re.compile(r"(^|/)s1[a-d]-(iw|ew|wv|s\d)-grd-", re.IGNORECASE)

_DN_MEDIAN = 10.0  # calibrated backscatter is seldom above 10 (10 dB); digital numbers seldom below
_LOWEST_DB = -60.0  # no sensor's noise floor lies lower, so whole numbers below are fractions of a dB


@dataclass(frozen=True)
class ScaleChoice:
    """A scale, the factor from stored number to quantity, and what led to them."""

    scale: Scale
    reason: str
    gain: float = 1.0
    offset: float = 0.0


def choose_scale(scene: Scene, sample: NDArray[Any]) -> ScaleChoice:
    """Choose the scale of a scene. The first rule that applies wins.

    1. Complex numbers are amplitude, after the modulus; 8-bit numbers are a picture. They can be
       nothing else, whatever a file is called.
    2. What is declared: the band's unit, tags that speak of units, the band's description, the file's
       name (dB, amplitude, power, sigma0, gamma0, RTC, ASF's product code, Sentinel-1 GRD). A linear
       scale is not believed where the median is negative.
    3. Numbers with a negative median are dB; whole numbers too low for dB are tenths or hundredths.
    4. Whole numbers are amplitude (every raw GRD).
    5. Other numbers are amplitude where their median is above 10 (digital numbers), else power.

    A gain and offset declared for the band are applied before any of this.

    Args:
        scene: gives dtype, unit, tags and names.
        sample: stored numbers from all over the scene, any shape.
    """
    gain, offset = scene.value_transform
    if scene.dtype.startswith("complex"):
        return ScaleChoice(
            Scale.AMPLITUDE, f"{scene.dtype} numbers: their modulus is amplitude", gain, offset
        )
    if scene.dtype == "uint8":
        return ScaleChoice(Scale.UINT8, "8-bit numbers: a picture with a stretch of its own", gain, offset)
    median = _median(sample, scene.nodata, gain, offset)
    hint = _declared(scene)
    if hint is not None and (hint.scale is Scale.DB or median is None or median >= 0):
        scale, reason = hint.scale, hint.reason
    else:
        scale, reason = _by_numbers(scene.dtype, median)
        if hint is not None:
            reason = f"{hint.reason}, but {reason}"
    if scale is Scale.DB and "int" in scene.dtype and gain == 1 and median is not None:
        gain = _fraction_of_db(median)
        reason += f"; stored in steps of {gain:g} dB" if gain != 1 else ""
    return ScaleChoice(scale, reason, gain, offset)


def _median(sample: NDArray[Any], nodata: float | None, gain: float, offset: float) -> float | None:
    """Median of the numbers that are finite, not nodata and not zero (the usual undeclared filling)."""
    keep = np.isfinite(sample) & (sample != 0)
    if nodata is not None:
        keep &= sample != nodata
    numbers = sample[keep]
    return float(np.median(numbers)) * gain + offset if numbers.size else None


def _by_numbers(dtype: str, median: float | None) -> tuple[Scale, str]:
    """Rules 3 to 5."""
    whole = "int" in dtype
    if median is None:
        return (Scale.AMPLITUDE if whole else Scale.POWER), f"no valid {dtype} number to judge by"
    if median < 0:
        return Scale.DB, f"{dtype} numbers with negative median {median:.4g} are dB"
    if whole:
        return Scale.AMPLITUDE, f"{dtype} numbers with median {median:.4g} are amplitude"
    if median > _DN_MEDIAN:
        return Scale.AMPLITUDE, f"{dtype} numbers with median {median:.4g} > {_DN_MEDIAN:g} are amplitude"
    return Scale.POWER, f"{dtype} numbers with median {median:.4g}, not negative, are power"


def _fraction_of_db(median: float) -> float:
    """1, 0.1 or 0.01: the step in which whole numbers with this median can be dB."""
    return next(step for step in (1.0, 0.1, 0.01, 0.001) if median * step > _LOWEST_DB or step == 0.001)


def _declared(scene: Scene) -> ScaleChoice | None:
    """Rule 2."""
    name = PurePosixPath(scene.path).name
    product = _ASF_RTC.search(f"{name}_")
    if product is not None:
        scale = _ASF_SCALES[product[1].lower()]
        return ScaleChoice(scale, f"ASF product code in the name '{name}' says {scale.value}")
    tags = [value for key, value in scene.tags.items() if key.lower() in _TAG_KEYS]
    description = scene.description
    for place, text in (("unit", scene.unit), *(("tag", tag) for tag in tags), ("band", description)):
        if (scale_or_none := _hint(text)) is not None:
            return ScaleChoice(scale_or_none, f"{place} '{text}' says {scale_or_none.value}")
    if _SAFE_GRD.search(name) and "int" in scene.dtype:
        return ScaleChoice(Scale.AMPLITUDE, "Sentinel-1 GRD measurement: amplitude, not calibrated")
    if (scale_or_none := _hint(PurePosixPath(name).stem)) is not None:
        return ScaleChoice(scale_or_none, f"file name '{name}' says {scale_or_none.value}")
    return None


def _hint(text: str) -> Scale | None:
    """The scale that a word of a text names, if any."""
    words = frozenset(re.split(r"[^a-z0-9]+", text.lower()))
    return next((scale for scale, names in _HINTS.items() if words & names), None)
