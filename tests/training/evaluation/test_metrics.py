"""Figures of merit: perfect is one, random is chance, ties never help."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.metrics import (
    balanced_accuracy,
    chance_at,
    confusion,
    first_right,
    recall_at,
    recalls,
    spread,
)


def test_a_perfect_model_finds_everything_first() -> None:
    right = np.eye(7, 9, dtype=bool)
    assert recall_at(first_right(right.astype(float), right), 1) == 1


def test_the_worst_model_finds_it_last() -> None:
    right = np.eye(7, dtype=bool)
    ranks = first_right(-right.astype(float), right)
    assert ranks.tolist() == [7] * 7
    assert recall_at(ranks, 6) == 0


def test_any_of_several_right_answers_will_do() -> None:
    similarity = np.array([[0.1, 0.9, 0.5, 0.8]])
    assert first_right(similarity, np.array([[True, False, False, True]])).tolist() == [2]
    assert first_right(similarity, np.array([[False, True, False, True]])).tolist() == [1]


def test_ties_never_help() -> None:
    right = np.eye(5, dtype=bool)
    assert first_right(np.zeros((5, 5)), right).tolist() == [5] * 5


def test_a_query_without_a_right_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="1 of 2 queries"):
        first_right(np.zeros((2, 3)), np.array([[True, False, False], [False, False, False]]))


@given(st.integers(2, 30), st.integers(1, 12), st.integers(0, 99))
def test_random_answers_give_chance(answers: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    right = np.zeros((4000, answers), bool)
    right[:, : int(rng.integers(1, answers + 1))] = True
    found = recall_at(first_right(rng.random(right.shape), right), k)
    assert found == pytest.approx(chance_at(right, k), abs=0.04)


def test_chance_is_the_share_of_right_answers_at_one() -> None:
    right = np.array([[True, True, False, False], [True, False, False, False]])
    assert chance_at(right, 1) == pytest.approx((0.5 + 0.25) / 2)
    assert chance_at(right, 1, np.array([3, 1])) == pytest.approx((3 * 0.5 + 0.25) / 4)
    assert chance_at(right, 4) == chance_at(right, 99) == 1


def test_weights_count_queries_several_times() -> None:
    assert recall_at(np.array([1, 5]), 1, np.array([3, 1])) == 0.75


def test_balanced_accuracy_does_not_reward_the_commonest_class() -> None:
    truth = np.array([0] * 98 + [1, 2])
    assert balanced_accuracy(truth, np.zeros(100, int), 3) == pytest.approx(1 / 3)
    assert balanced_accuracy(truth, truth, 3) == 1


def test_a_class_without_members_takes_no_part() -> None:
    table = confusion(np.array([0, 0, 2]), np.array([0, 2, 2]), 3)
    assert table.tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 1]]
    assert recalls(table)[0] == 0.5
    assert np.isnan(recalls(table)[1])
    assert balanced_accuracy(np.array([0, 0, 2]), np.array([0, 2, 2]), 3) == 0.75



def test_spread_is_the_sample_deviation() -> None:
    assert spread([1.0, 3.0]).deviation == pytest.approx(2**0.5)
    assert spread([0.4]).deviation == 0
