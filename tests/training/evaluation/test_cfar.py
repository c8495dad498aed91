"""CFAR finds what is bright and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from training.evaluation.cfar import AREAS_PX, FACTORS, Cfar, Hits, contrast, fit


def sea(height: int, width: int, squares: tuple[tuple[int, int], ...] = (), side: int = 9) -> NDArray[np.uint8]:
    """Speckle with bright squares around (row, column)."""
    pixels = np.random.default_rng(3).gamma(4.0, 12.0, (height, width))
    for row, col in squares:
        pixels[row - side // 2 : row + side // 2 + 1, col - side // 2 : col + side // 2 + 1] = 240
    return np.clip(pixels, 1, 255).astype(np.uint8)


def test_bright_squares_are_found_where_they_are() -> None:
    places = ((60, 40), (100, 210))
    found = Cfar(4.0, 20)(sea(160, 260, places))
    assert sorted(map(tuple, np.rint(found.xy[:, ::-1] - 0.5).astype(int).tolist())) == sorted(places)


def test_empty_sea_is_empty() -> None:
    assert len(Cfar(4.0, 10)(sea(200, 150)).xy) == 0


def test_what_is_smaller_than_the_least_area_is_left_out() -> None:
    pixels = sea(160, 160, ((80, 80),), side=5)
    assert len(Cfar(4.0, 10)(pixels).xy) == 1
    assert len(Cfar(4.0, 200)(pixels).xy) == 0


def test_nodata_is_not_dark_ground() -> None:
    pixels = sea(200, 200)
    pixels[:, 100:] = 0
    assert len(Cfar(4.0, 10)(pixels).xy) == 0
    assert (contrast(pixels)[:, 100:] == 0).all()
    assert (contrast(np.zeros((50, 60), np.uint8)) == 0).all()


def test_a_flat_picture_has_no_objects() -> None:
    assert len(Cfar(1.5, 4)(np.full((90, 120), 77, np.uint8)).xy) == 0


@pytest.mark.parametrize("gain", [0.4, 1.0])
def test_the_alarm_rate_does_not_follow_the_brightness(gain: float) -> None:
    pixels = np.maximum(sea(160, 200, ((80, 100),)) * gain, 1).astype(np.uint8)
    assert len(Cfar(4.0, 20)(pixels).xy) == 1


def test_the_fit_takes_the_setting_that_finds_the_squares_alone() -> None:
    place = np.array([100, 80], np.float32)

    def judge(xy: NDArray[np.float32]) -> Hits:
        near = np.hypot(*(xy - place).T) < 5
        return Hits(len(xy), int(near.any()), 1)

    found = fit([(sea(160, 200, ((80, 100),)), judge)])
    assert found.factor in FACTORS
    assert found.area_px in AREAS_PX
    detected = found(sea(160, 200, ((80, 100),)))
    assert len(detected.xy) == 1
    assert np.hypot(*(detected.xy[0] - place)) < 5
