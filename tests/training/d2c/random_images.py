"""Annotated images at random: many kinds over patches of ground, complete or not."""

from __future__ import annotations

import numpy as np

from training.concepts import KIND
from training.d2c.annotation import AnnotatedImage, AnnotatedObject, box, rotated_box

KINDS_HERE = ("ship", "tank", "aircraft", "vehicle", "bridge", "harbor", "oil platform", "roundabout")
GROUNDS_HERE = ("sea", "harbor", "urban", "land", "forest", "inland water", "unknown", "clutter", "island", "fields")


def random_image(seed: int) -> AnnotatedImage:
    """The image of a seed."""
    rng = np.random.default_rng(seed)
    width, height = (int(n) for n in rng.integers(24, 400, 2))
    kinds = rng.choice(KINDS_HERE, rng.integers(1, 4), replace=False).tolist()
    number = int(rng.choice([0, 1, 2, 3, 4, 6, 9, 14, 30]))
    objects = tuple(_random_object(rng, str(rng.choice(kinds)), width, height) for _ in range(number))
    if number >= 3 and rng.random() < 0.3:
        objects = _row(rng, kinds[0], width, height, number)
    complete = frozenset(kind for kind in KINDS_HERE if rng.random() < 0.7)
    ground = _random_ground(rng, width, height) if rng.random() < 0.7 else None
    if ground is not None and rng.random() < 0.7:
        for item in objects:
            if item.kind in KIND:
                x0, y0, x1, y1 = (max(round(v), 0) for v in item.bounds)
                ground[y0:y1, x0:x1] = KIND[item.kind]
    words = [("T72",), ("inshore",), ("A320321",), ("Boeing737",), ("some_class",), ()]
    return AnnotatedImage(
        *("random", width, height, objects, ground, complete),
        scene_words=words[rng.integers(len(words))],
        gsd_m=float(rng.choice([0.3, 1.0, 3.0, 10.0])) if rng.random() < 0.6 else None,
        sensor=str(rng.choice(["Sentinel-1", "TerraSAR-X", "NovaSAR"])) if rng.random() < 0.5 else None,
        band=str(rng.choice(["C", "X", "Ku"])) if rng.random() < 0.5 else None,
        polarization=str(rng.choice(["VV", "VH", "HH"])) if rng.random() < 0.5 else None,
    )


def _random_object(rng: np.random.Generator, kind: str, width: int, height: int) -> AnnotatedObject:
    x, y = rng.random() * width, rng.random() * height
    length = float(np.exp(rng.uniform(np.log(2), np.log(0.6 * max(width, height)))))
    across = length * rng.uniform(0.1, 1)
    if rng.random() < 0.5:
        return rotated_box(kind, x, y, length, across, rng.uniform(0, np.pi))
    x0, y0 = max(x - length / 2, 0), max(y - across / 2, 0)
    return box(kind, x0, y0, min(x0 + length, width), min(y0 + across, height))


def _row(rng: np.random.Generator, kind: str, width: int, height: int, number: int) -> tuple[AnnotatedObject, ...]:
    start, end = rng.random((2, 2)) * (width, height)
    places = start + np.linspace(0, 1, number)[:, None] * (end - start) + rng.normal(0, 1, (number, 2))
    return tuple(rotated_box(kind, x, y, 6, 3, rng.uniform(0, 3)) for x, y in places.tolist())


def _random_ground(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    names = rng.choice(GROUNDS_HERE, rng.integers(1, 4), p=(0.3, 0.12, 0.1, 0.12, 0.08, 0.08, 0.06, 0.04, 0.05, 0.05))
    ground = np.full((height, width), KIND[names[0]], np.uint8)
    for name in names[1:]:
        x0, y0 = int(rng.integers(width)), int(rng.integers(height))
        block = np.s_[y0 : y0 + height // 4, x0 : x0 + width // 4]
        ground[[np.s_[:, x0:], np.s_[y0:, :], block, np.s_[:, : width // 2]][rng.integers(4)]] = KIND[name]
    return ground
