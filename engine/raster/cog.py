"""Results as Cloud-Optimized GeoTIFF: complete under their name, or not there at all."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.io import DatasetWriter
from rasterio.windows import Window as RasterioWindow

from engine.errors import InputError, OutputError
from engine.outputs import replacing
from engine.raster.regular import RegularGrid
from engine.raster.scene import Scene
from engine.raster.source import GDAL_OPTIONS, one_line

_BLOCK_PX, _LEAST_BLOCK_PX = 256, 128  # side of a tile of a COG, and the smallest that GDAL writes
_PLAIN_BLOCKS_PX = (256, 128, 64, 32)
_TILE_BYTES = 4 * 1024**2
_ROW_BYTES = 64 * 1024**2
_OPTIONS = GDAL_OPTIONS | {"GDAL_CACHEMAX": 2 * _ROW_BYTES}  # a row of tiles while the next one fills
_BANDS_AT_ONCE = 16  # that are compared

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class RasterLayout:
    """What a file of rasters holds, and where.

    Cell (i, j) of a band covers scene pixels [i c, (i + 1) c) x [j c, (j + 1) c), c = `cell_px`, counted from
    `origin`. A scene with control points is brought onto a regular grid in their system; one without
    georeference keeps pixel coordinates (x = column, y = -row) and gets no coordinate system.

    Attributes:
        scene: That the cells lie on.
        cell_px: Side of a cell, in pixels of the scene.
        shape: Rows and columns of cells.
        descriptions: One a band.
        origin: Row and column of the first cell; other than (0, 0) for a part of the scene.
        nodata: Number that marks cells without a value.
        tags: Provenance, kept in the file.
    """

    scene: Scene
    cell_px: float
    shape: tuple[int, int]
    descriptions: Sequence[str]
    origin: tuple[int, int] = (0, 0)
    nodata: float = math.nan
    tags: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.descriptions:
            raise InputError("no band to write: give at least one")

    @property
    def transform(self) -> Affine:
        """From column and row of a cell to the ground; through control points only nearly."""
        row, col = self.origin
        to_plane = self.scene.georeference.pixel_to_plane
        return to_plane @ Affine.scale(self.cell_px) @ Affine.translation(col, row)


def write_cog(
    path: str | os.PathLike[str], strips: Iterable[Floats], layout: RasterLayout, *, overwrite: bool = False
) -> None:
    """Write rasters float32, tiled, with averaged overviews; memory depends on a strip, not on the whole.

    Args:
        path: Of the file; the folder must exist.
        strips: Rows of all bands from top to bottom, (bands, any number of rows, columns); taken one at a
            time.
        layout: What the bands are.
        overwrite: Whether an existing file may be replaced.

    Raises:
        OutputExistsError: The file exists and `overwrite` is false.
        OutputError: It cannot be written; nothing is left behind.
        InputError: The strips are not of the layout's shape.
    """
    target = Path(path)
    with replacing(target, overwrite=overwrite) as cog:
        # GDAL cannot write a COG piece by piece: it copies from a plain file
        plain = _beside(cog, "plain")
        with _write_errors(target), rasterio.Env(**_OPTIONS):
            _write_plain(plain, strips, layout)
            rasterio.shutil.copy(
                plain,
                cog,
                driver="COG",
                blocksize=_cog_block_px(layout),
                compress="DEFLATE",
                level=1,  # half the time of the usual 6, and a heatmap is 2 % larger
                predictor="FLOATING_POINT",
                bigtiff="IF_SAFER",
                overview_resampling="AVERAGE",
            )
            _check_written(plain, cog, target)


def write_geotiff(
    path: str | os.PathLike[str], strips: Iterable[Floats], layout: RasterLayout, *, overwrite: bool = False
) -> None:
    """Write rasters as a plain tiled GeoTIFF, for a map that changes with every key; otherwise as `write_cog`."""
    target = Path(path)
    with replacing(target, overwrite=overwrite) as plain, _write_errors(target), rasterio.Env(**_OPTIONS):
        _write_plain(plain, strips, layout)


@contextlib.contextmanager
def _write_errors(target: Path) -> Iterator[None]:
    """GDAL's and the system's errors as ours."""
    try:
        yield
    except OutputError:
        raise
    except (OSError, RasterioError) as e:
        cause = one_line(e.__cause__ or e)
        remedy = "check the folder's rights and free space"
        raise OutputError(f"cannot write '{target}': {cause}; {remedy}") from e


def _write_plain(path: Path, strips: Iterable[Floats], layout: RasterLayout) -> None:
    """Write the bands into a plain tiled GeoTIFF as they come."""
    if layout.scene.georeference.kind == "gcp":
        _write_regular(path, strips, layout)
        return
    with _create(path, layout, layout.transform, layout.shape) as dataset:
        _fill(dataset, strips)


def _write_regular(path: Path, strips: Iterable[Floats], layout: RasterLayout) -> None:
    """Write the bands onto the regular grid of a scene with control points: a row of it needs many of theirs."""
    slanted = _beside(path, "slanted")
    with _create(slanted, layout, layout.transform, layout.shape) as dataset:
        _fill(dataset, strips)
    grid = RegularGrid.over(layout.scene, layout.cell_px, layout.shape, layout.origin)
    with rasterio.open(slanted) as source, _create(path, layout, grid.transform, grid.shape) as dataset:
        for piece in grid.pieces():
            needed, filled = _box(*piece.source_origin, piece.source_shape), _box(piece.row, piece.col, piece.shape)
            for number in dataset.indexes:
                values = source.read(number, window=needed)
                dataset.write(piece.resample(values, layout.nodata), number, window=filled)
    slanted.unlink()


def _beside(path: Path, step: str) -> Path:
    """A file for a step on the way to `path`, whatever that is called."""
    return path.with_name(f"{path.name}.{step}")


def _create(path: Path, layout: RasterLayout, transform: Affine, shape: tuple[int, int]) -> DatasetWriter:
    """An empty plain file."""
    dataset = rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=shape[0],
        width=shape[1],
        count=len(layout.descriptions),
        dtype="float32",
        crs=layout.scene.georeference.crs,
        transform=transform,
        nodata=layout.nodata,
        tiled=True,
        blockxsize=_plain_block_px(layout),
        blockysize=_plain_block_px(layout),
        interleave="band",
        bigtiff="IF_SAFER",
    )
    dataset.update_tags(**layout.tags)
    dataset.descriptions = tuple(layout.descriptions)
    return dataset


def _plain_block_px(layout: RasterLayout) -> int:
    """Side of a tile of a plain file: a row of them, of all bands, fits into GDAL's cache until it is full."""
    row_bytes = len(layout.descriptions) * layout.shape[1] * 4
    return next((side for side in _PLAIN_BLOCKS_PX if side * row_bytes <= _ROW_BYTES), _PLAIN_BLOCKS_PX[-1])


def _cog_block_px(layout: RasterLayout) -> int:
    """Side of a tile of a COG, which holds all bands: what a viewer unpacks to show one."""
    few = len(layout.descriptions) * _BLOCK_PX**2 * 4 <= _TILE_BYTES
    return _BLOCK_PX if few else _LEAST_BLOCK_PX


def _fill(dataset: DatasetWriter, strips: Iterable[Floats]) -> None:
    """Write strips below each other."""
    row = 0
    for strip in strips:
        count, height, width = strip.shape
        if (count, width) != (dataset.count, dataset.width) or row + height > dataset.height:
            room = (dataset.count, dataset.height - row, dataset.width)
            raise InputError(f"the strip at row {row} has shape {strip.shape}, there is room for {room}")
        dataset.write(np.ascontiguousarray(strip, dtype=np.float32), window=_box(row, 0, (height, width)))
        row += height
    if row != dataset.height:
        raise InputError(f"strips of {row} rows do not fill {dataset.height}: give all of them")


def _check_written(plain: Path, cog: Path, target: Path) -> None:
    """Read a file back: GDAL reports a disk that fills up while it closes a file to nobody."""
    with rasterio.open(plain) as expected, rasterio.open(cog) as written:
        groups = [written.indexes[n : n + _BANDS_AT_ONCE] for n in range(0, written.count, _BANDS_AT_ONCE)]
        for _, window in written.block_windows(1):  # tiles first: each holds all bands and is unpacked once
            for bands in groups:
                one, other = (file.read(bands, window=window) for file in (expected, written))
                if not np.array_equal(one, other, equal_nan=True):
                    raise OutputError(f"cannot write '{target}': it reads back differently; is the disk full?")


def _box(row: int, col: int, shape: tuple[int, int]) -> RasterioWindow:
    return RasterioWindow(col, row, shape[1], shape[0])
