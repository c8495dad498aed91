"""Any CLIP of open_clip as an encoder pair: views and sentences into one space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import open_clip
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn

from engine.errors import CheckpointError, InputError
from engine.model import architecture as clips
from engine.model import checkpoint, dense
from engine.model.spec import EncoderPair, Family, ModelSpec, ViewFeatures

TILES_PER_WINDOW = 4
COARSE_FACTOR = 4  # the coarse view of a window is one view of the encoder


class OpenClipEncoder(nn.Module):
    """Both towers of an open_clip model, with its input statistics as buffers.

    Args:
        clip: The model.
        tokenizer: Its byte-pair tokenizer.
        mean: Per channel, of inputs in 0..1.
        std: Per channel, of inputs in 0..1.
    """

    clip: open_clip.CLIP | open_clip.CustomTextCLIP
    mean: Tensor
    std: Tensor

    def __init__(
        self,
        clip: open_clip.CLIP | open_clip.CustomTextCLIP,
        tokenizer: open_clip.SimpleTokenizer,
        mean: Sequence[float],
        std: Sequence[float],
    ) -> None:
        super().__init__()
        self.clip = clip
        self.tokenizer = tokenizer
        self.register_buffer("mean", torch.tensor(mean).reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).reshape(1, 3, 1, 1), persistent=False)

    @property
    def view_px(self) -> int:
        """Side of the square view that the image tower takes."""
        size = self.clip.visual.image_size
        return int(size if isinstance(size, int) else size[0])

    @property
    def context_length(self) -> int:
        """Tokens that the text tower takes."""
        return int(self.clip.context_length)

    def normalise(self, pixels: Tensor) -> Tensor:
        """Turn the byte picture (B, H, W) into the tower's input (B, 3, H, W), float32.

        Bytes go to 0..1 as in open_clip's own preprocessing, so that a picture gives the same
        embedding either way. Invalid pixels become the neutral 0 that the mean maps to.
        """
        pixels = pixels.to(self.mean.device)[:, None]  # B, 1, H, W
        scaled = (pixels.float() / 255 - self.mean) / self.std
        return torch.where(pixels > 0, scaled, 0.0)

    @torch.no_grad()
    def encode_views(self, pixels: Tensor) -> ViewFeatures:
        """See `ImageEncoder`.

        Raises:
            InputError: `pixels` is not (B, view_px, view_px) uint8.
        """
        side = self.view_px
        if pixels.dtype != torch.uint8 or pixels.ndim != 3 or pixels.shape[1:] != (side, side):
            raise InputError(f"views of {pixels.dtype} {tuple(pixels.shape)}: give uint8 (B, {side}, {side})")
        pooled, cells = dense.encode(self.clip.visual, self.normalise(pixels))
        return ViewFeatures(F.normalize(pooled.float(), dim=1), F.normalize(cells.float(), dim=1))

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """See `TextEncoder`."""
        for text in texts:
            length = self.count_tokens(text)
            if length > self.context_length:
                raise InputError(
                    f"prompt {text[:40]!r} has {length} tokens: use at most {self.context_length}"
                )
        if not texts:
            return self.mean.new_zeros((0, self.embed_dim))
        tokens = self.tokenizer(list(texts), context_length=self.context_length).to(self.mean.device)
        return F.normalize(self.clip.encode_text(tokens).float(), dim=1)

    def count_tokens(self, text: str) -> int:
        """See `TextEncoder`."""
        return len(self.tokenizer.encode(text)) + 2

    def knows(self, text: str) -> bool:
        """See `TextEncoder`: CLIP's pieces go down to bytes, so any text has some."""
        return bool(text.strip())

    @property
    def embed_dim(self) -> int:
        """Length of an embedding."""
        projection = getattr(self.clip, "text", self.clip).text_projection
        return int(projection.out_features if isinstance(projection, nn.Linear) else projection.shape[1])


def load(
    path: Path, *, name: str, sha256: str, family: Family, architecture: str | None = None
) -> EncoderPair:
    """Load a checkpoint file of an open_clip model.

    Args:
        path: The file.
        name: What to call the model.
        sha256: Digest of the file.
        family: What the file does not say.
        architecture: open_clip's name for it; None finds it by the shapes of the weights.

    Raises:
        ModelNotFoundError: No such file or architecture.
        CheckpointError: The file is damaged, unsafe, or of another architecture.
    """
    state = checkpoint.read_state(path)
    architecture = architecture or clips.infer_architecture(state, path)
    clip = clips.build_clip(architecture, quick_gelu=family.uses_quick_gelu(architecture))
    clips.load_weights(clip, state, path)
    encoder = OpenClipEncoder(clip, _tokenizer(architecture, path), family.mean, family.std).eval()
    spec = describe(encoder, name=name, sha256=sha256, family=family)
    return EncoderPair(spec, encoder, lambda: encoder)


def untrained(architecture: str, family: Family) -> OpenClipEncoder:
    """An open_clip model of random weights, to be trained.

    Raises:
        ModelNotFoundError: There is no such architecture.
        CheckpointError: It needs files from the network, or is no plain pair of towers.
    """
    clip = clips.build_clip(architecture, quick_gelu=family.uses_quick_gelu(architecture))
    return OpenClipEncoder(clip, _tokenizer(architecture, Path(architecture)), family.mean, family.std)


def describe(encoder: OpenClipEncoder, *, name: str, sha256: str, family: Family) -> ModelSpec:
    """Describe an open_clip model: a tile is one view of its encoder, without margins."""
    return ModelSpec(
        name=name,
        sha256=sha256,
        embed_dim=encoder.embed_dim,
        tile_px=encoder.view_px,
        tiles_per_window=TILES_PER_WINDOW,
        margin_px=0,
        coarse_factor=COARSE_FACTOR,
        dense_stride_px=dense.stride_px(encoder.clip.visual),
        has_objectness=False,
        templates=family.templates,
        background=family.background,
        logit_scale=encoder.clip.logit_scale.exp().item(),
        stretch=family.stretch,
        context_length=encoder.context_length,
    )


def _tokenizer(architecture: str, path: Path) -> open_clip.SimpleTokenizer:
    """The tokenizer that comes with open_clip; others would have to be fetched, which no file asks for."""
    text = open_clip.get_model_config(architecture)["text_cfg"]
    tokenizer = open_clip.SimpleTokenizer(context_length=text.get("context_length", 77))
    vocabulary = text.get("vocab_size", tokenizer.vocab_size)
    if text.get("hf_tokenizer_name") or vocabulary != tokenizer.vocab_size:
        raise CheckpointError(
            f"checkpoint {path}: {architecture} needs the tokenizer {text.get('hf_tokenizer_name')!r} with "
            f"{vocabulary} words; only CLIP's own with {tokenizer.vocab_size} is supported"
        )
    return tokenizer
