"""Random fields: the raw material of coasts, hills, textures and parcels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from training.simulate.truth import FloatArray


def fractal(
    rng: np.random.Generator,
    shape: tuple[int, int],
    scale_px: float,
    slope: float = 2.5,
    stretch: float = 1.0,
) -> FloatArray:
    """Gaussian field of mean 0 and deviation 1 with a power-law spectrum.

    Args:
        rng: Source of randomness.
        shape: (H, W).
        scale_px: Size of the largest structures, in pixels.
        slope: Steepness of the amplitude spectrum; the larger, the smoother.
        stretch: Elongation of the structures along x.

    Returns:
        float32 (H, W).
    """
    padded = tuple(fft.next_fast_len(n + min(n, int(scale_px)) // 2, real=True) for n in shape)
    fy = fft.fftfreq(padded[0])[:, None].astype(np.float32)
    fx = fft.rfftfreq(padded[1])[None].astype(np.float32) * stretch
    shaping = (1.0 + (fy**2 + fx**2) * np.float32(scale_px) ** 2) ** (-slope / 2)
    spectrum = fft.rfft2(rng.standard_normal(padded, dtype=np.float32)) * shaping
    field = fft.irfft2(spectrum, s=padded)[: shape[0], : shape[1]]
    # A crop much smaller than one structure is nearly flat: without the floor it would be blown up.
    standard: FloatArray = (field - field.mean()) / max(float(field.std()), 1e-6)
    return standard.astype(np.float32)


def warp(rng: np.random.Generator, shape: tuple[int, int], amplitude: float, scale_px: float) -> FloatArray:
    """Displacement of a given deviation over distances of `scale_px`, smaller in smaller pictures."""
    seen = min(1.0, max(shape) / scale_px)  # a crop shows only part of the swing; `fractal` fills it anyway
    return np.float32(amplitude * seen**1.5) * fractal(rng, shape, scale_px, slope=3.2)


def gamma_texture(rng: np.random.Generator, shape: tuple[int, int], order: float) -> FloatArray:
    """Gamma texture of mean 1; with speckle on top, the intensity is K-distributed.

    Source: Jakeman and Pusey, "A model for non-Rayleigh sea echo", IEEE TAP 24(6), 1976.
    """
    return (rng.standard_gamma(order, shape, dtype=np.float32) / np.float32(order)).astype(np.float32)


def cell_hash(rows: NDArray[np.int64], cols: NDArray[np.int64], salt: int) -> FloatArray:
    """Uniform [0, 1) number that depends on the cell alone: equal cells, equal numbers."""
    mixed = rows.astype(np.uint32) * np.uint32(0x9E3779B1) ^ cols.astype(np.uint32) * np.uint32(0x85EBCA6B)
    mixed ^= np.uint32(salt & 0xFFFFFFFF)
    for multiplier in (0x7FEB352D, 0x846CA68B):
        mixed ^= mixed >> np.uint32(15)
        mixed *= np.uint32(multiplier)
    mixed ^= mixed >> np.uint32(16)
    return (mixed >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
