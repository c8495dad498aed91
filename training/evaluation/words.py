"""Class names: those the training uses, and words that no training text may hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from training.concepts import COMPOSITES, CONCEPTS, TEMPLATES
from training.d2c.words import class_words, held_out_in

LEAST_HELD_OUT = 30  # words over all kinds


@dataclass(frozen=True, slots=True)
class Words:
    """How a class may be asked for.

    Attributes:
        name: The class, in tables.
        seen: Phrases used in training; the first is the class's plain name.
        held_out: Words never used in training.
    """

    name: str
    seen: tuple[str, ...]
    held_out: tuple[str, ...] = ()


def of_concept(*names: str, called: str = "") -> Words:
    """The phrases of one concept or of several that are one class here."""
    seen = [phrase for name in names for phrase in _phrases(name)]
    held_out = [word for name in names if name in CONCEPTS for word in CONCEPTS[name].held_out]
    return Words(called or names[0], tuple(seen), tuple(held_out))


def _phrases(name: str) -> tuple[str, ...]:
    return CONCEPTS[name].phrases if name in CONCEPTS else COMPOSITES[name]


def held_out_words() -> tuple[str, ...]:
    """Every word kept out of the training."""
    return tuple(word for concept in CONCEPTS.values() for word in concept.held_out)


def leaks(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Words kept out of the training that a text holds all the same, each with the first text that does."""
    found: dict[str, str] = {}
    for text in texts:
        for word in held_out_in(text):
            found.setdefault(word.casefold(), text)
    return sorted(found.items())


def training_phrases() -> list[str]:
    """Every phrase of the training's concepts, in every template."""
    phrases = [phrase for name in (*CONCEPTS, *COMPOSITES) for phrase in _phrases(name)]
    return [template.format(phrase) for template in dict.fromkeys(TEMPLATES) for phrase in phrases]


def types(group: Iterable[str]) -> dict[str, Words]:
    """The classes of a collection of chips by folder, called what captions call them."""
    return {folder: Words(folder, class_words(folder)) for folder in group}


