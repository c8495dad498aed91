"""What a caption can be about: each topic looks for facts that hold and puts them in a form, or finds none."""

from __future__ import annotations

import random
from collections.abc import Callable

from training.d2c import grammar, words
from training.d2c.facts import DIRECTIONS, MANY, SPREADS, Fact, Scene, holds
from training.d2c.grammar import DRAWS, Clause
from training.d2c.regions import HALVES, MIDDLE, NINE

Topic = Callable[[Scene, random.Random], "Clause | None"]
LISTED = 4  # kinds or places in one list
ROUND_M = (1, 2, 5, 10, 20, 50, 100, 200)
COMMON_KINDS = ("ship", "aircraft", "vehicle", "tank", "bridge", "oil platform", "wind turbine", "airport", "harbor")


def clause(form: grammar.Form, facts: list[Fact], rnd: random.Random) -> Clause | None:
    """A clause of the facts, in words drawn at random."""
    return Clause(form, tuple(facts), tuple([rnd.random() for _ in range(DRAWS)])) if facts else None


def speakable(scene: Scene) -> list[str]:
    """Kinds of objects that are present and may be named."""
    return [kind for kind in scene.objects if words.nouns(kind)]


def quantify(scene: Scene, kind: str, where: tuple[str, ...], rnd: random.Random) -> Fact | None:
    """How many of a kind meet the conditions, as exactly as can be said; None if nobody can say, or none do."""
    least, most = scene.span(kind, where)
    if not least:
        return None
    if not scene.known(kind):
        return Fact("many", kind, 0, where) if least >= MANY else Fact("some", kind, min(least, 2), where)
    if least >= MANY:
        return Fact("many", kind, 0, where)
    if least >= 2 and (least < most or rnd.random() < 0.12):
        return Fact("some", kind, 2, where)
    return Fact("count", kind, least, where) if least == most else None


def _said(scene: Scene, kind: str, where: tuple[str, ...], rnd: random.Random, none: float = 0.3) -> Clause | None:
    """One kind under conditions: all of it, none of it (said with that chance), or how many."""
    least, most = scene.span(kind, where)
    everything = len(scene.objects.get(kind, ()))
    if scene.known(kind) and everything and least == everything and rnd.random() < 0.5:
        return clause(grammar.every, [Fact("all", kind, everything, where)], rnd)
    if most == 0 and rnd.random() < none:
        return clause(grammar.things, [Fact("none", kind, 0, where)], rnd)
    fact = quantify(scene, kind, where, rnd)
    return clause(grammar.things, [fact], rnd) if fact else None


def counts(scene: Scene, rnd: random.Random) -> Clause | None:
    """How many there are, class by class."""
    kinds = speakable(scene)
    rnd.shuffle(kinds)
    facts = [quantify(scene, kind, (), rnd) for kind in kinds[:LISTED]]
    return clause(grammar.things, [fact for fact in facts if fact], rnd)


def total(scene: Scene, rnd: random.Random) -> Clause | None:
    """How many there are of all classes together."""
    kinds = [kind for kind in scene.counted if words.nouns(kind)]
    if not 2 <= len(kinds) <= LISTED:
        return None
    number = sum(len(scene.objects[kind]) for kind in kinds)
    rnd.shuffle(kinds)
    first = Fact("many" if number >= MANY else "count", "+".join(kinds), 0 if number >= MANY else number)
    if rnd.random() < 0.3:
        return clause(grammar.total, [first], rnd)
    parts = [
        Fact("many", kind) if n >= MANY else Fact("count", kind, n)
        for kind, n in ((kind, len(scene.objects[kind])) for kind in kinds)
    ]
    return clause(grammar.total, [first, *parts], rnd)


def middle(scene: Scene, rnd: random.Random) -> Clause | None:
    """Centre and edge."""
    kinds = speakable(scene)
    if not kinds:
        return None
    kind, regions = rnd.choice(kinds), list(MIDDLE)
    rnd.shuffle(regions)
    if rnd.random() < 0.4:
        return _said(scene, kind, (regions[0],), rnd)
    facts = [quantify(scene, kind, (region,), rnd) for region in regions]
    return clause(grammar.things, [fact for fact in facts if fact], rnd)


def regions(scene: Scene, rnd: random.Random) -> Clause | None:
    """Nine regions and halves."""
    kinds = speakable(scene)
    if not kinds:
        return None
    kind = rnd.choice(kinds)
    if rnd.random() < 0.3:
        return _said(scene, kind, (rnd.choice(HALVES),), rnd)
    places = list(NINE)
    rnd.shuffle(places)
    facts = []
    for region in places:
        fact = quantify(scene, kind, (region,), rnd)
        if fact:
            facts.append(fact)
        if len(facts) == 3:
            break
    return clause(grammar.things, facts[: rnd.randint(1, 3)], rnd)


def size(scene: Scene, rnd: random.Random) -> Clause | None:
    """Large and small, and metres where the pixel size is known."""
    kinds = speakable(scene)
    if not kinds:
        return None
    kind = rnd.choice(kinds)
    options = ["big", "little"]
    if scene.gsd_m:
        least, most = scene.length_px(rnd.choice(scene.objects[kind]))
        metres = least * scene.gsd_m
        step = max((s for s in ROUND_M if s <= max(metres / 8, 1)), default=1)
        near_by = f"{round(metres / step) * step:g}"
        options += [f"over {_round(metres * 0.8)}", f"under {_round(metres * 1.25)}"]
        options += [f"about {near_by}"] * 3 if most < 2 * least and near_by != "0" else []
        options += ["small", "large"] * 2 if kind == "ship" else []
    return _said(scene, kind, (rnd.choice(options),), rnd, none=0.0)


def _round(metres: float) -> int:
    step = max((s for s in ROUND_M if s <= max(metres / 4, 1)), default=1)
    return max(round(metres / step), 1) * step


def spread(scene: Scene, rnd: random.Random) -> Clause | None:
    """Scattered, clustered, in a row."""
    kinds = [kind for kind in scene.counted if len(scene.objects[kind]) >= 3 and words.nouns(kind)]
    if not kinds:
        return None
    kind = rnd.choice(kinds)
    fitting = [word for word in SPREADS if scene.spread(kind, word)]
    fact = quantify(scene, kind, (), rnd)
    return clause(grammar.spread, [fact, Fact("spread", kind, rnd.choice(fitting))], rnd) if fitting and fact else None


def relation(scene: Scene, rnd: random.Random) -> Clause | None:
    """What is near, far, around, left, right, above, below."""
    kinds = speakable(scene)
    if "ship" not in kinds and scene.known("ship"):
        kinds.append("ship")  # that there is none out at sea is worth saying
    if not kinds:
        return None
    kind = rnd.choice(kinds)
    conditions = relations_of(scene, kind)
    rnd.shuffle(conditions)
    for condition in conditions[:3]:
        found = _said(scene, kind, (condition,), rnd)
        if found:
            return _placed(scene, found, rnd) if rnd.random() < 0.2 else found
    return None


def relations_of(scene: Scene, kind: str) -> list[str]:
    """Relations of a kind that make sense here, whether or not they hold."""
    found = []
    others = [other for other in speakable(scene) if other != kind]
    for other in others:
        found += [f"near {other}", f"far from {other}"]
        if len(scene.objects[other]) == 1:
            found += [f"{direction} {other}" for direction in DIRECTIONS]
    if scene.ground:
        for other in scene.ground.present:
            if not words.GROUND_WORDS[other] or other in scene.objects:
                continue
            found += [f"on {other}"]
            if other not in ("sea", "water", "inland water", "flood"):
                found += [f"near {other}", f"far from {other}", *[f"{direction} {other}" for direction in DIRECTIONS]]
        if kind == "ship" and "sea" in scene.ground.present:
            found += ["out at sea"] * 3
    return found


def _placed(scene: Scene, found: Clause, rnd: random.Random) -> Clause:
    """The same with a region added, where that can be said."""
    fact = found.facts[0]
    if found.form is not grammar.things or fact.claim == "none":
        return found
    more = quantify(scene, fact.subject, (*fact.where, rnd.choice(HALVES + MIDDLE)), rnd)
    return (clause(grammar.things, [more], rnd) if more else None) or found


def absence(scene: Scene, rnd: random.Random) -> Clause | None:
    """What is not there."""
    missing = [Fact("none", kind) for kind in sorted({*scene.complete, *COMMON_KINDS})]
    missing = [fact for fact in missing if words.nouns(fact.subject) and holds(scene, fact)]
    if scene.ground:
        absent = [name for name in scene.ground.absent if words.GROUND_WORDS[name] and name not in scene.objects]
        missing += [Fact("ground", name, "none") for name in absent]
    if not missing:
        return None
    fact = rnd.choice(missing)
    return clause(grammar.things if fact.claim == "none" else grammar.ground, [fact], rnd)


def ground(scene: Scene, rnd: random.Random) -> Clause | None:
    """What the ground is, as a whole, in halves, or a list of what there is."""
    if not scene.ground:
        return None
    present = [name for name in scene.ground.present if words.GROUND_WORDS[name]]
    if set(present) & {"sea", "inland water", "flood"} and rnd.random() < 0.8:
        present.remove("water")  # the same in a vaguer word
    rnd.shuffle(present)
    style = rnd.random()
    if style < 0.35:
        facts = [Fact("ground", name, "mostly") for name in present]
        return clause(grammar.ground, [fact for fact in facts if holds(scene, fact)][:1], rnd)
    if style < 0.65:
        halves = [Fact("ground", name, "mostly", (half,)) for name in present for half in HALVES]
        return clause(grammar.ground, [fact for fact in halves if holds(scene, fact)][:1], rnd)
    return clause(grammar.ground, [Fact("ground", name, "some") for name in present[: rnd.randint(1, 3)]], rnd)


def about(scene: Scene, rnd: random.Random) -> Clause | None:
    """Sensor, band, polarisation, pixel size."""
    facts = [Fact(claim, "", value) for claim, value in scene.about.items() if value is not None]
    rnd.shuffle(facts)
    return clause(grammar.tag, facts[: rnd.randint(1, 3)], rnd)


def label(scene: Scene, rnd: random.Random) -> Clause | None:
    """Words known of the whole scene."""
    known = [word for word in scene.scene_words if words.class_words(word)]
    return clause(grammar.tag, [Fact("scene", "", rnd.choice(known))], rnd) if known else None


MAIN: tuple[tuple[Topic, float], ...] = (
    (counts, 1.6), (total, 1.0), (middle, 1.0), (regions, 1.2), (size, 0.9), (spread, 0.8), (relation, 1.6),
    (absence, 0.4), (ground, 0.5), (label, 0.8),
)  # fmt: skip
"""Topics and how readily each is taken."""
EXTRA: tuple[Topic, ...] = (ground, ground, relation, middle, absence, label, size)
"""What may follow the main clause of a caption."""
