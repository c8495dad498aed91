"""Windows of an annotated image that show a known number of objects, none of them cut in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from training.d2c import AnnotatedImage
from training.sarcount.captions import NUMBERS

MIN_PX, MAX_PX = 160, 800  # side of a window: enough to see around a ship; the largest whole picture
SHRINK = 0.8  # from one side to the next smaller
STRIDE = 0.25  # of a side


@dataclass(frozen=True, order=True)
class Window:
    """A part of an image and what it shows.

    Attributes:
        crop: x0, y0, width, height in pixels.
        count: Objects in it, one to ten.
        boxes: x0, y0, x1, y1 of each, in pixels of the window, in order of their first corner.
    """

    crop: tuple[int, int, int, int]
    count: int
    boxes: tuple[tuple[float, float, float, float], ...]


def windows(image: AnnotatedImage, kind: str) -> Iterator[Window]:
    """Every window of a grid of sizes and places with one to ten objects of a kind, large ones first."""
    side = float(min(MAX_PX, max(image.width, image.height)))
    while side >= MIN_PX:
        width, height = (min(int(side), full) for full in (image.width, image.height))
        for y0 in _places(image.height, height):
            for x0 in _places(image.width, width):
                window = look(image, kind, (x0, y0, width, height))
                if window is not None:
                    yield window
        side *= SHRINK


def look(image: AnnotatedImage, kind: str, crop: tuple[int, int, int, int]) -> Window | None:
    """What a window shows; None where its objects are none or more than ten, or one is cut so that it is in doubt."""
    seen = image.crop(*crop)
    boxes = sorted(tuple(round(value, 1) for value in item.bounds) for item in seen.objects if item.kind == kind)
    if kind not in seen.complete or len(boxes) not in NUMBERS:
        return None
    return Window(crop, len(boxes), tuple(boxes))  # type: ignore[arg-type]


def _places(full: int, side: int) -> list[int]:
    """Starts of windows that reach from border to border."""
    steps = int(np.ceil((full - side) / (side * STRIDE))) + 1
    return sorted({round(start) for start in np.linspace(0, full - side, steps)})


def overlap(one: Window, other: Window) -> float:
    """Intersection over union of two windows of one image."""
    (ax, ay, aw, ah), (bx, by, bw, bh) = one.crop, other.crop
    across, down = min(ax + aw, bx + bw) - max(ax, bx), min(ay + ah, by + bh) - max(ay, by)
    shared = max(across, 0) * max(down, 0)
    return shared / (aw * ah + bw * bh - shared)
