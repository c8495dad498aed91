"""Reads captions back into claims, for `training.d2c.check`.

Nothing here is shared with the code that writes captions but the annotation and the table of concepts.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple

from training.concepts import CONCEPTS
from training.d2c.annotation import AnnotatedImage

WORD_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
COUNTABLE = {"ship", "tank", "aircraft", "wind turbine", "oil platform", "vehicle"}


class CaptionError(ValueError):
    """A caption, or a part of it, that the grammar of this reader does not know."""


class Claim(NamedTuple):
    """What one part of a caption says.

    Attributes:
        sort: "objects", "every", "spread", "ground", "class", "sensor", "band", "polarization" or "gsd".
        kinds: Of the objects, or the kind of ground.
        low: Least number; for "gsd" the pixel size.
        high: Largest number.
        where: Conditions, each a word and its operand.
        word: Of spread, ground, class and sensor.
    """

    sort: str
    kinds: tuple[str, ...] = ()
    low: float = 0
    high: float = math.inf
    where: tuple[tuple[str, str], ...] = ()
    word: str = ""


def parse(text: str, image: AnnotatedImage) -> list[Claim]:
    """The claims of a caption.

    Raises:
        CaptionError: Part of the text is in none of the forms.
    """
    rest = _without_frame(re.sub(r"\.$", "", text.lower()))
    if re.fullmatch(r"(a )?(sar|radar|synthetic aperture radar) (image|scene)", rest):
        return []
    claims: list[Claim] = []
    reader = _Reader(rest, _nouns(tuple(sorted({*image.complete, *(o.kind for o in image.objects)}))))
    while reader.rest:
        found = reader.next_claims()
        if not found:
            raise CaptionError(f"{reader.rest!r} of {text!r} is in no known form")
        claims += found
    return claims


_LEADS = (
    "there (?:is|are) ", "a sar image (?:with|showing) ", "a radar image showing ", "sar image, ", "the image shows ",
    "radar image: ", "this radar scene contains ", "one can see ", "a scene with ", "in this sar image, ",
    "sar image: ", "in the radar image, ",
)  # fmt: skip
_TAILS = (", seen by synthetic aperture radar", " in this sar image")


def _without_frame(text: str) -> str:
    text = re.sub("^(?:" + "|".join(_LEADS) + ")", "", text)
    for tail in _TAILS:
        text = text.replace(tail, "", 1)
    return text


@lru_cache(maxsize=512)
def _nouns(extra: tuple[str, ...]) -> dict[str, str]:
    """Every word for a kind, in singular and plural, with the kind."""
    table: dict[str, str] = {}
    for kind in extra:
        if kind not in CONCEPTS:
            plain = " ".join(re.findall("[a-z0-9]+", kind.lower()))
            table |= {plain: kind, plain + "s": kind, plain + "es": kind, re.sub("y$", "ies", plain): kind}
    for name, concept in CONCEPTS.items():
        for phrase in concept.phrases:
            table |= {phrase: name, phrase + "s": name, re.sub("s$", "", phrase): name}
    return table


_NINE = {
    f"{vertical} {horizontal}": f"{v} {h}"
    for v, vertical in (("top", "(?:upper|top)"), ("bottom", "(?:lower|bottom)"))
    for h, horizontal in (("left", "left"), ("right", "right"))
}
_PLACES: tuple[tuple[str, str], ...] = (
    *((rf"(?:in|at) the {pattern}(?: part)?", region) for pattern, region in _NINE.items()),
    *((rf"high up at the {side}", f"top {side}") for side in ("left", "right")),
    *((rf"low down at the {side}", f"bottom {side}") for side in ("left", "right")),
    *((rf"at the (?:centre {side}|{side}, halfway down)|in the middle {side}", side) for side in ("left", "right")),
    (r"at the top(?: centre|, halfway across)|in the upper middle", "top"),
    (r"at the bottom(?: centre|, halfway across)|in the lower middle", "bottom"),
    *((rf"[io]n the {side} half(?: of the image)?", f"{side} half") for side in ("left", "right")),
    (r"in the (?:upper|top) half(?: of the image)?", "top half"),
    (r"in the (?:lower|bottom) half(?: of the image)?", "bottom half"),
    (r"in the (?:centre|center|middle)(?: of the image)?|near the centre of the image|in the central part", "centre"),
    (r"near the (?:edges|border)|at the edge of the image|towards the edges|along the borders", "edge"),
    (r"away from the centre", "edge"),
)
_SIZES = (
    (r"(?:about|around|some|roughly) ([\d.]+) (?:m|met(?:re|er)s) (?:long|in length)", "about"),
    (r"(?:(?:more than|over) ([\d.]+) (?:m|metres) long)|longer than ([\d.]+) m", "over"),
    (r"(?:(?:less than|under) ([\d.]+) (?:m|metres) long)|shorter than ([\d.]+) m", "under"),
    (r"(?:small|tiny) in the image|small compared with the image", "little"),
    (r"(?:big|large) in the image|large compared with the image", "big"),
    (r"out at sea|on the open (?:sea|ocean)|far out on the water", "out at sea"),
    (r"on the (?:sea|ocean)|surrounded by sea", "on sea"),
)
_RELATIONS = (
    (r"(?:near|close to|not far from|in the vicinity of) (?:the|an?) ", "near"),
    (r"(?:far from|far away from|a long way from) (?:the|any) ", "far"),
    *((rf"(?:to the |on the |){side} of the ", f"{side} of") for side in ("left", "right")),
    (r"(?:above|further up than|higher in the image than) the ", "above"),
    (r"(?:below|further down than|lower in the image than) the ", "below"),
    (r"(?:in the|on the|surrounded by) ", "on"),
)
_SPREADS = (
    (r"clustered together|close together|in a cluster|in a tight group|crowded together", "clustered"),
    (r"scattered(?: over the image)?|spread out|far apart from each other", "scattered"),
    (r"in a row|in a line|lined up|along a line", "row"),
)
_TAGS = (
    (r"labelled ([\w. -]+?)(?=$|[,;]|\. )|(?:of the )?class ([\w. -]+?)(?=$|[,;]|\. )", "class"),
    (r"([\d.]+) m pixels|pixel size ([\d.]+) m|([\d.]+) metres a pixel|pixels of ([\d.]+) m", "gsd"),
    (r"(\w{1,2}) band|(\w{1,2})-band radar", "band"),
    (r"(\w+) polari[sz]ation|(\w+)-polarized", "polarization"),
    (r"([\w-]+) (?:image|data)(?=$|[,;.])|taken by ([\w-]+)|sensor ([\w-]+)", "sensor"),
)


class _Reader:
    """Takes claims off the front of a text."""

    def __init__(self, text: str, nouns: dict[str, str]) -> None:
        self.rest, self.nouns = text, nouns

    def take(self, pattern: str) -> re.Match[str] | None:
        match = re.match(pattern, self.rest)
        if match and match.end():
            self.rest = self.rest[match.end() :]
            return match
        return None

    def noun(self) -> str | None:
        """The longest noun at the front."""
        ends = [m.end() for m in re.finditer(r"(?<=[a-z0-9])(?=$|[ ,;.:])", self.rest[:60])]
        for end in reversed(ends):
            kind = self.nouns.get(self.rest[:end])
            if kind:
                self.rest = self.rest[end:]
                return kind
        return None

    def next_claims(self) -> list[Claim] | None:
        self.take(r"(?:[,;.:] )?(?:and )?|^ and ") or self.take(" and ")
        for pattern, sort in _TAGS:
            match = self.take(pattern + r"(?=$|[,;. ])")
            if match:
                value = next(group for group in match.groups() if group)
                return [Claim(sort, low=float(value))] if sort == "gsd" else [Claim(sort, word=value)]
        for form in (self._mostly, self._every, self._total, self._objects):
            before = self.rest
            found = form()
            if found:
                return found
            self.rest = before
        return None

    def _mostly(self) -> list[Claim] | None:
        if not self.take("mostly |mainly |largely "):
            return None
        kind = self.noun()
        return [Claim("ground", (kind,), where=self._conditions(), word="mostly")] if kind else None

    def _every(self) -> list[Claim] | None:
        start = self.take(r"the only |all of the |all |every |both |the ")
        if not start:
            return None
        word = start[0].strip()
        number = self.take(r"(\d+|" + "|".join(WORD_NUMBERS) + ") ")
        before = self.rest
        kind = self.noun()
        verb = self.take(r" (is|are|lies|lie)(?= )")
        if not kind or not verb:
            return None
        singular = verb[1] in ("is", "lies") and word != "every"
        low, high = (1, 1) if singular else (2, 2) if word == "both" else (1, math.inf)
        if number:
            low = high = _number(number[1])
        if not singular and word != "every" and not re.match(r"\w", before):
            return None
        self.rest = self.rest.lstrip(" ")
        adjective = self.take(r"(?:small|short|large|big|long)(?=$|[,;.]| and )")
        where = (_adjective(adjective[0]),) if adjective else self._conditions(leading="")
        return [Claim("every", (kind,), low, high, where)] if where else None

    def _total(self) -> list[Claim] | None:
        quantity = self._quantity()
        if not quantity:
            return None
        if self.take(r"objects?(?: in all:|, namely) "):
            parts: list[Claim] = []
            while True:
                before = self.rest
                joint = self.take(" and |, ")
                part = self._objects(ground=False)
                fits = part and len(part) == 1 and part[0].sort == "objects" and not part[0].where and part[0].high
                if not part or not fits or part[0].kinds[0] in {p.kinds[0] for p in parts}:
                    self.rest = before
                    break
                parts += part
                if joint and joint[0] == " and ":
                    break
            return [Claim("objects", tuple(p.kinds[0] for p in parts), *quantity), *parts] if parts else None
        kinds = [self.noun()]
        while self.take(", | and "):
            kinds.append(self.noun())
        named = tuple(kind for kind in kinds if kind)
        return [Claim("objects", named, *quantity)] if len(named) == len(kinds) and self.take(" in all") else None

    def _objects(self, *, ground: bool = True) -> list[Claim] | None:
        before = self.rest
        quantity = self._quantity()
        adjective = self.take("(?:small|short|large|big|long) ")
        kind = self.noun()
        if not kind and adjective:
            self.rest, adjective = before, None
            quantity, kind = self._quantity(), self.noun()
        if not kind:
            return None
        where = self._conditions()
        if adjective:
            where = (_adjective(adjective[0].strip()), *where)
        low, high = quantity or (2, math.inf)
        for pattern, word in _SPREADS:
            if self.take(" (?:" + pattern + ")(?=$|[,;.])"):
                return [Claim("objects", (kind,), low, high, where), Claim("spread", (kind,), word=word)]
        vague = not quantity or quantity in _ANY_GROUND
        if ground and vague and not where and kind in CONCEPTS and kind not in COUNTABLE:
            return [Claim("ground", (kind,), word="none" if quantity == (0, 0) else "some")]
        return [Claim("objects", (kind,), low, high, where)]

    def _quantity(self) -> tuple[float, float] | None:
        for pattern, low, high in _QUANTITIES:
            if self.take(pattern):
                return low, high
        match = self.take(r"(?:exactly )?(\d+|" + "|".join(WORD_NUMBERS) + ") ")
        return (_number(match[1]),) * 2 if match else None

    def _conditions(self, leading: str = " ") -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        while True:
            best: tuple[int, tuple[str, str]] | None = None
            lead = leading if not found else " "
            for pattern, name in (*_PLACES, *_SIZES):
                match = re.match(f"{lead}(?:{pattern})(?=$|[,;.: ])", self.rest)
                if match and (best is None or match.end() > best[0]):
                    best = (match.end(), (name, next((g for g in match.groups() if g), "")))
            for pattern, name in _RELATIONS:
                match = re.match(f"{lead}(?:{pattern})", self.rest)
                if match:
                    inner = _Reader(self.rest[match.end() :], self.nouns)
                    kind = inner.noun()
                    end = len(self.rest) - len(inner.rest)
                    if kind and (best is None or end > best[0]):
                        best = (end, (name, kind))
            if best is None:
                return tuple(found)
            self.rest = self.rest[best[0] :]
            found.append(best[1])


_QUANTITIES: tuple[tuple[str, float, float], ...] = (
    ("no |not a single ", 0, 0),
    ("a pair of ", 2, 2),
    ("many |more than ten |over ten |numerous |a large number of |lots of ", 11, math.inf),
    ("at least one ", 1, math.inf),
    ("a single ", 1, 1),
    ("some ", 2, math.inf),
    ("an? ", 1, 1.5),  # one where all were annotated, at least one elsewhere
)
_ANY_GROUND = ((0, 0), (1, 1.5))


def _number(word: str) -> int:
    return WORD_NUMBERS[word] if word in WORD_NUMBERS else int(word)


def _adjective(word: str) -> tuple[str, str]:
    return ("small" if word in ("small", "short") else "large", "")
