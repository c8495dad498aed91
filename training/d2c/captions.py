"""Captions of an annotated image: true sentences, the facts in them, and near misses that are false."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from training.d2c import grammar
from training.d2c.annotation import AnnotatedImage
from training.d2c.facts import Fact, Scene, scene_of
from training.d2c.grammar import DRAWS, Clause, Draw, caption_text
from training.d2c.negatives import Negative, negatives
from training.d2c.topics import EXTRA, MAIN, Topic, about

EXTRA_SHARE, ABOUT_SHARE = 0.35, 0.3  # captions with a further clause, with what is known of the sensor
TRIES = 6  # rounds through all topics before a caption is said twice


@dataclass(frozen=True, slots=True)
class Caption:
    """A true sentence about an image.

    Attributes:
        text: The caption.
        facts: What it claims; empty where nothing is known of the image.
        negatives: False captions in otherwise equal words, at most one of each sort of change.
    """

    text: str
    facts: tuple[Fact, ...]
    negatives: tuple[Negative, ...]


def captions(image: AnnotatedImage, rng: np.random.Generator, number: int = 5) -> list[Caption]:
    """Captions drawn from the grammar, on different topics as far as there are enough.

    Args:
        image: What is known; what has been worked out of it is kept as long as it lives.
        rng: Source of all choices: the same state gives the same captions.
        number: How many; texts are all different where enough can be said.

    Raises:
        ValueError: The number is below one.
    """
    if number < 1:
        raise ValueError(f"{number} captions were asked for: at least 1 is needed")
    scene = scene_of(image)
    rnd = random.Random(int(rng.integers(2**62)))  # noqa: S311 - many times faster than numpy at single draws
    made: dict[str, Caption] = {}
    topics = _topics(rnd)
    for topic in [*topics * TRIES, *[about] * TRIES]:  # of the sensor alone only where there is no more to say
        if len(made) == number:
            break
        caption = _caption(scene, topic, rnd)
        if caption:
            made.setdefault(caption.text, caption)
    found = list(made.values())
    while len(found) < number:
        found.append(found[rnd.randrange(len(made))] if made else _wordless(rnd))
    return found


def _topics(rnd: random.Random) -> list[Topic]:
    """All topics in an order drawn by weight (Efraimidis and Spirakis: descending u to the power of 1/weight)."""
    return [topic for topic, weight in sorted(MAIN, key=lambda entry: -(rnd.random() ** (1 / entry[1])))]


def _wordless(rnd: random.Random) -> Caption:
    return Caption(caption_text((), (rnd.random(),)), (), ())


def _caption(scene: Scene, topic: Topic, rnd: random.Random) -> Caption | None:
    main = topic(scene, rnd)
    if main is None:
        return None
    clauses = [main]
    if rnd.random() < EXTRA_SHARE:
        extra = rnd.choice(EXTRA)(scene, rnd)
        if extra and not {fact.claim for fact in extra.facts} & {"scene"} and _adds(main, extra):
            clauses.append(extra)
    if main.form is not grammar.tag and rnd.random() < ABOUT_SHARE:
        tag = about(scene, rnd)
        clauses += [tag] if tag else []
    frame: Draw = tuple([rnd.random() for _ in range(DRAWS)])
    text = caption_text(clauses, frame)
    facts = tuple(fact for clause in clauses for fact in clause.facts)
    return Caption(text, facts, negatives(scene, clauses, frame, text, rnd))


def _adds(main: Clause, extra: Clause) -> bool:
    """Whether a clause says something else than the main one."""
    return not set(main.facts) & set(extra.facts)
