"""Where a prompt is true: its score in every cell of the scene."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from engine.cancelling import Cancel
from engine.raster import Window
from engine.scan import StoredEmbedding
from engine.scan.embedding import Band
from engine.tasks.prompts import background_of, check_prompts, contrast, rivals_of

Floats = NDArray[np.float32]

THRESHOLD = 0.5  # a prompt that beats all its background together
_SCORES_AT_ONCE = 1 << 21  # of cells with prompts and background: 8 MB, several times over
_LEVELS = 1 << 16  # between the threshold and 1
_SHARE_BELOW = 0.999  # of the known scores


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

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.scores.shape[1], self.scores.shape[2]

    def strips(self) -> Iterator[Floats]:
        """The scores, in one piece."""
        yield self.scores

    @classmethod
    def of(
        cls, embedding: StoredEmbedding, prompts: Sequence[str], scores: Floats, origin: tuple[int, int] = (0, 0)
    ) -> Heatmap:
        """Scores in the cells of an embedding, with their place on the ground."""
        place, cell_px, (row, col) = embedding.scene.georeference, embedding.plan.cell_px, origin
        transform = place.pixel_to_plane @ Affine.scale(cell_px) @ Affine.translation(col, row)
        return cls(tuple(prompts), scores, cell_px, transform, place.crs, origin)


@dataclass(frozen=True, eq=False)
class HeatmapStream:
    """Scores of prompts that are computed while they are taken, for scenes and numbers of prompts of any size.

    Attributes:
        prompts: In the order that was asked.
        cells: The part of the map that is scored, in cells.
    """

    prompts: tuple[str, ...]
    cells: Window
    _embedding: StoredEmbedding
    _query: tuple[Floats, Floats]  # of the prompts and their background
    _rivals: NDArray[np.bool_]
    _cancel: Cancel | None = None

    @property
    def cell_px(self) -> int:
        """Side of a cell in pixels of the scene."""
        return self._embedding.plan.cell_px

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.cells.shape

    @property
    def origin(self) -> tuple[int, int]:
        """Row and column of the first cell."""
        return self.cells.row, self.cells.col

    def strips(self) -> Iterator[Floats]:
        """Scores from top to bottom, (prompts, some rows, columns); NaN where nothing is known.

        Raises:
            Cancelled: That was asked for.
        """
        texts = len(self._query[1])
        step = max(1, _SCORES_AT_ONCE // (texts * self.cells.width))
        for band in self._embedding.bands(self.cells, self._cancel):
            for row in range(0, len(band.codes), step):
                part = band._replace(codes=band.codes[row : row + step], valid=band.valid[row : row + step])
                yield np.moveaxis(self._scores(part), -1, 0)

    def _scores(self, band: Band) -> Floats:
        """(rows, cols, prompts) of a band."""
        if not band.valid.any():
            return np.full((*band.valid.shape, len(self.prompts)), np.nan, np.float32)
        cosines = self._embedding.cosines(band, self._query)
        scale = self._embedding.model.spec.logit_scale
        found = contrast(cosines, len(self.prompts), self._rivals, scale)
        found[~band.valid] = np.nan
        return found


class ShownRange:
    """Scores from which a heatmap shows, and of its brightest colour; gathered strip by strip.

    The brightest is what one score of a thousand exceeds, to a hundred-thousandth.
    """

    def __init__(self) -> None:
        self._known = 0
        self._high = np.zeros(_LEVELS + 1, np.int64)  # of the scores above the threshold, by level

    def add(self, scores: Floats) -> None:
        """Take scores of any shape in; NaN is none."""
        self._known += int(np.isfinite(scores).sum())
        levels = np.rint((scores[scores > THRESHOLD] - THRESHOLD) * (_LEVELS / (1 - THRESHOLD)))
        self._high += np.bincount(levels.astype(np.intp), minlength=len(self._high))

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest shown score."""
        return THRESHOLD / 2, self._top() if self._known else 1.0

    def _top(self) -> float:
        place = _SHARE_BELOW * (self._known - 1)
        below, above = self._of_rank(math.floor(place)), self._of_rank(math.ceil(place))
        return below + (above - below) * (place % 1)

    def _of_rank(self, rank: int) -> float:
        """The score that so many are lower than; the threshold for all below it."""
        rank -= self._known - int(self._high.sum())
        level = int(np.searchsorted(np.cumsum(self._high), rank, side="right")) if rank >= 0 else 0
        return THRESHOLD + (1 - THRESHOLD) * level / _LEVELS


def heatmap_stream(
    embedding: StoredEmbedding,
    prompts: Sequence[str],
    background: Sequence[str] = (),
    cells: Window | None = None,
    *,
    cancel: Cancel | None = None,
) -> HeatmapStream:
    """Ask for the scores that `heatmap` gives, to be written as they are computed; arguments as there."""
    asked = check_prompts(prompts)
    every = [*asked, *background_of(embedding.model.spec, background)]
    rivals = rivals_of(embedding.model.encode_text(every), len(asked))
    part = cells or Window(0, 0, *embedding.plan.cell_shape)
    return HeatmapStream(tuple(asked), part, embedding, embedding.query(every), rivals, cancel)


def heatmap(
    embedding: StoredEmbedding,
    prompts: Sequence[str],
    background: Sequence[str] = (),
    cells: Window | None = None,
    *,
    cancel: Cancel | None = None,
) -> Heatmap:
    """Score every cell of a scene for each prompt, one pass over the dense map for all of them.

    Args:
        embedding: Of the scene.
        prompts: What to look for; each is scored for itself.
        background: What else may be there; empty for the model's own list.
        cells: The part of the map to score, in cells, within the map; None for all of it.
        cancel: Asked now and then whether to stop.

    Raises:
        InputError: A prompt is empty, given twice, or not to be read by the model.
        Cancelled: `cancel` said so.
    """
    stream = heatmap_stream(embedding, prompts, background, cells, cancel=cancel)
    scores = np.empty((len(stream.prompts), *stream.shape), np.float32)
    row = 0
    for strip in stream.strips():
        scores[:, row : row + strip.shape[1]] = strip
        row += strip.shape[1]
    return Heatmap.of(embedding, stream.prompts, scores, stream.origin)
