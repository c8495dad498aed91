"""Write down which ground of SSDD's validation pictures its training pictures show, too.

SSDD's pictures are pieces cut from some larger scenes, many of them overlapping, and numbers, by which its authors part
them and so do we, do not tell which. `training.repeats` compares whole pictures and is blind to a shifted piece.
`python -m training.overlaps --data ../shared/data` takes some minutes and writes `training/seen_ground.csv`, by which
the evaluation counts ships on ground that training never showed.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage
from skimage.feature import peak_local_max

from training.sources import Picture
from training.sources.real import ssdd
from training.splits import SEEN_GROUND, Seen, is_training, is_validation

Floats = NDArray[np.floating]
Shift = tuple[int, int]  # rows and columns

COARSE = 6  # pixels to one of the pictures that are first compared
COARSE_SMOOTH = 8.0  # of them: slow changes of brightness are alike everywhere
LEAST_SHARE, LEAST_PX = 0.05, 24  # of a picture, and of a side: less tells nothing
LEAST_SIGN, LEAST_COARSE = 13.0, 0.5  # deviations from chance, and a correlation, worth a closer look
PEAKS, PEAK_APART = 6, 3  # one bright thing on another may be the best of them
EVERY = 2  # pixel is compared: of some pictures those between were interpolated
LEAST_CORRELATION = 0.9  # of full pixels: one measurement; of the six pairs least above it, five are by eye


def find_seen(pictures: Sequence[Picture]) -> list[Seen]:
    """Ground of validation pictures that training pictures of the same set show, in the order of names."""
    validation = [picture for picture in pictures if is_validation(picture.name)]
    training = [picture for picture in pictures if is_training(picture.name, repeats=True)]
    small = {picture.name: _small(picture.pixels) for picture in pictures}
    size = fft.next_fast_len(2 * max(side for image in small.values() for side in image.shape), real=True)
    spectra = {name: fft.rfft2(image, (size, size)) for name, image in small.items()}
    shapes = {image.shape for image in small.values()}
    weights = {shape: fft.rfft2(np.ones(shape, np.float32), (size, size)) for shape in shapes}
    found = []
    for picture in validation:
        mine = small[picture.name]
        for other in training:
            its = small[other.name]
            common = fft.irfft2(weights[mine.shape] * weights[its.shape].conj(), (size, size))
            products = fft.irfft2(spectra[picture.name] * spectra[other.name].conj(), (size, size))
            likely = _likely(common, products, min(mine.size, its.size))
            shifts = {shift: _correlation(mine, its, shift) for shift in likely}
            near = max(shifts, key=shifts.__getitem__, default=None)
            if near is not None and shifts[near] >= LEAST_COARSE:
                seen = _refined(picture, other, (near[0] * COARSE, near[1] * COARSE))
                found += [seen] if seen else []
    return found


def _likely(common: Floats, products: Floats, pixels: int) -> Iterator[Shift]:
    """Where two pictures are most alike, by how unlikely chance makes their products."""
    least = LEAST_SHARE * pixels
    signs = np.where(common > least, products / np.sqrt(np.maximum(common, least)), 0)
    if signs.max() < LEAST_SIGN:
        return
    size = len(signs)
    for place in peak_local_max(signs, min_distance=PEAK_APART, num_peaks=PEAKS, exclude_border=False):
        row, col = ((int(at) + size // 2) % size - size // 2 for at in place)
        yield row, col


def _small(pixels: NDArray[np.uint8]) -> Floats:
    """A picture at a sixth of its size, of mean 0 and deviation 1 about its surroundings."""
    height, width = pixels.shape
    shrunk = Image.fromarray(pixels).resize((width // COARSE, height // COARSE), Image.Resampling.BOX)
    image = np.log1p(np.asarray(shrunk, np.float32))
    image -= ndimage.gaussian_filter(image, COARSE_SMOOTH)
    image = np.clip(image / max(float(image.std()), 1e-3), -3, 4)
    return image - image.mean()


def _common(mine: Floats, its: Floats, shift: Shift) -> tuple[Floats, Floats]:
    """What both show where the second lies `shift` rows and columns into the first."""
    (row, col), (height, width) = shift, mine.shape
    rows = slice(max(0, row), min(height, its.shape[0] + row))
    cols = slice(max(0, col), min(width, its.shape[1] + col))
    return mine[rows, cols], its[rows.start - row : rows.stop - row, cols.start - col : cols.stop - col]


def _correlation(mine: Floats, its: Floats, shift: Shift, every: int = 1) -> float:
    """Of what both show, by every second pixel of a side or however many."""
    left, right = (part[::every, ::every] for part in _common(mine, its, shift))
    if left.size < 2 or min(left.std(), right.std()) < 1e-6:
        return 0.0
    return float(np.corrcoef(left.ravel(), right.ravel())[0, 1])


def _refined(picture: Picture, other: Picture, near: Shift) -> Seen | None:
    """The same to the pixel, or None where they are not of one measurement."""
    mine, its = picture.pixels.astype(np.float32), other.pixels.astype(np.float32)
    steps = range(-COARSE, COARSE + 1)
    shifts = [(near[0] + down, near[1] + right) for down in steps for right in steps]
    best = max(shifts, key=lambda shift: _correlation(mine, its, shift, every=EVERY))
    common, _ = _common(mine, its, best)
    if min(common.shape) < LEAST_PX or common.size < LEAST_SHARE * mine.size:
        return None
    if _correlation(mine, its, best, EVERY) < LEAST_CORRELATION:
        return None
    return Seen(picture.name, other.name, *best, *its.shape)


def write_seen(found: Sequence[Seen], path: Path) -> None:
    """One line for each, below a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Seen._fields)
        writer.writerows(found)


def _ships_seen(pictures: Sequence[Picture], found: Sequence[Seen]) -> Iterator[bool]:
    for picture in pictures:
        places = [seen for seen in found if seen.name == picture.name]
        yield from (any(seen.holds(x, y) for seen in places) for x, y in picture.objects[:, :2].tolist())


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data sets")
    args = parser.parse_args()
    pictures = list(ssdd(args.data))
    found = find_seen(pictures)
    write_seen(found, SEEN_GROUND)
    validation = [picture for picture in pictures if is_validation(picture.name)]
    ships = list(_ships_seen(validation, found))
    sys.stdout.write(
        f"{len({seen.name for seen in found})} of {len(validation)} validation pictures share ground with training "
        f"pictures, {sum(ships)} of their {len(ships)} ships lie there\n"
    )


if __name__ == "__main__":
    main()
