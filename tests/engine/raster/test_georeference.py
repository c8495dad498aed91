"""Pixels to ground and back, by every kind of georeference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer
from rasterio.control import GroundControlPoint as RasterioPoint

from engine.errors import InputError
from engine.raster import Georeference, Window, grid, open_scene
from engine.raster.gcp import GroundControlPoint

WriteTiff = Callable[..., Path]
LatticeGcps = Callable[..., list[RasterioPoint]]

UTM = CRS.from_epsg(32632).to_wkt()
DEGREES = CRS.from_epsg(4326).to_wkt()
NORTH_UP = Affine(10, 0, 500_000, 0, -10, 6_000_000)
TRANSFORMS = {
    "north-up": NORTH_UP,
    "south-up": Affine(10, 0, 500_000, 0, 10, 6_000_000),
    "rotated": Affine.translation(500_000, 6_000_000) @ Affine.rotation(33) @ Affine.scale(10, -7),
}


def sentinel_points(
    n_rows: int = 10, n_cols: int = 21, height: int = 16_800, width: int = 25_600
) -> Georeference:
    """Points of an image in the geometry of a descending pass, curved on the ellipsoid, in degrees."""
    to_degrees = Transformer.from_crs(UTM, DEGREES, always_xy=True)
    track = Affine.translation(400_000, 6_200_000) @ Affine.rotation(-12.5) @ Affine.scale(-10, -10)
    points = []
    for row in np.linspace(0, height, n_rows):
        for col in np.linspace(0, width, n_cols):
            x, y = track @ (col * (1 + 1e-7 * col), row)  # the sampling drifts over the swath
            points.append(GroundControlPoint(row, col, *to_degrees.transform(x, y)))
    return Georeference("gcp", DEGREES, gcps=tuple(points))


@pytest.mark.parametrize("kind", [*TRANSFORMS, "gcp", "none"])
def test_there_and_back(kind: str) -> None:
    place = {"gcp": sentinel_points(), "none": Georeference("none")}.get(kind)
    place = place or Georeference("affine", UTM, TRANSFORMS[kind])
    cols, rows = np.meshgrid([-40, 0, 0.5, 1234, 25_600, 26_000], [-30, 0, 777.25, 16_800])
    back_cols, back_rows = place.from_ground(*place.to_ground(cols, rows))
    np.testing.assert_allclose(back_cols, cols, atol=1e-3)
    np.testing.assert_allclose(back_rows, rows, atol=1e-3)


def test_without_georeference_the_ground_is_qgis_pixel_plane() -> None:
    x, y = Georeference("none").to_ground([3, 0], [0, 5])
    assert (x.tolist(), y.tolist()) == ([3, 0], [0, -5])


def test_lattice_passes_through_its_points_and_is_right_between_them() -> None:
    coarse, fine = sentinel_points(), sentinel_points(n_rows=41, n_cols=67)
    rows, cols, x, y = np.array([(p.row, p.col, p.x, p.y) for p in fine.gcps]).T
    found_x, found_y = coarse.to_ground(cols, rows)
    _, _, metres = Geod(ellps="WGS84").inv(x, y, found_x, found_y)
    assert np.max(metres) < 0.5  # a twentieth of a pixel
    rows, cols, x, y = np.array([(p.row, p.col, p.x, p.y) for p in coarse.gcps]).T
    np.testing.assert_allclose(coarse.to_ground(cols, rows), [x, y], atol=1e-10)


@pytest.mark.parametrize("in_degrees", [False, True])
def test_gcp_and_affine_versions_give_the_same_tiles(
    in_degrees: bool, write_tiff: WriteTiff, lattice_gcps: LatticeGcps
) -> None:
    height, width = 300, 470
    values = np.ones((height, width), np.uint8)
    points = lattice_gcps(NORTH_UP, height, width)
    if in_degrees:
        to_degrees = Transformer.from_crs(UTM, DEGREES, always_xy=True)
        points = [RasterioPoint(p.row, p.col, *to_degrees.transform(p.x, p.y)) for p in points]
    affine = open_scene(write_tiff(values, "affine.tif", crs=UTM, transform=NORTH_UP))
    control = open_scene(write_tiff(values, "gcp.tif", gcps=points, crs=DEGREES if in_degrees else UTM))
    assert (affine.georeference.kind, control.georeference.kind) == ("affine", "gcp")
    tiles = grid(height, width, 64)
    to_utm = Transformer.from_crs(DEGREES if in_degrees else UTM, UTM, always_xy=True)
    for a, b in zip(affine.georeference.polygons(tiles), control.georeference.polygons(tiles), strict=True):
        x, y = to_utm.transform(*np.array(b.exterior.coords).T)
        assert np.abs(np.array(a.exterior.coords) - np.stack([x, y], 1)).max() < 5  # half a pixel
    assert control.gsd_m == pytest.approx(affine.gsd_m, rel=1e-3)


def test_scattered_points_are_met() -> None:
    rng = np.random.default_rng(0)
    rows, cols = rng.uniform(0, 300, 12), rng.uniform(0, 400, 12)
    points = tuple(GroundControlPoint(r, c, *(NORTH_UP @ (c, r))) for r, c in zip(rows, cols, strict=True))
    place = Georeference("gcp", UTM, gcps=points)
    assert np.abs(np.subtract(place.to_ground(cols, rows), NORTH_UP @ (cols, rows))).max() < 0.1
    back = place.from_ground(*place.to_ground(123.0, 45.0))
    assert (float(back[0]), float(back[1])) == pytest.approx((123, 45), abs=1e-3)
    three = Georeference("gcp", UTM, gcps=points[:3])
    assert [float(v) for v in three.to_ground(10, 20)] == pytest.approx(NORTH_UP @ (10, 20))


def test_points_across_the_antimeridian_stay_together() -> None:
    points = tuple(
        GroundControlPoint(r, c, (179.9 + c * 1e-4 + 180) % 360 - 180, -17 - r * 1e-4)
        for r in (0, 1000)
        for c in (0, 1000, 2000)
    )
    place = Georeference("gcp", DEGREES, gcps=points)
    polygon = place.polygons([Window(0, 0, 1000, 2000)])[0]
    assert polygon.area == pytest.approx(0.2 * 0.1)
    for lon in (-179.95, 180.05):  # the same meridian
        col, row = place.from_ground(lon, -17.03)
        assert (float(col), float(row)) == pytest.approx((1500, 300), abs=1e-3)
    assert place.window((-180, -17.1, -179.95, -17)) == Window(0, 1000, 1000, 500)
    mercator = Transformer.from_crs("EPSG:4326", "EPSG:3832", always_xy=True)  # centred on the Pacific
    (west, east), (south, north) = mercator.transform([179.95, -179.95], [-17.1, -17])
    assert place.window((west, south, east, north), "EPSG:3832") == Window(0, 500, 1000, 1000)


@pytest.mark.parametrize("lat", [0.0, 32.5, -60.0, 71.0])
def test_degree_layers_have_metres_of_the_place(lat: float) -> None:
    step = 1e-4
    place = Georeference("affine", DEGREES, Affine(step, 0, 20, 0, -step, lat + 50 * step))
    x_m, y_m = place.gsd_m(100, 140)
    geod = Geod(ellps="WGS84")
    assert x_m == pytest.approx(geod.inv(20, lat, 20 + step, lat)[2], rel=1e-6)
    assert y_m == pytest.approx(geod.inv(20, lat - step / 2, 20, lat + step / 2)[2], rel=1e-6)
    assert x_m == pytest.approx(11.13 * np.cos(np.radians(lat)), rel=4e-3)


def test_metres_per_pixel() -> None:
    rotated = Georeference("affine", UTM, TRANSFORMS["rotated"]).gsd_m(20, 30)
    assert rotated == pytest.approx((10, 7), rel=1e-3)
    mercator = Affine(10, 0, -13_190_000, 0, -10, 4_000_000)
    x_m, y_m = Georeference("affine", CRS.from_epsg(3395).to_wkt(), mercator).gsd_m(20, 30)
    assert x_m == pytest.approx(8.3, abs=0.1) and x_m == pytest.approx(y_m, rel=1e-3)
    feet = Georeference("affine", CRS.from_epsg(2263).to_wkt(), Affine(100, 0, 980_000, 0, -100, 200_000))
    assert feet.gsd_m(20, 30) == pytest.approx((30.48, 30.48), rel=1e-3)
    assert sentinel_points().gsd_m(16_800, 25_600) == pytest.approx((10, 10), rel=0.01)
    assert Georeference("none").gsd_m(20, 30) is None
    assert Georeference("affine", None, NORTH_UP).gsd_m(20, 30) is None


@given(st.integers(-500, 500), st.integers(-500, 500), st.integers(1, 300), st.integers(1, 300))
def test_polygon_of_a_window_leads_back_to_it(row: int, col: int, height: int, width: int) -> None:
    window = Window(row, col, height, width)
    for name in ("north-up", "south-up"):
        place = Georeference("affine", UTM, TRANSFORMS[name])
        assert place.window(place.polygons([window])[0].bounds) == window
    polygon = Georeference("affine", UTM, NORTH_UP).polygons([window])[0]
    assert polygon.exterior.is_ccw and polygon.area == pytest.approx(100 * height * width)


def test_box_in_another_system_is_covered() -> None:
    place = Georeference("affine", UTM, NORTH_UP)
    to_degrees = Transformer.from_crs(UTM, DEGREES, always_xy=True)
    lon, lat = to_degrees.transform([500_000, 510_000], [5_990_000, 6_000_000])
    found = place.window((min(lon), min(lat), max(lon), max(lat)), "EPSG:4326")
    assert found.row == pytest.approx(0, abs=20) and found.width == pytest.approx(1000, abs=20)
    with pytest.raises(InputError, match="hold no area"):
        place.window((1, 2, 1, 3))
    with pytest.raises(InputError, match="EPSG:99999999"):
        place.window((1, 2, 3, 4), "EPSG:99999999")
    with pytest.raises(InputError, match="without coordinate system"):
        Georeference("none").window((1, 2, 3, 4), "EPSG:4326")


def test_what_is_no_georeference_is_refused() -> None:
    line = tuple(GroundControlPoint(i, i, i, i) for i in range(5))
    with pytest.raises(InputError, match="on one line"):
        Georeference("gcp", UTM, gcps=line).to_ground(0, 0)
    with pytest.raises(InputError, match="at least 3"):
        Georeference("gcp", UTM, gcps=line[:2])
    with pytest.raises(InputError, match="invertible"):
        Georeference("affine", UTM, Affine(0, 0, 1, 0, 0, 1))
