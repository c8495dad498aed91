"""The product's own test: what the command line says of a real Sentinel-1 scene."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio

from tests.product.los_angeles_truth import BREAKWATER, CLEAR_SHIPS, OIL_ISLANDS, OPEN_WATER, TILES

pytestmark = pytest.mark.slow

PROMPTS = ("open sea", "harbor", "urban area", "mountains", "ships at sea")
LEAST_RIGHT = 0.85  # the bundled model reaches 0.88
# what the bundled model reaches; a better one tightens them (the aim is none and none)
MAY_MISS = 1
ISLANDS_TAKEN = 0
LEAST_OF_A_KIND = 0.4  # terminals on land are still called town: half of the harbour tiles
REACH_PX = 20  # a point this near to the middle of a ship is on it


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("los-angeles")


@pytest.fixture(scope="module")
def ask(los_angeles: Path, folder: Path):  # noqa: ANN201 - a function
    """`sarclip COMMAND SCENE …`, with one cache for the module."""

    def run(command: str, *arguments: str) -> dict:
        line = [sys.executable, "-m", "engine", command, str(los_angeles), *arguments]
        done = subprocess.run([*line, "--cache", str(folder / "cache"), "--json"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def labels(ask, folder: Path) -> gpd.GeoDataFrame:  # noqa: ANN001
    ask("label", *PROMPTS, "-o", str(folder / "la.gpkg"))
    return gpd.read_file(folder / "la.gpkg", layer="tiles").set_index(["row", "col"])


@pytest.fixture(scope="module")
def points(ask, folder: Path, los_angeles: Path) -> np.ndarray:  # noqa: ANN001
    """(n, 2) row and column of the ships that were found."""
    ask("count", "ship", "-o", str(folder / "ships.gpkg"))
    frame = gpd.read_file(folder / "ships.gpkg", layer="objects")
    with rasterio.open(los_angeles) as scene:
        rows, cols = rasterio.transform.rowcol(scene.transform, frame.geometry.x, frame.geometry.y, op=float)
    return np.column_stack((rows, cols)).reshape(-1, 2)


def test_most_of_the_tiles_labelled_by_eye_are_right(labels: gpd.GeoDataFrame) -> None:
    right = {
        name: [labels.label.get(place) == name for place in places] for name, places in TILES.items()
    }
    share = {name: round(float(np.mean(found)), 2) for name, found in right.items()}
    assert np.mean([hit for found in right.values() for hit in found]) >= LEAST_RIGHT, share


def test_each_kind_is_found_where_it_is(labels: gpd.GeoDataFrame) -> None:
    for name, places in TILES.items():
        found = np.mean([labels.label.get(place) == name for place in places])
        assert found >= LEAST_OF_A_KIND, f"{name}: {found:.0%} of its tiles"


def test_the_black_corner_has_no_labels(labels: gpd.GeoDataFrame) -> None:
    black = {(row, col) for row in range(17, 24) for col in range(8)} | {
        (row, col) for row in range(25, 40) for col in range(15)
    }
    assert not black & set(labels.index)
    assert len(labels) == 1280  # a fifth of the scene is black


def test_ships_at_anchor_are_found(points: np.ndarray) -> None:
    missed = [ship for ship in CLEAR_SHIPS if not _near(points, ship).any()]
    assert len(missed) <= MAY_MISS, missed


def test_no_ship_is_counted_twice(points: np.ndarray) -> None:
    twice = [ship for ship in CLEAR_SHIPS if _near(points, ship).sum() > 1]
    assert not twice


def test_islands_are_not_ships(points: np.ndarray) -> None:
    taken = [island for island in OIL_ISLANDS if _near(points, island).any()]
    assert len(taken) <= ISLANDS_TAKEN, taken


def test_the_breakwater_is_not_ships(points: np.ndarray) -> None:
    for start, stop in BREAKWATER:
        a, b = np.array(start, float), np.array(stop, float)
        along = np.clip(((points - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
        distance = np.linalg.norm(points - (a + along[:, None] * (b - a)), axis=1)
        assert (distance > 6).all(), points[distance <= 6]


def test_open_water_is_empty(points: np.ndarray) -> None:
    row, col, row_stop, col_stop = OPEN_WATER
    inside = points[
        (points[:, 0] >= row) & (points[:, 0] < row_stop) & (points[:, 1] >= col) & (points[:, 1] < col_stop)
    ]
    false = [tuple(point) for point in inside if not any(_near(point[None], ship).any() for ship in CLEAR_SHIPS)]
    assert len(false) <= 3, false


def test_ships_near_harbor_glow_off_the_ports(ask, folder: Path) -> None:  # noqa: ANN001
    ask("heatmap", "ships near harbor", "-o", str(folder / "heat.tif"))
    with rasterio.open(folder / "heat.tif") as file:
        scores = file.read(1)
        assert file.descriptions == ("ships near harbor",)
    port = _cells(scores, TILES["harbor"])
    town = _cells(scores, TILES["urban area"])
    assert np.percentile(port, 95) > 2 * np.percentile(town, 95)
    assert port.mean() > town.mean()
    # the highest places lie in the south, where the ports and the roads are
    rows, _ = np.nonzero(scores >= np.nanpercentile(scores, 99.9))
    assert np.mean(rows * 8 > 4200) > 0.6


def _near(points: np.ndarray, place: tuple[int, int]) -> np.ndarray:
    return np.linalg.norm(points - np.array(place, float), axis=1) <= REACH_PX


def _cells(scores: np.ndarray, tiles: tuple[tuple[int, int], ...]) -> np.ndarray:
    return np.concatenate([scores[row * 16 : row * 16 + 16, col * 16 : col * 16 + 16].ravel() for row, col in tiles])
