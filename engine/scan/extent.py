"""From what a user outlines on the ground to a region of the scene in pixels."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError
from pyproj.exceptions import CRSError

from engine.errors import InputError
from engine.raster import Scene
from engine.scan.plan import Extent, merge_extents

_STEP = 64  # vertices an edge is cut into before it is bent from one system into another


def bbox_extent(scene: Scene, bounds: tuple[float, float, float, float], crs: str | None = None) -> Extent:
    """The region inside bounds.

    Args:
        scene: The region is of.
        bounds: West, south, east, north, in `crs`.
        crs: Of the bounds; None for the scene's own (pixels, with y negative downwards, where it has none).

    Raises:
        InputError: The bounds are turned around or miss the scene.
    """
    west, south, east, north = bounds
    name = f"the box {west} {south} {east} {north}"
    if not (west < east and south < north):
        raise InputError(f"{name}: give west south east north, west < east, south < north")
    return _to_pixels(scene, shapely.box(west, south, east, north), crs, name)


def aoi_extent(scene: Scene, path: Path) -> Extent:
    """The region inside the polygons of a vector file, in whatever system the file has.

    Raises:
        InputError: The file cannot be read, has no polygon, or misses the scene.
    """
    try:
        frame = gpd.read_file(path)
    except (DataSourceError, OSError) as error:
        raise InputError(f"cannot read the area of interest {path}: give a GeoPackage, GeoJSON or Shapefile") from error
    polygons = [shape for shape in getattr(frame, "geometry", []) if shape is not None and shape.area > 0]
    if not polygons:
        raise InputError(f"the area of interest {path} has no polygon: draw one around what to encode")
    crs = frame.crs.to_wkt() if frame.crs else None
    return _to_pixels(scene, merge_extents(polygons), crs, f"the area of interest {path}")


def wkt_extent(scene: Scene, wkt: str, crs: str | None = None) -> Extent:
    """The region inside a polygon.

    Args:
        scene: The region is of.
        wkt: Of a polygon or several.
        crs: Of the polygon; None for the scene's own.

    Raises:
        InputError: It is no polygon, or misses the scene.
    """
    try:
        region = shapely.from_wkt(wkt)
    except shapely.errors.GEOSException as error:
        raise InputError(f"area {wkt[:40]!r}: cannot be read as WKT; give a polygon") from error
    if region is None or not region.area > 0:
        raise InputError(f"area {wkt[:40]!r}: has no area; give a polygon")
    return _to_pixels(scene, region, crs, "the area")


def pixel_at(scene: Scene, point: tuple[float, float], crs: str | None = None) -> tuple[float, float]:
    """Column and row of a point on the ground, which may lie beyond the scene.

    Raises:
        InputError: It cannot be brought into the scene's system.
    """
    ((col, row),) = _pixels(scene, np.array([point]), crs)
    if not np.isfinite((col, row)).all():
        raise InputError(f"point {point} lies where the scene's coordinate system is not defined: choose another")
    return float(col), float(row)


def _to_pixels(scene: Scene, region: Extent, crs: str | None, name: str) -> Extent:
    """A region on the ground as pixels of the scene, cut to the scene."""
    region = shapely.segmentize(region, max(region.length / (4 * _STEP), 1e-9))
    region = shapely.transform(region, lambda xy: _pixels(scene, xy, crs))
    if not np.isfinite(shapely.get_coordinates(region)).all():
        raise InputError(f"{name} lies where the scene's coordinate system is not defined: give a smaller one")
    inside = shapely.intersection(shapely.make_valid(region), shapely.box(0, 0, scene.width, scene.height))
    if inside.is_empty or inside.area == 0:
        raise InputError(f"{name} does not touch the scene {scene.path}: check its coordinates and system")
    return inside


def _pixels(scene: Scene, xy: NDArray[np.float64], crs: str | None) -> NDArray[np.float64]:
    """Columns and rows (n, 2) of points on the ground (n, 2); None is the scene's own system.

    Raises:
        InputError: There is no such system, or the scene has none.
    """
    place = scene.georeference
    x, y = xy.T
    if crs and place.crs is None:
        raise InputError(
            f"coordinates in {crs[:40]!r}: {scene.path} has no coordinate system; give the scene's own coordinates"
        )
    try:
        if crs and place.crs and pyproj.CRS(crs) != pyproj.CRS(place.crs):
            x, y = pyproj.Transformer.from_crs(crs, place.crs, always_xy=True).transform(x, y)
    except CRSError as error:
        raise InputError(f"coordinate system {crs!r}: not known; give EPSG:n or WKT") from error
    with np.errstate(invalid="ignore"):  # infinite where the system is not defined: the callers look
        return np.column_stack(place.from_ground(x, y))
