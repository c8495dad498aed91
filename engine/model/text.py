"""Text tower of the bundled models: a small BERT sentence encoder and a head into the joint space.

The encoder is all-MiniLM-L6-v2 (Apache-2.0; Wang et al., arXiv 2002.10957, trained as a sentence
encoder by sentence-transformers). It knows that a vessel is a ship, which no tower trained on
captions alone would. It travels in few bytes a weight, see `quantize.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from tokenizers import BertWordPieceTokenizer
from torch import Tensor, nn

from engine.errors import InputError
from engine.model.anyreader import join

_ANCHOR_PULL = 4.0  # length of what a sentence vector is drawn by
_ANCHOR_SHARPNESS = 40.0  # of the choice among the anchors
PAD = 0  # the word piece [PAD] is the first of BERT's vocabulary


@dataclass(frozen=True, slots=True)
class TextConfig:
    """Sizes of the text tower; the defaults are those of all-MiniLM-L6-v2."""

    width: int = 384  # of a token
    layers: int = 6
    heads: int = 12
    hidden: int = 1536  # of the feed-forward part
    vocabulary: int = 30522  # word pieces
    context_length: int = 128  # tokens, with the two that mark the ends
    embed_dim: int = 64  # of the joint space
    caption_dim: int = 0  # further dimensions of whole captions; 0 for a model that was not taught any
    anchors: int = 0  # phrases that a text is drawn to
    meanings: tuple[int, ...] = ()  # how many of them, in order, mean the same; empty where each stands for itself


class TransformerLayer(nn.Module):
    """One post-norm transformer layer, as in BERT."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.norm1 = nn.LayerNorm(config.width, eps=1e-12)
        self.up = nn.Linear(config.width, config.hidden)
        self.down = nn.Linear(config.hidden, config.width)
        self.norm2 = nn.LayerNorm(config.width, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map tokens (N, L, C) to tokens; mask (N, 1, 1, L) is true where there is a token."""
        n, length, width = x.shape
        qkv = self.qkv(x).reshape(n, length, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each N, heads, L, C / heads
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.norm1(x + self.out(attended.transpose(1, 2).reshape(n, length, width)))
        mixed: Tensor = self.norm2(x + self.down(F.gelu(self.up(x))))
        return mixed


class SentenceEncoder(nn.Module):
    """A BERT encoder with mean pooling: sentences in, unit vectors of `width` out."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        # not drawn at random, which on the meta device would import torch's compiler
        self.words = nn.Embedding.from_pretrained(torch.zeros(config.vocabulary, config.width), freeze=False)  # type: ignore[no-untyped-call]
        self.positions = nn.Parameter(torch.zeros(config.context_length, config.width))
        self.norm = nn.LayerNorm(config.width, eps=1e-12)
        self.layers = nn.ModuleList(TransformerLayer(config) for _ in range(config.layers))

    def states(self, tokens: Tensor) -> Tensor:
        """Last states (N, L, width) of token ids (N, L), padded with `PAD`."""
        present = tokens != PAD
        x: Tensor = self.norm(self.words(tokens) + self.positions[: tokens.shape[1]])
        for layer in self.layers:
            x = layer(x, present[:, None, None, :])
        return x

    def forward(self, tokens: Tensor) -> Tensor:
        """Encode token ids (N, L) to unit vectors (N, width)."""
        return pool(self.states(tokens), tokens != PAD)


def pool(states: Tensor, present: Tensor) -> Tensor:
    """Mean of the states (N, L, width) of the tokens that are present (N, L), to unit length."""
    weight = present[..., None].to(states.dtype)
    return F.normalize((states * weight).sum(1) / weight.sum(1), dim=-1)


class CaptionHead(nn.Module):
    """Reads a caption word by word: numbers and places drown in the mean of its tokens."""

    def __init__(self, width: int, caption_dim: int, heads: int = 6, head_width: int = 48) -> None:
        super().__init__()
        self.heads = heads
        self.attend = nn.Linear(width, heads)
        self.value = nn.Linear(width, heads * head_width)
        self.out = nn.Sequential(
            nn.GELU(), nn.Linear(heads * head_width, 256), nn.GELU(), nn.Linear(256, caption_dim)
        )

    def forward(self, states: Tensor, present: Tensor) -> Tensor:
        """Map states (N, L, width) of the tokens that are present (N, L) to unit vectors (N, caption_dim)."""
        attention = self.attend(states).masked_fill(~present[..., None], float("-inf")).softmax(1)
        value = self.value(states).unflatten(-1, (self.heads, -1))
        read = (attention[..., None] * value).sum(1).flatten(1)
        return F.normalize(self.out(read), dim=-1)


class TextTower(nn.Module):
    """Sentence encoder and head: texts to unit vectors of the joint space."""

    def __init__(self, config: TextConfig, vocabulary: Sequence[str]) -> None:
        super().__init__()
        self.config = config
        self.vocabulary = tuple(vocabulary)
        self.tokenizer = BertWordPieceTokenizer(
            {word: index for index, word in enumerate(vocabulary)}, lowercase=True
        )
        self.sentences = SentenceEncoder(config)
        self.head = nn.Linear(config.width, config.embed_dim)
        self.anchors: Tensor | None
        self.register_buffer("anchors", torch.zeros(config.anchors, config.width) if config.anchors else None)
        if config.caption_dim:
            self.caption = CaptionHead(config.width, config.caption_dim)

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, the two end marks included."""
        return len(self.tokenizer.encode(text).ids)

    def knows(self, text: str) -> bool:
        """Whether any word piece of a text is in the vocabulary."""
        pieces = self.tokenizer.encode(text, add_special_tokens=False).tokens
        return any(piece != "[UNK]" and any(map(str.isalnum, piece)) for piece in pieces)

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Token ids (N, L) int64, padded with `PAD` to the longest text; nothing is cut off."""
        ids = [self.tokenizer.encode(text).ids for text in texts]
        tokens = torch.full((len(ids), max(map(len, ids))), PAD)
        for row, sequence in zip(tokens, ids, strict=True):
            row[: len(sequence)] = torch.tensor(sequence)
        return tokens

    def project(self, sentences: Tensor) -> Tensor:
        """Sentence vectors (N, width) to unit vectors (N, embed_dim) of the joint space.

        They are first drawn to what the anchors they resemble mean: the head has only seen the phrases of the
        training, and a lone word it has not may lie off their paths.
        """
        if self.anchors is not None:
            near = torch.softmax(_ANCHOR_SHARPNESS * sentences @ self.anchors.T, dim=-1) @ self._meant(self.anchors)
            sentences = F.normalize(sentences + _ANCHOR_PULL * near, dim=-1)
        return F.normalize(self.head(sentences), dim=-1)

    def _meant(self, anchors: Tensor) -> Tensor:
        """What each anchor draws to, (anchors, width): the mean of all that mean the same, or itself."""
        if not self.config.meanings:
            return anchors
        which = torch.repeat_interleave(torch.tensor(self.config.meanings, device=anchors.device))
        sums = anchors.new_zeros(len(self.config.meanings), anchors.shape[1]).index_add(0, which, anchors)
        return F.normalize(sums, dim=-1)[which]

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Texts to unit vectors (N, embed_dim), float32.

        Raises:
            InputError: A text is longer than the context.
        """
        return self.project(self.sentences(self._checked(texts)))

    def encode_captions(self, texts: Sequence[str]) -> Tensor:
        """Captions to unit vectors (N, embed_dim + caption_dim): what `AnyReader.with_caption` is compared with.

        Raises:
            InputError: A text is longer than the context.
        """
        tokens = self._checked(texts)
        states, present = self.sentences.states(tokens), tokens != PAD
        return join(self.project(pool(states, present)), self.caption(states, present))

    def _checked(self, texts: Sequence[str]) -> Tensor:
        tokens = self.tokenize(texts).to(self.sentences.positions.device)
        if tokens.shape[1] > self.config.context_length:
            raise InputError(
                f"text of {tokens.shape[1]} tokens: the model reads {self.config.context_length}; shorten it"
            )
        return tokens
