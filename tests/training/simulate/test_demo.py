"""The bundled demo scene: what its file says, and that it can be made again."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import rasterio

from training.simulate import SimulatedScene, demo

FOLDER = Path(__file__).parents[3] / "resources" / "demo"


@pytest.fixture(scope="module")
def scene() -> SimulatedScene:
    return demo.simulate_demo()


@pytest.fixture(scope="module")
def truth() -> dict:
    return json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))


def test_the_file_is_what_the_project_promises() -> None:
    path = FOLDER / "harbor.tif"
    assert path.stat().st_size <= 4_000_000
    with rasterio.open(path) as bundled:
        assert (bundled.height, bundled.width) == demo.SHAPE
        assert bundled.dtypes == ("uint16",)
        assert bundled.crs.to_epsg() == 32631
        assert bundled.res == (10.0, 10.0)
        assert bundled.profile["tiled"]
        assert bundled.compression.value.lower() == "deflate"
        assert bundled.tags()["GENERATOR_VERSION"] == str(demo.VERSION)


def test_made_again_it_is_the_same(scene: SimulatedScene) -> None:
    """Another processor may round a transform differently in the last bit: a count of one, now and then."""
    with rasterio.open(FOLDER / "harbor.tif") as bundled:
        stored = bundled.read(1).astype(int)
    off = np.abs(stored - demo.digital_numbers(scene).astype(int))
    assert np.mean(off > 0) < 1e-3
    assert np.mean(off > 1) < 1e-5


def test_same_seed_same_bytes(scene: SimulatedScene) -> None:
    assert demo.digital_numbers(demo.simulate_demo()).tobytes() == demo.digital_numbers(scene).tobytes()


def test_written_truth_is_the_scene_s(scene: SimulatedScene, truth: dict, tmp_path: Path) -> None:
    demo.write_truth(scene, tmp_path / "truth.json")
    again = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert again["counts"] == truth["counts"]
    assert again["ships_by_situation"] == truth["ships_by_situation"]
    assert again["seed"] == truth["seed"]
    assert len(again["objects"]) == len(truth["objects"])


def test_counts_are_those_of_the_objects(truth: dict) -> None:
    assert truth["counts"] == dict(Counter(item["kind"] for item in truth["objects"]))
    for kind in ("ship", "tank", "island", "breakwater"):
        assert truth["counts"][kind] >= 1
    assert set(truth["ships_by_situation"]) == {"berth", "anchor", "underway"}


def test_ground_positions_follow_from_pixels(truth: dict) -> None:
    with rasterio.open(FOLDER / "harbor.tif") as bundled:
        for item in truth["objects"][::9]:
            x, y = bundled.xy(item["row"] - 0.5, item["col"] - 0.5)  # xy() counts from pixel centres
            assert (x, y) == pytest.approx((item["x"], item["y"]), abs=0.2)


def test_every_ship_at_sea_is_bright_where_the_truth_says(truth: dict) -> None:
    with rasterio.open(FOLDER / "harbor.tif") as bundled:
        pixels = bundled.read(1)
    sea = np.median(pixels[1000:])
    for item in truth["objects"]:
        if item["kind"] == "ship" and item["situation"] != "berth":
            row, col = int(item["row"]), int(item["col"])
            around = pixels[max(row - 3, 0) : row + 4, max(col - 3, 0) : col + 4]
            assert around.max() > 3 * sea
