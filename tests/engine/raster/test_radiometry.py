"""Known values, masks, averages and the rules that choose a scale."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from engine.errors import InputError
from engine.raster import (
    Scale,
    Stretch,
    Window,
    array_scene,
    measure_stretch,
    open_scene,
    read_window,
    to_bytes,
)
from engine.raster.radiometry import pool_bytes
from engine.raster.sampling import sample_values, sample_windows

WriteTiff = Callable[..., Path]


def stretch(scale: Scale, low: float, high: float, **more: float) -> Stretch:
    """A stretch without a story."""
    return Stretch(scale, low, high, scale.unit, "test", **more)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32, np.float64, np.int32])
def test_power_takes_factor_10_and_amplitude_20(dtype: Any) -> None:
    values = np.array([[1, 10, 100]], dtype)
    assert to_bytes(values, stretch(Scale.POWER, 0, 254)).tolist() == [[1, 11, 21]]
    assert to_bytes(values, stretch(Scale.AMPLITUDE, 0, 254)).tolist() == [[1, 21, 41]]


def test_complex_counts_by_its_modulus() -> None:
    values = np.array([[3 + 4j, 0, np.nan + 1j]], np.complex64)
    expected = 1 + round(20 * np.log10(5))
    assert to_bytes(values, stretch(Scale.AMPLITUDE, 0, 254)).tolist() == [[expected, 0, 0]]


@pytest.mark.parametrize("scale", [Scale.POWER, Scale.AMPLITUDE])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logarithm_masks_what_has_none(scale: Scale, dtype: Any) -> None:
    values = np.array([[0.0, -0.0, -3, np.nan, np.inf, -np.inf, -9999, 1e-20, 1e20]], dtype)
    with np.errstate(all="raise"):
        assert to_bytes(values, stretch(scale, -20, 0), -9999).tolist() == [[0] * 7 + [1, 255]]


def test_db_masks_only_what_is_not_a_number() -> None:
    values = np.array([[0.0, -3, 4, np.nan, np.inf, -np.inf, -99]], np.float32)
    assert to_bytes(values, stretch(Scale.DB, -25, 5), -99).astype(bool).tolist() == [[1, 1, 1, 0, 0, 0, 0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_zeros_in_fractional_db_are_filling_unless_nodata_is_declared(dtype: Any) -> None:
    """They would be the brightest pixels of the scene, and spoil its stretch."""
    db = np.random.default_rng(0).normal(-15, 3, (80, 130)).astype(dtype)
    plain = measure_stretch(array_scene(db))
    db[:, :30] = 0
    found = measure_stretch(array_scene(db))
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=0.3)
    assert "exact zeros are taken as filling" in found.reason and "zero" not in plain.reason
    picture = to_bytes(db, found)
    assert not picture[:, :30].any() and picture[:, 30:].all()
    pooled = pool_bytes(db, found, None, np.array([0, 40]), np.array([0, 30]))
    assert (pooled[:, 0] == 0).all() and (pooled[:, 1] > 0).all()
    declared = measure_stretch(array_scene(db, nodata=-99))
    assert declared.high == pytest.approx(0, abs=1e-6) and to_bytes(db, declared, -99).all()


def test_zeros_in_whole_db_are_zero_db() -> None:
    values = np.array([[-2000, 0, 300]], np.int16)
    found = measure_stretch(array_scene(np.repeat(values, 5, 0)), "db")
    assert to_bytes(values, found).all() and "zero" not in found.reason


def test_picture_stays_linear_and_zero_is_valid_unless_declared() -> None:
    values = np.array([[0, 1, 254]], np.uint8)
    assert to_bytes(values, stretch(Scale.UINT8, 0, 254)).tolist() == [[1, 2, 255]]
    assert to_bytes(values, stretch(Scale.UINT8, 0, 254), nodata=0).tolist() == [[0, 2, 255]]


def test_table_equals_arithmetic_for_every_16_bit_number() -> None:
    for dtype in (np.uint16, np.int16, np.uint8, np.int8):
        bits = np.dtype(dtype).itemsize * 8
        values = np.arange(1 << bits, dtype=f"u{bits // 8}").view(dtype).reshape(-1, 16)
        for scale in Scale:
            s = stretch(scale, 1.5, 47.25)
            np.testing.assert_array_equal(to_bytes(values, s, 7), to_bytes(values.astype(np.float64), s, 7))
            np.testing.assert_array_equal(to_bytes(values[:, ::3], s, 7), to_bytes(values, s, 7)[:, ::3])


@given(
    hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)), st.sampled_from(list(Scale))
)
def test_bytes_are_monotonic_and_never_zero_when_valid(values: NDArray[np.float32], scale: Scale) -> None:
    picture = to_bytes(values, stretch(scale, -20, 10)).ravel()
    flat = values.ravel()
    valid = np.isfinite(flat) & ((flat > 0) | (scale is Scale.UINT8) | (scale is Scale.DB) & (flat != 0))
    np.testing.assert_array_equal(picture > 0, valid)
    order = np.argsort(flat[valid])
    assert (np.diff(picture[valid][order].astype(int)) >= 0).all()


@given(
    hnp.arrays(
        np.float32, st.tuples(st.integers(1, 23), st.integers(1, 17)), elements=st.floats(0.125, 8, width=32)
    ),
    st.integers(1, 6),
)
def test_pool_is_the_mean_in_power(values: NDArray[np.float32], factor: int) -> None:
    values[values > 7] = np.nan
    rows, cols = (np.arange(0, n, factor) for n in values.shape)
    power = np.array([[np.nanmean(block) if np.isfinite(block).any() else np.nan for block in
                       (values[r : r + factor, c : c + factor] for c in cols)] for r in rows])  # fmt: skip
    wanted = to_bytes(power, stretch(Scale.POWER, -10, 10)).astype(int)
    stored = {
        Scale.POWER: values,
        Scale.DB: 10 * np.log10(values),
        Scale.AMPLITUDE: np.sqrt(values),
    }
    for scale, numbers in stored.items():
        pooled = pool_bytes(numbers, stretch(scale, -10, 10), -99, rows, cols)  # declared: 0 dB is a level
        assert abs(pooled.astype(int) - wanted).max() <= 1
        np.testing.assert_array_equal(pooled > 0, wanted > 0)


def test_pool_of_a_picture_is_the_plain_mean() -> None:
    values = np.array([[10, 20, 0], [30, 40, 0]], np.uint8)
    starts = np.array([0]), np.array([0, 2])
    assert pool_bytes(values, stretch(Scale.UINT8, 0, 254), 0, *starts).tolist() == [[26, 0]]


SPECKLE = np.random.default_rng(3).gamma(4.4, 0.02, (90, 130))
CHOICES = {
    "negative float": (10 * np.log10(SPECKLE), {}, Scale.DB),
    "small float": (SPECKLE, {}, Scale.POWER),
    "large float": (np.sqrt(SPECKLE) * 500, {}, Scale.AMPLITUDE),
    "GRD": ((np.sqrt(SPECKLE) * 500).astype(np.uint16), {}, Scale.AMPLITUDE),
    "picture": ((np.sqrt(SPECKLE) * 200).astype(np.uint8), {"name": "x_db.tif"}, Scale.UINT8),
    "SLC": (SPECKLE.astype(np.complex64), {"name": "sigma0.tif"}, Scale.AMPLITUDE),
    "unit": (SPECKLE, {"units": ["dB"]}, Scale.DB),
    "unit beats name": (SPECKLE, {"units": ["linear power"], "name": "amplitude.tif"}, Scale.POWER),
    "SNAP": (-SPECKLE, {"descriptions": ["Sigma0_VV_db"]}, Scale.DB),
    "calibrated amplitude": (SPECKLE, {"name": "s1_vv_amplitude.tif"}, Scale.AMPLITUDE),
    "gamma nought of large numbers": (SPECKLE * 900, {"name": "vv_gamma0-rtc.tif"}, Scale.POWER),
    "gamma nought in dB": (10 * np.log10(SPECKLE), {"name": "vv_gamma0.tif"}, Scale.DB),
    "ASF power": (
        SPECKLE * 900,
        {"name": "S1A_IW_20200101T010203_DVP_RTC30_G_gpuned_1A2B_VV.tif"},
        Scale.POWER,
    ),
    "ASF dB": (SPECKLE * 900, {"name": "S1A_IW_20200101T010203_DVP_RTC30_G_gduned_1A2B_VV.tif"}, Scale.DB),
    "tag": (SPECKLE, {"tags": {"units": "decibel"}}, Scale.DB),
}


@pytest.mark.parametrize("case", CHOICES)
def test_auto_scale_follows_its_rules_and_says_why(case: str, write_tiff: WriteTiff) -> None:
    values, options, expected = CHOICES[case]
    values = values.astype(np.float32) if values.dtype == np.float64 else values
    chosen = measure_stretch(open_scene(write_tiff(values, **options)))
    assert (chosen.scale, chosen.unit) == (expected, expected.unit)
    assert chosen.reason and "\n" not in chosen.reason
    assert chosen.low < chosen.high


def test_whole_numbers_of_hundredths_of_db(write_tiff: WriteTiff) -> None:
    db = 10 * np.log10(SPECKLE)
    guessed = measure_stretch(array_scene((db * 100).astype(np.int16)))
    declared = measure_stretch(open_scene(write_tiff((db * 100).astype(np.int16), scales=[0.01])))
    for found in (guessed, declared):
        assert (found.scale, found.gain) == (Scale.DB, 0.01)
        assert found.low == pytest.approx(np.percentile(db, 1), abs=0.02)


def test_stretch_is_the_percentiles_of_valid_pixels() -> None:
    values = SPECKLE.astype(np.float32)
    db = 10 * np.log10(values)
    values[:40] = 0
    values[40, :3] = np.nan, -np.inf, -1
    found = measure_stretch(array_scene(values), "power")
    valid = np.concatenate([db[40, 3:], db[41:].ravel()])
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(valid, (1, 99.5))), abs=1e-3)


def test_scale_and_limits_that_the_caller_gives() -> None:
    scene = array_scene(SPECKLE.astype(np.float32))
    found = measure_stretch(scene, "power", limits=(-25, 0))
    assert (found.scale, found.low, found.high) == (Scale.POWER, -25, 0)
    assert found.reason.endswith("fixed stretch -25 to 0 dB")
    with pytest.raises(InputError, match="decibels.*choose one of auto, db"):
        measure_stretch(scene, "decibels")
    with pytest.raises(InputError, match="lower limit first"):
        measure_stretch(scene, limits=(0, -25))


NOT_FOR_LIMITS_IN_DB = {
    "picture": ((np.sqrt(SPECKLE) * 200).astype(np.uint8), "is for db or power"),
    "GRD": ((np.sqrt(SPECKLE) * 500).astype(np.uint16), "is for db or power"),
    "SLC": ((np.sqrt(SPECKLE) * 500).astype(np.complex64), "is for db or power"),
    "power of digital numbers": (SPECKLE.astype(np.float32) * 250_000, "hardly a level"),
}


@pytest.mark.parametrize("case", NOT_FOR_LIMITS_IN_DB)
def test_limits_in_db_are_for_calibrated_backscatter_only(case: str) -> None:
    """Otherwise every pixel would be black or white; the reason says what is done instead."""
    values, why = NOT_FOR_LIMITS_IN_DB[case]
    scene = array_scene(values)
    scale = "power" if case.startswith("power") else "auto"
    found, plain = measure_stretch(scene, scale, (-25, 0)), measure_stretch(scene, scale)
    assert (found.low, found.high, found.scale) == (plain.low, plain.high, plain.scale)
    assert "not the fixed stretch -25 to 0 dB" in found.reason and why in found.reason
    assert to_bytes(values, found).std() > 10


def test_limits_in_dn_are_for_pictures_only() -> None:
    picture = array_scene(np.arange(35, dtype=np.uint8).reshape(5, 7))
    found = measure_stretch(picture, limits=(1, 255), limits_unit="DN")
    assert (found.low, found.high, found.unit) == (1, 255, "DN")
    assert "is for uint8" in measure_stretch(picture, "amplitude", (1, 255), "DN").reason


@pytest.mark.parametrize("value", [0.25, 7.0])
def test_constant_scene_is_grey(value: float) -> None:
    scene = array_scene(np.full((5, 9), value, np.float32))
    picture = to_bytes(scene.values, measure_stretch(scene))
    assert (picture == 128).all()


@pytest.mark.parametrize("filling", [np.nan, 0.0])
def test_all_nodata_is_no_error_and_all_invalid(filling: float) -> None:
    values = np.full((7, 5), filling, np.float32)
    scene = array_scene(values, nodata=filling)
    found = measure_stretch(scene)
    assert found.is_empty and "no valid pixel" in found.reason
    assert not to_bytes(values, found).any()
    assert not read_window(scene, found, scene.window, (2, 3)).any()


def test_the_only_valid_rows_of_a_large_scene_are_found() -> None:
    values = np.zeros((2400, 2300), np.uint16)
    scene = array_scene(values, block_shape=(1, 2300))
    unseen = next(r for r in range(2400) if all(r != w.row for w in sample_windows(scene)))
    values[unseen, 7] = 300
    assert not measure_stretch(scene).is_empty


@pytest.mark.parametrize("block", [(1, 25_000), (512, 512), (17_000, 25_000)])
def test_sample_of_a_large_scene_is_small_and_spread(block: tuple[int, int]) -> None:
    scene = array_scene(np.broadcast_to(np.uint8(3), (17_000, 25_000))[:2, :2])
    object.__setattr__(scene, "height", 17_000)
    object.__setattr__(scene, "width", 25_000)
    object.__setattr__(scene, "block_shape", block)
    windows = sample_windows(scene)
    assert sum(w.height * w.width for w in windows) <= max(80e6, block[0] * block[1])
    assert max(w.row_stop for w in windows) > 16_000 and max(w.col_stop for w in windows) > 23_000
    assert min(w.row for w in windows) < 1_000 and len(set(windows)) == len(windows)


def test_sample_has_at_most_four_million_values() -> None:
    scene = array_scene(np.ones((3000, 2500), np.uint8))
    assert 1e6 < sample_values(scene).size < 5e6


@pytest.mark.parametrize("limits", [(0, np.nan), (2, 1), (-np.inf, 0)])
def test_stretch_checks_its_limits(limits: tuple[float, float]) -> None:
    with pytest.raises(InputError, match=str(limits[0])):
        stretch(Scale.DB, *limits)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_bytes_are_fast(dtype: Any) -> None:
    values = np.random.default_rng(0).integers(0, 255, (2048, 4096)).astype(dtype)
    to_bytes(values[:9], stretch(Scale.AMPLITUDE, 0, 60))

    def seconds() -> float:
        start = time.perf_counter()
        to_bytes(values, stretch(Scale.AMPLITUDE, 0, 60))
        return time.perf_counter() - start

    # 200 Mpx/s with slack for a busy machine; the loop this replaces is a hundred times slower
    assert values.size / min(seconds() for _ in range(5)) > 100e6


def test_real_scenes_are_understood(data_dir: Path) -> None:
    expected = {
        "los_angeles_s1_vh.tif": (Scale.UINT8, ("VH",)),
        "alps_s1_vv_db.tif": (Scale.DB, ("VV",)),
        "floods/USA_905409_S1.tif": (Scale.DB, ("VV", "VH")),
        "landcover/282D_485L_3_3_S1.tif": (Scale.DB, ("1", "2")),
    }
    for name, (scale, bands) in expected.items():
        scene = open_scene(data_dir / "sentinel1" / name)
        assert (measure_stretch(scene).scale, scene.bands) == (scale, bands)
    empty = open_scene(data_dir / "sentinel1/floods/Paraguay_34417_S1.tif", "VH")
    assert measure_stretch(empty).is_empty
    corner = open_scene(data_dir / "sentinel1/los_angeles_s1_vh.tif")
    picture = read_window(corner, measure_stretch(corner), Window(-8, -8, 5136, 5136), (321, 321))
    assert 0.15 < (picture == 0).mean() < 0.25 and picture.std() > 20


def test_a_picture_is_taken_as_it_is() -> None:
    """Stretched by whoever made it: once more would saturate what is bright."""
    picture = np.random.default_rng(0).integers(0, 120, (90, 130)).astype(np.uint8)
    found = measure_stretch(array_scene(picture))
    assert (found.low, found.high) == (0, 255) and "as it is" in found.reason
    assert np.abs(to_bytes(picture, found).astype(int) - picture).max() <= 1


@pytest.mark.parametrize(("brightest", "as_it_is"), [(255, True), (70, True), (50, False)])
def test_a_dark_picture_is_taken_as_it_is_for_its_few_bright_ships(brightest: int, as_it_is: bool) -> None:
    sea = np.random.default_rng(0).integers(5, 20, (200, 300)).astype(np.uint8)
    sea[50:53, 60:70] = brightest  # a two-thousandth of it
    found = measure_stretch(array_scene(sea))
    assert ((found.low, found.high) == (0, 255)) == as_it_is
    if not as_it_is:
        assert to_bytes(sea, found).max() == 255, "its range lies unused"
