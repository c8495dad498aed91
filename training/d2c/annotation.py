"""What is known about an image, whatever format it came in: objects with outlines, kinds of ground, the sensor.

Coordinates are continuous pixels, x to the right and y down, with the centre of the upper left pixel at (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from training.concepts import KINDS

RIGHT_ANGLE_TOLERANCE = 0.1  # cosine between the sides of four corners that still pass for a rectangle
GONE_SHARE, SEEN_SHARE = 0.1, 0.5  # of an object's box that a crop must show: below gone, above seen, between in doubt


@dataclass(frozen=True, eq=False)
class AnnotatedObject:
    """One object and its outline.

    Attributes:
        kind: Class name, a key of `training.concepts.CONCEPTS` where one fits ("ship"), any other noun otherwise.
        outline: float32 (N, 2), N >= 3 corners x, y in pixels, not closed. A box is its four corners in order.
    """

    kind: str
    outline: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Check the outline; freeze it, as its measures are computed once."""
        outline = np.array(self.outline, np.float32)
        if outline.ndim != 2 or outline.shape[1] != 2 or len(outline) < 3:
            raise ValueError(f"{self.kind}: outline {outline.shape} is not (N, 2) with at least 3 corners")
        if not np.isfinite(outline).all():
            raise ValueError(f"{self.kind}: outline has corners that are no numbers: {outline.tolist()}")
        outline.flags.writeable = False
        object.__setattr__(self, "outline", outline)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 of the upright box around the outline, in pixels."""
        (x0, y0), (x1, y1) = self.outline.min(0).tolist(), self.outline.max(0).tolist()
        return x0, y0, x1, y1

    @cached_property
    def centre(self) -> tuple[float, float]:
        """x, y of the middle of the upright box, in pixels: for a rectangle of any angle its own middle."""
        x0, y0, x1, y1 = self.bounds
        return (x0 + x1) / 2, (y0 + y1) / 2

    @cached_property
    def _sides(self) -> tuple[float, float]:
        corners = self.outline
        if len(corners) == 4:
            first, second = corners[1] - corners[0], corners[2] - corners[1]
            parallel = np.abs(corners[0] + corners[2] - corners[1] - corners[3]).max() <= 1
            lengths = float(np.hypot(*first)), float(np.hypot(*second))
            if parallel and abs(float(first @ second)) <= RIGHT_ANGLE_TOLERANCE * lengths[0] * lengths[1]:
                return max(lengths), min(lengths)
        rectangle = shapely.oriented_envelope(shapely.MultiPoint(corners))
        ring = shapely.get_coordinates(rectangle)
        if len(ring) < 4:  # all corners on a line
            return float(np.hypot(*np.ptp(corners, axis=0))), 0.0
        sides = np.hypot(*np.diff(ring[:3], axis=0).T)
        return float(sides.max()), float(sides.min())

    @property
    def length_px(self) -> float:
        """Long side of the smallest enclosing rectangle of any angle, in pixels."""
        return self._sides[0]

    @property
    def width_px(self) -> float:
        """Short side of the smallest enclosing rectangle of any angle, in pixels."""
        return self._sides[1]


@dataclass(frozen=True, eq=False)
class AnnotatedImage:
    """Everything that may be said about an image; the pixels themselves are not needed for saying it.

    Attributes:
        name: Data set and file, "ssdd/000002".
        width: In pixels.
        height: In pixels.
        objects: In any order; kinds may be mixed.
        ground: uint8 (H, W), indices into `training.concepts.KINDS`: what each pixel is, 0 where nobody knows.
            None where there is no map at all. Objects may be painted into it.
        complete: Object kinds that were annotated without exception. Only of them may a count or an absence be said.
        scene_words: What is known of the image as a whole ("T72", "inshore").
        gsd_m: Metres a pixel, in both directions.
        sensor: "Sentinel-1", "TerraSAR-X", ...
        band: Letter of the radar band, "C", "X", ...
        polarization: "VV", "HH", ...
    """

    name: str
    width: int
    height: int
    objects: tuple[AnnotatedObject, ...] = ()
    ground: NDArray[np.uint8] | None = None
    complete: frozenset[str] = frozenset()
    scene_words: tuple[str, ...] = ()
    gsd_m: float | None = None
    sensor: str | None = None
    band: str | None = None
    polarization: str | None = None

    def __post_init__(self) -> None:
        """Check that the parts belong together."""
        if self.width < 1 or self.height < 1:
            raise ValueError(f"{self.name}: {self.width} x {self.height} px is no image")
        if self.ground is not None:
            if self.ground.shape != (self.height, self.width):
                shapes = f"ground {self.ground.shape} and image {(self.height, self.width)}"
                raise ValueError(f"{self.name}: {shapes} (height, width) differ")
            if self.ground.dtype != np.uint8 or self.ground.max() >= len(KINDS):
                raise ValueError(f"{self.name}: ground holds other values than uint8 below {len(KINDS)}")
        if self.gsd_m is not None and not 0 < self.gsd_m < np.inf:
            raise ValueError(f"{self.name}: {self.gsd_m} is no pixel size in metres")

    def crop(self, x0: int, y0: int, width: int, height: int) -> AnnotatedImage:
        """The same knowledge of a window of the image.

        An object that the window cuts is kept whole where most of its box is seen and left out where next to
        nothing is; in between nobody can say whether it counts, and its kind is complete no more.

        Raises:
            ValueError: The window is not inside the image.
        """
        if x0 < 0 or y0 < 0 or x0 + width > self.width or y0 + height > self.height:
            window = f"x {x0} to {x0 + width}, y {y0} to {y0 + height}"
            raise ValueError(f"{self.name}: window {window} leaves {self.width} x {self.height} px")
        kept, doubtful = [], set()
        for item in self.objects:
            left, top, right, bottom = item.bounds
            across = min(right, x0 + width) - max(left, x0)
            down = min(bottom, y0 + height) - max(top, y0)
            share = max(across, 0) * max(down, 0) / max((right - left) * (bottom - top), 1e-6)
            if share >= SEEN_SHARE:
                kept.append(AnnotatedObject(item.kind, item.outline - np.float32([x0, y0])))
            elif share > GONE_SHARE:
                doubtful.add(item.kind)
        ground = None if self.ground is None else self.ground[y0 : y0 + height, x0 : x0 + width]
        return replace(
            self, width=width, height=height, objects=tuple(kept), ground=ground, complete=self.complete - doubtful
        )


def box(kind: str, x0: float, y0: float, x1: float, y1: float) -> AnnotatedObject:
    """An object known by its upright box."""
    return AnnotatedObject(kind, np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32))


def rotated_box(kind: str, x: float, y: float, length: float, width: float, angle: float) -> AnnotatedObject:
    """An object known by centre, sides in pixels and the angle of `length` from the x axis, in radians, y down."""
    along = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    across = np.array([-np.sin(angle), np.cos(angle)]) * width / 2
    corners = [along + across, along - across, -along - across, across - along]
    return AnnotatedObject(kind, (np.array(corners) + np.array([x, y])).astype(np.float32))
