"""Islands of real land: ground of one picture, cut to a stout blob and laid on the water of another.

Islands are what ships at coarse pixels are mistaken for, and public sets of ships hold next to none. The simulator's
are told from ships once they were seen; those of real scenes, whose texture no simulator has, were not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from training.concepts import KIND
from training.simulate.ships import WATER
from training.sources.pasted import LEAST_WATER
from training.sources.picture import Picture

GROUND = ("harbor", "urban", "industry", "forest", "fields", "mountains", "bare", "land", "vegetation")
LENGTH_PX = (14.0, 70.0)  # smaller ones may as well be ships
STOUTNESS = (0.55, 1.0)  # width by length
GAIN = (0.7, 1.5)
EDGE_PX = 1.5  # over which the shore fades
_HARMONICS = (2, 3, 4, 5)  # of the shore line
_ROUGHNESS = 0.12
_TRIES = 8  # for every islet


def strew_islets(picture: Picture, grounds: Sequence[Picture], rng: np.random.Generator, most: int = 5) -> Picture:
    """A picture with islands of other pictures' ground where its kinds say water; as it is where none finds room.

    Args:
        picture: Any picture with kinds.
        grounds: Pictures with land to cut from.
        rng: Source of everything random.
        most: Islands at most.
    """
    water = np.isin(picture.kinds, WATER) & (picture.pixels != 0)
    if water.mean() < LEAST_WATER:
        return picture
    away = ndimage.distance_transform_edt(water)
    pixels, kinds, rows = picture.pixels.copy(), picture.kinds.copy(), []
    wanted = int(rng.integers(1, most + 1))
    for _ in range(_TRIES * wanted):
        if len(rows) >= wanted:
            break
        length = float(np.exp(rng.uniform(*np.log(LENGTH_PX))))
        inside, width, angle = _blob(length, rng)
        reach = len(inside) // 2
        places = np.flatnonzero(away > reach)
        if not len(places):
            continue
        row, col = divmod(int(rng.choice(places)), water.shape[1])
        window = slice(row - reach, row + reach + 1), slice(col - reach, col + reach + 1)
        if min(row, col) < reach or kinds[window].shape != inside.shape or (kinds[window] == KIND["island"]).any():
            continue
        ground = _cut(grounds[int(rng.integers(len(grounds)))], inside.shape, rng)
        if ground is None:
            continue
        fade = np.clip(1 + inside / EDGE_PX, 0, 1)
        laid = (1 - fade) * pixels[window] + fade * float(rng.uniform(*GAIN)) * ground
        pixels[window] = np.where(pixels[window] == 0, 0, np.clip(np.rint(laid), 1, 255)).astype(np.uint8)
        kinds[window][inside >= 0] = KIND["island"]
        rows.append((col + 0.5, row + 0.5, length, width, angle, KIND["island"]))
    if not rows:
        return picture
    return replace(
        picture, pixels=pixels, kinds=kinds, objects=np.concatenate([picture.objects, np.array(rows, np.float32)])
    )


def _blob(length: float, rng: np.random.Generator) -> tuple[NDArray[np.float32], float, float]:
    """How far in pixels each place of a square of odd sides is inside a stout blob, its width and its angle."""
    width, angle = length * float(rng.uniform(*STOUTNESS)), float(rng.uniform(0, np.pi))
    reach = int(np.ceil(length / 2 * (1 + 2 * _ROUGHNESS) + EDGE_PX + 1))
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    along = (dx * np.cos(angle) + dy * np.sin(angle)) / (length / 2)
    across = (dy * np.cos(angle) - dx * np.sin(angle)) / (width / 2)
    turn = np.arctan2(across, along)
    shore = 1 + sum(
        rng.normal(0, _ROUGHNESS / 2) * np.cos(number * turn + rng.uniform(0, 2 * np.pi)) for number in _HARMONICS
    )
    shore = np.minimum(shore, 1 + 2 * _ROUGHNESS)
    return ((shore - np.hypot(along, across)) * width / 2).astype(np.float32), width, angle


def _cut(picture: Picture, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32] | None:
    """A window of a picture that is ground throughout, mirrored at random; None where it was not found at once."""
    spare = [side - cut for side, cut in zip(picture.pixels.shape, shape, strict=True)]
    if min(spare) < 0:
        return None
    row, col = (int(rng.integers(left + 1)) for left in spare)
    window = slice(row, row + shape[0]), slice(col, col + shape[1])
    is_ground = np.isin(picture.kinds[window], [KIND[kind] for kind in GROUND])
    if is_ground.mean() < 0.95 or not picture.pixels[window].all():
        return None
    return picture.pixels[window].astype(np.float32)[:: int(rng.choice([-1, 1])), :: int(rng.choice([-1, 1]))]
