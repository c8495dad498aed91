"""Chips of one object as they are asked about: each alone in a view, several views to a crop.

Drawn like any other picture, a chip was zoomed, cut by the crop and shared its tile with others: of 16,000 draws
a tenth looked as the same chip does when somebody asks what it shows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from engine.model.windows import enlarged
from training.concepts import KIND
from training.sources.batches import Augment, Sample, restretch, targets
from training.sources.picture import Picture

GENTLE = Augment(gamma=(0.75, 1.35), gain=(0.75, 1.35), offset=0.06, speckle=0.25, blank=0.0, dropout=0.0)
_SHIFT_PX = 8  # at most: how exactly a chip's object is centred differs
_EMPTY = 0.15  # of views: neighbours are not always there


class ViewSampler:
    """Draws crops of views with one chip each, every kind as often as any other.

    Args:
        pictures: Chips with one object each, in the middle, whose kind they are drawn by.
        size_px: Side of a crop, a multiple of `view_px`.
        view_px: Side of a view; smaller chips lie in its first corner, as an image that is asked about does.
    """

    def __init__(self, pictures: Sequence[Picture], size_px: int, view_px: int) -> None:
        of_kind: dict[int, list[Picture]] = {}
        for picture in pictures:
            of_kind.setdefault(int(picture.objects[0, 5]), []).append(picture)
        self.of_kind = list(of_kind.values())
        self.size_px, self.view_px = size_px, view_px

    def draw(self, rng: np.random.Generator) -> Sample:
        """One crop with its targets, as `Sampler.draw` gives them."""
        pixels, kinds = (np.zeros((self.size_px, self.size_px), np.uint8) for _ in range(2))
        objects = [np.zeros((0, 6), np.float32)]
        for row in range(0, self.size_px, self.view_px):
            for col in range(0, self.size_px, self.view_px):
                if rng.random() < _EMPTY:
                    continue
                chips = self.of_kind[int(rng.integers(len(self.of_kind)))]
                chip = self._chip(chips[int(rng.integers(len(chips)))], rng)
                height, width = chip.pixels.shape
                place = slice(row, row + height), slice(col, col + width)
                pixels[place], kinds[place] = chip.pixels, chip.kinds
                objects.append(chip.objects + np.array([col, row, 0, 0, 0, 0], np.float32))
        kinds = np.where(pixels == 0, KIND["unknown"], kinds).astype(np.uint8)
        return targets(pixels, kinds, np.concatenate(objects))

    def _chip(self, picture: Picture, rng: np.random.Generator) -> Picture:
        """A chip that fits the view, with another stretch, mirrored and shifted a little."""
        factor = max(1, self.view_px // max(picture.pixels.shape))
        pixels = enlarged(torch.from_numpy(picture.pixels), self.view_px).numpy()
        kinds = picture.kinds.repeat(factor, 0).repeat(factor, 1)
        pixels, kinds = (_middle(plane, self.view_px) for plane in (pixels, kinds))
        shift = rng.integers(-_SHIFT_PX, _SHIFT_PX + 1, 2)
        step = -1 if rng.random() < 0.5 else 1
        pixels, kinds = (np.roll(plane, shift, (0, 1))[:, ::step] for plane in (pixels, kinds))
        objects = picture.objects.copy()
        objects[:, :2] = np.array(pixels.shape[::-1]) / 2 + np.array([step * shift[1], shift[0]])
        objects[:, 2:4] *= factor
        return Picture(restretch(np.ascontiguousarray(pixels), GENTLE, rng), kinds, objects, picture.name)


def _middle(plane: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The middle of an image, at most `side` px high and wide."""
    row, col = (max(0, (length - side) // 2) for length in plane.shape)
    return plane[row : row + side, col : col + side]
