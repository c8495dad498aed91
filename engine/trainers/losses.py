"""Losses of SARCLIP: contrast with partial truth, and the focal loss of object cores."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor

MOST_CORE = 60.0
"""Weight of all cores of a crop that `core_focal` counts: one harbour full of boats outweighed a batch of seas."""


def partial_contrast(
    logits: Tensor, truth: Tensor, row_weight: Tensor | None = None, false_weight: Tensor | None = None
) -> Tensor:
    """InfoNCE in which each pair is true, false or unknown.

    Every true pair is contrasted with the false pairs of its row only, so that equal or synonymous
    captions are never each other's negatives and what nobody annotated costs nothing:

        loss(i, p) = -log( e^l(i,p) / ( e^l(i,p) + sum over false q of e^l(i,q) ) )

    Args:
        logits: (N, P) scaled similarities.
        truth: (N, P) integers: 1 true, 0 false, -1 unknown.
        row_weight: (N,) weight of each row, or None for equal ones.
        false_weight: (N, P) how often each false pair counts in the sum; None for once each.

    Returns:
        Weighted mean over true pairs, each row counted once; 0 where no pair is true.
    """
    false = logits if false_weight is None else logits + false_weight.clamp_min(1e-9).log()
    against = false.masked_fill(truth != 0, float("-inf")).logsumexp(dim=1, keepdim=True)
    # softplus(a - l) is the loss above; a row without false pairs has a = -inf and loss 0
    loss = F.softplus((against - logits).clamp(min=-60.0))
    true = (truth == 1).to(logits.dtype)
    count = true.sum(1)
    weight = (count > 0).to(logits.dtype) if row_weight is None else row_weight * (count > 0)
    rows = (loss * true).sum(1) / count.clamp_min(1)
    return (rows * weight).sum() / weight.sum().clamp_min(1e-6)


def core_focal(logits: Tensor, heat: Tensor, core: Tensor, known: Tensor) -> Tensor:
    """Penalty-reduced focal loss of object centres (Zhou et al., arXiv 1904.07850, eq. 1), with cores for points.

    Each object's positives are the cells of its core, not the one cell of its centre: which cell of a long
    hull holds the centre nobody can tell, and a map that is punished for not telling stays dim.

    Args:
        logits: (B, h, w) before the sigmoid.
        heat: (B, h, w) in 0..1: how near an object a cell is, and how little it is punished for.
        core: (B, h, w) weight of the positives, 0 elsewhere; those of a crop are scaled to `MOST_CORE` at most.
        known: (B, h, w) false where nobody said whether there is an object.

    Returns:
        Sum over known cells divided by the weight of all positives.
    """
    probability = torch.sigmoid(logits)
    weight = core * known
    weight = weight * (MOST_CORE / weight.sum((1, 2), keepdim=True).clamp_min(MOST_CORE))
    positive = (1 - probability) ** 2 * F.logsigmoid(logits) * weight
    negative = (1 - heat) ** 4 * probability**2 * F.logsigmoid(-logits) * (known & (core == 0))
    return -(positive.sum() + negative.sum()) / weight.sum().clamp_min(1)
