"""Hard negatives: a caption with one fact made false, provably, in otherwise equal words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from training.d2c import grammar, words
from training.d2c.facts import DIRECTIONS, MANY, SPREADS, Fact, Scene, holds
from training.d2c.grammar import Clause, Draw, caption_text
from training.d2c.land import GROUNDS
from training.d2c.regions import HALVES, MIDDLE, NINE
from training.d2c.topics import COMMON_KINDS, ROUND_M

TRIES = 4  # replacements of one sort and fact to look at before giving up
_OPPOSITE = {
    **{"left of": "right of", "right of": "left of", "above": "below", "below": "above"},
    **{"near": "far from", "far from": "near"},
}
_OTHER_SIZE = {"small": ("large",), "large": ("small",), "little": ("big",), "big": ("little",)}
_WIDE = ("sea", "land", "harbor", "urban", "industry", "vegetation", "forest", "fields", "mountains", "bare")
_RIVALS = {
    "sensor": ("Sentinel-1", "TerraSAR-X", "RadarSat-2", "Gaofen-3", "ALOS-2", "COSMO-SkyMed"),
    "band": ("C", "X", "L", "S", "P", "Ku"),
    "polarization": ("VV", "VH", "HH", "HV"),
    "gsd": (0.3, 1.0, 3.0, 5.0, 10.0, 20.0, 40.0),
}


class Negative(NamedTuple):
    """A false caption.

    Attributes:
        text: The caption with one fact changed.
        changed: "number", "class", "place", "relation", "size", "spread", "ground", "scene" or "sensor".
        fact: The fact that is false.
    """

    text: str
    changed: str
    fact: Fact


def negatives(scene: Scene, clauses: list[Clause], frame: Draw, text: str, rnd: random.Random) -> tuple[Negative, ...]:
    """One negative of each sort that can be proven."""
    found: dict[str, Negative] = {}
    spots = [(c, f) for c, clause in enumerate(clauses) for f in range(len(clause.facts))]
    rnd.shuffle(spots)
    for c, f in spots:
        clause = clauses[c]
        for changed, fact in _changes(scene, clause, clause.facts[f], rnd):
            if changed in found or not is_false(scene, fact):
                continue
            strict = fact.claim == "count" and fact.value == 1 and scene.span(fact.subject, fact.where)[0] > 0
            altered = caption_text([*clauses[:c], clause.altered(f, fact, strict=strict), *clauses[c + 1 :]], frame)
            if altered != text:
                found[changed] = Negative(altered, changed, fact)
    return tuple(found[changed] for changed in sorted(found))


def is_false(scene: Scene, fact: Fact) -> bool:
    """Whether a fact is surely false."""
    return holds(scene, fact) is False


def _changes(scene: Scene, clause: Clause, fact: Fact, rnd: random.Random) -> Iterator[tuple[str, Fact]]:
    if fact.claim in ("count", "many", "some", "none", "all"):
        yield from (("number", other) for other in _numbers(clause, fact, rnd))
        if "+" not in fact.subject and clause.form is not grammar.spread:
            yield from (("class", other) for other in _classes(scene, fact, rnd))
        for index, condition in enumerate(fact.where):
            for changed, other in _conditions(scene, condition, rnd):
                yield changed, fact._replace(where=(*fact.where[:index], other, *fact.where[index + 1 :]))
    elif fact.claim == "spread":
        yield from (("spread", fact._replace(value=word)) for word in SPREADS if word != fact.value)
    elif fact.claim == "ground":
        names = _WIDE if fact.value == "mostly" else words.GROUND_WORDS
        yield from (("ground", fact._replace(subject=name)) for name in _shuffled(names, rnd)[:TRIES])
        yield from (("place", fact._replace(where=(half,))) for half in HALVES if fact.where)
    elif fact.claim == "scene":
        others = _shuffled(words.rivals(str(fact.value)), rnd)
        yield from (("scene", fact._replace(value=label)) for label in others if label not in scene.scene_words)
    else:
        yield from (("sensor", fact._replace(value=value)) for value in _shuffled(_RIVALS[fact.claim], rnd)[:TRIES])


def _shuffled(options: object, rnd: random.Random) -> list:  # type: ignore[type-arg]
    mixed = list(options)  # type: ignore[call-overload]
    rnd.shuffle(mixed)
    return mixed


def _numbers(clause: Clause, fact: Fact, rnd: random.Random) -> list[Fact]:
    """Other numbers, nearest ones more often: they are the harder ones."""
    plural = clause.form is grammar.spread
    if fact.claim == "all":
        return [fact._replace(value=n) for n in _numbers_near(int(fact.value), rnd) if int(fact.value) > 1 and n > 1]
    if fact.claim == "none":
        return [Fact("count", fact.subject, rnd.randint(1, 4), fact.where)]
    if fact.claim == "count":
        found = [fact._replace(value=n) for n in _numbers_near(int(fact.value), rnd) if n > plural]
        if rnd.random() < 0.1:
            found.insert(0, Fact("many", fact.subject, 0, fact.where))
        return found
    few = Fact("count", fact.subject, rnd.randint(1 + plural, MANY - 1), fact.where)
    return [few] if plural else [few, Fact("none", fact.subject, 0, fact.where)]


def _numbers_near(value: int, rnd: random.Random) -> list[int]:
    others = [n for n in range(1, MANY) if n != value]
    others.sort(key=lambda n: abs(n - value) * rnd.random())
    return others[:TRIES]


def _classes(scene: Scene, fact: Fact, rnd: random.Random) -> Iterator[Fact]:
    """The same of other kinds; of all of them in the number there are, as the words need not say the number."""
    kinds = sorted(kind for kind in {*scene.objects, *scene.complete, *COMMON_KINDS} if kind != fact.subject)
    for kind in _shuffled(kinds, rnd)[: 2 * TRIES]:
        vague = fact.claim == "some" and not fact.where and kind in GROUNDS  # "harbors" is also what "harbor" covers
        if words.nouns(kind) and not vague:
            present = len(scene.objects.get(kind, ()))
            value = present if fact.claim == "all" and present else fact.value
            yield fact._replace(subject=kind, value=value)


def _conditions(scene: Scene, condition: str, rnd: random.Random) -> Iterator[tuple[str, str]]:
    """Other conditions of the same sort, and the sort of change they make."""
    for group in (MIDDLE, NINE, HALVES):
        if condition in group:
            yield from (("place", other) for other in _shuffled(group, rnd)[:TRIES] if other != condition)
            return
    if condition in _OTHER_SIZE:
        yield from (("size", other) for other in _OTHER_SIZE[condition])
        return
    word, _, value = condition.partition(" ")
    if word in ("about", "over", "under"):
        factors = {"about": (0.25, 0.5, 2, 3), "over": (2, 3, 5), "under": (0.5, 0.3)}[word]
        metres = float(value) * rnd.choice(factors)
        step = max((s for s in ROUND_M if s <= metres / 4), default=1)
        yield "size", f"{word} {max(round(metres / step), 1) * step}"
        return
    yield from (("relation", other) for other in _relations(scene, condition, rnd))


def _relations(scene: Scene, condition: str, rnd: random.Random) -> Iterator[str]:
    present = scene.ground.present if scene.ground else ()
    named = [name for name in present if words.GROUND_WORDS[name]]
    if condition == "out at sea":
        yield from (f"near {name}" for name in _shuffled(named, rnd) if name not in ("sea", "water"))
        return
    relation = next(name for name in ("near", "far from", "on", *DIRECTIONS) if condition.startswith(name + " "))
    other = condition[len(relation) + 1 :]
    if relation in _OPPOSITE:
        yield f"{_OPPOSITE[relation]} {other}"
    if relation == "near" and "sea" in present:
        yield "out at sea"
    if relation == "on":
        yield from (f"on {name}" for name in _shuffled(_WIDE, rnd)[:TRIES])
