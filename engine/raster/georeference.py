"""Where pixels lie on the ground: affine transforms, ground control points, or nothing at all.

Pixel coordinates are continuous: (col, row) = (0, 0) is the outer corner of the first pixel, (0.5, 0.5)
its centre.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from affine import Affine
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry import Polygon

from engine.errors import InputError
from engine.raster.gcp import GcpModel, GroundControlPoint
from engine.raster.windows import Window

Coordinates = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

# How QGIS draws a raster without georeference: y grows upwards, the image hangs below the x axis.
PIXEL_PLANE = Affine(1, 0, 0, 0, -1, 0)

_EDGE_POINTS = 33  # per side of a box that is mapped between systems in which its sides are curves


@dataclass(frozen=True)
class Georeference:
    """The mapping between pixels and ground, in one coordinate reference system.

    Without georeference the ground is the pixel plane: x = col, y = -row, as QGIS draws it.
    """

    kind: Literal["affine", "gcp", "none"]
    crs: str | None = None  # WKT; None where the file names none
    transform: Affine | None = None  # for kind "affine": north-up, south-up or rotated
    gcps: tuple[GroundControlPoint, ...] = ()  # for kind "gcp"

    def __post_init__(self) -> None:
        """Check that the kind has what it needs.

        Raises:
            InputError: a transform or points are missing, or the transform cannot be inverted.
        """
        if self.kind == "affine" and (self.transform is None or self.transform.is_degenerate):
            raise InputError(f"affine georeference with transform {self.transform}: it must be invertible")
        if self.kind == "gcp" and len(self.gcps) < 3:
            raise InputError(f"georeference by {len(self.gcps)} ground control points: at least 3 are needed")

    def to_ground(self, cols: ArrayLike, rows: ArrayLike) -> tuple[Coordinates, Coordinates]:
        """Ground coordinates (x, y) in the CRS of continuous pixel coordinates, in arrays of any shape.

        Control points across the antimeridian give longitudes from 0 to 360, without a jump in the scene.
        """
        cols, rows = np.broadcast_arrays(np.asarray(cols, np.float64), np.asarray(rows, np.float64))
        if self.kind == "gcp":
            return self._gcp_model.to_ground(cols, rows)
        return _apply(self.pixel_to_plane, cols, rows)

    def from_ground(self, x: ArrayLike, y: ArrayLike) -> tuple[Coordinates, Coordinates]:
        """Continuous pixel coordinates (cols, rows) of ground coordinates in the CRS."""
        x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
        if self.kind == "gcp":
            return self._gcp_model.from_ground(x, y)
        return _apply(~self.pixel_to_plane, x, y)

    @property
    def pixel_to_plane(self) -> Affine:
        """The transform: exact for "affine", the pixel plane for "none", least squares for "gcp"."""
        if self.kind == "gcp":
            return self._gcp_model.affine
        return self.transform if self.transform is not None else PIXEL_PLANE

    def polygons(self, windows: Iterable[Window]) -> list[Polygon]:
        """One polygon a window, through its four corners, in the CRS."""
        boxes = np.array([(w.col, w.row, w.col_stop, w.row_stop) for w in windows], np.float64).reshape(-1, 4)
        left, top, right, bottom = boxes.T
        # lower left first, counter-clockwise on a north-up scene
        cols = np.stack([left, right, right, left, left], axis=1)
        rows = np.stack([bottom, bottom, top, top, bottom], axis=1)
        rings = np.stack(self.to_ground(cols, rows), axis=-1)  # (n, 5, 2)
        shapes: list[Polygon] = np.asarray(shapely.polygons(rings), object).tolist()
        return shapes

    def window(self, bounds: Bounds, crs: str | None = None) -> Window:
        """The smallest window that holds a box on the ground; it may reach beyond the scene.

        Args:
            bounds: (x_min, y_min, x_max, y_max).
            crs: of the bounds, in any form PROJ knows; None for the georeference's own.

        Raises:
            InputError: the bounds are empty, or cannot be brought into the scene's system.
        """
        x_min, y_min, x_max, y_max = bounds
        if not (x_min < x_max and y_min < y_max):
            raise InputError(f"bounds {bounds} hold no area: give x_min y_min x_max y_max")
        side = np.linspace(0, 1, _EDGE_POINTS)
        x, y = (
            grid.ravel()
            for grid in np.meshgrid(x_min + side * (x_max - x_min), y_min + side * (y_max - y_min))
        )
        if crs is not None:
            x, y = self._project(x, y, crs)
        cols, rows = self.from_ground(x, y)
        if not (np.isfinite(cols).all() and np.isfinite(rows).all()):
            raise InputError(f"bounds {bounds} lie where the scene's coordinate system is not defined")
        # a thousandth of a pixel of slack: rounding must not add a row
        col, row = int(np.floor(cols.min() + 1e-3)), int(np.floor(rows.min() + 1e-3))
        height, width = int(np.ceil(rows.max() - 1e-3)) - row, int(np.ceil(cols.max() - 1e-3)) - col
        return Window(row, col, max(height, 1), max(width, 1))

    def gsd_m(self, height: int, width: int) -> tuple[float, float] | None:
        """Metres on the ground per pixel along (columns, rows), at the centre of a scene.

        Measured along the geodesic, so that degrees and Mercator's stretched metres come out right.
        None without a coordinate reference system.

        Args:
            height: of the scene, px.
            width: of the scene, px.
        """
        if self.crs is None:
            return None
        col, row = width / 2, height / 2
        half = 0.5  # a pixel's own extent; geodesic distances keep nanometres
        x, y = self.to_ground([col - half, col + half, col, col], [row, row, row - half, row + half])
        try:
            crs = CRS.from_user_input(self.crs)
            if crs.geodetic_crs is None:
                return None
            to_degrees = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
            lon, lat = to_degrees.transform(x, y, errcheck=True)
        except (CRSError, ProjError):
            return None
        geod: Geod = crs.get_geod() or Geod(ellps="WGS84")
        _, _, metres = geod.inv(lon[::2], lat[::2], lon[1::2], lat[1::2])
        return float(metres[0]), float(metres[1])

    def _project(self, x: Coordinates, y: Coordinates, crs: str) -> tuple[Coordinates, Coordinates]:
        """Coordinates brought from another system into this one."""
        if self.crs is None:
            raise InputError(
                f"bounds in '{crs}' on a scene without coordinate system: give the scene's own coordinates"
            )
        try:
            transformer = Transformer.from_crs(CRS.from_user_input(crs), self.crs, always_xy=True)
            projected_x, projected_y = transformer.transform(x, y)
        except (CRSError, ProjError) as e:
            raise InputError(f"bounds cannot be brought from '{crs}' into the scene's system: {e}") from e
        return np.asarray(projected_x), np.asarray(projected_y)

    @functools.cached_property
    def _gcp_model(self) -> GcpModel:
        """The interpolation through the control points, built at first use."""
        return GcpModel.fit(self.gcps)


def _apply(transform: Affine, u: Coordinates, v: Coordinates) -> tuple[Coordinates, Coordinates]:
    """An affine transform of arrays."""
    a, b, c, d, e, f = transform[:6]
    return a * u + b * v + c, d * u + e * v + f
