"""Frozen features of chips: what a probe is trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.model.sarclip import SarClip
from engine.model.windows import PyramidWindows
from training.evaluation.contestants import Contestant, reading, zoomed
from training.sources.picture import centre

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

ZOOMS = (1.0, 2.0, 3.0)
MAP_ZOOM = 2.0
MAP_GRID = 3  # a map's mean is taken over 3 x 3 parts of the chip
FINE_GRID = 8  # or over so many a side: what lies where, as raw pixels have it
_STRIDE_PX = 32


@dataclass(frozen=True, eq=False)
class Feature:
    """Features (N, F) of all chips under one name."""

    name: str
    values: Floats


def embeddings(contestant: Contestant, chips: Sequence[Bytes]) -> list[Feature]:
    """The embedding of every chip at native size and enlarged, all of them side by side, and what maps hold of it."""
    found = [
        Feature(f"embedding {zoom:g}x", contestant.images(zoomed(chip, zoom) for chip in chips)) for zoom in ZOOMS
    ]
    found.append(Feature("embeddings 1x 2x 3x", np.concatenate([feature.values for feature in found], axis=1)))
    windows = contestant.model.windows
    if isinstance(windows, PyramidWindows):
        found.append(Feature(f"pyramid {MAP_ZOOM:g}x", maps(contestant.model, windows.tower_maps, chips, MAP_ZOOM)))
        if windows.look is not None:
            found.append(Feature("look 1x", maps(contestant.model, windows.look_maps, chips, 1.0)))
            found.append(Feature("look 1x, 8 x 8", maps(contestant.model, windows.look_maps, chips, 1.0, FINE_GRID)))
    return found


def maps(
    model: SarClip,
    read: Callable[[Tensor], Sequence[Tensor]],
    chips: Sequence[Bytes],
    zoom: float,
    grid: int = MAP_GRID,
) -> Floats:
    """Mean over `grid` x `grid` parts, deviation and maximum of the maps that `read` gives of each enlarged chip."""
    found = []
    for chip in chips:
        enlarged = zoomed(chip, zoom)
        side = -(-max(enlarged.shape) // _STRIDE_PX) * _STRIDE_PX
        pixels = torch.from_numpy(centre(enlarged, side))[None].to(model.device)
        with reading(model):
            found.append(torch.cat([_pooled(plane[0].float(), grid) for plane in read(pixels)]).cpu().numpy())
    return np.stack(found)


def _pooled(features: Tensor, grid: int) -> Tensor:
    """(C, h, w) to ((grid ** 2 + 2) * C,)."""
    parts = torch.nn.functional.adaptive_avg_pool2d(features, grid).flatten()
    return torch.cat((parts, features.std((1, 2)), features.amax((1, 2))))
