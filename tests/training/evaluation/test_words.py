"""Words kept out of the training: enough of them, and in no training text."""

from __future__ import annotations

import numpy as np
import pytest

from training.concepts import AIRLINER_TYPES, COMPOSITES, CONCEPTS, KIND, VEHICLE_TYPES
from training.d2c import captions, from_picture
from training.evaluation.words import (
    LEAST_HELD_OUT,
    held_out_words,
    leaks,
    of_concept,
    training_phrases,
    types,
)
from training.sarcount import NUMBERS, candidates
from training.simulate import simulate_scene, to_picture
from training.sources.simulated import as_picture


def test_there_are_enough_over_many_kinds() -> None:
    assert len(set(held_out_words())) >= LEAST_HELD_OUT
    assert sum(bool(concept.held_out) for concept in CONCEPTS.values()) >= 9


def test_none_is_in_a_training_phrase() -> None:
    assert leaks(training_phrases()) == []


@pytest.mark.parametrize("recipe", ["harbor", "mixed", "airport", "farmland", "open_sea"])
def test_none_is_in_a_caption(recipe: str) -> None:
    scene = simulate_scene(recipe, 128, 160, 10.0, seed=5)
    picture = as_picture(scene, to_picture(scene.amplitude, np.random.default_rng(0)))
    image = from_picture(picture, ["ship", "aircraft"], gsd_m=10.0, sensor="Sentinel-1", scene_words=("offshore",))
    texts = [caption.text for caption in captions(image, np.random.default_rng(1), 60)]
    assert len(set(texts)) > 20
    assert leaks(texts) == []


def test_none_is_in_a_class_name_or_a_count() -> None:
    names = [name for words in types([*VEHICLE_TYPES, *AIRLINER_TYPES]).values() for name in words.seen]
    counts = [text for kind in ("ship", "aircraft", "vehicle", "tank") for text in candidates(kind)]
    assert leaks([*names, *counts]) == []
    assert len(counts) == 4 * len(NUMBERS)


def test_a_leak_is_seen_in_any_case_and_number_but_not_within_a_word() -> None:
    word = CONCEPTS["ship"].held_out[0]
    assert leaks([f"two {word.upper()}s at sea"]) == [(f"{word}s", f"two {word.upper()}s at sea")]
    assert leaks([f"a {word}ish thing", "a streamlined alpsee"]) == []


def test_every_type_has_a_name_of_its_own() -> None:
    names = [words.seen[0] for words in types([*VEHICLE_TYPES, *AIRLINER_TYPES]).values()]
    assert len(set(names)) == len(names) == 16


def test_a_class_of_several_concepts_has_the_words_of_all() -> None:
    words = of_concept("vegetation", "forest", called="green")
    assert words.name == "green"
    assert {*CONCEPTS["vegetation"].phrases, *CONCEPTS["forest"].phrases} == set(words.seen)
    assert set(words.held_out) == {*CONCEPTS["vegetation"].held_out, *CONCEPTS["forest"].held_out}
    assert of_concept("open sea").seen == COMPOSITES["open sea"]
    assert "harbor" in KIND
