"""Which pictures train and which validate, by scene or block, never by random crop.

The rule is here; `training/validation_lists/*.txt` hold the names it gives for the data sets as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from training.sources.picture import Picture

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
        return _in_last_block(item)
    return "India" in item


def _in_last_block(item: str) -> bool:
    """Chips are numbered in the order they were taken; the last digits of a block hold out a run of them."""
    number = int("".join(filter(str.isdigit, item.rsplit("/", 1)[1])) or 0)
    return number // 20 % 6 == 5


def training_part(sets: Mapping[str, Iterable[Picture]]) -> dict[str, list[Picture]]:
    """Pictures that train."""
    return {name: [p for p in pictures if not is_validation(p.name)] for name, pictures in sets.items()}


def validation_part(sets: Mapping[str, Iterable[Picture]]) -> dict[str, list[Picture]]:
    """Pictures that validate."""
    return {name: [p for p in pictures if is_validation(p.name)] for name, pictures in sets.items()}
