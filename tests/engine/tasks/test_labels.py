"""Labels: the right one on the right piece of ground."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from affine import Affine
from rasterio.control import GroundControlPoint

from engine.errors import InputError
from engine.model.fake import BRIGHT, DARK, FakeModel
from engine.raster import Scene, open_scene
from engine.scan import StoredEmbedding, encode
from engine.tasks import label, tile_frame
from tests.engine.worlds import TRANSFORM, UTM, scene_of, world, write_scene

PROMPTS = ["sea", "fields", "town"]


def test_every_tile_has_its_label(encoded: StoredEmbedding) -> None:
    frame = tile_frame(encoded, label(encoded, PROMPTS))
    at = {(row, col): name for row, col, name in zip(frame.row, frame.col, frame.label, strict=True)}
    assert len(at) == 8 * 12
    assert at[0, 0] == at[0, 2] == "town"
    assert at[2, 0] == at[2, 1] == "fields"
    assert at[0, 5] == at[7, 0] == at[7, 11] == at[2, 11] == "sea"


def test_columns_and_ranges(encoded: StoredEmbedding) -> None:
    frame = tile_frame(encoded, label(encoded, PROMPTS))
    scores = frame[["score_sea", "score_fields", "score_town"]].to_numpy()
    names = ["row", "col", "label", "score", "margin", "score_sea", "score_fields", "score_town", "geometry"]
    assert list(frame.columns) == names
    np.testing.assert_allclose(scores.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(frame.score, scores.max(1))
    ordered = np.sort(scores, axis=1)
    np.testing.assert_allclose(frame.margin, ordered[:, 2] - ordered[:, 1], atol=1e-6)
    assert frame.crs == UTM


@pytest.mark.parametrize(
    "transform",
    [
        TRANSFORM,
        Affine(10, 0, 5e5, 0, 10, 4e6),  # south-up
        Affine(10, 0, 5e5, 0, -25, 4e6),  # pixels that are not square
        Affine(10, 0, 5e5, 0, -10, 4e6) @ Affine.rotation(35),
    ],
)
def test_x_and_y_are_not_swapped(transform: Affine, tmp_path: Path, fake: FakeModel) -> None:
    """One bright tile of a scene that is not square: its polygon holds its pixels, on the ground."""
    pixels = np.full((96, 320), DARK, np.uint8)
    pixels[32:64, 224:256] = BRIGHT
    scene = scene_of(pixels, transform)
    found = encode(scene, fake, cache=tmp_path)
    frame = tile_frame(found, label(found, ["sea", "town"]))
    bright = frame[frame.label == "town"]
    assert bright[["row", "col"]].values.tolist() == [[1, 7]]
    x, y = scene.georeference.to_ground([224, 256, 256, 224], [32, 32, 64, 64])
    expected = shapely.Polygon(np.column_stack((x, y)))
    assert bright.geometry.item().symmetric_difference(expected).area < 1e-6 * expected.area


def test_control_points_give_the_same_ground_as_the_transform(tmp_path: Path, fake: FakeModel) -> None:
    """Within half a pixel, 5 m, at every corner of every tile."""
    pixels = world()
    affine = open_scene(write_scene(tmp_path / "affine.tif", pixels))
    points = [
        GroundControlPoint(row, col, *(TRANSFORM @ (col, row)))
        for row in np.linspace(0, 230, 4)
        for col in np.linspace(0, 358, 6)
    ]
    gcp = open_scene(write_scene(tmp_path / "gcp.tif", pixels, transform=None, gcps=points))
    assert (affine.georeference.kind, gcp.georeference.kind) == ("affine", "gcp")
    frames = [
        tile_frame(found, label(found, PROMPTS))
        for found in (encode(scene, fake, cache=tmp_path / "cache") for scene in (affine, gcp))
    ]
    assert frames[0].crs == frames[1].crs
    assert frames[0].drop(columns="geometry").equals(frames[1].drop(columns="geometry"))
    corners = [shapely.get_coordinates(frame.geometry.values) for frame in frames]
    assert np.abs(corners[0] - corners[1]).max() < 5


def test_background_takes_tiles_away(encoded: StoredEmbedding) -> None:
    with_rival = label(encoded, ["fields", "town"], ["sea"])
    without = label(encoded, ["fields", "town"])
    assert set(without.best) == {0, 1} and -1 in with_rival.best
    frame = tile_frame(encoded, with_rival)
    assert frame[(frame.row == 7)].label.isna().all()
    assert (frame[(frame.row == 0) & (frame.col == 0)].label == "town").all()


def test_a_single_prompt_is_judged_against_the_models_background(encoded: StoredEmbedding) -> None:
    found = label(encoded, ["town"])
    town = {(row, col) for row, col, best in zip(found.rows, found.cols, found.best, strict=True) if best == 0}
    assert (0, 0) in town and (7, 11) not in town and (2, 0) not in town


def test_a_synonym_does_not_lose_against_the_background(encoded: StoredEmbedding) -> None:
    """'Old towns' is near the background's 'town', which fits a town better than it does; so that is left out."""
    old = label(encoded, ["old towns"])
    places = list(zip(old.rows.tolist(), old.cols.tolist(), strict=True))
    assert old.best[places.index((0, 0))] == 0 and old.best[places.index((7, 11))] == -1


def test_half_of_a_tile_must_be_valid(tmp_path: Path, fake: FakeModel) -> None:
    pixels = world()
    pixels[:32, 64:96] = 0
    pixels[0:15, 64:96] = DARK  # 15 of 32 rows
    pixels[32:64, 64:96] = 0
    pixels[32:48, 64:96] = DARK  # 16 of 32 rows
    pixels[224:, 352:] = 0
    pixels[224:227, 352:] = DARK  # 3 of the 6 rows that the last tile has
    found = encode(scene_of(pixels), fake, cache=tmp_path)
    labelled = set(zip(found.tiles.rows.tolist(), found.tiles.cols.tolist(), strict=True))
    assert (0, 2) not in labelled and (1, 2) in labelled and (7, 11) in labelled


def test_two_hundred_prompts(encoded: StoredEmbedding) -> None:
    prompts = [f"thing{n}" for n in range(199)] + ["sea"]
    frame = tile_frame(encoded, label(encoded, prompts))
    assert len(frame.columns) == 6 + 200
    assert (frame[frame.row == 7].label == "sea").all()


@pytest.mark.parametrize("prompts", [[], [""], ["sea", "SEA"], ["海"], ["word " * 20]])
def test_impossible_prompts(prompts: list[str], encoded: StoredEmbedding) -> None:
    with pytest.raises(InputError, match="prompt"):
        label(encoded, prompts)


def test_the_same_question_has_the_same_answer(harbor: Scene, fake: FakeModel, tmp_path: Path) -> None:
    ask: Callable[[], StoredEmbedding] = lambda: encode(harbor, fake, cache=tmp_path)  # noqa: E731
    assert tile_frame(ask(), label(ask(), PROMPTS)).equals(tile_frame(ask(), label(ask(), PROMPTS)))
