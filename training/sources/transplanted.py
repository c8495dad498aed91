"""Real ships at other real quays: a hull is cut out of one picture and laid on the water of another.

With 150 pictures of harbours to learn from, what a ship looks like and what its quay looks like are known only
together. Here they part: any ship may lie at any quay, turned along it, bow on, or beside another ship. The
brighter of hull and water is kept, so that no square of foreign sea comes along.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from training.concepts import KIND
from training.simulate.ships import WATER
from training.sources.pasted import LEAST_WATER, NO_LAND
from training.sources.picture import Picture

LEAST_LENGTH_PX = 7.0  # shorter ones are a few pixels of anything
MOST_WIDTH = 0.55  # of the length: wider boxes lie askew of their hull
BRIGHTER = 2.2  # times the ring around it that a hull's middle must be, to be alone in its box
SCALE = (0.7, 1.4)
GAIN = (0.8, 1.25)
CLEARANCE_PX = 1.0  # of water around a hull
EDGE_PX = 1.5  # over which a hull fades
STANDS_OUT = 22.0  # bytes that a hull is brighter than the water it lies on
_LEAST_KNOWN = 2000  # pixels of labelled water that tell how dark water is
_SMOOTH_PX, _NARROW_PX = 2.5, 3  # less wide than twice this is no basin
_DARK, _DARKER = 98, 2.0  # dark is below this percentile of it, and below so many times its median
_INSHORE_PX = 3.0  # from land, where the side of a berthed hull lies
_TRIES = 6  # for every ship


@dataclass(frozen=True, eq=False)
class Cutout:
    """A ship and a little of what surrounds it.

    Attributes:
        pixels: uint8, odd sides, the hull's centre in the middle.
        length: Of the hull in pixels.
        width: Of the hull in pixels.
        angle: From the x axis to the hull's, in radians, y pointing down.
    """

    pixels: NDArray[np.uint8]
    length: float
    width: float
    angle: float


@dataclass(frozen=True, slots=True)
class Hull:
    """Where a ship is to lie; lengths in pixels."""

    x: float
    y: float
    length: float
    width: float
    angle: float

    def inside(self, shape: tuple[int, ...], grow_px: float = 0.0) -> tuple[tuple[slice, slice], NDArray[np.float32]]:
        """The window that holds it, and how far in pixels each of its places is inside (above 0) or outside."""
        reach = float(np.hypot(self.length, self.width)) / 2 + grow_px + EDGE_PX
        rows, cols = (
            slice(max(0, int(at - reach)), min(side, int(at + reach) + 2))
            for at, side in zip((self.y, self.x), shape, strict=True)
        )
        row, col = np.mgrid[rows, cols].astype(np.float32)
        dx, dy = col + 0.5 - self.x, row + 0.5 - self.y
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        along = self.length / 2 + grow_px - np.abs(dx * cos + dy * sin)
        across = self.width / 2 + grow_px - np.abs(dy * cos - dx * sin)
        return (rows, cols), np.minimum(along, across).astype(np.float32)


def cutouts(pictures: Iterable[Picture]) -> list[Cutout]:
    """Every ship that lies whole in its picture and apart from anything else that is bright."""
    return [
        found
        for picture in pictures
        for ship in picture.objects[picture.objects[:, 5] == KIND["ship"]]
        if (found := _cut_out(picture, ship)) is not None
    ]


def _cut_out(picture: Picture, ship: NDArray[np.float32]) -> Cutout | None:
    x, y, length, width, angle = (float(value) for value in ship[:5])
    reach = int(np.ceil(np.hypot(length, width) / 2 + EDGE_PX + 1))
    row, col = int(y), int(x)
    height, across = picture.pixels.shape
    if length < LEAST_LENGTH_PX or min(row, col) < reach or row + reach >= height or col + reach >= across:
        return None
    pixels = picture.pixels[row - reach : row + reach + 1, col - reach : col + reach + 1]
    clear = pixels.all() and width < MOST_WIDTH * length and _lies_clear(pixels, length, width, angle)
    return Cutout(pixels.copy(), length, width, angle) if clear else None


def _lies_clear(pixels: NDArray[np.uint8], length: float, width: float, angle: float) -> bool:
    """Whether a box holds a hull and nothing else: bright in the middle, dark along its border and around it."""
    middle = pixels.shape[0] / 2
    window, inside = Hull(middle, middle, length, width, angle).inside(pixels.shape)
    deep = inside / max(float(inside.max()), 1e-6)
    core, around = pixels[window][deep > 0.6], pixels[window][(inside < -0.5) & (inside > -4)]
    return bool(len(around) and core.mean() > BRIGHTER * max(float(around.mean()), 1.0))


def transplant_ships(
    picture: Picture, ships: Sequence[Cutout], rng: np.random.Generator, most: int = 10
) -> Picture:
    """A picture with ships of others added where its kinds say water; as it is where none finds room.

    Args:
        picture: Any picture with kinds.
        ships: To draw from.
        rng: Source of everything random.
        most: Ships at most.
    """
    water = open_water(picture)
    if not ships or water.mean() < LEAST_WATER:
        return picture
    pixels, kinds = picture.pixels.copy(), picture.kinds.copy()
    places = _Places(picture, water, rng)
    rows = []
    wanted = int(rng.integers(1, most + 1))
    for _ in range(_TRIES * wanted):
        if len(rows) >= wanted:
            break
        cutout = ships[int(rng.integers(len(ships)))]
        scale = float(np.exp(rng.uniform(*np.log(SCALE))))
        hull = places.draw(cutout.length * scale, cutout.width * scale)
        if _lies_free(hull, kinds, water) and _lay(pixels, hull, cutout, float(rng.uniform(*GAIN))):
            window, inside = hull.inside(kinds.shape)
            kinds[window][inside >= 0] = KIND["ship"]
            rows.append((hull.x, hull.y, hull.length, hull.width, hull.angle, KIND["ship"]))
            places.last = hull
    if not rows:
        return picture
    objects = np.concatenate([picture.objects, np.array(rows, np.float32)])
    return replace(picture, pixels=pixels, kinds=kinds, objects=objects)


def open_water(picture: Picture) -> NDArray[np.bool_]:
    """Where a ship can be: on what is labelled as water, and on clutter that is as dark and joins it.

    Half of what HRSID's ports have of clutter, cells of quays and basins between them, is water; by eye it ends at the
    piers.
    """
    labelled: NDArray[np.bool_] = np.isin(picture.kinds, WATER) & (picture.pixels != 0)
    clutter = picture.kinds == KIND["clutter"]
    if not clutter.any() or labelled.sum() < _LEAST_KNOWN:
        return labelled
    smooth = ndimage.gaussian_filter(picture.pixels.astype(np.float32), _SMOOTH_PX)
    level = min(float(np.percentile(smooth[labelled], _DARK)), _DARKER * float(np.median(smooth[labelled])))
    dark = (smooth <= level) & (clutter | labelled)
    basins = ndimage.binary_opening(dark, iterations=_NARROW_PX)
    parts, _ = ndimage.label(basins | labelled)
    joined = np.isin(parts, np.unique(parts[labelled]))
    found: NDArray[np.bool_] = labelled | (joined & basins & clutter)
    return found


class _Places:
    """Draws where a hull may lie: on the water, along a shore, or beside the last one."""

    def __init__(self, picture: Picture, water: NDArray[np.bool_], rng: np.random.Generator) -> None:
        self.rng = rng
        self.last: Hull | None = None
        no_land = np.where(picture.kinds == KIND["clutter"], water, NO_LAND[picture.kinds])
        away = ndimage.distance_transform_edt(no_land) if not no_land.all() else np.full(no_land.shape, np.inf)
        self._shape = water.shape
        self._anywhere = np.flatnonzero(water)
        self._inshore = np.flatnonzero(water & (away < _INSHORE_PX))
        smooth = ndimage.gaussian_filter(np.minimum(away, 50.0), 3)
        self._down, self._right = np.gradient(smooth)
        self._berthed = float(rng.choice([0.4, 0.9])) if len(self._inshore) else 0.0

    def draw(self, length: float, width: float) -> Hull:
        """A place for a hull of that length and width; whether it is free is not asked."""
        rng = self.rng
        if self.last is not None and rng.random() < 0.3:  # side by side
            side = (self.last.width + width) / 2 + float(rng.uniform(0.3, 2.0))
            across = self.last.angle + np.pi / 2 * float(rng.choice([-1, 1]))
            x, y = self.last.x + side * np.cos(across), self.last.y + side * np.sin(across)
            return Hull(float(x), float(y), length, width, self.last.angle)
        if rng.random() >= self._berthed:
            row, col = divmod(int(rng.choice(self._anywhere)), self._shape[1])
            return Hull(col + 0.5, row + 0.5, length, width, float(rng.uniform(0, np.pi)))
        row, col = divmod(int(rng.choice(self._inshore)), self._shape[1])
        seaward = float(np.arctan2(self._down[row, col], self._right[row, col]))
        bow_on = rng.random() < 0.2
        offset = (length if bow_on else width) / 2 + float(rng.uniform(0, 1.5))
        angle = seaward if bow_on else seaward + np.pi / 2
        x, y = col + 0.5 + offset * np.cos(seaward), row + 0.5 + offset * np.sin(seaward)
        return Hull(float(x), float(y), length, width, angle + float(rng.normal(0, 0.05)))


def _lies_free(hull: Hull, kinds: NDArray[np.uint8], water: NDArray[np.bool_]) -> bool:
    """Whether it lies whole in the picture and on water, and touches no other."""
    height, width = kinds.shape
    if not (0 <= hull.x < width and 0 <= hull.y < height):
        return False
    window, inside = hull.inside(kinds.shape, CLEARANCE_PX)
    under = inside >= 0
    whole = under.sum() >= 0.95 * (hull.length + 2 * CLEARANCE_PX) * (hull.width + 2 * CLEARANCE_PX)
    free = water[window] & (kinds[window] != KIND["ship"])
    return bool(whole and under.any() and free[under].mean() > 0.97)


def _lay(pixels: NDArray[np.uint8], hull: Hull, cutout: Cutout, gain: float) -> bool:
    """Put a ship into the picture, in place; not where it would hardly be seen."""
    window, inside = hull.inside(pixels.shape)
    rows, cols = window
    row, col = np.mgrid[rows, cols].astype(np.float32)
    turn, scale = cutout.angle - hull.angle, cutout.length / hull.length
    dx, dy = (col + 0.5 - hull.x) * scale, (row + 0.5 - hull.y) * scale
    middle = cutout.pixels.shape[0] // 2
    at = middle + dx * np.sin(turn) + dy * np.cos(turn), middle + dx * np.cos(turn) - dy * np.sin(turn)
    ship = gain * ndimage.map_coordinates(cutout.pixels.astype(np.float32), at, order=1, mode="nearest")
    before = pixels[window].astype(np.float32)
    under = inside >= 0
    if ship[under].mean() < before[under].mean() + STANDS_OUT:
        return False
    fade = np.clip(1 + inside / EDGE_PX, 0, 1)
    laid = np.where(before == 0, 0, np.maximum(before, ship * fade))
    pixels[window] = np.clip(np.rint(laid), 0, 255).astype(np.uint8)
    return True
