"""Checks every claim of a caption against the annotation, by a path of its own.

Nothing here is shared with the code that writes captions but the annotation and the table of concepts: places,
distances and shares are defined again, in the plainest way, so that a slip in one of the two shows.
"""

from __future__ import annotations

import math
import re

import numpy as np

from training.concepts import CONCEPT, KIND_TRUTH, KINDS, TRUE, UNKNOWN
from training.d2c.annotation import AnnotatedImage, AnnotatedObject
from training.d2c.reading import COUNTABLE, Claim, parse

WATER = {"sea", "inland water", "flood", "oil slick"}


def verdicts(text: str, image: AnnotatedImage) -> list[tuple[Claim, bool | None]]:
    """Every claim of a caption, and whether it is true; None where the annotation does not say.

    Raises:
        CaptionError: Part of the text is in none of the forms.
    """
    return [(claim, verdict(claim, image)) for claim in parse(text, image)]


def verdict(claim: Claim, image: AnnotatedImage) -> bool | None:
    """Whether a claim is true of the image; None where its annotation does not say."""
    if claim.sort == "gsd":
        return None if image.gsd_m is None else math.isclose(claim.low, image.gsd_m, rel_tol=0.01)
    if claim.sort in ("sensor", "band", "polarization"):
        value = getattr(image, claim.sort)
        return None if value is None else value.lower() == claim.word
    if claim.sort == "class":
        plain = claim.word.replace("-", "")
        said = {*re.findall("[a-z0-9]+", plain), plain.replace(" ", "")}
        return any(set(_class_key(word)) <= said for word in image.scene_words)
    if claim.sort == "ground":
        return _ground(claim, image)
    if claim.sort == "spread":
        return _spread(claim, image)
    return _objects(claim, image)


def _class_key(label: str) -> list[str]:
    """What of a class label must be in its words: letters and digits, without a maker's name."""
    plain = re.sub("[^a-z0-9]", "", label.lower()).replace("boeing", "")
    return ["a320", "a321"] if plain == "a320321" else [plain]


def _known(kind: str, image: AnnotatedImage) -> bool:
    shares = _shares(image.ground)
    if kind in image.complete:
        return True
    if any(item.kind == kind for item in image.objects) or shares is None:
        return False
    present = {KINDS[index] for index in np.flatnonzero(shares)}
    if kind in ("tank", "vehicle"):
        return present <= {*WATER, "ship", "oil platform", "wind turbine"}
    dry = {"urban", "industry", "forest", "fields", "mountains", "bare", "airport", "tank", "aircraft", "vehicle"}
    return kind == "ship" and present <= dry


def _shares(ground: np.ndarray | None) -> np.ndarray | None:
    return None if ground is None else np.bincount(ground.ravel(), minlength=len(KINDS)) / ground.size


def _objects(claim: Claim, image: AnnotatedImage) -> bool | None:
    items = [item for item in image.objects if item.kind in claim.kinds]
    known = all(_known(kind, image) for kind in claim.kinds)
    verdicts = [_meets(item, claim.where, image) for item in items]
    sure, possible = verdicts.count(True), len(verdicts) - verdicts.count(False)
    if claim.sort == "every":
        if not known:
            return None
        if not claim.low <= len(items) <= claim.high or False in verdicts:
            return False
        return None if None in verdicts else True
    low, high = claim.low, claim.high
    if high == 1.5:
        high = 1 if known else math.inf
    if (possible < low and known) or sure > high:
        return False
    if sure >= low and (high == math.inf or (known and possible <= high)):
        return True
    return None


def _meets(item: AnnotatedObject, where: tuple[tuple[str, str], ...], image: AnnotatedImage) -> bool | None:
    verdicts = [_condition(item, name, operand, image) for name, operand in where]
    return False if False in verdicts else None if None in verdicts else True


def _condition(item: AnnotatedObject, name: str, operand: str, image: AnnotatedImage) -> bool | None:
    if name in _AREAS:
        x, y = np.clip(item.bounds, 0, [image.width, image.height] * 2).reshape(2, 2).mean(0)
        return bool(_AREAS[name](x / image.width, y / image.height))
    if name in ("about", "over", "under", "small", "large", "little", "big"):
        return _size(item, name, float(operand or 0), image)
    if name == "out at sea":
        return _out_at_sea(item, image)
    if name == "on sea":
        name, operand = "on", "sea"
    if name == "on":
        return _on(item, operand, image)
    return _relation(item, name, operand, image)


_CORNERS = ("top left", "top right", "bottom left", "bottom right")
_THIRDS = {"left": 0, "right": 2, "top": 0, "bottom": 2}


def _nine(name: str):  # noqa: ANN202 - a predicate on shares of width and height
    words = name.split()
    column = next((_THIRDS[word] for word in words if word in ("left", "right")), 1)
    row = next((_THIRDS[word] for word in words if word in ("top", "bottom")), 1)
    return lambda x, y: column / 3 <= x <= (column + 1) / 3 and row / 3 <= y <= (row + 1) / 3


_AREAS = {
    **{name: _nine(name) for name in (*_CORNERS, "top", "bottom", "left", "right")},
    "centre": lambda x, y: abs(x - 0.5) <= 0.25 and abs(y - 0.5) <= 0.25,
    "edge": lambda x, y: abs(x - 0.5) >= 0.25 or abs(y - 0.5) >= 0.25,
    "left half": lambda x, y: x <= 0.5,
    "right half": lambda x, y: x >= 0.5,
    "top half": lambda x, y: y <= 0.5,
    "bottom half": lambda x, y: y >= 0.5,
}


def _size(item: AnnotatedObject, name: str, metres: float, image: AnnotatedImage) -> bool | None:
    x0, y0, x1, y1 = item.bounds
    side = max(image.width, image.height)
    cut = min(x0, y0, image.width - x1, image.height - y1) < 1
    upright = len({round(float(x), 1) for x in item.outline[:, 0]}) == 2 == len(
        {round(float(y), 1) for y in item.outline[:, 1]}
    )
    shortest, longest = item.length_px, math.hypot(x1 - x0, y1 - y0) if upright else item.length_px
    if cut:
        shortest, longest = min(max(x1 - x0, y1 - y0), shortest) / 2, math.inf
    if name == "little":
        return _range(shortest, longest, -1, 0.08 * side)
    if name == "big":
        return _range(shortest, longest, 0.25 * side, math.inf)
    if image.gsd_m is None:
        return None
    shortest, longest = shortest * image.gsd_m, longest * image.gsd_m
    low, high = {
        "about": (metres - max(0.2 * metres, 2), metres + max(0.2 * metres, 2)),
        "over": (metres, math.inf), "under": (-1, metres), "small": (-1, 60), "large": (150, math.inf),
    }[name]  # fmt: skip
    return _range(shortest, longest, low, high)


def _range(least: float, most: float, low: float, high: float) -> bool | None:
    return True if low <= least and most <= high else False if most < low or least > high else None


def _distances(item: AnnotatedObject, image: AnnotatedImage) -> np.ndarray:
    """(H, W) larger of the horizontal and vertical distance of each pixel's square from the object's box."""
    x0, y0, x1, y1 = item.bounds
    xs, ys = np.arange(image.width), np.arange(image.height)
    across = np.maximum(np.maximum(x0 - (xs + 1), xs - x1), 0)
    down = np.maximum(np.maximum(y0 - (ys + 1), ys - y1), 0)
    return np.maximum(across[None, :], down[:, None])


def _truth(image: AnnotatedImage, name: str) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) where the ground is surely of that kind, and where it may be."""
    table = KIND_TRUTH[:, CONCEPT[name]]
    maybe = table == UNKNOWN
    for kind in ("ship", "vehicle", "wind turbine", "oil platform"):
        maybe[KINDS.index(kind)] = False
    return (table == TRUE)[image.ground], ((table == TRUE) | maybe)[image.ground]


def _relation(item: AnnotatedObject, name: str, other: str, image: AnnotatedImage) -> bool | None:
    side = max(image.width, image.height)
    near, far = max(item.length_px, 0.04 * side), max(3 * item.length_px, 0.2 * side)
    others = [o for o in image.objects if o.kind == other and o is not item]
    if others:
        if name in ("near", "far"):
            gap = min(_box_gap(item, o) for o in others)
            if name == "near":
                return True if gap <= near else False if _known(other, image) else None
            return gap > far if _known(other, image) else (False if gap <= far else None)
        return all(_toward(item.bounds, item.centre, o.bounds, o.centre, name) for o in others)
    if image.ground is None or other not in CONCEPT:  # no map of it
        return None
    sure, maybe = _truth(image, other)
    if not sure.any():
        return None
    distance = _distances(item, image)
    if name == "near":
        return True if distance[sure].min() <= near else None if distance[maybe].min() <= near else False
    if name == "far":
        return True if distance[maybe].min() > far else False if distance[sure].min() <= far else None
    rows, columns = np.nonzero(sure)
    bounds = float(columns.min()), float(rows.min()), columns.max() + 1.0, rows.max() + 1.0
    centre = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    return _toward(item.bounds, item.centre, bounds, centre, name)


def _box_gap(a: AnnotatedObject, b: AnnotatedObject) -> float:
    return max(0.0, *(max(a.bounds[i] - b.bounds[i + 2], b.bounds[i] - a.bounds[i + 2]) for i in (0, 1)))


def _toward(box, centre, other_box, other_centre, name: str) -> bool:  # noqa: ANN001 - tuples of numbers
    dx, dy = other_centre[0] - centre[0], other_centre[1] - centre[1]
    if name == "left of":
        return box[2] <= other_box[0] and dx >= abs(dy)
    if name == "right of":
        return box[0] >= other_box[2] and -dx >= abs(dy)
    if name == "above":
        return box[3] <= other_box[1] and dy >= abs(dx)
    return box[1] >= other_box[3] and -dy >= abs(dx)


def _on(item: AnnotatedObject, name: str, image: AnnotatedImage) -> bool | None:
    if image.ground is None:
        return None
    sure, maybe = _truth(image, name)
    things = np.isin(image.ground, [KINDS.index(kind) for kind in COUNTABLE])
    around = (_distances(item, image) < max(2, item.width_px / 2)) & ~things
    if around.sum() < 10:
        return None
    return True if sure[around].mean() >= 0.9 else False if maybe[around].mean() < 0.5 else None


def _out_at_sea(item: AnnotatedObject, image: AnnotatedImage) -> bool | None:
    if image.ground is None:
        return None
    side = max(image.width, image.height)
    afloat = [KINDS.index(kind) for kind in (*WATER, "ship", "oil platform", "wind turbine")]
    dry = ~np.isin(image.ground, afloat)
    if not dry.any():
        return _on(item, "sea", image)
    nearest = _distances(item, image)[dry].min()
    if nearest >= max(3 * item.length_px, 0.2 * side) - 1e-3:
        return _on(item, "sea", image)
    return False if nearest <= max(item.length_px, 0.04 * side) or _on(item, "sea", image) is False else None


def _ground(claim: Claim, image: AnnotatedImage) -> bool | None:
    (name,) = claim.kinds
    listed = [item for item in image.objects if item.kind == name]
    if claim.word in ("some", "none") and listed:
        return claim.word == "some"
    if image.ground is None:
        if name in image.complete:
            return claim.word == "none"
        return None
    sure, maybe = _truth(image, name)
    height, width = sure.shape
    for condition, _ in claim.where:
        part = {
            "left half": np.s_[:, : width // 2], "right half": np.s_[:, width // 2 :],
            "top half": np.s_[: height // 2], "bottom half": np.s_[height // 2 :],
        }[condition]  # fmt: skip
        sure, maybe = sure[part], maybe[part]
    if claim.word == "mostly":
        return True if sure.mean() > 0.55 else False if maybe.mean() < 0.5 + 1e-9 else None
    if claim.word == "some":
        return True if sure.mean() >= 0.009 else False if not maybe.any() else None
    return True if not maybe.any() else False if sure.mean() >= 0.009 else None


def _spread(claim: Claim, image: AnnotatedImage) -> bool | None:
    points = [item.centre for item in image.objects if item.kind in claim.kinds]
    if len(points) < 3 or not _known(claim.kinds[0], image):
        return None
    diagonal = math.hypot(image.width, image.height)
    apart = [math.dist(a, b) for i, a in enumerate(points) for b in points[:i]]
    xs, ys = zip(*points, strict=True)
    if claim.word == "clustered":
        return True if max(apart) <= 0.26 * diagonal else False if max(apart) > 0.35 * diagonal else None
    if claim.word == "scattered":
        wide = max(xs) - min(xs) >= 0.49 * image.width and max(ys) - min(ys) >= 0.49 * image.height
        if wide and min(apart) >= 0.09 * diagonal:
            return True
        quarters = {(x > image.width / 2, y > image.height / 2) for x, y in points}
        return False if len(quarters) == 1 or max(apart) <= 0.26 * diagonal else None
    middle = np.mean(points, axis=0)
    angles = np.linspace(0, np.pi, 721)  # of the line, tried one after the other: every quarter of a degree
    across = np.ptp((np.array(points) - middle) @ np.stack((-np.sin(angles), np.cos(angles))), axis=0)
    width = float(across.min()) / max(max(apart), 1e-6)
    return True if width <= 0.13 else False if width > 0.2 else None
