"""Crops, augmentation and targets: pictures in, batches for the trainer out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from training.concepts import KIND, KINDS
from training.sources.picture import Picture, is_object

CELL_PX = 8
OBJECT_CELL_PX = 4
OBJECT_PRIORITY = 6.0  # a cell a sixth of which is ship is a ship's cell

MEAN_LIMIT = 0.7  # of a crop after the random stretch: beyond it nothing but white is left


class Sample(NamedTuple):
    """One crop of side S with its targets; h = S / 8."""

    pixels: NDArray[np.uint8]  # S, S
    cell_kinds: NDArray[np.uint8]  # h, h
    cell_shares: NDArray[np.float32]  # h, h, kinds: share of each kind in the cell
    centers: NDArray[np.float32]  # h, h, kinds: object centres in the cell
    heat: NDArray[np.float32]  # 2h, 2h: 1 at object centres
    known: NDArray[np.bool_]  # 2h, 2h: whether objects are labelled there


@dataclass(frozen=True, slots=True)
class Augment:
    """Ranges of the random changes to a crop."""

    zoom: tuple[float, float] = (0.6, 1.7)
    gamma: tuple[float, float] = (0.6, 1.7)
    gain: tuple[float, float] = (0.6, 1.6)
    offset: float = 0.12
    speckle: float = 0.15  # standard deviation of extra multiplicative noise, at most
    blank: float = 0.2  # probability of a nodata corner
    dropout: float = 0.15  # probability of scattered nodata pixels


class Sampler:
    """Draws crops from named sets of pictures with given weights, deterministic from its generator."""

    def __init__(
        self, sets: Mapping[str, Sequence[Picture]], weights: Mapping[str, float], size_px: int, augment: Augment
    ) -> None:
        self.sets = {name: pictures for name, pictures in sets.items() if len(pictures) and weights.get(name, 0) > 0}
        total = sum(weights[name] for name in self.sets)
        self.names = list(self.sets)
        self.probabilities = [weights[name] / total for name in self.names]
        self.size_px = size_px
        self.augment = augment

    def draw(self, rng: np.random.Generator) -> Sample:
        """One augmented crop."""
        name = self.names[rng.choice(len(self.names), p=self.probabilities)]
        pictures = self.sets[name]
        picture = pictures[rng.integers(len(pictures))]
        if max(picture.pixels.shape) <= self.size_px // 2:
            picture = _mosaic([pictures[rng.integers(len(pictures))] for _ in range(9)], self.size_px)
        return targets(*self._crop(picture, rng))

    def _crop(
        self, picture: Picture, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
        """Zoom, cut, turn and restretch; half of the crops of a picture with objects show one."""
        size, augment = self.size_px, self.augment
        zoom = np.exp(rng.uniform(*np.log(augment.zoom)))
        height, width = picture.pixels.shape
        span = min(int(round(size / zoom)), max(height, width, size))
        row, col = (int(rng.integers(min(0, side - span), max(0, side - span) + 1)) for side in (height, width))
        if len(picture.objects) and rng.random() < 0.6:
            x, y = picture.objects[rng.integers(len(picture.objects)), :2]
            row, col = (int(at - rng.uniform(0.1, 0.9) * span) for at in (y, x))
        pixels, kinds = (_cut(plane, row, col, span) for plane in (picture.pixels, picture.kinds))
        objects = picture.objects.copy()
        objects[:, :2] -= (col, row)
        if span != size:
            pixels, kinds = _zoom(pixels, size), _nearest(kinds, size)
            objects[:, :4] *= size / span
        pixels, kinds, objects = _turn(pixels, kinds, objects, int(rng.integers(8)))
        pixels = _restretch(pixels, augment, rng)
        kinds = np.where(pixels == 0, KIND["unknown"], kinds).astype(np.uint8)
        return pixels, kinds, objects


def _cut(plane: NDArray[np.uint8], row: int, col: int, span: int) -> NDArray[np.uint8]:
    out = np.zeros((span, span), np.uint8)
    height, width = plane.shape
    rows = slice(max(row, 0), min(row + span, height))
    cols = slice(max(col, 0), min(col + span, width))
    if rows.start < rows.stop and cols.start < cols.stop:
        out[rows.start - row : rows.stop - row, cols.start - col : cols.stop - col] = plane[rows, cols]
    return out


def _zoom(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize bytes, linearly up and by area down; a pixel is valid where its nearest source is."""
    factor = size / pixels.shape[0]
    values = pixels.astype(np.float32)
    if factor < 1:
        values = ndimage.uniform_filter(values, size=int(round(1 / factor)), mode="nearest")
    grid = (np.arange(size) + 0.5) / factor - 0.5
    rows, cols = np.meshgrid(grid, grid, indexing="ij")
    zoomed = ndimage.map_coordinates(values, (rows, cols), order=1, mode="nearest")
    valid = _nearest(pixels, size) != 0
    return np.where(valid, np.clip(np.rint(zoomed), 1, 255), 0).astype(np.uint8)


def _nearest(plane: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    index = np.minimum(((np.arange(size) + 0.5) * plane.shape[0] / size).astype(int), plane.shape[0] - 1)
    return plane[np.ix_(index, index)]


def _turn(
    pixels: NDArray[np.uint8], kinds: NDArray[np.uint8], objects: NDArray[np.float32], turn: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """One of the eight turns and flips of a square."""
    size = pixels.shape[0]
    objects = objects.copy()
    for _ in range(turn % 4):  # numpy turns counter-clockwise: (x, y) becomes (y, size - x)
        pixels, kinds = np.rot90(pixels), np.rot90(kinds)
        objects[:, 0], objects[:, 1] = objects[:, 1].copy(), size - objects[:, 0]
        objects[:, 4] -= np.pi / 2
    if turn >= 4:
        pixels, kinds = pixels[:, ::-1], kinds[:, ::-1]
        objects[:, 0], objects[:, 4] = size - objects[:, 0], np.pi - objects[:, 4]
    return np.ascontiguousarray(pixels), np.ascontiguousarray(kinds), objects


def _restretch(pixels: NDArray[np.uint8], augment: Augment, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Another gain, gamma, offset and noise: the stretch of a public picture is never known."""
    value = pixels.astype(np.float32) / 255
    if rng.random() < 0.5:
        noise = rng.uniform(0, augment.speckle)
        value *= 1 + noise * rng.standard_normal(value.shape, dtype=np.float32)
    gamma = np.exp(rng.uniform(*np.log(augment.gamma)))
    gain = np.exp(rng.uniform(*np.log(augment.gain)))
    value = gain * np.maximum(value, 0) ** gamma + rng.uniform(-augment.offset, augment.offset)
    valid = pixels != 0
    value *= min(1.0, MEAN_LIMIT / max(float(value[valid].mean()) if valid.any() else 0.0, 1e-3))
    size = len(pixels)
    if rng.random() < augment.blank:
        row, col = rng.integers(size // 4, size, 2)
        rows = slice(row, None) if rng.random() < 0.5 else slice(None, size - row)
        cols = slice(col, None) if rng.random() < 0.5 else slice(None, size - col)
        valid[rows, cols] = False
    if rng.random() < augment.dropout:
        valid &= rng.random(valid.shape, dtype=np.float32) > rng.uniform(0, 0.02)
    return np.where(valid, np.clip(value * 254 + 1, 1, 255), 0).astype(np.uint8)


def _mosaic(pictures: Sequence[Picture], size: int) -> Picture:
    """Small chips side by side on an invalid ground, as many as fit."""
    pitch = max(max(picture.pixels.shape) for picture in pictures)
    across = max(1, size // pitch)
    pixels = np.zeros((size, size), np.uint8)
    kinds = np.zeros((size, size), np.uint8)
    objects = []
    for index, picture in enumerate(pictures[: across * across]):
        row, col = (at * (size // across) for at in divmod(index, across))
        height, width = (min(side, size // across) for side in picture.pixels.shape)
        pixels[row : row + height, col : col + width] = picture.pixels[:height, :width]
        kinds[row : row + height, col : col + width] = picture.kinds[:height, :width]
        objects.append(picture.objects + np.array([col, row, 0, 0, 0, 0], np.float32))
    return Picture(pixels, kinds, np.concatenate(objects), pictures[0].name)


def targets(pixels: NDArray[np.uint8], kinds: NDArray[np.uint8], objects: NDArray[np.float32]) -> Sample:
    """Targets of a finished crop."""
    size = len(pixels)
    cells = size // CELL_PX
    inside = ((objects[:, :2] >= 0) & (objects[:, :2] < size)).all(1)
    # an object whose centre fell on nodata cannot be seen
    inside[inside] = pixels[objects[inside, 1].astype(int), objects[inside, 0].astype(int)] != 0
    objects = objects[inside]
    index = np.arange(size) // CELL_PX
    cell_index = (index[:, None] * cells + index[None, :]).astype(np.int64)
    counts = np.bincount((cell_index * len(KINDS) + kinds).ravel(), minlength=cells * cells * len(KINDS))
    shares = (counts.reshape(cells, cells, len(KINDS)) / CELL_PX**2).astype(np.float32)
    centers = np.zeros_like(shares)
    for x, y, *_, kind in objects:
        centers[int(y) // CELL_PX, int(x) // CELL_PX, int(kind)] += 1
    preference = np.where(is_object(np.arange(len(KINDS), dtype=np.uint8)), OBJECT_PRIORITY, 1.0)
    cell_kinds = (shares * preference + 10 * centers).argmax(-1).astype(np.uint8)
    known = (kinds != KIND["unknown"])[OBJECT_CELL_PX // 2 :: OBJECT_CELL_PX, OBJECT_CELL_PX // 2 :: OBJECT_CELL_PX]
    return Sample(pixels, cell_kinds, shares, centers, center_heat(objects, size // OBJECT_CELL_PX), known)


def center_heat(objects: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    """Gaussians along each object's axes, 1 at the cell of its centre; (cells, cells) at stride 4."""
    heat = np.zeros((cells, cells), np.float32)
    for x, y, length, width, angle, _ in objects:
        along_cells, across_cells = (max(side / OBJECT_CELL_PX / 6, 0.6) for side in (length, width))
        cx, cy = int(x / OBJECT_CELL_PX), int(y / OBJECT_CELL_PX)
        reach = int(np.ceil(3 * along_cells)) + 1
        rows = slice(max(0, cy - reach), min(cells, cy + reach + 1))
        cols = slice(max(0, cx - reach), min(cells, cx + reach + 1))
        dy, dx = np.mgrid[rows, cols].astype(np.float32)
        dx, dy = dx - cx, dy - cy
        along = dx * np.cos(angle) + dy * np.sin(angle)
        across = dy * np.cos(angle) - dx * np.sin(angle)
        bump = np.exp(-0.5 * ((along / along_cells) ** 2 + (across / across_cells) ** 2))
        heat[rows, cols] = np.maximum(heat[rows, cols], bump.astype(np.float32))
    return heat
