"""Grids partition; windows keep their algebra."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.raster import Window, grid, grid_shape, intersection, pad

sides = st.integers(1, 60)
offsets = st.integers(-100, 100)
windows = st.builds(Window, offsets, offsets, sides, sides)


@given(sides, sides, st.integers(1, 70))
def test_grid_covers_every_pixel_exactly_once(height: int, width: int, size: int) -> None:
    hits = np.zeros((height, width), int)
    tiles = grid(height, width, size)
    for tile in tiles:
        hits[tile.slices(Window(0, 0, height, width))] += 1
        assert tile.row_stop <= height and tile.col_stop <= width
    assert (hits == 1).all()
    assert len(tiles) == np.prod(grid_shape(height, width, size))
    assert tiles == sorted(tiles)


@given(sides, sides, st.integers(1, 70))
def test_unclipped_grid_is_the_clipped_one_where_it_meets_the_scene(h: int, w: int, size: int) -> None:
    whole = Window(0, 0, h, w)
    unclipped = grid(h, w, size, clip=False)
    assert all(tile.shape == (size, size) for tile in unclipped)
    assert [intersection(tile, whole) for tile in unclipped] == grid(h, w, size)


@given(sides, sides, st.integers(1, 70), windows)
def test_grid_within_is_those_that_touch(h: int, w: int, size: int, within: Window) -> None:
    expected = [tile for tile in grid(h, w, size, clip=False) if intersection(tile, within)]
    assert grid(h, w, size, clip=False, within=within) == expected


@given(windows, windows)
def test_intersection_is_the_common_pixels(a: Window, b: Window) -> None:
    canvas = Window(-100, -100, 260, 260)
    hits = np.zeros(canvas.shape, int)
    hits[a.slices(canvas)] += 1
    hits[b.slices(canvas)] += 1
    both = intersection(a, b)
    assert both == intersection(b, a)
    assert (hits == 2).sum() == (0 if both is None else both.height * both.width)
    if both is not None:
        assert (hits[both.slices(canvas)] == 2).all()


@given(windows, st.integers(0, 20))
def test_pad_and_back(window: Window, margin: int) -> None:
    assert intersection(pad(window, margin), window) == window
    assert pad(pad(window, margin), -margin) == window


@pytest.mark.parametrize("shape", [(0, 3), (3, -1)])
def test_empty_window_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=str(shape[0])):
        Window(0, 0, *shape)
