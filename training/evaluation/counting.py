"""Counting as the product does it: points in boxes at the preset threshold, against the CFAR detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.concepts import CONCEPTS
from training.evaluation import targets
from training.evaluation.bench import ONCE, Bench
from training.evaluation.cfar import Cfar, Hits, Judge, fit
from training.evaluation.page import figure, number, table
from training.evaluation.plots import bars, lines
from training.evaluation.points import (
    GROUNDS,
    Judged,
    PointScores,
    is_inshore,
    judge_all,
    judge_points,
    measure,
    on_ground,
)
from training.sources.picture import Picture

PROMPT = "ship"
CFAR = "CFAR"
CFAR_FIT_PICTURES = 150  # of each training part: two numbers need no more
_CURVE_POINTS = 40


@dataclass(frozen=True, slots=True)
class Curve:
    """Precision over recall as the threshold falls, without regard to any preset one."""

    recall: list[float]
    precision: list[float]


@dataclass(frozen=True, slots=True)
class CountingResult:
    """Points and counts.

    Attributes:
        points: By set of pictures, then by who.
        words: F1 over all sets together, by who, then by word; the first is the plain word.
        curves: By who, over all sets.
        cfar: Its two numbers as fitted on the training parts.
    """

    points: dict[str, dict[str, PointScores]]
    words: dict[str, dict[str, float]]
    curves: dict[str, Curve]
    cfar: Cfar | None


class Counting:
    """See the module's docstring and `Measure`."""

    name = "points"
    title = "Counting as the product does it"

    def run(self, bench: Bench) -> CountingResult | None:
        """See `Measure`."""
        pictures = [
            picture
            for name in ("ssdd", "hrsid")
            for picture in bench.some(bench.part(name), bench.sizes.pictures, name)
        ]
        if not pictures:
            return None
        words = (PROMPT, *(word for word in CONCEPTS[PROMPT].held_out if " " not in word))
        judged, words_f1, least = {}, {}, {}
        for contestant in bench.contestants:
            by_word = judge_all(contestant.model, pictures, words)
            spec = contestant.model.spec
            least[contestant.name] = spec.calibration_at(None, careful=spec.has_objectness).half()  # as they are small
            judged[contestant.name] = by_word[PROMPT]
            words_f1[contestant.name] = {
                word: measure(found, least[contestant.name]).f1 for word, found in by_word.items()
            }
        first = bench.contestants[0]
        judged[first.name + ONCE] = judge_all(first.model, pictures, [PROMPT], careful=False)[PROMPT]
        least[first.name + ONCE] = first.model.spec.calibration_at(None).half()
        detector = fit_cfar(bench)
        if detector:
            judged[CFAR], least[CFAR] = [_by_cfar(detector, picture) for picture in pictures], 0.0
        points = {
            name + ground: {
                who: measure([on_ground(found[at], ground) for at in chosen], least[who])
                for who, found in judged.items()
            }
            for name, chosen in _parts(pictures).items()
            for ground in (GROUNDS if name.startswith("SSDD") else ("",))
        }
        return CountingResult(points, words_f1, {who: curve(found) for who, found in judged.items()}, detector)

    def headlines(self, result: CountingResult) -> dict[str, float]:
        """See `Measure`."""
        who, words = next(iter(result.words.items()))
        names = {"SSDD": targets.SSDD_F1, "SSDD inshore": targets.INSHORE_F1, "HRSID": targets.HRSID_F1}
        found = {names[name]: of[who].f1 for name, of in result.points.items() if name in names}
        if "SSDD" in result.points:
            scores = result.points["SSDD"][who]
            found |= {targets.COUNT_MAE: scores.count_mae, targets.COUNT_EXACT: scores.count_exact}
        return found | {targets.WORST_WORD: max(0.0, words[PROMPT] - min(words.values()))}

    def page(self, result: CountingResult, folder: Path) -> str:
        """See `Measure`."""
        whos = list(next(iter(result.points.values())))
        bars(
            folder / "points.png",
            {who: {name: result.points[name][who].f1 for name in result.points} for who in whos},
            "F1 of points in boxes",
        )
        lines(
            folder / "precision_recall.png",
            {who: (c.recall, c.precision, [0.0] * len(c.recall)) for who, c in result.curves.items()},
            ("recall", "precision"),
        )
        rows = [_row(name, who, scores) for name, of in result.points.items() for who, scores in of.items()]
        pieces = [
            f"Points for the prompt “{PROMPT}” at the model's preset threshold (probability one half); one point a "
            "box. The threshold was fitted on these pictures. Inshore: SSDD pictures with more than a hundredth of "
            "land. SSDD's pictures overlap, by its own split as by ours: ground not seen is what no training picture "
            "shows (`training/seen_ground.csv`).",
            table(["set", "who", "pictures", "precision", "recall", "F1", "count MAE", "exact"], rows),
            figure("points.png", "F1 of points"),
            figure("precision_recall.png", "Precision and recall"),
        ]
        if result.cfar:
            cfar = f"{result.cfar.factor:g} deviations, {result.cfar.area_px} px"
            pieces.append(f"CFAR's two numbers, fitted on training pictures: {cfar}.")
        words = list(next(iter(result.words.values())))
        pieces += [
            "The same pictures asked with single words never used in training, F1 over both sets:",
            table(["who", *words], [[who, *(number(f1) for f1 in of.values())] for who, of in result.words.items()]),
        ]
        return "\n\n".join(pieces)


@lru_cache(maxsize=1)
def fit_cfar(bench: Bench) -> Cfar | None:
    """CFAR with its two numbers fitted on the training parts; None without any."""
    number = min(CFAR_FIT_PICTURES, bench.sizes.pictures)
    pictures = [
        picture
        for name in ("ssdd", "hrsid")
        for picture in bench.some(bench.part(name, validation=False), number, name, CFAR)
    ]
    return fit((picture.pixels, _judge_of(picture)) for picture in pictures) if pictures else None


def _judge_of(picture: Picture) -> Judge:
    def hits(xy: NDArray[np.float32]) -> Hits:
        found = judge_points(xy, np.ones(len(xy), np.float32), picture)
        return Hits(len(xy), int(found.right.sum()), found.objects)

    return hits


def _by_cfar(detector: Cfar, picture: Picture) -> Judged:
    found = detector(picture.pixels)
    return judge_points(found.xy, found.scores, picture)


def _parts(pictures: Sequence[Picture]) -> dict[str, list[int]]:
    """Indices of the pictures that are measured together; empty parts are left out."""
    parts: dict[str, list[int]] = {"SSDD": [], "SSDD inshore": [], "SSDD offshore": [], "HRSID": []}
    for index, picture in enumerate(pictures):
        if picture.name.startswith("hrsid/"):
            parts["HRSID"].append(index)
        else:
            parts["SSDD"].append(index)
            parts["SSDD inshore" if is_inshore(picture) else "SSDD offshore"].append(index)
    return {name: chosen for name, chosen in parts.items() if chosen}


def curve(judged: Sequence[Judged]) -> Curve:
    """Precision and recall at thresholds that are evenly many points apart."""
    scores = np.concatenate([item.scores for item in judged])
    right = np.concatenate([item.right for item in judged])
    objects = max(sum(item.objects for item in judged), 1)
    if not len(scores):
        return Curve([], [])
    right = right[np.argsort(-scores, kind="stable")]
    at = np.unique(np.linspace(0, len(right) - 1, _CURVE_POINTS).astype(int))
    hits = np.cumsum(right)[at]
    return Curve((hits / objects).tolist(), (hits / (at + 1)).tolist())


def _row(name: str, who: str, scores: PointScores) -> list[str]:
    figures = (scores.precision, scores.recall, scores.f1, scores.count_mae, scores.count_exact)
    return [name, who, str(scores.pictures), *(number(value) for value in figures)]
