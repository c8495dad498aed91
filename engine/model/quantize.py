"""Weights in few bytes: how the bundled models travel.

A matrix is stored as bytes with a scale for each row (int8), a table of word vectors as half-bytes with
a scale for each group of 64 (int4). Both are turned back into float32 when a model is loaded; nothing is
computed in integers.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

INT4_GROUP = 64
_INT4_CLIPS = (7.0, 7.5, 8.0, 8.5, 9.5, 10.5, 12.5)  # levels that a group's largest value may be put at
_SMALLEST = 4096  # tensors with fewer elements stay as they are: nothing to gain
_MIN_SCALE = 2.0**-24  # the smallest float16: a scale must not vanish in it, rows of zeros divide by it


def pack(state: Mapping[str, Tensor], int4: frozenset[str] = frozenset()) -> dict[str, Tensor]:
    """Quantise a state dict.

    Args:
        state: Float tensors.
        int4: Names of matrices to store as half-bytes; their rows are a multiple of 64 long.

    Returns:
        For each tensor either itself as float16, or `name:int8` / `name:int4` with `name:scale`.
    """
    packed: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if name in int4:
            packed[f"{name}:int4"], packed[f"{name}:scale"] = _to_int4(tensor)
        elif tensor.ndim >= 2 and tensor.numel() >= _SMALLEST:
            packed[f"{name}:int8"], packed[f"{name}:scale"] = _to_int8(tensor)
        else:
            packed[name] = tensor.detach().to(torch.float16).contiguous()
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Undo `pack`: float32 tensors under their own names."""
    state: dict[str, Tensor] = {}
    for name, tensor in packed.items():
        stem, _, form = name.partition(":")
        if form == "int8":
            scale = packed[f"{stem}:scale"].float()
            state[stem] = tensor.float() * scale.reshape(-1, *[1] * (tensor.ndim - 1))
        elif form == "int4":
            state[stem] = _from_int4(tensor, packed[f"{stem}:scale"])
        elif not form:
            state[stem] = tensor.float()
    return state


def _to_int8(tensor: Tensor) -> tuple[Tensor, Tensor]:
    rows = tensor.detach().float().flatten(1)
    scale = (rows.abs().amax(1) / 127).clamp_min(_MIN_SCALE).half()
    levels = (rows / scale.float()[:, None]).round().clamp(-127, 127)
    return levels.to(torch.int8).reshape(tensor.shape), scale


def _to_int4(tensor: Tensor) -> tuple[Tensor, Tensor]:
    """Half-bytes (rows, columns / 2) and scales (rows, columns / 64).

    Of the clipping points that with the smallest squared error is kept for each group: clipping the largest value a
    little spends the sixteen levels better. Two of them map a largest level of 7 or of 8, and what was packed before
    has no other, to itself: a model that is loaded and exported again stays what it is.
    """
    groups = tensor.detach().float().reshape(len(tensor), -1, INT4_GROUP)
    largest = groups.abs().amax(-1, keepdim=True)
    best_scale, best_error = largest, torch.full_like(largest, float("inf"))
    for level in _INT4_CLIPS:
        scale = (largest / level).clamp_min(_MIN_SCALE).half().float()
        error = (groups - (groups / scale).round().clamp(-8, 7) * scale).pow(2).sum(-1, keepdim=True)
        best_scale = torch.where(error < best_error, scale, best_scale)
        best_error = torch.minimum(error, best_error)
    levels = ((groups / best_scale).round().clamp(-8, 7) + 8).to(torch.uint8).reshape(len(tensor), -1)
    return levels[:, ::2] | (levels[:, 1::2] << 4), best_scale[..., 0].half()


def _from_int4(halves: Tensor, scale: Tensor) -> Tensor:
    levels = torch.stack((halves & 15, halves >> 4), dim=-1).reshape(len(halves), -1)
    groups = (levels.float() - 8).reshape(len(levels), -1, INT4_GROUP)
    return (groups * scale.float()[..., None]).reshape(len(levels), -1)
