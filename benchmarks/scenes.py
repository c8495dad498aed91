"""The scenes of the benchmark: Los Angeles, and large ones made of it in a folder that is deleted afterwards."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window

LOS_ANGELES = Path("sentinel1") / "los_angeles_s1_vh.tif"  # below the data folder
IW_GRD = (17_000, 25_000)  # rows and columns of a Sentinel-1 IW GRD scene at 10 m
LOOKS = 10.0  # of the speckle that is laid over the scene's own, so that no two repeats are equal
GAIN = 4  # grey value to digital number: the order of a GRD's amplitudes
_STRIP_ROWS = 512
_SPARSE_BLOCK_PX = 512


@dataclass(frozen=True, slots=True)
class TestScene:
    """A scene to measure on.

    Attributes:
        name: For the table.
        path: To open.
        files: That hold its pixels, for the page cache.
        height: px.
        width: px.
        about: What it is.
    """

    __test__ = False  # pytest takes every class named Test... for a test

    name: str
    path: Path
    files: tuple[Path, ...]
    height: int
    width: int
    about: str

    @property
    def megapixels(self) -> float:
        """Its size."""
        return self.height * self.width / 1e6


def real_scene(path: Path, name: str) -> TestScene:
    """A scene as it lies on the disk.

    Raises:
        rasterio.errors.RasterioIOError: It cannot be opened.
    """
    with rasterio.open(path) as dataset:
        about = f"{dataset.dtypes[0]}, {'tiled' if dataset.block_shapes[0][1] < dataset.width else 'striped'}, as it is"
        return TestScene(name, path, (path,), dataset.height, dataset.width, about)


def cropped(source: Path, side_px: int, folder: Path, name: str) -> TestScene:
    """The middle of a scene as a file of its own, of the same kind."""
    target = folder / f"crop_{side_px}.tif"
    with rasterio.open(source) as dataset:
        row, col = ((side - side_px) // 2 // 256 * 256 for side in dataset.shape)
        window = Window(col, row, side_px, side_px)
        transform = dataset.window_transform(window)
        profile = {**dataset.profile, "height": side_px, "width": side_px, "transform": transform}
        with rasterio.open(target, "w", **profile) as made:
            made.write(dataset.read(1, window=window), 1)
    return TestScene(name, target, (target,), side_px, side_px, f"the middle of {source.name}")


@dataclass(frozen=True, slots=True)
class Pieces:
    """A scene repeated on a grid of files, each under speckle of its own seed.

    Attributes:
        paths: Row by row.
        grid: Rows and columns of pieces.
        shape: Of one piece, px.
    """

    paths: tuple[Path, ...]
    grid: tuple[int, int]
    shape: tuple[int, int]


def make_pieces(source: Path, shape: tuple[int, int], folder: Path) -> Pieces:
    """Repeat a scene until it covers `shape`, in files as ESA delivers them: uint16 amplitude, strips, uncompressed.

    Args:
        source: An 8-bit picture of amplitudes, 0 where invalid.
        shape: Rows and columns to cover.
        folder: For the files.
    """
    with rasterio.open(source) as dataset:
        height, width = dataset.shape
        grid = (-(-shape[0] // height), -(-shape[1] // width))
        profile = {
            "driver": "GTiff", "dtype": "uint16", "count": 1, "height": height, "width": width, "nodata": 0,
            "crs": dataset.crs, "transform": dataset.transform, "blockysize": 1, "tiled": False,
        }  # fmt: skip
        paths = []
        for number in range(grid[0] * grid[1]):
            path = folder / f"piece_{number:02}.tif"
            random = np.random.default_rng(number)
            with rasterio.open(path, "w", **profile) as made:
                for row in range(0, height, _STRIP_ROWS):
                    window = Window(0, row, width, min(_STRIP_ROWS, height - row))
                    made.write(_speckled(dataset.read(1, window=window), random), 1, window=window)
            paths.append(path)
    return Pieces(tuple(paths), grid, (height, width))


def _speckled(values: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint16]:
    """Amplitudes under multiplicative speckle; what is invalid stays so, and nothing else becomes so."""
    noise = np.sqrt(random.standard_gamma(LOOKS, values.shape, np.float32) / np.float32(LOOKS))
    found = np.rint(values * noise * GAIN)
    return np.where(values == 0, 0, np.clip(found, 1, 65_535)).astype(np.uint16)


def mosaic(pieces: Pieces, shape: tuple[int, int], folder: Path, name: str) -> TestScene:
    """A VRT over pieces, cut to `shape` rows and columns.

    Raises:
        ValueError: The pieces do not cover it.
    """
    high, wide = pieces.shape
    if shape[0] > high * pieces.grid[0] or shape[1] > wide * pieces.grid[1]:
        raise ValueError(f"scene of {shape} px: {pieces.grid} pieces of {pieces.shape} px do not cover it")
    used = []
    sources = []
    for (row, col), path in zip(itertools.product(*map(range, pieces.grid)), pieces.paths, strict=True):
        h, w = min(high, shape[0] - row * high), min(wide, shape[1] - col * wide)
        if h > 0 and w > 0:
            used.append(path)
            sources.append(_source(path, (row * high, col * wide), (h, w)))
    with rasterio.open(pieces.paths[0]) as dataset:
        crs, transform = dataset.crs.to_wkt(), ", ".join(map(repr, dataset.transform.to_gdal()))
    target = folder / f"scene_{shape[0]}x{shape[1]}.vrt"
    target.write_text(
        f'<VRTDataset rasterXSize="{shape[1]}" rasterYSize="{shape[0]}"><SRS>{escape(crs)}</SRS>'
        f"<GeoTransform>{transform}</GeoTransform>"
        '<VRTRasterBand dataType="UInt16" band="1"><NoDataValue>0</NoDataValue>'
        f"{''.join(sources)}</VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    about = f"VRT of {len(used)} files, each the real scene under speckle of its own, uint16 amplitude in plain strips"
    return TestScene(name, target, tuple(used), *shape, about)


def _source(path: Path, at: tuple[int, int], size: tuple[int, int]) -> str:
    (row, col), (h, w) = at, size
    return (
        f'<SimpleSource><SourceFilename relativeToVRT="1">{escape(path.name)}</SourceFilename>'
        f'<SourceBand>1</SourceBand><SrcRect xOff="0" yOff="0" xSize="{w}" ySize="{h}"/>'
        f'<DstRect xOff="{col}" yOff="{row}" xSize="{w}" ySize="{h}"/></SimpleSource>'
    )


def sparse_scene(source: Path, side_px: int, folder: Path) -> TestScene:
    """A square scene that is nearly all nodata: the source once in each of its corners and once in the middle."""
    target = folder / f"sparse_{side_px}.tif"
    with rasterio.open(source) as dataset:
        values = dataset.read(1)
        profile = {
            "driver": "GTiff", "dtype": dataset.dtypes[0], "count": 1, "height": side_px, "width": side_px, "nodata": 0,
            "crs": dataset.crs, "transform": dataset.transform, "tiled": True, "blockxsize": _SPARSE_BLOCK_PX,
            "blockysize": _SPARSE_BLOCK_PX, "compress": "deflate", "SPARSE_OK": True, "BIGTIFF": "IF_SAFER",
        }  # fmt: skip
    height, width = (min(side, side_px // 3) for side in values.shape)
    last_row, last_col = side_px - height, side_px - width
    places = [(0, 0), (0, last_col), (last_row // 2, last_col // 2), (last_row, 0), (last_row, last_col)]
    with rasterio.open(target, "w", **profile) as made:
        for row, col in places:
            made.write(values[:height, :width], 1, window=Window(col, row, width, height))
    share = len(places) * height * width / side_px**2
    about = f"sparse GeoTIFF, {share:.1%} valid"
    return TestScene(f"{side_px**2 / 1e6:,.0f} Mpx sparse", target, (target,), side_px, side_px, about)


@dataclass(frozen=True, slots=True)
class FileKind:
    """A way to keep the same pixels in a file.

    Attributes:
        name: For the table.
        options: Creation options of rasterio.
        driver: Of GDAL.
    """

    name: str
    options: tuple[tuple[str, str | int | bool], ...]
    driver: str = "GTiff"


_TILED = (("tiled", True), ("blockxsize", 512), ("blockysize", 512))
FILE_KINDS = (
    FileKind("tiled, uncompressed", _TILED),
    FileKind("striped, uncompressed", (("tiled", False), ("blockysize", 1))),
    FileKind("striped, deflate", (("tiled", False), ("blockysize", 16), ("compress", "deflate"), ("predictor", 2))),
    FileKind("tiled, deflate", (*_TILED, ("compress", "deflate"), ("predictor", 2))),
    FileKind("tiled, zstd", (*_TILED, ("compress", "zstd"), ("predictor", 2))),
    FileKind("COG, deflate", (("blocksize", 512), ("compress", "deflate"), ("predictor", "yes")), "COG"),
)


def written_as(source: Path, kind: FileKind, folder: Path) -> TestScene:
    """The pixels of a scene in a file of another kind.

    Raises:
        rasterio.errors.RasterioError: This GDAL cannot write that kind.
    """
    target = folder / f"{kind.name.replace(', ', '_')}.tif"
    with rasterio.open(source) as dataset:
        kept = {"crs": dataset.crs, "transform": dataset.transform, "nodata": dataset.nodata}
        profile = {"dtype": dataset.dtypes[0], "count": 1, "height": dataset.height, "width": dataset.width, **kept}
        with rasterio.open(target, "w", driver=kind.driver, **profile, **dict(kind.options)) as made:
            made.write(dataset.read(1), 1)
        return TestScene(kind.name, target, (target,), dataset.height, dataset.width, kind.name)
