"""Ask by example."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from engine.errors import InputError
from engine.model.fake import FakeModel
from engine.raster import Window
from engine.scan import StoredEmbedding, embedding, encode
from engine.scan.codec import Codes, DenseCodec
from engine.tasks import few_shot, similar
from tests.engine.worlds import scene_of, world

TOWN, FIELDS, SEA = (60, 20), (40, 85), (300, 180)  # column, row


def test_a_place_looks_like_itself_and_its_like(encoded: StoredEmbedding) -> None:
    scores = similar(encoded, TOWN).scores[0]
    assert scores.shape == (29, 45) and scores.dtype == np.float32
    assert scores[:6, :14].min() > 0.9
    assert scores[16:, :].max() < 0.1 and scores.min() >= 0 and scores.max() <= 1


def test_a_window_is_its_mean(encoded: StoredEmbedding) -> None:
    town = similar(encoded, Window(0, 0, 40, 100)).scores
    np.testing.assert_allclose(town, similar(encoded, TOWN).scores, atol=0.05)
    beyond = similar(encoded, Window(-500, -500, 540, 600)).scores  # what lies beyond the scene says nothing
    np.testing.assert_allclose(beyond, town)


def test_a_large_window_is_taken_band_by_band(encoded: StoredEmbedding, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Window(0, 0, 230, 358)
    expected = similar(encoded, place).scores
    decoded: list[int] = []
    vectors = DenseCodec.vectors

    def counted(codec: DenseCodec, codes: Codes) -> NDArray[np.float32]:
        decoded.append(len(codes))
        return vectors(codec, codes)

    monkeypatch.setattr(DenseCodec, "vectors", counted)
    monkeypatch.setattr(embedding, "_BAND_CELLS", 90)
    np.testing.assert_allclose(similar(encoded, place).scores, expected, atol=1e-5)
    assert max(decoded) <= 90 and sum(decoded) == 29 * 45


@pytest.mark.parametrize("place", [(-1, 5), (5, -1), (-50, -50), (358, 5), (5, 230), (-0.5, 3)])
def test_places_beyond_the_scene(place: tuple[float, float], encoded: StoredEmbedding) -> None:
    with pytest.raises(InputError, match="nothing is encoded"):
        similar(encoded, place)


def test_places_that_are_not_encoded_or_not_valid(tmp_path: Path, fake: FakeModel) -> None:
    pixels = world()
    pixels[:40, :40] = 0
    found = encode(scene_of(pixels), fake, cache=tmp_path, extent=shapely.box(0, 0, 90, 90))
    assert similar(found, (60, 60)).prompts == ("similar",)
    for place in ((10, 10), (300, 200)):
        with pytest.raises(InputError, match="nothing is encoded"):
            similar(found, place)


def test_few_tiles_teach_labels(encoded: StoredEmbedding) -> None:
    labels = few_shot(encoded, {"wet": [(7, 2), (6, 11)], "built": [(0, 0), (0, 1)], "green": [(2, 0)]})
    assert labels.prompts == ("wet", "built", "green")
    best = {(row, col): best for row, col, best in zip(labels.rows, labels.cols, labels.best, strict=True)}
    assert best[7, 7] == best[3, 8] == 0 and best[0, 2] == 1 and best[2, 1] == 2
    np.testing.assert_allclose(labels.scores.sum(1), 1, atol=1e-5)


def test_a_tile_of_numpys_numbers(encoded: StoredEmbedding) -> None:
    rows = encoded.tiles.rows
    few_shot(encoded, {"a": [(rows[0], encoded.tiles.cols[0])], "b": [(rows[-1], encoded.tiles.cols[-1])]})


@pytest.mark.parametrize(
    ("examples", "reason"),
    [({}, "at least two"), ({"a": [(0, 0)]}, "at least two"), ({"a": [(0, 0)], "b": []}, "no example"),
     ({"a": [(0, 0)], "b": [(8, 0)]}, r"\(8, 0\)"), ({"a": [(0, 0)], "b": [(-1, 0)]}, r"\(-1, 0\)")],
)  # fmt: skip
def test_impossible_examples(examples: dict[str, list[tuple[int, int]]], reason: str, encoded: StoredEmbedding) -> None:
    with pytest.raises(InputError, match=reason):
        few_shot(encoded, examples)
