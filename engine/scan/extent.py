"""From what a user outlines on the ground to a region of the scene in pixels."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from pyogrio.errors import DataSourceError

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
    if not (west < east and south < north):
        raise InputError(f"--bbox {west} {south} {east} {north}: give west south east north, west < east, south < north")
    return _to_pixels(scene, shapely.box(west, south, east, north), crs, f"--bbox {west} {south} {east} {north}")


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


def _to_pixels(scene: Scene, region: Extent, crs: str | None, name: str) -> Extent:
    """A region on the ground as pixels of the scene, cut to the scene."""
    place = scene.georeference
    region = shapely.segmentize(region, max(region.length / (4 * _STEP), 1e-9))
    if crs and place.crs and pyproj.CRS(crs) != pyproj.CRS(place.crs):
        transformer = pyproj.Transformer.from_crs(crs, place.crs, always_xy=True)
        region = shapely.transform(region, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))
    region = shapely.transform(region, lambda xy: np.column_stack(place.from_ground(xy[:, 0], xy[:, 1])))
    inside = shapely.intersection(shapely.make_valid(region), shapely.box(0, 0, scene.width, scene.height))
    if inside.is_empty or inside.area == 0:
        raise InputError(f"{name} does not touch the scene {scene.path}: check its coordinates and system")
    return inside
