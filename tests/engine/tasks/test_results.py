"""Files of results: the columns that others rely on, and the same story in all of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely

from engine import answers
from engine.errors import OutputExistsError
from engine.model.fake import SPEC, FakeModel
from engine.raster import Window, array_scene
from engine.scan import StoredEmbedding, encode
from engine.tasks import count, label
from engine.tasks.results import run_record, summary_frame, write_labels_and_counts
from tests.engine.worlds import UTM, scene_of, world

PROMPTS = ["sea", "town"]
HOSTILE = ["ships near O'Brien's \"quay\"", "'; DROP TABLE tiles; --", "town 海"]


@pytest.fixture
def written(encoded: StoredEmbedding, tmp_path: Path) -> Path:
    path = tmp_path / "out.gpkg"
    write_labels_and_counts(path, encoded, label(encoded, PROMPTS), count(encoded, ["ship", "sea"]))
    return path


def test_the_contract_of_columns(written: Path) -> None:
    layers = {name: list(pyogrio.read_info(written, layer=name)["fields"]) for name, _ in pyogrio.list_layers(written)}
    assert layers["tiles"] == [
        "row", "col", "label", "score", "margin", "score_sea", "score_town", "count_ship", "count_sea",
    ]  # fmt: skip
    assert layers["objects"] == ["prompt", "score"]
    assert layers["summary"] == ["prompt", "count", "count_low", "count_high", "tiles", "threshold"]
    assert {"scene", "model", "model_sha256", "stretch", "band", "prompts", "versions", "date"} <= set(layers["run"])
    assert "layer_styles" in layers


def test_the_tables_agree(written: Path) -> None:
    tiles, objects = (gpd.read_file(written, layer=name) for name in ("tiles", "objects"))
    summary = pyogrio.read_dataframe(written, layer="summary").set_index("prompt")
    assert list(summary.index) == ["sea", "town", "ship"]
    assert summary.loc["ship", "count"] == tiles.count_ship.sum() == (objects.prompt == "ship").sum() == 6
    assert summary.loc["ship", "count_low"] <= 6 <= summary.loc["ship", "count_high"]
    assert np.isnan(summary.loc["ship", "tiles"]) and np.isnan(summary.loc["town", "count"])
    for name in PROMPTS:
        assert summary.loc[name, "tiles"] == (tiles.label == name).sum() > 0
    assert tiles.crs == objects.crs == UTM
    for point, in_tile in zip(objects.geometry, objects.prompt == "ship", strict=True):
        assert not in_tile or tiles[tiles.geometry.intersects(point)].count_ship.sum() >= 1


def test_the_run_says_what_made_it(written: Path) -> None:
    run = pyogrio.read_dataframe(written, layer="run").iloc[0]
    assert (run.scene, run.model, run.model_sha256, run.band) == ("world", "fake", SPEC.sha256, "1")
    assert json.loads(run.prompts) == ["sea", "town", "ship"]
    assert {"python", "torch", "rasterio"} <= json.loads(run.versions).keys()
    assert "uint8" in run.stretch and run.precision == "float32"


def test_the_run_says_how_to_have_it_again(encoded: StoredEmbedding, tmp_path: Path) -> None:
    """All that was asked, in the file of every kind; the same columns whatever was asked."""
    part = replace(encoded, extent=shapely.box(0, 0, 200, 100))
    answers.label_and_count(
        part, tmp_path / "a.gpkg", label=["town"], count=["ship"], background=["海 sea"], min_distance_m=0
    )
    answers.teach(part, tmp_path / "b.gpkg", {"a": [(0, 0), (1, 2)], "b": [(2, 4)]}, overwrite=False)
    counted, taught = (
        pyogrio.read_dataframe(tmp_path / name, layer="run").fillna("").iloc[0] for name in ("a.gpkg", "b.gpkg")
    )
    assert list(counted.index) == list(taught.index)
    assert json.loads(counted.background) == ["海 sea"] and counted.min_distance_m == "0" and counted.examples == ""
    assert shapely.from_wkt(counted.extent_px).equals(part.extent)
    assert json.loads(taught.examples) == {"a": [[0, 0], [1, 2]], "b": [[2, 4]]} and taught.background == ""
    answers.heatmap(encoded, tmp_path / "c.tif", ["ship"], ["sea"])
    answers.similar(encoded, tmp_path / "d.tif", Window(0, 0, 40, 80), overwrite=False)
    answers.similar(encoded, tmp_path / "e.tif", (np.float32(20), 30.5), overwrite=False)
    tags = [rasterio.open(tmp_path / name).tags() for name in ("c.tif", "d.tif", "e.tif")]
    assert json.loads(tags[0]["SARCLIP_BACKGROUND"]) == ["sea"]
    assert json.loads(tags[1]["SARCLIP_PLACE"]) == {"window": [0, 0, 40, 80]}
    assert json.loads(tags[2]["SARCLIP_PLACE"]) == {"point": [20, 30.5]}


def test_any_words(encoded: StoredEmbedding, tmp_path: Path) -> None:
    path = tmp_path / "out.gpkg"
    write_labels_and_counts(path, encoded, label(encoded, HOSTILE), count(encoded, HOSTILE))
    tiles = pyogrio.read_dataframe(path, layer="tiles")
    assert len(tiles) == 8 * 12 and set(tiles.label) <= set(HOSTILE)
    assert pyogrio.read_dataframe(path, layer="summary").prompt.tolist() == HOSTILE


def test_nothing_found_has_the_same_layers(tmp_path: Path, fake: FakeModel, written: Path) -> None:
    found = encode(scene_of(np.zeros((50, 90), np.uint8)), fake, cache=tmp_path)
    path = tmp_path / "empty.gpkg"
    write_labels_and_counts(path, found, label(found, PROMPTS), count(found, ["ship", "sea"]))
    for name in ("tiles", "objects"):
        empty, full = (pyogrio.read_info(item, layer=name) for item in (path, written))
        assert empty["features"] == 0 and list(empty["fields"]) == list(full["fields"])
        assert list(empty["dtypes"]) == list(full["dtypes"])


def test_pixels_where_there_is_no_place_on_earth(tmp_path: Path, fake: FakeModel) -> None:
    found = encode(array_scene(world()), fake, cache=tmp_path)
    path = tmp_path / "out.gpkg"
    write_labels_and_counts(path, found, label(found, PROMPTS), count(found, ["ship"]))
    assert gpd.read_file(path, layer="tiles").total_bounds.tolist() == [0, -230, 358, 0]


def test_an_existing_file_is_left_alone(written: Path, encoded: StoredEmbedding) -> None:
    before = written.read_bytes()
    with pytest.raises(OutputExistsError, match="overwrite it"):
        write_labels_and_counts(written, encoded, label(encoded, PROMPTS))
    assert written.read_bytes() == before
    write_labels_and_counts(written, encoded, label(encoded, ["fields", "sea"]), overwrite=True)
    assert "score_fields" in pyogrio.read_info(written, layer="tiles")["fields"]
    assert "objects" not in dict(pyogrio.list_layers(written))


def test_without_counts_there_is_no_layer_of_objects(encoded: StoredEmbedding) -> None:
    summary = summary_frame(label(encoded, PROMPTS), ())
    assert summary["count"].isna().all() and summary.tiles.sum() == 8 * 12


def test_the_same_run_is_the_same_but_for_its_date(encoded: StoredEmbedding) -> None:
    first, second = (run_record(encoded, PROMPTS) for _ in range(2))
    assert {**first, "date": ""} == {**second, "date": ""}
