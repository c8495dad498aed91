"""Images that are asked about, small as they are: each alone in a view, several views to a crop.

Drawn like any other picture, a chip was zoomed, cut by the crop and shared its tile with others: of 16,000 draws
a tenth looked as the same chip does when somebody asks what it shows. And where only chips of airliners came in odd
sizes, the size gave them away: sea and mountains cut to 80 px were called aircraft.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from engine.model.windows import enlarged
from training.concepts import KIND
from training.sources.batches import Augment, Crop, Sample, Sampler, cut_off, restretch, targets
from training.sources.picture import Picture, centred_in, moved

GENTLE = Augment(gamma=(0.75, 1.35), gain=(0.75, 1.35), offset=0.06, speckle=0.25, blank=0.0, dropout=0.0)
_SHIFT_PX = 8  # at most: how exactly a chip's object is centred differs
SMALLEST_PX = 40  # side of ground that is asked about
_EMPTY = 0.15  # of views: neighbours are not always there


class ViewSampler:
    """Draws crops of views with one chip each, every kind as often as any other.

    Args:
        pictures: Chips, drawn by the kind of their first object.
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
                objects.append(moved(chip.objects, col, row))
        kinds = np.where(pixels == 0, KIND["unknown"], kinds).astype(np.uint8)
        return targets(pixels, kinds, np.concatenate(objects))

    def _chip(self, picture: Picture, rng: np.random.Generator) -> Picture:
        """A chip that fits the view, with another stretch, mirrored and shifted a little."""
        pixels, kinds, objects = _grown(picture.pixels, picture.kinds, picture.objects, self.view_px)
        row, col = (max(0, (length - self.view_px) // 2) for length in pixels.shape)
        place = slice(row, row + self.view_px), slice(col, col + self.view_px)
        shift = rng.integers(-_SHIFT_PX, _SHIFT_PX + 1, 2)
        step = -1 if rng.random() < 0.5 else 1
        pixels, kinds = (np.roll(plane[place], shift, (0, 1))[:, ::step] for plane in (pixels, kinds))
        objects = moved(objects, shift[1] - col, shift[0] - row)
        if step < 0:
            objects[:, 0], objects[:, 4] = pixels.shape[1] - objects[:, 0], np.pi - objects[:, 4]
        pixels = restretch(np.ascontiguousarray(pixels), GENTLE, rng)
        return Picture(pixels, kinds, objects[centred_in(objects, kinds.shape)], picture.name)


class SmallImages:
    """Draws crops of a sampler, some of them as small images: each view is cut to a smaller height and width.

    Args:
        sampler: Of the crops.
        view_px: Side of a view, of which the image is left in the first corner.
        share: Of the crops that are cut so.
    """

    def __init__(self, sampler: Sampler, view_px: int, share: float) -> None:
        self.sampler, self.view_px, self.share = sampler, view_px, share

    def draw(self, rng: np.random.Generator) -> Sample:
        """One crop with its targets, as `Sampler.draw` gives them."""
        crop = self.sampler.crop(rng)
        return targets(*(self._cut(crop, rng) if rng.random() < self.share else crop))

    def _cut(self, crop: Crop, rng: np.random.Generator) -> Crop:
        """Every view cut to a height and width of its own, enlarged as far as the view reaches."""
        pixels, kinds = np.zeros_like(crop.pixels), np.zeros_like(crop.kinds)
        found = []
        for row, col in itertools.product(range(0, len(pixels), self.view_px), repeat=2):
            height, width = rng.integers(SMALLEST_PX, self.view_px, 2)
            if rng.random() < 0.5:
                width = height
            place = slice(row, row + height), slice(col, col + width)
            objects = moved(crop.objects, -col, -row)
            inside = centred_in(objects, (height, width))
            hidden = cut_off(objects[~inside], (height, width))
            ground = np.where(hidden, KIND["unknown"], crop.kinds[place]).astype(np.uint8)
            image, ground, objects = _grown(crop.pixels[place], ground, objects[inside], self.view_px)
            place = slice(row, row + len(image)), slice(col, col + image.shape[1])
            pixels[place], kinds[place] = image, np.where(image == 0, KIND["unknown"], ground)
            found.append(moved(objects, col, row))
        return Crop(pixels, kinds, np.concatenate(found), crop.counted)


def _grown(
    pixels: NDArray[np.uint8], kinds: NDArray[np.uint8], objects: NDArray[np.float32], view_px: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """An image and what is known of it, enlarged as the model enlarges what fills less than half a view."""
    factor = max(1, view_px // max(pixels.shape))
    objects = objects.copy()
    objects[:, :4] *= factor
    grown = enlarged(torch.from_numpy(np.ascontiguousarray(pixels)), view_px).numpy()
    return grown, kinds.repeat(factor, 0).repeat(factor, 1), objects
