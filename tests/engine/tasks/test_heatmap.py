"""Heatmaps: where a prompt is true, in the right cells."""

from __future__ import annotations

import tracemalloc
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.model.fake import BRIGHT, DARK, FakeModel
from engine.raster import Window
from engine.scan import StoredEmbedding, embedding, encode
from engine.tasks import heatmap, heatmap_stream
from engine.tasks.heatmap import THRESHOLD, ShownRange
from engine.tasks.results import shown_range, write_heatmap
from tests.engine.worlds import TRANSFORM, scene_of, world

MODULE = import_module("engine.tasks.heatmap")  # whose name the function has, too


def test_scores_follow_the_ground(encoded: StoredEmbedding) -> None:
    result = heatmap(encoded, ["sea", "town"])
    assert result.scores.shape == (2, 29, 45) and result.scores.dtype == np.float32
    sea, town = result.scores
    assert town[:6, :14].min() > 0.9 and town[:, 20:].max() < 0.2
    assert sea[16:, :].mean() > 0.9 and sea[:6, :14].max() < 0.2
    assert result.scores.min() >= 0 and result.scores.max() <= 1


def test_one_bright_cell(tmp_path: Path, fake: FakeModel) -> None:
    pixels = np.full((100, 300), DARK, np.uint8)
    pixels[40:64, 200:224] = BRIGHT
    found = encode(scene_of(pixels), fake, cache=tmp_path)
    assert np.unravel_index(heatmap(found, ["town"]).scores[0].argmax(), (13, 38)) == (6, 26)


@given(bands=st.integers(1, 400))
def test_memory_of_a_band_changes_nothing(bands: int, encoded: StoredEmbedding) -> None:
    expected = heatmap(encoded, ["sea", "ship"]).scores
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding, "_BAND_CELLS", bands)
        np.testing.assert_allclose(heatmap(encoded, ["sea", "ship"]).scores, expected, atol=1e-6)


@given(row=st.integers(0, 28), col=st.integers(0, 44), height=st.integers(1, 29), width=st.integers(1, 45))
def test_a_part_is_that_of_the_whole(row: int, col: int, height: int, width: int, encoded: StoredEmbedding) -> None:
    cells = Window(row, col, min(height, 29 - row), min(width, 45 - col))
    part, whole = heatmap(encoded, ["sea"], cells=cells), heatmap(encoded, ["sea"])
    assert part.origin == (row, col)
    np.testing.assert_allclose(part.scores[0], whole.scores[0][row : cells.row_stop, col : cells.col_stop], atol=1e-6)


def test_each_prompt_is_scored_for_itself(encoded: StoredEmbedding) -> None:
    alone, together = heatmap(encoded, ["sea"]), heatmap(encoded, ["ship", "sea", "town"])
    np.testing.assert_allclose(alone.scores[0], together.scores[1], atol=1e-6)


def test_background_of_the_users_own(encoded: StoredEmbedding) -> None:
    usual, own = heatmap(encoded, ["town"]), heatmap(encoded, ["town"], ["forest"])
    assert own.scores[0, :6, :14].min() > 0.9
    assert not np.array_equal(usual.scores, own.scores)


def test_impossible_prompts(encoded: StoredEmbedding) -> None:
    for prompts in ([], [" "], ["a", "A"], ["海"], ["word " * 20]):
        with pytest.raises(InputError, match="prompt"):
            heatmap(encoded, prompts)


def test_no_map_is_made_in_float64(encoded: StoredEmbedding, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the memory and half the speed for nothing."""
    for band in encoded.bands():
        assert encoded.cosines(band, encoded.query(["sea"])).dtype == np.float32
    assert heatmap(encoded, ["sea", "town"]).scores.dtype == np.float32


def test_file(encoded: StoredEmbedding, tmp_path: Path) -> None:
    """A Cloud-Optimized GeoTIFF: float32, one described band a prompt, nodata, overviews, on the right ground."""
    result = heatmap(encoded, ["sea", "ships near town"])
    write_heatmap(tmp_path / "heat.tif", encoded, result)
    with rasterio.open(tmp_path / "heat.tif") as file:
        assert file.dtypes == ("float32", "float32") and file.descriptions == ("sea", "ships near town")
        assert np.isnan(file.nodata) and file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.transform == TRANSFORM @ TRANSFORM.scale(8)
        assert np.array_equal(file.read(), result.scores)
        assert '"sea"' in file.tags()["SARCLIP_PROMPTS"] and file.tags()["SARCLIP_MODEL"] == "fake"
    assert (tmp_path / "heat.qml").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"heat.tif", "heat.qml"}


def test_file_of_a_larger_scene_has_overviews(tmp_path: Path, fake: FakeModel) -> None:
    found = encode(scene_of(world(40, 8 * 700, [])), fake, cache=tmp_path)
    write_heatmap(tmp_path / "heat.tif", found, heatmap(found, ["sea"]))
    with rasterio.open(tmp_path / "heat.tif") as file:
        assert file.overviews(1)


@given(share_high=st.floats(0, 1), seed=st.integers(0, 99), holes=st.floats(0, 0.9))
def test_brightest_colour_is_a_percentile(share_high: float, seed: int, holes: float) -> None:
    """Gathered strip by strip, to within a level of numpy's of all; never below the threshold."""
    rng = np.random.default_rng(seed)
    scores = rng.random(5000, np.float32) * np.where(rng.random(5000) < share_high, 1, THRESHOLD).astype(np.float32)
    scores[rng.random(5000) < holes] = np.nan
    shown = ShownRange()
    for strip in np.array_split(scores, 7):
        shown.add(strip)
    low, top = shown.bounds
    assert low == THRESHOLD / 2
    known = np.where(scores < THRESHOLD, THRESHOLD, scores)  # what is below the threshold is never told apart
    assert top == pytest.approx(np.nanpercentile(known, 99.9), abs=2e-5)


@pytest.mark.parametrize("at_once", [1, 700, 1 << 22])
def test_the_stream_is_the_heatmap(at_once: int, encoded: StoredEmbedding, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few scores are held at once: in strips from top to bottom, whole or in part."""
    prompts = ["sea", "ship", *(f"thing{n}" for n in range(50))]
    for cells in (None, Window(3, 7, 20, 30)):
        expected = heatmap(encoded, prompts, cells=cells)
        with monkeypatch.context() as patch:
            patch.setattr(MODULE, "_SCORES_AT_ONCE", at_once)
            strips = list(heatmap_stream(encoded, prompts, cells=cells).strips())
        assert at_once > 700 or {strip.shape[1] for strip in strips} == {1}
        np.testing.assert_allclose(np.concatenate(strips, 1), expected.scores, atol=1e-6)


def test_a_streamed_file_is_that_of_the_heatmap(encoded: StoredEmbedding, tmp_path: Path) -> None:
    prompts = ["sea", "ships near town"]
    bounds = write_heatmap(tmp_path / "streamed.tif", encoded, heatmap_stream(encoded, prompts))
    whole = heatmap(encoded, prompts)
    assert bounds == write_heatmap(tmp_path / "whole.tif", encoded, whole) == shown_range(whole)
    with rasterio.open(tmp_path / "streamed.tif") as a, rasterio.open(tmp_path / "whole.tif") as b:
        np.testing.assert_allclose(a.read(), b.read(), atol=1e-6)
        assert str(a.profile) == str(b.profile) and a.descriptions == b.descriptions
    assert (tmp_path / "streamed.qml").read_text() == (tmp_path / "whole.qml").read_text()


def test_memory_of_a_file_does_not_depend_on_the_prompts(tmp_path: Path, fake: FakeModel) -> None:
    """GDAL's own memory is not seen here; ours is far below the scores, which are 19 MB."""
    found = encode(scene_of(world(8 * 200, 8 * 200)), fake, cache=tmp_path)
    prompts = [f"thing number{n}" for n in range(120)]
    tracemalloc.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODULE, "_SCORES_AT_ONCE", 1 << 16)
        write_heatmap(tmp_path / "heat.tif", found, heatmap_stream(found, prompts))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10e6, f"{peak / 1e6:.1f} MB"


def test_a_map_without_a_number_has_a_range(encoded: StoredEmbedding) -> None:
    result = heatmap(encoded, ["sea"])
    result.scores[:] = np.nan
    low, high = shown_range(result)
    assert low < high
