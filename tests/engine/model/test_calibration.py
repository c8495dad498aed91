"""A better score is never less probable, and the threshold is where the curve says one half."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.model.calibration import Calibration
from engine.tasks.counting import calibrated

SCORES = np.linspace(0, 1, 101, dtype=np.float32)
CURVES = st.builds(Calibration, st.floats(0, 5), st.floats(0.1, 5), st.floats(-3, 3))


@given(CURVES)
def test_it_keeps_the_order(curve: Calibration) -> None:
    found = calibrated(SCORES, curve)
    assert found.dtype == np.float32
    assert (np.diff(found) >= 0).all() and ((found >= 0) & (found <= 1)).all()


@given(CURVES)
def test_half_is_where_it_says_one_half(curve: Calibration) -> None:
    at = curve.half()
    assert not (calibrated(SCORES[at - 1e-3 > SCORES], curve) > 0.5).any()
    assert not (calibrated(SCORES[at + 1e-3 < SCORES], curve) < 0.5).any()
    if 0.01 < at < 0.99:
        assert calibrated(np.array([at], np.float32), curve)[0] == pytest.approx(0.5, abs=1e-3)


def test_without_numbers_of_its_own_it_is_the_score() -> None:
    np.testing.assert_allclose(calibrated(SCORES, Calibration())[1:-1], SCORES[1:-1], atol=1e-4)


def test_two_numbers_of_an_older_file_are_a_logistic_curve() -> None:
    logit = 1.8 * np.log(0.3 / 0.7) - 0.2
    found = calibrated(np.array([0.3], np.float32), Calibration.of((1.8, -0.2)))
    assert found[0] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-5)
    assert Calibration.of((1.0, 2.0, 3.0)) == Calibration(1.0, 2.0, 3.0)
    with pytest.raises(ValueError, match="unpack"):
        Calibration.of((1.0,))


@pytest.mark.parametrize("numbers", [(-0.1, 1, 0), (1, -0.1, 0), (float("nan"), 1, 0), (1, 1, float("inf"))])
def test_a_curve_that_falls_is_refused(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="rise and fall"):
        Calibration(*numbers)
