"""No caption is ever false, no negative ever true: read back and checked by `training.d2c.check`."""

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.concepts import CONCEPTS, KIND
from training.d2c import AnnotatedImage, Caption, captions, from_picture, words
from training.d2c.annotation import box
from training.d2c.check import verdicts
from training.d2c.reading import CaptionError

DATA = Path(__file__).parents[4] / "shared/data"

_spec = importlib.util.spec_from_file_location("random_images", Path(__file__).with_name("random_images.py"))
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
random_image = _module.random_image


def check(image: AnnotatedImage, seed: int = 0) -> list[Caption]:
    """Captions of the image, each with every claim proven and every negative refuted."""
    made = captions(image, np.random.default_rng(seed))
    for caption in made:
        found = verdicts(caption.text, image)
        assert all(verdict is True for _, verdict in found), (caption.text, found)
        assert len(found) == len(caption.facts), (caption, found)
        assert not words.held_out_in(caption.text)
        for negative in caption.negatives:
            wrong = verdicts(negative.text, image)
            assert any(verdict is False for _, verdict in wrong), (negative, wrong)
            assert not words.held_out_in(negative.text)
    return made


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_caption_of_any_annotation_is_false_and_no_negative_true(seed: int) -> None:
    made = check(random_image(seed), seed)
    assert len(made) == 5


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_seed_gives_the_same_captions(seed: int) -> None:
    first, again = (captions(random_image(seed), np.random.default_rng(seed)) for _ in range(2))
    assert first == again


def ships(*corners: tuple[float, ...], **known: Any) -> AnnotatedImage:
    return AnnotatedImage("a", 200, 100, tuple(box("ship", *c) for c in corners), complete=frozenset({"ship"}), **known)


TWO_AND_A_QUAY = np.full((100, 200), KIND["sea"], np.uint8)
TWO_AND_A_QUAY[:, 180:] = KIND["harbor"]


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("Two ships.", True),
        ("there are 2 vessels", True),
        ("three ships", False),
        ("no ship", False),
        ("many boats", False),
        ("a ship in the upper left", True),
        ("one ship in the lower left", False),
        ("a ship in the centre", False),
        ("two ships near the edges", True),
        ("a ship near the harbor", True),
        ("both ships are near the quay", False),
        ("a ship far from the port", True),
        ("two ships about 100 m long", True),
        ("a ship about 300 m long", False),
        ("all ships are more than 50 m long", True),
        ("mostly sea in the left half", True),
        ("mostly sea in the right half", True),
        ("mostly forest", False),
        ("a SAR image with two ships; a harbor; no forest", True),
        ("two ships, no harbor", False),
        ("C band, Sentinel-1 image", True),
        ("X band", False),
    ],
)
def test_the_checker_itself_tells_true_from_false(text: str, true: bool) -> None:
    outlines = ((10, 10, 20, 14), (165, 60, 175, 64))
    image = ships(*outlines, ground=TWO_AND_A_QUAY, gsd_m=10.0, sensor="Sentinel-1", band="C")
    verdict = [verdict for _, verdict in verdicts(text, image)]
    assert all(v is True for v in verdict) if true else False in verdict


def test_the_checker_refuses_what_it_cannot_read() -> None:
    with pytest.raises(CaptionError, match="sailing"):
        verdicts("two ships sailing north", ships((0, 0, 9, 9)))


def test_what_was_not_annotated_without_exception_is_neither_counted_nor_missed() -> None:
    image = AnnotatedImage("a", 90, 90, (box("ship", 10, 10, 20, 20), box("tank", 60, 60, 70, 70)))
    said = [c for seed in range(40) for c in captions(image, np.random.default_rng(seed))]
    claims = {fact.claim for c in said for fact in c.facts}
    assert claims == {"some"}


def test_an_image_of_which_nothing_is_known_is_still_called_an_image() -> None:
    made = check(AnnotatedImage("a", 64, 48))
    assert len(made) == 5
    assert all("SAR" in c.text or "radar" in c.text.lower() or "scene" in c.text for c in made)
    assert all(c.facts == () and c.negatives == () for c in made)


def test_the_grammar_says_all_it_should() -> None:
    rng = np.random.default_rng(1)
    said = [c for seed in range(300) for c in captions(random_image(seed), rng)]
    sized = ships((10, 10, 40, 16), (100, 60, 104, 62), gsd_m=10.0)
    said += [c for _ in range(40) for c in captions(sized, rng)]
    claims = {fact.claim for c in said for fact in c.facts}
    assert claims == {
        *("count", "many", "some", "none", "all", "spread", "ground", "scene"),
        *("sensor", "band", "polarization", "gsd"),
    }  # fmt: skip
    where = {condition.split(" ")[0] for c in said for fact in c.facts for condition in fact.where}
    assert {"centre", "edge", "upper", "lower", "left", "middle", "near", "far", "on", "out", "above"} <= where
    assert {"about", "over", "under", "small", "large", "big", "little"} <= where
    assert any("+" in fact.subject for c in said for fact in c.facts)
    changed = {negative.changed for c in said for negative in c.negatives}
    assert {"number", "class", "place", "relation", "size", "spread", "ground", "scene", "sensor"} == changed
    assert len({c.text for c in said}) > 0.85 * len(said)


def test_no_word_of_the_grammar_is_held_out() -> None:
    tables = (words.GROUND_WORDS, words.REGION_WORDS, words.RELATION_WORDS, words.SPREAD_WORDS, words.SIZE_ADJECTIVES)
    texts = [text for table in tables for entry in table.values() for text in entry]
    texts += [form for kind in CONCEPTS for noun in words.nouns(kind) for form in noun]
    texts += [text for group in words.CLASS_WORDS for label in group for text in words.class_words(label)]
    assert len(texts) > 200
    assert [text for text in texts if words.held_out_in(text)] == []
    held_out = [word for concept in CONCEPTS.values() for word in concept.held_out]
    assert all(words.held_out_in(f"a {word} here") for word in held_out)
    assert words.nouns("trawler") == () and words.class_words("yacht") == ()


def test_nouns_are_phrases_of_their_concept() -> None:
    for kind, concept in CONCEPTS.items():
        for noun in words.nouns(kind):
            plain = {noun.one, noun.more} & set(concept.phrases)
            assert plain or kind == noun.one, noun
        for word in words.GROUND_WORDS.get(kind, ()):
            assert words.bare(word) in concept.phrases, word


def test_number_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        captions(ships(), np.random.default_rng(0), 0)


def test_captions_are_made_faster_than_a_trainer_reads_them() -> None:
    images = [random_image(seed) for seed in range(40)]
    rng, made = np.random.default_rng(0), 0
    started = time.process_time()
    for image in images * 5:
        made += len(captions(image, rng))
    assert made / (time.process_time() - started) > 1000, "captions in a second of one core"


def real_sets() -> Iterator[AnnotatedImage]:
    from training.sources import real

    names = {f"{number:06d}" for number in range(0, 1200, 9)}
    scenes = {f"P{number:04d}" for number in range(0, 140, 9)}
    yield from (from_picture(p, ["ship"], gsd_m=3.0, sensor="RadarSat-2") for p in real.ssdd(DATA, names))
    yield from (from_picture(p, ["ship"], gsd_m=1.0) for p in real.hrsid(DATA, scenes))


@pytest.mark.slow
@pytest.mark.skipif(not (DATA / "ssdd").exists(), reason="the real data sets are not on this machine")
def test_no_caption_of_real_images_is_false() -> None:
    texts = [caption.text for seed, image in enumerate(real_sets()) for caption in check(image, seed)]
    assert len(texts) > 500
    assert len(set(texts)) > 0.5 * len(texts), "half of the images hold one ship"
