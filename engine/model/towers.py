"""Image tower of the bundled models: a residual pyramid made for radar.

One pass over a window of any size gives three things that agree with each other: a dense map of
vectors in the joint space (8 pixels a cell), a pooled vector for every tile, and an objectness map
(4 pixels a cell) whose peaks are the centres of compact objects. Being convolutional, the map of a
window does not depend on where the window began, so that a scene read piece by piece has no seams.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn

DENSE_STRIDE_PX = 8
OBJECT_STRIDE_PX = 4
TOTAL_STRIDE_PX = 32  # sides of a window are padded to a multiple of it
Network = TypeVar("Network", bound=nn.Module)
Joiner = Callable[[nn.Conv2d, nn.BatchNorm2d], nn.Conv2d]
_HEAD_REACH = 2  # cells of neighbours that the last three convolutions of the objectness see


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


OBJECTS_BIAS = -4.0  # objects are rare: start from a low probability
BYTE_MEAN, BYTE_STD = 0.45, 0.25  # of bytes / 255 over the training pictures


class DenseFeatures(NamedTuple):
    """What the tower computes for the core of windows (B, H, W), the whole without a margin; h, w = H/8, W/8."""

    pyramid: Tensor  # B, C, h, w: what tiles are pooled from
    dense: Tensor  # B, D, h, w unit vectors
    objectness: Tensor  # B, 2h, 2w logits
    fine: Tensor | None  # B, C4, 2h, 2w: at stride 4, where they were asked for


def conv_norm(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution of an odd kernel and its batch normalisation."""
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """Two 3 x 3 convolutions with a residual."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = conv_norm(width, width)
        self.second = conv_norm(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map B, C, h, w to the same shape."""
        return F.relu(x + self.second(F.relu(self.first(x), inplace=True)), inplace=True)


def blocks(width: int, depth: int) -> nn.Sequential:
    """So many residual blocks."""
    return nn.Sequential(*(Block(width) for _ in range(depth)))


class Stage(nn.Module):
    """A strided convolution followed by residual blocks."""

    def __init__(self, inputs: int, width: int, depth: int) -> None:
        super().__init__()
        self.down = conv_norm(inputs, width, stride=2)
        self.blocks = blocks(width, depth)

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
        self.folded = False
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(BYTE_MEAN))
        self.register_buffer("std", torch.tensor(BYTE_STD))
        self.stem = conv_norm(2, w2, stride=2)
        self.stage4 = Stage(w2, w4, d4)
        self.stage8 = Stage(w4, w8, d8)
        self.stage16 = Stage(w8, w16, d16)
        self.stage32 = Stage(w16, w32, d32)
        width = config.pyramid
        self.lateral8 = nn.Conv2d(w8, width, 1)
        self.lateral16 = nn.Conv2d(w16, width, 1)
        self.lateral32 = nn.Conv2d(w32, width, 1)
        self.smooth = conv_norm(width, width)
        self.dense = nn.Conv2d(width, config.embed_dim, 1)
        self.lateral4 = nn.Conv2d(w4, config.object_width, 1)
        self.object_context = nn.Conv2d(width, config.object_width, 1)
        self.object_mix = nn.Sequential(
            conv_norm(config.object_width, config.object_width), nn.ReLU(inplace=True), Block(config.object_width)
        )
        self.objects = nn.Conv2d(config.object_width, 1, 1)
        self.attend = nn.Conv2d(width, config.pool_heads, 1)
        self.value = nn.Conv2d(width, config.pool_width, 1)
        hidden = config.pool_width
        self.pooled = nn.Sequential(
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, config.embed_dim)
        )
        with torch.no_grad():
            self.objects.get_parameter("bias").fill_(OBJECTS_BIAS)

    def fold_scaling(self) -> None:
        """Let the stem's weights do the scaling of the pixels, for inference; the maps stay the same."""
        if self.folded:
            return
        convolution = next(part for part in self.stem.modules() if isinstance(part, nn.Conv2d))
        convolution.weight.data = torch.einsum("oihw,ij->ojhw", convolution.weight.data, self._scaling())
        self.folded = True

    def _scaling(self) -> Tensor:
        return _scaling(self.mean, self.std)

    def prepare(self, pixels: Tensor) -> Tensor:
        """Bytes (B, H, W), 0 = invalid, to the network's input (B, 2, H, W): scaled value and mask.

        The value of an invalid pixel is the mean, whatever the file had there. With the scaling folded
        into the stem it is byte and mask: a byte is exact in bfloat16.
        """
        planes = _byte_and_mask(pixels)
        if not self.folded:
            planes = planes.to(torch.float32) @ self._scaling().to(torch.float32).T
        return planes.to(self.lateral8.weight.dtype).permute(0, 3, 1, 2)

    def forward(self, pixels: Tensor, margin_px: int = 0, *, keep_fine: bool = False) -> DenseFeatures:
        """Encode bytes (B, H, W); H and W are multiples of 32.

        Of `margin_px` on each side, a multiple of 8, only the neighbourhood is used: nothing of it is returned.
        Features at stride 4 are kept on request: of a large window the maps are what takes memory.
        """
        margin = margin_px // DENSE_STRIDE_PX
        halo = min(margin, _HEAD_REACH)
        x4 = self.stage4(F.relu(self.stem(self.prepare(pixels)), inplace=True))
        fine = self.lateral4(_inset(x4, 2 * (margin - halo)))
        pyramid = _inset(self._merge(x4), margin - halo)
        kept = _inset(x4, 2 * margin) if keep_fine else None
        del x4
        fine = fine.add_(F.interpolate(self.object_context(pyramid), scale_factor=2.0))
        objectness = _inset(self.objects(self.object_mix(fine)), 2 * halo).float()[:, 0]
        pyramid = _inset(pyramid, halo)
        return DenseFeatures(pyramid, F.normalize(self.dense(pyramid).float(), dim=1), objectness, kept)

    def _merge(self, x4: Tensor) -> Tensor:
        """The pyramid (B, C, h, w) at stride 8 of features at stride 4."""
        x8 = self.stage8(x4)
        x16 = self.stage16(x8)
        up = F.interpolate(self.lateral32(self.stage32(x16)), scale_factor=2.0)
        up = F.interpolate(self.lateral16(x16) + up, scale_factor=2.0)
        return F.relu(self.smooth(up.add_(self.lateral8(x8))), inplace=True)

    def pool(self, pyramid: Tensor, valid: Tensor, tile_px: int) -> Tensor:
        """Pool the pyramid (B, C, h, w) over tiles of `tile_px` to unit vectors (B, D, ty, tx).

        Attention within the tile decides what counts, so that one ship in a square kilometre of sea
        is not averaged away; `valid` (B, h, w) is the share of valid pixels in each cell.
        """
        cells, (height, width) = tile_px // DENSE_STRIDE_PX, pyramid.shape[2:]
        read = attended(self.attend(pyramid), self.value(pyramid), valid, cells)
        tiles = self.pooled(read.reshape(len(pyramid), height // cells, width // cells, -1))
        return F.normalize(tiles.float(), dim=-1).permute(0, 3, 1, 2)


def attended(attention: Tensor, values: Tensor, valid: Tensor, cells: int) -> Tensor:
    """Mean of the values of each tile, each head of them under its own attention.

    Args:
        attention: (B, heads, h, w) logits.
        values: (B, heads * C, h, w).
        valid: (B, h, w) share of valid pixels in each cell.
        cells: Along one side of a tile.

    Returns:
        (B * ty * tx, heads * C).
    """
    heads = attention.shape[1]
    # the bound keeps the exponential far from overflow without a maximum over the tile
    attention = torch.exp(8 * torch.tanh(attention.float() / 8)) * valid[:, None]
    # of each tile and head: n cells' attention (1, n) times their values (n, width / heads)
    weight = _by_tile(attention, cells, heads).transpose(1, 2)
    weight = weight / weight.sum(2, keepdim=True).clamp_min(1e-6 * cells**2)  # no NaN without a valid pixel
    return torch.bmm(weight, _by_tile(values.float(), cells, heads)).reshape(-1, values.shape[1])


def standardized(pixels: Tensor) -> Tensor:
    """Bytes (B, H, W), 0 = invalid, as scaled value and mask (B, 2, H, W) float32; an invalid pixel has the mean's."""
    scaling = _scaling(torch.tensor(BYTE_MEAN), torch.tensor(BYTE_STD)).to(pixels.device)
    return (_byte_and_mask(pixels).to(torch.float32) @ scaling.T).permute(0, 3, 1, 2)


def _byte_and_mask(pixels: Tensor) -> Tensor:
    """Bytes (B, H, W) and whether each is valid: (B, H, W, 2) uint8."""
    return torch.stack((pixels, (pixels != 0).to(pixels.dtype)), dim=-1)


def _scaling(mean: Tensor, std: Tensor) -> Tensor:
    """Matrix (2, 2) from byte and mask to the network's input: an invalid pixel has the mean's value, 0."""
    scale = 1 / (255 * std)
    mask = torch.stack((torch.zeros_like(scale), torch.ones_like(scale)))
    return torch.stack((torch.stack((scale, -mean / std)), mask))


def _inset(maps: Tensor, cells: int) -> Tensor:
    """Maps (B, C, h, w) without `cells` on each side."""
    return maps[:, :, cells : maps.shape[2] - cells, cells : maps.shape[3] - cells]


def _by_tile(maps: Tensor, cells: int, heads: int) -> Tensor:
    """Maps (B, heads * C, h, w) as the cells of tiles: (B * ty * tx * heads, cells ** 2, C)."""
    batch, channels, height, width = maps.shape
    split = maps.permute(0, 2, 3, 1).reshape(
        batch, height // cells, cells, width // cells, cells, heads, channels // heads
    )
    return split.permute(0, 1, 3, 5, 2, 4, 6).reshape(-1, cells**2, channels // heads)


def fuse(tower: Network, join: Joiner = nn.utils.fuse_conv_bn_eval) -> Network:
    """Fold every batch normalisation into the convolution before it; the result gives the same map.

    The tower is changed in place and must be in evaluation mode.

    Args:
        tower: To change.
        join: Makes one convolution of both; `with_bias` where the weights are still to come.
    """
    for module in list(tower.modules()):
        for name, child in module.named_children():
            match list(child.children()):
                case [nn.Conv2d() as convolution, nn.BatchNorm2d() as norm]:
                    setattr(module, name, join(convolution, norm))
    return tower


def with_bias(convolution: nn.Conv2d, _: nn.BatchNorm2d) -> nn.Conv2d:
    """A convolution of the same shape that has a bias: room for the weights of a tower that was fused.

    Joining weights that do not exist yet, on the meta device, would import half of torch's compiler: 130 MB.
    """
    kernel, stride, padding = convolution.kernel_size, convolution.stride, convolution.padding
    return nn.Conv2d(convolution.in_channels, convolution.out_channels, kernel, stride, padding)  # type: ignore[arg-type]
