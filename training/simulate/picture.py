"""From amplitude to the eight-bit pictures that people pass around: unknown gain, gamma, saturation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.simulate.truth import FloatArray


def to_picture(
    amplitude: FloatArray, rng: np.random.Generator, stretch: str | None = None
) -> NDArray[np.uint8]:
    """Byte picture of an amplitude image under a stretch drawn at random.

    Args:
        amplitude: (H, W), linear, any positive unit.
        rng: Source of randomness.
        stretch: "db" (percentiles in decibels), "linear" (amplitude clipped at a multiple of its mean, as
            in the usual chip collections), "bright" (ground saturates, as quick-looks of land scenes),
            "gamma", or None for any of them.

    Returns:
        uint8 (H, W) in 1 to 255; 0 is kept for pixels that are not valid.

    Raises:
        ValueError: The stretch is not one of the above.
    """
    families = ("db", "linear", "bright", "gamma")
    if stretch is None:
        stretch = str(rng.choice(families, p=(0.4, 0.25, 0.25, 0.1)))
    if stretch == "db":
        values = 20 * np.log10(np.maximum(amplitude, 1e-6))
        sample = values[::3, ::3]
        low, high = np.percentile(sample, (rng.uniform(0.3, 4), rng.uniform(98.5, 99.9)))
        high = max(high, low + rng.uniform(12, 20))
        scaled = (values - low) / (high - low)
    elif stretch in families:
        limits = {"linear": (2.5, 16.0), "bright": (1.6, 2.8), "gamma": (2.0, 10.0)}[stretch]
        scaled = amplitude / (float(amplitude.mean()) * np.exp(rng.uniform(*np.log(limits))))
        scaled = np.clip(scaled, 0, 1) ** (rng.uniform(0.4, 0.9) if stretch == "gamma" else 1.0)
    else:
        raise ValueError(f"stretch {stretch!r} is unknown: use one of {', '.join(families)}")
    picture: NDArray[np.uint8] = (1 + 254 * np.clip(scaled, 0, 1)).astype(np.uint8)
    return picture
