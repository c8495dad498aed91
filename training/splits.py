"""Which pictures train and which validate, by scene or block, never by random crop.

The rule is here; `training/validation_lists/*.txt` hold the names it gives for the data sets as they are. Pictures
that would train but show what a validation picture shows are in neither part: `training/repeats_of_validation` names
them. Pieces of one scene that overlap by a part are in both, as they are in SSDD's own split:
`training/seen_ground.csv` says what ground of validation pictures has so been seen.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from training.sources.picture import Picture

BLOCK_CHIPS = 20
REPEATS_FOLDER = Path(__file__).parent / "repeats_of_validation"
SEEN_GROUND = Path(__file__).parent / "seen_ground.csv"
HRSID_VALIDATION_REMAINDER = 3  # scenes whose number leaves 3 when divided by 4 (multiples of 4 are the test)


def is_validation(name: str) -> bool:
    """Whether a picture, named "set/file", belongs to the validation part."""
    collection, _, item = name.partition("/")
    if collection == "ssdd":
        return item[-1] in "57"  # as the official split does with 1 and 9
    if collection == "hrsid":
        scene = item.split("_")[0]
        return int(scene[1:]) % 4 == HRSID_VALIDATION_REMAINDER
    if collection == "chips":
        return item in {"034", "272"}
    if collection == "oil_slicks":
        return int(item.split("_")[1]) % 5 == 0
    if collection == "opensarship":
        return item.startswith("product_4/")
    if collection in ("mstar", "sar_acd"):
        return int(block_of(item).rsplit(" ", 1)[1]) % 6 == 5
    return "India" in item


def block_of(item: str) -> str:
    """The run of neighbours that a chip "folder/file" is of: chips are numbered in the order they were taken."""
    folder, _, file = item.rpartition("/")
    return f"{folder}/block {int(''.join(re.findall('[0-9]', file)) or 0) // BLOCK_CHIPS}"


@cache
def repeated() -> frozenset[str]:
    """Names "set/file" of the pictures that would train but show what a validation picture shows.

    Found by `python -m training.repeats`, which takes a minute and so writes them into files.
    """
    files = sorted(REPEATS_FOLDER.glob("*.txt"))
    return frozenset(f"{file.stem}/{item}" for file in files for item in file.read_text(encoding="utf-8").split())


class Seen(NamedTuple):
    """Where in a validation picture, in pixels, a training picture of the same ground lies; it may reach out."""

    name: str
    shown_by: str
    row: int
    col: int
    rows: int
    cols: int

    def holds(self, x: float, y: float) -> bool:
        """Whether a place, column and row, lies in it."""
        return 0 <= x - self.col < self.cols and 0 <= y - self.row < self.rows


@cache
def seen_ground() -> Mapping[str, tuple[Seen, ...]]:
    """What has been seen of validation pictures, by name; found by `python -m training.overlaps`."""
    found: dict[str, tuple[Seen, ...]] = {}
    with SEEN_GROUND.open(encoding="utf-8", newline="") as file:
        for name, shown_by, *numbers in list(csv.reader(file))[1:]:
            found[name] = (*found.get(name, ()), Seen(name, shown_by, *map(int, numbers)))
    return found


def is_training(name: str, *, repeats: bool = False) -> bool:
    """Whether a picture, named "set/file", belongs to the training part, which may hold repeats for comparison."""
    return not is_validation(name) and (repeats or name not in repeated())


def training_part(sets: Mapping[str, Iterable[Picture]]) -> dict[str, list[Picture]]:
    """Pictures that train."""
    return {name: [p for p in pictures if is_training(p.name)] for name, pictures in sets.items()}


def validation_part(sets: Mapping[str, Iterable[Picture]]) -> dict[str, list[Picture]]:
    """Pictures that validate."""
    return {name: [p for p in pictures if is_validation(p.name)] for name, pictures in sets.items()}
