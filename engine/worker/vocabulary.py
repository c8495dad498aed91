"""What the bundled models were taught to name, and how near a prompt is to it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.errors import InputError
from engine.model.sarclip import SarClip
from engine.tasks.prompts import check_prompts

VOCABULARY = Path(__file__).resolve().parents[2] / "resources" / "vocabulary.json"
_NEAR = 3  # phrases that are suggested


@cache
def phrases() -> list[str]:
    """Phrases of the training, written by `training.vocabulary`."""
    found: list[str] = json.loads(VOCABULARY.read_text(encoding="utf-8"))["phrases"]
    return found


class Vocabulary:
    """The phrases as one model understands them."""

    def __init__(self, model: SarClip) -> None:
        self._model = model
        with torch.inference_mode():
            self._vectors = model.text.encode_text(phrases()).float().cpu().numpy()  # (phrases, D)

    def check(self, prompt: str) -> dict[str, Any]:
        """Whether the model can read a prompt, why not, and the phrases nearest to it."""
        try:
            (cleaned,) = check_prompts([prompt])
            vector = self._model.encode_text([cleaned])[0]
        except InputError as error:
            return {"prompt": prompt, "known": False, "message": str(error), "near": []}
        nearest = np.argsort(-(self._vectors @ vector))
        near = [
            phrases()[at] for at in nearest[: _NEAR + 1] if phrases()[at].casefold() != cleaned.casefold()
        ]
        return {"prompt": prompt, "known": True, "message": "", "near": near[:_NEAR]}
