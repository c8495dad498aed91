"""From a trained module to the file that is shipped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.model.anyreader import AnyReader, AnyReaderConfig
from engine.model.bundled import FORMAT, BundledSettings
from engine.model.look import Look
from engine.model.quantize import pack, unpack
from engine.model.text import TextTower
from engine.model.towers import ImageTower, fuse

# half-bytes leave the sentence vectors of the training's phrases at a cosine of .990 to their own, and what is made of
# them at .993: of the matrices tried, these cost least for the room that the second look needs
INT4 = frozenset(
    {
        "text.sentences.words.weight",
        "text.sentences.layers.0.up.weight",
        *(f"text.sentences.layers.{layer}.down.weight" for layer in range(6)),
    }
)


def sort_dimensions(image: ImageTower, text: TextTower, batches: Iterable[Tensor]) -> None:
    """Turn the joint space, in place, so that its first dimensions tell most of what dense maps hold.

    Every cosine stays as it was. It lets an embedding store keep only the first dimensions of a cell
    (`engine.scan.codec.leading_codec`).

    Args:
        image: Trained tower.
        text: Tower with its trained head.
        batches: Byte pictures (B, H, W) that the axes are taken from.
    """
    image.eval()
    depth = image.config.embed_dim
    moment = torch.zeros(depth, depth)
    with torch.no_grad():
        for pixels in batches:
            vectors = image(pixels).dense.permute(0, 2, 3, 1)[pixels[:, 4::8, 4::8] != 0]
            moment += vectors.T @ vectors / len(vectors)
        axes = torch.linalg.eigh(moment).eigenvectors.flip(1).T  # rows: largest first
        for layer in (image.dense, image.pooled[-1], text.head):
            weight = axes @ layer.weight.flatten(1)
            layer.weight.copy_(weight.reshape(layer.weight.shape))
            layer.bias.copy_(axes @ layer.bias)


def settle(text: TextTower) -> None:
    """Give a text tower, in place, the weights that it will have once it is exported and loaded."""
    names = frozenset(name.removeprefix("text.") for name in INT4)
    text.load_state_dict(unpack(pack(text.state_dict(), names)))


def export(
    image: ImageTower,
    text: TextTower,
    settings: BundledSettings,
    path: Path,
    reader: AnyReader | None = None,
    look: Look | None = None,
) -> Path:
    """Write both towers and the AnyReader as one safetensors file.

    Args:
        image: Trained tower; its normalisations are folded in, in place.
        text: Tower with its trained head.
        settings: What the file says of itself.
        path: Where to write.
        reader: Trained AnyReader; None for plain pooling.
        look: Trained second look, whose normalisations are folded in, in place; None for none.
    """
    reader = reader or AnyReader(AnyReaderConfig(image.config.embed_dim))
    parts = {"image": fuse(image.eval()), "text": text, "reader": reader}
    parts |= {"look": fuse(look.eval())} if look else {}
    state = {f"{part}.{name}": value for part, module in parts.items() for name, value in module.state_dict().items()}
    metadata = {
        "format": FORMAT,
        "settings": json.dumps(asdict(settings)),
        "image": json.dumps(asdict(image.config)),
        "text": json.dumps(asdict(text.config)),
        "reader": json.dumps(asdict(reader.config)),
        "vocabulary": "\n".join(text.vocabulary),
    }
    if look:
        metadata["look"] = json.dumps(asdict(look.config))
    with torch.no_grad():
        save_file(pack(state, INT4), path, metadata)
    return path
