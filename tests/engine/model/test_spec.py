"""What a model says of how to use it."""

from __future__ import annotations

from dataclasses import replace

from engine.model.calibration import Calibration
from engine.model.fake import FakeModel


def test_coarse_pixels_have_a_curve_of_their_own() -> None:
    fine, coarse = Calibration(2.0, 2.0, 0.5), Calibration(1.0, 1.0, 1.5)
    spec = replace(FakeModel().spec, count_calibration=fine, coarse_calibration=coarse)
    assert spec.calibration_at(None) == spec.calibration_at((3.0, 3.0)) == spec.calibration_at((3.0, 10.0)) == fine
    assert spec.calibration_at((10.0, 10.0)) == spec.calibration_at((7.0, 14.0)) == coarse
    assert replace(spec, coarse_calibration=None).calibration_at((10.0, 10.0)) == fine


def test_what_is_read_with_care_has_curves_of_its_own_where_the_model_has_any() -> None:
    curves = [Calibration(2.0, 2.0, offset) for offset in (0.0, 0.1, 0.2, 0.3)]
    fine, coarse, careful, careful_coarse = curves
    spec = replace(FakeModel().spec, count_calibration=fine, coarse_calibration=coarse)
    assert spec.calibration_at(None, careful=True) == fine
    assert spec.calibration_at((10.0, 10.0), careful=True) == coarse
    spec = replace(spec, careful_calibration=careful, careful_coarse_calibration=careful_coarse)
    assert spec.calibration_at(None, careful=True) == careful
    assert spec.calibration_at((10.0, 10.0), careful=True) == careful_coarse
    assert spec.calibration_at(None) == fine and spec.calibration_at((10.0, 10.0)) == coarse
