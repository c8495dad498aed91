"""What each tile shows: the prompt that fits it best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from engine.scan import StoredEmbedding
from engine.tasks.geopackage import column_names
from engine.tasks.prompts import background_of, check_prompts, rivals_of

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TileLabels:
    """Labels of the tiles of a scene.

    Attributes:
        prompts: In the order that was asked.
        rows: (n,) of tiles.
        cols: (n,) of tiles.
        scores: (n, prompts) share of each prompt, 0..1; without a background they add up to 1, with one to less,
            as its prompts have shares, too.
        background: (n,) share of the strongest background prompt, 0 where none was asked.
    """

    prompts: tuple[str, ...]
    rows: NDArray[np.intp]
    cols: NDArray[np.intp]
    scores: Floats
    background: Floats

    @property
    def best(self) -> NDArray[np.intp]:
        """(n,) index of the best prompt, -1 where the background fits better."""
        if not len(self.rows):
            return np.zeros(0, np.intp)
        best = self.scores.argmax(1)
        return np.where(self.scores.max(1) >= self.background, best, -1)

    @property
    def margin(self) -> Floats:
        """(n,) by how much the best beats the second, background included; 0..1."""
        every = np.column_stack((self.scores, self.background))
        ordered = np.sort(every, axis=1)
        return (ordered[:, -1] - ordered[:, -2]).astype(np.float32)


def label(embedding: StoredEmbedding, prompts: Sequence[str], background: Sequence[str] = ()) -> TileLabels:
    """Label every tile with the prompt that fits it best.

    Args:
        embedding: Of the scene.
        prompts: What tiles may be called.
        background: What tiles may be instead, without a label. A single prompt has nothing to be compared
            with, so the model's own background is taken then.

    Raises:
        InputError: A prompt is empty, given twice, or not to be read by the model.
    """
    asked = check_prompts(prompts)
    against = background_of(embedding.model.spec, background) if background or len(asked) == 1 else []
    against = [prompt for prompt in against if prompt.casefold() not in {name.casefold() for name in asked}]
    texts = embedding.model.encode_text([*asked, *against])
    if against:
        rivals = rivals_of(texts, len(asked))
        kept = rivals.all(0)  # "vessel" must not lose against a background "ship"
        texts = np.concatenate((texts[: len(asked)], texts[len(asked) :][kept if kept.any() else rivals.any(0)]))
    tiles = embedding.tiles
    logits = embedding.model.spec.logit_scale * (tiles.vectors @ texts.T)
    weights = np.exp(logits - logits.max(1, keepdims=True, initial=-np.inf))
    shares = weights / weights.sum(1, keepdims=True)
    rest = shares[:, len(asked) :].max(1, initial=0.0)  # one rival at a time, as for the prompts
    return TileLabels(tuple(asked), tiles.rows, tiles.cols, shares[:, : len(asked)], rest.astype(np.float32))


def tile_frame(embedding: StoredEmbedding, labels: TileLabels) -> gpd.GeoDataFrame:
    """Labels as polygons on the ground: row, col, label, score, margin, `score_*`."""
    plan = embedding.plan
    windows = [plan.tile(int(row), int(col)) for row, col in zip(labels.rows, labels.cols, strict=True)]
    best = labels.best
    names = np.array([*labels.prompts, None], object)
    frame = gpd.GeoDataFrame(
        {
            "row": labels.rows.astype(np.int32),
            "col": labels.cols.astype(np.int32),
            "label": names[best],
            "score": labels.scores.max(1, initial=0.0),
            "margin": labels.margin,
            **dict(zip(column_names(labels.prompts, "score_"), labels.scores.T, strict=True)),
        },
        geometry=gpd.GeoSeries(embedding.scene.georeference.polygons(windows), crs=embedding.scene.georeference.crs),
    )
    frame.attrs["tile_px"] = plan.tile_px
    return frame
