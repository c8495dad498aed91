"""Who is measured: a model and the way it is shown images of any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

import numpy as np
import torch
from numpy.typing import NDArray

from engine.model import windows
from engine.model.precision import BFLOAT16
from engine.model.sarclip import SarClip
from training.sources.picture import centre

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_TEXTS_PER_BATCH = 64


class View(str, Enum):
    """How an image of any size is shown to an encoder of one size."""

    ANY = "AnyReader"
    SQUASH = "squash"  # resized to one view, its aspect ratio lost
    CROP = "centre crop"  # the middle at native resolution
    MEAN = "mean of tiles"  # native views, weighed by their valid pixels; no view of the whole


@dataclass(frozen=True, eq=False)
class Contestant:
    """A model, by the name it has in the tables, and its way of reading.

    Attributes:
        name: In tables and plots.
        model: The model.
        view: How it reads images.
        view_px: Side of what it is shown by `SQUASH` and `CROP`; None for the encoder's own.
    """

    name: str
    model: SarClip
    view: View = View.ANY
    view_px: int | None = None

    def images(self, images: Iterable[Bytes]) -> Floats:
        """Embeddings (N, D) of images of any size, unit length."""
        found = [self._image(image) for image in images]
        return np.stack(found) if found else np.zeros((0, self.model.spec.embed_dim), np.float32)

    def images_for_captions(self, images: Iterable[Bytes]) -> Floats:
        """Embeddings (N, D + C) to be compared with `sentences`; C is 0 for a model that was not taught captions."""
        found = [self._image_for_captions(image) for image in images]
        return np.stack(found) if found else np.zeros((0, self.model.spec.embed_dim), np.float32)

    def _image_for_captions(self, image: Bytes) -> Floats:
        side = self.view_px or self.model.windows.view_px
        if self.view is View.MEAN:  # what it leaves out is what AnyReader adds
            more = self.model.reader.config.caption_dim
            return np.pad(mean_of_tiles(self.model, image), (0, more))
        shown = {View.ANY: lambda: image, View.SQUASH: lambda: resized(image, (side, side))}
        return self.model.encode_image_for_captions(shown.get(self.view, lambda: centre(image, side))())

    def _image(self, image: Bytes) -> Floats:
        side = self.view_px or self.model.windows.view_px
        if self.view is View.ANY:
            return self.model.encode_image(image)
        if self.view is View.MEAN:
            return mean_of_tiles(self.model, image)
        shown = resized(image, (side, side)) if self.view is View.SQUASH else centre(image, side)
        return one_view(self.model, shown[None])[0]

    def names(self, prompts: Sequence[str]) -> Floats:
        """Vectors (N, D) of class names, each in the model's templates."""
        return self.model.encode_text(prompts)

    def told_names(self, prompts: Sequence[str]) -> Floats:
        """The same as whole sentences, (N, D + C): for names of types, which captions tell apart."""
        each = [[template.replace("{}", prompt) for template in self.model.spec.templates] for prompt in prompts]
        mean = np.stack([self.sentences(texts).mean(0) for texts in each])
        unit: Floats = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-6)
        return unit

    def sentences(self, texts: Sequence[str]) -> Floats:
        """Vectors (N, D + C) of whole sentences, without templates; what the text tower cannot hold is cut off."""
        fitted = [self._fitted(text) for text in texts]
        parts = [fitted[start : start + _TEXTS_PER_BATCH] for start in range(0, len(fitted), _TEXTS_PER_BATCH)]
        return np.concatenate([self.model.encode_captions(part) for part in parts])

    def _fitted(self, text: str) -> str:
        """The text, or as many of its first words as the text tower reads."""
        words = text.split()
        while len(words) > 1 and self.model.text.count_tokens(" ".join(words)) > self.model.spec.context_length:
            words.pop()
        return " ".join(words)


def one_view(model: SarClip, pixels: Bytes) -> Floats:
    """The encoder's own embeddings (B, D) of a batch (B, S, S) of single views."""
    with reading(model):
        tensor = torch.from_numpy(np.ascontiguousarray(pixels)).to(model.device)
        found: Floats = model.windows.encode_views(tensor).float().cpu().numpy()
    return found


@contextmanager
def reading(model: SarClip) -> Iterator[None]:
    """The state in which a model's towers are called: no gradients, and its own precision."""
    short = model.precision == BFLOAT16
    with torch.inference_mode(), torch.autocast(model.device.type, torch.bfloat16, enabled=short):
        yield


def mean_of_tiles(model: SarClip, image: Bytes) -> Floats:
    """Plain mean (D,) of the native views of an image, each weighed by its valid pixels."""
    side = model.windows.view_px
    views = windows.native_views(torch.from_numpy(np.ascontiguousarray(image))[None], side)[0]
    weight = windows.share_valid(views, side).flatten().numpy()
    mean = weight @ one_view(model, views.numpy())
    unit: Floats = mean / max(float(np.linalg.norm(mean)), 1e-6)
    return unit


def resized(image: Bytes, shape: tuple[int, int]) -> Bytes:
    """An image at another height and width (`engine.model.windows.resized`)."""
    return windows.resized(torch.from_numpy(np.ascontiguousarray(image))[None], *shape)[0].numpy()


def zoomed(image: Bytes, factor: float) -> Bytes:
    """An image enlarged by a factor in both directions."""
    height, width = (max(1, round(side * factor)) for side in image.shape)
    return image if factor == 1 else resized(image, (height, width))
