"""AnyReader: one embedding for an image of any size, read through an encoder of one size.

An image becomes views: a grid of windows at native resolution and one downsampled view of the whole
(the idea of DetailCLIP, arXiv 2208.14649, and of AnyReader in IEEE TGRS 63, 2025, 5223211). All go
through the same encoder. The result is the masked mean of the views plus a residual from a small
transformer over view tokens. The residual's last layer starts at zero, so that any CLIP works in it
untrained, as plain pooling; and where there is one view only, the result is the encoder's own embedding.

Beside the name of what an image shows, a caption tells how many and where. A pooled vector hardly
counts, so each view also brings a tally of the peaks of its objectness; from both, AnyReader reads
further dimensions that only captions are compared in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn

from engine.errors import InputError
from engine.model.peaks import APART, LEVELS, MIN_DISTANCE_PX, Candidates, Floats, Relief, local_peaks, thinned
from engine.model.towers import OBJECT_STRIDE_PX

_FREQUENCIES = 4  # octaves of the position code: enough for grids of up to 16 views a side
PEAK_LEVELS = (0.2, 0.35, 0.5, 0.65)  # of objectness, from which an object is counted: around what tells most ships
_COUNTED = 12  # counts told apart; captions say "many" above ten
_TALLY_CODE = len(PEAK_LEVELS) * _COUNTED


@dataclass(frozen=True, slots=True)
class AnyReaderConfig:
    """Sizes of the fusing transformer."""

    embed_dim: int
    caption_dim: int = 0  # dimensions that tell how many and where; 0 for a model that was not taught to
    width: int = 128  # of a token
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


def tally(objectness: Tensor, cells: int) -> Tensor:
    """Count the objects that the peaks of an objectness map stand for in each view.

    Args:
        objectness: (B, h, w) in 0..1.
        cells: Its cells along one side of a view.

    Returns:
        (B, N, levels): objects above each of `PEAK_LEVELS` in each of the N views, row by row; the last
        row and column of views may be cut.
    """
    height, width = (-(-side // cells) for side in objectness.shape[1:])
    counts = np.zeros((len(objectness), height * width, len(PEAK_LEVELS)), np.float32)
    for of_image, levels in zip(counts, objectness.float().cpu().numpy(), strict=True):
        found = _objects(levels)
        view = (found.xy // (OBJECT_STRIDE_PX * cells)).astype(np.intp) @ np.array([1, width])
        for level, least in enumerate(PEAK_LEVELS):
            np.add.at(of_image[:, level], view[found.scores >= least], 1)
    return torch.from_numpy(counts).to(objectness.device)


def _objects(objectness: Floats) -> Candidates:
    """Peaks of a map (h, w), thinned as those of a scene are."""
    rows, cols = local_peaks(objectness, PEAK_LEVELS[0])
    xy = OBJECT_STRIDE_PX * (np.stack((cols, rows), axis=1).astype(np.float32) + 0.5)
    relief = Relief(np.rint(objectness * LEVELS).astype(np.uint8), OBJECT_STRIDE_PX)
    apart = APART * OBJECT_STRIDE_PX
    return thinned(xy, objectness[rows, cols], apart, MIN_DISTANCE_PX, (1.0, 1.0), relief, PEAK_LEVELS[0])


class AnyReader(nn.Module):
    """Fuses view embeddings into one; see the module's docstring."""

    def __init__(self, config: AnyReaderConfig) -> None:
        super().__init__()
        self.config = config
        width, depth = config.width, config.embed_dim
        self.enter = nn.Linear(depth + _TALLY_CODE, width)
        self.place = nn.Linear(4 * _FREQUENCIES + 1, width)
        layer = nn.TransformerEncoderLayer(
            width, config.heads, config.hidden_factor * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.mixer = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.residual = nn.Linear(width, depth)
        self.context = nn.Linear(width, depth)  # of a scene's tile beside its coarse view
        for last in (self.residual, self.context):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        if config.caption_dim:
            self.caption = nn.Sequential(
                nn.Linear(width + _TALLY_CODE, 2 * width), nn.GELU(), nn.Linear(2 * width, config.caption_dim)
            )

    def forward(self, views: Tensor, places: Tensor, weight: Tensor, peaks: Tensor | None = None) -> Tensor:
        """Fuse the views of each image.

        Args:
            views: (B, N, D) unit vectors.
            places: (B, N, 3) as `ViewGrid.places` gives them.
            weight: (B, N) share of valid pixels; a view of weight 0 is masked everywhere.
            peaks: (B, N, levels) as `tally` gives them, 0 for the view of the whole; None for a model
                that has no objectness.

        Returns:
            (B, D) unit vectors; zeros where an image has no valid view.
        """
        return self.fuse(views, weight, self.mix(views, places, weight, peaks))

    def with_caption(self, views: Tensor, places: Tensor, weight: Tensor, peaks: Tensor) -> Tensor:
        """The same followed by what captions say beyond names: (B, D + caption_dim) unit vectors."""
        mixed = self.mix(views, places, weight, peaks)
        return join(self.fuse(views, weight, mixed), self.told(mixed, peaks))

    def told(self, mixed: Tensor, peaks: Tensor) -> Tensor:
        """What captions say beyond names, (B, caption_dim) unit vectors, of mixed tokens and all peaks."""
        return F.normalize(self.caption(torch.cat((mixed, _tally_code(peaks.sum(1))), dim=-1)), dim=-1)

    def mix(self, views: Tensor, places: Tensor, weight: Tensor, peaks: Tensor | None) -> Tensor:
        """Mean of the mixed tokens of each image, (B, width)."""
        tokens = self._tokens(views, places, peaks)
        seen = weight > 0
        # a row whose keys are all masked would be NaN; its weights are 0, so it does not matter what it sees
        mixed = self.mixer(tokens, src_key_padding_mask=~(seen | ~seen.any(1, keepdim=True)))
        share = F.normalize(weight, p=1.0, dim=1)
        mean: Tensor = (mixed * share[..., None]).sum(1)
        return mean

    def _tokens(self, views: Tensor, places: Tensor, peaks: Tensor | None) -> Tensor:
        shape = (*views.shape[:-1], _TALLY_CODE)
        code = views.new_zeros(shape) if peaks is None else _tally_code(peaks)
        tokens: Tensor = self.enter(torch.cat((views, code), dim=-1)) + self.place(_place_code(places))
        return tokens

    def fuse(self, views: Tensor, weight: Tensor, mixed: Tensor) -> Tensor:
        """Mean of the views, moved by what their mixed tokens tell: (B, D) unit vectors."""
        mean = masked_mean(views, weight)
        alone = (weight > 0).sum(1) <= 1
        fused = F.normalize(mean + self.residual(mixed), dim=-1)
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
        tokens = self._tokens(torch.stack((tiles, context), dim=1), torch.stack((places, whole), dim=1), None)
        return F.normalize(tiles + self.context(self.mixer(tokens)[:, 0]), dim=-1)


def join(name: Tensor, caption: Tensor) -> Tensor:
    """One unit vector (B, D + C) of the two parts (B, D) and (B, C), half the weight each."""
    return F.normalize(torch.cat((name, caption), dim=-1), dim=-1)


def _tally_code(peaks: Tensor) -> Tensor:
    """Counts (..., levels) as thermometers (..., levels * _COUNTED): from one count to the next one number rises."""
    steps = torch.arange(_COUNTED, device=peaks.device)
    return (peaks[..., None] - steps).clamp(0, 1).flatten(-2)


def _place_code(places: Tensor) -> Tensor:
    """Sines and cosines of y and x at octaves, and the scale: (..., 3) to (..., 4 * octaves + 1)."""
    octaves = math.pi * 2.0 ** torch.arange(_FREQUENCIES, device=places.device)
    angles = (places[..., :2, None] * octaves).flatten(-2)
    return torch.cat((angles.sin(), angles.cos(), places[..., 2:]), dim=-1)
