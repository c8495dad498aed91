"""Facts about an annotated image and whether they hold: yes, no, or nobody can say.

Every claim of the grammar is defined here, with a gap between what is surely so and what is surely not. A caption
says only what surely holds, a hard negative only what surely does not. Definitions in words: `docs/d2c.md`.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from training.d2c.annotation import AnnotatedImage, AnnotatedObject
from training.d2c.land import GROUNDS, NEAR_SHARE, Ground
from training.d2c.regions import REGIONS, in_region
from training.d2c.words import rivals

MANY = 11  # from here on a number is "many", as in RemoteCLIP (arXiv 2306.11029)
ANY = math.inf  # how many there may be of a kind that was not annotated without exception

SHIP_M = (60.0, 150.0)  # a ship up to the first is small, from the second on large; a tenth around both is in doubt
LITTLE, BIG = (0.06, 0.09), (0.22, 0.3)  # length over the image's longer side; between the two nobody can say
FAR_LENGTHS, FAR_SHARE = 3.0, 0.2
CUT_PX = 1.0  # this near to the border an object may go on beyond it
DIRECTIONS = {"left of": (0, 1), "right of": (0, -1), "above": (1, 1), "below": (1, -1)}  # axis, sign
SPREADS = ("clustered", "scattered", "in a row")


class Fact(NamedTuple):
    """One claim.

    Attributes:
        claim: "count" (exactly `value`), "many" (more than ten), "some" (at least `value`), "none", "all" (every one
            of them, `value` in number, is there), "spread", "ground", "scene", "sensor", "band", "polarization", "gsd".
        subject: Kind of object, several joined by "+" for their total, or kind of ground.
        value: Number or word, see `claim`; for "ground" one of "mostly", "some", "none".
        where: Conditions that restrict the subject: a region ("centre", "upper left", "left half"), a size
            ("large", "small", "big", "little", "about 120", "over 100", "under 50"), a relation ("near harbor",
            "far from land", "on sea", "out at sea", "left of bridge").
    """

    claim: str
    subject: str
    value: int | float | str = 0
    where: tuple[str, ...] = ()


class Scene:
    """What is worked out of an image, once: members of every condition, shares of the ground."""

    def __init__(self, image: AnnotatedImage) -> None:
        self.width, self.height = image.width, image.height
        self.side = max(self.width, self.height)
        self.gsd_m = image.gsd_m
        self.about = {
            "sensor": image.sensor, "band": image.band, "polarization": image.polarization, "gsd": image.gsd_m,
        }  # fmt: skip
        self.scene_words = image.scene_words
        self.complete = image.complete
        self.objects: dict[str, list[AnnotatedObject]] = {}
        for item in image.objects:
            self.objects.setdefault(item.kind, []).append(item)
        self.ground = None if image.ground is None else Ground(image.ground)
        self._known: dict[str, bool] = {}
        self._members: dict[tuple[str, str], list[int]] = {}

    def known(self, kind: str) -> bool:
        """Whether the annotation has all objects of the kind: it says so, or the ground leaves no room for others."""
        if kind not in self._known:
            drawn = self.ground is not None and kind not in self.objects
            listed = kind in self.complete and not (drawn and kind in GROUNDS and kind not in self.ground.absent)
            self._known[kind] = listed or (drawn and self.ground.rules_out(kind))
        return self._known[kind]

    @cached_property
    def counted(self) -> list[str]:
        """Kinds that are present and known, in a fixed order."""
        return sorted(kind for kind in self.objects if self.known(kind))

    def members(self, kind: str, condition: str) -> list[int]:
        """For every object of the kind: 1 surely meets the condition, -1 surely not, 0 nobody can say."""
        key = (kind, condition)
        if key not in self._members:
            self._members[key] = [self._meets(item, condition) for item in self.objects.get(kind, ())]
        return self._members[key]

    def span(self, subject: str, where: tuple[str, ...]) -> tuple[int, float]:
        """Least and largest number of objects of a kind (or kinds) that meet all conditions."""
        least, most = 0, 0.0
        for kind in subject.split("+"):
            if where:
                lists = [self.members(kind, condition) for condition in where]
                verdicts = lists[0] if len(lists) == 1 else [min(each) for each in zip(*lists, strict=True)]
                least += verdicts.count(1)
                most += len(verdicts) - verdicts.count(-1)
            else:
                least += len(self.objects.get(kind, ()))
                most += len(self.objects.get(kind, ()))
            if not self.known(kind):
                most = ANY
        return least, most

    def length_px(self, item: AnnotatedObject) -> tuple[float, float]:
        """Least and largest length: an upright box may enclose a slanted object, a cut one may go on."""
        x0, y0, x1, y1 = item.bounds
        if x0 < CUT_PX or y0 < CUT_PX or x1 > self.width - CUT_PX or y1 > self.height - CUT_PX:
            return min(max(x1 - x0, y1 - y0), item.length_px) / 2, ANY
        longest = item.length_px
        upright = len(item.outline) == 4 and abs(longest - max(x1 - x0, y1 - y0)) < 0.01 * longest
        return longest, math.hypot(x1 - x0, y1 - y0) if upright else longest

    def _meets(self, item: AnnotatedObject, condition: str) -> int:
        if condition in REGIONS:
            return in_region(item, condition, self.width, self.height)
        relation, _, other = condition.rpartition(" ") if " " in condition else ("", "", condition)
        if relation in ("about", "over", "under") or other in ("small", "large", "little", "big"):
            return self._sized(item, condition)
        if condition == "out at sea":
            return self.ground.out_at_sea(item, self._far_px(item)) if self.ground else 0
        for name in ("near", "far from", "on", *DIRECTIONS):
            if condition.startswith(name + " "):
                return self._related(item, name, condition[len(name) + 1 :])
        raise ValueError(f"{condition!r} is no condition on an object")

    def _sized(self, item: AnnotatedObject, condition: str) -> int:
        least, most = self.length_px(item)
        if condition == "little":
            return _between(least, most, -1, LITTLE[0] * self.side, -1, LITTLE[1] * self.side)
        if condition == "big":
            return _between(least, most, BIG[1] * self.side, ANY, BIG[0] * self.side, ANY)
        if self.gsd_m is None:
            return 0
        least, most = least * self.gsd_m, most * self.gsd_m
        if condition in ("small", "large"):
            if item.kind != "ship":
                return 0
            small, large = SHIP_M
            if condition == "small":
                return _between(least, most, -1, 0.9 * small, -1, 1.1 * small)
            return _between(least, most, 1.1 * large, ANY, 0.9 * large, ANY)
        word, metres = condition.split()
        value = float(metres)
        if word == "about":
            narrow, wide = max(0.1 * value, 1.0), max(0.3 * value, 5.0)
            return _between(least, most, value - narrow, value + narrow, value - wide, value + wide)
        if word == "over":
            return _between(least, most, 1.05 * value, ANY, 0.95 * value, ANY)
        return _between(least, most, -1, 0.95 * value, -1, 1.05 * value)

    def _far_px(self, item: AnnotatedObject) -> float:
        return max(FAR_LENGTHS * item.length_px, FAR_SHARE * self.side)

    def _related(self, item: AnnotatedObject, relation: str, other: str) -> int:
        near_px, far_px = max(item.length_px, NEAR_SHARE * self.side), self._far_px(item)
        if other in self.objects and relation != "on":
            others = [o for o in self.objects[other] if o is not item]
            if not others:
                return 0
            if relation in DIRECTIONS:
                return _directed(item, others, *DIRECTIONS[relation]) if self.known(other) else 0
            gap = min(_gap(item, o) for o in others)
            return _near_or_far(relation, gap, near_px, far_px, known=self.known(other))
        if self.ground is None:
            return 0
        if relation == "on":
            return self.ground.surrounds(item, other)
        if relation in DIRECTIONS:
            region = self.ground.region(other)
            return 0 if region is None else _directed(item, [region], *DIRECTIONS[relation])
        return self.ground.near_or_far(item, relation, other, near_px, far_px)

    def spread(self, kind: str, word: str) -> bool | None:
        """Whether the objects of a kind lie clustered, scattered or in a row; None in doubt or for fewer than 3."""
        if not self.known(kind) or len(self.objects.get(kind, ())) < 3:
            return None
        return _SPREAD[word](np.array([item.centre for item in self.objects[kind]]), self)


def _between(least: float, most: float, low: float, high: float, wide_low: float, wide_high: float) -> int:
    """1: the range lies within low..high; -1: outside wide_low..wide_high."""
    if low <= least and most <= high:
        return 1
    return -1 if most < wide_low or least > wide_high else 0


def _gap(a: AnnotatedObject, b: AnnotatedObject) -> float:
    """Larger of the horizontal and the vertical distance between two upright boxes, 0 where they meet."""
    ax0, ay0, ax1, ay1 = a.bounds
    bx0, by0, bx1, by1 = b.bounds
    return max(ax0 - bx1, bx0 - ax1, ay0 - by1, by0 - ay1, 0.0)


def _near_or_far(relation: str, gap: float, near_px: float, far_px: float, *, known: bool) -> int:
    if relation == "near":
        return 1 if gap <= near_px else -1 if known and gap > 2 * near_px else 0
    return 1 if known and gap > far_px else -1 if gap <= 0.5 * far_px else 0


def _directed(item: AnnotatedObject, others: list[AnnotatedObject], axis: int, sign: int) -> int:
    """Left of (above) all the others: boxes apart, and further left than up or down."""
    here = item.centre
    verdict = 1
    for other in others:
        there = other.centre
        ahead = sign * (there[axis] - here[axis])
        if ahead <= 0:
            return -1
        apart = other.bounds[axis] - item.bounds[axis + 2] if sign > 0 else item.bounds[axis] - other.bounds[axis + 2]
        if apart < 0 or ahead < abs(there[1 - axis] - here[1 - axis]):
            verdict = 0
    return verdict


def _clustered(centres: np.ndarray, scene: Scene) -> bool | None:
    extent = float(np.hypot(*np.ptp(centres, axis=0))) / math.hypot(scene.width, scene.height)
    return True if extent <= 0.25 else False if extent >= 0.5 else None


def _scattered(centres: np.ndarray, scene: Scene) -> bool | None:
    quarters = {(x > scene.width / 2, y > scene.height / 2) for x, y in centres.tolist()}
    if _clustered(centres, scene) or len(quarters) == 1:
        return False
    apart = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1)) + np.diag(np.full(len(centres), ANY))
    wide = np.ptp(centres[:, 0]) >= 0.5 * scene.width and np.ptp(centres[:, 1]) >= 0.5 * scene.height
    enough = float(apart.min()) >= 0.1 * math.hypot(scene.width, scene.height)
    return True if len(quarters) >= 3 and wide and enough else None


def _in_a_row(centres: np.ndarray, scene: Scene) -> bool | None:
    del scene
    offsets = centres - centres.mean(0)
    axes = np.linalg.svd(offsets, full_matrices=False)[2]
    along, across = offsets @ axes[0], offsets @ axes[1]
    extent = max(float(np.ptp(along)), 1e-6)
    gaps = np.diff(np.sort(along))
    if float(np.ptp(across)) > 0.4 * extent:
        return False
    return True if float(np.ptp(across)) <= 0.12 * extent and gaps.max() <= 3 * max(gaps.min(), 1e-6) else None


_SPREAD = {"clustered": _clustered, "scattered": _scattered, "in a row": _in_a_row}

_SCENES: WeakKeyDictionary[AnnotatedImage, Scene] = WeakKeyDictionary()


def scene_of(image: AnnotatedImage) -> Scene:
    """The scene of an image, worked out once as long as the image lives."""
    scene = _SCENES.get(image)
    if scene is None:
        scene = _SCENES[image] = Scene(image)
    return scene


def holds(scene: Scene, fact: Fact) -> bool | None:
    """Whether a fact is true of the scene; None where the annotation does not say."""
    if fact.claim in _COUNTED:
        return _COUNTED[fact.claim](scene, fact)
    if fact.claim == "spread":
        return scene.spread(fact.subject, str(fact.value))
    if fact.claim == "ground":
        if fact.value in ("none", "some") and fact.subject in scene.objects:  # boxes tell, whatever the map has
            return None if fact.where and fact.value == "some" else fact.value == "some"
        return scene.ground.holds(fact.subject, str(fact.value), fact.where) if scene.ground else None
    if fact.claim == "scene":
        if fact.value in scene.scene_words:
            return True
        return False if any(word in scene.scene_words for word in rivals(str(fact.value))) else None
    if fact.claim in scene.about:
        value = scene.about[fact.claim]
        return None if value is None else value == fact.value
    raise ValueError(f"{fact.claim!r} is no claim")


def _count(scene: Scene, fact: Fact) -> bool | None:
    least, most = scene.span(fact.subject, fact.where)
    value = float(fact.value)
    return True if least == most == value else False if value < least or value > most else None


def _many(scene: Scene, fact: Fact) -> bool | None:
    least, most = scene.span(fact.subject, fact.where)
    return True if least >= MANY else False if most < MANY else None


def _some(scene: Scene, fact: Fact) -> bool | None:
    least, most = scene.span(fact.subject, fact.where)
    return True if least >= float(fact.value) else False if most < float(fact.value) else None


def _none(scene: Scene, fact: Fact) -> bool | None:
    least, most = scene.span(fact.subject, fact.where)
    return False if least else True if most == 0 else None


def _all(scene: Scene, fact: Fact) -> bool | None:
    total = scene.span(fact.subject, ())
    least, most = scene.span(fact.subject, fact.where)
    if total[1] == ANY:
        return None
    if total[0] != fact.value or most < total[0]:
        return False
    return True if least == total[0] else None


_COUNTED = {"count": _count, "many": _many, "some": _some, "none": _none, "all": _all}
