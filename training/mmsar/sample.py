"""The form in which every source hands over its pictures: listed first, read one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.d2c import AnnotatedImage

PARTS = ("train", "validation", "test")
"""From what may lose a picture to what may not: of two equal ones, the earlier part gives its own up."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture and what is known of it.

    Attributes:
        image: Objects, ground and sensor.
        pixels: uint8 (H, W), 0 = invalid, 1..255 = stretched backscatter.
        labels: Class name of each object as its data set spells it ("Boeing787"), in the order of the objects.
    """

    image: AnnotatedImage
    pixels: NDArray[np.uint8]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        """Check that the parts belong together."""
        if self.pixels.shape != (self.image.height, self.image.width) or self.pixels.dtype != np.uint8:
            size = f"{self.image.height} x {self.image.width}"
            raise ValueError(f"{self.image.name}: pixels {self.pixels.dtype} {self.pixels.shape} are not uint8 {size}")
        if len(self.labels) != len(self.image.objects):
            counts = f"{len(self.labels)} labels and {len(self.image.objects)} objects"
            raise ValueError(f"{self.image.name}: {counts}")


@dataclass(frozen=True, eq=False)
class Item:
    """One picture of a source that has not been read yet.

    Attributes:
        name: "set/file", unique over all sources.
        scene: What is never split: acquisition, product, block of neighbours. Unique within the source.
        part: One of `PARTS`.
        load: Reads it.
    """

    name: str
    scene: str
    part: str
    load: Callable[[], Sample]

    def __post_init__(self) -> None:
        """Refuse a part that does not exist."""
        if self.part not in PARTS:
            raise ValueError(f"{self.name}: part {self.part!r} is none of {', '.join(PARTS)}")


@dataclass(frozen=True)
class Source:
    """A data set on this machine.

    Attributes:
        name: Begins the name of each of its items.
        terms: Under which it may be used.
        items: Lists it, in the same order every time.
    """

    name: str
    terms: str
    items: Callable[[], Iterator[Item]]
