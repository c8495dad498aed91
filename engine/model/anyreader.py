"""AnyReader: one embedding for an image of any size, read through an encoder of one size.

An image becomes views: a grid of windows at native resolution and one downsampled view of the whole
(the idea of DetailCLIP, arXiv 2208.14649, and of AnyReader in IEEE TGRS 63, 2025, 5223211). All go
through the same encoder. The result is the masked mean of the views plus a residual from a small
transformer over view tokens. The residual's last layer starts at zero, so that any CLIP works in it
untrained, as plain pooling; and where there is one view only, the result is the encoder's own embedding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn

from engine.errors import InputError

_FREQUENCIES = 4  # octaves of the position code: enough for grids of up to 16 views a side


@dataclass(frozen=True, slots=True)
class AnyReaderConfig:
    """Sizes of the fusing transformer."""

    embed_dim: int
    layers: int = 2
    heads: int = 4
    hidden_factor: int = 2


@dataclass(frozen=True, slots=True)
class ViewGrid:
    """Where the views of an image lie: `rows` x `cols` native windows of `view_px`, then one of the whole."""

    height: int
    width: int
    view_px: int

    def __post_init__(self) -> None:
        """Refuse an image without pixels."""
        if min(self.height, self.width, self.view_px) < 1:
            size = f"{self.height} x {self.width} px in views of {self.view_px} px"
            raise InputError(f"image of {size}: give at least 1 x 1")

    @property
    def rows(self) -> int:
        """Native windows from top to bottom: ceil(height / view_px); the last is padded, never dropped."""
        return math.ceil(self.height / self.view_px)

    @property
    def cols(self) -> int:
        """Native windows from left to right."""
        return math.ceil(self.width / self.view_px)

    @property
    def has_whole(self) -> bool:
        """Whether there is a view of the whole: not where a single window already is the whole."""
        return self.rows * self.cols > 1

    def places(self) -> Tensor:
        """(N, 3): y and x of each view's centre in 0..1 of the image, and its scale.

        The scale is log2 of how many image pixels one view pixel covers, 0 for native windows.
        """
        ys = (torch.arange(self.rows) + 0.5) * self.view_px / self.height
        xs = (torch.arange(self.cols) + 0.5) * self.view_px / self.width
        scale = torch.zeros(self.rows, self.cols)
        native = torch.stack((*torch.meshgrid(ys, xs, indexing="ij"), scale), dim=-1)
        if not self.has_whole:
            return native.reshape(-1, 3)
        factor = math.log2(max(self.height, self.width) / self.view_px)
        return torch.cat((native.reshape(-1, 3), torch.tensor([[0.5, 0.5, max(factor, 0.0)]])))


def masked_mean(views: Tensor, weight: Tensor) -> Tensor:
    """Mean of views (B, N, D) under weights (B, N), to unit length; a view of weight 0 does not count."""
    return F.normalize((views * weight[..., None]).sum(1), dim=-1)


class AnyReader(nn.Module):
    """Fuses view embeddings into one; see the module's docstring."""

    def __init__(self, config: AnyReaderConfig) -> None:
        super().__init__()
        width = config.embed_dim
        self.place = nn.Linear(4 * _FREQUENCIES + 1, width)
        layer = nn.TransformerEncoderLayer(
            width, config.heads, config.hidden_factor * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.mixer = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.residual = nn.Linear(width, width)
        nn.init.zeros_(self.residual.weight)
        nn.init.zeros_(self.residual.bias)

    def forward(self, views: Tensor, places: Tensor, weight: Tensor) -> Tensor:
        """Fuse the views of each image.

        Args:
            views: (B, N, D) unit vectors.
            places: (B, N, 3) as `ViewGrid.places` gives them.
            weight: (B, N) share of valid pixels; a view of weight 0 is masked everywhere.

        Returns:
            (B, D) unit vectors; zeros where an image has no valid view.
        """
        mean = masked_mean(views, weight)
        seen = weight > 0
        alone = seen.sum(1) <= 1
        tokens = views + self.place(_place_code(places))
        # a row whose keys are all masked would be NaN; those rows are `alone` and get no residual
        mixed = self.mixer(tokens, src_key_padding_mask=~(seen | alone[:, None]))
        share = F.normalize(weight, p=1.0, dim=1)
        residual = self.residual((mixed * share[..., None]).sum(1))
        fused = F.normalize(mean + residual, dim=-1)
        return torch.where(alone[:, None], mean, fused)

    def with_context(self, tiles: Tensor, context: Tensor, places: Tensor, coarse_factor: int) -> Tensor:
        """Tiles of a scene, each seen beside the coarse view of the window around it.

        The coarse view never enters the mean, only the residual: untrained, a tile keeps the encoder's
        own embedding.

        Args:
            tiles: (T, D) unit vectors.
            context: (T, D) unit vectors of the coarse views.
            places: (T, 3) of the tiles in their windows.
            coarse_factor: By how much the coarse view is downsampled.
        """
        whole = torch.tensor([0.5, 0.5, math.log2(coarse_factor)]).to(places).expand(len(places), -1)
        code = _place_code(torch.stack((places, whole), dim=1))
        tokens = torch.stack((tiles, context), dim=1) + self.place(code)
        return F.normalize(tiles + self.residual(self.mixer(tokens)[:, 0]), dim=-1)


def _place_code(places: Tensor) -> Tensor:
    """Sines and cosines of y and x at octaves, and the scale: (..., 3) to (..., 4 * octaves + 1)."""
    octaves = math.pi * 2.0 ** torch.arange(_FREQUENCIES, device=places.device)
    angles = (places[..., :2, None] * octaves).flatten(-2)
    return torch.cat((angles.sin(), angles.cos(), places[..., 2:]), dim=-1)
