"""Results as Cloud-Optimized GeoTIFF: complete under their name, or not there at all."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window as RasterioWindow

from engine.errors import InputError, OutputError
from engine.outputs import replacing
from engine.raster.regular import RegularGrid
from engine.raster.scene import Scene
from engine.raster.source import GDAL_OPTIONS, one_line

_BLOCK_PX = 256

Floats = NDArray[np.float32]


def write_geotiff(
    path: str | os.PathLike[str],
    bands: Iterable[Floats],
    descriptions: Sequence[str],
    scene: Scene,
    cell_px: float,
    nodata: float = math.nan,
    tags: Mapping[str, str] | None = None,
    overwrite: bool = False,
    origin: tuple[int, int] = (0, 0),
) -> None:
    """Write rasters as a plain tiled GeoTIFF: for a map that changes with every key, where time is short.

    Args:
        path: see `write_cog`, as for all but the last.
        bands: arrays of one shape (H, W).
        descriptions: one a band.
        scene: that the cells lie on.
        cell_px: side of a cell, in pixels of the scene.
        nodata: number that marks cells without a value.
        tags: provenance, kept in the file.
        overwrite: replace an existing file.
        origin: row and column of the first cell, for a part of the scene.

    Raises:
        OutputExistsError: the file exists and `overwrite` is false.
        OutputError: it cannot be written; nothing is left behind.
        InputError: bands of different shapes, or not one a description.
    """
    target = Path(path)
    with replacing(target, overwrite=overwrite) as plain, _write_errors(target), rasterio.Env(**GDAL_OPTIONS):
        _write_plain(plain, bands, descriptions, scene, cell_px, nodata, tags or {}, origin)


def write_cog(
    path: str | os.PathLike[str],
    bands: Iterable[Floats],
    descriptions: Sequence[str],
    scene: Scene,
    cell_px: float,
    nodata: float = math.nan,
    tags: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> None:
    """Write rasters that lie on a scene, float32, tiled, with averaged overviews.

    Cell (i, j) of a band covers scene pixels [i c, (i + 1) c) x [j c, (j + 1) c), c = `cell_px`. A scene
    with control points is brought onto a regular grid in their system; one without georeference keeps
    pixel coordinates (x = column, y = -row) and gets no coordinate system.

    Args:
        path: of the file; the folder must exist.
        bands: arrays of one shape (H, W); taken one at a time.
        descriptions: one a band.
        scene: that the cells lie on.
        cell_px: side of a cell, in pixels of the scene.
        nodata: number that marks cells without a value.
        tags: provenance, kept in the file.
        overwrite: replace an existing file.

    Raises:
        OutputExistsError: the file exists and `overwrite` is false.
        OutputError: it cannot be written; nothing is left behind.
        InputError: bands of different shapes, or not one a description.
    """
    target = Path(path)
    with replacing(target, overwrite=overwrite) as cog:
        # GDAL cannot write a COG band by band: it copies from a plain file
        plain = cog.with_name("plain.tif")
        with _write_errors(target), rasterio.Env(**GDAL_OPTIONS):
            _write_plain(plain, bands, descriptions, scene, cell_px, nodata, tags or {})
            rasterio.shutil.copy(
                plain,
                cog,
                driver="COG",
                blocksize=_BLOCK_PX,
                compress="DEFLATE",
                predictor="FLOATING_POINT",
                bigtiff="IF_SAFER",
                overview_resampling="AVERAGE",
            )
            _check_written(plain, cog, target)


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


def _write_plain(
    path: Path,
    bands: Iterable[Floats],
    descriptions: Sequence[str],
    scene: Scene,
    cell_px: float,
    nodata: float,
    tags: Mapping[str, str],
    origin: tuple[int, int] = (0, 0),
) -> None:
    """Write the bands into a plain tiled GeoTIFF, one after the other."""
    with contextlib.ExitStack() as stack:
        dataset = None
        number = 0
        for number, (band, description) in enumerate(zip(bands, descriptions, strict=True), 1):
            if dataset is None:
                shape, place = band.shape, _placement(scene, cell_px, band.shape, origin)
                profile = _profile(place, shape, len(descriptions), nodata, scene.georeference.crs)
                dataset = stack.enter_context(rasterio.open(path, "w", **profile))
                dataset.update_tags(**tags)
            if band.shape != shape:
                raise InputError(
                    f"band {number} has shape {band.shape}, the first one {shape}: give equal ones"
                )
            dataset.set_band_description(number, description)
            for row, rows in _laid_out(band, place, nodata):
                dataset.write(rows, number, window=RasterioWindow(0, row, rows.shape[1], rows.shape[0]))
        if dataset is None:
            raise InputError("no band to write: give at least one")


def _placement(
    scene: Scene, cell_px: float, shape: tuple[int, int], origin: tuple[int, int]
) -> Affine | RegularGrid:
    """Where the cells lie: their transform, or the grid they have to be brought onto."""
    if scene.georeference.kind == "gcp":
        return RegularGrid.over(scene, cell_px, shape, origin)
    row, col = origin
    return scene.georeference.pixel_to_plane @ Affine.scale(cell_px) @ Affine.translation(col, row)


def _profile(
    place: Affine | RegularGrid, shape: tuple[int, int], count: int, nodata: float, crs: str | None
) -> dict[str, object]:
    """Creation options of the plain file."""
    transform, (height, width) = (
        (place.transform, place.shape) if isinstance(place, RegularGrid) else (place, shape)
    )
    return {
        "driver": "GTiff",
        "height": height,
        "width": width,
        "count": count,
        "dtype": "float32",
        "crs": crs,
        "transform": transform,
        "nodata": nodata,
        "tiled": True,
        "blockxsize": _BLOCK_PX,
        "blockysize": _BLOCK_PX,
        "interleave": "band",
        "bigtiff": "IF_SAFER",
    }


def _laid_out(band: Floats, place: Affine | RegularGrid, nodata: float) -> Iterator[tuple[int, Floats]]:
    """Rows of the file with the number of their first one."""
    if isinstance(place, RegularGrid):
        yield from place.resample(band, nodata)
    else:
        yield 0, band.astype(np.float32, copy=False)


def _check_written(plain: Path, cog: Path, target: Path) -> None:
    """Read a file back: GDAL reports a disk that fills up while it closes a file to nobody."""
    with rasterio.open(plain) as expected, rasterio.open(cog) as written:
        for number in expected.indexes:
            for _, window in expected.block_windows(number):
                same = np.array_equal(
                    expected.read(number, window=window), written.read(number, window=window), equal_nan=True
                )
                if not same:
                    raise OutputError(
                        f"cannot write '{target}': it reads back differently; is the disk full?"
                    )
