"""The instrument: backscatter in, a speckled picture with its point spread out.

Range runs along x, the sensor is on the left. Backscatter is sigma nought in linear power.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from training.simulate.truth import FloatArray

PAD_PX = 24  # mirrored on each side before the transforms, so that nothing wraps around
BANDS = ("X", "C", "L")
COHERENT_LOOKS = 3.5  # below, looks are summed one by one; above, their gamma law is drawn at once


@dataclass(frozen=True)
class Sensor:
    """Settings of one acquisition."""

    polarisation: str = "VV"  # VV or VH
    incidence_deg: float = 36.0
    looks: float = 4.4  # equivalent number of independent looks
    resolution_px: tuple[float, float] = (1.5, 1.5)  # range, azimuth; in pixels
    window: float = 0.75  # generalised Hamming coefficient; 1 is none, with sidelobes at -13 dB
    noise_db: float = -24.0  # thermal noise as sigma nought
    streak_db: float = -35.0  # energy of the long azimuth sidelobes of point targets
    ghost_db: float = -30.0  # azimuth ambiguities
    ghost_px: tuple[int, int] = (3, 400)  # their shift, x and y
    band: str = "C"  # X, C or L

    def __post_init__(self) -> None:
        """Refuse settings that no instrument has."""
        if self.polarisation not in ("VV", "VH"):
            raise ValueError(f"polarisation {self.polarisation!r} is not simulated: use 'VV' or 'VH'")
        if self.band not in BANDS:
            raise ValueError(f"band {self.band!r} is not simulated: use one of {', '.join(BANDS)}")
        if self.looks < 1:
            raise ValueError(f"looks must be at least 1, not {self.looks}")
        if min(self.resolution_px) < 1:
            raise ValueError(f"resolution_px must be at least 1 pixel, not {self.resolution_px}")

    @classmethod
    def draw(cls, rng: np.random.Generator, gsd_m: float, looks: float | None = None) -> Sensor:
        """A plausible sensor for the pixel size: few looks when fine, multilooked when coarse."""
        few = gsd_m < 5.0
        drawn = float(rng.choice([1, 1, 2, 3, 4, 6, 12])) if few else float(np.exp(rng.uniform(1.25, 3.0)))
        vh = rng.random() < (0.25 if few else 0.55)
        wide = (1.0, 1.6) if few else (1.2, 2.3)
        return cls(
            polarisation="VH" if vh else "VV",
            band=str(rng.choice(BANDS, p=(0.6, 0.3, 0.1) if few else (0.05, 0.8, 0.15))),
            incidence_deg=float(rng.uniform(22, 46)),
            looks=drawn if looks is None else float(looks),
            resolution_px=(float(rng.uniform(*wide)), float(rng.uniform(*wide))),
            window=float(rng.uniform(0.62, 1.0)),
            noise_db=float(rng.normal(-26.0 if vh else -23.0, 2.0)),
            streak_db=float(rng.uniform(-50, -27 if few else -32)),
            ghost_db=float(rng.uniform(-45, -30) if rng.random() < 0.75 else rng.uniform(-30, -21)),
            ghost_px=(int(rng.integers(-8, 9)), int(rng.uniform(1500, 5000) / gsd_m)),
        )


def observe(power: FloatArray, points: FloatArray, sensor: Sensor, rng: np.random.Generator) -> FloatArray:
    """Amplitude picture of distributed backscatter and of point targets.

    Args:
        power: Sigma nought of distributed targets, (H, W), linear.
        points: Radar cross-section per pixel area of point targets, (H, W), linear.
        sensor: The instrument.
        rng: Source of speckle.

    Returns:
        float32 (H, W), linear amplitude.
    """
    shape = power.shape
    power, points = (_pad(a, mode) for a, mode in ((power, "symmetric"), (points, "constant")))
    transfer = _transfer(power.shape, sensor)
    if sensor.looks < COHERENT_LOOKS:
        intensity = _coherent_looks(power, points, transfer, round(sensor.looks), rng)
    else:
        intensity = _multilooked(power, points, transfer, sensor.looks, rng)
    noise = rng.standard_gamma(max(sensor.looks, 1.0), power.shape, dtype=np.float32) / sensor.looks
    intensity += noise * 10 ** (sensor.noise_db / 10)
    intensity += _far_response(power + points, points, sensor)
    crop = intensity[PAD_PX : PAD_PX + shape[0], PAD_PX : PAD_PX + shape[1]]
    return np.sqrt(np.maximum(crop, 0)).astype(np.float32)


def _pad(values: FloatArray, mode: str) -> FloatArray:
    extra = [(PAD_PX, fft.next_fast_len(n + 2 * PAD_PX) - n - PAD_PX) for n in values.shape]
    return np.pad(values, extra, mode=mode)  # type: ignore[call-overload,no-any-return]


def _transfer(shape: tuple[int, int], sensor: Sensor) -> FloatArray:
    """Amplitude transfer function, scaled so that the point spread has unit energy."""
    axes = []
    for n, resolution in zip(shape, sensor.resolution_px[::-1], strict=True):
        share = np.abs(fft.fftfreq(n)) * 2 * resolution  # 1 at the edge of the processed band
        weight = sensor.window + (1 - sensor.window) * np.cos(np.pi * share)
        axes.append(np.where(share <= 1, weight, 0.0))
    transfer = np.outer(*axes)
    unit: FloatArray = (transfer / np.sqrt((transfer**2).mean())).astype(np.float32)
    return unit


def _complex_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.complex64]:
    pair: FloatArray = rng.standard_normal((*shape, 2), dtype=np.float32) * np.float32(np.sqrt(0.5))
    return pair.view(np.complex64)[..., 0]


def _coherent_looks(
    power: FloatArray, points: FloatArray, transfer: FloatArray, looks: int, rng: np.random.Generator
) -> FloatArray:
    phase = rng.random(points.shape, dtype=np.float32) * np.float32(2 * np.pi)
    fixed = np.sqrt(points) * np.exp(1j * phase).astype(np.complex64)
    amplitude, intensity = np.sqrt(power), np.zeros(power.shape, dtype=np.float32)
    for _ in range(looks):
        field = fft.ifft2(fft.fft2(amplitude * _complex_normal(rng, power.shape) + fixed) * transfer)
        intensity += (field.real**2 + field.imag**2) / looks
    return intensity


def _multilooked(
    power: FloatArray, points: FloatArray, transfer: FloatArray, looks: float, rng: np.random.Generator
) -> FloatArray:
    """Gamma speckle of any number of looks, correlated as the point spread is.

    A correlated normal field is bent into a gamma one by the cube-root law (Wilson and Hilferty, PNAS 17,
    1931): exact enough above three looks, and one transform instead of one a look.
    """
    spread = np.abs(fft.ifft2(transfer)) ** 2
    response = fft.rfft2((spread / spread.sum()).astype(np.float32))
    mean = fft.irfft2(fft.rfft2(power) * response, s=power.shape)
    peaks = fft.irfft2(fft.rfft2(points) * response, s=power.shape)
    white = rng.standard_normal(power.shape, dtype=np.float32)
    normal = fft.irfft2(fft.rfft2(white) * response, s=power.shape)
    normal /= normal.std()
    root = 1 - 1 / (9 * looks) + normal / (3 * np.sqrt(looks))
    intensity: FloatArray = np.maximum(mean, 0) * np.maximum(root, 0.02) ** 3 + np.maximum(peaks, 0)
    return intensity.astype(np.float32)


def _far_response(everything: FloatArray, points: FloatArray, sensor: Sensor) -> FloatArray:
    """What strong targets leave far from themselves: long sidelobes in a cross, and ambiguities."""
    shape = points.shape
    cross = np.zeros(shape, dtype=np.float32)
    reach = np.arange(1, min(60, shape[0] // 2, shape[1] // 2))
    decay = reach**-1.6 * 10 ** (sensor.streak_db / 10)
    for sign in (1, -1):
        cross[sign * reach, 0] = decay
        cross[0, sign * reach] = 0.35 * decay
    far: FloatArray = fft.irfft2(fft.rfft2(points) * fft.rfft2(cross), s=shape).astype(np.float32)
    return np.maximum(far, 0) + _ghosts(everything, sensor)


def _ghosts(everything: FloatArray, sensor: Sensor) -> FloatArray:
    dx, dy = sensor.ghost_px
    ghosts = np.zeros_like(everything)
    if 0 < dy < everything.shape[0]:
        shifted = np.roll(everything, dx, axis=1) * np.float32(10 ** (sensor.ghost_db / 10))
        ghosts[dy:] += shifted[:-dy]
        ghosts[:-dy] += shifted[dy:]
    return ghosts
