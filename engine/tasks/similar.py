"""Ask by example: places like a place, and labels taught from a few tiles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.cancelling import Cancel
from engine.errors import InputError
from engine.raster import Window, intersection
from engine.scan import StoredEmbedding
from engine.tasks.heatmap import Heatmap
from engine.tasks.labels import TileLabels

Floats = NDArray[np.float32]


def similar(
    embedding: StoredEmbedding, place: tuple[float, float] | Window, *, cancel: Cancel | None = None
) -> Heatmap:
    """Where the scene looks like a place in it.

    Args:
        embedding: Of the scene.
        place: Column and row of a point, or a window, in pixels of the scene.
        cancel: Asked now and then whether to stop.

    Returns:
        One band: the cosine to the mean vector of the place, scaled so that the scene's median is 0 and the
        place itself 1, clipped to 0..1.

    Raises:
        InputError: The place is outside the scene or has no valid pixel.
        Cancelled: `cancel` said so.
    """
    example = _vector_at(embedding, place, cancel)
    weights, offsets = embedding.store.codec.query(example[None])
    rows, cols = embedding.plan.cell_shape
    scores = np.full((1, rows, cols), np.nan, np.float32)
    for band in embedding.bands(cancel=cancel):
        found = embedding.cosines(band, (weights, offsets))[..., 0]
        scores[0, band.row : band.row + len(found)] = np.where(band.valid, found, np.nan)
    usual = np.nanmedian(scores)
    scores = np.clip((scores - usual) / max(1 - usual, 1e-3), 0, 1)
    return Heatmap.of(embedding, ["similar"], scores)


def few_shot(embedding: StoredEmbedding, examples: Mapping[str, Sequence[tuple[int, int]]]) -> TileLabels:
    """Labels learned from a few tiles: logistic regression on their embeddings.

    Args:
        embedding: Of the scene.
        examples: For each of at least two labels, the (row, column) of tiles that show it.

    Raises:
        InputError: There are fewer than two labels, a label has no tile, or a tile is not encoded.
    """
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # a second to import: only when somebody teaches

    if len(examples) < 2:
        raise InputError(
            f"{len(examples)} label to teach: give examples of at least two, such as right and wrong"
        )
    tiles = embedding.tiles
    index = {
        (int(row), int(col)): at for at, (row, col) in enumerate(zip(tiles.rows, tiles.cols, strict=True))
    }
    chosen, names = [], []
    for name, places in examples.items():
        if not places:
            raise InputError(f"label {name!r} has no example: mark at least one tile")
        for place in places:
            row, col = place
            if (row, col) not in index:
                raise InputError(
                    f"tile ({row}, {col}) is outside the encoded part of the scene: choose another"
                )
            chosen.append(index[row, col])
            names.append(name)
    # vectors are of unit length, so a weak penalty lets a handful of examples decide
    model = LogisticRegression(C=100.0, max_iter=500).fit(tiles.vectors[chosen], names)
    order = [list(model.classes_).index(name) for name in examples]
    scores = model.predict_proba(tiles.vectors)[:, order].astype(np.float32)
    return TileLabels(tuple(examples), tiles.rows, tiles.cols, scores, np.zeros(len(scores), np.float32))


def _vector_at(
    embedding: StoredEmbedding, place: tuple[float, float] | Window, cancel: Cancel | None
) -> Floats:
    """Mean unit vector (D,) of the cells that a place touches."""
    window = place if isinstance(place, Window) else Window(math.floor(place[1]), math.floor(place[0]), 1, 1)
    inside = intersection(window, embedding.scene.window)
    total, known = np.zeros(embedding.store.embed_dim), 0
    for band in embedding.bands(embedding.plan.cells(inside), cancel) if inside else ():
        total += embedding.store.codec.vectors(band.codes[band.valid]).sum(0, dtype=np.float64)
        known += int(band.valid.sum())
    if not known:
        raise InputError(f"nothing is encoded at {window}: choose a place inside the scene's data")
    mean = total / known
    unit: Floats = (mean / max(float(np.linalg.norm(mean)), 1e-6)).astype(np.float32)
    return unit
