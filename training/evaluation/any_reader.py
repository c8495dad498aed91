"""AnyReader: zero-shot classification and retrieval on images of 300 to 2,048 px, against plainer ways to read them.

The same model reads every image through AnyReader, squashed to one view, by its middle, and as the mean of its tiles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.evaluation import targets
from training.evaluation.bench import Bench
from training.evaluation.contestants import Contestant, View
from training.evaluation.labelled import Labelled
from training.evaluation.large import scenes, seas
from training.evaluation.metrics import balanced_accuracy
from training.evaluation.page import figure, table
from training.evaluation.plots import lines
from training.evaluation.retrieval import Captioned, captioned, recalls

SIDES = (300, 512, 1024, 2048)
LARGE = 1024  # from this side on, gains over squash are summed up


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of reading at one size; all in 0..1."""

    scenes: float  # balanced accuracy on simulated scenes
    seas: float | None  # balanced accuracy on seas of real tiles
    retrieval: float  # mean recall on the simulated scenes


@dataclass(frozen=True, slots=True)
class AnyReaderResult:
    """Every way of reading.

    Attributes:
        readings: By way, then by side in pixels.
        images: By side.
        gain_zero_shot: Points of AnyReader above squash, mean over sets and sides from 1,024 px on.
        gain_retrieval: The same of mean recall.
    """

    readings: dict[str, dict[int, Reading]]
    images: dict[int, int]
    gain_zero_shot: float
    gain_retrieval: float


class AnyReaderMeasure:
    """See the module's docstring and `Measure`."""

    name = "any_reader"
    title = "AnyReader on images of any size"

    def run(self, bench: Bench) -> AnyReaderResult:
        """See `Measure`."""
        first, *others = bench.contestants
        ways = {view.value: replace(first, view=view) for view in View}
        ways |= {f"{other.name} ({other.view.value})": other for other in others}
        readings: dict[str, dict[int, Reading]] = {way: {} for way in ways}
        images = {}
        for side in SIDES:
            made, real = scenes(side, bench.sizes.large), seas(bench, side, bench.sizes.large)
            images[side] = len(made.labelled.images) + (len(real.images) if real else 0)
            shown, kinds = made.labelled, made.annotations
            texts = captioned(shown.images, shown.origins, kinds, bench.rng("large captions", side))
            for way, contestant in ways.items():
                readings[way][side] = read(contestant, shown, texts, real)
        any_way, squash = readings[View.ANY.value], readings[View.SQUASH.value]
        large = [side for side in SIDES if side >= LARGE]
        gains = [_zero_shot(any_way[side]) - _zero_shot(squash[side]) for side in large]
        recall = [any_way[side].retrieval - squash[side].retrieval for side in large]
        return AnyReaderResult(readings, images, 100 * float(np.mean(gains)), 100 * float(np.mean(recall)))

    def headlines(self, result: AnyReaderResult) -> dict[str, float]:
        """See `Measure`."""
        return {targets.READER_ZERO_SHOT: result.gain_zero_shot, targets.READER_RETRIEVAL: result.gain_retrieval}

    def page(self, result: AnyReaderResult, folder: Path) -> str:
        """See `Measure`."""
        curves = {
            way: (list(of), [_zero_shot(reading) for reading in of.values()], [0.0] * len(of))
            for way, of in result.readings.items()
        }
        recall = {
            way: (list(of), [reading.retrieval for reading in of.values()], [0.0] * len(of))
            for way, of in result.readings.items()
        }
        lines(folder / "any_reader.png", curves, ("longer side, px", "zero-shot balanced accuracy"), logarithmic=True)
        lines(folder / "any_reader_retrieval.png", recall, ("longer side, px", "mean recall"), logarithmic=True)
        rows = [
            [way, str(side), *(f"{100 * value:.1f}" if value is not None else "–"
                               for value in (reading.scenes, reading.seas, reading.retrieval))]
            for way, of in result.readings.items()
            for side, reading in of.items()
        ]  # fmt: skip
        return "\n\n".join(
            (
                "Eight kinds of simulated scene at 10 m, and seas laid out of real tiles (empty, with few ships, with "
                "a port), at four sizes and four shapes; retrieval is on the simulated scenes with five captions each. "
                f"From {LARGE} px on AnyReader is {result.gain_zero_shot:+.1f} points above squash in zero-shot and "
                f"{result.gain_retrieval:+.1f} in mean recall.",
                table(["way of reading", "side", "scenes", "seas", "mean recall"], rows),
                figure("any_reader.png", "Zero-shot over size"),
                figure("any_reader_retrieval.png", "Mean recall over size"),
            )
        )


def read(contestant: Contestant, made: Labelled, data: Captioned, real: Labelled | None) -> Reading:
    """Measure one way of reading on the images of one size: simulated ones with captions, and real seas."""
    images = contestant.images(data.images)
    return Reading(
        _accuracy(contestant, images, made),
        _accuracy(contestant, contestant.images(real.images), real) if real else None,
        recalls(contestant.images_for_captions(data.images) @ contestant.sentences(data.texts).T, data.right).mean,
    )


def _accuracy(contestant: Contestant, images: NDArray[np.float32], data: Labelled) -> float:
    names = contestant.names([words.seen[0] for words in data.classes])
    return balanced_accuracy(data.labels, (images @ names.T).argmax(1), len(data.classes))


def _zero_shot(reading: Reading) -> float:
    return float(np.mean([value for value in (reading.scenes, reading.seas) if value is not None]))
