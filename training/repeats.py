"""Write down which training pictures repeat a validation picture: `python -m training.repeats --data ../shared/data`.

The perceptual hash of MMSAR (`training.mmsar.duplicates`), across all real data sets. Run it again when the data, a
reader or the split rule change; a test compares the lists with the data at hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from training.mmsar.duplicates import THUMBNAIL_PX, TURNS, Dropped, Prints, across_parts, fingerprint
from training.sources import Picture, load_real
from training.splits import REPEATS_FOLDER, is_validation


def find_repeats(pictures: Iterable[Picture]) -> list[Dropped]:
    """The pictures outside the validation part that show, turned or not, what one in it shows; by name."""
    parts: tuple[list[Picture], list[Picture]] = ([], [])
    for picture in pictures:
        parts[is_validation(picture.name)].append(picture)
    named = dict(zip(("train", "validation"), parts, strict=True))
    names = {part: [picture.name for picture in found] for part, found in named.items()}
    return across_parts(names, {part: _prints(found) for part, found in named.items()}, tuple(named))


def _prints(pictures: Sequence[Picture]) -> Prints:
    found = [fingerprint(picture.pixels) for picture in pictures]
    hashes = np.array([of_picture for of_picture, _ in found], np.uint64).reshape(-1, TURNS)
    return Prints(hashes, np.array([small for _, small in found], np.uint8).reshape(-1, THUMBNAIL_PX, THUMBNAIL_PX))


def write_lists(repeats: Iterable[Dropped], sets: Iterable[str], folder: Path) -> None:
    """One file a data set with the names within it, sorted, one a line; none for a set without repeats."""
    folder.mkdir(exist_ok=True)
    names = sorted(found.name.partition("/")[::2] for found in repeats)
    for collection in sets:
        items = [item for of, item in names if of == collection]
        path = folder / f"{collection}.txt"
        path.unlink(missing_ok=True)
        if items:
            path.write_text("".join(f"{item}\n" for item in items), encoding="utf-8")


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data sets")
    args = parser.parse_args()
    sets = load_real(args.data)
    repeats = find_repeats(picture for pictures in sets.values() for picture in pictures)
    write_lists(repeats, sets, REPEATS_FOLDER)
    for name, pictures in sets.items():
        training = sum(not is_validation(picture.name) for picture in pictures)
        found = sum(repeat.name.startswith(f"{name}/") for repeat in repeats)
        counts = f"{len(pictures) - training} validate, {training} would train, {found} of them repeat"
        sys.stdout.write(f"{name}: {counts} ({found / max(training, 1):.1%})\n")


if __name__ == "__main__":
    main()
