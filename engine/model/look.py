"""The second, slower look: a small network that is shown again only what somebody asks about.

The image tower reads every pixel of a scene and must be fast. Which of ten vehicles a chip shows takes more work
than that leaves for each pixel. The look has it: it reads the tower's features and the pixels themselves of an image
that is asked about as a whole, and corrects the embeddings of its views and the objectness that its objects
are counted by. What it has to say starts with no weight, so that a model whose look was not trained is the tower alone.

A scene is read by the tower alone. Shown the blocks of a scene where the tower saw a sign of an object, both took two
and a half times as long as the tower and found no more ships (`docs/model.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn

from engine.model.towers import (
    OBJECTS_BIAS,
    Block,
    DenseFeatures,
    ImageConfig,
    ImageTower,
    attended,
    conv_norm,
    standardized,
)

LOOK_STRIDE_PX = 16  # of its coarsest features, where views are pooled


@dataclass(frozen=True, slots=True)
class LookConfig:
    """Sizes of the second look."""

    stem: int = 24  # channels at stride 2
    fine: int = 64  # at stride 4
    middle: int = 96  # at stride 8
    coarse: int = 128  # at stride 16
    depths: tuple[int, int, int] = (3, 2, 1)  # residual blocks at strides 4, 8 and 16
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
        fine, middle, coarse = config.fine, config.middle, config.coarse
        at4, at8, at16 = config.depths
        self.stem = nn.Sequential(conv_norm(2, config.stem, stride=2), nn.ReLU(inplace=True))
        self.enter = conv_norm(config.stem, fine, stride=2)
        self.from_fine = nn.Conv2d(tower.widths[1], fine, 1)
        self.from_pyramid = nn.Conv2d(tower.pyramid, fine, 1)
        self.fine = nn.Sequential(*(Block(fine) for _ in range(at4)))
        self.down = conv_norm(fine, middle, stride=2)
        self.beside = nn.Conv2d(tower.pyramid, middle, 1)
        self.middle = nn.Sequential(*(Block(middle) for _ in range(at8)))
        self.up = nn.Conv2d(middle, fine, 1)
        self.mix = Block(fine)
        self.objects = nn.Conv2d(fine, 1, 1)
        self.share = nn.Parameter(torch.zeros(()))  # of the objectness that is the look's, the rest is the tower's
        self.deeper = conv_norm(middle, coarse, stride=2)
        self.coarse = nn.Sequential(*(Block(coarse) for _ in range(at16)))
        self.attend = nn.Conv2d(coarse, config.pool_heads, 1)
        self.value = nn.Conv2d(coarse, config.pool_width, 1)
        width = config.pool_width
        self.view = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, tower.embed_dim))
        with torch.no_grad():
            self.objects.get_parameter("bias").fill_(OBJECTS_BIAS)
            self.view[-1].get_parameter("weight").zero_()
            self.view[-1].get_parameter("bias").zero_()

    def read(self, seen: Seen) -> tuple[Tensor, Tensor]:
        """Features of pictures at strides 4, (B, C, H/4, W/4), and 8; H and W are multiples of 16."""
        pixels = self.enter(self.stem(standardized(seen.pixels).to(self.from_fine.weight.dtype)))
        around = F.interpolate(self.from_pyramid(seen.pyramid), scale_factor=2.0)
        fine = self.fine(F.relu(pixels + self.from_fine(seen.fine) + around))
        return fine, self.middle(F.relu(self.down(fine) + self.beside(seen.pyramid)))

    def find(self, fine: Tensor, middle: Tensor) -> Tensor:
        """The look's own objectness, logits (B, H/4, W/4), by features as `read` gives them."""
        mixed = self.mix(F.relu(fine + F.interpolate(self.up(middle), scale_factor=2.0)))
        found: Tensor = self.objects(mixed).float()[:, 0]
        return found

    def correct(self, objectness: Tensor, found: Tensor) -> Tensor:
        """The tower's logits and those that `find` gives, (B, h, w) each, as one."""
        return torch.lerp(objectness, found, self.share.to(found.dtype))

    def deep(self, middle: Tensor) -> Tensor:
        """Features at stride 16 of those at stride 8."""
        found: Tensor = self.coarse(F.relu(self.deeper(middle)))
        return found

    def views(self, middle: Tensor, valid: Tensor, view_px: int) -> Tensor:
        """What each view shows, (B * vy * vx, pool_width), of features at stride 8.

        Args:
            middle: (B, C, H/8, W/8) as `read` gives them.
            valid: (B, H/16, W/16) share of valid pixels.
            view_px: Side of a view.
        """
        coarse = self.deep(middle)
        return attended(self.attend(coarse), self.value(coarse), valid, view_px // LOOK_STRIDE_PX)

    def tell(self, pooled: Tensor, shown: Tensor) -> Tensor:
        """The pooled views (..., D) of the tower, unit vectors, with what the look saw in them, (..., pool_width)."""
        return F.normalize(pooled + self.view(shown), dim=-1)
