"""A scene: one band of a raster, known by its metadata; no pixel is read to open it."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window as RasterioWindow

from engine.errors import BandError, InputError, SceneError
from engine.raster.fingerprint import fingerprint_files, fingerprint_values, local_files
from engine.raster.gcp import GroundControlPoint
from engine.raster.georeference import Georeference
from engine.raster.safe import measurements
from engine.raster.windows import Window

_POLARISATION = re.compile(r"(?<![a-z0-9])(vv|vh|hh|hv)(?![a-z0-9])", re.IGNORECASE)
_NOT_A_FILE_NAME = re.compile(r"^(/vsi|[A-Za-z0-9_+]{2,}:)")  # virtual files, URLs, subdatasets
_SAMPLE_PX = 64


@dataclass(frozen=True)
class Scene:
    """One band of a raster. Plain data: it can be pickled, and opened in any thread or process."""

    path: str  # what GDAL opens
    height: int  # px
    width: int  # px
    dtype: str  # of the stored numbers: uint8, uint16, int16, float32, complex_int16, ...
    bands: tuple[str, ...]  # polarisations where known, else descriptions or numbers
    band: str  # the one of `bands` that is read
    band_index: int  # its number in the file at `path`, from 1
    nodata: float | None
    georeference: Georeference
    block_shape: tuple[int, int]  # (rows, columns) that the file stores together, px
    fingerprint: str  # sha256 in hex; changes when the file does
    gsd_m: tuple[float, float] | None  # metres on the ground per pixel along (columns, rows) at the centre
    notes: tuple[str, ...] = ()  # what a user should know, one line each
    unit: str = ""  # of the band, as declared
    description: str = ""  # of the band, as declared
    tags: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)  # file's and band's
    value_transform: tuple[float, float] = (1.0, 0.0)  # declared: quantity = stored * gain + offset
    values: NDArray[Any] | None = field(default=None, compare=False, repr=False)  # scene in memory, (H, W)
    files: tuple[str, ...] = field(default=(), compare=False, repr=False)  # on this machine, that it is read from

    @property
    def window(self) -> Window:
        """All of the scene."""
        return Window(0, 0, self.height, self.width)


def open_scene(path: str | os.PathLike[str], band: str | int | None = None) -> Scene:
    """Open a raster file, a GDAL path (/vsi..., a VRT, a subdataset), or a Sentinel-1 SAFE product.

    Args:
        path: a file; for SAFE the folder, its manifest.safe or its zip.
        band: number from 1, polarisation or description; None for the first band, in SAFE for the
            co-polarised one.

    Raises:
        SceneError: it does not exist, is no raster or has no band.
        BandError: it has no such band.
    """
    text = os.fspath(path)
    files = None if _NOT_A_FILE_NAME.match(text) else measurements(Path(text))
    if files is None:
        with _open_dataset(text) as dataset:
            names = _band_names(dataset, text)
            index = _find_band(band, names, dataset.descriptions, text)
            return _scene(dataset, text, names, names[index], index + 1)
    names = tuple(files)
    name = names[_find_band(band, names, names, text)]
    with _open_dataset(files[name]) as dataset:
        return _scene(dataset, files[name], names, name, 1)


def array_scene(
    values: NDArray[Any],
    *,
    georeference: Georeference | None = None,
    nodata: float | None = None,
    name: str = "array",
    unit: str = "",
    block_shape: tuple[int, int] = (256, 256),
) -> Scene:
    """A scene of numbers held in memory, shape (H, W).

    Raises:
        InputError: the array has not two dimensions or no pixel.
    """
    if values.ndim != 2 or values.size == 0:
        raise InputError(f"array of shape {values.shape}: a scene has two dimensions, height and width")
    height, width = values.shape
    place = georeference or Georeference("none")
    return Scene(
        path=name,
        height=height,
        width=width,
        dtype=str(values.dtype),
        bands=("1",),
        band="1",
        band_index=1,
        nodata=nodata,
        georeference=place,
        block_shape=block_shape,
        fingerprint=fingerprint_values(
            values, [str(values.shape), str(values.dtype), str(nodata), repr(place)]
        ),
        gsd_m=place.gsd_m(height, width),
        notes=_georeference_notes(place),
        unit=unit,
        values=values,
    )


def _open_dataset(path: str) -> DatasetReader:
    """A handle on a file with at least one band."""
    if not _NOT_A_FILE_NAME.match(path) and not Path(path).exists():
        raise SceneError(f"'{path}' does not exist: check the path")
    # Not catch_warnings, which no two threads may use at once; the scene's notes say the same.
    warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)
    try:
        dataset = rasterio.open(path)
    except (RasterioError, TypeError) as e:
        cause = " ".join(str(e).split())
        raise SceneError(f"cannot open '{path}' as a raster: {cause}; give a GeoTIFF or SAFE product") from e
    if dataset.count == 0:
        inside = ", ".join(dataset.subdatasets)
        dataset.close()
        remedy = f"open one of its parts: {inside}" if inside else "give a raster with at least one band"
        raise SceneError(f"'{path}' has no band: {remedy}")
    return dataset


def _scene(dataset: DatasetReader, path: str, bands: tuple[str, ...], band: str, index: int) -> Scene:
    """The scene of one band of an open dataset."""
    i = index - 1
    georeference = _georeference(dataset)
    facts = (
        str((dataset.driver, dataset.shape, dataset.dtypes, dataset.nodatavals, dataset.descriptions)),
        str((dataset.scales, dataset.offsets, dataset.units)),
        repr(georeference),
    )
    return Scene(
        path=path,
        height=dataset.height,
        width=dataset.width,
        dtype=dataset.dtypes[i],
        bands=bands,
        band=band,
        band_index=index,
        nodata=dataset.nodatavals[i],
        georeference=georeference,
        block_shape=dataset.block_shapes[i],
        fingerprint=fingerprint_files(dataset.files, facts) or _fingerprint_remote(dataset, facts),
        gsd_m=georeference.gsd_m(dataset.height, dataset.width),
        notes=(*_georeference_notes(georeference), *_file_notes(dataset, index)),
        unit=dataset.units[i] or "",
        description=dataset.descriptions[i] or "",
        tags={**dataset.tags(), **dataset.tags(index)},
        value_transform=(dataset.scales[i], dataset.offsets[i]),
        files=tuple(map(str, local_files(dataset.files))),
    )


def _fingerprint_remote(dataset: DatasetReader, facts: Sequence[str]) -> str:
    """Digest of a file elsewhere, by a few pixels at its centre in place of size and time."""
    height, width = min(dataset.height, _SAMPLE_PX), min(dataset.width, _SAMPLE_PX)
    centre = RasterioWindow((dataset.width - width) // 2, (dataset.height - height) // 2, width, height)
    try:
        return fingerprint_values(dataset.read(window=centre), facts)
    except RasterioError as e:
        raise SceneError(f"cannot read '{dataset.name}': {' '.join(str(e.__cause__ or e).split())}") from e


def _georeference(dataset: DatasetReader) -> Georeference:
    """Georeference of a dataset; a transform is preferred to control points."""
    points, points_crs = dataset.gcps
    if dataset.transform != Affine.identity():
        return Georeference("affine", _wkt(dataset.crs), dataset.transform)
    if len(points) >= 3:
        plain = tuple(GroundControlPoint(p.row, p.col, p.x, p.y) for p in points)
        return Georeference("gcp", _wkt(points_crs), gcps=plain)
    return Georeference("none")


def _wkt(crs: rasterio.crs.CRS | None) -> str | None:
    """Well-known text of a coordinate reference system, None where there is none."""
    return crs.to_wkt() if crs else None


def _georeference_notes(georeference: Georeference) -> tuple[str, ...]:
    """What a user should know about where the scene lies."""
    if georeference.kind == "none":
        return ("no georeference: results are in pixel coordinates (x = column, y = -row)",)
    notes: tuple[str, ...] = ()
    if georeference.kind == "gcp":
        notes += (f"georeferenced by {len(georeference.gcps)} ground control points",)
    if georeference.crs is None:
        notes += ("no coordinate reference system: results have none, and distances in metres are unknown",)
    return notes


def _file_notes(dataset: DatasetReader, index: int) -> tuple[str, ...]:
    """What a user should know about parts of the file that are not used."""
    notes: tuple[str, ...] = ()
    if dataset.rpcs is not None:
        notes += ("its rational polynomial coefficients (RPC) are not used",)
    if MaskFlags.per_dataset in dataset.mask_flag_enums[index - 1]:
        notes += ("its mask band is not used: declare nodata to leave pixels out",)
    return notes


def _band_names(dataset: DatasetReader, path: str) -> tuple[str, ...]:
    """A name for each band: polarisation, else description, else number; numbers where names repeat."""
    in_file_name = _POLARISATION.findall(Path(path).name.replace("_", "-"))
    if len(in_file_name) != dataset.count:
        in_file_name = [""] * dataset.count
    names = []
    for number, (description, fallback) in enumerate(zip(dataset.descriptions, in_file_name, strict=True), 1):
        declared = " ".join([description or "", *_polarisation_tags(dataset.tags(number))])
        found = _POLARISATION.search(declared.replace("_", "-"))
        names.append(found[1].upper() if found else description or fallback.upper() or str(number))
    if len(set(names)) < len(names):
        names = [description or str(i) for i, description in enumerate(dataset.descriptions, 1)]
    if len(set(names)) < len(names):
        names = [str(number) for number in dataset.indexes]
    return tuple(names)


def _polarisation_tags(tags: Mapping[str, str]) -> list[str]:
    """Values of the tags whose key speaks of polarisation, in either spelling."""
    return [value for key, value in tags.items() if key.lower().startswith("polari")]


def _find_band(
    band: str | int | None, names: Sequence[str], descriptions: Sequence[str | None], path: str
) -> int:
    """Index from 0 of the band that was asked for by number, name or description."""
    if band is None:
        return 0
    asked = str(band).strip().lower()
    for candidates in (names, descriptions):
        lower = [(name or "").lower() for name in candidates]
        if asked and lower.count(asked) == 1:
            return lower.index(asked)
    if asked.isdecimal() and 1 <= int(asked) <= len(names):
        return int(asked) - 1
    raise BandError(f"'{path}' has no band '{band}': it has {', '.join(names)} (or 1 to {len(names)})")
