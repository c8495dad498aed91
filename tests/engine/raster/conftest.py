"""Files as sensors and agencies write them, made small."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.control import GroundControlPoint
from rasterio.errors import NotGeoreferencedWarning

WriteTiff = Callable[..., Path]


@pytest.fixture
def write_tiff(tmp_path: Path) -> WriteTiff:
    """A function that writes an array (H, W) or (bands, H, W) as GeoTIFF and gives its path."""

    def write(values: NDArray[Any], name: str = "scene.tif", **options: Any) -> Path:
        bands = values if values.ndim == 3 else values[np.newaxis]
        descriptions: Sequence[str] = options.pop("descriptions", ())
        tags: dict[str, str] = options.pop("tags", {})
        units: Sequence[str] = options.pop("units", ())
        scales: Sequence[float] = options.pop("scales", ())
        profile = {
            "driver": "GTiff",
            "height": bands.shape[1],
            "width": bands.shape[2],
            "count": bands.shape[0],
            "dtype": str(values.dtype),
            **options,
        }
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, "w", **profile) as dataset:
                dataset.write(bands)
                if tags:  # not always: it moves the directory to the end of the file
                    dataset.update_tags(**tags)
                for i, description in enumerate(descriptions, 1):
                    dataset.set_band_description(i, description)
                if units:
                    dataset.units = units
                if scales:
                    dataset.scales = scales
        return path

    return write


@pytest.fixture
def lattice_gcps() -> Callable[..., list[GroundControlPoint]]:
    """A function that gives control points of an affine scene on a lattice, as a GRD carries them."""

    def points(
        transform: Affine, height: int, width: int, n_rows: int = 4, n_cols: int = 6
    ) -> list[GroundControlPoint]:
        return [
            GroundControlPoint(row, col, *(transform @ (col, row)))
            for row in np.linspace(0, height, n_rows)
            for col in np.linspace(0, width, n_cols)
        ]

    return points
