"""Phrases and their truth: no phrase says two things, and what nobody knows stays unknown."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.concepts import (
    AIRLINER_TYPES,
    COMPOSITES,
    CONCEPT,
    CONCEPT_NAMES,
    CONCEPTS,
    FALSE,
    KIND,
    KIND_TRUTH,
    KINDS,
    OBJECT_KINDS,
    TEMPLATES,
    TRUE,
    TYPES,
    UNKNOWN,
    VEHICLE_TYPES,
    cell_truth,
    tile_truth,
)
from training.phrases import phrases_of

HELD_OUT = [(name, phrase) for name, concept in CONCEPTS.items() for phrase in concept.held_out]


def test_no_phrase_belongs_to_two_concepts() -> None:
    counts = Counter(phrase.lower() for name in CONCEPT_NAMES for phrase in phrases_of(name))
    assert [phrase for phrase, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(("name", "phrase"), HELD_OUT)
def test_held_out_words_are_in_no_training_phrase(name: str, phrase: str) -> None:
    known = [phrase_of_other for other in CONCEPT_NAMES for phrase_of_other in phrases_of(other)]
    assert [other for other in known if phrase.lower() in other.lower()] == [], name
    assert not any(phrase.lower() in template.lower() for template in TEMPLATES)


def test_templates_have_one_place() -> None:
    assert all(template.count("{}") == 1 for template in TEMPLATES)
    assert all(phrase.strip() == phrase for name in CONCEPT_NAMES for phrase in phrases_of(name))


@pytest.mark.parametrize("name", CONCEPTS)
def test_a_kind_is_true_or_unknown_not_both(name: str) -> None:
    concept = CONCEPTS[name]
    assert not set(concept.true) & set(concept.unknown)
    assert concept.true
    assert {*concept.true, *concept.unknown} <= set(KINDS)


def test_the_table_says_what_the_concepts_say() -> None:
    assert KIND_TRUTH.shape == (len(KINDS), len(CONCEPT_NAMES))
    types = [KIND[name] for name in TYPES]
    for name, concept in CONCEPTS.items():
        column = KIND_TRUTH[:, CONCEPT[name]].copy()
        column[types] = [TRUE if kind in concept.true else FALSE for kind in TYPES]  # theirs: below
        assert {KINDS[kind] for kind in np.flatnonzero(column == TRUE)} == set(concept.true)
        unknown = {KINDS[kind] for kind in np.flatnonzero(column == UNKNOWN)}
        assert unknown >= set(concept.unknown) - {"clutter"}
        assert unknown <= {*concept.unknown, "unknown", "clutter"}


def test_of_a_type_the_same_is_true_as_of_its_kind() -> None:
    for types, kind in ((VEHICLE_TYPES, "vehicle"), (AIRLINER_TYPES, "aircraft")):
        assert (KIND_TRUTH[[KIND[name] for name in types]] == KIND_TRUTH[KIND[kind]]).all()


def test_of_the_unknown_nothing_is_known() -> None:
    assert (KIND_TRUTH[KIND["unknown"]] == UNKNOWN).all()
    clutter = KIND_TRUTH[KIND["clutter"]]
    objects = [CONCEPT[name] for name in OBJECT_KINDS]
    assert (clutter[objects] == FALSE).all(), "all objects of such a picture are labelled"
    assert (np.delete(clutter, objects) == UNKNOWN).all()


def test_every_kind_has_a_name() -> None:
    named = (KIND_TRUTH == TRUE).any(1)
    assert [kind for kind, has in zip(KINDS, named, strict=True) if not has] == ["unknown", "clutter"]


def test_sea_is_not_land() -> None:
    assert KIND_TRUTH[KIND["sea"], CONCEPT["land"]] == FALSE
    assert KIND_TRUTH[KIND["urban"], CONCEPT["water"]] == FALSE
    assert KIND_TRUTH[KIND["ship"], CONCEPT["ship"]] == TRUE


def truth_of(shares: dict[str, float], objects: dict[str, int] | None = None) -> dict[str, int]:
    """Truth of every concept over one tile."""
    share, centers = np.zeros((2, 1, len(KINDS)), np.float32)
    for kind, value in shares.items():
        share[0, KIND[kind]] = value
    for kind, number in (objects or {}).items():
        centers[0, KIND[kind]] = number
    return dict(zip(CONCEPT_NAMES, tile_truth(share, centers)[0].tolist(), strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_tile_of_one_kind_is_what_the_kind_is(kind: str) -> None:
    truth = truth_of({kind: 1.0})
    for name, concept in CONCEPTS.items():
        expected = KIND_TRUTH[KIND[kind], CONCEPT[name]]
        if kind in concept.true and name in OBJECT_KINDS:
            expected = UNKNOWN  # part of an object whose centre lies elsewhere
        assert truth[name] == expected, name


def test_a_harbour_with_ships() -> None:
    truth = truth_of({"sea": 0.6, "harbor": 0.37, "ship": 0.03}, {"ship": 2})
    for name in ("ship", "harbor", "sea", "ships near harbor", "water", "land"):
        assert truth[name] == TRUE, name
    for name in ("open sea", "ships at sea", "forest", "aircraft", "airport"):
        assert truth[name] == FALSE, name


def test_the_open_sea_and_a_ship_on_it() -> None:
    empty, with_ship = truth_of({"sea": 1.0}), truth_of({"sea": 0.99, "ship": 0.01}, {"ship": 1})
    assert (empty["open sea"], empty["ships at sea"], empty["ships near harbor"]) == (TRUE, FALSE, FALSE)
    assert (with_ship["open sea"], with_ship["ships at sea"]) == (FALSE, TRUE)
    assert with_ship["ships near harbor"] == FALSE
    assert with_ship["ship"] == TRUE


def test_a_coast() -> None:
    truth = truth_of({"sea": 0.5, "urban": 0.5})
    assert truth["coast"] == TRUE
    assert truth["open sea"] == FALSE
    assert truth_of({"sea": 1.0})["coast"] == FALSE


def test_a_small_share_is_neither_true_nor_false() -> None:
    assert truth_of({"sea": 0.9, "urban": 0.1})["urban"] == UNKNOWN
    assert truth_of({"sea": 0.5, "urban": 0.5})["urban"] == TRUE


def test_where_nobody_looked_nothing_is_known() -> None:
    assert set(truth_of({"unknown": 1.0}).values()) == {UNKNOWN}
    half = truth_of({"unknown": 0.5, "sea": 0.5})
    assert half["ships at sea"] == half["open sea"] == half["ship"] == half["forest"] == UNKNOWN
    assert half["sea"] == TRUE


def test_a_labelled_picture_of_clutter_has_no_ship() -> None:
    truth = truth_of({"clutter": 1.0})
    assert truth["ship"] == truth["ships at sea"] == truth["ships near harbor"] == FALSE
    assert truth["urban"] == truth["sea"] == truth["open sea"] == UNKNOWN


@given(st.lists(st.integers(0, len(KINDS) - 1), min_size=1, max_size=30), st.integers(0, 99))
def test_truth_has_three_values_and_tiles_are_independent(kinds: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(len(KINDS), 0.1), len(kinds)).astype(np.float32)
    centers = (rng.random((len(kinds), len(KINDS))) > 0.9).astype(np.float32)
    together = tile_truth(shares, centers)
    assert set(np.unique(together)) <= {TRUE, FALSE, UNKNOWN}
    order = rng.permutation(len(kinds))
    assert np.array_equal(tile_truth(shares[order], centers[order]), together[order])


def cells(*kinds: str) -> NDArray[np.uint8]:
    return np.array([KIND[kind] for kind in kinds], np.uint8)


def test_ships_of_a_tile_belong_to_the_ships_cells() -> None:
    says = truth_of({"sea": 0.6, "harbor": 0.37, "ship": 0.03}, {"ship": 2})
    harbour = np.array([list(says.values())], np.int8)
    kinds = cells("ship", "forest", "sea", "harbor", "unknown")
    truth = cell_truth(kinds, harbour.repeat(len(kinds), 0))
    near = truth[:, CONCEPT["ships near harbor"]].tolist()
    assert near == [TRUE, FALSE, UNKNOWN, UNKNOWN, UNKNOWN]
    assert truth[0, CONCEPT["ships at sea"]] == FALSE
    assert truth[0, CONCEPT["open sea"]] == truth[3, CONCEPT["open sea"]] == FALSE
    assert (truth[4] == UNKNOWN).all()


def test_cells_of_the_open_sea() -> None:
    sea = np.array([list(truth_of({"sea": 1.0}).values())], np.int8)
    truth = cell_truth(cells("sea"), sea)[0]
    assert truth[CONCEPT["open sea"]] == truth[CONCEPT["sea"]] == TRUE
    assert truth[CONCEPT["ships at sea"]] == truth[CONCEPT["ships near harbor"]] == FALSE


@pytest.mark.parametrize("name", CONCEPTS)
def test_cells_follow_the_table_in_plain_concepts(name: str) -> None:
    kinds = np.arange(len(KINDS), dtype=np.uint8)
    tile = np.full((len(KINDS), len(CONCEPT_NAMES)), TRUE, np.int8)
    assert name not in COMPOSITES
    assert np.array_equal(cell_truth(kinds, tile)[:, CONCEPT[name]], KIND_TRUTH[:, CONCEPT[name]])


def test_around_a_vehicle_there_is_no_water() -> None:
    shares, centers = np.zeros((2, 2, len(KINDS)), np.float32)
    shares[:, KIND["clutter"]] = 0.96
    shares[:, KIND["T72"]] = 0.04
    centers[0, KIND["T72"]] = 1
    truth = tile_truth(shares, centers)
    for name in ("sea", "flood", "mountains", "open sea"):
        assert truth[:, CONCEPT[name]].tolist() == [FALSE, UNKNOWN]
    assert truth[0, CONCEPT["urban"]] == UNKNOWN
