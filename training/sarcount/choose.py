"""Which windows the benchmark asks about: as many of each number, from as many pictures as there are."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from training.sarcount.benchmark import FIRST_SEED, real_images, simulated_image, simulated_name
from training.sarcount.captions import NUMBERS
from training.sarcount.windows import Window, overlap, windows

logger = logging.getLogger(__name__)

SEED = 20250
MAX_OFFERS, MAX_OVERLAP = 3, 0.5  # windows of one number in one picture, and what they may share of their union
MAX_SCENES = 400  # before giving up on a number that the simulator does not show
# what to count where, and at how many metres a pixel
SIMULATED = (
    ("ship", "open_sea", 10.0), ("ship", "coast", 5.0), ("ship", "harbor", 3.0), ("ship", "islands", 10.0),
    ("ship", "open_sea", 3.0), ("tank", "industry", 2.0), ("aircraft", "airport", 2.0),
)  # fmt: skip


def choose_real(data: Path, each: int) -> list[dict[str, Any]]:
    """`each` windows with ships of every number from one to ten, of validation pictures.

    Raises:
        ValueError: The pictures do not show some number so often.
    """
    offers: dict[int, list[tuple[str, Window]]] = defaultdict(list)
    rng = np.random.default_rng(SEED)
    for image, _ in real_images(data):
        _offer(offers, image.name, windows(image, "ship"), rng)
    chosen = _balanced(offers, each, rng)
    short = {number: len(chosen[number]) for number in NUMBERS if len(chosen[number]) < each}
    if short:
        raise ValueError(f"too few real windows, {short} of {each}: ask for fewer with --real")
    return [_entry(name, "ship", window) for number in NUMBERS for name, window in chosen[number]]


def choose_simulated(each: int) -> list[dict[str, Any]]:
    """`each` windows of every number from one to ten, of simulated scenes of several kinds.

    Raises:
        ValueError: After many scenes some number was not seen so often.
    """
    rng = np.random.default_rng(SEED)
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in NUMBERS}
    for number in range(MAX_SCENES):
        kind, recipe, gsd_m = SIMULATED[number % len(SIMULATED)]
        name = simulated_name(recipe, gsd_m, FIRST_SEED + number)
        offers: dict[int, list[tuple[str, Window]]] = defaultdict(list)
        _offer(offers, name, windows(simulated_image(name)[0], kind), rng)
        scarce = sorted(offers, key=lambda count: (len(found[count]), -count))[:2]  # two windows a scene at most
        for count in scarce:
            if len(found[count]) < each:
                found[count].append(_entry(name, kind, offers[count][0][1]))
        if all(len(entries) == each for entries in found.values()):
            logger.info("%d simulated scenes give %d windows of each number", number + 1, each)
            return [entry for count in NUMBERS for entry in found[count]]
    short = {count: len(entries) for count, entries in found.items() if len(entries) < each}
    raise ValueError(f"{MAX_SCENES} simulated scenes show {short} of {each}: ask for fewer with --simulated")


def _offer(
    offers: dict[int, list[tuple[str, Window]]], name: str, found: Iterable[Window], rng: np.random.Generator
) -> None:
    """Up to `MAX_OFFERS` windows of each number that a picture shows, drawn among those that differ enough."""
    by_count: dict[int, list[Window]] = defaultdict(list)
    for window in found:
        by_count[window.count].append(window)
    for count, several in sorted(by_count.items()):
        taken: list[Window] = []
        for index in rng.permutation(len(several)):
            window = several[int(index)]
            if len(taken) < MAX_OFFERS and all(overlap(window, other) < MAX_OVERLAP for other in taken):
                taken.append(window)
        offers[count].extend((name, window) for window in taken)


def _balanced(
    offers: dict[int, list[tuple[str, Window]]], each: int, rng: np.random.Generator
) -> dict[int, list[tuple[str, Window]]]:
    """The scarce numbers choose first, and every number prefers pictures that were chosen least so far."""
    uses: Counter[str] = Counter()
    chosen: dict[int, list[tuple[str, Window]]] = {}
    for count in sorted(NUMBERS, key=lambda number: (len(offers[number]), -number)):
        drawn = [offers[count][int(index)] for index in rng.permutation(len(offers[count]))]
        several: list[tuple[str, Window]] = []
        while drawn and len(several) < each:
            name, window = min(drawn, key=lambda offer: uses[offer[0]])
            several.append((name, window))
            drawn.remove((name, window))
            uses[name] += 1
        chosen[count] = sorted(several)
    logger.info("%d real pictures, one of them %d times", len(uses), max(uses.values(), default=0))
    return chosen


def _entry(name: str, kind: str, window: Window) -> dict[str, Any]:
    return {"name": name, "kind": kind, "count": window.count, "crop": window.crop, "boxes": window.boxes}
