"""Swaths equal a one-shot read, decode each row once, and leave no thread behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import engine.raster.reader
from engine.errors import Cancelled, InputError, SceneError
from engine.raster import (
    ArrayReader,
    Scale,
    Scene,
    Stretch,
    Window,
    array_scene,
    grid,
    measure_stretch,
    open_scene,
    pad,
    read_swaths,
    read_window,
    to_bytes,
)
from engine.raster.source import GDAL_OPTIONS

WriteTiff = Callable[..., Path]
STRETCH = Stretch(Scale.AMPLITUDE, 0, 60, "dB", "test")


class CountingReader(ArrayReader):
    """Remembers what was decoded, and whether it was closed."""

    def __init__(self, values: NDArray[Any]) -> None:
        super().__init__(values)
        self.windows: list[Window] = []
        self.closed = False

    def read(self, window: Window) -> NDArray[Any]:
        self.windows.append(window)
        return super().read(window)

    def close(self) -> None:
        self.closed = True


def speckle(height: int, width: int) -> NDArray[np.uint16]:
    """Amplitudes, a tenth of them invalid."""
    rng = np.random.default_rng(height * 1000 + width)
    values = rng.rayleigh(80, (height, width))
    values[rng.random((height, width)) < 0.1] = 0
    return values.astype(np.uint16)


def one_shot(scene: Scene, window: Window) -> NDArray[np.uint8]:
    """The window out of the whole scene's byte picture."""
    assert scene.values is not None
    margin = 200
    picture = np.pad(to_bytes(scene.values, STRETCH, scene.nodata), margin)
    return picture[window.slices(pad(scene.window, margin))]


def reader_threads() -> list[threading.Thread]:
    """Threads that read_swaths started."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("sarclip-reader")]


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    """Every test ends without a reader thread."""
    yield
    assert not reader_threads()


coordinates = st.integers(-30, 90)
window_lists = st.lists(
    st.builds(Window, coordinates, coordinates, st.integers(1, 60), st.integers(1, 60)), max_size=6
).map(sorted)


@given(
    st.tuples(st.integers(1, 70), st.integers(1, 50)),
    st.tuples(st.integers(1, 40), st.integers(1, 60)),
    window_lists,
    st.none() | st.integers(1, 7),
    st.integers(1, 3000),
)
def test_any_windows_equal_a_one_shot_read(
    shape: tuple[int, int], block: tuple[int, int], windows: list[Window], factor: int | None, fresh: int
) -> None:
    scene = array_scene(speckle(*shape), block_shape=block)
    reader = CountingReader(scene.values)
    with patch.object(engine.raster.reader, "_FRESH_PX", fresh):
        swaths = list(
            read_swaths(
                scene, STRETCH, windows, coarse_factor=factor, queue_depth=1, open_reader=lambda _: reader
            )
        )
    assert [swath.window for swath in swaths] == windows and reader.closed
    for swath in swaths:
        np.testing.assert_array_equal(swath.pixels, one_shot(scene, swath.window))
        if factor is not None:
            np.testing.assert_array_equal(swath.coarse, coarse_by_hand(scene, swath.window, factor))
    for window in reader.windows:
        assert window.height <= scene.block_shape[0] or window.height * window.width <= fresh, "read in strips"
    assert_rows_once_in_blocks(reader.windows, scene)


def coarse_by_hand(scene: Scene, window: Window, factor: int) -> NDArray[np.uint8]:
    """Mean of the squared valid amplitudes of each bin of a window."""
    height, width = (-(-n // factor) * factor for n in window.shape)
    power = np.zeros((height, width))
    inside = pad(scene.window, 200)
    canvas = np.pad(scene.values.astype(float) ** 2, 200)
    power[: window.height, : window.width] = canvas[window.slices(inside)]
    bins = power.reshape(height // factor, factor, width // factor, factor)
    count = (bins > 0).sum((1, 3))
    mean = bins.sum((1, 3)) / np.maximum(count, 1)
    return to_bytes(mean, Stretch(Scale.POWER, STRETCH.low, STRETCH.high, "dB", "by hand"))


def assert_rows_once_in_blocks(read: list[Window], scene: Scene) -> None:
    """No row was decoded twice, and reads begin and end where blocks do."""
    rows = [row for window in read for row in range(window.row, window.row_stop)]
    assert len(rows) == len(set(rows))
    for window in read:
        for start, stop, block, end in (
            (window.row, window.row_stop, scene.block_shape[0], scene.height),
            (window.col, window.col_stop, scene.block_shape[1], scene.width),
        ):
            assert start % block == 0 and (stop % block == 0 or stop == end)


def test_model_windows_with_margins_decode_the_scene_once() -> None:
    scene = array_scene(speckle(150, 110), block_shape=(16, 32))
    windows = [pad(core, 8) for core in grid(150, 110, 48, clip=False)]
    reader = CountingReader(scene.values)
    for swath in read_swaths(scene, STRETCH, windows, open_reader=lambda _: reader):
        np.testing.assert_array_equal(swath.pixels, one_shot(scene, swath.window))
    assert sum(w.height * w.width for w in reader.windows) == 150 * 110


def test_rows_that_nobody_asks_for_are_not_decoded() -> None:
    scene = array_scene(speckle(150, 110), block_shape=(10, 20))
    reader = CountingReader(scene.values)
    windows = [Window(3, 25, 4, 10), Window(100, 41, 15, 5)]
    list(read_swaths(scene, STRETCH, windows, open_reader=lambda _: reader))
    assert reader.windows == [Window(0, 20, 10, 40), Window(100, 20, 20, 40)]


@pytest.mark.parametrize("layout", [{"blockysize": 7}, {"tiled": True, "blockxsize": 32, "blockysize": 16}])
def test_files_equal_arrays(layout: dict[str, Any], write_tiff: WriteTiff) -> None:
    values = speckle(75, 101)
    scene, memory = open_scene(write_tiff(values, **layout)), array_scene(values)
    windows = [pad(core, 5) for core in grid(75, 101, 32)]
    for swath in read_swaths(scene, STRETCH, windows, coarse_factor=3):
        np.testing.assert_array_equal(swath.pixels, one_shot(memory, swath.window))
        np.testing.assert_array_equal(swath.coarse, coarse_by_hand(memory, swath.window, 3))


@given(st.integers(1, 70), st.integers(1, 50), st.data())
def test_quicklook_of_any_shape_is_the_mean_in_power(height: int, width: int, data: st.DataObject) -> None:
    scene = array_scene(speckle(height, width))
    shape = data.draw(st.tuples(st.integers(1, height), st.integers(1, width)))
    found = read_window(scene, STRETCH, scene.window, shape)
    rows, cols = ([i * n // k for i in range(k + 1)] for n, k in zip((height, width), shape, strict=True))
    for i in range(shape[0]):
        for j in range(shape[1]):
            block = scene.values[rows[i] : rows[i + 1], cols[j] : cols[j + 1]].astype(float) ** 2
            mean = block[block > 0].mean() if (block > 0).any() else 0
            wanted = to_bytes(np.array([[mean]]), Stretch(Scale.POWER, 0, 60, "dB", ""))[0, 0]
            assert abs(int(found[i, j]) - int(wanted)) <= (shape != (height, width))


def test_window_beyond_the_scene_is_padded() -> None:
    scene = array_scene(np.full((3, 5), 1000, np.uint16))
    assert read_window(scene, STRETCH, Window(-1, -2, 5, 9)).tolist() == [
        [0] * 9,
        *[[0] * 2 + [255] * 5 + [0] * 2] * 3,
        [0] * 9,
    ]
    assert read_window(scene, STRETCH, Window(-3, -5, 6, 10), (2, 2)).tolist() == [[0, 0], [0, 255]]
    assert not read_window(scene, STRETCH, Window(50, 50, 4, 4)).any()
    with pytest.raises(InputError, match="only be smaller"):
        read_window(scene, STRETCH, scene.window, (4, 5))


def test_closing_the_iterator_ends_the_thread_at_once() -> None:
    scene = array_scene(speckle(400, 30), block_shape=(4, 30))
    reader = CountingReader(scene.values)
    swaths = read_swaths(scene, STRETCH, grid(400, 30, 4), open_reader=lambda _: reader)
    next(swaths)
    start = time.perf_counter()
    swaths.close()
    assert time.perf_counter() - start < 1 and not reader_threads()
    assert reader.closed and len(reader.windows) < 10


def test_cancel_ends_the_thread() -> None:
    scene = array_scene(speckle(90, 30))
    seen: list[Window] = []
    with pytest.raises(Cancelled):
        for swath in read_swaths(scene, STRETCH, grid(90, 30, 10), cancel=lambda: len(seen) >= 3):
            seen.append(swath.window)
    assert len(seen) == 3


def test_error_in_the_thread_names_window_and_file(write_tiff: WriteTiff) -> None:
    noise = np.random.default_rng(0).integers(1, 60_000, (300, 200)).astype(np.uint16)
    path = write_tiff(noise, blockysize=10)
    os.truncate(path, path.stat().st_size // 2)
    scene = open_scene(path)
    done = []
    with pytest.raises(
        SceneError, match=r"cannot read rows \d+-\d+, columns 0-200 of '.*scene.tif'"
    ) as error:
        for swath in read_swaths(scene, STRETCH, grid(300, 200, 20)):
            done.append(swath.window)
    assert 0 < len(done) < 300 and error.value.__cause__ is not None
    np.testing.assert_array_equal(read_window(scene, STRETCH, done[0]), to_bytes(noise[:20, :20], STRETCH))


def test_scene_that_vanishes_is_an_error_in_the_consumer(write_tiff: WriteTiff) -> None:
    path = write_tiff(speckle(9, 7))
    scene = open_scene(path)
    path.unlink()
    with pytest.raises(SceneError, match="again"):
        next(read_swaths(scene, STRETCH, [scene.window]))


def test_wrong_calls_are_refused_at_once() -> None:
    scene = array_scene(speckle(9, 7))
    with pytest.raises(InputError, match="sort windows"):
        read_swaths(scene, STRETCH, [Window(5, 0, 1, 1), Window(4, 0, 1, 1)])
    with pytest.raises(InputError, match="at least 1"):
        read_swaths(scene, STRETCH, [], coarse_factor=0)
    assert list(read_swaths(scene, STRETCH, [])) == []


def test_cache_is_given_in_bytes() -> None:
    assert int(GDAL_OPTIONS["GDAL_CACHEMAX"]) >= 16 * 1024 * 1024


def test_real_scene_in_swaths_equals_one_window(data_dir: Path) -> None:
    scene = open_scene(data_dir / "sentinel1/los_angeles_s1_vh.tif")
    stretch = measure_stretch(scene)
    part = Window(4500, 2800, 400, 700)
    whole = read_window(scene, stretch, part)
    for swath in read_swaths(scene, stretch, [Window(r, 2800, 100, 700) for r in range(4500, 4900, 100)]):
        np.testing.assert_array_equal(swath.pixels, whole[swath.window.slices(part)])
