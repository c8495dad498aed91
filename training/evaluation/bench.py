"""What every measure is given: the models, the data, how much of it, and where chance comes from."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from training.evaluation.contestants import Contestant
from training.sources.picture import Picture
from training.sources.real import READERS
from training.splits import is_training, is_validation

Item = TypeVar("Item")

BASELINE = "baseline"  # name of the contestant without captions and AnyReader
# after a name: where every window was read four times, or once where the product reads it four times
CAREFUL, ONCE = ", careful", ", read once"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Attributes:
        per_class: Images of one class in zero-shot sets, at most.
        pictures: Pictures of one data set in retrieval and counting, at most.
        chips: Chips of one class in probes, at most, training and validation part each.
        draws: Of few-shot examples and of words.
        per_count: Images of one count in SARCount, at most.
        large: Images of one class and size in the AnyReader measure.
    """

    per_class: int
    pictures: int
    chips: int
    draws: int
    per_count: int
    large: int


FULL = Sizes(per_class=80, pictures=1000, chips=1000, draws=10, per_count=50, large=6)
QUICK = Sizes(per_class=10, pictures=24, chips=40, draws=3, per_count=5, large=1)


@dataclass(frozen=True, eq=False)
class Bench:
    """One run of the evaluation.

    Attributes:
        data: Folder of the real data sets.
        contestants: The model that is judged, then those it is compared with.
        sizes: How much is measured.
        seed: Of everything random.
    """

    data: Path
    contestants: tuple[Contestant, ...]
    sizes: Sizes = FULL
    seed: int = 0
    _read: dict[str, list[Picture]] = field(default_factory=dict)

    def rng(self, *purpose: str | int) -> np.random.Generator:
        """A generator of its own for every purpose: what is measured before it changes nothing."""
        return np.random.default_rng([self.seed, *(zlib.crc32(str(word).encode()) for word in purpose)])

    def part(self, name: str, *, validation: bool = True, repeats: bool = False) -> list[Picture]:
        """Pictures of a data set's validation part, or of its training part; none where the set is absent.

        Args:
            name: Of the set.
            validation: Which part.
            repeats: Whether the training part holds pictures that show what a validation picture shows.
        """
        if name not in self._read:
            try:
                self._read[name] = list(READERS[name](self.data))
            except FileNotFoundError:
                self._read[name] = []
        every = self._read[name]
        if validation:
            return [picture for picture in every if is_validation(picture.name)]
        return [picture for picture in every if is_training(picture.name, repeats=repeats)]

    def some(self, items: Sequence[Item], number: int, *purpose: str | int) -> list[Item]:
        """At most `number` of some items, drawn at random and kept in order."""
        if len(items) <= number:
            return list(items)
        return [items[index] for index in sorted(self.rng(*purpose).permutation(len(items))[:number])]


class Measure(Protocol):
    """One thing that is measured; a module of this package each."""

    name: str  # of its part of the results
    title: str  # of its part of the report

    def run(self, bench: Bench) -> Any:  # noqa: ANN401 - each measure's own dataclass
        """Measure every contestant.

        Returns:
            A frozen dataclass of plain data, or None where the data it needs is absent.
        """
        ...

    def headlines(self, result: Any) -> dict[str, float]:  # noqa: ANN401
        """Its figures for the first table of the report, by the names in `targets.TARGETS` where there is one."""
        ...

    def page(self, result: Any, folder: Path) -> str:  # noqa: ANN401
        """The part of the report, in Markdown; plots go into `folder`."""
        ...
