"""Scores of counts: by ranking captions with one to ten, and by pointing at objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.metrics import balanced_accuracy, confusion

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]

NUMBERS = 10


@dataclass(frozen=True, slots=True)
class RankScore:
    """Answers of one contestant by one way of writing numbers.

    Attributes:
        top: Share of images whose number is among the first k answers, k from 1 to 10.
        mae: Mean error of the first answer.
        balanced: Mean over numbers of the share answered right.
        confusion: (10, 10) counts, row the number, column the first answer.
    """

    top: list[float]
    mae: float
    balanced: float
    confusion: list[list[int]]


def rank_score(similarity: Floats, counts: Ints) -> RankScore:
    """Score of similarities (images, 10) of the captions with one to ten.

    A similarity that another number's equals ranks behind it.

    Raises:
        ValueError: A count is not within 1 to 10.
    """
    if len(counts) == 0 or counts.min() < 1 or counts.max() > NUMBERS:
        raise ValueError(f"counts {sorted(set(counts.tolist()))}: only images of 1 to {NUMBERS} objects can be ranked")
    truth = counts - 1
    own = np.take_along_axis(similarity, truth[:, None], 1)
    ranks = (similarity >= own).sum(1)
    said = similarity.argmax(1)
    # where all are equal the first would win, and "one" is right too often
    said = np.where(similarity.max(1) > similarity.min(1), said, (truth + NUMBERS // 2) % NUMBERS)
    return RankScore(
        [float((ranks <= k).mean()) for k in range(1, NUMBERS + 1)],
        float(np.abs(said - truth).mean()),
        balanced_accuracy(truth, said, NUMBERS),
        confusion(truth, said, NUMBERS).tolist(),
    )


@dataclass(frozen=True, slots=True)
class PeakScore:
    """Counts of peaks on the same images."""

    exact: float
    mae: float


def peak_score(found: Sequence[int], counts: Ints) -> PeakScore:
    """Share exact and mean error of counts of peaks, which may exceed ten."""
    error = np.abs(np.asarray(found) - counts)
    return PeakScore(float((error == 0).mean()), float(error.mean()))
