"""Images of any size, and the ways to read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.model.fake import FakeModel
from training.evaluation.any_reader import read
from training.evaluation.bench import QUICK, Bench
from training.evaluation.contestants import Contestant, View
from training.evaluation.large import SCENES, LargeScenes, scenes, seas
from training.evaluation.retrieval import CAPTIONS, captioned


@pytest.fixture(scope="module")
def made() -> LargeScenes:
    return scenes(160, 2)


def test_there_are_as_many_of_every_kind_and_both_shapes(made: LargeScenes) -> None:
    assert np.bincount(made.labelled.labels).tolist() == [2] * len(SCENES)
    assert {image.shape for image in made.labelled.images} == {(160, 160), (160, 128)}
    for image, annotation in zip(made.labelled.images, made.annotations, strict=True):
        assert image.shape == (annotation.height, annotation.width)


def test_the_same_scenes_every_time(made: LargeScenes) -> None:
    again = scenes(160, 2)
    assert all(np.array_equal(a, b) for a, b in zip(made.labelled.images, again.labelled.images, strict=True))


def test_every_image_has_captions_of_its_own(made: LargeScenes) -> None:
    data = captioned(made.labelled.images, made.labelled.origins, made.annotations, np.random.default_rng(0))
    assert (data.right.sum(1) == CAPTIONS).all()
    assert len(data.texts) > len(data.images)


@pytest.mark.parametrize("view", [View.ANY, View.SQUASH])
def test_every_way_of_reading_is_measured(made: LargeScenes, view: View, tmp_path: Path) -> None:
    contestant = Contestant("fake", FakeModel(), view)
    bench = Bench(tmp_path, (contestant,), QUICK)
    assert seas(bench, 160, 1) is None, "without real pictures there are no seas"
    data = captioned(made.labelled.images, made.labelled.origins, made.annotations, np.random.default_rng(0))
    found = read(contestant, made.labelled, data, None)
    assert found.seas is None
    assert 0 <= found.scenes <= 1
    assert 0 < found.retrieval <= 1
