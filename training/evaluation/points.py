"""Counting as the product does it: points against boxes.

A point is right when it lies in the box of an object that no better point has taken. The curve from a
peak's score to the probability that it is right is fitted here, on the validation part.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from engine.model.calibration import Calibration
from engine.model.sarclip import SarClip
from engine.raster import array_scene
from engine.scan import StoredEmbedding, encode
from engine.tasks.counting import LEAST_SCORE, MIN_DISTANCE_PX, Candidates, candidates, clipped_sides
from engine.tasks.prompts import background_of
from training.concepts import INSHORE_LAND, KIND
from training.sources.picture import Picture, share_ashore
from training.splits import seen_ground

NEW, SEEN = ", ground not seen in training", ", ground seen in training"
GROUNDS = "", NEW, SEEN  # after a set's name
SLACK_PX = 2.0  # boxes are drawn by hand: a point this far outside still hits


@dataclass(frozen=True, eq=False)
class Judged:
    """Candidates of one picture and which of them are right.

    Attributes:
        xy: (n, 2) column and row of each, best first.
        scores: (n,) of the same.
        right: (n,) whether each lies in a box of its own.
        centres: (m, 2) of the boxes in the picture.
        land: Whether land lies in the picture: an inshore one.
        name: Of the picture.
    """

    xy: NDArray[np.float32]
    scores: NDArray[np.float32]
    right: NDArray[np.bool_]
    centres: NDArray[np.float32]
    land: bool
    name: str

    @property
    def objects(self) -> int:
        """Boxes in the picture."""
        return len(self.centres)

    def within(self, holds: Callable[[float, float], bool]) -> Judged:
        """Of the same, the points and boxes whose place (column, row) `holds` says to be meant."""
        points, boxes = (
            np.array([holds(x, y) for x, y in places.tolist()], bool) for places in (self.xy, self.centres)
        )
        return replace(
            self, xy=self.xy[points], scores=self.scores[points], right=self.right[points], centres=self.centres[boxes]
        )


@dataclass(frozen=True, slots=True)
class PointScores:
    """Precision, recall and F1 of points, and errors of counts, at one threshold."""

    pictures: int
    precision: float
    recall: float
    f1: float
    count_mae: float
    count_exact: float


def judge(
    model: SarClip, pictures: Iterable[Picture], prompt: str = "ship", *, careful: bool | None = None
) -> list[Judged]:
    """Ask every picture for a prompt and compare with the boxes of its ships."""
    return judge_all(model, pictures, [prompt], careful=careful)[prompt]


def judge_all(
    model: SarClip,
    pictures: Iterable[Picture],
    prompts: Sequence[str],
    kind: str = "ship",
    *,
    careful: bool | None = None,
) -> dict[str, list[Judged]]:
    """The same for several prompts, each asked by itself; every picture is encoded as `engine.encode` does."""
    judged: dict[str, list[Judged]] = {prompt: [] for prompt in prompts}
    with tempfile.TemporaryDirectory() as cache:
        for number, picture in enumerate(pictures):
            # a number of its own, as two sets may use one name
            scene = array_scene(picture.pixels, nodata=0, name=f"{number}/{picture.name}")
            embedding = encode(scene, model, cache=Path(cache), careful=careful)
            for prompt, found in zip(prompts, _candidates(embedding, prompts), strict=True):
                judged[prompt].append(judge_points(found.xy, found.scores, picture, kind))
    return judged


def is_inshore(picture: Picture) -> bool:
    """Whether land of any kind lies in a picture."""
    return share_ashore(picture.kinds) > INSHORE_LAND


def _candidates(embedding: StoredEmbedding, prompts: Sequence[str]) -> list[Candidates]:
    every = [*prompts, *background_of(embedding.model.spec, ())]
    return candidates(embedding, prompts, every, MIN_DISTANCE_PX)


def judge_points(
    xy: NDArray[np.float32], scores: NDArray[np.float32], picture: Picture, kind: str = "ship"
) -> Judged:
    """Compare points (n, 2), best first, with the boxes of a picture."""
    objects = picture.objects[picture.objects[:, 5] == KIND[kind]]
    free = np.ones(len(objects), bool)
    right = np.zeros(len(scores), bool)
    for index, (x, y) in enumerate(xy):
        hit = np.flatnonzero(free & _inside(objects, x, y))
        if len(hit):
            nearest = hit[np.argmin(np.hypot(objects[hit, 0] - x, objects[hit, 1] - y))]
            free[nearest], right[index] = False, True
    return Judged(xy, scores, right, objects[:, :2], is_inshore(picture), picture.name)


def on_ground(judged: Judged, ground: str) -> Judged:
    """What lies on one of `GROUNDS`, of a picture of a set whose pictures overlap."""
    if not ground:
        return judged
    places = seen_ground().get(judged.name, ())
    return judged.within(lambda x, y: any(place.holds(x, y) for place in places) == (ground == SEEN))


def _inside(objects: NDArray[np.float32], x: float, y: float) -> NDArray[np.bool_]:
    """Which rotated boxes hold a point."""
    dx, dy = x - objects[:, 0], y - objects[:, 1]
    cos, sin = np.cos(objects[:, 4]), np.sin(objects[:, 4])
    along, across = np.abs(dx * cos + dy * sin), np.abs(dy * cos - dx * sin)
    return (along <= objects[:, 2] / 2 + SLACK_PX) & (across <= objects[:, 3] / 2 + SLACK_PX)


def fit_curve(judged: Sequence[Judged]) -> Calibration:
    """The curve from a score to the probability of being right.

    Of scores from `LEAST_SCORE`: thousands of candidates lie below, all but never right, and would have the say over
    where one half lies.

    Raises:
        ValueError: No better score is more often right.
    """
    scores = np.concatenate([item.scores for item in judged])
    right = np.concatenate([item.right for item in judged])[scores >= LEAST_SCORE]
    sides = np.stack(clipped_sides(scores[scores >= LEAST_SCORE]), axis=1)
    kept, weights, fitted = np.ones(2, bool), np.zeros(2), LogisticRegression(C=1e3, max_iter=1000)
    while kept.any():  # one that would fall with the score is left out, as Kull et al. do
        found = fitted.fit(sides[:, kept], right).coef_[0]
        if (found >= 0).all():
            weights[kept] = found
            return Calibration(float(weights[0]), float(weights[1]), float(fitted.intercept_[0]))
        kept[np.flatnonzero(kept)[found.argmin()]] = False
    raise ValueError("points are not the more often right the better they score: judge another model")


def measure(judged: Sequence[Judged], least_score: float) -> PointScores:
    """Scores at the threshold `least_score` on the raw score."""
    found = np.array([(item.scores >= least_score).sum() for item in judged])
    right = np.array([(item.right & (item.scores >= least_score)).sum() for item in judged])
    objects = np.array([item.objects for item in judged])
    precision = right.sum() / max(found.sum(), 1)
    recall = right.sum() / max(objects.sum(), 1)
    error = np.abs(found - objects)
    return PointScores(
        len(judged),
        float(precision),
        float(recall),
        float(2 * precision * recall / max(precision + recall, 1e-9)),
        float(error.mean()) if len(error) else 0.0,
        float((error == 0).mean()) if len(error) else 0.0,
    )
