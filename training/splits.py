"""Which pictures train and which validate, by scene or block, never by random crop.

The rule is here; `training/validation_lists/*.txt` hold the names it gives for the data sets as they are. Pictures
that would train but show what a validation picture shows are in neither part: `training/repeats_of_validation` names
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from training.sources.picture import Picture

BLOCK_CHIPS = 20
REPEATS_FOLDER = Path(__file__).parent / "repeats_of_validation"
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


def is_training(name: str, *, repeats: bool = False) -> bool:
    """Whether a picture, named "set/file", belongs to the training part, which may hold repeats for comparison."""
    return not is_validation(name) and (repeats or name not in repeated())


def training_part(sets: Mapping[str, Iterable[Picture]]) -> dict[str, list[Picture]]:
    """Pictures that train."""
    return {name: [p for p in pictures if is_training(p.name)] for name, pictures in sets.items()}


def validation_part(sets: Mapping[str, Iterable[Picture]]) -> dict[str, list[Picture]]:
    """Pictures that validate."""
    return {name: [p for p in pictures if is_validation(p.name)] for name, pictures in sets.items()}
