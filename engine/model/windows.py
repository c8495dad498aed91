"""How an encoder reads a window of a scene: one class for pyramids, one for encoders of fixed views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor

from engine.model.anyreader import AnyReader, ViewGrid, tally
from engine.model.look import LOOK_STRIDE_PX, Look, Seen, seen
from engine.model.spec import ImageEncoder
from engine.model.towers import DENSE_STRIDE_PX, OBJECT_STRIDE_PX, TOTAL_STRIDE_PX, DenseFeatures, ImageTower

_VIEWS_PER_BATCH = 32  # of a fixed-size encoder; keeps its activations below some 200 MB
_MIRRORED: tuple[tuple[int, ...], ...] = ((), (1,), (2,), (1, 2))  # axes of (B, H, W), of each reading


class _Reading(NamedTuple):
    """How a window is shown to a tower."""

    mirrored: tuple[int, ...] = ()  # axes of (B, H, W)
    scale: float = 1.0  # of its pixels; at any but 1 it is asked for objects alone


_ONCE = (_Reading(),)
# hulls that lie close part where they are seen larger, and long ones hold together where they are seen smaller
_CAREFUL = (_Reading(), _Reading((2,), 1.5), _Reading((1,), 0.75), _Reading((1, 2)))


class WindowTensors(NamedTuple):
    """What is read from the cores of windows (B); t, c, o count tiles, cells and object cells."""

    tiles: Tensor  # B, ty, tx, D unit vectors
    dense: Tensor  # B, cy, cx, D unit vectors
    objectness: Tensor | None  # B, oy, ox probabilities
    valid: Tensor  # B, cy, cx: valid pixels in each cell


class WindowEncoder(Protocol):
    """The seam between a tower and the windows of a scene."""

    view_px: int  # side of the view whose embedding is the encoder's own

    def encode_views(self, pixels: Tensor) -> Tensor:
        """Unit vectors (B, D) of views (B, view_px, view_px) uint8."""
        ...

    def encode_windows(
        self, pixels: Tensor, margin_px: int, tile_px: int, *, careful: bool = False
    ) -> WindowTensors:
        """Read windows (B, H, W) uint8 that have `margin_px` of neighbours on each side of their core.

        With care each is read four times, mirrored and at other sizes, and the mean is told.
        """
        ...

    def encode_picture(self, pixels: Tensor, *, careful: bool = False) -> tuple[Tensor, Tensor | None]:
        """Read one picture (H, W) uint8 as its native views; with care, objects are looked for in four readings.

        Returns:
            Unit vectors (N, D) of the views, row by row, and the peaks in each as `tally` counts them (N, levels),
            None for a model without objectness.
        """
        ...


def count_valid(pixels: Tensor, size_px: int) -> Tensor:
    """Valid pixels in each square of `size_px`: (B, H, W) to (B, h, w); the last may be cut.

    Rows first, then columns: half the time of a pooling.
    """
    batch, rows, cols = len(pixels), *(-(-side // size_px) for side in pixels.shape[1:])
    valid = fill_to((pixels != 0).float(), rows * size_px, cols * size_px)
    return valid.reshape(batch, rows, size_px, -1).sum(2).reshape(batch, rows, cols, size_px).sum(3)


def share_valid(pixels: Tensor, size_px: int) -> Tensor:
    """Share of valid pixels in each square of `size_px`: (B, H, W) to (B, h, w); the last may be cut."""
    return share_of(count_valid(pixels, size_px), pixels.shape[1], pixels.shape[2], size_px)


def share_of(counts: Tensor, height: int, width: int, size_px: int) -> Tensor:
    """Counts (B, h, w) of pixels in squares, the last ones cut by an image (height, width), as shares of them."""
    down, across = (_sides(side, size_px, counts) for side in (height, width))
    return counts / (down[:, None] * across)


def _sides(length: int, size_px: int, like: Tensor) -> Tensor:
    """Lengths of the pieces that a side is cut into."""
    starts = torch.arange(0, length, size_px, device=like.device)
    return (length - starts).clamp(max=size_px).to(like.dtype)


def crop(pixels: Tensor, margin_px: int) -> Tensor:
    """The core of windows (B, H, W)."""
    return pixels[:, margin_px : pixels.shape[1] - margin_px, margin_px : pixels.shape[2] - margin_px]


def fill_to(pixels: Tensor, height: int, width: int) -> Tensor:
    """Invalid pixels added below and to the right of (..., H, W); the same where there is nothing to add."""
    if pixels.shape[-2:] == (height, width):
        return pixels  # pad would copy it
    return F.pad(pixels, (0, width - pixels.shape[-1], 0, height - pixels.shape[-2]))


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step


class PyramidWindows:
    """Windows through a convolutional pyramid: one pass, whatever their size, or four with care.

    A scene is read by the tower alone; an image that somebody asks about gets a second look.

    Args:
        tower: Reads every pixel.
        view_px: Side of a view.
        look: The second look, or None.
    """

    def __init__(self, tower: ImageTower, view_px: int, look: Look | None = None) -> None:
        self.tower, self.look = tower, look
        self.view_px = view_px

    def encode_views(self, pixels: Tensor) -> Tensor:
        """See `WindowEncoder`; any size will do, as it is filled up to whole views."""
        pooled, shown = self._pool_views(pixels)
        return pooled if self.look is None else self.look.tell(pooled, *shown, *self._pool_views(pixels.flip(2))[1])

    def _pool_views(self, pixels: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The tower's embeddings (B, D) of views, and what the look saw in them, (B, width), if there is one."""
        side = _round_up(max(pixels.shape[1:]), self.view_px)
        filled = fill_to(pixels, side, side)
        features, start = seen(self.tower, filled)
        pooled = self.tower.pool(features.pyramid, share_valid(filled, DENSE_STRIDE_PX), side)[:, :, 0, 0]
        return pooled, [] if self.look is None else [_shown(self.look, start, filled, side)]

    def encode_windows(
        self, pixels: Tensor, margin_px: int, tile_px: int, *, careful: bool = False
    ) -> WindowTensors:
        """See `WindowEncoder`; tile_px and margin_px are multiples of 8."""
        height, width = (side - 2 * margin_px for side in pixels.shape[1:])
        filled = fill_to(pixels, *(_round_up(side, TOTAL_STRIDE_PX) for side in pixels.shape[1:]))
        rows, cols = (_round_up(side, tile_px) // DENSE_STRIDE_PX for side in (height, width))
        down, across = (-(-side // DENSE_STRIDE_PX) for side in (height, width))
        counts = count_valid(crop(pixels, margin_px), DENSE_STRIDE_PX)
        valid = fill_to(share_of(counts, height, width, DENSE_STRIDE_PX), rows, cols)

        tiles, dense, objects = [], [], []
        for reading in _CAREFUL if careful else _ONCE:
            if reading.scale != 1:
                objects.append(self._objects(filled, margin_px, reading, (2 * down, 2 * across)))
                continue
            features = self._maps(filled, margin_px, reading.mirrored)
            tiles.append(self.tower.pool(fill_to(features.pyramid[:, :, :rows, :cols], rows, cols), valid, tile_px))
            dense.append(features.dense[:, :, :down, :across])
            objects.append(features.objectness[:, : 2 * down, : 2 * across])
        return WindowTensors(
            _mean_direction(tiles, 1).permute(0, 2, 3, 1),
            _mean_direction(dense, 1).permute(0, 2, 3, 1),
            torch.sigmoid(_mean(objects)),
            counts,
        )

    def _maps(self, pixels: Tensor, margin_px: int, mirrored: tuple[int, ...]) -> DenseFeatures:
        """What the tower makes of mirrored windows, turned back to where the pixels are."""
        found = self.tower(_flipped(pixels, mirrored), margin_px)
        of_maps = tuple(axis + 1 for axis in mirrored)
        return DenseFeatures(
            _flipped(found.pyramid, of_maps), _flipped(found.dense, of_maps), _flipped(found.objectness, mirrored), None
        )

    def _objects(self, pixels: Tensor, margin_px: int, reading: _Reading, cells: tuple[int, int]) -> Tensor:
        """Logits of objects (B, *cells) in the core of windows (B, H, W), in one reading of them.

        H and W are whole strides, so that every window of a scene is resized in the same phase.
        """
        if reading.scale == 1:
            return self._maps(pixels, margin_px, reading.mirrored).objectness[:, : cells[0], : cells[1]]
        sides = [round(reading.scale * side) for side in pixels.shape[1:]]
        filled = fill_to(resized(pixels, *sides), *(_round_up(side, TOTAL_STRIDE_PX) for side in sides))
        found = self._maps(filled, 0, reading.mirrored).objectness
        centres = [margin_px + OBJECT_STRIDE_PX * (torch.arange(count, device=found.device) + 0.5) for count in cells]
        # where they are read in the map, from -1 to 1
        places = [2 * reading.scale * at / side - 1 for at, side in zip(centres, filled.shape[1:], strict=True)]
        grid = torch.stack(torch.meshgrid(*places, indexing="ij")[::-1], dim=-1).expand(len(found), -1, -1, -1)
        return F.grid_sample(found[:, None], grid, padding_mode="border", align_corners=False)[:, 0]

    def encode_picture(self, pixels: Tensor, *, careful: bool = False) -> tuple[Tensor, Tensor | None]:
        """See `WindowEncoder`; every view is seen among its neighbours, so that none cuts an object in two.

        Of an image of one view the look sees the image and its mirror image, both filled up to a whole view, as what it
        learned on was: of MSTAR's chips, 96 px wide, .951 were called right so, .929 where it ended at 96 px. What the
        tower pools does not gain by it: of tiles with and without oil it called .80 right so, .90 otherwise.
        """
        filled = fill_to(pixels[None], *(_round_up(side, TOTAL_STRIDE_PX) for side in pixels.shape))
        features, start = seen(self.tower, filled)
        rows, cols = (_round_up(side, self.view_px) for side in pixels.shape)
        whole = fill_to(filled, rows, cols)
        pyramid = fill_to(features.pyramid, rows // DENSE_STRIDE_PX, cols // DENSE_STRIDE_PX)
        tiles = self.tower.pool(pyramid, share_valid(whole, DENSE_STRIDE_PX), self.view_px)
        tiles = tiles.permute(0, 2, 3, 1).flatten(0, 2)
        if self.look is not None:
            alone = len(tiles) == 1
            if alone and whole.shape != filled.shape:
                start = seen(self.tower, whole)[1]
            mirrored = self._pool_views(pixels[None].flip(2))[1] if alone else []
            tiles = self.look.tell(tiles, _shown(self.look, start, whole, self.view_px), *mirrored)
        down, across = (-(-side // DENSE_STRIDE_PX) * 2 for side in pixels.shape)
        objects = [features.objectness[:, :down, :across]]
        others = _CAREFUL[1:] if careful else ()
        objects += [self._objects(filled, 0, reading, (down, across)) for reading in others]
        return tiles, tally(torch.sigmoid(_mean(objects)), self.view_px // OBJECT_STRIDE_PX)[0]

    def tower_maps(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """The pyramid (B, C, h, w) of pictures (B, H, W) uint8 whose sides are multiples of 32."""
        return (self.tower(pixels).pyramid,)

    def look_maps(self, pixels: Tensor) -> tuple[Tensor, ...]:
        """Features of the look (B, C, h, w) at strides 8 and 16; without one, none."""
        return () if self.look is None else self.look.read(seen(self.tower, pixels)[1])


def _flipped(maps: Tensor, axes: tuple[int, ...]) -> Tensor:
    return maps.flip(axes) if axes else maps  # flip would copy it


def _mean(maps: Sequence[Tensor]) -> Tensor:
    """Of several readings; one alone stays as it is, bit for bit."""
    return maps[0] if len(maps) == 1 else torch.stack(list(maps)).float().mean(0)


def _mean_direction(vectors: Sequence[Tensor], dim: int) -> Tensor:
    """The unit vectors amid those of several readings."""
    return vectors[0] if len(vectors) == 1 else F.normalize(_mean(vectors), dim=dim)


def _shown(look: Look, start: Seen, pixels: Tensor, view_px: int) -> Tensor:
    """What the look sees (N, width) in the views of pictures (B, H, W), from what the tower saw."""
    height, width = (side // LOOK_STRIDE_PX for side in pixels.shape[1:])
    coarse = fill_to(look.read(start)[1], height, width)
    return look.views(coarse, share_valid(pixels, LOOK_STRIDE_PX), view_px)


class GridWindows:
    """Windows through an encoder of one view size: every tile becomes an AnyReader image of its own."""

    def __init__(self, encoder: ImageEncoder, view_px: int, stride_px: int, reader: AnyReader) -> None:
        self.encoder, self.reader = encoder, reader
        self.view_px, self.stride_px = view_px, stride_px

    def encode_views(self, pixels: Tensor) -> Tensor:
        """See `WindowEncoder`."""
        views = fill_to(pixels, self.view_px, self.view_px)
        return torch.cat([self.encoder.encode_views(part).pooled for part in _batches(views)])

    def encode_picture(self, pixels: Tensor, *, careful: bool = False) -> tuple[Tensor, Tensor | None]:
        """See `WindowEncoder`; there are no objects to look for."""
        return self.encode_views(native_views(pixels[None], self.view_px)[0]), None

    def encode_windows(
        self, pixels: Tensor, margin_px: int, tile_px: int, *, careful: bool = False
    ) -> WindowTensors:
        """See `WindowEncoder`; with care every tile is mirrored, as its encoder knows of no neighbours."""
        core = crop(pixels, margin_px)
        batch, height, width = core.shape
        rows, cols = -(-height // tile_px), -(-width // tile_px)
        filled = fill_to(core, rows * tile_px, cols * tile_px)
        tiles = filled.reshape(batch, rows, tile_px, cols, tile_px).transpose(2, 3)
        tiles = tiles.reshape(-1, tile_px, tile_px)
        readings = _MIRRORED if careful else _MIRRORED[:1]
        found = [(self._encode_tiles(_flipped(tiles, mirrored)), mirrored) for mirrored in readings]
        pooled = _mean_direction([read[0] for read, _ in found], -1)
        cells = _mean_direction([_flipped(read[1], mirrored) for read, mirrored in found], -1)
        per_tile, depth = cells.shape[1], cells.shape[-1]
        dense = cells.reshape(batch, rows, cols, per_tile, per_tile, depth).transpose(2, 3)
        dense = dense.reshape(batch, rows * per_tile, cols * per_tile, depth)
        down, across = -(-height // self.stride_px), -(-width // self.stride_px)
        counts = count_valid(core, self.stride_px)
        return WindowTensors(pooled.reshape(batch, rows, cols, depth), dense[:, :down, :across], None, counts)

    def _encode_tiles(self, tiles: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings (T, D) and cells (T, n, n, D) of square tiles (T, side, side)."""
        side = tiles.shape[1]
        views = native_views(tiles, self.view_px)
        grid = ViewGrid(side, side, self.view_px)
        features = [self.encoder.encode_views(part) for part in _batches(views.flatten(0, 1))]
        pooled = torch.stack(torch.cat([part.pooled for part in features]).chunk(len(tiles)))
        dense = torch.stack(torch.cat([part.dense for part in features]).chunk(len(tiles)))
        weight = share_valid(views.flatten(0, 1), self.view_px).reshape(views.shape[:2])
        if grid.has_whole:
            whole = whole_view(tiles, self.view_px)
            pooled = torch.cat((pooled, self.encode_views(whole)[:, None]), dim=1)
            weight = torch.cat((weight, share_valid(tiles, side).reshape(-1, 1)), dim=1)
        places = grid.places().to(pooled).expand(len(tiles), -1, -1)
        embedding = self.reader(pooled, places, weight)
        count, depth, h, w = len(tiles), *dense.shape[2:]
        joined = dense.reshape(count, grid.rows, grid.cols, depth, h, w).permute(0, 1, 4, 2, 5, 3)
        joined = joined.reshape(count, grid.rows * h, grid.cols * w, depth)
        cells = side // self.stride_px
        return embedding, joined[:, :cells, :cells]


def _batches(views: Tensor) -> tuple[Tensor, ...]:
    return torch.split(views, _VIEWS_PER_BATCH)


def native_views(images: Tensor, view_px: int) -> Tensor:
    """Cut images (B, H, W) into views (B, rows * cols, view_px, view_px), filled up as invalid."""
    grid = ViewGrid(images.shape[1], images.shape[2], view_px)
    filled = fill_to(images, grid.rows * view_px, grid.cols * view_px)
    cut = filled.reshape(len(images), grid.rows, view_px, grid.cols, view_px).transpose(2, 3)
    return cut.reshape(len(images), -1, view_px, view_px)


def enlarged(image: Tensor, view_px: int) -> Tensor:
    """An image (H, W) that fills less than half a view, enlarged by a whole factor as far as the view reaches.

    A network whose deepest features lie 32 px apart sees next to nothing in 64 px with nothing around them: of
    ten tiles of flooded land none was called water, enlarged nine are.
    """
    factor = view_px // max(image.shape)
    return image if factor < 2 else resized(image[None], *(factor * side for side in image.shape))[0]


def resized(pixels: Tensor, height: int, width: int) -> Tensor:
    """Images (B, H, W) uint8 at another size, linear between valid pixels; invalid where most of a pixel was."""
    valid = (pixels != 0).float()
    planes = torch.stack((pixels.float(), valid), dim=1)  # what is invalid is 0
    total, share = F.interpolate(planes, (height, width), mode="bilinear", antialias=True).unbind(1)
    del planes
    mean = total.div_(share.clamp_min(1e-6)).round_().clamp_(1, 255)  # in place: of a large window each is 50 MB
    return mean.mul_(share >= 0.5).to(torch.uint8)


def whole_view(images: Tensor, view_px: int) -> Tensor:
    """Images (B, H, W) downsampled to fit a view, aspect ratio kept; the mean is over valid pixels.

    Bytes of a calibrated scene are decibels, whose plain mean is the geometric mean of power; a scene on
    disk is read with the mean in power instead (`engine.raster.read_swaths`).
    """
    height, width = images.shape[1:]
    factor = max(height, width) / view_px
    size = max(1, round(height / factor)), max(1, round(width / factor))
    valid = (images != 0).float()[:, None]
    total = F.interpolate(images.float()[:, None] * valid, size, mode="area")
    share = F.interpolate(valid, size, mode="area")
    mean = (total / share.clamp_min(1e-6)).round().clamp(1, 255) * (share > 0)
    return fill_to(mean[:, 0].to(torch.uint8), view_px, view_px)
