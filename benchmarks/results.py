"""What a benchmark finds: figures with every repeat kept, ratios of figures that were taken in turns."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity, measured several times.

    Attributes:
        subject: What it was measured on: a scene, a file format.
        contestant: Whose figure it is.
        quantity: What was measured, such as "encode".
        unit: Of the values: s, Mpx/s, MB, images/s, share.
        values: One a repeat, in the order of the turns.
        note: What a reader must know, such as the part that was measured where the whole is extrapolated.
        most: What the median should be at most, or None.
    """

    subject: str
    contestant: str
    quantity: str
    unit: str
    values: tuple[float, ...]
    note: str = ""
    most: float | None = None

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"{self.subject}, {self.contestant}, {self.quantity}: no value was measured")

    @property
    def median(self) -> float:
        """The middle of the repeats."""
        return median(self.values)

    @property
    def holds(self) -> bool | None:
        """Whether it keeps below what was asked; None where nothing was."""
        return None if self.most is None else self.median <= self.most

    @property
    def spread(self) -> tuple[float, float]:
        """Lowest and highest repeat."""
        return min(self.values), max(self.values)


@dataclass(frozen=True, slots=True)
class Ratio:
    """How two figures compare, and what was asked of that.

    Attributes:
        name: What is compared, such as "Los Angeles: (a) / ours".
        values: One a turn; both figures of a turn were taken within it, so that a disturbance that lasts hits both.
        least: What the median should reach at least, or None.
        most: What it should reach at most, or None.
    """

    name: str
    values: tuple[float, ...]
    least: float | None = None
    most: float | None = None

    @property
    def median(self) -> float:
        """The middle of the turns."""
        return median(self.values)

    @property
    def holds(self) -> bool | None:
        """Whether it reaches what was asked; None where nothing was."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.median >= self.least) and (self.most is None or self.median <= self.most)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How equal a contestant's results are to the engine's.

    Attributes:
        subject: The scene.
        contestant: Who was compared.
        tiles: Cosine of tile vectors, lowest and median.
        equal: Share of the tiles whose cosine is above 0.999.
        cells: Cosine of the dense map's cells, lowest hundredth and median; the engine's as its store keeps them, in
            int8 and only the leading dimensions.
        compared: Tiles that were compared.
    """

    subject: str
    contestant: str
    tiles: tuple[float, float]
    equal: float
    cells: tuple[float, float]
    compared: int


@dataclass(frozen=True, slots=True)
class PartResult:
    """What one part of the benchmark found."""

    figures: tuple[Figure, ...]
    ratios: tuple[Ratio, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    notes: tuple[str, ...] = ()


def ratio(name: str, above: Figure, below: Figure, *, least: float | None = None, most: float | None = None) -> Ratio:
    """The ratio of two figures that were taken in the same turns, turn by turn.

    Raises:
        ValueError: They were not.
    """
    if len(above.values) != len(below.values):
        raise ValueError(f"{name}: {len(above.values)} turns against {len(below.values)}: take both in the same turns")
    values = tuple(top / bottom for top, bottom in zip(above.values, below.values, strict=True))
    return Ratio(name, values, least, most)
