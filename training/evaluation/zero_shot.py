"""Zero-shot classification: the class whose words lie nearest an image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.evaluation import labelled, targets
from training.evaluation.bench import BASELINE, Bench
from training.evaluation.contestants import Contestant
from training.evaluation.labelled import Labelled
from training.evaluation.metrics import Spread, balanced_accuracy, confusion, recalls, spread
from training.evaluation.page import figure, number, plus_minus, table
from training.evaluation.plots import bars, matrix
from training.evaluation.words import Words

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Score:
    """One contestant on one set; all but the last three are balanced accuracies.

    Attributes:
        by_name: Asked for by the plain names.
        seen: By phrases of the training drawn at random, one a class.
        held_out: By words never used in training, drawn in the same way; a class without any keeps its name.
        words: With one class asked for by one such word, the others by name.
        recall: Share right of each class, by name.
        origin: Share right of the images of each data set, by name.
        confusion: Counts, row what it is, column what it is called by name.
    """

    by_name: float
    seen: Spread
    held_out: Spread | None
    words: dict[str, float]
    recall: dict[str, float]
    origin: dict[str, float]
    confusion: list[list[int]]


@dataclass(frozen=True, slots=True)
class SetResult:
    """Every contestant on one set."""

    name: str
    classes: dict[str, int]  # images of each
    origins: dict[str, int]
    chance: float
    scores: dict[str, Score]


@dataclass(frozen=True, slots=True)
class ZeroShotResult:
    """All sets, and each contestant's mean over them."""

    sets: tuple[SetResult, ...]
    average: dict[str, float]
    average_held_out: dict[str, float]  # over the sets that have such words


SETS: tuple[Callable[[Bench], Labelled | None], ...] = (
    labelled.object_kinds,
    labelled.inshore,
    labelled.water_or_land,
    labelled.oil,
    lambda bench: labelled.by_name(bench, "mstar"),
    lambda bench: labelled.by_name(bench, "sar_acd"),
)


class ZeroShot:
    """See the module's docstring and `Measure`."""

    name = "zero_shot"
    title = "Zero-shot classification"

    def run(self, bench: Bench) -> ZeroShotResult | None:
        """See `Measure`."""
        found = [data for build in SETS if (data := build(bench)) is not None]
        sets = tuple(_measure(bench, data) for data in found)
        if not sets:
            return None
        names = [contestant.name for contestant in bench.contestants]
        with_words = [item for item in sets if item.scores[names[0]].held_out]
        return ZeroShotResult(
            sets,
            {name: float(np.mean([item.scores[name].by_name for item in sets])) for name in names},
            {name: _mean_held_out(with_words, name) for name in names} if with_words else {},
        )

    def headlines(self, result: ZeroShotResult) -> dict[str, float]:
        """See `Measure`."""
        who = next(iter(result.average))
        sets = {item.name: item.scores[who] for item in result.sets}
        found = {}
        if "kinds" in sets and sets["kinds"].held_out:
            found[targets.KINDS_HELD_OUT] = sets["kinds"].held_out.mean
        if "inshore or offshore" in sets:
            found[targets.INSHORE] = sets["inshore or offshore"].by_name
        if "mstar by name" in sets:
            found[targets.MSTAR_NAME] = sets["mstar by name"].by_name
        if BASELINE in result.average:
            found[targets.ZERO_SHOT_GAIN] = 100 * (result.average[who] - result.average[BASELINE])
        return found

    def page(self, result: ZeroShotResult, folder: Path) -> str:
        """See `Measure`."""
        contestants = list(result.average)
        rows = [_row(item, name) for item in result.sets for name in contestants]
        bars(
            folder / "zero_shot.png",
            {name: {item.name: item.scores[name].by_name for item in result.sets} for name in contestants},
            "balanced accuracy",
            chance={item.name: item.chance for item in result.sets},
        )
        pieces = [
            "Balanced accuracy: the mean over classes of the share called right. *By name*: the class's plain name; "
            "*seen*: phrases of the training drawn at random; *held out*: words that occur in no training text, one "
            "a class, drawn at random.",
            table(["set", "images", "chance", "who", "by name", "seen", "held out"], rows),
            "Mean over sets: " + ", ".join(f"{name} {number(value)}" for name, value in result.average.items()) + ".",
            figure("zero_shot.png", "Zero-shot classification by name"),
        ]
        pieces += [_details(item, contestants[0], folder) for item in result.sets]
        return "\n\n".join(pieces)


def _measure(bench: Bench, data: Labelled) -> SetResult:
    return SetResult(
        data.name,
        {words.name: int((data.labels == index).sum()) for index, words in enumerate(data.classes)},
        dict(Counter(data.origins)),
        1 / len(data.classes),
        {contestant.name: score(bench, contestant, data) for contestant in bench.contestants},
    )


def score(bench: Bench, contestant: Contestant, data: Labelled) -> Score:
    """Measure one contestant on one set."""
    images = contestant.images_for_captions(data.images) if data.types else contestant.images(data.images)
    names = contestant.told_names if data.types else contestant.names
    plain = [words.seen[0] for words in data.classes]

    def accuracy(prompts: Sequence[str]) -> float:
        said = (images @ names(prompts).T).argmax(1)
        return balanced_accuracy(data.labels, said, len(data.classes))

    said = (images @ names(plain).T).argmax(1)
    counts = confusion(data.labels, said, len(data.classes))
    right = said == data.labels
    origins = np.array(data.origins)
    return Score(
        balanced_accuracy(data.labels, said, len(data.classes)),
        spread([accuracy(prompts) for prompts in _draws(bench, data, [words.seen for words in data.classes])]),
        _held_out(bench, data, accuracy),
        {
            word: accuracy([*plain[:index], word, *plain[index + 1 :]])
            for index, words in enumerate(data.classes)
            for word in words.held_out
        },
        {words.name: float(share) for words, share in zip(data.classes, recalls(counts), strict=True)},
        {origin: float(right[origins == origin].mean()) for origin in dict.fromkeys(data.origins)},
        counts.tolist(),
    )


def _held_out(bench: Bench, data: Labelled, accuracy: Callable[[Sequence[str]], float]) -> Spread | None:
    """Accuracy over draws of held-out words, or None where no class has any."""
    if not any(words.held_out for words in data.classes):
        return None
    choices = [words.held_out or _plain(words) for words in data.classes]
    return spread([accuracy(prompts) for prompts in _draws(bench, data, choices)])


def _plain(words: Words) -> tuple[str, ...]:
    return words.seen[:1]


def _draws(bench: Bench, data: Labelled, choices: Sequence[tuple[str, ...]]) -> list[list[str]]:
    """One phrase a class, drawn as often as the sizes say; the same for every contestant."""
    rng = bench.rng("words", data.name)
    return [[str(rng.choice(list(options))) for options in choices] for _ in range(bench.sizes.draws)]


def _mean_held_out(sets: Sequence[SetResult], name: str) -> float:
    found = [item.scores[name].held_out for item in sets]
    return float(np.mean([value.mean for value in found if value]))


def _row(item: SetResult, name: str) -> list[str]:
    found = item.scores[name]
    held_out = plus_minus(found.held_out) if found.held_out else "–"
    images = str(sum(item.classes.values()))
    return [item.name, images, number(item.chance), name, number(found.by_name), plus_minus(found.seen), held_out]


def _details(item: SetResult, name: str, folder: Path) -> str:
    """Recall of every class, and the held-out words that fall worst."""
    found = item.scores[name]
    file = f"confusion_{item.name.replace(' ', '_')}.png"
    matrix(folder / file, found.confusion, list(item.classes), list(item.classes), f"{item.name}: {name}")
    shares = ", ".join(f"{label} {number(share)} ({item.classes[label]})" for label, share in found.recall.items())
    origins = ", ".join(f"{origin} {number(share)}" for origin, share in found.origin.items())
    lines = [f"**{item.name}**, {name}: share right of each class (images): {shares}. By origin: {origins}."]
    if found.words:
        worst = sorted(found.words.items(), key=lambda pair: pair[1])[:6]
        lines.append("Held-out words that cost most: " + ", ".join(f"{word} {number(to)}" for word, to in worst) + ".")
    return "\n".join(lines) + "\n\n" + figure(file, f"Confusion, {item.name}")
