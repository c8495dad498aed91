"""Figures of merit, from plain arrays. Ties never help: of equals, the wrong one comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over several draws."""

    mean: float
    deviation: float
    draws: int


def spread(values: Sequence[float] | Floats) -> Spread:
    """Mean and standard deviation of a figure; of one draw the deviation is 0."""
    array = np.asarray(values, np.float64)
    return Spread(float(array.mean()), float(array.std(ddof=1)) if len(array) > 1 else 0.0, len(array))


def first_right(similarity: Floats, right: Bools) -> Ints:
    """Rank from 1 of the best right answer of each query.

    Args:
        similarity: (queries, answers).
        right: (queries, answers); a query may have several right answers, at least one.

    Raises:
        ValueError: A query has no right answer.
    """
    if not right.any(1).all():
        raise ValueError(f"{(~right.any(1)).sum()} of {len(right)} queries have no right answer")
    best = np.where(right, similarity, -np.inf).max(1, keepdims=True)
    ranks: Ints = 1 + ((similarity >= best) & ~right).sum(1)
    return ranks


def recall_at(ranks: Ints, k: int, weight: Floats | None = None) -> float:
    """Share of queries whose best right answer is among the first k."""
    return float(np.average(ranks <= k, weights=weight))


def chance_at(right: Bools, k: int, weight: Floats | None = None) -> float:
    """What `recall_at` is for answers in random order: 1 - C(n - r, k) / C(n, k) for r right ones of n."""
    answers, count = right.shape[1], right.sum(1)
    taken = np.arange(min(k, answers))
    missed = np.clip((answers - count[:, None] - taken) / (answers - taken), 0, 1).prod(1)
    return float(np.average(1 - missed, weights=weight))


def confusion(truth: Ints, said: Ints, classes: int) -> NDArray[np.int64]:
    """(classes, classes) counts: row what it is, column what it is called."""
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (truth, said), 1)
    return table


def recalls(table: NDArray[np.int64]) -> Floats:
    """Share of each class that is called so; NaN of a class without members."""
    total = table.sum(1)
    return np.where(total > 0, np.diagonal(table) / np.maximum(total, 1), np.nan)


def balanced_accuracy(truth: Ints, said: Ints, classes: int) -> float:
    """Mean over the classes that have members of the share that is called so."""
    return float(np.nanmean(recalls(confusion(truth, said, classes))))
