"""The GeoPackage: names, schema, nothing half-written."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from engine.errors import InputError, OutputError, OutputExistsError
from engine.tasks.geopackage import column_names, write_results
from engine.tasks.styles import result_styles

HOSTILE = [
    "海上的船 🚢",
    "O'Brien's \"quay\"",
    "'; DROP TABLE tiles; --",
    "x" * 300,
    "ships",
    "Ships",
    "ships!",
    "   ?",
]
RUN = {"scene": "scene.tif", "model_sha256": "00ff", "prompts": json.dumps(HOSTILE, ensure_ascii=False)}


def make_results(
    prompts: list[str], rows: int = 2, cols: int = 3, crs: str | None = "EPSG:4326"
) -> dict[str, Any]:
    """Return arguments of `write_results` for a grid that is wider than high."""
    cells = [(row, col) for row in range(rows) for col in range(cols)]
    values: dict[str, Any] = {
        "row": np.array([row for row, _ in cells], dtype="int64"),
        "col": np.array([col for _, col in cells], dtype="int64"),
        "label": [prompts[index % len(prompts)] for index in range(len(cells))],
        "score": np.linspace(0, 1, len(cells)),
        "margin": np.linspace(0, 0.5, len(cells)),
    }
    for prefix in ("score_", "count_"):
        values |= {
            name: np.full(len(cells), index) for index, name in enumerate(column_names(prompts, prefix))
        }
    squares = [box(col, -row - 1, col + 1, -row) for row, col in cells]
    points = [Point(0.5, -1.5), Point(2.5, -0.5)][: len(cells)]
    return {
        "tiles": gpd.GeoDataFrame(values, geometry=squares, crs=crs),
        "objects": gpd.GeoDataFrame(
            {"prompt": (prompts * 2)[: len(points)], "score": 0.75},
            index=range(len(points)),
            geometry=points,
            crs=crs,
        ),
        "summary": pd.DataFrame(
            {"prompt": prompts, "count": 2, "count_low": 1.0, "count_high": 3.0, "tiles": 4, "threshold": 0.5}
        ),
        "run": RUN,
        "styles": result_styles(prompts, prompts),
    }


def emptied(results: dict[str, Any]) -> dict[str, Any]:
    """Return the same results without rows, with the types that pandas gives to empty lists."""
    bare = {
        name: gpd.GeoDataFrame(
            {column: [] for column in results[name].columns}, geometry="geometry", crs=results[name].crs
        )
        for name in ("tiles", "objects")
    }
    return {**results, **bare, "summary": pd.DataFrame(columns=results["summary"].columns)}


def schema(path: Path) -> dict[str, str]:
    """Return the SQL of every table of ours."""
    names = ("tiles", "objects", "summary", "run", "layer_styles")
    with closing(sqlite3.connect(path)) as base:
        return {
            name: sql for name, sql in base.execute("SELECT name, sql FROM sqlite_master") if name in names
        }


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let every write beyond `size` bytes of a file fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=40),
    st.sampled_from(["score_", "count_"]),
)
def test_column_names_are_different_whatever_the_case_and_fit(prompts: list[str], prefix: str) -> None:
    names = column_names(prompts, prefix)
    assert len({name.casefold() for name in names}) == len(prompts)
    for name in names:
        assert name.startswith(prefix)
        assert len(name.encode()) <= 63
        assert not set(name) & set(" \"'`;[]\0\n")


def test_column_names_stay_readable() -> None:
    prompts = [
        "ships near harbor",
        "海上的船",
        "ships",
        "Ships",
        "café / quai №5",
        "???",
        "a" * 300,
        "a" * 299,
    ]
    names = column_names(prompts, "score_")
    assert names[:6] == [
        "score_ships_near_harbor", "score_海上的船", "score_ships", "score_Ships_2",
        "score_café_quai_No5", "score_prompt",
    ]  # fmt: skip
    assert names[6] == "score_" + "a" * 57
    assert names[7] == "score_" + "a" * 55 + "_2"


def test_a_suffix_that_is_taken_is_passed_over() -> None:
    assert column_names(["a", "a_2", "a!"], "score_") == ["score_a", "score_a_2", "score_a_3"]


@pytest.mark.parametrize("crs", ["EPSG:32611", "EPSG:4326", None])
def test_what_is_written_is_read_back(tmp_path: Path, crs: str | None) -> None:
    path = tmp_path / "out.gpkg"
    results = make_results(HOSTILE, crs=crs)
    write_results(path, **results)
    for name in ("tiles", "objects"):
        back = gpd.read_file(path, layer=name)
        assert list(back.columns) == list(results[name].columns)
        assert back.geometry.geom_equals(results[name].geometry.set_crs(back.crs, allow_override=True)).all()
        assert (back.crs == results[name].crs) if crs else (back.crs.is_engineering)
    assert list(gpd.read_file(path, layer="tiles")["label"]) == HOSTILE[:6]
    assert list(pyogrio.read_dataframe(path, layer="summary")["prompt"]) == HOSTILE
    assert pyogrio.read_dataframe(path, layer="run").to_dict("records") == [RUN]
    assert [file.name for file in tmp_path.iterdir()] == ["out.gpkg"]


def test_an_empty_result_has_the_same_schema(tmp_path: Path) -> None:
    full = make_results(["sea", "ships"])
    write_results(tmp_path / "full.gpkg", **full)
    write_results(tmp_path / "empty.gpkg", **emptied(full))
    assert schema(tmp_path / "full.gpkg") == schema(tmp_path / "empty.gpkg")
    assert len(schema(tmp_path / "empty.gpkg")) == 5
    assert (
        pyogrio.read_info(tmp_path / "empty.gpkg", layer="tiles", force_feature_count=True)["features"] == 0
    )
    assert pyogrio.read_info(tmp_path / "empty.gpkg", layer="tiles")["geometry_type"] == "Polygon"


def test_a_count_that_was_not_asked_is_null(tmp_path: Path) -> None:
    results = make_results(["sea", "ships"])
    results["summary"]["count"] = [np.nan, 3]
    write_results(tmp_path / "out.gpkg", **results)
    with closing(sqlite3.connect(tmp_path / "out.gpkg")) as base:
        rows = base.execute("SELECT prompt, count, typeof(count) FROM summary").fetchall()
    assert rows == [("sea", None, "null"), ("ships", 3, "integer")]


def test_every_table_is_registered_and_the_base_is_sound(tmp_path: Path) -> None:
    write_results(tmp_path / "out.gpkg", **make_results(["sea"], crs=None))
    with closing(sqlite3.connect(tmp_path / "out.gpkg")) as base:
        kinds = dict(base.execute("SELECT table_name, data_type FROM gpkg_contents"))
        places = dict(base.execute("SELECT table_name, srs_id FROM gpkg_contents"))
        styles = base.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault FROM layer_styles"
        ).fetchall()
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("PRAGMA user_version").fetchone() == (10_200,)
    assert kinds == {
        "tiles": "features", "objects": "features",
        "summary": "attributes", "run": "attributes", "layer_styles": "attributes",
    }  # fmt: skip
    assert (places["tiles"], places["objects"]) == (-1, -1)
    assert styles == [("tiles", "geom", 1), ("objects", "geom", 1)]


def test_a_layer_that_is_none_is_left_out_with_its_style(tmp_path: Path) -> None:
    write_results(tmp_path / "out.gpkg", **{**make_results(["sea"]), "objects": None})
    assert "objects" not in schema(tmp_path / "out.gpkg")
    styled = pyogrio.read_dataframe(tmp_path / "out.gpkg", layer="layer_styles")["f_table_name"]
    assert list(styled) == ["tiles"]


def test_two_hundred_prompts(tmp_path: Path) -> None:
    prompts = [f"a thing number {index} of many that are seen on the ground by radar" for index in range(200)]
    write_results(tmp_path / "out.gpkg", **make_results(prompts))
    assert len(gpd.read_file(tmp_path / "out.gpkg", layer="tiles").columns) == 5 + 400 + 1


def test_an_existing_file_is_kept_until_it_may_go(tmp_path: Path) -> None:
    path = tmp_path / "out.gpkg"
    path.write_text("precious")
    with pytest.raises(OutputExistsError, match="overwrite it"):
        write_results(path, **make_results(["sea"]))
    assert path.read_text() == "precious"
    write_results(path, **make_results(["sea"]), overwrite=True)
    assert len(gpd.read_file(path, layer="tiles")) == 6


def test_a_file_with_unsaved_changes_elsewhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.gpkg"
    write_results(path, **make_results(["sea"]))
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE mine (x)")
        with pytest.raises(OutputError, match=r"out\.gpkg-wal"):
            write_results(path, **make_results(["sea"]), overwrite=True)


@pytest.mark.parametrize("size", [0, 5_000, 60_000, 100_000, 118_000])
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, size: int) -> None:
    path = tmp_path / "out.gpkg"
    path.write_text("precious")
    with largest_file(size), pytest.raises(OutputError, match="cannot write") as caught:
        write_results(path, **make_results(["sea"], rows=20, cols=30), overwrite=True)
    assert "\n" not in str(caught.value)
    assert [file.name for file in tmp_path.iterdir()] == ["out.gpkg"]
    assert path.read_text() == "precious"


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder.gpkg").mkdir()
    for path, words in (
        (tmp_path / "missing" / "out.gpkg", "does not exist"),
        (tmp_path / "folder.gpkg", "is a folder"),
        (Path("/proc/out.gpkg"), "cannot write into /proc"),
    ):
        with pytest.raises(OutputError, match=words):
            write_results(path, **make_results(["sea"]), overwrite=True)
    with pytest.raises(InputError, match=r"end in \.gpkg"):
        write_results(tmp_path / "out.shp", **make_results(["sea"]))
    assert [file.name for file in tmp_path.iterdir()] == ["folder.gpkg"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="may write to"):
        write_results(tmp_path / "out.gpkg", **make_results(["sea"]))
