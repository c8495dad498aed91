"""From the numbers of a file to the byte picture: one scale and one stretch for a whole scene.

The byte picture is uint8: 0 is invalid, 1..255 is backscatter between the stretch's limits, linear
in dB (in grey values for 8-bit pictures, whose own stretch is unknown).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError

_CHUNK_PX = 1 << 17  # half a megabyte of float32: the working buffers stay in the processor's cache
_PICTURE_HIGH = 64.0  # DN that a picture's brightest pixel reaches at least
_MIN_RANGE = 1.0  # dB or grey values; a narrower stretch would only magnify rounding

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Scale(str, Enum):
    """What the numbers of a scene are."""

    DB = "db"  # 10 log10 of power, already taken
    POWER = "power"  # sigma nought, gamma nought, intensity: linear, level = 10 log10(x)
    AMPLITUDE = "amplitude"  # digital numbers of a GRD, modulus of an SLC: level = 20 log10(x)
    UINT8 = "uint8"  # an 8-bit picture with a stretch of its own: level = x

    @property
    def unit(self) -> str:
        """Unit of the level: dB, or DN (digital number) for a picture."""
        return "DN" if self is Scale.UINT8 else "dB"


@dataclass(frozen=True)
class Stretch:
    """How a scene's numbers become bytes: level `low` maps to 1, level `high` to 255."""

    scale: Scale
    low: float  # level in `unit`
    high: float  # level in `unit`; equal to low where the scene has no valid pixel
    unit: str  # dB or DN
    reason: str  # what was seen and which rule chose, for the log and `info`
    gain: float = 1.0  # stored number * gain + offset is the quantity that `scale` names
    offset: float = 0.0

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            InputError: a limit is not finite, they are in the wrong order, or the gain is zero.
        """
        object.__setattr__(self, "scale", Scale(self.scale))
        if not all(map(math.isfinite, (self.low, self.high, self.gain, self.offset))) or self.low > self.high:
            raise InputError(f"stretch from {self.low} to {self.high}: give finite limits, low below high")
        if self.gain == 0:
            raise InputError("stretch with gain 0: give the factor from stored number to quantity")

    @property
    def is_empty(self) -> bool:
        """Whether the scene has no valid pixel: every byte is 0."""
        return self.low == self.high


def fit_stretch(
    levels: Floats, scale: Scale, reason: str, *, gain: float = 1.0, offset: float = 0.0
) -> Stretch:
    """The stretch between percentiles 1 and 99.5 of valid levels; empty where there are none.

    An 8-bit picture was stretched by whoever made it, and is taken as it is unless the upper part of its range lies
    unused altogether. Dark sea with a few ships does not: the ships are what reaches up, and stretched once more they
    would drown in what saturates around them (validation, F1 of points: SSDD .90 instead of .92, HRSID .74 of .77).

    Args:
        levels: valid levels of a sample of the whole scene, in `scale.unit`, any shape.
        scale: what the scene's numbers are.
        reason: why, for the record.
        gain: see Stretch.
        offset: see Stretch.
    """
    if levels.size == 0:
        note = f"{reason}; no valid pixel in the scene"
        return Stretch(scale, 0.0, 0.0, scale.unit, note, gain, offset)
    low, high = (float(x) for x in np.percentile(levels, (1.0, 99.5)))
    if scale is Scale.UINT8 and levels.max() >= _PICTURE_HIGH:
        return Stretch(scale, 0.0, 255.0, scale.unit, f"{reason}; an 8-bit picture, taken as it is", gain, offset)
    if high - low < _MIN_RANGE:
        middle = (low + high) / 2
        low, high = middle - _MIN_RANGE / 2, middle + _MIN_RANGE / 2
        reason += f"; nearly constant scene, range widened to {_MIN_RANGE:g} {scale.unit}"
    return Stretch(scale, low, high, scale.unit, reason, gain, offset)


def to_bytes(values: NDArray[Any], stretch: Stretch, nodata: float | None = None) -> Bytes:
    """The byte picture of an array.

    Args:
        values: any numeric or complex dtype, shape (H, W); complex numbers count by their modulus.
        stretch: of the scene.
        nodata: the stored number that means "nothing here", or None.

    Returns:
        uint8, shape (H, W): 0 where nodata, NaN, infinite or, for power and amplitude, not positive, and
        where `zero_is_filling` says so; otherwise 1 + 254 (level - low) / (high - low), rounded and clipped
        to 1..255.
    """
    if stretch.is_empty:
        return np.zeros(values.shape, np.uint8)
    out = np.empty(values.shape, np.uint8)
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2:
        table = _lookup_table(values.dtype.str, stretch, nodata)
        numbers = values.view(f"u{values.dtype.itemsize}")
        for rows in _row_chunks(values.shape):
            # in chunks: numpy makes 8-byte indices first. All are in range; clip saves the check.
            out[rows] = np.take(table, numbers[rows], mode="clip")
        return out
    for rows in _row_chunks(values.shape):
        out[rows] = _bytes_of_chunk(values[rows], stretch, nodata)
    return out


def zero_is_filling(scale: Scale, dtype: np.dtype[Any], nodata: float | None) -> bool:
    """Whether a stored zero means "nothing here" though nobody declares it.

    In fractional dB it does: hardly a pixel is 0 dB to the last bit, and its filling would be the brightest
    of the scene. Whole numbers may well be 0 dB, and power and amplitude have no level at zero anyway.
    """
    return scale is Scale.DB and dtype.kind == "f" and nodata is None


def valid_levels(values: NDArray[Any], stretch: Stretch, nodata: float | None = None) -> Floats:
    """Levels (dB or DN) of the valid ones among `values`, shape (n,); the stretch's limits play no part."""
    physical, valid = _physical(values, stretch, nodata)
    return _level(physical[valid], stretch.scale)


def pool_bytes(
    values: NDArray[Any],
    stretch: Stretch,
    nodata: float | None,
    row_starts: NDArray[np.intp],
    col_starts: NDArray[np.intp],
) -> Bytes:
    """The byte picture of bins of pixels: mean of their valid pixels in power, then stretched.

    Averaging dB would favour the dark: speckle's mean in dB lies 2.5 dB below the dB of its mean.
    Pictures, whose scale is unknown, are averaged as they are.

    Args:
        values: shape (H, W).
        stretch: of the scene.
        nodata: as in to_bytes.
        row_starts: first row of each bin, ascending from 0, shape (h,); a bin ends where the next begins.
        col_starts: first column of each bin, ascending from 0, shape (w,).

    Returns:
        uint8, shape (h, w): 0 where no pixel of the bin is valid.
    """
    out = np.zeros((len(row_starts), len(col_starts)), np.uint8)
    if stretch.is_empty:
        return out
    height, width = values.shape
    bins_per_chunk = max(1, _CHUNK_PX * len(row_starts) // (height * width))
    for first in range(0, len(row_starts), bins_per_chunk):
        starts = row_starts[first : first + bins_per_chunk]
        after = first + len(starts)
        stop = row_starts[after] if after < len(row_starts) else height
        power, count = _power_sums(values[starts[0] : stop], stretch, nodata, starts - starts[0], col_starts)
        out[first:after] = _mean_to_bytes(power, count, stretch)
    return out


def _power_sums(
    values: NDArray[Any],
    stretch: Stretch,
    nodata: float | None,
    row_starts: NDArray[np.intp],
    col_starts: NDArray[np.intp],
) -> tuple[Floats, Floats]:
    """Sum of power, and number, of the valid pixels of each bin."""
    power, valid = _physical(values, stretch, nodata)
    with np.errstate(over="ignore", invalid="ignore"):
        if stretch.scale is Scale.DB:
            power *= np.float32(math.log(10) / 10)
            np.exp(power, out=power)
        elif stretch.scale is Scale.AMPLITUDE:
            power *= power
    np.copyto(power, 0, where=~valid)
    return (
        _sum_bins(power, row_starts, col_starts),
        _sum_bins(valid.astype(np.float32), row_starts, col_starts),
    )


def _mean_to_bytes(power: Floats, count: Floats, stretch: Stretch) -> Bytes:
    """Bytes of the mean power of bins, from sums and numbers of valid pixels."""
    mean: Floats = power / np.maximum(count, np.float32(1))
    scale = stretch.scale if stretch.scale is Scale.UINT8 else Scale.POWER
    return _quantise(_level(mean, scale), stretch) * (count > 0)


def _sum_bins(array: Floats, row_starts: NDArray[np.intp], col_starts: NDArray[np.intp]) -> Floats:
    """Sums over bins; equal bins go through reshape, five times faster than reduceat."""
    (height, width), (n_rows, n_cols) = array.shape, (len(row_starts), len(col_starts))
    if _equal_bins(row_starts, height) and _equal_bins(col_starts, width):
        rows: Floats = array.reshape(n_rows, height // n_rows, width).sum(1)
        sums: Floats = rows.reshape(n_rows, n_cols, width // n_cols).sum(2)
        return sums
    uneven: Floats = np.add.reduceat(np.add.reduceat(array, row_starts, axis=0), col_starts, axis=1)
    return uneven


def _equal_bins(starts: NDArray[np.intp], length: int) -> bool:
    """Whether bins that begin at `starts` cut `length` into equal parts."""
    return length % len(starts) == 0 and bool((starts == np.arange(0, length, length // len(starts))).all())


def _physical(
    values: NDArray[Any], stretch: Stretch, nodata: float | None
) -> tuple[Floats, NDArray[np.bool_]]:
    """The quantity that the scale names, as a fresh float32 array, and where it is valid."""
    # a float64 number beyond float32 becomes infinite, which is masked like any other
    with np.errstate(over="ignore", invalid="ignore"):
        modulus = np.abs(values) if values.dtype.kind == "c" else values
        physical = modulus.astype(np.float32)
        if stretch.gain != 1 or stretch.offset != 0:
            physical *= np.float32(stretch.gain)
            physical += np.float32(stretch.offset)
        valid = np.isfinite(physical)
        if stretch.scale in (Scale.POWER, Scale.AMPLITUDE):
            valid &= physical > 0
        if nodata is not None:
            valid &= values != nodata
        elif zero_is_filling(stretch.scale, values.dtype, nodata):
            valid &= values != 0
    return physical, valid


def _level(physical: Floats, scale: Scale) -> Floats:
    """Level of a quantity, in place: dB of power or amplitude, dB and DN unchanged."""
    if scale in (Scale.POWER, Scale.AMPLITUDE):
        with np.errstate(divide="ignore", invalid="ignore"):
            np.log10(physical, out=physical)
        physical *= np.float32(10 if scale is Scale.POWER else 20)
    return physical


def _quantise(level: Floats, stretch: Stretch) -> Bytes:
    """Bytes 1..255 of levels, in place; what an invalid level becomes is left open."""
    step = (stretch.high - stretch.low) / 254
    with np.errstate(invalid="ignore", over="ignore"):
        level -= np.float32(stretch.low)
        level *= np.float32(1 / step)
        level += np.float32(1.5)  # 1, and half a step so that the cast rounds
        np.clip(level, 1, 255, out=level)
        return level.astype(np.uint8)


def _bytes_of_chunk(values: NDArray[Any], stretch: Stretch, nodata: float | None) -> Bytes:
    """to_bytes for a piece that fits the cache."""
    physical, valid = _physical(values, stretch, nodata)
    return _quantise(_level(physical, stretch.scale), stretch) * valid


@functools.lru_cache(maxsize=8)
def _lookup_table(dtype: str, stretch: Stretch, nodata: float | None) -> Bytes:
    """Bytes of every number a dtype of 8 or 16 bits can hold, in the order of its bits."""
    kind = np.dtype(dtype)
    numbers = np.arange(1 << 8 * kind.itemsize, dtype=f"u{kind.itemsize}").view(kind)
    table = _bytes_of_chunk(numbers, stretch, nodata)
    table.flags.writeable = False
    return table


def _row_chunks(shape: tuple[int, ...]) -> list[slice]:
    """Slices of rows with some _CHUNK_PX pixels each."""
    step = max(1, _CHUNK_PX // max(1, math.prod(shape[1:])))
    return [slice(row, row + step) for row in range(0, shape[0], step)]
