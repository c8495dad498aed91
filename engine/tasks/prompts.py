"""Prompts, checked once for all tasks, and what a score is measured against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.model import ModelSpec

Floats = NDArray[np.float32]

_ALIKE = 0.5  # centred cosine from which a background prompt says the same as the prompt
_TINY = np.finfo(np.float32).tiny  # of rivals that are all hopeless beside another background prompt


def check_prompts(prompts: Sequence[str]) -> list[str]:
    """Prompts without space around them.

    Raises:
        InputError: There is none, or one is empty or given twice.
    """
    cleaned = [" ".join(prompt.split()) for prompt in prompts]
    if not cleaned:
        raise InputError("no prompt: type what to look for, such as 'ships near harbor'")
    for prompt in cleaned:
        if not prompt:
            raise InputError("a prompt is empty: type what to look for, such as 'ships near harbor'")
        if not prompt.isprintable():
            raise InputError(f"prompt {prompt!r} has characters that cannot be shown: leave them out")
        if [other.casefold() for other in cleaned].count(prompt.casefold()) > 1:
            raise InputError(f"prompt {prompt!r} is given twice: leave one out")
    return cleaned


def background_of(spec: ModelSpec, background: Sequence[str]) -> list[str]:
    """The background prompts that were asked for, or the model's own."""
    return check_prompts(background) if background else list(spec.background)


def contrast(cosines: Floats, prompts: int, rivals: NDArray[np.bool_], scale: float) -> Floats:
    """Score of each prompt against its background: the softmax of the two sides, 0..1.

        score(p) = e^(s c_p) / ( e^(s c_p) + sum over rivals b of p of e^(s c_b) )

    An absolute cosine means nothing across scenes; that it beats what else may be there does.

    Args:
        cosines: (..., prompts + background).
        prompts: How many of the last axis are prompts; the others are background.
        rivals: (prompts, background) which background prompts count against which prompt.
        scale: The model's logit scale s.
    """
    logits = np.float32(scale) * cosines.reshape(-1, cosines.shape[-1])
    asked, others = logits[:, :prompts], logits[:, prompts:]
    shift = others.max(-1, keepdims=True)
    against = np.exp(others - shift) @ rivals.T.astype(np.float32)
    with np.errstate(over="ignore"):  # a prompt that is hopeless: 1 / infinity
        odds_against = np.maximum(against, _TINY) * np.exp(shift - asked)
    score: Floats = (1 / (1 + odds_against)).reshape(*cosines.shape[:-1], prompts)
    return score


def rivals_of(texts: Floats, prompts: int) -> NDArray[np.bool_]:
    """Which background prompts count against which prompt: all but those that say the same.

    "Vessel" must not lose against a background "ship". Texts of one model all point much the same way,
    so they are compared after their mean is taken off.

    Args:
        texts: (prompts + background, D) unit vectors.
        prompts: How many of them are prompts.

    Returns:
        (prompts, background) bool; at least one rival is kept for each prompt.
    """
    background = texts[prompts:]
    centred = texts - background.mean(0)
    centred = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
    alike = centred[:prompts] @ centred[prompts:].T
    kept: NDArray[np.bool_] = alike < _ALIKE
    none_left = ~kept.any(1)
    kept[none_left, alike[none_left].argmin(1)] = True
    return kept
