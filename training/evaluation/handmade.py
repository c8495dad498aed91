"""Features that nobody trained: raw pixels and histograms of oriented gradients (HOG), the probes' baselines."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from skimage.feature import hog

from training.evaluation.contestants import resized

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

PIXELS_SIDE = 48
HOG_SIDE, HOG_CELL = 96, 12


def raw_pixels(images: Iterable[Bytes]) -> Floats:
    """(N, 48 * 48) amplitudes 0..1 of images squeezed to one size."""
    return np.stack([resized(image, (PIXELS_SIDE, PIXELS_SIDE)).ravel() / np.float32(255) for image in images])


def hog_features(images: Iterable[Bytes]) -> Floats:
    """(N, features) of images squeezed to one size: 9 orientations, cells of 12 px, blocks of 2 x 2 cells."""
    return np.stack([_hog(resized(image, (HOG_SIDE, HOG_SIDE))) for image in images])


def _hog(image: Bytes) -> Floats:
    found: Floats = hog(
        np.sqrt(image.astype(np.float32)), pixels_per_cell=(HOG_CELL, HOG_CELL), cells_per_block=(2, 2)
    ).astype(np.float32)  # the root evens out speckle, whose spread grows with brightness
    return found
