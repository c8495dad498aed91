"""What analysts have: polygons in a GeoPackage or GeoJSON over a georeferenced scene."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas
import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.transform import GCPTransformer
from rasterio.warp import transform as transform_points

from training.concepts import KIND, OBJECT_KINDS
from training.d2c.annotation import AnnotatedImage, AnnotatedObject
from training.d2c.readers.options import Options, ReadError

CLASS_COLUMNS = ("class", "kind", "label", "category", "type", "name")
SQUARE_PIXELS = 0.05  # pixels whose sides differ by less have one size


def vector(path: Path, options: Options) -> Iterator[AnnotatedImage]:
    """The polygons of a vector file in the pixels of a scene, in windows where the scene is large.

    Polygons of a kind of ground (sea, harbor, forest, ...) are painted into the ground, the later over the earlier;
    what they leave is unknown. Others are objects, and complete only where the options say so.

    Raises:
        ReadError: Scene or class are missing, or geometries are no polygons.
    """
    if options.scene is None:
        raise ReadError(f"{path}: polygons lie over a scene; name it (--scene SCENE.tif)")
    table = _table(path)
    column = options.column or next((name for name in CLASS_COLUMNS if name in table), None)
    if column is None or column not in table:
        listed = ", ".join(str(name) for name in table if name != "geometry")
        raise ReadError(f"{path}: no column {column or 'of the class'} among {listed}; name it (--column)")
    kinds = [options.kind(str(name)) for name in table[column]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        raster = rasterio.open(options.scene)
    with raster:
        polygons = _in_pixels(table, raster, options.scene)
        gsd_m, width, height = _pixel_m(raster), raster.width, raster.height
    drawn = [(p, KIND[k]) for p, k in zip(polygons, kinds, strict=True) if k in KIND and k not in OBJECT_KINDS]
    objects = [
        AnnotatedObject(kind, shapely.get_coordinates(polygon.exterior)[:-1])
        for polygon, kind in zip(polygons, kinds, strict=True)
        if kind not in KIND or kind in OBJECT_KINDS
    ]
    whole = AnnotatedImage(
        path.stem, width, height, tuple(objects), complete=options.complete or frozenset(), gsd_m=gsd_m
    )
    yield from (options.about(tile) for tile in _tiles(whole, drawn, options.tile_px))


def _table(path: Path) -> geopandas.GeoDataFrame:
    try:
        table = geopandas.read_file(path)
    except (OSError, RuntimeError, ValueError) as error:
        raise ReadError(f"{path}: {error}; it is no vector file") from error
    table = table[~(table.geometry.isna() | table.geometry.is_empty)].explode(index_parts=False)
    others = set(table.geom_type) - {"Polygon"}
    if others:
        raise ReadError(f"{path}: {', '.join(sorted(others))} have no outline; buffer them to polygons first")
    return table


def _in_pixels(
    table: geopandas.GeoDataFrame, raster: rasterio.DatasetReader, scene: Path
) -> list[shapely.Polygon]:
    points, crs = raster.gcps
    if raster.crs is None and not points:
        raise ReadError(f"{scene}: neither coordinate system nor ground control points; polygons need one of them")
    geometries = (table.to_crs(raster.crs or crs) if table.crs else table).geometry
    if raster.crs is not None:
        a, b, c, d, e, f = tuple(~raster.transform)[:6]
        return [shapely.transform(g, lambda xy: xy @ np.array([[a, d], [b, e]]) + (c, f)) for g in geometries]

    with GCPTransformer(points) as transformer:

        def pixels(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            rows, columns = transformer.rowcol(xy[:, 0], xy[:, 1], op=lambda v: v)
            return np.stack((np.asarray(columns, float), np.asarray(rows, float)), -1)

        return [shapely.transform(geometry, pixels) for geometry in geometries]


def _pixel_m(raster: rasterio.DatasetReader) -> float | None:
    """Size of the pixel in the middle of the scene; None where it is not square, or only control points tell it."""
    if raster.crs is None:
        return None
    row, column = raster.height // 2, raster.width // 2
    (x0, y0), (x1, y1), (x2, y2) = (raster.transform @ (column + dx, row + dy) for dx, dy in ((0, 0), (1, 0), (0, 1)))
    lon, lat = transform_points(raster.crs, "EPSG:4326", [x0, x1, x2], [y0, y1, y2])
    geod = Geod(ellps="WGS84")  # on the ground: a Mercator metre is shorter than a metre
    across, down = (geod.inv(lon[0], lat[0], lon[i], lat[i])[2] for i in (1, 2))
    return float((across + down) / 2) if abs(across - down) <= SQUARE_PIXELS * down else None


def _tiles(
    whole: AnnotatedImage, drawn: list[tuple[shapely.Polygon, int]], tile_px: int
) -> Iterator[AnnotatedImage]:
    """Windows of the scene, the last ones shifted inwards; those about which nothing is known are left out."""
    for y in _starts(whole.height, tile_px):
        for x in _starts(whole.width, tile_px):
            width, height = min(tile_px, whole.width), min(tile_px, whole.height)
            tile = whole.crop(x, y, width, height)
            shapes = [(shapely.transform(polygon, lambda xy: xy - (x, y)), kind) for polygon, kind in drawn]  # noqa: B023 - used at once
            ground = rasterize(shapes, (height, width), dtype=np.uint8) if shapes else None
            known = ground is not None and bool(ground.any())
            if known or tile.objects or tile.complete:
                yield replace(tile, name=f"{whole.name}_{y}_{x}", ground=ground if known else None)


def _starts(size: int, tile_px: int) -> list[int]:
    return [*range(0, max(size - tile_px, 0), tile_px), max(size - tile_px, 0)]
