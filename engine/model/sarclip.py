"""SARCLIP: pictures and texts in one space. The public face of every model."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.errors import InputError
from engine.model import registry
from engine.model.anyreader import AnyReader, AnyReaderConfig, ViewGrid
from engine.model.precision import BFLOAT16, FLOAT32, precision_of
from engine.model.spec import EncoderPair, ModelSpec, TextEncoder
from engine.model.text import TextTower
from engine.model.towers import ImageTower
from engine.model.windows import (
    GridWindows,
    PyramidWindows,
    WindowEncoder,
    crop,
    enlarged,
    fill_to,
    native_views,
    share_of,
    share_valid,
    whole_view,
)

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_PROMPTS_CACHED = 4096


@dataclass(frozen=True, slots=True)
class WindowFeatures:
    """What a model reads from the cores of a batch of windows.

    Attributes:
        tiles: (B, ty, tx, D) unit vectors.
        tile_valid: (B, ty, tx) share of valid pixels.
        dense: (B, cy, cx, D) unit vectors, one a cell.
        dense_valid: (B, cy, cx) share of valid pixels.
        objectness: (B, oy, ox) in 0..1, finer than the cells, or None where the model has none.
    """

    tiles: Floats
    tile_valid: Floats
    dense: Floats
    dense_valid: Floats
    objectness: Floats | None


class ViewBatch(NamedTuple):
    """The views of images (B), native ones row by row and then the whole, as AnyReader takes them."""

    views: Tensor  # B, N, D unit vectors
    places: Tensor  # B, N, 3
    weight: Tensor  # B, N: share of valid pixels
    peaks: Tensor | None  # B, N, levels


class SarClip:
    """A loaded model. Paths and arrays outside, tensors inside.

    Args:
        pair: Its towers.
        device: Where it runs; None takes CUDA when there is one.
    """

    def __init__(self, pair: EncoderPair, device: torch.device | None = None) -> None:
        self.spec: ModelSpec = pair.spec
        self.device = device or default_device()
        self.reader = (pair.reader or AnyReader(AnyReaderConfig(pair.spec.embed_dim))).eval().to(self.device)
        self.precision = precision_of(
            pair.spec.sha256, self.device, lambda: cosine_of_precisions(pair, self.reader, self.device)
        )
        self.windows = _window_encoder(pair, self.reader, self.device, self.precision)
        self._pair = pair
        self._prompts: dict[str, Floats] = {}

    @property
    def text(self) -> TextEncoder:
        """The text tower."""
        return self._pair.text

    @property
    def reads_context(self) -> bool:
        """Whether the coarse view of a window would change its tiles: false while that residual is zero."""
        return bool(self.reader.context.weight.any() or self.reader.context.bias.any())

    def encode_text(self, prompts: Sequence[str]) -> Floats:
        """Embed prompts, each the mean over the model's templates.

        Returns:
            (N, D) float32 unit vectors.

        Raises:
            InputError: A prompt is empty, or longer than the text tower reads.
        """
        if not prompts:
            return np.zeros((0, self.spec.embed_dim), np.float32)
        return np.stack([self._encode_prompt(prompt) for prompt in prompts])

    def _encode_prompt(self, prompt: str) -> Floats:
        found = self._prompts.get(prompt)
        if found is None:
            if len(self._prompts) >= _PROMPTS_CACHED:
                self._prompts.pop(next(iter(self._prompts)))  # the oldest
            found = self._prompts[prompt] = self._encode_prompt_uncached(prompt)
        return found

    def _encode_prompt_uncached(self, prompt: str) -> Floats:
        sentences = [template.replace("{}", prompt) for template in self.spec.templates]
        if not prompt.strip():
            raise InputError("a prompt is empty: type what to look for, such as 'ships near harbor'")
        if not self.text.knows(prompt):
            name = self.spec.name
            raise InputError(f"prompt {prompt[:40]!r}: model {name} knows no word of it; use English words")
        tokens = max(self.text.count_tokens(sentence) for sentence in sentences)
        if tokens > self.spec.context_length:
            limit = self.spec.context_length
            message = f"prompt {prompt[:40]!r}…: has {tokens} tokens, the model reads {limit}; shorten it"
            raise InputError(message)
        with torch.inference_mode():
            vectors = self.text.encode_text(sentences)
            return _numpy(F.normalize(vectors.mean(0), dim=0))

    def encode_windows(
        self, pixels: Bytes, coarse: Bytes | None = None, tile_px: int | None = None, *, careful: bool = False
    ) -> WindowFeatures:
        """Encode windows of a scene.

        Args:
            pixels: (B, H, W), 0 invalid; `spec.margin_px` on each side belong to the neighbours.
            coarse: (B, h, w) the same windows downsampled, or None; only read when `reads_context`.
            tile_px: Side of a tile, a multiple of `spec.dense_stride_px`; None for the model's own.
            careful: Whether each is read four times, mirrored and resized, and the mean told.

        Raises:
            InputError: The pixels are not such an array, or no tile can have that side.
        """
        tile_px = self.spec.tile_px if tile_px is None else tile_px
        stride = self.spec.dense_stride_px
        if tile_px <= 0 or tile_px % stride:
            raise InputError(f"tile of {tile_px} px: give a multiple of the model's cell of {stride} px")
        if pixels.ndim != 3 or pixels.dtype != np.uint8 or min(pixels.shape[1:]) <= 2 * self.spec.margin_px:
            least = 2 * self.spec.margin_px + 1
            wanted = f"uint8 (batch, height, width) of at least {least} px a side"
            raise InputError(f"windows of {pixels.dtype} {pixels.shape}: give {wanted}")
        tensor = self._tensor(pixels)
        core = crop(tensor, self.spec.margin_px)
        with torch.inference_mode(), self._autocast():
            found = self.windows.encode_windows(tensor, self.spec.margin_px, tile_px, careful=careful)
            tile_valid = share_of_tiles(found.valid, tile_px // stride, stride)
            tiles = found.tiles
            if coarse is not None and self.reads_context:
                context = self.windows.encode_views(self._tensor(coarse))
                tiles = self._with_context(tiles, tile_valid, context)
            return WindowFeatures(
                _numpy(tiles),
                _numpy(tile_valid),
                _numpy(found.dense),
                _numpy(share_of(found.valid, core.shape[1], core.shape[2], stride)),
                None if found.objectness is None else _numpy(found.objectness),
            )

    def encode_image(self, image: Bytes) -> Floats:
        """Embed one image of any size through AnyReader.

        Args:
            image: (H, W) uint8, 0 invalid.

        Returns:
            (D,) float32 unit vector; the encoder's own embedding where the image has the size of a view,
            zeros where no pixel is valid.

        Raises:
            InputError: The image is not such an array.
        """
        views = self.read_views(image)
        with torch.inference_mode(), self._autocast():
            return _numpy(self.reader(*views)[0])

    def encode_image_for_captions(self, image: Bytes) -> Floats:
        """Embed one image of any size for comparison with `encode_captions`: (D + C,) float32, unit length.

        A model that was not taught captions gives what `encode_image` gives (C = 0).

        Raises:
            InputError: The image is not uint8 (H, W).
        """
        views, places, weight, peaks = self.read_views(image, counted=True)
        with torch.inference_mode(), self._autocast():
            if peaks is None or not self.reader.config.caption_dim:
                return _numpy(self.reader(views, places, weight, peaks)[0])
            return _numpy(self.reader.with_caption(views, places, weight, peaks)[0])

    def encode_captions(self, captions: Sequence[str]) -> Floats:
        """Embed whole captions, as they are: (N, D + C) float32 unit vectors.

        Raises:
            InputError: A caption is longer than the text tower reads.
        """
        text = self.text  # made outside the inference mode, for whoever trains it later
        with torch.inference_mode():
            if self.reader.config.caption_dim and isinstance(text, TextTower):
                return _numpy(text.encode_captions(captions))
            return _numpy(text.encode_text(captions))

    def read_views(self, image: Bytes, *, counted: bool = False) -> ViewBatch:
        """What AnyReader is given of an image (H, W) uint8: a batch of one.

        Args:
            image: (H, W) uint8, 0 invalid.
            counted: Whether its peaks matter even where it is one view, as they do for captions. Peaks that matter are
                looked for with care.

        Raises:
            InputError: The image is not such an array.
        """
        if image.ndim != 2 or image.dtype != np.uint8 or not image.size:
            raise InputError(f"image of {image.dtype} {image.shape}: give uint8 (height, width)")
        view_px = self.windows.view_px
        tensor = enlarged(self._tensor(image), view_px)
        grid = ViewGrid(tensor.shape[0], tensor.shape[1], view_px)
        weight = share_valid(native_views(tensor[None], view_px)[0], view_px).flatten()
        with torch.inference_mode(), self._autocast():
            views, peaks = self.windows.encode_picture(tensor, careful=counted or grid.has_whole)
            if grid.has_whole:
                views = torch.cat((views, self.windows.encode_views(whole_view(tensor[None], view_px))))
                weight = torch.cat((weight, (tensor != 0).float().mean().reshape(1)))
                peaks = None if peaks is None else F.pad(peaks, (0, 0, 0, 1))
        places = grid.places().to(self.device)
        return ViewBatch(views[None], places[None], weight[None], None if peaks is None else peaks[None])

    def _with_context(self, tiles: Tensor, tile_valid: Tensor, context: Tensor) -> Tensor:
        """Tiles (B, ty, tx, D) after AnyReader saw each beside the coarse view of its window (B, D)."""
        batch, rows, cols, depth = tiles.shape
        grid = ViewGrid(rows, cols, 1)
        places = grid.places()[: rows * cols].to(tiles).expand(batch, -1, -1)
        beside = context[:, None].expand(-1, rows * cols, -1)
        fused = self.reader.with_context(
            tiles.reshape(-1, depth),
            beside.reshape(-1, depth),
            places.reshape(-1, 3),
            self.spec.coarse_factor,
        )
        kept = torch.where(tile_valid.reshape(-1, 1) > 0, fused, tiles.reshape(-1, depth))
        return kept.reshape(tiles.shape)

    def _tensor(self, pixels: Bytes) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(pixels)).to(self.device)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == BFLOAT16)


def default_device() -> torch.device:
    """CUDA when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_model(
    name_or_file: str | os.PathLike[str] | None = None,
    *,
    family: str | None = None,
    architecture: str | None = None,
    device: str | None = None,
) -> SarClip:
    """Load a model by name, checkpoint file or open_clip tag; None is the bundled one.

    Args:
        name_or_file: See `engine.model.registry.load`.
        family: Of a checkpoint file that is not registered.
        architecture: Of a checkpoint whose shapes do not tell.
        device: A torch device; None takes CUDA when there is one.

    Raises:
        InputError: There is no such device; see also `engine.model.registry.load`.
    """
    place = _device(device) if device else None
    return SarClip(registry.load(name_or_file, family=family, architecture=architecture), place)


def _device(name: str) -> torch.device:
    """The device of that name, which was seen to work."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f"device {name!r}: not on this machine; give cpu, or leave it out") from error
    return device


def share_of_tiles(counts: Tensor, cells: int, cell_px: int) -> Tensor:
    """Share of valid pixels of each tile (B, ty, tx), what lies beyond the core counted as invalid.

    Args:
        counts: Valid pixels in each cell of the core, (B, cy, cx).
        cells: Along one side of a tile.
        cell_px: Side of a cell.
    """
    batch, height, width = counts.shape
    rows, cols = -(-height // cells), -(-width // cells)
    padded = fill_to(counts, rows * cells, cols * cells)
    return padded.reshape(batch, rows, cells, cols, cells).sum((2, 4)) / (cells * cell_px) ** 2


def _window_encoder(
    pair: EncoderPair, reader: AnyReader, device: torch.device, precision: str
) -> WindowEncoder:
    """The reader of windows that fits the image tower."""
    image = pair.image
    if isinstance(image, nn.Module):
        image.to(device)
    if isinstance(image, ImageTower):
        image.fold_scaling()
        if precision == BFLOAT16:
            _convolve_in(torch.bfloat16, image)
        look = pair.look and pair.look.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if look and precision == BFLOAT16:
            _convolve_in(torch.bfloat16, look)
        return PyramidWindows(image.to(memory_format=torch.channels_last), pair.spec.tile_px, look)
    return GridWindows(image, pair.spec.tile_px, pair.spec.dense_stride_px, reader)


def cosine_of_precisions(pair: EncoderPair, reader: AnyReader, device: torch.device) -> float:
    """How alike a view of speckle with a bright object is to a model in float32 and in bfloat16.

    The tower is also asked without its second look, which may hide what the tower lost: scenes are read without.
    """
    pairs = (pair, replace(pair, look=None)) if pair.look else (pair,)
    return min(_cosine_of_precisions(each, reader, device) for each in pairs)


def _cosine_of_precisions(pair: EncoderPair, reader: AnyReader, device: torch.device) -> float:
    rng = np.random.default_rng(0)
    found: list[Tensor] = []
    for precision in (FLOAT32, BFLOAT16):
        own = isinstance(pair.image, ImageTower)  # is changed to the precision, others are called in it
        tried = replace(pair, image=copy.deepcopy(pair.image), look=copy.deepcopy(pair.look)) if own else pair
        windows = _window_encoder(tried, reader, device, precision)
        if not found:
            speckle = 60 * np.sqrt(rng.exponential(size=(1, windows.view_px, windows.view_px)))
            speckle[:, windows.view_px // 3 : windows.view_px // 2, windows.view_px // 3 : windows.view_px // 2] = 250
            view = torch.from_numpy(np.clip(speckle, 1, 255).astype(np.uint8)).to(device)
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=precision == BFLOAT16):
            found.append(windows.encode_views(view).float()[0])
    return float(F.cosine_similarity(found[0], found[1], dim=0).nan_to_num(-1.0))


def _convolve_in(dtype: torch.dtype, modules: Iterable[nn.Module] | nn.Module) -> None:
    """Turn the convolutions of a module to `dtype`; statistics and small products keep float32."""
    for module in modules.modules() if isinstance(modules, nn.Module) else modules:
        if isinstance(module, nn.Conv2d):
            module.to(dtype)


def _numpy(tensor: Tensor) -> Floats:
    array: Floats = tensor.float().cpu().numpy()
    return array
