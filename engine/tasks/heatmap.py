"""Where a prompt is true: its score in every cell of the scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from engine.raster import Window
from engine.scan import StoredEmbedding
from engine.tasks.prompts import background_of, check_prompts, contrast, rivals_of

Floats = NDArray[np.float32]

THRESHOLD = 0.5  # a prompt that beats all its background together


@dataclass(frozen=True, eq=False)
class Heatmap:
    """Scores of prompts over the cells of a scene.

    Attributes:
        prompts: In the order that was asked.
        scores: (prompts, rows, cols) in 0..1; NaN where the scene has no valid pixels or is not encoded.
        cell_px: Side of a cell in pixels of the scene.
        transform: From column and row of a cell's corner to the ground; through control points only nearly.
        crs: Of the ground, as WKT; None where the scene names none.
        origin: Row and column of the first cell; other than (0, 0) for a part of the scene.
    """

    prompts: tuple[str, ...]
    scores: Floats
    cell_px: int
    transform: Affine
    crs: str | None
    origin: tuple[int, int] = (0, 0)

    @classmethod
    def of(
        cls, embedding: StoredEmbedding, prompts: Sequence[str], scores: Floats, origin: tuple[int, int] = (0, 0)
    ) -> Heatmap:
        """Scores in the cells of an embedding, with their place on the ground."""
        place, cell_px, (row, col) = embedding.scene.georeference, embedding.plan.cell_px, origin
        transform = place.pixel_to_plane @ Affine.scale(cell_px) @ Affine.translation(col, row)
        return cls(tuple(prompts), scores, cell_px, transform, place.crs, origin)


def heatmap(
    embedding: StoredEmbedding,
    prompts: Sequence[str],
    background: Sequence[str] = (),
    cells: Window | None = None,
) -> Heatmap:
    """Score every cell of a scene for each prompt, one pass over the dense map for all of them.

    Args:
        embedding: Of the scene.
        prompts: What to look for; each is scored for itself.
        background: What else may be there; empty for the model's own list.
        cells: The part of the map to score, in cells, within the map; None for all of it.

    Raises:
        InputError: A prompt is empty, given twice, or not to be read by the model.
    """
    asked = check_prompts(prompts)
    every = [*asked, *background_of(embedding.model.spec, background)]
    rivals = rivals_of(embedding.model.encode_text(every), len(asked))
    query = embedding.query(every)
    part = cells or Window(0, 0, *embedding.plan.cell_shape)
    scores = np.full((len(asked), *part.shape), np.nan, np.float32)
    for band in embedding.bands(part):
        if band.valid.any():
            cosines = embedding.cosines(band, query)
            found = contrast(cosines, len(asked), rivals, embedding.model.spec.logit_scale)
            found[~band.valid] = np.nan
            first = band.row - part.row
            scores[:, first : first + len(found)] = np.moveaxis(found, -1, 0)
    return Heatmap.of(embedding, asked, scores, (part.row, part.col))
