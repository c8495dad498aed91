"""Opening what sensors and agencies deliver, and refusing what is no scene."""

from __future__ import annotations

import itertools
import json
import os
import pickle
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint

from engine.errors import BandError, InputError, SceneError
from engine.raster import array_scene, measure_stretch, open_scene, read_swaths, read_window, to_bytes
from engine.raster.describe import scene_facts

WriteTiff = Callable[..., Path]
LatticeGcps = Callable[..., list[GroundControlPoint]]

TRANSFORM = Affine(10, 0, 500_000, 0, -10, 6_000_000)
PLACES = {
    "north-up": TRANSFORM,
    "south-up": Affine(10, 0, 500_000, 0, 10, 6_000_000),
    "rotated": TRANSFORM @ Affine.rotation(20),
}
LAYOUTS: dict[str, dict[str, Any]] = {
    "striped": {"tiled": False, "blockysize": 5},
    "tiled": {"tiled": True, "blockxsize": 32, "blockysize": 16, "compress": "deflate"},
    "cog": {"driver": "COG", "blocksize": 128, "compress": "LZW"},
}
DTYPES = ["uint8", "uint16", "int16", "float32", "float64", "complex_int16", "complex64"]
STEM = "s1a-iw-grd-{}-20200101t000000-20200101t000025-030000-036000-00{}.tiff"


def numbers(dtype: str, height: int = 45, width: int = 83) -> np.ndarray[Any, Any]:
    """Speckle with whole numbers, which every dtype holds."""
    values = np.random.default_rng(1).rayleigh(40, (height, width)).astype(np.uint8)
    return values + 1j * values[::-1] if dtype.startswith("complex") else values


COMBINATIONS = [
    combination
    for combination in itertools.product(DTYPES, LAYOUTS, [*PLACES, "gcp", "none"])
    if combination[:2] != ("complex_int16", "cog")  # rasterio cannot write it
]


@pytest.mark.parametrize(("dtype", "layout", "place"), COMBINATIONS)
def test_every_dtype_layout_and_georeference(
    dtype: str, layout: str, place: str, write_tiff: WriteTiff, lattice_gcps: LatticeGcps
) -> None:
    values = numbers(dtype)
    kind = "complex64" if dtype == "complex_int16" else dtype
    options = {**LAYOUTS[layout], "dtype": dtype}
    if place in PLACES:
        options |= {"crs": "EPSG:32632", "transform": PLACES[place]}
    elif place == "gcp":
        options |= {"crs": "EPSG:32632", "gcps": lattice_gcps(TRANSFORM, *values.shape)}
    scene = open_scene(write_tiff(values.astype(kind), **options))
    assert (scene.height, scene.width, scene.dtype) == (45, 83, dtype)
    assert scene.georeference.kind == {"gcp": "gcp", "none": "none"}.get(place, "affine")
    assert any("pixel coordinates" in note for note in scene.notes) == (place == "none")
    x, y = scene.georeference.to_ground(7, 31)
    expected = {"none": (7, -31)}.get(place) or PLACES.get(place, TRANSFORM) @ (7, 31)
    assert (float(x), float(y)) == pytest.approx(expected, abs=1e-3)
    stretch = measure_stretch(scene)
    np.testing.assert_array_equal(
        read_window(scene, stretch, scene.window), to_bytes(values.astype(kind), stretch, scene.nodata)
    )


def test_bands_by_number_name_and_description(write_tiff: WriteTiff) -> None:
    bands = np.stack([np.full((4, 6), i, np.float32) for i in (1, 2, 3)])
    path = write_tiff(bands, descriptions=["Sigma0_VV_db", "Sigma0_VH_db", "angle"])
    assert open_scene(path).bands == ("VV", "VH", "angle")
    assert open_scene(path).band == "VV"
    for band, index in {2: 2, "2": 2, "vh": 2, "VH": 2, "sigma0_vh_db": 2, "Angle": 3}.items():
        assert open_scene(path, band).band_index == index
    for missing in ("HH", "4", "0", "-1", 0, "", "²"):
        with pytest.raises(BandError, match="it has VV, VH, angle"):
            open_scene(path, missing)


@pytest.mark.parametrize(
    ("name", "count", "expected"),
    [
        ("la_s1_vh.tif", 1, ("VH",)),
        (STEM.format("hv", 2), 1, ("HV",)),
        ("s1_vv_vh.tif", 2, ("VV", "VH")),
        ("s1_vv_vh.tif", 3, ("1", "2", "3")),
        ("overview.tif", 1, ("1",)),
    ],
)
def test_polarisation_from_the_file_name(
    name: str, count: int, expected: tuple[str, ...], write_tiff: WriteTiff
) -> None:
    assert open_scene(write_tiff(np.ones((count, 3, 5), np.uint8), name)).bands == expected


def test_names_that_repeat_become_numbers(write_tiff: WriteTiff) -> None:
    bands = np.ones((2, 3, 5), np.uint8)
    assert open_scene(write_tiff(bands, descriptions=["bands", "bands"])).bands == ("1", "2")
    both = open_scene(write_tiff(bands, descriptions=["Sigma0_VV", "Gamma0_VV"]))
    assert both.bands == ("Sigma0_VV", "Gamma0_VV")


@pytest.fixture
def safe(write_tiff: WriteTiff, lattice_gcps: LatticeGcps, tmp_path: Path) -> Path:
    """A folder like a Sentinel-1 GRD: uint16, striped, control points only."""
    name = "S1A_IW_GRDH_1SDV_20200101T000000_20200101T000025_030000_036000_ABCD.SAFE"
    for i, polarisation in enumerate(("vh", "vv"), 1):
        values = np.full((40, 70), 100 * i, np.uint16)
        write_tiff(
            values,
            f"{name}/measurement/{STEM.format(polarisation, i)}",
            gcps=lattice_gcps(Affine(1e-4, -2e-5, 8, -2e-5, -1e-4, 54), 40, 70),
            crs="EPSG:4326",
        )
    (tmp_path / name / "manifest.safe").write_text("<xfdu/>")
    return tmp_path / name


@pytest.fixture
def safe_zip(safe: Path) -> Path:
    """The same, zipped."""
    path = safe.with_name(safe.name + ".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in safe.rglob("*"):
            archive.write(file, file.relative_to(safe.parent))
    return path


@pytest.mark.parametrize("form", ["folder", "manifest", "zip"])
def test_safe_product(form: str, safe: Path, safe_zip: Path) -> None:
    path = {"folder": safe, "manifest": safe / "manifest.safe", "zip": safe_zip}[form]
    scene = open_scene(path)
    assert (scene.bands, scene.band, scene.dtype) == (("VV", "VH"), "VV", "uint16")
    assert scene.georeference.kind == "gcp" and "24 ground control points" in scene.notes[0]
    stretch = measure_stretch(scene)
    assert stretch.scale == "amplitude" and "GRD" in stretch.reason
    assert stretch.low < 20 * np.log10(200) < stretch.high
    assert open_scene(path, "vh").path != scene.path
    assert open_scene(path, 2).band == "VH"
    assert open_scene(path, "vh").fingerprint != scene.fingerprint or form == "zip"
    assert (next(read_swaths(scene, stretch, [scene.window])).pixels == 128).all()
    with pytest.raises(BandError, match="VV, VH"):
        open_scene(path, "HH")


def test_virtual_files(write_tiff: WriteTiff, tmp_path: Path, safe_zip: Path) -> None:
    tiff = write_tiff(np.arange(35, dtype=np.uint8).reshape(5, 7))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tiff, "inner.tif")
    scene = open_scene(f"/vsizip/{tmp_path}/a.zip/inner.tif")
    assert (scene.height, scene.width, len(scene.fingerprint)) == (5, 7, 64)
    vrt = tmp_path / "x.vrt"
    source = '<SourceFilename relativeToVRT="1">scene.tif</SourceFilename><SourceBand>1</SourceBand>'
    band = f'<VRTRasterBand dataType="Byte" band="1"><SimpleSource>{source}</SimpleSource></VRTRasterBand>'
    vrt.write_text(f'<VRTDataset rasterXSize="7" rasterYSize="5">{band}</VRTDataset>')
    before = open_scene(vrt)
    write_tiff(np.zeros((5, 7), np.uint8))
    assert open_scene(vrt).fingerprint != before.fingerprint


def test_fingerprint_is_stable_cheap_and_sees_changes(write_tiff: WriteTiff, tmp_path: Path) -> None:
    path = write_tiff(np.zeros((20, 30), np.uint8))
    first = open_scene(path).fingerprint
    assert open_scene(path).fingerprint == first
    os.utime(path, ns=(0, 0))
    touched = open_scene(path).fingerprint
    assert touched != first
    write_tiff(np.eye(20, 30, dtype=np.uint8))
    os.utime(path, ns=(0, 0))
    assert open_scene(path).fingerprint not in (first, touched)
    large = write_tiff(np.zeros((1, 1), np.uint8), "large.tif")
    with large.open("r+b") as file:
        file.truncate(1 << 30)  # sparse: a gigabyte that nobody may read
    start = time.perf_counter()
    open_scene(large)
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("beside", [".aux.xml", ".ovr", ".msk"])
def test_files_that_looking_at_a_scene_leaves_change_no_fingerprint(beside: str, write_tiff: WriteTiff) -> None:
    """QGIS writes statistics and pyramids beside a scene, which must not cost its encoding."""
    path = write_tiff(np.ones((70, 90), np.uint16))
    before = open_scene(path).fingerprint
    if beside == ".aux.xml":
        statistics = '<Metadata><MDI key="STATISTICS_MEAN">1</MDI></Metadata>'
        path.with_name("scene.tif.aux.xml").write_text(
            f'<PAMDataset><PAMRasterBand band="1">{statistics}</PAMRasterBand></PAMDataset>'
        )
    elif beside == ".ovr":
        write_tiff(np.ones((35, 45), np.uint16), "scene.tif.ovr")
    else:
        write_tiff(np.full((70, 90), 255, np.uint8), "scene.tif.msk", tags={"INTERNAL_MASK_FLAGS_1": "2"})
    with rasterio.open(path) as dataset:
        assert dataset.files == [str(path), str(path) + beside]
    assert open_scene(path).fingerprint == before
    os.utime(path, ns=(0, 0))
    assert open_scene(path).fingerprint != before


@pytest.mark.parametrize("declared", [{"scales": [0.5]}, {"units": ["dB"]}, {"nodata": 7}, {"descriptions": ["x"]}])
def test_what_is_declared_beside_a_scene_changes_its_fingerprint(
    declared: dict[str, Any], write_tiff: WriteTiff
) -> None:
    """By whatever file: here all is in the aux.xml, the TIFF stays as it is."""
    path = write_tiff(np.ones((7, 9), np.uint16))
    before = open_scene(path).fingerprint
    with rasterio.open(path) as dataset:
        assert dataset.files == [str(path)]
    parts = {
        "scales": "<Scale>0.5</Scale>", "units": "<UnitType>dB</UnitType>",
        "nodata": "<NoDataValue>7</NoDataValue>", "descriptions": "<Description>x</Description>",
    }  # fmt: skip
    inner = "".join(parts[name] for name in declared)
    path.with_name(path.name + ".aux.xml").write_text(
        f'<PAMDataset><PAMRasterBand band="1">{inner}</PAMRasterBand></PAMDataset>'
    )
    assert open_scene(path).fingerprint != before


def test_scene_is_plain_data(write_tiff: WriteTiff, lattice_gcps: LatticeGcps) -> None:
    points = lattice_gcps(TRANSFORM, 9, 8)
    scene = open_scene(write_tiff(numbers("uint8", 9, 8), gcps=points, crs="EPSG:32632"))
    scene.georeference.to_ground(1, 2)
    copy = pickle.loads(pickle.dumps(scene))
    assert copy == scene and copy.tags == scene.tags
    assert copy.georeference.to_ground(1, 2) == scene.georeference.to_ground(1, 2)


@pytest.mark.parametrize("place", [*PLACES, "none"])
def test_what_is_said_of_a_scene_leads_from_pixels_to_its_ground(place: str, write_tiff: WriteTiff) -> None:
    options = {"transform": PLACES[place]} if place in PLACES else {}
    scene = open_scene(write_tiff(numbers("uint8", 9, 8), **options))
    facts = json.loads(json.dumps(scene_facts(scene, measure_stretch(scene, "auto"))))
    a, b, c, d, e, f = facts["transform"]
    col, row = 3.5, 7.25
    assert (a * col + b * row + c, d * col + e * row + f) == scene.georeference.to_ground(col, row)


def test_no_transform_stands_for_control_points(write_tiff: WriteTiff, lattice_gcps: LatticeGcps) -> None:
    points = lattice_gcps(TRANSFORM, 9, 8)
    scene = open_scene(write_tiff(numbers("uint8", 9, 8), gcps=points, crs="EPSG:32632"))
    assert scene_facts(scene, measure_stretch(scene, "auto"))["transform"] is None


def test_array_scene_needs_two_dimensions() -> None:
    for shape in ((3,), (0, 4), (1, 2, 3)):
        with pytest.raises(InputError, match="height and width"):
            array_scene(np.zeros(shape))


def one_line(error: pytest.ExceptionInfo[SceneError], *words: str) -> None:
    """The message is one line and says these words."""
    message = str(error.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_what_is_no_scene_gets_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.tif").write_text("this is not a TIFF\n" * 9)
    (tmp_path / "empty.tif").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken.zip").write_text("not a zip")
    (tmp_path / "none.vrt").write_text('<VRTDataset rasterXSize="7" rasterYSize="5"></VRTDataset>')
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    cases = {
        "missing.tif": "does not exist",
        "text.tif": "as a raster",
        "empty.tif": "as a raster",
        "folder": "is a folder without measurement",
        "broken.zip": "not a zip",
        "other.zip": "is a zip without measurement",
        "none.vrt": "bands",
    }
    for name, words in cases.items():
        with pytest.raises(SceneError) as error:
            open_scene(tmp_path / name)
        one_line(error, name, words)
    for virtual in ("/vsizip/nowhere.zip/a.tif", "NETCDF:nothing.nc:x"):
        with pytest.raises(SceneError) as error:
            open_scene(virtual)
        one_line(error, virtual)


def test_container_without_bands_names_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    for table in ("a", "b"):
        options = {
            "driver": "GPKG",
            "height": 4,
            "width": 5,
            "count": 1,
            "dtype": "uint8",
            "crs": "EPSG:3857",
        }
        more = {"raster_table": table, "append_subdataset": "YES", "transform": TRANSFORM}
        with rasterio.open(path, "w", **options, **more) as dataset:
            dataset.write(np.ones((1, 4, 5), np.uint8))
    with pytest.raises(SceneError) as error:
        open_scene(path)
    one_line(error, "two.gpkg", "has no band", "GPKG:", ":b")


@pytest.mark.parametrize("layout", ["striped", "cog"])
def test_truncated_file_fails_where_it_is_read(layout: str, write_tiff: WriteTiff) -> None:
    noise = np.random.default_rng(0).integers(0, 60_000, (300, 200)).astype(np.uint16)
    path = write_tiff(noise, **LAYOUTS[layout])
    os.truncate(path, path.stat().st_size // 2)
    scene = open_scene(path)
    for read in (lambda: measure_stretch(scene), lambda: measure_stretch(scene, "db")):
        with pytest.raises(SceneError) as error:
            read()
        one_line(error, "cannot read", str(path), "rows 0-300", "truncated")
