"""The instrument keeps energy, and its speckle has the statistics it is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from training.simulate.picture import to_picture
from training.simulate.sensor import Sensor, observe

CLEAN = {"noise_db": -90.0, "streak_db": -90.0, "ghost_db": -90.0}
SHAPE = (180, 260)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("looks", [1.0, 2.0, 3.0, 4.4, 12.0, 20.0])
def test_mean_power_and_looks(looks: float) -> None:
    flat = np.full(SHAPE, 0.3, dtype=np.float32)
    sensor = Sensor(looks=looks, resolution_px=(1.2, 1.6), **CLEAN)
    intensity = observe(flat, np.zeros_like(flat), sensor, rng()) ** 2
    assert intensity.shape == SHAPE
    assert intensity.mean() == pytest.approx(0.3, rel=0.04)
    measured = intensity.mean() ** 2 / intensity.var()
    assert measured == pytest.approx(looks, rel=0.15)


@pytest.mark.parametrize("looks", [1.0, 8.0])
def test_a_point_keeps_its_energy_and_place(looks: float) -> None:
    points = np.zeros(SHAPE, dtype=np.float32)
    points[70, 200] = 50.0
    intensity = observe(points * 0, points, Sensor(looks=looks, **CLEAN), rng()) ** 2
    assert intensity.sum() == pytest.approx(50.0, rel=0.05)
    assert np.unravel_index(intensity.argmax(), SHAPE) == (70, 200)


@pytest.mark.parametrize("looks", [1.0, 8.0])
def test_coarser_resolution_correlates_the_speckle(looks: float) -> None:
    flat = np.ones(SHAPE, dtype=np.float32)

    def correlation(resolution: float) -> float:
        image = observe(flat, flat * 0, Sensor(looks=looks, resolution_px=(resolution, 1.0), **CLEAN), rng())
        return float(np.corrcoef(image[:, :-1].ravel(), image[:, 1:].ravel())[0, 1])

    assert correlation(2.2) > correlation(1.0) + 0.25


def test_noise_floor() -> None:
    dark = np.zeros(SHAPE, dtype=np.float32)
    intensity = observe(dark, dark, Sensor(looks=5.0, noise_db=-20.0), rng()) ** 2
    assert intensity.mean() == pytest.approx(0.01, rel=0.05)


def test_sidelobes_reach_along_both_axes_and_the_ghost_lies_in_azimuth() -> None:
    points = np.zeros(SHAPE, dtype=np.float32)
    points[90, 60] = 1e4
    sensor = Sensor(looks=6.0, noise_db=-90, streak_db=-30, ghost_db=-30, ghost_px=(4, 50))
    intensity = observe(points * 0, points, sensor, rng()) ** 2
    assert intensity[105, 60] > 30 * intensity[105, 90]
    assert intensity[90, 85] > 3 * intensity[105, 85]
    assert intensity[140, 64] == pytest.approx(10.0, rel=0.2)


@pytest.mark.parametrize("stretch", ["db", "linear", "bright", "gamma", None])
def test_pictures_are_bytes_that_keep_the_order(stretch: str | None) -> None:
    amplitude = np.sqrt(rng().standard_gamma(2.0, (60, 91)).astype(np.float32))
    picture = to_picture(amplitude, rng(), stretch)
    assert picture.dtype == np.uint8
    assert picture.shape == (60, 91)
    assert picture.min() >= 1
    order = np.argsort(amplitude, axis=None)
    assert (np.diff(picture.ravel()[order].astype(int)) >= 0).all()
    assert picture.std() > 5


def test_unknown_stretch_is_refused() -> None:
    with pytest.raises(ValueError, match="sepia"):
        to_picture(np.ones((4, 5), dtype=np.float32), rng(), "sepia")
