"""What is written reads back; what cannot be written leaves nothing behind."""

from __future__ import annotations

import os
import resource
import signal
import weakref
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS, Transformer
from rasterio.control import GroundControlPoint

from engine.errors import InputError, OutputError, OutputExistsError
from engine.raster import Georeference, RasterLayout, Scene, array_scene, open_scene, write_cog, write_geotiff
from engine.raster.gcp import GroundControlPoint as Point

WriteTiff = Callable[..., Path]
UTM = CRS.from_epsg(32632).to_wkt()
TRANSFORM = Affine(10, 0, 500_000, 0, -10, 6_000_000)
CELL_PX = 8


@pytest.fixture
def scene() -> Scene:
    """A scene of 330 x 610 cells, with an edge that cuts cells."""
    return array_scene(np.ones((2637, 4877), np.uint8), georeference=Georeference("affine", UTM, TRANSFORM))


def heat(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Smooth bands with a hole; (H, W), or (bands, H, W) for a strip."""
    i, j = np.indices(shape)[-2:]
    band = np.sin(i / 30) + np.cos(j / 40)
    band[..., 20:30, 40:60] = np.nan
    return band.astype(np.float32)


def layout_of(scene: Scene, shape: tuple[int, ...], *names: str, **more: Any) -> RasterLayout:
    """Bands of a shape on a scene."""
    return RasterLayout(scene, CELL_PX, (shape[0], shape[1]), names, **more)


def test_round_trip(scene: Scene, tmp_path: Path) -> None:
    bands = [heat(330, 610), -heat(330, 610)]
    names = ["ships near harbor", "'; DROP TABLE 港口 <&>"]
    layout = layout_of(scene, (330, 610), *names, tags={"model": "m", "prompt": "a=b"})
    write_cog(tmp_path / "heat.tif", [np.stack(bands)], layout)
    with rasterio.open(tmp_path / "heat.tif") as written:
        assert written.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert written.descriptions == tuple(names) and set(written.dtypes) == {"float32"}
        assert np.isnan(written.nodata) and written.overviews(1)
        assert written.block_shapes == [(256, 256)] * 2
        assert written.transform.almost_equals(Affine(80, 0, 500_000, 0, -80, 6_000_000))
        assert written.crs.to_epsg() == 32632
        assert written.tags()["model"] == "m" and written.tags()["prompt"] == "a=b"
        np.testing.assert_array_equal(written.read(), bands)
    assert os.listdir(tmp_path) == ["heat.tif"]


def test_overview_is_the_mean_of_what_is_valid(scene: Scene, tmp_path: Path) -> None:
    band = np.full((512, 512), -9.0, np.float32)
    band[::2, ::2] = 3
    write_cog(tmp_path / "a.tif", [band[None]], layout_of(scene, band.shape, "a", nodata=-9))
    with rasterio.open(tmp_path / "a.tif", overview_level=0) as overview:
        assert overview.nodata == -9 and (overview.read(1) == 3).all()


@pytest.mark.parametrize("write", [write_cog, write_geotiff])
@pytest.mark.parametrize("name", ["plain.tif", "slanted.tif", "a.tif.plain"])
def test_any_name_will_do(name: str, write: Callable[..., None], tmp_path: Path) -> None:
    """Also those of the steps on the way, which once collided."""
    write(tmp_path / name, [heat(1, 300, 400)], layout_of(turned(12), (300, 400), "a"))
    assert os.listdir(tmp_path) == [name]


def test_without_georeference_there_is_no_crs_but_pixel_coordinates(tmp_path: Path) -> None:
    scene = array_scene(np.ones((320, 560), np.uint8))
    write_cog(tmp_path / "a.tif", [heat(1, 40, 70)], layout_of(scene, (40, 70), "a"))
    with rasterio.open(tmp_path / "a.tif") as written:
        assert written.crs is None and written.transform == Affine(8, 0, 0, 0, -8, 0)


@pytest.mark.parametrize("turn", [0.0, 12.0])
def test_gcp_scene_lands_where_its_affine_twin_does(turn: float, tmp_path: Path) -> None:
    transform = TRANSFORM @ Affine.rotation(turn)
    to_degrees = Transformer.from_crs(UTM, 4326, always_xy=True)
    points = [
        GroundControlPoint(r, c, *to_degrees.transform(*(transform @ (c, r))))
        for r in np.linspace(0, 2400, 5)
        for c in np.linspace(0, 3200, 7)
    ]
    plain = tuple(Point(p.row, p.col, p.x, p.y) for p in points)
    place = Georeference("gcp", CRS.from_epsg(4326).to_wkt(), gcps=plain)
    scene = array_scene(np.ones((2400, 3200), np.uint8), georeference=place)
    write_cog(tmp_path / "a.tif", [np.indices((300, 400), np.float32)], layout_of(scene, (300, 400), "row", "col"))
    with rasterio.open(tmp_path / "a.tif") as written:
        assert written.crs.to_epsg() == 4326 and written.transform.e < 0
        rows, cols = np.indices(written.shape)
        lon, lat = written.transform @ (cols + 0.5, rows + 0.5)
        found = written.read()
    x, y = Transformer.from_crs(4326, UTM, always_xy=True).transform(lon, lat)
    source_col, source_row = (v / CELL_PX - 0.5 for v in ~transform @ (x, y))
    inner = (source_row > 1) & (source_row < 298) & (source_col > 1) & (source_col < 398)
    assert abs(found[0] - source_row)[inner].max() < 0.05 and abs(found[1] - source_col)[inner].max() < 0.05
    far = (source_row < -1) | (source_row > 300) | (source_col < -1) | (source_col > 400)
    assert np.isnan(found[0][far]).all()
    covered = np.isfinite(found[0]).sum() / (300 * 400)
    assert covered == pytest.approx(1, abs=0.05)  # cells keep their size


def test_existing_file_is_kept_unless_overwriting(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_text("mine")
    with pytest.raises(OutputExistsError, match="overwrite"):
        write_cog(path, [heat(1, 3, 5)], layout_of(scene, (3, 5), "a"))
    assert path.read_text() == "mine"
    write_cog(path, [heat(1, 3, 5)], layout_of(scene, (3, 5), "a"), overwrite=True)
    with rasterio.open(path) as written:
        assert written.shape == (3, 5)


def test_failure_midway_keeps_the_old_file_and_leaves_nothing(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_text("mine")

    def bands() -> Iterator[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        yield heat(2, 30, 50)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_cog(path, bands(), layout_of(scene, (60, 50), "a", "b"), overwrite=True)
    layout = layout_of(scene, (6, 5), "a", "b")
    wrong = {
        r"row 3 has shape \(2, 3, 4\)": [heat(2, 3, 5), heat(2, 3, 4)],
        r"row 0 has shape \(1, 6, 5\)": [heat(1, 6, 5)],
        r"row 3 has shape \(2, 4, 5\)": [heat(2, 3, 5), heat(2, 4, 5)],
        "strips of 3 rows": [heat(2, 3, 5)],
    }
    for words, strips in wrong.items():
        with pytest.raises(InputError, match=words):
            write_cog(path, strips, layout, overwrite=True)
    with pytest.raises(InputError, match="no band"):
        layout_of(scene, (6, 5))
    assert path.read_text() == "mine" and os.listdir(tmp_path) == ["a.tif"]


def test_folders_that_cannot_be_written(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    cases = {tmp_path / "folder": "is a folder", tmp_path / "no" / "a.tif": "does not exist"}
    if os.geteuid() != 0:  # root may write everywhere
        (tmp_path / "locked").mkdir(mode=0o500)
        cases[tmp_path / "locked" / "a.tif"] = "read-only"
    for path, words in cases.items():
        with pytest.raises(OutputError, match=words) as error:
            write_cog(path, [heat(1, 3, 5)], layout_of(scene, (3, 5), "a"))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("limit", [20_000, 700_000, 1_300_000])
def test_full_disk_is_one_line_and_leaves_nothing(limit: int, scene: Scene, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).random((600, 500), np.float32)  # 1.2 MB, incompressible
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writes beyond fail instead
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(OutputError) as error:
            write_cog(tmp_path / "a.tif", [noise[None]], layout_of(scene, noise.shape, "a"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert "\n" not in str(error.value) and "a.tif" in str(error.value)
    assert os.listdir(tmp_path) == []


def test_one_pixel_wide(tmp_path: Path, write_tiff: WriteTiff) -> None:
    thin = open_scene(write_tiff(np.ones((50, 1), np.uint8), crs=UTM, transform=TRANSFORM))
    write_cog(tmp_path / "a.tif", [heat(1, 7, 1)], layout_of(thin, (7, 1), "a"))
    with rasterio.open(tmp_path / "a.tif") as written:
        assert written.shape == (7, 1)


def turned(degrees: float) -> Scene:
    """A scene of 300 x 400 cells that lies on the ground by control points."""
    at = TRANSFORM @ Affine.rotation(degrees)
    corners = [(r, c) for r in np.linspace(0, 2400, 3) for c in np.linspace(0, 3200, 4)]
    points = tuple(Point(row, col, *(at @ (col, row))) for row, col in corners)
    return array_scene(np.ones((2400, 3200), np.uint8), georeference=Georeference("gcp", UTM, gcps=points))


@pytest.mark.parametrize("write", [write_cog, write_geotiff])
@pytest.mark.parametrize("by_points", [False, True])
def test_strips_leave_no_trace(write: Callable[..., None], by_points: bool, scene: Scene, tmp_path: Path) -> None:
    """However the rows come, and however small the tiles and pieces are, the numbers are those of one strip."""
    place = turned(12) if by_points else scene
    bands = np.stack([heat(300, 400), -heat(300, 400), heat(300, 400) * 2])
    layout = layout_of(place, (300, 400), "a", "b", "c")
    write(tmp_path / "one.tif", [bands], layout)
    cuts = [0, 1, 30, 60, 61, 257, 300]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.raster.cog._ROW_BYTES", 3 * 400 * 4 * 64)
        patch.setattr("engine.raster.cog._TILE_BYTES", 1)
        patch.setattr("engine.raster.cog._BANDS_AT_ONCE", 2)
        patch.setattr("engine.raster.regular._PIECE_CELLS", 70)
        write(tmp_path / "many.tif", (bands[:, a:b] for a, b in pairwise(cuts)), layout)
    with rasterio.open(tmp_path / "one.tif") as one, rasterio.open(tmp_path / "many.tif") as many:
        assert one.block_shapes == [(256, 256)] * 3 and many.block_shapes[0][0] == (128 if write is write_cog else 64)
        assert one.transform == many.transform and one.shape == many.shape
        np.testing.assert_allclose(many.read(), one.read(), atol=1e-6)
        if not by_points:
            np.testing.assert_array_equal(many.read(), bands)
    assert set(os.listdir(tmp_path)) == {"one.tif", "many.tif"}


def test_a_strip_is_written_before_the_next_is_asked_for(scene: Scene, tmp_path: Path) -> None:
    """What bounds the memory: nobody collects them."""
    alive: list[weakref.ref[Any]] = []

    def strips() -> Iterator[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        for _ in range(10):
            assert sum(ref() is not None for ref in alive) <= 1
            strip = np.zeros((2, 30, 50), np.float32)
            alive.append(weakref.ref(strip))
            yield strip
            del strip

    write_cog(tmp_path / "a.tif", strips(), layout_of(scene, (300, 50), "a", "b"))
    assert len(alive) == 10
