"""Random fields and plane geometry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.simulate import geometry
from training.simulate.noise import cell_hash, fractal, warp


@pytest.mark.parametrize("shape", [(40, 97), (97, 40)])
def test_fractal_is_standardised_and_smooth(shape: tuple[int, int]) -> None:
    field = fractal(np.random.default_rng(1), shape, 20.0, slope=3.0)
    assert field.shape == shape
    assert field.mean() == pytest.approx(0, abs=1e-3)
    assert field.std() == pytest.approx(1, abs=1e-3)
    assert np.abs(np.diff(field, axis=1)).mean() < 0.3


def test_warp_shrinks_with_the_picture() -> None:
    small, large = (warp(np.random.default_rng(2), (n, n + 7), 30.0, 400.0).std() for n in (30, 500))
    assert large == pytest.approx(30, rel=0.05)
    assert small < 2


def test_cell_hash_depends_on_the_cell_alone_and_is_uniform() -> None:
    rows, cols = np.meshgrid(np.arange(-80, 80), np.arange(-50, 70), indexing="ij")
    values = cell_hash(rows, cols, 5)
    assert np.array_equal(values[3:9, 4:8], cell_hash(rows[3:9, 4:8], cols[3:9, 4:8], 5))
    assert not np.array_equal(values, cell_hash(rows, cols, 6))
    assert 0 <= values.min() < values.max() < 1
    assert np.histogram(values, 10, (0, 1))[0] == pytest.approx(values.size / 10, rel=0.1)
    assert abs(np.corrcoef(values[:, 1:].ravel(), values[:, :-1].ravel())[0, 1]) < 0.03


@given(
    x=st.floats(20, 50),
    y=st.floats(20, 30),
    length=st.floats(4, 30),
    aspect=st.floats(1, 4),
    turn=st.floats(-4, 4),
)
def test_coverage_sums_to_the_area(x: float, y: float, length: float, aspect: float, turn: float) -> None:
    box = geometry.place(geometry.BOX, (x, y), length, length / aspect, turn)
    share = geometry.coverage(box, (slice(0, 55), slice(0, 80)), samples=12)
    assert share.shape == (55, 80)
    assert share.sum() == pytest.approx(length * length / aspect, rel=0.12, abs=0.6)
    rows, cols = np.indices(share.shape) + 0.5
    assert (share * cols).sum() / share.sum() == pytest.approx(x, abs=0.35)
    assert (share * rows).sum() / share.sum() == pytest.approx(y, abs=0.35)


def test_place_turns_x_towards_y() -> None:
    bow = geometry.place(((0.5, 0.0),), (10.0, 20.0), 8.0, 2.0, np.pi / 2)
    assert bow[0] == pytest.approx((10.0, 24.0), abs=1e-5)


def test_distance_to_line() -> None:
    line = np.array([(2, 3), (12, 3), (12, 9)], dtype=np.float32)
    x, y = np.arange(20, dtype=np.float32)[None], np.arange(15, dtype=np.float32)[:, None]
    away = geometry.distance_to_line(line, x, y)
    assert away.shape == (15, 20)
    assert away[3, 7] == 0
    assert away[6, 15] == pytest.approx(3)
    assert away[12, 16] == pytest.approx(5)
