"""Text-aligned dense features of open_clip's image towers, in the same pass as the pooled embedding.

CLIP aligns one pooled vector with text, not its patch tokens: the last block mixes every patch with
all others. What the literature does without training, and what is done here:

- Vision transformer: the last block gives its attention output alone, without residual and without
  the feed-forward part (ClearCLIP, Lan et al., arXiv 2407.12442), and its attention is the mean of
  query-query and key-key attention (SCLIP, Wang et al., arXiv 2312.01597, equation 4), so that a patch
  attends to patches like itself. Then the tower's own final norm and projection.
- ResNet: the attention pool's value and output projections at every position (MaskCLIP, Zhou et al.,
  arXiv 2112.01071, section 3.2).
- timm trunks: every position is pooled alone through the trunk's own head, which is the same idea for
  attention pools and exact for average pools.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from open_clip.modified_resnet import AttentionPool2d, ModifiedResNet
from open_clip.timm_model import TimmModel
from open_clip.transformer import ResidualAttentionBlock, VisionTransformer
from torch import Tensor, nn

from engine.errors import CheckpointError


def encode(visual: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Pooled and dense features of a batch of images, in one forward pass.

    Args:
        visual: The image tower of an open_clip model.
        images: (B, 3, H, W) float, normalised; H and W are the tower's own.

    Returns:
        Pooled (B, D), equal to the tower's own output, and dense (B, D, h, w); neither normalised.

    Raises:
        CheckpointError: The tower is of a kind without a known way to dense features.
    """
    if isinstance(visual, VisionTransformer):
        return _encode_vit(visual, images)
    if isinstance(visual, ModifiedResNet):
        return _encode_resnet(visual, images)
    if isinstance(visual, TimmModel):
        return _encode_timm(visual, images)
    raise _unknown(visual)


def stride_px(visual: nn.Module) -> int:
    """Side of a dense cell in pixels of the image; runs a timm tower once, on a blank image."""
    if isinstance(visual, VisionTransformer):
        return int(visual.patch_size[0])
    if isinstance(visual, ModifiedResNet):
        return 32
    if isinstance(visual, TimmModel):
        height, width = visual.image_size
        with torch.no_grad():
            return int(height // _encode_timm(visual, torch.zeros(1, 3, height, width))[1].shape[2])
    raise _unknown(visual)


def _unknown(visual: nn.Module) -> CheckpointError:
    return CheckpointError(
        f"image tower {type(visual).__name__}: no dense features; use a ViT or ResNet CLIP"
    )


def _encode_vit(visual: VisionTransformer, images: Tensor) -> tuple[Tensor, Tensor]:
    blocks = visual.transformer.resblocks
    block = blocks[-1]
    if visual.attn_pool is not None or not isinstance(block, ResidualAttentionBlock) or len(blocks) < 2:
        raise CheckpointError(
            f"vision transformer of {len(blocks)} {type(block).__name__} with attention pool "
            f"{visual.attn_pool is not None}: no dense features; use a plain CLIP ViT"
        )
    # What leaves the last block but one is what enters the last.
    out = visual.forward_intermediates(
        images, indices=[len(blocks) - 2], output_fmt="NLC", output_extra_tokens=True
    )
    patches = out["image_intermediates"][0]  # B, h*w, C
    tokens = torch.cat([out["image_intermediates_prefix"][0], patches], dim=1)  # B, 1 + h*w, C
    attended = block.ls_1(self_self_attention(block.attn, block.ln_1(tokens)))[:, 1:]
    dense = visual.ln_post(attended) @ visual.proj  # B, h*w, D
    height, width = images.shape[2] // visual.patch_size[0], images.shape[3] // visual.patch_size[1]
    return out["image_features"], dense.reshape(len(images), height, width, -1).movedim(-1, 1)


def self_self_attention(attention: nn.MultiheadAttention, tokens: Tensor) -> Tensor:
    """Attend with queries to queries and keys to keys, as SCLIP does.

    The two attention maps are averaged, not summed, so that rows add up to one and the output
    projection's bias keeps the weight it was trained with.

    Args:
        attention: A trained self-attention layer; its weights are used as they are.
        tokens: (B, L, C) float, already normed.

    Returns:
        (B, L, C) float.
    """
    qkv = F.linear(tokens, attention.in_proj_weight, attention.in_proj_bias)
    batch, length, _ = tokens.shape
    qkv = qkv.reshape(batch, length, 3, attention.num_heads, -1)  # B, L, 3, heads, C / heads
    q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each B, heads, L, C / heads
    attended = F.scaled_dot_product_attention(q, q, v) + F.scaled_dot_product_attention(k, k, v)
    merged = (attended / 2).transpose(1, 2).flatten(2)  # B, L, C
    return F.linear(merged, attention.out_proj.weight, attention.out_proj.bias)


def _encode_resnet(visual: ModifiedResNet, images: Tensor) -> tuple[Tensor, Tensor]:
    out = visual.forward_intermediates(images, indices=[4])  # 4: after the stem, the last of four stages
    return out["image_features"], _project_positions(visual.attnpool, out["image_intermediates"][0])


def _project_positions(pool: AttentionPool2d, features: Tensor) -> Tensor:
    """Value and output projection of (B, C, h, w) at each position: (B, D, h, w).

    The pool's positional embedding is left out, as in MaskCLIP: what a place shows should not
    depend on where in the window it lies.
    """
    values: Tensor = pool.c_proj(pool.v_proj(features.movedim(1, -1)))  # B, h, w, D
    return values.movedim(-1, 1)


def _encode_timm(visual: TimmModel, images: Tensor) -> tuple[Tensor, Tensor]:
    trunk = visual.trunk
    features = trunk.forward_features(images)
    pooled = visual.head(trunk.forward_head(features))
    prefix = getattr(trunk, "num_prefix_tokens", None)
    if features.ndim == 4 and features.shape[1] == trunk.num_features:  # B, C, h, w
        batch, _, height, width = features.shape
        alone = features.movedim(1, -1).reshape(batch * height * width, -1, 1, 1)
    elif features.ndim == 3 and prefix is not None:  # B, prefix + h*w, C
        batch, (height, width) = len(features), trunk.patch_embed.grid_size
        alone = features[:, prefix:].reshape(batch * height * width, 1, -1)
        # In every place, since some heads pool the prefix tokens and others all but those.
        alone = alone.expand(-1, prefix + 1, -1)
    else:
        raise CheckpointError(f"timm tower {type(trunk).__name__}: no dense features; use a ViT or ConvNeXt")
    dense = visual.head(trunk.forward_head(alone))  # B*h*w, D
    return pooled, dense.reshape(batch, height, width, -1).movedim(-1, 1)
