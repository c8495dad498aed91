"""The second, slower look: a small network that is shown again only what somebody asks about.

The image tower reads every pixel of a scene and must be fast. Which of ten vehicles a chip shows takes more work
than that leaves for each pixel. The look has it: it reads the tower's features and the pixels themselves of an image
that is asked about as a whole, a third of its work at half their resolution, and corrects the embeddings of its views.
What it has to say starts with no weight, so that a model whose look was not trained is the tower alone. An image of
one view it reads mirrored, too, and says the mean of both.

A scene is read by the tower alone. A look at the blocks of a scene where the tower saw a sign of an object found no
more ships, in two and a half times the time (`docs/model.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn

from engine.model.towers import DenseFeatures, ImageConfig, ImageTower, attended, blocks, conv_norm, standardized

LOOK_STRIDE_PX = 16  # of its coarsest features, where views are pooled


@dataclass(frozen=True, slots=True)
class LookConfig:
    """Sizes of the second look."""

    widths: tuple[int, int, int, int] = (32, 64, 96, 112)  # channels at strides 2, 4, 8, 16
    depths: tuple[int, int, int, int] = (2, 2, 2, 2)  # residual blocks there
    pool_heads: int = 4  # attention maps that pool a view
    pool_width: int = 128


class Seen(NamedTuple):
    """Pictures (B, H, W) as the tower saw them, from which the look starts."""

    pixels: Tensor  # B, H, W uint8, 0 invalid
    fine: Tensor  # B, C, H/4, W/4
    pyramid: Tensor  # B, C, H/8, W/8


def seen(tower: ImageTower, pixels: Tensor) -> tuple[DenseFeatures, Seen]:
    """What the tower makes of pictures (B, H, W) uint8 whose sides are multiples of 32, for itself and for the look."""
    features = tower(pixels, keep_fine=True)
    return features, Seen(pixels, features.fine, features.pyramid)


class Look(nn.Module):
    """See the module's docstring."""

    def __init__(self, config: LookConfig, tower: ImageConfig) -> None:
        super().__init__()
        self.config = config
        w2, w4, w8, w16 = config.widths
        self.down2, self.at2 = conv_norm(2, w2, stride=2), blocks(w2, config.depths[0])
        self.down4, self.at4 = conv_norm(w2, w4, stride=2), blocks(w4, config.depths[1])
        self.down8, self.at8 = conv_norm(w4, w8, stride=2), blocks(w8, config.depths[2])
        self.down16, self.at16 = conv_norm(w8, w16, stride=2), blocks(w16, config.depths[3])
        self.from_fine = nn.Conv2d(tower.widths[1], w4, 1)
        self.from_pyramid = nn.Conv2d(tower.pyramid, w8, 1)
        self.attend = nn.Conv2d(w16, config.pool_heads, 1)
        self.value = nn.Conv2d(w16, config.pool_width, 1)
        width = config.pool_width
        self.view = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, tower.embed_dim))
        with torch.no_grad():
            self.view[-1].get_parameter("weight").zero_()
            self.view[-1].get_parameter("bias").zero_()

    def read(self, seen: Seen) -> tuple[Tensor, Tensor]:
        """Features of pictures at strides 8, (B, C, H/8, W/8), and 16; H and W are multiples of 16."""
        pixels = standardized(seen.pixels).to(self.attend.weight.dtype)
        half = self.at2(F.relu(self.down2(pixels), inplace=True))
        fine = self.at4(F.relu(self.down4(half) + self.from_fine(seen.fine), inplace=True))
        middle: Tensor = self.at8(F.relu(self.down8(fine) + self.from_pyramid(seen.pyramid), inplace=True))
        coarse: Tensor = self.at16(F.relu(self.down16(middle), inplace=True))
        return middle, coarse

    def views(self, coarse: Tensor, valid: Tensor, view_px: int) -> Tensor:
        """What each view shows, (B * vy * vx, pool_width), of features at stride 16.

        Args:
            coarse: (B, C, H/16, W/16) as `read` gives them.
            valid: (B, H/16, W/16) share of valid pixels.
            view_px: Side of a view.
        """
        return attended(self.attend(coarse), self.value(coarse), valid, view_px // LOOK_STRIDE_PX)

    def tell(self, pooled: Tensor, *shown: Tensor) -> Tensor:
        """The pooled views (..., D) of the tower, unit vectors, with what the look saw in them.

        Args:
            pooled: (..., D) unit vectors.
            shown: (..., pool_width) each, what one or several readings of the views showed.
        """
        return F.normalize(pooled + torch.stack([self.view(one) for one in shown]).mean(0), dim=-1)
