"""The image tower: what it sees, how far, and that pieces of a picture agree with the whole."""

from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.model.towers import ImageTower, fuse
from engine.model.windows import share_valid
from tests import tiny

CLOSE = 1e-5  # float32 sums in another order


@pytest.fixture(scope="module")
def tower() -> ImageTower:
    return tiny.image_tower()


def maps(tower: ImageTower, pixels: Tensor) -> dict[int, Tensor]:
    """Maps (B, C, h, w) by their stride."""
    with torch.inference_mode():
        found = tower(pixels)
    return {8: found.dense, 4: found.objectness[:, None]}


def cut(array: Tensor, stride: int, top: int, left: int, height: int, width: int) -> Tensor:
    """The part of a map that covers these pixels."""
    rows = slice(top // stride, (top + height) // stride)
    return array[..., rows, left // stride : (left + width) // stride]


def test_shapes_of_a_non_square_window(tower: ImageTower) -> None:
    found = tower(tiny.tensor(2, 96, 160))
    assert found.dense.shape == (2, tiny.IMAGE.embed_dim, 12, 20)
    assert found.objectness.shape == (2, 24, 40)
    assert torch.allclose(found.dense.norm(dim=1), torch.ones(2, 12, 20), atol=CLOSE)
    assert float(found.dense.detach().std((2, 3)).mean()) > 0.01, "a constant map would pass every test below"


@given(down=st.integers(0, 2), right=st.integers(0, 3))
@settings(max_examples=5, deadline=None)
def test_translation_by_whole_strides_moves_the_maps(down: int, right: int) -> None:
    tower = tiny.image_tower()
    scene = tiny.tensor(1, 544, 640)
    height, width = 480, 544
    reach = tiny.REACH_PX
    here = maps(tower, scene[:, :height, :width])
    there = maps(tower, scene[:, 32 * down : 32 * down + height, 32 * right : 32 * right + width])
    size = (height - 2 * reach - 32 * down, width - 2 * reach - 32 * right)
    for stride in (8, 4):
        a = cut(here[stride], stride, reach + 32 * down, reach + 32 * right, *size)
        b = cut(there[stride], stride, reach, reach, *size)
        assert a.numel()
        assert torch.allclose(a, b, atol=CLOSE)


def test_a_window_with_margin_is_the_crop_of_a_larger_one(tower: ImageTower) -> None:
    scene = tiny.tensor(1, 544, 608)
    reach = tiny.REACH_PX
    top, left, height, width = 32, 64, 2 * reach + 64, 2 * reach + 96
    window = maps(tower, scene[:, top : top + height, left : left + width])
    whole = maps(tower, scene)
    for stride in (8, 4):
        a = cut(window[stride], stride, reach, reach, 64, 96)
        b = cut(whole[stride], stride, top + reach, left + reach, 64, 96)
        assert torch.allclose(a, b, atol=CLOSE)


def test_only_the_receptive_field_matters(tower: ImageTower) -> None:
    scene = tiny.tensor(1, 448, 480)
    changed = scene.clone()
    changed[:, :40, :56] = 0
    reach = tiny.REACH_PX
    before, after = maps(tower, scene), maps(tower, changed)
    for stride in (8, 4):
        far_below = (slice(None), slice(None), slice((40 + reach) // stride, None))
        assert torch.allclose(before[stride][far_below], after[stride][far_below], atol=CLOSE)
        assert not torch.allclose(before[stride][..., :5, :7], after[stride][..., :5, :7], atol=0.01)


def test_nodata_enters_as_the_mean_with_a_zero_mask(tower: ImageTower) -> None:
    pixels = tiny.tensor(1, 32, 64)
    pixels[:, 8:20, 3:50] = 0
    value, mask = tower.prepare(pixels)[0]
    assert torch.equal(mask == 0, pixels[0] == 0)
    assert (value[mask == 0] == 0).all()
    assert value[mask == 1].abs().min() > 0


def test_fused_gives_the_same(tower: ImageTower) -> None:
    fused = fuse(copy.deepcopy(tower))
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fused.modules())
    assert sum(p.numel() for p in fused.parameters()) < sum(p.numel() for p in tower.parameters())
    pixels = tiny.tensor(2, 64, 96)
    for stride, expected in maps(tower, pixels).items():
        assert torch.allclose(maps(fused, pixels)[stride], expected, atol=1e-4)


def test_pooling_all_tiles_is_pooling_each_alone(tower: ImageTower) -> None:
    torch.manual_seed(1)
    pyramid, valid = torch.randn(2, tiny.IMAGE.pyramid, 8, 12), torch.rand(2, 8, 12)
    together = tower.pool(pyramid, valid, 32)
    assert together.shape == (2, tiny.IMAGE.embed_dim, 2, 3)
    for row in range(2):
        for col in range(3):
            part = (..., slice(4 * row, 4 * row + 4), slice(4 * col, 4 * col + 4))
            alone = tower.pool(pyramid[part], valid[part], 32)[:, :, 0, 0]
            assert torch.allclose(together[:, :, row, col], alone, atol=CLOSE)


def test_pooling_ignores_invalid_cells(tower: ImageTower) -> None:
    torch.manual_seed(1)
    pyramid, valid = torch.randn(1, tiny.IMAGE.pyramid, 4, 8), torch.ones(1, 4, 8)
    valid[:, :2, 1:7] = 0
    other = torch.where(valid[:, None] == 0, 100 * torch.randn_like(pyramid), pyramid)
    expected = tower.pool(pyramid, valid, 32)
    assert torch.allclose(tower.pool(other, valid, 32), expected, atol=CLOSE)
    assert not torch.allclose(tower.pool(other, torch.ones(1, 4, 8), 32), expected, atol=0.01)


def test_a_tile_without_valid_pixels_is_finite(tower: ImageTower) -> None:
    pixels = torch.zeros(1, 64, 96, dtype=torch.uint8)
    found = tower(pixels)
    tiles = tower.pool(found.pyramid, share_valid(pixels, 8), 32)
    assert found.dense.isfinite().all()
    assert tiles.isfinite().all()


def test_pooling_survives_extreme_features(tower: ImageTower) -> None:
    pyramid = 1e4 * torch.randn(1, tiny.IMAGE.pyramid, 4, 4)
    assert tower.pool(pyramid, torch.ones(1, 4, 4), 32).isfinite().all()
