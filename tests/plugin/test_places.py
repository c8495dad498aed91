"""From the map to the scene's own coordinates and pixels, however its file is placed and whoever named its system."""

# ruff: noqa: E402 - QGIS must run before the plugin is imported

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.plugin.application import start_qgis

QGIS = start_qgis()

from osgeo import gdal, osr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)

from sarclip_plugin.layers.ground import scene_grid
from sarclip_plugin.layers.places import ScenePlane
from sarclip_plugin.layers.source import raster_source
from tests.plugin.fakes import EPSG, NORTH, PIXEL_M, WEST

HEIGHT, WIDTH = 90, 140  # not square
TURN = math.radians(25)
AFFINE = {  # a, b, c, d, e, f as the engine says them
    "north-up": (PIXEL_M, 0, WEST, 0, -PIXEL_M, NORTH),
    "south-up": (PIXEL_M, 0, WEST, 0, PIXEL_M, NORTH),
    "mirrored": (-PIXEL_M, 0, WEST, 0, -PIXEL_M, NORTH),
    "rotated": (
        PIXEL_M * math.cos(TURN), PIXEL_M * math.sin(TURN), WEST,
        PIXEL_M * math.sin(TURN), -PIXEL_M * math.cos(TURN), NORTH,
    ),
    "none": (1, 0, 0, 0, -1, 0),
}  # fmt: skip
UTM, DEGREES, WRONG = (QgsCoordinateReferenceSystem(f"EPSG:{code}") for code in (EPSG, 4326, 32633))
NONE = QgsCoordinateReferenceSystem()


@pytest.fixture
def project() -> Iterator[QgsProject]:
    """An empty project whose map is in UTM."""
    project = QgsProject.instance()
    project.clear()
    project.setCrs(UTM)
    yield project
    project.clear()


def write(path: Path, place: str, crs: QgsCoordinateReferenceSystem = NONE, **more: Any) -> QgsRasterLayer:
    """Return a scene in which every pixel has a number of its own."""
    file = gdal.GetDriverByName("GTiff").Create(str(path), WIDTH, HEIGHT, 1, gdal.GDT_Float32)
    if place in AFFINE and place != "none":
        a, b, c, d, e, f = AFFINE[place]
        file.SetGeoTransform((c, a, b, f, d, e))
    if place == "gcp":
        corners = ((0, 0), (0, WIDTH), (HEIGHT, 0), (HEIGHT, WIDTH))
        points = [gdal.GCP(WEST + col * PIXEL_M, NORTH - row * PIXEL_M, 0, col, row) for row, col in corners]
        file.SetGCPs(points, osr.SpatialReference(UTM.toWkt()))
    elif crs.isValid():
        file.SetProjection(crs.toWkt())
    if "rpc" in more:
        file.SetMetadata(more["rpc"], "RPC")
    file.GetRasterBand(1).WriteArray(pixels())
    file.FlushCache()
    del file
    return QgsRasterLayer(str(path), "scene")


def pixels() -> Any:
    """Return the numbers of the pixels, row by row."""
    return np.arange(HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH)


def facts(place: str) -> dict[str, Any]:
    """Return what the engine says of a scene."""
    return {"height": HEIGHT, "width": WIDTH, "georeference": "affine", "transform": list(AFFINE[place])}


def plane_of(layer: QgsRasterLayer, project: QgsProject) -> ScenePlane:
    """Return the plane of a layer."""
    return ScenePlane.of(raster_source(layer), project)


@pytest.mark.parametrize("crs", [UTM, NONE], ids=["with a system", "without"])
@pytest.mark.parametrize("place", AFFINE)
def test_a_pixel_is_the_one_that_qgis_shows(tmp_path: Path, place: str, crs: QgsCoordinateReferenceSystem) -> None:
    layer = write(tmp_path / "scene.tif", place, crs if place != "none" else NONE)
    grid, exact = scene_grid(layer.crs(), facts(place)), place != "rotated"
    for row, col in ((3, 5), (80, 7), (11, 130), (HEIGHT - 1, WIDTH - 1)):
        point = grid.point(row + 0.5, col + 0.5)
        assert grid.pixel(point) == pytest.approx((row + 0.5, col + 0.5))
        shown, known = layer.dataProvider().sample(point, 1)
        # QGIS turns a rotated scene into pixels of its own, of which each takes a neighbour
        neighbours = pixels()[max(row - 1, 0) : row + 2, max(col - 1, 0) : col + 2]
        assert known and (shown == pixels()[row, col] if exact else shown in neighbours)


@pytest.mark.parametrize("place", AFFINE)
def test_tiles_and_windows_follow_the_rows_of_the_file(place: str) -> None:
    grid = scene_grid(UTM, facts(place))
    for tile in ((0, 0), (2, 3), (1, 4)):
        assert grid.tile(grid.tile_box(*tile, 32).centroid().asPoint(), 32) == tile
    assert grid.tile_box(2, 4, 32).area() == pytest.approx(26 * 12 * grid.tile_box(0, 0, 1).area()), "cut at the edge"
    assert grid.tile(grid.point(-1, 5), 32) is None and grid.tile(grid.point(5, WIDTH + 1), 32) is None
    corners = QgsGeometry.fromMultiPointXY([grid.point(66, 34), grid.point(80, 60)])
    row, col, height, width = grid.window(corners.boundingBox(), grain=8)
    assert 0 <= row <= 66 and 80 <= row + height <= HEIGHT
    assert 0 <= col <= 34 and 60 <= col + width <= WIDTH
    if place != "rotated":
        assert [row, col, height, width] == [64, 32, 16, 32]
    whole = QgsRectangle(-1e7, -1e7, 1e7, 1e7)
    assert grid.window(whole) == [0, 0, HEIGHT, WIDTH]
    assert grid.window(QgsRectangle(8e6, 8e6, 9e6, 9e6)) is None


@pytest.mark.parametrize("place", ["north-up", "south-up", "rotated", "none", "gcp"])
@pytest.mark.parametrize("named", ["by the file", "by the analyst", "corrected", "by nobody"])
def test_the_engine_is_told_the_scenes_own_coordinates(
    project: QgsProject, tmp_path: Path, place: str, named: str
) -> None:
    in_file = {"by the file": UTM, "corrected": WRONG}.get(named, NONE)
    layer = write(tmp_path / "scene.tif", place, in_file if place != "none" else NONE)
    if named in ("by the analyst", "corrected") or (place, named) == ("none", "by the file"):
        layer.setCrs(UTM)
    plane = plane_of(layer, project)
    own = layer.extent().center()
    for crs in (UTM, DEGREES):
        there = QgsCoordinateTransform(UTM, crs, project).transform(own)
        sent = plane.point(there, crs)
        assert sent["crs"] is None
        assert sent["point"] == pytest.approx((own.x(), own.y()), abs=0.01)
        box = QgsRectangle(there.x() - 1e-3, there.y() - 1e-3, there.x() + 1e-3, there.y() + 1e-3)
        sent = plane.box(box, crs)
        west, south, east, north = sent["box"]
        assert sent["crs"] is None and west < own.x() < east and south < own.y() < north


def test_an_area_keeps_its_outline(project: QgsProject, tmp_path: Path) -> None:
    plane = plane_of(write(tmp_path / "scene.tif", "north-up", WRONG), project)
    plane = ScenePlane(UTM, plane.transforms)
    bbox = [WEST + 100, NORTH - 700, WEST + 900, NORTH - 200]
    shape = QgsGeometry.fromRect(QgsRectangle(*bbox))
    assert plane.extent({"bbox": bbox, "crs": f"EPSG:{EPSG}"}) == {"bbox": bbox, "crs": None}
    far = QgsGeometry(shape)
    far.transform(QgsCoordinateTransform(UTM, DEGREES, project))
    for extent in ({"wkt": far.asWkt(9), "crs": "EPSG:4326"}, {"wkt": far.asWkt(9), "crs": DEGREES.toWkt()}):
        sent = plane.extent(extent)
        assert sent["crs"] is None
        assert QgsGeometry.fromWkt(sent["wkt"]).symDifference(shape).area() < 0.001 * shape.area()
        assert plane.extent(sent) == sent, "once is enough"
    turned = plane.extent({"bbox": [3.0, 36.0, 3.2, 36.1], "crs": "EPSG:4326"})
    assert QgsGeometry.fromWkt(turned["wkt"]).constGet().exteriorRing().numPoints() > 200, "edges may bend"
    assert plane.extent(None) is None


def test_what_has_no_place_in_the_plane_keeps_its_system(project: QgsProject, tmp_path: Path) -> None:
    plane = ScenePlane(UTM, project.transformContext())
    extent = {"bbox": [-500.0, 80.0, 500.0, 120.0], "crs": "EPSG:4326"}
    assert plane.extent(extent) == extent
    assert plane.box(QgsRectangle(*extent["bbox"]), DEGREES) == {"box": extent["bbox"], "crs": "EPSG:4326"}
    nowhere = ScenePlane(NONE, project.transformContext())  # neither the layer nor the map has a system
    assert nowhere.point(QgsPointXY(3, 40), DEGREES) == {"point": [3, 40], "crs": "EPSG:4326"}
    assert nowhere.point(QgsPointXY(3, 40), NONE) == {"point": [3, 40], "crs": None}


def test_degrees_by_rpc_are_not_taken_for_pixels(project: QgsProject, tmp_path: Path) -> None:
    numbers = {
        "LINE_OFF": HEIGHT / 2, "SAMP_OFF": WIDTH / 2, "LAT_OFF": -36.0, "LONG_OFF": 3.0, "HEIGHT_OFF": 0,
        "LINE_SCALE": HEIGHT / 2, "SAMP_SCALE": WIDTH / 2, "LAT_SCALE": 0.01, "LONG_SCALE": 0.01, "HEIGHT_SCALE": 500,
    }  # fmt: skip
    one = "1" + " 0" * 19
    terms = {"LINE_NUM_COEFF": "0 0 -1" + " 0" * 17, "LINE_DEN_COEFF": one,
             "SAMP_NUM_COEFF": "0 1" + " 0" * 18, "SAMP_DEN_COEFF": one}  # fmt: skip
    rpc = {**{name: str(number) for name, number in numbers.items()}, **terms}
    layer = write(tmp_path / "scene.tif", "rpc", rpc=rpc)
    assert layer.crs() == DEGREES and layer.extent().contains(QgsPointXY(3, -36)), "QGIS uses the coefficients"
    source = raster_source(layer)
    assert not source.is_native
    assert plane_of(layer, project).point(QgsPointXY(3, -36), DEGREES) == {"point": [3, -36], "crs": "EPSG:4326"}
