"""The form every training picture takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.concepts import ASHORE, KIND, KINDS, OBJECT_KINDS, TYPES

OBJECT_FIELDS = ("x", "y", "length", "width", "angle", "kind")


@dataclass(frozen=True, slots=True)
class Picture:
    """A byte picture with a kind for each pixel.

    Attributes:
        pixels: uint8 (H, W), 0 = invalid, 1..255 = stretched backscatter.
        kinds: uint8 (H, W), indices into `KINDS`.
        objects: float32 (N, 6): centre x, y, length, width in pixels, angle of the long axis from the
            x axis in radians (image axes: y down), kind.
        name: Data set and file.
    """

    pixels: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    objects: NDArray[np.float32]
    name: str

    def __post_init__(self) -> None:
        """Check that the parts belong together."""
        if self.pixels.shape != self.kinds.shape:
            shapes = f"pixels {self.pixels.shape} and kinds {self.kinds.shape}"
            raise ValueError(f"{self.name}: {shapes} differ in shape")
        if self.objects.shape[1:] != (len(OBJECT_FIELDS),):
            raise ValueError(f"{self.name}: objects {self.objects.shape} are not (N, {len(OBJECT_FIELDS)})")
        if self.kinds.size and self.kinds.max() >= len(KINDS):
            raise ValueError(f"{self.name}: kind {self.kinds.max()} is not below {len(KINDS)}")


def enclosing_rectangle(outline: NDArray[np.floating]) -> tuple[float, float, float]:
    """The smallest rectangle of any angle around an outline.

    Args:
        outline: (N, 2) corners x, y in pixels, convex or not.

    Returns:
        Its long and its short side in pixels, and the angle of the long one from the x axis in radians, y down.
    """
    points: NDArray[np.float64] = np.asarray(outline, np.float64)
    edges = np.roll(points, -1, axis=0) - points
    angles = np.arctan2(edges[:, 1], edges[:, 0])
    rotation = np.stack((np.cos(angles), np.sin(angles)), axis=-1)  # unit vector of every edge
    along = points @ rotation.T
    across = points @ np.stack((-rotation[:, 1], rotation[:, 0]))
    length, width = np.ptp(along, axis=0), np.ptp(across, axis=0)
    best = int(np.argmin(length * width))
    if length[best] < width[best]:
        return float(width[best]), float(length[best]), float(angles[best] + np.pi / 2)
    return float(length[best]), float(width[best]), float(angles[best])


def no_objects() -> NDArray[np.float32]:
    """An empty list of objects."""
    return np.zeros((0, len(OBJECT_FIELDS)), np.float32)


def moved(objects: NDArray[np.float32], x: float, y: float) -> NDArray[np.float32]:
    """The same objects elsewhere."""
    found = objects.copy()
    found[:, :2] += x, y
    return found


def centred_in(objects: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which objects' centres lie in an image of a shape (height, width)."""
    inside: NDArray[np.bool_] = ((objects[:, :2] >= 0) & (objects[:, :2] < shape[::-1])).all(1)
    return inside


def share_ashore(kinds: NDArray[np.uint8]) -> float:
    """Share of the pixels that are land of any kind."""
    return float(np.isin(kinds, ASHORE).mean())


def as_bytes(
    values: NDArray[np.floating], valid: NDArray[np.bool_], low: float, high: float
) -> NDArray[np.uint8]:
    """Stretch values from low..high to 1..255; invalid pixels become 0."""
    scaled = np.clip((np.nan_to_num(values) - low) / max(high - low, 1e-6), 0, 1) * 254 + 1
    return np.where(valid, scaled, 0).astype(np.uint8)


def centre(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The middle `side` x `side` pixels; what lies beyond a smaller image is invalid."""
    missing = [max(0, side - length) for length in image.shape]
    padded = np.pad(image, [(gap // 2, gap - gap // 2) for gap in missing])
    row, col = ((length - side) // 2 for length in padded.shape)
    return np.ascontiguousarray(padded[row : row + side, col : col + side])


SQUARE_LENGTHS = 2.5  # side of the square that shows one ship
SQUARE_PX = (48, 192)


def square_around(obj: NDArray[np.float32]) -> tuple[int, int, int]:
    """First row, first column and side of the square that shows an object alone; it may begin outside the picture."""
    x, y, length = obj[:3]
    side = int(np.clip(SQUARE_LENGTHS * length, *SQUARE_PX))
    return int(np.floor(y - side / 2)), int(np.floor(x - side / 2)), side


def ellipse_mask(shape: tuple[int, int], obj: NDArray[np.float32]) -> tuple[slice, slice, NDArray[np.bool_]]:
    """Rows, columns and mask of the ellipse inscribed in an object's rotated box, at least 2 px wide."""
    x, y, length, width, angle = obj[:5]
    reach = int(np.ceil(max(length, width, 2) / 2)) + 1
    rows = slice(max(0, int(y) - reach), min(shape[0], int(y) + reach + 1))
    cols = slice(max(0, int(x) - reach), min(shape[1], int(x) + reach + 1))
    dy, dx = np.mgrid[rows, cols].astype(np.float32)
    dx, dy = dx + 0.5 - x, dy + 0.5 - y  # the middle of a pixel, as everywhere
    along = dx * np.cos(angle) + dy * np.sin(angle)
    across = dy * np.cos(angle) - dx * np.sin(angle)
    mask = (along / max(length / 2, 1)) ** 2 + (across / max(width / 2, 1)) ** 2 <= 1
    return rows, cols, mask


def paint_objects(kinds: NDArray[np.uint8], objects: NDArray[np.float32]) -> None:
    """Draw each object's ellipse into the kind map, in place."""
    for obj in objects:
        rows, cols, mask = ellipse_mask(kinds.shape, obj)
        kinds[rows, cols][mask] = int(obj[5])


def is_object(kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where the kind is one that has a centre and can be counted."""
    table = np.zeros(256, bool)
    table[[KIND[kind] for kind in (*OBJECT_KINDS, *TYPES)]] = True
    result: NDArray[np.bool_] = table[kinds]
    return result
