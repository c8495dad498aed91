"""What a simulated scene is known to contain: kinds of ground, objects, and the picture itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.floating[Any]]  # float32 in all pictures
BoolArray: TypeAlias = NDArray[np.bool_]

KINDS: tuple[str, ...] = (
    "unknown",
    "sea",
    "ship",
    "harbor",
    "urban",
    "industry",
    "forest",
    "fields",
    "mountains",
    "bare",
    "inland water",
    "tank",
    "aircraft",
    "airport",
    "bridge",
    "breakwater",
    "island",
    "wind turbine",
    "oil platform",
    "vehicle",
    "flood",
    "oil slick",
)
"""Names of the kinds; the index of a name is its value in the kind map. Append only."""

KIND_INDEX: dict[str, int] = {name: index for index, name in enumerate(KINDS)}


@dataclass(frozen=True)
class SimObject:
    """One object and where it lies.

    Pixel coordinates are continuous, with the centre of the upper left pixel at (0.5, 0.5), so that an
    outline drawn on the picture needs no shift.
    """

    kind: str  # one of KINDS
    outline: FloatArray  # (N, 2), x and y in pixels, not closed
    center_xy: tuple[float, float]  # pixels
    length_m: float
    width_m: float
    # ship: situation=berth|anchor|underway, type; cut=yes: only the part in the picture is outlined
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SimulatedScene:
    """A picture and its truth."""

    amplitude: FloatArray  # (H, W), linear, square root of sigma nought
    kinds: NDArray[np.uint8]  # (H, W), index into KINDS
    objects: tuple[SimObject, ...]
    gsd_m: float  # metres a pixel, both axes
    recipe: str
    seed: int
