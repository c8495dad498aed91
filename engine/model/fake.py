"""A model without weights, for tests and for trying things out: exact, and quick as a few sums.

A cell is told by the mean byte of itself and its eight neighbours, an object by one bright pixel. So
what the model should answer is known for every picture, and follows from pixels no further away than a
cell: reading a scene in other windows must not change a single number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor

from engine.model.anyreader import tally
from engine.model.sarclip import SarClip
from engine.model.spec import EncoderPair, ModelSpec, ViewFeatures
from engine.model.windows import WindowTensors, count_valid, crop, share_valid

CELL_PX = 8
DARK, MIDDLE, BRIGHT = 30, 120, 210  # bytes that are "sea", "fields" and "town" and nothing else
OBJECT_BYTE = 255  # a pixel of this byte is an object ...
_OBJECT_FROM = 240  # ... and one up to this is none

WORDS = {"sea": 0, "fields": 1, "town": 2, "ship": 3}  # axis of each word; any other word goes to a later one
_DIMS = 8
_MARKS = 2  # tokens at the start and the end

SPEC = ModelSpec(
    name="fake",
    sha256=hashlib.sha256(b"fake").hexdigest(),
    embed_dim=_DIMS,
    tile_px=32,
    tiles_per_window=3,
    margin_px=16,
    coarse_factor=4,
    dense_stride_px=CELL_PX,
    has_objectness=True,
    templates=("{}",),
    background=tuple(WORDS),
    logit_scale=20.0,
    stretch=(1.0, 255.0),  # bytes stay what they are
    context_length=12,
    stretch_unit="DN",
)


class FakeModel(SarClip):
    """The fake towers as a model that goes wherever one is asked for; always in float32 on the CPU."""

    def __init__(self, spec: ModelSpec = SPEC) -> None:
        towers = FakeTowers()
        super().__init__(EncoderPair(spec, towers, lambda: towers), torch.device("cpu"))
        self.windows = FakeWindows(spec)
        self.precision = "float32"


class FakeWindows:
    """See `WindowEncoder`."""

    def __init__(self, spec: ModelSpec) -> None:
        self.view_px = spec.tile_px
        self._has_objectness = spec.has_objectness

    def encode_views(self, pixels: Tensor) -> Tensor:
        """See `WindowEncoder`."""
        return FakeTowers().encode_views(pixels).pooled

    def encode_windows(
        self, pixels: Tensor, margin_px: int, tile_px: int, *, careful: bool = False
    ) -> WindowTensors:
        """See `WindowEncoder`; what it sees does not depend on how a window is mirrored."""
        core = crop(pixels, margin_px)
        objects = _objectness(core)
        cells = _cells(pixels, margin_px, F.max_pool2d(objects[:, None], 2)[:, 0])
        weighted = (cells * share_valid(core, CELL_PX)[..., None]).permute(0, 3, 1, 2)
        tiles = F.normalize(F.avg_pool2d(weighted, tile_px // CELL_PX, ceil_mode=True), dim=1)
        kept = objects if self._has_objectness else None
        return WindowTensors(tiles.permute(0, 2, 3, 1), cells, kept, count_valid(core, CELL_PX))

    def encode_picture(self, pixels: Tensor, *, careful: bool = False) -> tuple[Tensor, Tensor | None]:
        """See `WindowEncoder`."""
        found = self.encode_windows(pixels[None], 0, self.view_px)
        peaks = None if found.objectness is None else tally(found.objectness, 2 * self.view_px // CELL_PX)
        return found.tiles.flatten(1, 2)[0], None if peaks is None else peaks[0]


class FakeTowers:
    """See `ImageEncoder` and `TextEncoder`: with the first, every tile is read without its neighbours."""

    def encode_views(self, pixels: Tensor) -> ViewFeatures:
        """See `ImageEncoder`."""
        side = -(-max(pixels.shape[1:]) // CELL_PX) * CELL_PX
        found = FakeWindows(SPEC).encode_windows(pixels, 0, side)
        return ViewFeatures(found.tiles[:, 0, 0], found.dense.permute(0, 3, 1, 2), found.objectness)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """See `TextEncoder`: the sum of the axes of the words."""
        vectors = torch.zeros(len(texts), _DIMS)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.casefold().split():
                vector[_axis(word)] += 1
        return F.normalize(vectors, dim=-1)

    def count_tokens(self, text: str) -> int:
        """See `TextEncoder`: one a word."""
        return len(text.split()) + _MARKS

    def knows(self, text: str) -> bool:
        """See `TextEncoder`: what is written in ASCII letters is English."""
        return any(char.isascii() and char.isalpha() for char in text)


def _axis(word: str) -> int:
    """Axis of a word or of its plural; unknown ones share the axes that no picture has."""
    known = WORDS.get(word, WORDS.get(word.removesuffix("s")))
    if known is not None:
        return known
    return len(WORDS) + hashlib.sha256(word.encode()).digest()[0] % (_DIMS - len(WORDS))


def _objectness(core: Tensor) -> Tensor:
    """(B, oy, ox) in 0..1 of pixels (B, H, W): the brightest pixel of each half cell, two a cell."""
    height, width = (-(-side // CELL_PX) * CELL_PX for side in core.shape[1:])
    filled = F.pad(core, (0, width - core.shape[2], 0, height - core.shape[1])).float()
    brightest = F.max_pool2d(filled[:, None], CELL_PX // 2)[:, 0]
    return ((brightest - _OBJECT_FROM) / (OBJECT_BYTE - _OBJECT_FROM)).clamp(0, 1)


def _cells(pixels: Tensor, margin_px: int, objects: Tensor) -> Tensor:
    """Unit vectors (B, cy, cx, D) of the core's cells: of their brightness, turned to "ship" by an object."""
    reach = CELL_PX if margin_px >= CELL_PX else 0
    seen = crop(pixels, margin_px - reach).float()
    rows, cols = objects.shape[1:]
    missing = (0, cols * CELL_PX + 2 * reach - seen.shape[2], 0, rows * CELL_PX + 2 * reach - seen.shape[1])
    seen = F.pad(seen, missing)[:, None]
    side = CELL_PX + 2 * reach
    # sums of whole numbers are exact in float32, in whatever order they are taken
    total = F.avg_pool2d(seen, side, CELL_PX, divisor_override=1)[:, 0]
    valid = F.avg_pool2d((seen > 0).float(), side, CELL_PX, divisor_override=1)[:, 0]
    mean = total / valid.clamp_min(1)
    ramps = [1 - (mean - level).abs() / (MIDDLE - DARK) for level in (DARK, MIDDLE, BRIGHT)]
    ramps[0] = torch.where(mean < DARK, 1.0, ramps[0])
    ramps[2] = torch.where(mean > BRIGHT, 1.0, ramps[2])
    ground = torch.stack([*(ramp.clamp_min(0) * (1 - objects) for ramp in ramps), objects], dim=-1)
    return F.normalize(F.pad(ground, (0, _DIMS - ground.shape[-1])), dim=-1)
