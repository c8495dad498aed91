"""The Python door, as the README shows it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

import engine
from engine import tasks
from engine.errors import InputError
from engine.model.fake import FakeModel
from engine.raster import Window
from tests.engine.worlds import UTM, world, write_scene


@pytest.fixture(scope="module")
def embedding(tmp_path_factory: pytest.TempPathFactory) -> engine.SceneEmbedding:
    folder = tmp_path_factory.mktemp("api")
    scene = engine.open_scene(write_scene(folder / "scene.tif", world()))
    return engine.encode(scene, FakeModel(), cache=folder / "cache")


def test_label(embedding: engine.SceneEmbedding) -> None:
    frame = embedding.label(["sea", "town"])
    assert isinstance(frame, gpd.GeoDataFrame) and frame.crs == UTM
    assert set(frame.label) == {"sea", "town"} and len(frame) == 96
    assert embedding.label(["town"], ["sea", "fields"]).label.notna().sum() < 20


def test_heatmap(embedding: engine.SceneEmbedding) -> None:
    result = embedding.heatmap("town")
    assert result.scores.shape == (1, 29, 45) and result.cell_px == 8


def test_heatmap_carries_its_place(embedding: engine.SceneEmbedding) -> None:
    """Where a ship is counted, the map is high; also where it is only a part."""
    result = embedding.heatmap("ship")
    part = tasks.heatmap(embedding, ["ship"], cells=Window(5, 10, 20, 30))
    assert result.crs == part.crs == embedding.scene.georeference.crs
    for found in (result, part):
        points = embedding.count(["ship"]).geometry
        cols, rows = (np.floor(at).astype(int) for at in ~found.transform @ (points.x.values, points.y.values))
        inside = (rows >= 0) & (cols >= 0) & (rows < found.scores.shape[1]) & (cols < found.scores.shape[2])
        assert inside.sum() >= 3 and (found.scores[0, rows[inside], cols[inside]] > 0.9).all()


def test_count(embedding: engine.SceneEmbedding) -> None:
    frame = embedding.count(["ship"])
    assert isinstance(frame, gpd.GeoDataFrame) and len(frame) == 6
    number, low, high = frame.attrs["counts"]["ship"]
    assert low <= number == 6 <= high
    assert len(embedding.count(["ship"], min_distance_m=10_000)) == 1


def test_similar_and_few_shot(embedding: engine.SceneEmbedding) -> None:
    assert embedding.similar((20, 20)).scores[0, 0, 0] > 0.9
    assert embedding.similar(Window(0, 0, 40, 80)).scores[0, 0, 0] > 0.9
    assert set(embedding.few_shot({"wet": [(7, 5)], "dry": [(0, 0)]}).label) == {"wet", "dry"}


def test_errors_are_of_the_usual_kinds(tmp_path: Path) -> None:
    """Who catches ValueError or OSError catches ours."""
    with pytest.raises(OSError, match=r"gone\.tif"):
        engine.open_scene(tmp_path / "gone.tif")
    with pytest.raises(ValueError, match="no-such"):
        engine.load_model("no-such")
    with pytest.raises(InputError):
        engine.encode(
            engine.open_scene(write_scene(tmp_path / "a.tif", world())), FakeModel(), tile_px=3, cache=tmp_path
        )


def test_what_the_package_hands_on() -> None:
    assert set(engine.__all__) == {"SceneEmbedding", "encode", "load_model", "open_scene"}
    for name in engine.__all__:
        assert callable(getattr(engine, name))
    with pytest.raises(AttributeError, match="nonsense"):
        engine.nonsense  # noqa: B018
