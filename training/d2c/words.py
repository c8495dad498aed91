"""Words for facts: synonyms of kinds, numbers, places, relations. No word held out of training is among them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from training.concepts import CONCEPTS


class Noun(NamedTuple):
    """Forms of a countable word."""

    one: str
    more: str


# Only words that mean no more than the kind: whether a ship is a tanker or a plane a jet no box proves.
_THINGS: dict[str, tuple[Noun, ...]] = {
    "ship": (Noun("ship", "ships"), Noun("vessel", "vessels"), Noun("boat", "boats")),
    "tank": (Noun("oil tank", "oil tanks"), Noun("storage tank", "storage tanks"), Noun("fuel tank", "fuel tanks")),
    "aircraft": (Noun("aircraft", "aircraft"), Noun("airplane", "airplanes"), Noun("plane", "planes")),
    "wind turbine": (Noun("wind turbine", "wind turbines"),),
    "oil platform": (
        *(Noun("oil platform", "oil platforms"), Noun("oil rig", "oil rigs")),
        Noun("offshore platform", "offshore platforms"),
    ),
    "vehicle": (Noun("vehicle", "vehicles"),),
    "bridge": (Noun("bridge", "bridges"),),
    "breakwater": (Noun("breakwater", "breakwaters"), Noun("mole", "moles")),
    "island": (Noun("island", "islands"), Noun("islet", "islets")),
    "harbor": (Noun("harbor", "harbors"), Noun("harbour", "harbours"), Noun("port", "ports")),
    "airport": (Noun("airport", "airports"), Noun("airfield", "airfields")),
    "oil slick": (Noun("oil slick", "oil slicks"), Noun("oil spill", "oil spills")),
}

# with an article where one is needed: "mostly sea", "near the sea", "with a harbor"
_GROUND: dict[str, tuple[str, ...]] = {
    "sea": ("sea", "ocean", "open water"),
    "water": ("water",),
    "land": ("land", "dry land"),
    "harbor": ("a harbor", "a harbour", "a port", "docks", "a quay", "a wharf", "port area"),
    "urban": ("an urban area", "a town", "a city", "a built-up area", "buildings"),
    "industry": ("an industrial area", "industry", "industrial buildings"),
    "vegetation": ("vegetation", "vegetated land"),
    "forest": ("forest", "woods", "woodland", "trees"),
    "fields": ("fields", "farmland", "cropland", "agricultural land"),
    "mountains": ("mountains", "mountainous terrain"),
    "bare": ("bare ground", "bare soil", "barren land"),
    "inland water": ("inland water",),
    "flood": ("flood water", "a flooded area"),
    "airport": ("an airport", "an airfield"),
    "breakwater": ("a breakwater", "a mole"),
    "island": ("an island", "an islet"),
    "oil slick": ("an oil slick", "an oil spill", "oil on water"),
    "bridge": ("a bridge",),
}
AREAS = frozenset({"harbor", "urban", "industry", "forest", "fields", "mountains", "airport", "oil slick", "flood"})
"""Ground that objects are in, not on."""

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MANY_WORDS = ("many", "more than ten", "over ten", "numerous", "a large number of", "lots of")

REGION_WORDS: dict[str, tuple[str, ...]] = {
    "centre": (
        *("in the centre", "in the center", "in the middle", "in the middle of the image"),
        *("near the centre of the image", "in the central part"),
    ),
    "edge": (
        *("near the edges", "at the edge of the image", "near the border", "towards the edges", "along the borders"),
        "away from the centre",
    ),
    "upper left": ("in the upper left", "at the top left", "in the upper left part", "high up at the left"),
    "upper middle": ("at the top centre", "in the upper middle", "at the top, halfway across"),
    "upper right": ("in the upper right", "at the top right", "in the upper right part", "high up at the right"),
    "middle left": ("at the centre left", "in the middle left", "at the left, halfway down"),
    "middle right": ("at the centre right", "in the middle right", "at the right, halfway down"),
    "lower left": ("in the lower left", "at the bottom left", "in the lower left part", "low down at the left"),
    "lower middle": ("at the bottom centre", "in the lower middle", "at the bottom, halfway across"),
    "lower right": ("in the lower right", "at the bottom right", "in the lower right part", "low down at the right"),
    "left half": ("in the left half", "in the left half of the image", "on the left half"),
    "right half": ("in the right half", "in the right half of the image", "on the right half"),
    "upper half": ("in the upper half", "in the top half of the image", "in the top half"),
    "lower half": ("in the lower half", "in the bottom half of the image", "in the bottom half"),
}
RELATION_WORDS: dict[str, tuple[str, ...]] = {
    "near": ("near {}", "close to {}", "not far from {}", "in the vicinity of {}"),
    "far from": ("far from {}", "far away from {}", "a long way from {}"),
    "left of": ("left of {}", "to the left of {}", "on the left of {}"),
    "right of": ("right of {}", "to the right of {}", "on the right of {}"),
    "above": ("above {}", "further up than {}", "higher in the image than {}"),
    "below": ("below {}", "further down than {}", "lower in the image than {}"),
}
AT_SEA_WORDS = ("out at sea", "on the open sea", "on the open ocean", "far out on the water")
ON_SEA_WORDS = ("on the sea", "surrounded by sea", "on the ocean")
SPREAD_WORDS: dict[str, tuple[str, ...]] = {
    "clustered": ("clustered together", "close together", "in a cluster", "in a tight group", "crowded together"),
    "scattered": ("scattered over the image", "spread out", "scattered", "far apart from each other"),
    "in a row": ("in a row", "in a line", "lined up", "along a line"),
}
ABOUT_WORDS = ("about {} m long", "around {} metres long", "some {} m in length", "roughly {} meters long")
OVER_WORDS = ("more than {} m long", "over {} metres long", "longer than {} m")
UNDER_WORDS = ("less than {} m long", "under {} metres long", "shorter than {} m")
LITTLE_WORDS = ("small in the image", "tiny in the image", "small compared with the image")
BIG_WORDS = ("big in the image", "large in the image", "large compared with the image")
SIZE_ADJECTIVES = {"small": ("small", "short"), "large": ("large", "big", "long")}

# Class names of collections people own, each group of which excludes one another, and what they mean.
CLASS_WORDS: tuple[dict[str, tuple[str, ...]], ...] = (
    {"inshore": ("inshore scene", "inshore waters"), "offshore": ("offshore scene", "offshore waters")},
    {
        "2S1": ("2S1", "2S1 self-propelled howitzer"),
        "BMP2": ("BMP2", "BMP-2 infantry fighting vehicle"),
        "BRDM_2": ("BRDM-2", "BRDM-2 scout car"),
        "BTR70": ("BTR-70", "BTR-70 armored personnel carrier"),
        "BTR_60": ("BTR-60", "BTR-60 armored personnel carrier"),
        "D7": ("D7", "D7 bulldozer"),
        "T62": ("T-62", "T-62 battle tank"),
        "T72": ("T-72", "T-72 battle tank"),
        "ZIL131": ("ZIL-131", "ZIL-131 truck"),
        "ZSU_23_4": ("ZSU-23-4", "ZSU-23-4 anti-aircraft gun"),
    },
    {
        "A220": ("Airbus A220", "A220 airliner"),
        "A320321": ("Airbus A320 or A321", "A320 or A321 airliner"),
        "A330": ("Airbus A330", "A330 airliner"),
        "ARJ21": ("Comac ARJ21", "ARJ21 airliner"),
        "Boeing737": ("Boeing 737", "737 airliner"),
        "Boeing787": ("Boeing 787", "787 airliner"),
    },
)


def _held_out() -> tuple[str, ...]:
    return tuple(word for concept in CONCEPTS.values() for word in concept.held_out)


_HELD_OUT = re.compile(
    r"(?<![\w-])(?:" + "|".join(re.escape(word) for word in (*_held_out(), "\0")) + r")(?:s|es)?(?![\w-])", re.I
)


def held_out_in(text: str) -> list[str]:
    """Words and phrases held out of training that occur in a text, singular or plural."""
    return _HELD_OUT.findall(text)


def _allowed(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if not held_out_in(word))


GROUND_WORDS = {kind: _allowed(words) for kind, words in _GROUND.items()}
_ARTICLE = re.compile(r"^(a|an) ")


@lru_cache(maxsize=1024)
def nouns(kind: str) -> tuple[Noun, ...]:
    """Nouns for a kind of object, the commonest first; none where only held-out words name it."""
    if kind in _THINGS:
        found = _THINGS[kind]
    else:
        plain = " ".join(re.findall(r"[a-z0-9]+", kind.lower()))
        found = (Noun(plain, _plural(plain)),) if re.search("[a-z]", plain) else ()
    return tuple(noun for noun in found if not held_out_in(noun.one) and not held_out_in(noun.more))


def _plural(noun: str) -> str:
    if re.search("[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search("(s|x|z|ch|sh)$", noun) else "s")


@lru_cache(maxsize=256)
def bare(word: str) -> str:
    """A ground word without its article."""
    return _ARTICLE.sub("", word)


@lru_cache(maxsize=256)
def class_words(label: str) -> tuple[str, ...]:
    """What to call a class label or scene word; none where it holds a held-out word."""
    for group in CLASS_WORDS:
        if label in group:
            return _allowed(group[label])
    plain = " ".join(re.findall(r"[\w.-]+", label.replace("_", " ")))
    return _allowed((plain,)) if plain else ()


def rivals(label: str) -> tuple[str, ...]:
    """Class labels that cannot be true where `label` is."""
    for group in CLASS_WORDS:
        if label in group:
            return tuple(other for other in group if other != label and class_words(other))
    return ()
