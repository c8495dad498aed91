"""Sentinel-1 SAFE products: folders or zips that hold one measurement file per polarisation."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from engine.errors import SceneError

_MEASUREMENT = re.compile(r"(^|/)measurement/[^/]+\.tiff?$", re.IGNORECASE)
# s1a-iw-grd-vv-..., s1a-iw1-slc-vh-...: mission, swath, product, polarisation
_FILE_NAME = re.compile(
    r"s1[a-d]-(?P<swath>[a-z0-9]+)-[a-z]{3}-(?P<polarisation>vv|vh|hh|hv)-", re.IGNORECASE
)
_CO_POLARISED_FIRST = ("VV", "HH", "VH", "HV")


def measurements(path: Path) -> dict[str, str] | None:
    """Measurement files of a SAFE product by band name, co-polarised first; None for any other file.

    Names are polarisations (VV), with the swath where one polarisation has several files (IW1-VV).

    Args:
        path: a SAFE folder, its manifest.safe, or a zip of it.

    Raises:
        SceneError: a folder or zip without measurement files.
    """
    if path.name.lower() == "manifest.safe":
        path = path.parent
    if path.is_dir():
        files = [str(file) for file in path.glob("measurement/*")]
        kind = "a folder"
    elif path.suffix.lower() == ".zip" and path.is_file():
        # braces keep GDAL from looking for the archive's end at another ".zip" in the path
        files = [f"/vsizip/{{{path.absolute()}}}/{member}" for member in _zip_members(path)]
        kind = "a zip"
    else:
        return None
    found = _by_name(sorted(file for file in files if _MEASUREMENT.search(file.replace("\\", "/"))))
    if not found:
        raise SceneError(
            f"'{path}' is {kind} without measurement/s1*.tiff: "
            "give a raster file or a Sentinel-1 SAFE product"
        )
    return found


def _zip_members(path: Path) -> list[str]:
    """Names inside a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile) as e:
        raise SceneError(f"cannot open '{path}': {e}; download the zip again") from e


def _by_name(files: Iterable[str]) -> dict[str, str]:
    """Files by band name, in the order a user expects them."""
    keys = [(m["polarisation"].upper(), m["swath"].upper(), f) for f in files if (m := _FILE_NAME.search(f))]
    keys.sort(key=lambda key: (_CO_POLARISED_FIRST.index(key[0]), key[1]))
    polarisations = [polarisation for polarisation, _, _ in keys]
    single = len(set(polarisations)) == len(polarisations)
    return {(pol if single else f"{swath}-{pol}"): file for pol, swath, file in keys}
