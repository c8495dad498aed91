"""Scenes, windows, radiometry, georeference and raster results; the only package that knows rasterio."""

from __future__ import annotations

from engine.raster.cog import RasterLayout, write_cog, write_geotiff
from engine.raster.georeference import Georeference
from engine.raster.radiometry import Scale, Stretch, to_bytes
from engine.raster.reader import Swath, read_swaths, read_window
from engine.raster.sampling import measure_stretch
from engine.raster.scene import Scene, array_scene, open_scene
from engine.raster.source import ArrayReader, RasterioReader, Reader, open_reader
from engine.raster.windows import Window, grid, grid_shape, intersection, pad

__all__ = [
    "ArrayReader",
    "Georeference",
    "RasterLayout",
    "RasterioReader",
    "Reader",
    "Scale",
    "Scene",
    "Stretch",
    "Swath",
    "Window",
    "array_scene",
    "grid",
    "grid_shape",
    "intersection",
    "measure_stretch",
    "open_reader",
    "open_scene",
    "pad",
    "read_swaths",
    "read_window",
    "to_bytes",
    "write_cog",
    "write_geotiff",
]
