"""Likenesses are found under turns, flips, noise and brightness, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.training.mmsar.worlds import noise
from training.mmsar.duplicates import TURNS, Prints, across_parts, find_pairs, fingerprint, turned


def prints_of(*pictures: np.ndarray) -> Prints:
    found = [fingerprint(picture) for picture in pictures]
    return Prints(np.array([hashes for hashes, _ in found]), np.array([thumbnail for _, thumbnail in found]))


def ships(seed: int, count: int) -> np.ndarray:
    """Dark sea with bright ships: what a coarse hash alone confuses."""
    rng = np.random.default_rng(seed)
    pixels = np.clip(rng.gamma(4, 8, (120, 150)), 1, 255)
    for x, y in rng.integers(15, 105, (count, 2)):
        pixels[y : y + 6, x : x + 14] = 250
    return pixels.astype(np.uint8)


@pytest.mark.parametrize("turn", range(TURNS))
def test_a_turned_copy_is_found(turn: int) -> None:
    picture = noise(5, 64, 64)
    pairs = find_pairs(prints_of(picture), prints_of(turned(picture, turn)))
    assert [pair[:2] for pair in pairs] == [(0, 0)]


@pytest.mark.parametrize(
    "change",
    [
        lambda p, rng: np.clip(p * 1.3 + 5, 1, 255),
        lambda p, rng: np.clip(p + rng.normal(0, 8, p.shape), 1, 255),
        lambda p, rng: np.asarray(Image.fromarray(p).resize((p.shape[1] * 2, p.shape[0] * 2))),
        lambda p, rng: np.rot90(np.clip(p * 0.7, 1, 255)),
    ],
)
def test_an_augmented_copy_is_found_among_others(change) -> None:  # noqa: ANN001
    pictures = [ships(seed, 4) for seed in range(12)]
    copy = np.ascontiguousarray(change(pictures[7], np.random.default_rng(1))).astype(np.uint8)
    assert [pair[:2] for pair in find_pairs(prints_of(copy), prints_of(*pictures))] == [(0, 7)]


def test_different_scenes_are_no_likenesses() -> None:
    some, others = ([ships(seed, 3) for seed in seeds] for seeds in (range(30), range(30, 60)))
    assert not find_pairs(prints_of(*some), prints_of(*others))


def test_a_flat_picture_is_like_no_other() -> None:
    flat = np.full((40, 40), 90, np.uint8)
    assert not find_pairs(prints_of(flat), prints_of(flat, noise(1)))


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = (prints_of(*(ships(seed, 4) for seed in seeds)) for seeds in (range(9), range(4, 15)))
    whole = find_pairs(left, right)
    monkeypatch.setattr("training.mmsar.duplicates.BLOCK", 4)
    assert sorted(find_pairs(left, right)) == sorted(whole)
    assert [pair[:2] for pair in whole] == [(row, row - 4) for row in range(4, 9)]


def test_the_earlier_part_gives_its_copy_up() -> None:
    names = {"train": ["a", "b"], "validation": ["c"], "test": ["d"]}
    same, other = ships(1, 4), ships(2, 5)
    prints = {
        "train": prints_of(same, other),
        "validation": prints_of(np.ascontiguousarray(np.rot90(same))),
        "test": prints_of(np.ascontiguousarray(other[:, ::-1])),
    }
    dropped = across_parts(names, prints, ("train", "validation", "test"))
    assert [(one.name, one.repeats) for one in dropped] == [("a", "c"), ("b", "d")]
