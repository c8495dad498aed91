"""From an outline on the ground to pixels, in the scene's own system or another."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine

from engine.errors import InputError
from engine.raster import Scene, array_scene
from engine.scan.extent import aoi_extent, bbox_extent, pixel_at, wkt_extent
from tests.engine.worlds import TRANSFORM, UTM, scene_of, world

BOX = (500_500.0, 3_998_000.0, 502_000.0, 3_999_000.0)  # columns 50 to 200, rows 100 to 200


@pytest.fixture
def scene() -> Scene:
    return scene_of(world())


def test_bounds_in_the_scenes_system(scene: Scene) -> None:
    assert bbox_extent(scene, BOX).bounds == pytest.approx((50, 100, 200, 200))


def test_bounds_in_degrees(scene: Scene) -> None:
    to_degrees = pyproj.Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    found = bbox_extent(scene, to_degrees.transform_bounds(*BOX), "EPSG:4326")
    assert found.bounds == pytest.approx((50, 100, 200, 200), abs=0.5)


def test_bounds_are_cut_to_the_scene(scene: Scene) -> None:
    found = bbox_extent(scene, (0, 0, 1e7, 1e7))
    assert found.bounds == pytest.approx((0, 0, 358, 230))


def test_bounds_of_a_rotated_scene() -> None:
    turned = scene_of(world(), Affine(10, 0, 5e5, 0, -10, 4e6) @ Affine.rotation(30))
    x, y = turned.georeference.to_ground(179, 115)
    found = bbox_extent(turned, (x - 200, y - 100, x + 200, y + 100))
    assert found.area == pytest.approx(400 * 200 / 100)
    assert (found.centroid.x, found.centroid.y) == pytest.approx((179, 115))


@pytest.mark.parametrize("crs", [UTM, None])
@pytest.mark.parametrize(
    "transform",
    [TRANSFORM, Affine(10, 0, 5e5, 0, 10, 4e6), TRANSFORM @ Affine.rotation(30)],
    ids=["north-up", "south-up", "rotated"],
)
def test_coordinates_without_a_system_are_the_scenes_own(transform: Affine, crs: str | None) -> None:
    """Whether the file names their system or not, and even where it names a wrong one."""
    scene = scene_of(world(), transform, crs)
    pixels = shapely.box(50, 100, 200, 160)
    ground = shapely.transform(pixels, lambda xy: np.column_stack(scene.georeference.to_ground(*xy.T)))
    assert wkt_extent(scene, ground.wkt).symmetric_difference(pixels).area < 1e-3
    assert pixel_at(scene, ground.centroid.coords[0]) == pytest.approx((125, 130))
    assert bbox_extent(scene, ground.bounds).covers(pixels.buffer(-1e-3))


def test_pixels_where_there_is_no_georeference() -> None:
    assert bbox_extent(array_scene(world()), (50, -200, 200, -100)).bounds == pytest.approx((50, 100, 200, 200))


def test_polygons_of_a_file_in_another_system(scene: Scene, tmp_path: Path) -> None:
    shapes = gpd.GeoSeries([shapely.box(*BOX), shapely.box(503_000, 3_999_500, 503_100, 3_999_900)], crs=UTM)
    shapes.to_crs("EPSG:3857").to_file(tmp_path / "aoi.gpkg")
    found = aoi_extent(scene, tmp_path / "aoi.gpkg")
    assert found.area == pytest.approx(150 * 100 + 10 * 40, rel=1e-3)


@pytest.mark.parametrize(
    "bounds", [(2.0, 1.0, 1.0, 2.0), (1.0, 2.0, 2.0, 1.0), (0.0, 0.0, 1.0, 1.0), (float("nan"),) * 4]
)
def test_impossible_bounds(scene: Scene, bounds: tuple[float, float, float, float]) -> None:
    with pytest.raises(InputError, match="the box") as told:
        bbox_extent(scene, bounds)
    assert "--" not in str(told.value)  # the worker and Python have no such option


def test_bounds_beyond_the_pole(scene: Scene) -> None:
    with pytest.raises(InputError, match="not defined"):
        bbox_extent(scene, (0, 80, 10, 95), "EPSG:4326")


@pytest.mark.parametrize("crs", ["EPSG:0", "nonsense"])
def test_no_such_system(scene: Scene, crs: str) -> None:
    with pytest.raises(InputError, match=crs):
        bbox_extent(scene, BOX, crs)


def test_a_system_for_a_scene_that_has_none() -> None:
    """Degrees must not be taken for pixels in silence."""
    with pytest.raises(InputError, match="EPSG:4326"):
        bbox_extent(array_scene(world()), (3, -40, 4, -30), "EPSG:4326")


def test_files_that_are_no_areas(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "text.geojson").write_text("no")
    gpd.GeoSeries([shapely.Point(0, 0)], crs=UTM).to_file(tmp_path / "points.gpkg")
    for name, reason in (("gone.gpkg", "cannot read"), ("text.geojson", "cannot read"), ("points.gpkg", "no polygon")):
        with pytest.raises(InputError, match=reason) as told:
            aoi_extent(scene, tmp_path / name)
        assert "\n" not in str(told.value)
