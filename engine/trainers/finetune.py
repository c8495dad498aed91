"""Fine-tune any open_clip model on pictures and captions, with wrong captions beside the true ones.

This is how the paper's sizes (ViT-B/32, B/16, L/14) are trained: the same loss as the bundled model's, on pooled
embeddings alone. `python -m training.finetune` feeds it with MMSAR.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn

from engine.errors import InputError
from engine.model import openclip, registry
from engine.trainers.distributed import gather, world
from engine.trainers.losses import partial_contrast

MAX_SCALE = 100.0  # of the logits, as in CLIP (arXiv 2103.00020, section 2.5)


class CaptionBatch(NamedTuple):
    """Pictures with one caption each, and wrong captions of theirs.

    On several processes every one must bring as many pictures and as many texts.
    """

    pixels: Tensor  # B, S, S uint8: one view of the encoder each, 0 = invalid
    tokens: Tensor  # T, L int64: captions of the pictures in order, then the wrong ones
    keys: Tensor  # T int64: equal for equal texts, see `key_of`
    owner: Tensor  # T int64: index of the picture that each text was written about


def key_of(text: str) -> int:
    """A number that equal texts share and others practically never: 63 bits of BLAKE2."""
    digest = hashlib.blake2b(" ".join(text.lower().split()).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def caption_truth(own: Tensor, keys: Tensor, owner: Tensor, pictures: int) -> Tensor:
    """Which text is true of which picture, (B, T): 1 true, 0 false, -1 unknown.

    A picture's own caption is true of it, and so is every text equal to it; its own wrong captions are false. Other
    pictures' captions count as false, as in CLIP; other pictures' wrong captions may be true here, so nobody knows.

    Args:
        own: (B,) indices of the pictures among all, those that `owner` speaks of.
        keys: (T,) of all texts; the first `pictures` are the captions, in the order of the pictures.
        owner: (T,) index of the picture that each text is about.
        pictures: How many there are in all.
    """
    caption = torch.arange(len(keys), device=keys.device) < pictures  # T
    truth = torch.where(caption, 0, -1).repeat(len(own), 1)  # B, T
    truth[owner[None] == own[:, None]] = 0
    truth[keys[None] == keys[own][:, None]] = 1
    return truth


@dataclass(frozen=True, slots=True)
class FinetuneConfig:
    """Settings of the loss and of memory."""

    bf16: bool = False  # run the towers in bfloat16
    checkpointing: bool = False  # compute activations twice instead of keeping them: less memory, a third slower
    freeze_text: bool = False


class ClipTrainer(nn.Module):
    """An open_clip model with the loss it is tuned by.

    Args:
        encoder: Both towers with their input statistics.
        config: Settings.
    """

    def __init__(self, encoder: openclip.OpenClipEncoder, config: FinetuneConfig | None = None) -> None:
        super().__init__()
        self.config = config or FinetuneConfig()
        self.encoder = encoder
        encoder.clip.requires_grad_(True)
        if self.config.checkpointing:
            encoder.clip.set_grad_checkpointing(True)
        if self.config.freeze_text:
            _freeze_text(encoder.clip)

    def embed(self, pixels: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Unit embeddings of views (B, D) and of texts (T, D), float32, with gradients."""
        clip, device = self.encoder.clip, self.encoder.mean.device
        with torch.autocast(device.type, torch.bfloat16, enabled=self.config.bf16):
            images = clip.encode_image(self.encoder.normalise(pixels))
            texts = clip.encode_text(tokens.to(device))
        return F.normalize(images.float(), dim=-1), F.normalize(texts.float(), dim=-1)

    def losses(self, batch: CaptionBatch) -> dict[str, Tensor]:
        """Contrast of pictures against texts, and of captions against pictures, over all processes."""
        images, texts = self.embed(batch.pixels, batch.tokens)
        device, here = images.device, world().rank
        pictures = len(images)
        own = pictures * here + torch.arange(pictures, device=device)
        captions, wrong = texts[:pictures], texts[pictures:]
        all_images, all_captions, all_wrong = gather(images), gather(captions), gather(wrong)
        keys, owner = batch.keys.to(device), batch.owner.to(device) + pictures * here
        keys = torch.cat((gather(keys[:pictures]), gather(keys[pictures:])))
        owner = torch.cat((gather(owner[:pictures]), gather(owner[pictures:])))
        scale = self.encoder.clip.logit_scale.exp().clamp(max=MAX_SCALE)
        truth = caption_truth(own, keys, owner, len(all_images))
        by_image = scale * images @ torch.cat((all_captions, all_wrong)).T  # B, T
        by_text = scale * captions @ all_images.T  # B, pictures of all
        return {
            "images": 0.5 * partial_contrast(by_image, truth),
            "texts": 0.5 * partial_contrast(by_text, truth[:, : len(all_images)]),
        }


def _freeze_text(clip: nn.Module) -> None:
    visual = {id(parameter) for parameter in clip.visual.parameters()}  # type: ignore[operator, union-attr]
    for name, parameter in clip.named_parameters():
        if id(parameter) not in visual and name != "logit_scale":
            parameter.requires_grad_(False)


def start_from(architecture: str, family: str, weights: str | Path | None = None) -> openclip.OpenClipEncoder:
    """The model to tune.

    Args:
        architecture: open_clip's name ("ViT-B-32").
        family: A key of `registry.FAMILIES`: activation and input statistics.
        weights: A checkpoint file, or a tag of open_clip's, which is fetched; None for random weights.

    Raises:
        InputError: There is no such family.
        ModelNotFoundError: There is no such architecture, file or tag.
        CheckpointError: The weights are damaged, unsafe, or of another architecture.
    """
    found = registry.find_family(family)
    if weights is None:
        return openclip.untrained(architecture, found)
    path = Path(weights)
    if path.is_file():
        pair = registry.load(path, family=family, architecture=architecture)
    else:
        pair = registry.load(f"{architecture}/{weights}")
    encoder = pair.image
    if not isinstance(encoder, openclip.OpenClipEncoder):
        raise InputError(f"{weights}: a model of this project; its recipes in training/ go on training it")
    return encoder


def save(encoder: openclip.OpenClipEncoder, path: Path, *, family: str, architecture: str) -> Path:
    """Write the weights as `path` and beside them the entry that lets any command load them by their file name.

    Raises:
        InputError: `path` is no .safetensors file.
    """
    if path.suffix != ".safetensors":
        raise InputError(f"{path}: call it .safetensors")
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().float().cpu().clone() for name, value in encoder.clip.state_dict().items()}
    temporary = path.with_suffix(".partial")
    safetensors.torch.save_file(state, temporary)
    temporary.replace(path)
    entry = {"family": family, "architecture": architecture}
    path.with_suffix(".json").write_text(json.dumps(entry, indent=2) + "\n", encoding="utf-8")
    return path
