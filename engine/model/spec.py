"""What a model is, as plain data, and the two seams an encoder pair fills.

Nothing here imports torch at run time, so that programs which only list or describe models start at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from engine.errors import InputError
from engine.model.calibration import UNCALIBRATED, Calibration

if TYPE_CHECKING:
    from torch import Tensor

    from engine.model.anyreader import AnyReader
    from engine.model.look import Look
    from engine.model.towers import ImageTower

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_POSITIVE = ("embed_dim", "tile_px", "tiles_per_window", "coarse_factor", "dense_stride_px", "context_length")


COARSE_PIXEL_M = 7.0
"""Side of a pixel from which a ship of 100 m is a dozen pixels long: Sentinel-1 and the like."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """Everything the rest of the engine may know of a model.

    Attributes:
        name: How the model is called on the command line and in results.
        sha256: Digest of its checkpoint file in lower-case hex: part of the key of every embedding store.
        embed_dim: Length D of an embedding.
        tile_px: Side of a tile in pixels; a multiple of `dense_stride_px`.
        tiles_per_window: Tiles along one side of a window's core.
        margin_px: Real neighbours around the core that the encoder sees; a multiple of `dense_stride_px`.
        coarse_factor: By how much the view of the whole window is downsampled.
        dense_stride_px: Side of a cell of the dense map in pixels.
        has_objectness: Whether the dense output carries an objectness map.
        templates: Sentences with one `{}` for the prompt; their embeddings are averaged.
        background: Prompts a score is contrasted with when the user names none.
        logit_scale: Factor from cosine to logit (the exponential of CLIP's learned parameter).
        stretch: Fixed range in `stretch_unit` that becomes the bytes 1..255, or None for percentiles of the
            scene.
        context_length: Tokens a prompt may have, start and end markers included.
        count_calibration: From a peak's score to the probability that it is right.
        coarse_calibration: The same where a pixel is `COARSE_PIXEL_M` or more, or None for no difference: small
            ships peak lower than large ones, so that no threshold for one sensor serves another.
        careful_calibration: Of the mean of four readings, whose peaks are lower, as not all of them agree; None for no
            difference.
        careful_coarse_calibration: The same where pixels are coarse.
        stretch_unit: "dB" of calibrated backscatter, or "DN" of an 8-bit picture. Scenes whose numbers are
            something else are stretched by percentiles.

    Raises:
        InputError: A value is out of its range; the message names the field and the value.
    """

    name: str
    sha256: str
    embed_dim: int
    tile_px: int
    tiles_per_window: int
    margin_px: int
    coarse_factor: int
    dense_stride_px: int
    has_objectness: bool
    templates: tuple[str, ...]
    background: tuple[str, ...]
    logit_scale: float
    stretch: tuple[float, float] | None
    context_length: int
    count_calibration: Calibration = UNCALIBRATED
    stretch_unit: str = "dB"
    coarse_calibration: Calibration | None = None
    careful_calibration: Calibration | None = None
    careful_coarse_calibration: Calibration | None = None

    def __post_init__(self) -> None:
        """Check every field, so that a wrong registry entry fails where it is made."""
        check_name(self.name)
        if not _SHA256.fullmatch(self.sha256):
            raise InputError(f"sha256 {self.sha256!r} of model {self.name}: give 64 lower-case hex digits")
        for field in _POSITIVE:
            self._require(getattr(self, field) > 0, field, "give a positive number")
        self._require(self.margin_px >= 0, "margin_px", "give 0 or more")
        for field in ("tile_px", "margin_px"):
            whole = getattr(self, field) % self.dense_stride_px == 0
            self._require(whole, field, f"give a multiple of dense_stride_px ({self.dense_stride_px})")
        scale_ok = math.isfinite(self.logit_scale) and self.logit_scale > 0
        self._require(scale_ok, "logit_scale", "give a positive finite number")
        self._require(len(self.templates) > 0, "templates", "give at least one")
        for template in self.templates:
            self._require(template.count("{}") == 1, "templates", "give each exactly one {}")
        self._require(all(text.strip() for text in self.background), "background", "give no empty prompt")
        if self.stretch is not None:
            low, high = self.stretch
            ordered = math.isfinite(low) and math.isfinite(high) and low < high
            self._require(ordered, "stretch", f"give (low, high) in {self.stretch_unit} with low < high")
        self._require(self.stretch_unit in ("dB", "DN"), "stretch_unit", "give dB or DN")

    def _require(self, ok: bool, field: str, remedy: str) -> None:
        if not ok:
            raise InputError(f"{field} {getattr(self, field)!r} of model {self.name}: {remedy}")

    def calibration_at(self, gsd_m: tuple[float, float] | None, *, careful: bool = False) -> Calibration:
        """The curve for pixels of that width and height, read once or with care; of fine ones where it is unknown."""
        coarse = gsd_m is not None and min(gsd_m) >= COARSE_PIXEL_M
        once = self.coarse_calibration if coarse and self.coarse_calibration else self.count_calibration
        four = self.careful_coarse_calibration if coarse else self.careful_calibration
        return four if careful and four else once

    @property
    def window_px(self) -> int:
        """Side of a window with its margins, in pixels."""
        return self.tile_px * self.tiles_per_window + 2 * self.margin_px


def check_name(name: str) -> str:
    """Return `name` when it can be a model's name and a file's stem.

    Raises:
        InputError: It is empty or has characters other than letters, digits, dot, dash and underscore.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"model name {name!r}: use letters, digits, dots, dashes and underscores")
    return name


@dataclass(frozen=True, slots=True)
class ViewFeatures:
    """What an image encoder makes of a batch of views.

    Attributes:
        pooled: (B, D) float32, unit length: one embedding a view.
        dense: (B, D, h, w) float32, unit length along D, aligned with text: one embedding a cell.
        objectness: (B, H', W') float32 in 0..1, or None where the model has none.
    """

    pooled: Tensor
    dense: Tensor
    objectness: Tensor | None = None


class ImageEncoder(Protocol):
    """The image half of a model.

    The caller has put it in evaluation mode and on a device; `encode_views` brings the pixels there,
    keeps no gradient, and may be called from one thread at a time.
    """

    def encode_views(self, pixels: Tensor) -> ViewFeatures:
        """Encode a batch of views.

        Args:
            pixels: (B, H, W) uint8 byte picture, 0 invalid. A vision transformer takes only
                H = W = its view's size; a convolutional one any multiple of its stride.

        Returns:
            Pooled and dense embeddings. What lies under invalid pixels does not matter.
        """
        ...


class TextEncoder(Protocol):
    """The text half of a model; the contract on threads and modes is that of `ImageEncoder`."""

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Embed whole sentences, templates already filled in, as (N, D) float32 of unit length.

        Raises:
            InputError: A text is longer than the context.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of `text`, start and end markers included; never truncated."""
        ...

    def knows(self, text: str) -> bool:
        """Whether any part of `text` is in the vocabulary; what is not cannot be asked for."""
        ...


@dataclass(frozen=True)
class EncoderPair:
    """A loaded model.

    Attributes:
        spec: Its description.
        image: Its image tower; that of this project reads whole windows, others read views.
        make_text: Gives its text tower, which may be the same object. Scenes are encoded without words, so that
            it is asked only when there are some.
        reader: Its trained AnyReader, or None for one whose residual is zero.
        look: Its second look at what is worth it, or None.
    """

    spec: ModelSpec
    image: ImageEncoder | ImageTower
    make_text: Callable[[], TextEncoder]
    reader: AnyReader | None = None
    look: Look | None = None

    @cached_property
    def text(self) -> TextEncoder:
        """The text tower, made once.

        Raises:
            CheckpointError: What the file holds of it is no such tower.
        """
        return self.make_text()


@dataclass(frozen=True, slots=True)
class Family:
    """What a checkpoint's file does not say, and a wrong guess would silently spoil.

    Attributes:
        name: As given to `--family`.
        about: One line for people, with where the facts come from.
        mean: Per channel, of inputs in 0..1.
        std: Per channel, of inputs in 0..1.
        quick_gelu: Beginnings of the names of the architectures trained with QuickGELU
            (x times sigmoid of 1.702 x) in place of GELU; an empty string stands for all.
        templates: As in `ModelSpec`.
        background: As in `ModelSpec`.
        stretch: As in `ModelSpec`.
    """

    name: str
    about: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    quick_gelu: tuple[str, ...]
    templates: tuple[str, ...]
    background: tuple[str, ...]
    stretch: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse a standard deviation that would divide by zero."""
        check_name(self.name)
        if min(self.std) <= 0:
            raise InputError(f"std {self.std!r} of family {self.name}: give positive numbers")

    def uses_quick_gelu(self, architecture: str) -> bool:
        """Whether weights of this family and open_clip architecture need QuickGELU."""
        return architecture.endswith("-quickgelu") or architecture.startswith(self.quick_gelu)
