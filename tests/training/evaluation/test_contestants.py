"""Ways to show an image of any size to an encoder of one size."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.model.fake import BRIGHT, DARK, SPEC, FakeModel
from training.evaluation.contestants import Contestant, View, resized, zoomed
from training.sources.picture import centre


@pytest.fixture(scope="module")
def model() -> FakeModel:
    return FakeModel()


def flat(height: int, width: int, value: int) -> NDArray[np.uint8]:
    return np.full((height, width), value, np.uint8)


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("shape", [(SPEC.tile_px, SPEC.tile_px), (20, 45), (150, 70)])
def test_every_way_sees_the_one_thing_there_is(model: FakeModel, view: View, shape: tuple[int, int]) -> None:
    contestant = Contestant("fake", model, view)
    sea, town = contestant.images([flat(*shape, DARK), flat(*shape, BRIGHT)])
    texts = contestant.names(["sea", "town"])
    assert (texts @ sea).argmax() == 0
    assert (texts @ town).argmax() == 1
    assert np.linalg.norm(sea) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("view", View)
def test_all_ways_agree_on_an_image_of_the_encoders_size(model: FakeModel, view: View) -> None:
    image = np.random.default_rng(1).integers(1, 230, (SPEC.tile_px, SPEC.tile_px), dtype=np.uint8)
    found = Contestant("fake", model, view).images([image])[0]
    assert found == pytest.approx(model.encode_image(image), abs=1e-4)


def test_the_middle_sees_nothing_of_the_edge(model: FakeModel) -> None:
    image = flat(160, 96, BRIGHT)
    image[64:96, 32:64] = DARK
    crop = Contestant("fake", model, View.CROP).images([image])[0]
    assert crop == pytest.approx(model.encode_image(flat(32, 32, DARK)), abs=1e-4)


def test_the_mean_weighs_tiles_by_what_is_valid(model: FakeModel) -> None:
    image = flat(32, 64, DARK)
    image[:, 32:] = 0
    image[:2, 32:34] = BRIGHT
    mean = Contestant("fake", model, View.MEAN).images([image])[0]
    assert mean @ model.encode_image(flat(32, 32, DARK)) > 0.99


def test_nothing_valid_gives_zeros_not_nan(model: FakeModel) -> None:
    for view in View:
        found = Contestant("fake", model, view).images([flat(40, 50, 0)])
        assert np.isfinite(found).all()


def test_no_images(model: FakeModel) -> None:
    assert Contestant("fake", model).images([]).shape == (0, SPEC.embed_dim)


def test_sentences_stand_without_templates_and_too_long_ones_are_cut(model: FakeModel) -> None:
    contestant = Contestant("fake", model)
    long = "sea " * 40 + "town"
    found = contestant.sentences(["sea", long, "town"])
    assert found[1] == pytest.approx(found[0])
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(3))


def test_centre_of_odd_and_small_images() -> None:
    image = np.arange(1, 36, dtype=np.uint8).reshape(5, 7)
    assert centre(image, 3).tolist() == image[1:4, 2:5].tolist()
    grown = centre(image, 9)
    assert grown.shape == (9, 9)
    assert (grown[2:7, 1:8] == image).all()
    assert (grown != 0).sum() == image.size


def test_resizing_leaves_invalid_pixels_out() -> None:
    image = flat(40, 60, 200)
    image[:, 30:] = 0
    small = resized(image, (20, 30))
    assert set(np.unique(small)) == {0, 200}
    assert zoomed(image, 1) is image
    assert zoomed(image, 2.5).shape == (100, 150)
