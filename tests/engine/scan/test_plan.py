"""The lattices: every pixel belongs to one tile and one block, and extents find theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from engine.model.fake import SPEC
from engine.scan.plan import Plan, make_plan

sides = st.integers(1, 700)
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
    box=st.tuples(*[st.floats(0, 700)] * 4).filter(lambda box: box[0] < box[2] and box[1] < box[3]),
)  # fmt: skip
def test_an_extents_tiles_lie_in_its_blocks(
    height: int, width: int, tile: int, box: tuple[float, float, float, float]
) -> None:
    plan, extent = plan_of(height, width, tile), shapely.box(*box)
    per_block = plan.core_px // plan.tile_px
    blocks = set(plan.blocks(extent))
    places = {tuple(place) for place in plan.tiles_within(extent)}
    assert {row // per_block * plan.block_shape[1] + col // per_block for row, col in places} <= blocks
    for row, col in plan.tiles_within(None):
        window = plan.tile(row, col)
        x, y = window.col + window.width / 2, window.row + window.height / 2
        assert ((row, col) in places) == extent.intersects(shapely.Point(x, y))
