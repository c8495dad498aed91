"""Pictures that show the same thing, found by perceptual hash under all turns and flips.

Two measures, as one is not enough for radar: the hash (pHash, 64 bits) keeps only what is coarse, so ships in the
middle of a calm sea all look alike to it; the correlation of two thumbnails then decides. Thresholds were
set by looking at pairs: from a correlation of 0.9, pairs of SAR-ACD and SSDD are one measurement, changed in
brightness, noise or by a few pixels; below, MSTAR's neighbouring aspect angles begin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

HASH_PX, THUMBNAIL_PX = 64, 32
TURNS = 8  # four quarter turns, plain and mirrored
MAX_DISTANCE = 10  # differing bits of 64
MIN_CORRELATION = 0.9
BLOCK = 512  # pictures compared at once: 512 x 8 x 512 hashes are 16 MB


@dataclass(frozen=True, eq=False)
class Prints:
    """Fingerprints of n pictures.

    Attributes:
        hashes: uint64 (n, 8), one a turn; the first is the picture as it is.
        thumbnails: uint8 (n, 32, 32), the picture squeezed.
    """

    hashes: NDArray[np.uint64]
    thumbnails: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.hashes)


def turned(pixels: NDArray[np.uint8], turn: int) -> NDArray[np.uint8]:
    """A square picture after one of `TURNS` turns; 0 leaves it as it is."""
    rotated = np.rot90(pixels, turn % 4)
    return np.ascontiguousarray(rotated[:, ::-1] if turn >= 4 else rotated)


def fingerprint(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Hashes (8,) and thumbnail (32, 32) of a picture of any shape."""
    image = Image.fromarray(pixels)
    small = np.asarray(image.resize((HASH_PX, HASH_PX), Image.Resampling.BOX))
    hashes = [int(str(imagehash.phash(Image.fromarray(turned(small, turn)))), 16) for turn in range(TURNS)]
    thumbnail = np.asarray(image.resize((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BOX))
    return np.array(hashes, np.uint64), thumbnail


def normalised(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 32 * 32) amplitudes with mean 0 and length 1; the root keeps one bright point from deciding alone."""
    flat = np.sqrt(thumbnails.reshape(len(thumbnails), -1).astype(np.float32))
    flat -= flat.mean(1, keepdims=True)
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    result: NDArray[np.float32] = flat / np.maximum(lengths, 1e-6)  # a flat picture is like no other
    return result


def find_pairs(left: Prints, right: Prints) -> list[tuple[int, int, float]]:
    """Pairs (index left, index right, correlation) that show the same thing, turned or not.

    Every picture of `left` meets every one of `right`, block by block.
    """
    pairs: list[tuple[int, int, float]] = []
    for start in range(0, len(left), BLOCK):
        upright = left.hashes[start : start + BLOCK, 0]
        for other in range(0, len(right), BLOCK):
            hashes = right.hashes[other : other + BLOCK]
            distance = np.bitwise_count(upright[:, None, None] ^ hashes[None])
            close = np.argwhere(distance <= MAX_DISTANCE)
            pairs += _confirmed(left, right, close + np.array([start, other, 0]))
    return pairs


def _confirmed(left: Prints, right: Prints, close: NDArray[np.int_]) -> list[tuple[int, int, float]]:
    best: dict[tuple[int, int], float] = {}
    for turn in range(TURNS):
        rows, cols = close[close[:, 2] == turn, :2].T
        if not len(rows):
            continue
        thumbnails = np.stack([turned(right.thumbnails[col], turn) for col in cols])
        correlations = (normalised(left.thumbnails[rows]) * normalised(thumbnails)).sum(1)
        for row, col, value in zip(rows.tolist(), cols.tolist(), correlations.tolist(), strict=True):
            if value >= MIN_CORRELATION:
                best[row, col] = max(value, best.get((row, col), -1.0))
    return [(row, col, value) for (row, col), value in sorted(best.items())]


@dataclass(frozen=True)
class Dropped:
    """A picture left out, and the one it repeats."""

    name: str
    repeats: str
    correlation: float


def across_parts(
    names: Mapping[str, Sequence[str]], prints: Mapping[str, Prints], parts: Sequence[str]
) -> list[Dropped]:
    """What each part must give up for having a likeness in a later one.

    Args:
        names: Of the pictures, by part.
        prints: Of the same pictures in the same order.
        parts: From the one that gives to the one that keeps.

    Returns:
        One entry for each picture to leave out, with the likeness that resembles it most.
    """
    found: dict[str, Dropped] = {}
    for giving, part in enumerate(parts):
        for keeping in parts[giving + 1 :]:
            for row, col, correlation in find_pairs(prints[part], prints[keeping]):
                name = names[part][row]
                if name not in found or correlation > found[name].correlation:
                    found[name] = Dropped(name, names[keeping][col], round(correlation, 4))
    return [found[name] for name in sorted(found)]
