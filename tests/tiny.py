"""Models of a few kilobytes with random weights, for tests that need one that runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.model.anyreader import AnyReader, AnyReaderConfig
from engine.model.bundled import BundledSettings
from engine.model.look import Look, LookConfig
from engine.model.text import CaptionHead, TextConfig, TextTower
from engine.model.towers import ImageConfig, ImageTower
from training.export import export

IMAGE = ImageConfig(
    widths=(4, 8, 8, 12, 12),
    depths=(1, 1, 1, 1),
    pyramid=12,
    object_width=4,
    pool_heads=2,
    pool_width=8,
    embed_dim=16,
)
# how far an output of such a tower can see: its kernels add up to 152 px, and nearest upsampling by
# 4 from cells of 32 px adds up to one of these
REACH_PX = 192
LOOK = LookConfig(widths=(4, 6, 8, 8), depths=(1, 1, 1, 1), pool_heads=2, pool_width=8)
VOCABULARY = (
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "of", "ship", "##s", "sea", "harbor", "near"),
    *("town", "radar", "image", "sar", "the", "forest", "open", "calm"),
)
TEXT = TextConfig(
    width=64, layers=2, heads=4, hidden=64, vocabulary=len(VOCABULARY), context_length=12, embed_dim=16
)
CAPTION_DEPTH = 6
LONGEST_PHRASE = 40  # tokens of a phrase of the training, at most
SETTINGS = BundledSettings(
    templates=("{}", "a sar image of {}"),
    background=("sea", "town"),
    logit_scale=11.0,
    tile_px=64,
    tiles_per_window=3,
    margin_px=32,
    coarse_factor=4,
)


def image_tower(config: ImageConfig = IMAGE, seed: int = 0) -> ImageTower:
    """A tower whose normalisations are not the identity, in evaluation mode."""
    torch.manual_seed(seed)
    tower = ImageTower(config)
    for module in tower.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
            module.momentum = None  # plain mean of what follows
    tower(torch.from_numpy(picture(2, 96, 160, seed=seed)))
    return tower.eval()


def captioning_file(folder: Path) -> Path:
    """A model that was taught captions and is drawn to three phrases of two meanings, all at random."""
    torch.manual_seed(5)
    text = text_tower()
    text.config = replace(text.config, caption_dim=CAPTION_DEPTH, anchors=3, meanings=(2, 1))
    text.caption = CaptionHead(text.config.width, CAPTION_DEPTH)
    text.anchors = nn.functional.normalize(torch.randn(3, text.config.width), dim=-1)
    reader = AnyReader(AnyReaderConfig(IMAGE.embed_dim, CAPTION_DEPTH, width=16))
    nn.init.normal_(reader.residual.weight, std=0.3)
    return export(image_tower(), text.eval(), SETTINGS, folder / "captions.safetensors", reader.eval())


def look(seed: int = 0) -> Look:
    """A second look that corrects at random, in evaluation mode."""
    torch.manual_seed(seed)
    found = Look(LOOK, IMAGE)
    nn.init.normal_(found.view[-1].weight, std=0.5)
    return found.eval()


def looking_file(folder: Path) -> Path:
    """A model with a second look."""
    return export(image_tower(), text_tower(), SETTINGS, folder / "looking.safetensors", look=look())


def text_tower(seed: int = 0, context_length: int = TEXT.context_length) -> TextTower:
    """A text tower over `VOCABULARY`."""
    torch.manual_seed(seed)
    tower = TextTower(replace(TEXT, context_length=context_length), VOCABULARY)
    nn.init.normal_(tower.sentences.words.weight)
    nn.init.normal_(tower.sentences.positions, std=0.5)
    return tower.eval()


def picture(batch: int, height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """Noise of bytes (B, H, W), all valid."""
    return np.random.default_rng(seed).integers(1, 256, (batch, height, width), dtype=np.uint8)


def tensor(batch: int, height: int, width: int, seed: int = 0) -> Tensor:
    """The same as a tensor."""
    return torch.from_numpy(picture(batch, height, width, seed))


def model_file(folder: Path) -> Path:
    """A whole model in the file format of the bundled ones."""
    return export(image_tower(), text_tower(), SETTINGS, folder / "tiny.safetensors")
