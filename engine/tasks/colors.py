"""Colours that people with and without colour blindness tell apart on a grey scene.

Plain data and arithmetic: the styles of the layers and the picture take their colours here, so a label
looks the same wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]
FloatArray = NDArray[np.float64]

# Okabe and Ito, "Color Universal Design" (2008), without black: on a radar scene black reads as shadow.
OKABE_ITO = ("#0072b2", "#d55e00", "#cc79a7", "#009e73", "#f0e442", "#56b4e9", "#e69f00")

# Ten stops of matplotlib's "inferno": even in lightness, so that it also reads in grey.
HEAT_RAMP = (
    "#000004", "#1b0c41", "#4a0c6b", "#781c6d", "#a52c60",
    "#cf4446", "#ed6925", "#fb9b06", "#f7d13d", "#fcffa4",
)  # fmt: skip

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB: how the two commonest kinds of colour
# blindness see; the identity stands for everybody else.
_VISIONS: FloatArray = np.array([
    np.eye(3),
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
])  # fmt: skip

# Ottosson (2020), https://bottosson.github.io/posts/oklab/: linear RGB to cone response to OKLab.
_CONES: FloatArray = np.array([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
])  # fmt: skip
_LAB: FloatArray = np.array([
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
])  # fmt: skip

_LIGHTNESS = (0.45, 0.95)  # OKLab: neither the black of calm water nor the white of a ship
_LEAST_CHROMA = 0.07  # OKLab: the scene itself is grey


def rgb(color: str) -> Rgb:
    """Return the red, green and blue bytes of "#rrggbb"."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def appearances(colors: Iterable[str]) -> FloatArray:
    """Return how colours look to normal, protanopic and deuteranopic eyes.

    Returns:
        OKLab coordinates, shape (3 visions, N colours, 3); the distance of two colours is Euclidean.
    """
    srgb = np.array([rgb(color) for color in colors], dtype=np.float64).reshape(-1, 3) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.einsum("vij,nj->vni", _VISIONS, linear), 0, 1)
    lab: FloatArray = np.cbrt(seen @ _CONES.T) @ _LAB.T
    return lab


@lru_cache(maxsize=1)
def _candidates() -> tuple[str, ...]:
    """Return the colours of an even RGB lattice that stand out from a grey scene."""
    steps = range(0, 256, 15)
    lattice = [f"#{red:02x}{green:02x}{blue:02x}" for red in steps for green in steps for blue in steps]
    light, a, b = appearances(lattice)[0].T
    stands_out = (light > _LIGHTNESS[0]) & (light < _LIGHTNESS[1]) & (np.hypot(a, b) > _LEAST_CHROMA)
    return tuple(color for color, keep in zip(lattice, stands_out, strict=True) if keep)


@lru_cache(maxsize=8)
def distinct_colors(count: int) -> tuple[str, ...]:
    """Return `count` colours, "#rrggbb", all different; fewer colours are the beginning of more.

    The first seven are Okabe and Ito's; each one after is the colour farthest from all before it, judged by
    the eyes that see the smallest difference. Beyond a dozen no palette is told apart by colour alone.
    """
    colors = list(OKABE_ITO[:count])
    candidates = _candidates()
    looks = appearances(candidates)
    nearest = np.full(len(candidates), np.inf)
    for index in range(count):
        if index == len(colors):
            colors.append(candidates[int(nearest.argmax())])
        distance = np.linalg.norm(looks - appearances([colors[index]]), axis=2).min(axis=0)
        nearest = np.minimum(nearest, distance)
    return tuple(colors)


def colors_of(*prompt_lists: Iterable[str]) -> dict[str, str]:
    """Return one colour per distinct prompt, in the order of first mention."""
    prompts = list(dict.fromkeys(prompt for prompts in prompt_lists for prompt in prompts))
    return dict(zip(prompts, distinct_colors(len(prompts)), strict=True))
