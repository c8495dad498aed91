"""Image tower of the bundled models: a residual pyramid made for radar.

One pass over a window of any size gives three things that agree with each other: a dense map of
vectors in the joint space (8 pixels a cell), a pooled vector for every tile, and an objectness map
(4 pixels a cell) whose peaks are the centres of compact objects. Being convolutional, the map of a
window does not depend on where the window began, so that a scene read piece by piece has no seams.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn

DENSE_STRIDE_PX = 8
OBJECT_STRIDE_PX = 4
TOTAL_STRIDE_PX = 32  # sides of a window are padded to a multiple of it


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """Sizes of the image tower."""

    widths: tuple[int, int, int, int, int] = (16, 32, 64, 128, 224)  # channels at strides 2, 4, 8, 16, 32
    depths: tuple[int, int, int, int] = (1, 2, 2, 2)  # residual blocks at strides 4, 8, 16, 32
    pyramid: int = 96  # channels of the feature pyramid
    object_width: int = 48  # channels before the objectness map
    pool_heads: int = 4  # attention maps that pool a tile
    pool_width: int = 128
    embed_dim: int = 64  # of the joint space


class DenseFeatures(NamedTuple):
    """What the tower computes for windows (B, H, W); h, w = H/8, W/8."""

    pyramid: Tensor  # B, C, h, w: what tiles are pooled from
    dense: Tensor  # B, D, h, w unit vectors
    objectness: Tensor  # B, 2h, 2w logits


def _conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """Two 3 x 3 convolutions with a residual."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv(width, width)
        self.second = _conv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map B, C, h, w to the same shape."""
        return F.relu(x + self.second(F.relu(self.first(x), inplace=True)), inplace=True)


class Stage(nn.Module):
    """A strided convolution followed by residual blocks."""

    def __init__(self, inputs: int, width: int, depth: int) -> None:
        super().__init__()
        self.down = _conv(inputs, width, stride=2)
        self.blocks = nn.Sequential(*(Block(width) for _ in range(depth)))

    def forward(self, x: Tensor) -> Tensor:
        """Map B, C, h, w to B, width, h/2, w/2."""
        features: Tensor = self.blocks(F.relu(self.down(x), inplace=True))
        return features


class ImageTower(nn.Module):
    """Residual network with a feature pyramid; see the module's docstring."""

    def __init__(self, config: ImageConfig) -> None:
        super().__init__()
        self.config = config
        w2, w4, w8, w16, w32 = config.widths
        d4, d8, d16, d32 = config.depths
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(0.45))  # of bytes / 255 over the training pictures
        self.register_buffer("std", torch.tensor(0.25))
        self.stem = _conv(2, w2, stride=2)
        self.stage4 = Stage(w2, w4, d4)
        self.stage8 = Stage(w4, w8, d8)
        self.stage16 = Stage(w8, w16, d16)
        self.stage32 = Stage(w16, w32, d32)
        width = config.pyramid
        self.lateral8 = nn.Conv2d(w8, width, 1)
        self.lateral16 = nn.Conv2d(w16, width, 1)
        self.lateral32 = nn.Conv2d(w32, width, 1)
        self.smooth = _conv(width, width)
        self.dense = nn.Conv2d(width, config.embed_dim, 1)
        self.lateral4 = nn.Conv2d(w4, config.object_width, 1)
        self.object_context = nn.Conv2d(width, config.object_width, 1)
        self.object_mix = nn.Sequential(
            _conv(config.object_width, config.object_width), nn.ReLU(inplace=True), Block(config.object_width)
        )
        self.objects = nn.Conv2d(config.object_width, 1, 1)
        self.attend = nn.Conv2d(width, config.pool_heads, 1)
        self.value = nn.Conv2d(width, config.pool_width, 1)
        hidden = config.pool_width
        self.pooled = nn.Sequential(
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, config.embed_dim)
        )
        with torch.no_grad():
            self.objects.get_parameter("bias").fill_(-4.0)  # objects are rare: start from a low probability

    def prepare(self, pixels: Tensor) -> Tensor:
        """Bytes (B, H, W), 0 = invalid, to the network's input (B, 2, H, W): scaled value and mask.

        The value of an invalid pixel is the mean, whatever the file had there.
        """
        valid = pixels != 0
        dtype = self.lateral8.weight.dtype
        value = (pixels.to(torch.float32) * (1 / 255) - self.mean) / self.std
        planes = torch.stack((value * valid, valid.to(torch.float32)), dim=1).to(dtype)
        return planes.contiguous(memory_format=torch.channels_last)

    def forward(self, pixels: Tensor) -> DenseFeatures:
        """Encode bytes (B, H, W); H and W are multiples of 32."""
        x4 = self.stage4(F.relu(self.stem(self.prepare(pixels)), inplace=True))
        x8 = self.stage8(x4)
        x16 = self.stage16(x8)
        up = F.interpolate(self.lateral32(self.stage32(x16)), scale_factor=2.0)
        up = F.interpolate(self.lateral16(x16) + up, scale_factor=2.0)
        pyramid = F.relu(self.smooth(self.lateral8(x8) + up), inplace=True)
        fine = self.lateral4(x4) + F.interpolate(self.object_context(pyramid), scale_factor=2.0)
        fine = self.object_mix(fine)
        dense = F.normalize(self.dense(pyramid).float(), dim=1)
        return DenseFeatures(pyramid, dense, self.objects(fine).float()[:, 0])

    def pool(self, pyramid: Tensor, valid: Tensor, tile_px: int) -> Tensor:
        """Pool the pyramid (B, C, h, w) over tiles of `tile_px` to unit vectors (B, D, ty, tx).

        Attention within the tile decides what counts, so that one ship in a square kilometre of sea
        is not averaged away; `valid` (B, h, w) is the share of valid pixels in each cell.
        """
        cells = tile_px // DENSE_STRIDE_PX
        # the bound keeps the exponential far from overflow without a maximum over the tile
        attention = torch.exp(8 * torch.tanh(self.attend(pyramid).float() / 8)) * valid[:, None]
        value = self.value(pyramid).float()
        heads = self.config.pool_heads
        share = self.config.pool_width // heads  # channels a head pools
        total = F.avg_pool2d(attention.repeat_interleave(share, dim=1) * value, cells)
        weight = F.avg_pool2d(attention, cells).clamp_min(1e-6)  # a tile without valid pixels gives no NaN
        tiles = self.pooled((total / weight.repeat_interleave(share, dim=1)).permute(0, 2, 3, 1))
        return F.normalize(tiles.float(), dim=-1).permute(0, 3, 1, 2)


def fuse(tower: ImageTower) -> ImageTower:
    """Fold every batch normalisation into the convolution before it; the result gives the same map.

    The tower is changed in place and must be in evaluation mode.
    """
    for module in list(tower.modules()):
        for name, child in module.named_children():
            match list(child.children()):
                case [nn.Conv2d() as convolution, nn.BatchNorm2d() as norm]:
                    setattr(module, name, nn.utils.fuse_conv_bn_eval(convolution, norm))
    return tower
