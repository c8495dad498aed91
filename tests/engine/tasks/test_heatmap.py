"""Heatmaps: where a prompt is true, in the right cells."""

from __future__ import annotations

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
from engine.tasks import heatmap
from engine.tasks.results import shown_range, write_heatmap
from tests.engine.worlds import TRANSFORM, scene_of, world


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


def test_a_map_without_a_number_has_a_range(encoded: StoredEmbedding) -> None:
    result = heatmap(encoded, ["sea"])
    result.scores[:] = np.nan
    low, high = shown_range(result)
    assert low < high
