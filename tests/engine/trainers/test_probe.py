"""Probes: what features tell they find, what they do not tell stays chance, and held-out examples stay out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine.trainers.probe import STRENGTHS, accuracy, balanced_draw, choose_strength, few_shot, fit, prepared


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(1, 9), st.integers(0, 99))
def test_a_balanced_draw_has_as_many_of_each_and_none_twice(labels: list[int], each: int, seed: int) -> None:
    array = np.array(labels)
    drawn = balanced_draw(array, each, np.random.default_rng(seed))
    assert len(set(drawn.tolist())) == len(drawn)
    for label in set(labels):
        assert (array[drawn] == label).sum() == min(each, labels.count(label))


def clouds(noise: float, number: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = np.arange(number) % 3
    features = np.eye(3, 5)[labels] + noise * rng.standard_normal((number, 5))
    return features.astype(np.float32), labels


def test_more_examples_help_where_features_tell() -> None:
    features, labels = clouds(0.35)
    found = few_shot(
        features[:200], labels[:200], features[200:], labels[200:], 0.3,
        draws=8, rng_of=lambda each, draw: np.random.default_rng([each, draw]), shots=(1, 8, 32, 500),
    )  # fmt: skip
    means = {each: float(np.mean(values)) for each, values in found.items()}
    assert list(found) == [1, 8, 32], "no class has 500"
    assert all(len(values) == 8 for values in found.values())
    assert 1 / 3 < means[1] < means[8] < means[32]
    assert accuracy(features[:200], labels[:200], features[200:], labels[200:], 0.3) > 0.85


def test_turning_into_the_span_of_the_examples_changes_no_answer() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 4
    features = rng.standard_normal((60, 500)).astype(np.float32)
    features[:, :4] += 2 * np.eye(4, dtype=np.float32)[labels]
    asked = rng.standard_normal((200, 500)).astype(np.float32)
    plain = make_pipeline(StandardScaler(), LogisticRegression(C=0.03, max_iter=1000, tol=1e-6))
    expected = plain.fit(features, labels).predict_proba(asked)
    ready = prepared(np.concatenate((features, asked)), len(features))
    assert ready.shape == (260, 59), "the examples' mean is 0, so that one dimension is nothing"
    found = fit(ready[:60], labels, 0.03).predict_proba(ready[60:])
    assert np.abs(found - expected).max() < 0.01


def test_noise_stays_chance() -> None:
    features, labels = clouds(1e3)
    assert accuracy(features[:200], labels[:200], features[200:], labels[200:], 0.3) == pytest.approx(1 / 3, abs=0.12)


def test_the_strength_is_chosen_on_groups_held_out() -> None:
    """Each group has a mark of its own that gives the class away: only by whole groups does it help nothing."""
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(40), 8)
    labels = rng.integers(0, 2, 40)[groups]
    marks = np.eye(40)[groups].astype(np.float32)
    _, by_group = choose_strength(marks, labels, groups)
    _, by_example = choose_strength(marks, labels, np.arange(len(groups)))
    assert by_group < 0.75 < 0.99 < by_example


def test_one_group_leaves_nothing_to_choose_by() -> None:
    features, labels = clouds(0.1)
    assert choose_strength(features, labels, np.zeros(len(labels), int)) == (STRENGTHS[-1], 0.0)
