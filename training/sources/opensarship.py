"""OpenSARShip: ships of Sentinel-1 with a known type and size, one in the middle of each patch.

Hulls are those its authors drew, from head to tail (`Ship.xml`), not what is bright: beside a terminal, that is the
terminal, and the sidelobes of a hull lengthen it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage

from training.concepts import KIND
from training.sources.picture import Picture, as_bytes, paint_objects

PIXEL_M = 10.0  # Sentinel-1 IW GRDH
BRIGHT_DB = 9.0  # above a patch's median: of the ship, its sidelobes, another ship or the land
GROUND_DB, GROUND_PX = 2.5, 7  # brighter than the median by so much in the mean of so many pixels: no open sea
SHIFT_PX = 0.5  # of the ends drawn, in x and y, towards the ships: hulls are brightest so
LEAST_WIDTH_PX = 2.0  # what the point spread makes of any boat
SLENDERNESS = 6.0  # length over width of a ship whose width nobody told


@dataclass(frozen=True)
class Ship:
    """One entry of `Ship.xml`.

    Attributes:
        head, tail: x and y in pixels of the patch, from its middle.
        length_m, width_m: As its AIS message has it; 0 where it has none.
        alone: No other ship is in the patch.
    """

    head: tuple[float, float]
    tail: tuple[float, float]
    length_m: float
    width_m: float
    alone: bool

    def hull(self, shape: tuple[int, int]) -> NDArray[np.float32]:
        """Its row of `Picture.objects` (1, 6) in a patch of this shape."""
        head, tail = np.array(self.head), np.array(self.tail)
        middle = (head + tail) / 2 + np.array(shape[::-1]) / 2 + SHIFT_PX
        along = head - tail
        length = float(np.hypot(*along)) + 1  # both ends are pixels of the ship
        width = max(self.width_m / PIXEL_M or length / SLENDERNESS, LEAST_WIDTH_PX)
        return np.array([[*middle, length, width, np.arctan2(along[1], along[0]), KIND["ship"]]], np.float32)


@cache
def ships(path: Path) -> dict[str, Ship]:
    """The ships of a product's `Ship.xml`, by where they are in it ("x4674_y3400")."""
    text = path.read_text(encoding="utf-8", errors="replace").replace("<\\ShipList>", "</ShipList>")  # as published
    found = {}
    for node in ElementTree.fromstring(text).iter("ship"):  # noqa: S314 - a file of the user's own data
        value = {child.tag: child.text for group in node for child in group}
        x, y, head_x, head_y, tail_x, tail_y = (
            float(value[key] or 0) for key in ("Center_x", "Center_y", "Head_x", "Head_y", "Tail_x", "Tail_y")
        )
        length, width, several = (float(value.get(key) or 0) for key in ("Length", "Width", "Multi_ship"))
        ends = (head_x - x, head_y - y), (tail_x - x, tail_y - y)
        found[f"x{x:.0f}_y{y:.0f}"] = Ship(*ends, length, width, alone=not several)
    return found


def ship_of(root: Path, name: str) -> Ship:
    """The ship of the patch named "opensarship/product/type_x.._y../band" below `root`.

    Raises:
        KeyError: The product's `Ship.xml` does not have it.
    """
    _, product, patch, _ = name.split("/")
    return ships(root / "opensarship" / product / "Ship.xml")[patch[patch.index("_x") + 1 :]]


def opensarship(root: Path) -> Iterator[Picture]:
    """Both polarisations of every patch that `Ship.xml` has; what is bright, or lies in bright ground, is unknown."""
    for path in sorted((root / "opensarship").glob("*/Patch_Cal/*.tif")):
        for number, band in enumerate(_bands_first(tifffile.imread(path))):
            name = f"opensarship/{path.parent.parent.name}/{path.stem}/{number}"
            try:
                ship = ship_of(root, name).hull(band.shape)
            except KeyError:
                continue
            decibels = 10 * np.log10(np.maximum(band, 1e-6))
            floor = np.median(decibels)
            around = ndimage.uniform_filter(np.minimum(decibels, floor + BRIGHT_DB), GROUND_PX)
            unsure = (decibels > floor + BRIGHT_DB) | (around > floor + GROUND_DB)
            kinds = np.where(unsure, KIND["unknown"], KIND["sea"]).astype(np.uint8)
            paint_objects(kinds, ship)
            picture = as_bytes(decibels, np.isfinite(decibels), floor - 6, floor + 24)
            yield Picture(picture, kinds, ship, name)


def _bands_first(image: NDArray[np.floating]) -> NDArray[np.floating]:
    """(bands, H, W) of an image whose bands may come first, last, or be one."""
    if image.ndim == 2:
        return image[None]
    return image if image.shape[0] < image.shape[-1] else np.moveaxis(image, -1, 0)
