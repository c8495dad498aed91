"""Loading the bundled models: one safetensors file with both towers, AnyReader, the second look and the vocabulary."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from engine.errors import CheckpointError
from engine.model.anyreader import AnyReader, AnyReaderConfig
from engine.model.calibration import Calibration
from engine.model.look import Look, LookConfig
from engine.model.quantize import unpack
from engine.model.spec import EncoderPair, ModelSpec
from engine.model.text import TextConfig, TextTower
from engine.model.towers import DENSE_STRIDE_PX, ImageConfig, ImageTower, fuse, with_bias

FORMAT = "sarclip-bundled-1"


@dataclass(frozen=True, slots=True)
class BundledSettings:
    """What a bundled model's file says of how to use it."""

    templates: tuple[str, ...]
    background: tuple[str, ...]
    logit_scale: float
    tile_px: int = 128
    tiles_per_window: int = 16
    margin_px: int = 224
    coarse_factor: int = 8
    count_calibration: tuple[float, ...] = (1.0, 1.0, 0.0)
    coarse_calibration: tuple[float, ...] | None = None
    careful_calibration: tuple[float, ...] | None = None
    careful_coarse_calibration: tuple[float, ...] | None = None


def load(path: Path, *, name: str, sha256: str) -> EncoderPair:
    """Load a file that `training.export` wrote.

    Args:
        path: The file.
        name: What to call the model.
        sha256: Digest of the file.

    Raises:
        CheckpointError: The file is missing, truncated, or something else.
    """
    try:
        with safe_open(path, framework="pt") as file:  # type: ignore[no-untyped-call]
            metadata = file.metadata() or {}
            packed = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: not a readable safetensors file ({error}); restore it") from error
    found = metadata.get("format")
    if found != FORMAT:
        raise CheckpointError(f"{path}: has format {found!r}, not {FORMAT!r}; give a model of this project")
    of_image, of_text, of_reader, of_look = (
        {key: value for key, value in packed.items() if key.startswith(f"{part}.")}
        for part in ("image", "text", "reader", "look")
    )

    def text() -> TextTower:
        with _fitting(path):
            return _build_text(metadata, of_text)

    with _fitting(path):
        image, reader = _build_image(metadata, of_image), _build_reader(metadata, of_reader)
        look = _build_look(metadata, of_look, image.config) if "look" in metadata else None
        return EncoderPair(_describe(metadata, image.config, name, sha256), image, text, reader, look)


@contextlib.contextmanager
def _fitting(path: Path) -> Iterator[None]:
    """Say of a file whose tensors are not those it describes that it is damaged."""
    try:
        yield
    except (KeyError, TypeError, ValueError, RuntimeError) as error:  # all that a wrong description leads to
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{path}: does not fit its own description ({reason}); restore it") from error


# Towers of the described sizes, made without memory, take over the tensors read.


def _build_image(metadata: Mapping[str, str], packed: Mapping[str, Tensor]) -> ImageTower:
    config = ImageConfig(**_sizes(metadata, "image"))
    with torch.device("meta"):
        image = fuse(ImageTower(config).eval(), with_bias)
    _fill(image, "image.", packed)
    return image


def _build_reader(metadata: Mapping[str, str], packed: Mapping[str, Tensor]) -> AnyReader:
    with torch.device("meta"):
        reader = AnyReader(AnyReaderConfig(**_sizes(metadata, "reader")))
    _fill(reader, "reader.", packed)
    return reader


def _build_look(metadata: Mapping[str, str], packed: Mapping[str, Tensor], tower: ImageConfig) -> Look:
    config = LookConfig(**_sizes(metadata, "look"))
    with torch.device("meta"):
        look = fuse(Look(config, tower).eval(), with_bias)
    _fill(look, "look.", packed)
    return look


def _build_text(metadata: Mapping[str, str], packed: Mapping[str, Tensor]) -> TextTower:
    config = TextConfig(**_sizes(metadata, "text"))
    vocabulary = metadata["vocabulary"].split("\n")
    if len(vocabulary) != config.vocabulary:
        raise ValueError(f"{len(vocabulary)} word pieces, {config.vocabulary} expected")
    with torch.device("meta"):
        text = TextTower(config, vocabulary)
    _fill(text, "text.", packed)
    return text


def _describe(metadata: Mapping[str, str], image: ImageConfig, name: str, sha256: str) -> ModelSpec:
    settings = BundledSettings(**json.loads(metadata["settings"]))
    return ModelSpec(
        name=name,
        sha256=sha256,
        embed_dim=image.embed_dim,
        tile_px=settings.tile_px,
        tiles_per_window=settings.tiles_per_window,
        margin_px=settings.margin_px,
        coarse_factor=settings.coarse_factor,
        dense_stride_px=DENSE_STRIDE_PX,
        has_objectness=True,
        templates=tuple(settings.templates),
        background=tuple(settings.background),
        logit_scale=settings.logit_scale,
        stretch=None,
        context_length=TextConfig(**_sizes(metadata, "text")).context_length,
        count_calibration=Calibration.of(settings.count_calibration),
        coarse_calibration=_curve(settings.coarse_calibration),
        careful_calibration=_curve(settings.careful_calibration),
        careful_coarse_calibration=_curve(settings.careful_coarse_calibration),
    )


def _curve(numbers: tuple[float, ...] | None) -> Calibration | None:
    return Calibration.of(numbers) if numbers else None


def _fill(module: nn.Module, prefix: str, packed: Mapping[str, Tensor]) -> None:
    """Give a module its tensors and make it ready for use."""
    state = unpack(packed)
    module.load_state_dict({key.removeprefix(prefix): value for key, value in state.items()}, assign=True)
    module.eval().requires_grad_(requires_grad=False)


def _sizes(metadata: Mapping[str, str], part: str) -> dict[str, Any]:
    """Sizes of a part as its configuration takes them: JSON knows no tuples."""
    sizes: dict[str, Any] = dict(json.loads(metadata[part]))
    return {key: tuple(value) if isinstance(value, list) else value for key, value in sizes.items()}
