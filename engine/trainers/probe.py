"""Probes of frozen features: logistic regression on all examples or on a few of each class."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA  # type: ignore[import-untyped]
from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import GroupShuffleSplit  # type: ignore[import-untyped]
from sklearn.pipeline import Pipeline, make_pipeline  # type: ignore[import-untyped]

Floats = NDArray[np.float32]
Ints = NDArray[np.intp]

SHOTS = (1, 4, 8, 16, 32)  # RemoteCLIP's (arXiv 2306.11029)
STRENGTHS = (0.003, 0.03, 0.3)  # inverse regularisations to choose among
CHOOSING = 1200  # examples, enough to choose a strength by


def prepared(features: Floats, training: int) -> Floats:
    """Features as probes take them, each to mean 0 and deviation 1 over the first `training`, whatever their labels.

    The weights of a probe lie in the span of its examples: where that has fewer dimensions than the features, they
    are turned into it, (N, F) to (N, training), once for all probes, and nothing is lost.
    """
    known = features[:training].astype(np.float64)
    scaled: NDArray[np.float64] = (features - known.mean(0)) / np.maximum(known.std(0), 1e-6)
    if training >= features.shape[1]:
        return np.asarray(scaled, np.float32)
    examples = scaled[:training]
    values, vectors = np.linalg.eigh(examples @ examples.T)
    kept = values > values[-1] * 1e-10
    axes = examples.T @ (vectors[:, kept] / np.sqrt(values[kept]))
    found: Floats = (scaled @ axes).astype(np.float32)
    return found


def fit(features: Floats, labels: Ints, strength: float) -> Pipeline:
    """Logistic regression on features as `prepared` gives them.

    Args:
        features: (N, F).
        labels: (N,) integers, at least two different ones.
        strength: Inverse regularisation.
    """
    classifier = LogisticRegression(C=strength, max_iter=100, tol=1e-3)
    # of a few examples the span is smaller still
    turn = [PCA(svd_solver="full")] if len(features) < features.shape[1] // 2 else []
    pipeline = make_pipeline(*turn, classifier)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last digits of the weights change no answer
        return pipeline.fit(features, labels)


def choose_strength(features: Floats, labels: Ints, groups: Ints) -> tuple[float, float]:
    """The regularisation that does best on examples held out, and the share right there, having seen all others.

    A few examples choose the first; of as few, features of some dimensions look better than those of many, which all
    of them serve better.

    Args:
        features: (N, F) of the training part.
        labels: (N,) of the same.
        groups: (N,) what is never split: the scene, the block of neighbours.

    Returns:
        Without two groups, or two classes in those that are left to train, the weakest and 0.
    """
    if len(np.unique(groups)) < 2:
        return STRENGTHS[-1], 0.0
    split = GroupShuffleSplit(1, test_size=0.3, random_state=0)
    train, test = next(split.split(features, labels, groups))
    few = np.intersect1d(train, np.random.default_rng(0).permutation(len(labels))[:CHOOSING])
    asked = features[test], labels[test]
    if len(np.unique(labels[few])) < 2:
        return STRENGTHS[-1], 0.0
    right = [accuracy(features[few], labels[few], *asked, strength) for strength in STRENGTHS]
    strength = STRENGTHS[int(np.argmax(right))]
    if len(few) == len(train):
        return strength, max(right)
    return strength, accuracy(features[train], labels[train], *asked, strength)


def balanced_draw(labels: Ints, each: int, rng: np.random.Generator) -> Ints:
    """Indices of `each` members of every label, without repetition; all of a label that has fewer."""
    found = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    drawn = [rng.permutation(members)[:each] for members in found]
    return np.concatenate(drawn) if drawn else np.zeros(0, np.intp)


def accuracy(
    features: Floats, labels: Ints, held_features: Floats, held_labels: Ints, strength: float
) -> float:
    """Share of the held-out examples that a probe of the others calls right."""
    return float((fit(features, labels, strength).predict(held_features) == held_labels).mean())


def few_shot(
    features: Floats,
    labels: Ints,
    held_features: Floats,
    held_labels: Ints,
    strength: float,
    *,
    draws: int,
    rng_of: Callable[[int, int], np.random.Generator],
    shots: Sequence[int] = SHOTS,
) -> dict[int, list[float]]:
    """Accuracy of every draw, by number of examples a class.

    Args:
        features: (N, F) to draw examples from.
        labels: (N,) of the same.
        held_features: (M, F) to measure on.
        held_labels: (M,) of the same.
        strength: Inverse regularisation.
        draws: For each number of examples.
        rng_of: Generator for a number of examples and a draw.
        shots: Numbers of examples; those beyond the largest class are left out.
    """
    most = int(np.bincount(labels).max())
    found: dict[int, list[float]] = {}
    for each in (shot for shot in shots if shot <= most):
        chosen = [balanced_draw(labels, each, rng_of(each, draw)) for draw in range(draws)]
        found[each] = [
            accuracy(features[some], labels[some], held_features, held_labels, strength) for some in chosen
        ]
    return found
