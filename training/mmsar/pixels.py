"""Pictures of the public data sets as bytes, whatever their files hold."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from training.sources.picture import as_bytes

TIFF = (".tif", ".tiff")
FLOOR = 1e-6  # of amplitude before the logarithm; such pixels are invalid


@lru_cache(maxsize=1)  # the pieces of one large picture come one after the other
def read_pixels(path: Path) -> NDArray[np.uint8]:
    """uint8 (H, W), 1..255: 8-bit pictures as they are, anything deeper as amplitude in dB, percentiles 1 and 99.5.

    Raises:
        ValueError: The file is no picture.
    """
    try:
        values = tifffile.imread(path) if path.suffix.lower() in TIFF else np.asarray(Image.open(path))
    except (tifffile.TiffFileError, OSError, SyntaxError) as error:
        raise ValueError(f"{path}: {error}") from error
    if values.ndim == 3:  # grey, repeated
        values = values[..., 0] if values.shape[-1] in (3, 4) else values[0]
    if values.dtype == np.uint8:
        pixels: NDArray[np.uint8] = np.maximum(values, 1)  # black is a measurement, these sets have no nodata
        return pixels
    return stretched(np.abs(values))


def stretched(amplitude: NDArray[np.number]) -> NDArray[np.uint8]:
    """Amplitude of any scale as bytes, linear in dB; what is not positive becomes 0."""
    valid = np.isfinite(amplitude) & (amplitude > FLOOR)
    decibels = 20 * np.log10(np.where(valid, amplitude, 1.0).astype(np.float32))
    if not valid.any():
        return np.zeros(amplitude.shape, np.uint8)
    low, high = np.percentile(decibels[valid], (1, 99.5))
    return as_bytes(decibels, valid, float(low), float(high))


def read_phoenix(path: Path) -> NDArray[np.uint8]:
    """An MSTAR chip as the Air Force published it: a text header, big-endian float32 magnitude, then phase.

    Raises:
        ValueError: The header lacks a size, or the file is shorter than it says.
    """
    content = path.read_bytes()
    header = dict(re.findall(r"(\w+)\s*=\s*([^\r\n]+)", content[:8192].decode("latin-1")))
    try:
        start, rows, cols = (int(header[key]) for key in ("PhoenixHeaderLength", "NumberOfRows", "NumberOfColumns"))
        start += int(header.get("native_header_length", 0))
        magnitude = np.frombuffer(content, ">f4", rows * cols, start).reshape(rows, cols)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path}: no MSTAR chip, {error}") from error
    return stretched(magnitude.astype(np.float32))
