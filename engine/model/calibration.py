"""From the score of a peak to the probability that an object is there: the numbers, which a model carries.

`engine.tasks.counting.calibrated` applies them. Nothing here imports numpy, as in `engine.model.spec`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

_HALVINGS = 40


class Calibration(NamedTuple):
    """Beta calibration: the logit of the probability is rise * ln s - fall * ln(1 - s) + offset.

    With rise = fall it is Platt's logistic curve over the score's odds. Scores of peaks want the two apart: dim ones
    are rarely right, and from some brightness on nearly all are, which one slope cannot follow.

    Source: Kull et al., Beta calibration, AISTATS 2017.

    Attributes:
        rise: Not negative, as `fall`, so that a better score is never less probable.
        fall: Weight of what the score lacks to 1.
        offset: Logit that is added.
    """

    rise: float = 1.0
    fall: float = 1.0
    offset: float = 0.0

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Calibration:
        """Of rise, fall and offset, or of the slope and offset that older files carry."""
        if len(numbers) == 2:
            return cls(numbers[0], numbers[0], numbers[1])
        return cls(*numbers)

    def half(self) -> float:
        """The score from which an object is more likely than not; 1 where none is."""
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            probable = self.rise * math.log(middle) - self.fall * math.log1p(-middle) + self.offset >= 0
            low, high = (low, middle) if probable else (middle, high)
        return high


UNCALIBRATED = Calibration()
"""The score itself."""
