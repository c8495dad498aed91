"""From facts to text: forms of clauses and the frames that hold them.

A form is a pure function of facts and of a few numbers drawn beforehand, so that the same draw with one fact changed
gives the same sentence but for that fact: a hard negative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from training.d2c import words as w
from training.d2c.facts import DIRECTIONS, MANY, Fact
from training.d2c.regions import REGIONS

T = TypeVar("T")
Draw = tuple[float, ...]  # numbers in [0, 1), each used for one choice
Form = Callable[[tuple[Fact, ...], Draw], str]
DRAWS = 8
_ONE = 0.5  # draws "one" or "1" among the words for a single thing


def pick(options: Sequence[T], draw: float) -> T:
    """The option that a number in [0, 1) falls on."""
    return options[int(draw * len(options))]


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def number(value: int, draw: float) -> str:
    """A number in digits or as a word."""
    return str(value) if draw < 0.4 else w.NUMBERS[value]


def condition(text: str, draw: float) -> str:
    """Words for a condition that follow the noun or a verb."""
    if text in REGIONS:
        return pick(w.REGION_WORDS[text], draw)
    if text in _FIXED:
        return pick(_FIXED[text], draw)
    word, _, other = text.partition(" ")
    if word in _MEASURED:
        return pick(_MEASURED[word], draw).format(other)
    if word == "on":
        noun = w.bare(pick(w.GROUND_WORDS[other], draw * 7 % 1))
        return f"in the {noun}" if other in w.AREAS else f"on the {noun}" if draw < 0.5 else f"surrounded by {noun}"
    relation = next(name for name in w.RELATION_WORDS if text.startswith(name + " "))
    noun = _landmark(relation, text[len(relation) + 1 :], draw * 7 % 1)
    return pick(w.RELATION_WORDS[relation], draw).format(noun)


_FIXED = {
    "out at sea": w.AT_SEA_WORDS, "on sea": w.ON_SEA_WORDS, "little": w.LITTLE_WORDS, "big": w.BIG_WORDS,
}  # fmt: skip
_MEASURED = {"about": w.ABOUT_WORDS, "over": w.OVER_WORDS, "under": w.UNDER_WORDS}


def _landmark(relation: str, kind: str, draw: float) -> str:
    if kind in w.GROUND_WORDS:
        return "the " + w.bare(pick(w.GROUND_WORDS[kind], draw))
    noun = pick(w.nouns(kind), draw).one
    if relation in DIRECTIONS:
        return "the " + noun
    return f"any {noun}" if relation == "far from" else article(noun)


def article(noun: str) -> str:
    """The noun with `a` or `an`."""
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def _restricted(fact: Fact, draw: Draw) -> tuple[w.Noun, str]:
    """The noun with adjectives in front, and what follows it."""
    noun = pick(w.nouns(fact.subject), draw[0])
    after = []
    for place, text in enumerate(fact.where):
        if text in w.SIZE_ADJECTIVES:
            adjective = pick(w.SIZE_ADJECTIVES[text], draw[4])
            noun = w.Noun(f"{adjective} {noun.one}", f"{adjective} {noun.more}")
        else:
            after.append(condition(text, draw[5 + place % 3]))
    return noun, "".join(" " + text for text in after)


def thing(fact: Fact, draw: Draw) -> str:
    """`three ships near the harbor`."""
    noun, after = _restricted(fact, draw)
    return _quantity(fact, noun, draw) + after


def _quantity(fact: Fact, noun: w.Noun, draw: Draw) -> str:
    value, style, digits = int(fact.value), draw[1], draw[2]
    if fact.claim == "none":
        return pick((f"no {noun.one}", f"no {noun.more}", f"not a single {noun.one}"), style)
    if fact.claim == "many":
        return f"{pick(w.MANY_WORDS, style)} {noun.more}"
    if fact.claim == "some":
        few = (article(noun.one), f"at least one {noun.one}")
        return pick(few, style) if value == 1 else pick((noun.more, f"some {noun.more}"), style)
    if value == 1:
        return pick((article(noun.one), f"{number(1, digits)} {noun.one}", f"a single {noun.one}"), style)
    if value == 2 and style < 0.12:
        return f"a pair of {noun.more}"
    exact = "exactly " if style > 0.9 else ""
    return f"{exact}{number(value, digits)} {noun.more}"


def things(facts: tuple[Fact, ...], draw: Draw) -> str:
    """`two ships and three tanks`, `a ship in the centre and two near the edges`."""
    parts = [thing(fact, (*draw[:5], *[(u + 0.37 * i) % 1 for u in draw[5:]])) for i, fact in enumerate(facts)]
    return joined(parts)


def total(facts: tuple[Fact, ...], draw: Draw) -> str:
    """`five ships and tanks in all`, or `five objects, namely two ships and three tanks`: the total comes first."""
    noun = w.Noun("object", "objects")
    summed = _quantity(facts[0], noun, draw)
    if len(facts) == 1:
        kinds = joined([pick(w.nouns(kind), draw[0]).more for kind in facts[0].subject.split("+")])
        return f"{_quantity(facts[0], w.Noun(kinds, kinds), (*draw[:1], 0.5, *draw[2:]))} in all"
    parts = things(facts[1:], draw)
    return f"{summed} in all: {parts}" if draw[3] < 0.5 else f"{summed}, namely {parts}"


def every(facts: tuple[Fact, ...], draw: Draw) -> str:
    """`both ships are near the harbor`, `the ship is about 120 m long`."""
    return joined([_every(fact, draw) for fact in facts])


def _every(fact: Fact, draw: Draw) -> str:
    noun, value = pick(w.nouns(fact.subject), draw[0]), int(fact.value)
    if value == 1:
        subject = pick((f"the {noun.one}", f"the only {noun.one}"), draw[1])
    elif value >= MANY or draw[1] < 0.4:
        subject = pick((f"all {noun.more}", f"all of the {noun.more}", f"every {noun.one}"), draw[2])
    elif value == 2:
        subject = pick((f"both {noun.more}", f"the two {noun.more}", f"the 2 {noun.more}"), draw[2])
    else:
        subject = pick(("all", "the"), draw[3]) + f" {number(value, draw[2])} {noun.more}"
    singular = value == 1 or subject.startswith("every ")
    what = [pick(w.SIZE_ADJECTIVES.get(c, ("",)), draw[4]) or condition(c, draw[5]) for c in fact.where]
    lies = ("lies", "lie") if fact.where[0] in REGIONS and draw[6] < 0.3 else ("is", "are")
    return f"{subject} {lies[0] if singular else lies[1]} {joined(what)}"


def spread(facts: tuple[Fact, ...], draw: Draw) -> str:
    """`five ships in a row`: how many, then how they lie."""
    return f"{thing(facts[0], draw)} {pick(w.SPREAD_WORDS[str(facts[1].value)], draw[5])}"


def ground(facts: tuple[Fact, ...], draw: Draw) -> str:
    """`mostly sea`, `mostly land in the left half and mostly sea in the right half`, `a harbor and a town`."""
    return joined([_ground(fact, draw[i % 3], draw[3 + i % 3], draw[6]) for i, fact in enumerate(facts)])


def _ground(fact: Fact, draw: float, style: float, half: float) -> str:
    word = pick(w.GROUND_WORDS[fact.subject], draw)
    if fact.value == "mostly":
        where = " " + pick(w.REGION_WORDS[fact.where[0]], half) if fact.where else ""
        return f"{pick(('mostly', 'mainly', 'largely'), style)} {w.bare(word)}{where}"
    return word if fact.value == "some" else f"no {w.bare(word)}"


def tag(facts: tuple[Fact, ...], draw: Draw) -> str:
    """`Sentinel-1 image, C band, VV polarization, 10 m pixels`, `labelled T-72`."""
    return ", ".join(_tag(fact, draw[i]) for i, fact in enumerate(facts))


def _tag(fact: Fact, draw: float) -> str:
    if fact.claim == "gsd":
        return pick(_TAGS["gsd"], draw).format(f"{float(fact.value):.3g}")
    if fact.claim == "scene":
        return pick(_TAGS["scene"], draw).format(pick(w.class_words(str(fact.value)), draw * 7 % 1))
    return pick(_TAGS[fact.claim], draw).format(fact.value)


_TAGS = {
    "sensor": ("{} image", "taken by {}", "{} data", "sensor {}"),
    "band": ("{} band", "{}-band radar"),
    "polarization": ("{} polarization", "{} polarisation", "{}-polarized"),
    "gsd": ("{} m pixels", "pixel size {} m", "{} metres a pixel", "pixels of {} m"),
    "scene": ("labelled {}", "class {}", "of the class {}"),
}


class Clause(NamedTuple):
    """Facts in the words of one form."""

    form: Form
    facts: tuple[Fact, ...]
    draw: Draw

    def text(self) -> str:
        """The words."""
        return self.form(self.facts, self.draw)

    def altered(self, index: int, fact: Fact, *, strict: bool = False) -> Clause:
        """The same words but for one fact; if strict, one is "one", as "a ship" is true of two ships as well."""
        draw = (self.draw[0], _ONE, *self.draw[2:]) if strict else self.draw
        return Clause(self.form, (*self.facts[:index], fact, *self.facts[index + 1 :]), draw)


NAMING = (things, total, spread, ground)  # forms that name what is there, for which there are frames
_FRAMES = (
    *("{}", "{}", "{}", "there {be} {}", "there {be} {} in this SAR image", "a SAR image with {}"),
    *("a SAR image showing {}", "a radar image showing {}", "SAR image, {}", "the image shows {}", "radar image: {}"),
    *("this radar scene contains {}", "{}, seen by synthetic aperture radar", "one can see {}", "a scene with {}"),
)
_OPENINGS = ("{}", "{}", "{}", "in this SAR image, {}", "SAR image: {}", "in the radar image, {}")
NOTHING = ("a SAR image", "a radar image", "synthetic aperture radar image", "SAR scene", "a radar scene")


def caption_text(clauses: Sequence[Clause], draw: Draw) -> str:
    """The clauses as one caption: the first in a frame, the others after it."""
    if not clauses:
        return pick(NOTHING, draw[0])
    first = clauses[0].text()
    if clauses[0].form in NAMING:
        be = "is" if _is_single(clauses[0].facts[0], clauses[0].draw[0]) else "are"
        first = pick(_FRAMES, draw[0]).format(first, be=be)
    elif clauses[0].form is every:
        first = pick(_OPENINGS, draw[0]).format(first)
    separator = pick((", ", "; ", ". "), draw[1])
    parts = [first, *(clause.text() for clause in clauses[1:])]
    if separator == ". " or draw[2] < 0.3:
        parts[0] = parts[0][0].upper() + parts[0][1:]
        if separator == ". ":
            parts[1:] = [part[0].upper() + part[1:] for part in parts[1:]]
        return separator.join(parts) + "."
    return separator.join(parts)


def _is_single(fact: Fact, draw: float) -> bool:
    if fact.claim == "ground":
        return not pick(w.GROUND_WORDS[fact.subject], draw).endswith("s")
    return fact.claim == "none" or fact.value == 1
