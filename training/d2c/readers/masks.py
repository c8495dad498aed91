"""Masks: a kind for every pixel, as grey values or colours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from training.concepts import KIND, OBJECT_KINDS
from training.d2c.annotation import AnnotatedImage, AnnotatedObject
from training.d2c.readers.options import Options, ReadError, files

SPECK_PX = 4  # smaller pieces of a mask are slips of the pen or of the compression


def masks(path: Path, options: Options) -> Iterator[AnnotatedImage]:
    """Every PNG mask of a folder, by the colours in the options; each pixel takes the nearest of them.

    Kinds of ground become the ground. Kinds of objects are cut into connected pieces, one object each; as neighbours
    may run together they are not complete, unless the options say so. A kind that is in neither list is unknown.

    Raises:
        ReadError: No colours are given, or one is not of the form `r,g,b` or `grey`.
    """
    if not options.colors:
        raise ReadError(f"{path}: what its colours mean is not in a mask; tell it (--color 0,0,0=sea ...)")
    kinds = [options.kind(name) for name in options.colors.values()]
    codes = np.array([KIND.get(kind, 0) for kind in kinds], np.uint8)
    palette = _palette(tuple(options.colors))
    for file in files(path, ".png"):
        with Image.open(file) as picture:
            values = np.asarray(picture.convert("RGB"), np.int32)
        nearest = np.stack([np.abs(values - color).sum(-1) for color in palette]).argmin(0)
        ground = codes[nearest]
        objects = [item for kind in OBJECT_KINDS if kind in kinds for item in _pieces(ground == KIND[kind], kind)]
        height, width = ground.shape
        complete = options.complete or frozenset()
        yield options.about(AnnotatedImage(file.stem, width, height, tuple(objects), ground, complete))


def _palette(colors: tuple[str, ...]) -> NDArray[np.int32]:
    try:
        parts = [[int(part) for part in color.split(",")] for color in colors]
        return np.array([part * 3 if len(part) == 1 else part for part in parts], np.int32).reshape(-1, 3)
    except ValueError as error:
        raise ReadError(f"colours {' '.join(colors)} are not all r,g,b or grey values") from error


def _pieces(mask: NDArray[np.bool_], kind: str) -> Iterator[AnnotatedObject]:
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    for index, window in enumerate(ndimage.find_objects(labels), start=1):
        ys, xs = np.nonzero(labels[window] == index)
        if len(xs) < SPECK_PX:
            continue
        corners = np.concatenate([np.stack((xs + dx, ys + dy), -1) for dx in (0, 1) for dy in (0, 1)])
        corners += np.array([window[1].start, window[0].start])
        yield AnnotatedObject(kind, shapely.get_coordinates(shapely.MultiPoint(corners).convex_hull)[:-1])
