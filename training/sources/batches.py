"""Crops, augmentation and targets: pictures in, batches for the trainer out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.concepts import KIND, KINDS
from training.sources.picture import Picture, centred_in, ellipse_mask, is_object, moved

CELL_PX = 8
OBJECT_CELL_PX = 4
OBJECT_PRIORITY = 6.0  # a cell a sixth of which is ship is a ship's cell

UNCOUNTED = frozenset({"chips", "floods", "landcover"})
"""Sets in which nobody marked objects: taken for empty sea, their ships taught that small ones are none."""
AFLOAT = tuple(KIND[kind] for kind in ("sea", "harbor", "inland water", "flood"))
CORE_SHARE = 0.4  # of an object's length and width
CORE_CELLS = 12  # of a core that weigh one each; those of a larger core share that weight
CORE_LEAST = 3.0  # weight of a smaller core
ALONE_PX = (64, 96, 128, 160, 192)  # sides of the square that is left alone
ALONE_STEP_PX = 32  # its corner lies on the lattice that windows begin on
SHOWN, SHOWN_PX = 0.02, 800  # of a picture, or pixels of it: from there on it shows a kind
KEPT = 0.7  # of crops around an object, which do not run off their picture
MEAN_LIMIT = 0.7  # of a crop after the random stretch: beyond it nothing but white is left


class Sample(NamedTuple):
    """One crop of side S with its targets; h = S / 8."""

    pixels: NDArray[np.uint8]  # S, S
    cell_kinds: NDArray[np.uint8]  # h, h
    cell_shares: NDArray[np.float32]  # h, h, kinds: share of each kind in the cell
    centers: NDArray[np.float32]  # h, h, kinds: object centres in the cell
    heat: NDArray[np.float32]  # 2h, 2h: 1 at the cores of objects, falling off around them
    core: NDArray[np.float32]  # 2h, 2h: weight of the cells of cores, of each object CORE_LEAST to CORE_CELLS
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
    alone: float = 0.0  # probability that only a square is left, as when a small image is asked about
    as_is: float = 0.0  # probability that the stretch is left as the picture has it


class Crop(NamedTuple):
    """A cut of a picture before its targets are worked out."""

    pixels: NDArray[np.uint8]  # S, S
    kinds: NDArray[np.uint8]  # S, S
    objects: NDArray[np.float32]  # as of a picture
    counted: bool  # whether somebody marked its objects


class Source(Protocol):
    """Whatever samples are drawn from."""

    def draw(self, rng: np.random.Generator) -> Sample:
        """One sample."""


class Sampler:
    """Draws crops from named sets of pictures with given weights, deterministic from its generator."""

    def __init__(
        self,
        sets: Mapping[str, Sequence[Picture]],
        weights: Mapping[str, float],
        size_px: int,
        augment: Augment,
        zooms: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        self.sets = {name: items for name, items in sets.items() if len(items) and weights.get(name, 0) > 0}
        total = sum(weights[name] for name in self.sets)
        self.names = list(self.sets)
        self.probabilities = [weights[name] / total for name in self.names]
        self.size_px = size_px
        self.augment = {name: replace(augment, zoom=(zooms or {}).get(name, augment.zoom)) for name in self.sets}
        self.by_kind = {name: _by_kind(pictures) for name, pictures in self.sets.items()}
        self.kinds = {name: _kind_shares(by_kind) for name, by_kind in self.by_kind.items()}

    def draw(self, rng: np.random.Generator) -> Sample:
        """One augmented crop with its targets."""
        return targets(*self.crop(rng))

    def crop(self, rng: np.random.Generator) -> Crop:
        """One augmented crop of a set drawn by its weight, around a kind of those it shows.

        A kind is drawn by the root of how many pictures show it, and a picture by the root of how many such objects it
        has. Drawn evenly over pictures, towns outnumbered mountains in the chips by six to one, and everything bright
        was called a town. Drawn evenly over kinds, a kind that one picture shows gave it a tenth of all draws: of
        HRSID's 731 ships 61 were as good as all that was seen (one over the sum of the squares of their shares).
        """
        name = self.names[rng.choice(len(self.names), p=self.probabilities)]
        pictures = self.sets[name]
        kind = int(rng.choice(list(self.by_kind[name]), p=self.kinds[name]))
        showing = self.by_kind[name][kind]
        picture = pictures[showing.draw(rng)]
        if max(picture.pixels.shape) <= self.size_px // 2:
            others = (pictures[showing.draw(rng)] for _ in range(8))
            fitting = [other for other in others if max(other.pixels.shape) <= self.size_px // 2]
            picture = _mosaic([picture, *fitting], self.size_px)
        return Crop(*self._crop(picture, kind, self.augment[name], rng), counted=name not in UNCOUNTED)

    def _crop(
        self, picture: Picture, kind: int, augment: Augment, rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
        """Zoom, cut, turn and restretch; most crops of a picture with objects show one."""
        size = self.size_px
        zoom = np.exp(rng.uniform(*np.log(augment.zoom)))
        height, width = picture.pixels.shape
        span = min(round(size / zoom), max(height, width, size))
        spare = height - span, width - span
        row, col = (int(rng.integers(min(0, left), max(0, left) + 1)) for left in spare)
        if len(picture.objects) and rng.random() < 0.6:
            x, y = picture.objects[rng.integers(len(picture.objects)), :2]
            row, col = (int(at - rng.uniform(0.1, 0.9) * span) for at in (y, x))
            if rng.random() < KEPT:
                row, col = _kept(row, height, span), _kept(col, width, span)
        elif place := _somewhere(picture.kinds, kind, rng):
            row, col = (_kept(at - span // 2, side, span) for at, side in zip(place, (height, width), strict=True))
        pixels, kinds = (_cut(plane, row, col, span) for plane in (picture.pixels, picture.kinds))
        objects = picture.objects.copy()
        objects[:, :2] -= (col, row)
        if span != size:
            pixels, kinds = _zoom(pixels, size), _nearest(kinds, size)
            objects[:, :4] *= size / span
        pixels, kinds, objects = _turn(pixels, kinds, objects, int(rng.integers(8)))
        pixels = restretch(pixels, augment, rng)
        kinds = np.where(pixels == 0, KIND["unknown"], kinds).astype(np.uint8)
        return pixels, kinds, objects


class Showing(NamedTuple):
    """The pictures that show a kind, and how often each is drawn for it."""

    rows: NDArray[np.int_]
    shares: NDArray[np.float64]

    def draw(self, rng: np.random.Generator) -> int:
        """Row of a picture."""
        return int(rng.choice(self.rows, p=self.shares))


def _by_kind(pictures: Sequence[Picture]) -> dict[int, Showing]:
    """For each kind, the pictures that show enough of it, or such an object, and how often each is drawn.

    Pictures of which nothing is known are left out, unless there are no others.
    """
    table, objects = np.zeros((len(pictures), len(KINDS)), bool), np.ones((len(pictures), len(KINDS)))
    for row, count, picture in zip(table, objects, pictures, strict=True):
        shown = 16 * np.bincount(picture.kinds[::4, ::4].ravel(), minlength=len(KINDS))
        row |= shown > min(picture.kinds.size * SHOWN, SHOWN_PX)
        of_kind = np.bincount(picture.objects[:, 5].astype(int), minlength=len(KINDS))
        row |= of_kind > 0
        count[:] = np.sqrt(np.maximum(of_kind, 1))
    if table[:, 1:].any():
        table[:, KIND["unknown"]] = False
    shown = {kind: np.flatnonzero(table[:, kind]) for kind in range(len(KINDS)) if table[:, kind].any()}
    return {kind: Showing(rows, objects[rows, kind] / objects[rows, kind].sum()) for kind, rows in shown.items()}


def _kind_shares(by_kind: Mapping[int, Showing]) -> NDArray[np.float64]:
    """How often each kind is drawn."""
    root = np.sqrt([len(showing.rows) for showing in by_kind.values()])
    shares: NDArray[np.float64] = root / root.sum()
    return shares


def _somewhere(kinds: NDArray[np.uint8], kind: int, rng: np.random.Generator) -> tuple[int, int] | None:
    """Row and column of a pixel of a kind, or None where a sixteenth of the pixels, a lattice, holds none."""
    top, left = rng.integers(0, 4, 2)
    lattice = kinds[top::4, left::4]
    hits = np.flatnonzero(lattice == kind)
    if not len(hits):
        return None
    row, col = divmod(int(hits[rng.integers(len(hits))]), lattice.shape[1])
    return int(top) + 4 * row, int(left) + 4 * col


def _kept(start: int, side: int, span: int) -> int:
    """A start that keeps a cut inside the picture where it fits at all."""
    return min(max(start, 0), max(side - span, 0)) if side >= span else start


def _cut(plane: NDArray[np.uint8], row: int, col: int, span: int) -> NDArray[np.uint8]:
    out = np.zeros((span, span), np.uint8)
    height, width = plane.shape
    rows = slice(max(row, 0), min(row + span, height))
    cols = slice(max(col, 0), min(col + span, width))
    if rows.start < rows.stop and cols.start < cols.stop:
        out[rows.start - row : rows.stop - row, cols.start - col : cols.stop - col] = plane[rows, cols]
    return out


def _zoom(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize bytes, linearly up and by area down, from valid pixels only; valid where the nearest source is."""
    values, weights = (
        np.asarray(Image.fromarray(plane).resize((size, size), Image.Resampling.BILINEAR))
        for plane in (pixels.astype(np.float32), (pixels != 0).astype(np.float32))
    )
    zoomed = np.clip(np.rint(values / np.maximum(weights, 1e-3)), 1, 255)
    return np.where(_nearest(pixels, size) != 0, zoomed, 0).astype(np.uint8)


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


def restretch(pixels: NDArray[np.uint8], augment: Augment, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Another gain, gamma, offset, noise and mask: the stretch of a public picture is never known."""
    valid = pixels != 0
    if augment.as_is and rng.random() < augment.as_is:
        return np.where(_masked(valid, augment, rng), pixels, 0).astype(np.uint8)
    value = pixels.astype(np.float32) / 255
    if rng.random() < 0.5:
        noise = rng.uniform(0, augment.speckle)
        value *= 1 + noise * rng.standard_normal(value.shape, dtype=np.float32)
    gamma = np.exp(rng.uniform(*np.log(augment.gamma)))
    gain = np.exp(rng.uniform(*np.log(augment.gain)))
    value = gain * np.maximum(value, 0) ** gamma + rng.uniform(-augment.offset, augment.offset)
    value *= min(1.0, MEAN_LIMIT / max(float(value[valid].mean()) if valid.any() else 0.0, 1e-3))
    valid = _masked(valid, augment, rng)
    return np.where(valid, np.clip(value * 254 + 1, 1, 255), 0).astype(np.uint8)


def _masked(valid: NDArray[np.bool_], augment: Augment, rng: np.random.Generator) -> NDArray[np.bool_]:
    """What is left of the valid pixels: without a corner, of a square alone, or with holes."""
    size = len(valid)
    if rng.random() < augment.blank:
        row, col = rng.integers(size // 4, size, 2)
        rows = slice(row, None) if rng.random() < 0.5 else slice(None, size - row)
        cols = slice(col, None) if rng.random() < 0.5 else slice(None, size - col)
        valid[rows, cols] = False
    if rng.random() < augment.alone:
        side = int(rng.choice(ALONE_PX))
        row, col = (int(ALONE_STEP_PX * rng.integers((size - side) // ALONE_STEP_PX + 1)) for _ in range(2))
        square = np.zeros_like(valid)
        square[row : row + side, col : col + side] = True
        valid = valid & square if (valid & square).any() else valid
    if rng.random() < augment.dropout:
        valid = valid & (rng.random(valid.shape, dtype=np.float32) > rng.uniform(0, 0.02))
    return valid


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
        objects.append(moved(picture.objects, col, row))
    return Picture(pixels, kinds, np.concatenate(objects), pictures[0].name)


def targets(
    pixels: NDArray[np.uint8], kinds: NDArray[np.uint8], objects: NDArray[np.float32], counted: bool = True
) -> Sample:
    """Targets of a finished crop; where objects were not `counted`, nothing is known of them on water and quays."""
    size = len(pixels)
    cells = size // CELL_PX
    inside = centred_in(objects, pixels.shape)
    # an object whose centre fell on nodata cannot be seen
    inside[inside] = pixels[objects[inside, 1].astype(int), objects[inside, 0].astype(int)] != 0
    known = ~cut_off(objects[~inside], pixels.shape)
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
    middle = slice(OBJECT_CELL_PX // 2, None, OBJECT_CELL_PX)
    known = known[middle, middle] & (kinds[middle, middle] != KIND["unknown"])
    if not counted:
        known &= ~np.isin(kinds[middle, middle], AFLOAT)
    heat, core = core_heat(objects[_is_countable(objects)], size // OBJECT_CELL_PX)
    seen = pixels[middle, middle] != 0
    known |= (core > 0) & seen  # a hull of 2 px may miss the one pixel of its cell that was asked
    return Sample(pixels, cell_kinds, shares, centers, heat, core, known)


def _is_countable(objects: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which are objects rather than traps: islands, breakwaters and bridges."""
    return is_object(objects[:, 5].astype(np.uint8))


def cut_off(objects: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where objects are whose centres cannot be seen, a mask of a shape: neither an object's core nor none."""
    found = np.zeros(shape, bool)
    objects = objects[_is_countable(objects)]
    reach = objects[:, 2:4].max(1, keepdims=True) / 2 + 2
    for item in objects[((objects[:, :2] > -reach) & (objects[:, :2] < shape[::-1] + reach)).all(1)]:
        rows, cols, mask = ellipse_mask(found.shape, item)
        found[rows, cols] |= mask
    return found


def core_heat(objects: NDArray[np.float32], cells: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Heat and weight of the core of each object, both (cells, cells) at stride 4.

    The core is the middle two fifths of the length and width, and always the cell of the centre. Around it
    the heat falls off along the object's axes: a tenth of the length, so that half a hull is not left
    unpunished and long ships are not found three times. A cell weighs as much as one that is punished: when
    the cells of a core shared the weight of one, the best answer for a long hull beyond doubt was a dim one. The one
    cell of a small object weighs more: a label is hardly ever right to a cell, and of the training's own ships in
    HRSID a quarter, most below 25 px, had been found too dim to be counted.
    """
    heat, weight = np.zeros((2, cells, cells), np.float32)
    for x, y, length, width, angle, _ in objects:
        half_along, half_across = CORE_SHARE * length / OBJECT_CELL_PX / 2, CORE_SHARE * width / OBJECT_CELL_PX / 2
        along_cells, across_cells = max(length / OBJECT_CELL_PX / 10, 0.7), max(width / OBJECT_CELL_PX / 6, 0.7)
        cx, cy = int(x / OBJECT_CELL_PX), int(y / OBJECT_CELL_PX)
        reach = int(np.ceil(max(half_along, half_across) + 3 * max(along_cells, across_cells))) + 1
        rows = slice(max(0, cy - reach), min(cells, cy + reach + 1))
        cols = slice(max(0, cx - reach), min(cells, cx + reach + 1))
        row, col = np.mgrid[rows, cols].astype(np.float32)
        dx, dy = col + 0.5 - x / OBJECT_CELL_PX, row + 0.5 - y / OBJECT_CELL_PX
        along = np.abs(dx * np.cos(angle) + dy * np.sin(angle))
        across = np.abs(dy * np.cos(angle) - dx * np.sin(angle))
        core = (along <= half_along) & (across <= max(half_across, 0.35)) | (row == cy) & (col == cx)
        outside = np.maximum(along - half_along, 0) / along_cells, np.maximum(across - half_across, 0) / across_cells
        bump = np.exp(-0.5 * (outside[0] ** 2 + outside[1] ** 2), dtype=np.float32)
        heat[rows, cols] = np.maximum(heat[rows, cols], np.where(core, 1, np.minimum(bump, 0.98)))
        core_cells = max(core.sum(), 1)
        each = np.clip(core_cells, CORE_LEAST, CORE_CELLS) / core_cells
        weight[rows, cols] = np.maximum(weight[rows, cols], core * each)
    return heat, weight
