"""The lattices: every pixel belongs to one tile and one block, and extents find theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.model.fake import SPEC
from engine.scan.plan import MAX_TILES, Plan, make_plan

sides = st.integers(1, 700)
places = st.integers(0, 2800).map(lambda n: n / 4)
tiles = st.integers(1, 30).map(lambda n: 8 * n)


def plan_of(height: int, width: int, tile: int) -> Plan:
    return make_plan(height, width, replace(SPEC, tiles_per_window=3), tile)


@given(height=sides, width=sides, tile=tiles)
def test_cores_partition_the_scene_into_whole_tiles_and_cells(height: int, width: int, tile: int) -> None:
    plan = plan_of(height, width, tile)
    seen = np.zeros((height, width), int)
    for block in plan.blocks():
        core = plan.core(block)
        seen[core.row : core.row_stop, core.col : core.col_stop] += 1
        assert core.row % plan.tile_px == core.col % plan.tile_px == 0
        assert plan.tile_px % plan.cell_px == 0
        window = plan.window(block)
        assert (window.row, window.col) == (core.row - plan.margin_px, core.col - plan.margin_px)
        assert window.shape == tuple(side + 2 * plan.margin_px for side in core.shape)
    assert (seen == 1).all()


@given(height=sides, width=sides, tile=tiles)
def test_tiles_partition_the_scene(height: int, width: int, tile: int) -> None:
    plan = plan_of(height, width, tile)
    seen = np.zeros((height, width), int)
    places = plan.tiles_within(None)
    assert len(places) == np.prod(plan.tile_shape)
    for row, col in places:
        window = plan.tile(row, col)
        seen[window.row : window.row_stop, window.col : window.col_stop] += 1
    assert (seen == 1).all()


@given(
    height=sides, width=sides, tile=tiles,
    corner=st.tuples(places, places), size=st.tuples(places, places),
)  # fmt: skip
def test_an_extents_tiles_lie_in_its_blocks(
    height: int, width: int, tile: int, corner: tuple[float, float], size: tuple[float, float]
) -> None:
    """By their centres, where the extent holds one; otherwise all that it shares ground with."""
    extent = shapely.box(*corner, corner[0] + size[0] + 1, corner[1] + size[1] + 1)
    plan = plan_of(height, width, tile)
    per_block = plan.core_px // plan.tile_px
    blocks = set(plan.blocks(extent))
    places = {tuple(place) for place in plan.tiles_within(extent)}
    assert {row // per_block * plan.block_shape[1] + col // per_block for row, col in places} <= blocks
    centred, shared = set(), set()
    for row, col in plan.tiles_within(None):
        window = plan.tile(row, col)
        x, y = window.col + window.width / 2, window.row + window.height / 2
        if extent.intersects(shapely.Point(x, y)):
            centred.add((row, col))
        if extent.intersection(shapely.box(window.col, window.row, window.col_stop, window.row_stop)).area > 0:
            shared.add((row, col))
    assert places == (centred or shared)


def test_every_part_of_an_extent_has_its_tiles() -> None:
    """A harbour that lies between four centres, beside a bay that holds some, in reading order."""
    plan = plan_of(320, 320, 32)
    extent = shapely.union_all([shapely.box(200, 200, 260, 260), shapely.box(90, 91, 100, 103)])
    found = [tuple(place) for place in plan.tiles_within(extent)]
    bay = [(row, col) for row in (6, 7) for col in (6, 7)]
    assert found == [(2, 2), (2, 3), (3, 2), (3, 3), *bay]
    assert plan.tiles_within(shapely.box(64, 64, 70, 70)).tolist() == [[2, 2]]  # not what it only touches


def test_tiles_that_are_too_many_are_refused_with_the_size_that_is_not() -> None:
    with pytest.raises(InputError, match="6,640,625 of them.*24 px or more"):
        make_plan(17_000, 25_000, SPEC, 8)
    assert np.prod(make_plan(17_000, 25_000, SPEC, 24).tile_shape) <= MAX_TILES
