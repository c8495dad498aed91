"""From the score of a peak to the probability that an object is there: the numbers, which a model carries.

`engine.tasks.counting.calibrated` applies them. Nothing here imports numpy, as in `engine.model.spec`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import InputError

LEAST = 1e-4  # of a score and of what it lacks to 1, that their logarithms are finite
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Calibration:
    """Beta calibration: the logit of the probability is rise * ln s - fall * ln(1 - s) + offset.

    With rise = fall it is Platt's logistic curve over the score's odds. Scores of peaks want the two apart: dim ones
    are rarely right, and from some brightness on nearly all are, which one slope cannot follow.

    Source: Kull et al., Beta calibration, AISTATS 2017.

    Attributes:
        rise: Not negative, as `fall`, so that a better score is never less probable.
        fall: Weight of what the score lacks to 1.
        offset: Logit that is added.

    Raises:
        InputError: A better score would be less probable, or a number is not finite.
    """

    rise: float = 1.0
    fall: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        finite = all(math.isfinite(number) for number in (self.rise, self.fall, self.offset))
        if not finite or min(self.rise, self.fall) < 0:
            raise InputError(f"{self}: give finite numbers, rise and fall of 0 or more")

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Calibration:
        """Of rise, fall and offset, or of the slope and offset that older files carry.

        Raises:
            ValueError: There are more or fewer.
        """
        if len(numbers) == 2:
            return cls(numbers[0], numbers[0], numbers[1])
        rise, fall, offset = numbers
        return cls(rise, fall, offset)

    def half(self) -> float:
        """The score from which an object is more likely than not, in `LEAST` .. 1 - `LEAST`."""
        low, high = LEAST, 1 - LEAST
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            probable = self.rise * math.log(middle) - self.fall * math.log1p(-middle) + self.offset >= 0
            low, high = (low, middle) if probable else (middle, high)
        return high


UNCALIBRATED = Calibration()
"""The score itself."""
