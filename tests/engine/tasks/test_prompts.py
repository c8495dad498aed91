"""Prompts and the score against a background."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.errors import InputError
from engine.model.fake import SPEC, FakeModel
from engine.tasks.prompts import background_of, check_prompts, contrast, rivals_of

Floats = NDArray[np.float32]


def test_space_is_tidied_and_case_is_kept() -> None:
    assert check_prompts(["  ships \t near\nharbor ", "Town"]) == ["ships near harbor", "Town"]


@pytest.mark.parametrize("prompts", [[], [""], ["sea", " \t"], ["sea", "Sea"], ["a  b", "a b"], ["a\x00b"], ["\udcff"]])
def test_impossible_prompts(prompts: list[str]) -> None:
    with pytest.raises(InputError, match="prompt") as told:
        check_prompts(prompts)
    assert "\n" not in str(told.value) and str(told.value).isprintable()


def test_any_script_quotes_and_sql_are_prompts() -> None:
    prompts = ["海上的船", "O'Brien's \"quay\"", "'; DROP TABLE tiles; --", *(f"ship {n}" for n in range(200))]
    assert check_prompts(prompts) == prompts


def test_background_is_the_models_unless_asked() -> None:
    assert background_of(SPEC, []) == list(SPEC.background)
    assert background_of(SPEC, ["mud "]) == ["mud"]
    with pytest.raises(InputError):
        background_of(SPEC, ["mud", "MUD"])


@given(
    cells=st.integers(1, 9), prompts=st.integers(1, 4), rivals=st.integers(1, 5), scale=st.floats(1, 100),
    seed=st.integers(0, 999),
)  # fmt: skip
def test_contrast_is_the_softmax_against_the_rivals(
    cells: int, prompts: int, rivals: int, scale: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    cosines = rng.uniform(-0.4, 0.4, (cells, 2, prompts + rivals)).astype(np.float32)
    kept = rng.random((prompts, rivals)) < 0.5
    kept[:, rng.integers(rivals)] = True
    found = contrast(cosines, prompts, kept, scale)
    assert found.dtype == np.float32 and found.shape == (cells, 2, prompts)
    weights = np.exp(np.float64(scale) * cosines.astype(np.float64))
    for index in range(prompts):
        against = weights[..., prompts:][..., kept[index]].sum(-1)
        expected = weights[..., index] / (weights[..., index] + against)
        np.testing.assert_allclose(found[..., index], expected, atol=2e-5)


def test_a_prompt_is_scored_for_itself() -> None:
    """Asking for something else beside it changes nothing, however much better that fits."""
    cosines = np.array([[-1.0, 1.0, -0.9]], np.float32)  # prompt, another prompt, background
    alone = contrast(cosines[:, [0, 2]], 1, np.ones((1, 1), bool), 100.0)
    both = contrast(cosines, 2, np.ones((2, 1), bool), 100.0)
    assert np.isfinite(both).all() and both[0, 0] == pytest.approx(alone[0, 0]) and both[0, 1] == 1


def test_scores_of_extremes_are_numbers() -> None:
    cosines = np.array([[1, -1, -1, 1], [-1, 1, 1, -1], [-1, -1, 1, -1]], np.float32)
    found = contrast(cosines, 2, np.array([[True, False], [False, True]]), 100.0)
    assert np.isfinite(found).all() and (found >= 0).all() and (found <= 1).all()


def test_a_synonym_is_no_rival(fake: FakeModel) -> None:
    texts = fake.encode_text(["ship", "forest", "sea", "fields", "town", "ships"])
    assert rivals_of(texts, 2).tolist() == [[True, True, True, False], [True] * 4]


def test_one_rival_is_always_left(fake: FakeModel) -> None:
    texts = fake.encode_text(["ship", "ships", "ship"])
    assert rivals_of(texts, 1).sum() >= 1
