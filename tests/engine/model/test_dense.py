"""Dense features: aligned with the pooled embedding, in the right place, from any tower."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from open_clip.modified_resnet import ModifiedResNet
from open_clip.timm_model import TimmModel
from open_clip.transformer import VisionTransformer
from torch import Tensor, nn

from engine.errors import CheckpointError
from engine.model import dense

PATCH = 8


def vit(image_size: tuple[int, int], *, anywhere: bool = False, **options: object) -> VisionTransformer:
    """A small vision transformer; `anywhere` removes what depends on the position."""
    torch.manual_seed(0)
    tower = VisionTransformer(image_size, PATCH, 32, 3, 2, 4.0, output_dim=12, **options).eval()
    if anywhere:
        nn.init.zeros_(tower.positional_embedding)
    return tower


def resnet(image_size: int, *, anywhere: bool = False) -> ModifiedResNet:
    torch.manual_seed(0)
    tower = ModifiedResNet([1, 1, 1, 1], output_dim=12, heads=4, image_size=image_size, width=8).eval()
    if anywhere:
        nn.init.zeros_(tower.attnpool.positional_embedding)
    return tower


def encode(tower: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        return dense.encode(tower, images)


@pytest.mark.parametrize(
    ("tower", "shape", "grid"),
    [
        (vit((24, 40)), (24, 40), (3, 5)),
        (vit((40, 16)), (40, 16), (5, 2)),
        (vit((24, 24), pool_type="avg", final_ln_after_pool=True, no_ln_pre=True), (24, 24), (3, 3)),
        (vit((24, 24), ls_init_value=0.1), (24, 24), (3, 3)),
        (resnet(96), (96, 96), (3, 3)),
        (TimmModel("convnext_atto", 12, pool="", proj="linear").eval(), (64, 64), (2, 2)),
        (TimmModel("vit_tiny_patch16_224", 12, pool="token", proj="linear").eval(), (224, 224), (14, 14)),
    ],
)
def test_pooled_is_the_towers_own_and_dense_has_its_grid(
    tower: nn.Module, shape: tuple[int, int], grid: tuple[int, int]
) -> None:
    images = torch.randn(2, 3, *shape)
    pooled, cells = encode(tower, images)
    with torch.no_grad():
        assert torch.allclose(pooled, tower(images), atol=1e-5)
    assert cells.shape == (2, 12, *grid)
    assert cells.isfinite().all()


def test_strides() -> None:
    assert dense.stride_px(vit((24, 40))) == PATCH
    assert dense.stride_px(resnet(64)) == 32
    assert dense.stride_px(TimmModel("convnext_atto", 12, image_size=64, pool="", proj="linear").eval()) == 32


def test_other_towers_are_refused() -> None:
    tower = TimmModel("swin_tiny_patch4_window7_224", 12, pool="", proj="linear").eval()
    with pytest.raises(CheckpointError, match="SwinTransformer"):
        encode(tower, torch.zeros(1, 3, 224, 224))
    with pytest.raises(CheckpointError, match="Linear"):
        encode(nn.Linear(2, 2), torch.zeros(1, 3, 8, 8))
    with pytest.raises(CheckpointError, match="attention pool True"):
        encode(vit((24, 24), attentional_pool=True, attn_pooler_heads=2), torch.zeros(1, 3, 24, 24))


def test_a_constant_picture_has_a_constant_map() -> None:
    cells = encode(vit((24, 40), anywhere=True), torch.full((1, 3, 24, 40), 0.7))[1]
    assert torch.allclose(cells, cells[:, :, :1, :1].expand_as(cells), atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(rows=st.integers(0, 2), cols=st.integers(0, 4))
def test_moving_the_picture_moves_the_map(rows: int, cols: int) -> None:
    """Without positions a vision transformer knows no place: whole patches shift, on the right axis."""
    tower = vit((24, 40), anywhere=True)
    images = torch.randn(1, 3, 24, 40, generator=torch.Generator().manual_seed(1))
    still, moved = (
        encode(tower, images)[1],
        encode(tower, images.roll((rows * PATCH, cols * PATCH), (2, 3)))[1],
    )
    assert torch.allclose(still.roll((rows, cols), (2, 3)), moved, atol=1e-5)


def test_a_bright_patch_shows_where_it_is() -> None:
    images = torch.zeros(1, 3, 24, 40)
    images[:, :, 8:16, 32:40] = 3.0
    cells = F.normalize(encode(vit((24, 40), anywhere=True), images)[1], dim=1)[0]
    background = cells.mean((1, 2))
    likeness = torch.einsum("dhw,d->hw", cells, background)
    assert divmod(int(likeness.argmin()), 5) == (1, 4)


def test_one_position_of_a_resnet_is_its_pooled_embedding() -> None:
    """Attention over equal values gives that value, so pooling and projecting one position agree."""
    tower = resnet(32, anywhere=True)
    pooled, cells = encode(tower, torch.randn(3, 3, 32, 32))
    assert torch.allclose(cells[:, :, 0, 0], pooled, atol=1e-5)


@pytest.mark.parametrize("pool", ["avg", "map"])
def test_mean_of_a_constant_timm_map_is_pooled(pool: str) -> None:
    torch.manual_seed(0)
    name = "vit_base_patch16_siglip_224" if pool == "map" else "vit_tiny_patch16_224"
    width = 768 if pool == "map" else 12
    tower = TimmModel(name, width, pool=pool, proj="none" if pool == "map" else "linear").eval()
    nn.init.zeros_(tower.trunk.pos_embed)
    pooled, cells = encode(tower, torch.full((1, 3, 224, 224), 0.3))
    assert torch.allclose(cells.mean((2, 3)), pooled, atol=1e-4)


def test_self_self_attention_is_attention_when_queries_are_keys() -> None:
    torch.manual_seed(0)
    layer = nn.MultiheadAttention(32, 4, batch_first=True).eval()
    with torch.no_grad():
        layer.in_proj_weight[:32] = layer.in_proj_weight[32:64]
        layer.in_proj_bias.normal_()
        layer.in_proj_bias[:32] = layer.in_proj_bias[32:64]
        tokens = torch.randn(2, 7, 32)
        plain = layer(tokens, tokens, tokens, need_weights=False)[0]
        assert torch.allclose(dense.self_self_attention(layer, tokens), plain, atol=1e-5)


def test_self_self_attention_follows_its_formula() -> None:
    """One head, written out: mean of softmax(qq'/√d) and softmax(kk'/√d), times v, then projected."""
    torch.manual_seed(0)
    layer = nn.MultiheadAttention(16, 1, batch_first=True).eval()
    tokens = torch.randn(1, 5, 16)
    with torch.no_grad():
        q, k, v = (F.linear(tokens, layer.in_proj_weight, layer.in_proj_bias)[0]).split(16, dim=1)
        weights = ((q @ q.T / 4).softmax(1) + (k @ k.T / 4).softmax(1)) / 2
        expected = layer.out_proj(weights @ v)
        assert torch.allclose(dense.self_self_attention(layer, tokens)[0], expected, atol=1e-5)
