"""Counting: one point an object, wherever the seams are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.errors import InputError
from engine.model.fake import DARK, SPEC, FakeModel
from engine.raster import Georeference, array_scene
from engine.scan import StoredEmbedding, embedding, encode
from engine.tasks import count, counting
from engine.tasks.counting import (
    LEAST_SCORE,
    SURE_CONTRAST,
    count_by_tile,
    interval,
    object_frame,
)
from tests.engine.worlds import SHIPS, TRANSFORM, UTM, scene_of, world

Places = Sequence[tuple[int, int]]


def found_at(ships: Places, cache: Path, shape: tuple[int, int] = (230, 358), **options: float) -> NDArray[np.float32]:
    """Rows and columns of what is counted where there are ships of one pixel at (row, column)."""
    pixels = np.full(shape, DARK, np.uint8)
    for row, col in ships:
        pixels[row, col] = 255
    return count(encode(scene_of(pixels), FakeModel(), cache=cache), ["ship"], **options)[0].xy[:, ::-1]


def test_one_point_each(encoded: StoredEmbedding) -> None:
    counted = count(encoded, ["ship"])[0]
    assert counted.count == len(SHIPS) and counted.low <= len(SHIPS) <= counted.high
    for row, col in SHIPS:
        distance = np.hypot(counted.xy[:, 0] - col - 0.5, counted.xy[:, 1] - row - 0.5)
        assert (distance <= 3).sum() == 1


@pytest.mark.parametrize(("contrast", "share"), [(1.0, 1.0), (0.5, 1.0), (0.125, 0.5)])
def test_a_word_counts_in_full_as_long_as_nothing_else_is_likelier(
    contrast: float, share: float, encoded: StoredEmbedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below one half by the root of what is left."""
    plain = count(encoded, ["ship"], threshold=0.0)[0]

    def given(cosines: NDArray[np.float32], prompts: int, *_: object) -> NDArray[np.float64]:
        return np.full((*cosines.shape[:-1], prompts), contrast)

    monkeypatch.setattr(counting, "contrast", given)
    found = count(encoded, ["ship"], threshold=0.0)[0]
    assert np.array_equal(found.xy, plain.xy)
    np.testing.assert_allclose(found.scores, share * np.ones(len(SHIPS)), atol=1e-3)


def test_what_no_curve_was_fitted_on_is_not_heard_of(encoded: StoredEmbedding, monkeypatch: pytest.MonkeyPatch) -> None:
    """Curves start at `LEAST_SCORE`; drawn on below it, they made a range of 33 to 130 of 99 dim spots."""
    for above in (True, False):
        score = LEAST_SCORE * (1.02 if above else 0.98)

        def given(cosines: NDArray[np.float32], prompts: int, *_: object, score: float = score) -> NDArray[np.float64]:
            return np.full((*cosines.shape[:-1], prompts), SURE_CONTRAST * score**2)

        monkeypatch.setattr(counting, "contrast", given)
        found = count(encoded, ["ship"], threshold=0.0)[0]
        assert found.count == (len(SHIPS) if above else 0)
        assert (found.high > 0) == above


def test_nothing_where_there_is_nothing(tmp_path: Path, encoded: StoredEmbedding) -> None:
    assert len(found_at([], tmp_path)) == 0
    assert count(encoded, ["fields"])[0].count == 0  # no object looks like a field


@given(rows=st.lists(st.integers(0, 14), min_size=1, max_size=12), seed=st.integers(0, 99), cells=st.integers(1, 120))
@settings(max_examples=20)
def test_every_object_once_wherever_it_lies(
    rows: list[int], seed: int, cells: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Objects at least 12 px apart, anywhere beside the seams of cells, tiles, cores and bands."""
    rng = np.random.default_rng(seed)
    spots = {(row, int(rng.integers(0, 22))) for row in rows}
    ships = [(16 * row + int(rng.integers(0, 5)), 16 * col + int(rng.integers(0, 5))) for row, col in spots]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding, "_BAND_CELLS", cells)
        found = found_at(ships, tmp_path_factory.mktemp("cache"))
    assert len(found) == len(ships)
    for row, col in ships:
        assert np.hypot(*(found - (row + 0.5, col + 0.5)).T).min() <= 3


@pytest.mark.parametrize("seam", [8, 32, 96, 192])
@pytest.mark.parametrize("band_cells", [1, 45, 1 << 16])
def test_an_object_astride_a_seam_is_one(
    seam: int, band_cells: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two by two pixels on the corner where four cells, tiles or cores meet: all four peak alike."""
    monkeypatch.setattr(embedding, "_BAND_CELLS", band_cells)
    corner = [(seam + down, seam + across) for down in (-1, 0) for across in (-1, 0)]
    for distance in (None, 0.0, 1.0):
        found = found_at(corner, tmp_path, min_distance_m=distance)
        assert len(found) == 1
        assert np.abs(found - seam).max() <= 3


def test_clusters_are_one_without_objectness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model without an objectness map: neighbouring cells are not two, in a band or across two."""
    model = FakeModel(replace(SPEC, has_objectness=False))
    pixels = world(ships=[(95, 200), (96, 208), (95, 300), (150, 250)])
    for cells in (45, 1 << 16):
        monkeypatch.setattr(embedding, "_BAND_CELLS", cells)
        assert count(encode(scene_of(pixels), model, cache=tmp_path), ["ship"])[0].count == 3


@pytest.mark.parametrize(("gsd_x", "gsd_y"), [(10, 10), (10, 40), (40, 10)])
def test_least_distance_is_in_metres_on_the_ground(gsd_x: int, gsd_y: int, tmp_path: Path) -> None:
    """200 m apart along a row and 200 m apart along a column, whatever the shape of a pixel."""
    across, down = 1600 // gsd_x, 1600 // gsd_y
    pixels = np.full((2 * down + 60, 2 * across + 80), DARK, np.uint8)
    pixels[20, [20, 20 + across]] = 255
    pixels[[40 + down, 40 + 2 * down], 40] = 255
    scene = scene_of(pixels, Affine(gsd_x, 0, 5e5, 0, -gsd_y, 4e6))
    found = encode(scene, FakeModel(), cache=tmp_path)
    assert count(found, ["ship"], min_distance_m=1300)[0].count == 4
    assert count(found, ["ship"], min_distance_m=1800)[0].count == 2


def test_the_better_one_of_two_is_kept(tmp_path: Path) -> None:
    pixels = np.full((100, 200), DARK, np.uint8)
    pixels[50, 100], pixels[50, 112] = 248, 255
    found = encode(scene_of(pixels), FakeModel(), cache=tmp_path)
    kept = count(found, ["ship"], min_distance_m=200)[0]
    assert kept.count == 1 and kept.xy[0, 0] == pytest.approx(114, abs=4)


def test_no_metres_without_a_pixel_size(fake: FakeModel, tmp_path: Path) -> None:
    found = encode(array_scene(world()), fake, cache=tmp_path)
    assert count(found, ["ship"])[0].count == len(SHIPS)
    with pytest.raises(InputError, match="pixel size"):
        count(found, ["ship"], min_distance_m=100)


@pytest.mark.parametrize(
    "options",
    [{"threshold": -0.1}, {"threshold": 1.5}, {"threshold": float("nan")}, {"min_distance_m": -1.0},
     {"min_distance_m": float("nan")}, {"min_distance_m": float("inf")}],
)  # fmt: skip
def test_impossible_numbers(options: dict[str, float], encoded: StoredEmbedding) -> None:
    with pytest.raises(InputError) as told:
        count(encoded, ["ship"], **options)
    assert str(next(iter(options.values()))) in str(told.value)


def test_points_lie_on_the_ground(tmp_path: Path, fake: FakeModel) -> None:
    """X and y are not swapped: one object of a scene that is not square, turned and stretched."""
    transform = Affine(10, 0, 5e5, 0, -25, 4e6) @ Affine.rotation(20)
    pixels = np.full((100, 300), DARK, np.uint8)
    pixels[21, 250] = 255
    scene = array_scene(pixels, georeference=Georeference("affine", UTM, transform))
    frame = object_frame(found := encode(scene, fake, cache=tmp_path), count(found, ["ship"]))
    assert frame.crs == UTM and frame.prompt.tolist() == ["ship"]
    cols, rows = scene.georeference.from_ground(frame.geometry.x, frame.geometry.y)
    assert cols[0] == pytest.approx(250.5, abs=3) and rows[0] == pytest.approx(21.5, abs=3)


def test_points_of_all_prompts(encoded: StoredEmbedding) -> None:
    counts = count(encoded, ["ship", "fields", "ships at sea"])
    frame = object_frame(encoded, counts)
    assert frame.prompt.value_counts().to_dict() == {item.prompt: item.count for item in counts if item.count}
    assert frame.score.between(0.5, 1).all()
    x, y = frame.geometry.x[0], frame.geometry.y[0]
    assert (x - TRANSFORM.c) / 10 == pytest.approx(counts[0].xy[0, 0])
    assert (TRANSFORM.f - y) / 10 == pytest.approx(counts[0].xy[0, 1])
    assert len(object_frame(encoded, [])) == 0


@pytest.mark.parametrize("shape", [(230, 358), (1, 40), (33, 9)])
def test_tiles_add_up_to_the_count(shape: tuple[int, int], tmp_path: Path, fake: FakeModel) -> None:
    rows, cols = shape
    ships = [(0, 0), (rows - 1, cols - 1), (rows // 2, cols // 2)]
    found = encode(scene_of(world(rows, cols, ships)), fake, cache=tmp_path)
    counted = count(found, ["ship"])[0]
    tally = count_by_tile(found, counted)
    assert tally.shape == found.plan.tile_shape
    assert tally.sum() == counted.count >= 1


def test_a_tile_counts_its_own(encoded: StoredEmbedding) -> None:
    tally = count_by_tile(encoded, count(encoded, ["ship"])[0])
    for row, col in ((20, 300), (150, 31), (200, 350)):
        assert tally[row // 32, col // 32] == 1


def test_threshold_moves_the_count_and_not_the_interval(tmp_path: Path, fake: FakeModel) -> None:
    pixels = world(ships=[])
    for index, value in enumerate(range(241, 256)):
        pixels[150, 20 + 20 * index] = value
    found = encode(scene_of(pixels), fake, cache=tmp_path)
    counted = [count(found, ["ship"], threshold=threshold)[0] for threshold in (0.1, 0.5, 0.8)]
    assert counted[0].count > counted[1].count > counted[2].count
    for item in counted:
        assert item.low <= item.count <= item.high
        assert item.scores.min() >= item.threshold
        assert (np.diff(item.scores) <= 0).all()


@given(st.lists(st.floats(0, 1), max_size=40), st.integers(0, 40))
def test_interval_holds_the_count(probabilities: list[float], found: int) -> None:
    low, high = interval(np.array(probabilities, np.float32), found)
    assert 0 <= low <= found <= high


@pytest.mark.parametrize("number", [50, 1000, 5000])
def test_interval_covers_nine_of_ten(number: int) -> None:
    """Of counts drawn with the candidates' own probabilities; exact and normal way alike."""
    rng = np.random.default_rng(0)
    probabilities = rng.random(number).astype(np.float32)
    drawn = (rng.random((2000, number)) < probabilities).sum(1)
    low, high = interval(probabilities, int(probabilities.sum()))
    assert 0.88 < ((drawn >= low) & (drawn <= high)).mean() < 0.96


def test_many_prompts_cost_one_pass(encoded: StoredEmbedding, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred prompts, each for itself."""
    counts = count(encoded, ["ship", *(f"thing{n}" for n in range(199))])
    assert len(counts) == 200 and counts[0].count == len(SHIPS)
