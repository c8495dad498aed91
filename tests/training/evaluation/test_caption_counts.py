"""Counts by ranking captions: a perfect model is always right, a constant one never by luck."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.caption_counts import NUMBERS, peak_score, rank_score

COUNTS = np.tile(np.arange(1, NUMBERS + 1), 40)


def test_a_perfect_model() -> None:
    found = rank_score(np.eye(NUMBERS)[COUNTS - 1], COUNTS)
    assert found.top == [1.0] * NUMBERS
    assert (found.mae, found.balanced) == (0, 1)
    assert np.array_equal(found.confusion, 40 * np.eye(NUMBERS))


def test_random_similarities_are_chance() -> None:
    found = rank_score(np.random.default_rng(0).random((len(COUNTS), NUMBERS)), COUNTS)
    assert found.top == pytest.approx(np.arange(1, NUMBERS + 1) / NUMBERS, abs=0.08)
    assert found.mae == pytest.approx(3.3, abs=0.4)  # the mean distance of two random numbers


def test_always_one_is_right_once_in_ten() -> None:
    always = np.tile(np.arange(NUMBERS, 0, -1.0), (len(COUNTS), 1))
    found = rank_score(always, COUNTS)
    assert found.top[0] == pytest.approx(0.1)
    assert found.mae == pytest.approx(4.5)


def test_a_model_that_cannot_tell_is_not_right_by_its_order() -> None:
    found = rank_score(np.full((len(COUNTS), NUMBERS), 0.3), COUNTS)
    assert found.top[:-1] == [0.0] * (NUMBERS - 1)
    assert found.balanced == 0


def test_the_answer_is_the_number_not_its_place() -> None:
    similarity = np.zeros((1, NUMBERS))
    similarity[0, 6] = 1
    found = rank_score(similarity, np.array([4]))
    assert found.mae == 3
    assert found.confusion[3][6] == 1


@pytest.mark.parametrize("counts", [[0, 1], [1, 11], []])
def test_counts_beyond_the_benchmark_are_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match="1 to 10"):
        rank_score(np.zeros((len(counts), NUMBERS)), np.array(counts, int))


def test_peaks_may_exceed_ten() -> None:
    found = peak_score([2, 14], np.array([2, 10]))
    assert (found.exact, found.mae) == (0.5, 2.0)
