"""Few-shot classification and linear probing: logistic regression on frozen features of chips.

MSTAR and SAR-ACD, trained on chips of the training part and measured on the validation part, which holds blocks of
consecutive chips out (`training.splits`). MSTAR here is its 17-degree set alone, so its figure is no SOC figure.
SAR-ACD's authors augmented their chips, so that nearly half of those that would train show what a validation chip
shows. The .93 that raw pixels are said to reach they come near only with those: it is measured with and without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.trainers.probe import accuracy, choose_strength, few_shot, prepared
from training.concepts import AIRLINER_TYPES, VEHICLE_TYPES
from training.evaluation import targets
from training.evaluation.bench import Bench
from training.evaluation.features import Feature, embeddings
from training.evaluation.handmade import hog_features, raw_pixels
from training.evaluation.labelled import type_of
from training.evaluation.metrics import Spread, spread
from training.evaluation.page import figure, number, plus_minus, table
from training.evaluation.plots import lines
from training.sources.picture import Picture
from training.sources.real import MSTAR_PX
from training.splits import block_of, is_training, is_validation

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.intp]

REPEATS = ", with repeats"  # after a set's name
SHARE, SHARE_DRAWS = 0.9, 3  # of the training part in a draw that stands beside the whole of it


@dataclass(frozen=True, slots=True)
class ProbeScore:
    """Accuracy of one feature.

    Attributes:
        full: On the whole training part.
        most: On nine tenths of it, several draws: how much the choice of examples matters.
        shots: By number of examples a class.
        strength: Inverse regularisation that was chosen on the training part alone.
        on_training: Share right on the blocks of the training part that it was chosen by.
        dims: Length of the feature.
    """

    full: float
    most: Spread
    shots: dict[int, Spread]
    strength: float
    on_training: float
    dims: int


@dataclass(frozen=True, slots=True)
class ProbeSet:
    """All features on one data set."""

    name: str
    classes: int
    training: int
    validation: int
    scores: dict[str, dict[str, ProbeScore]]  # who, then feature


@dataclass(frozen=True, slots=True)
class ProbesResult:
    """All data sets."""

    sets: tuple[ProbeSet, ...]


@dataclass(frozen=True, eq=False)
class Chips:
    """Chips of one data set with their classes and blocks of neighbours."""

    images: list[Bytes]
    labels: Ints
    blocks: Ints
    training: int  # the first so many are of the training part
    own: NDArray[np.bool_]  # whether each shows what no chip of the other part shows


class Probes:
    """See the module's docstring and `Measure`."""

    name = "probes"
    title = "Few-shot classification and linear probing"

    def run(self, bench: Bench) -> ProbesResult | None:
        """See `Measure`."""
        sets = (*_measure(bench, "mstar", VEHICLE_TYPES), *_measure(bench, "sar_acd", AIRLINER_TYPES, repeats=True))
        return ProbesResult(sets) if sets else None

    def headlines(self, result: ProbesResult) -> dict[str, float]:
        """See `Measure`."""
        names = {
            "mstar": targets.MSTAR_PROBE,
            "sar_acd": "SAR-ACD, linear probe without repeats",
            "sar_acd" + REPEATS: targets.SAR_ACD_PROBE,
        }
        return {names[item.name]: _chosen(next(iter(item.scores.values())))[1].full for item in result.sets}

    def page(self, result: ProbesResult, folder: Path) -> str:
        """See `Measure`."""
        pieces = [
            "Share of the validation part that is right, mean ± deviation over draws of the examples. Curves and "
            "headlines are of the feature that does best on held-out blocks of the training part. "
            f"MSTAR: the 17-degree set alone, the middle {MSTAR_PX} px of every chip, as the chips' sizes tell their "
            "class. "
            "Both sets are split by blocks of consecutive chips. Chips that show what a validation chip shows train "
            f"only where a set's name ends with “{REPEATS[2:]}”."
        ]
        for item in result.sets:
            file = f"few_shot_{item.name.replace(REPEATS, '_repeats')}.png"
            chosen = {who: _chosen(of) for who, of in item.scores.items()}
            curves = {f"{who}: {feature}": score for who, (feature, score) in chosen.items()}
            lines(
                folder / file,
                {name: _curve(score) for name, score in curves.items()},
                ("examples a class", "share right"),
                logarithmic=True,
            )
            rows = [
                [who, feature, str(score.dims), *(plus_minus(value) for value in score.shots.values()),
                 plus_minus(score.most), number(score.full)]
                for who, of in item.scores.items()
                for feature, score in of.items()
            ]  # fmt: skip
            counts = f"{item.classes} classes, {item.training} chips to train, {item.validation} to measure"
            shots = [str(shot) for shot in next(iter(curves.values())).shots]
            pieces += [
                f"**{item.name}**: {counts}; chance {number(1 / item.classes)}.",
                table(["who", "feature", "dims", *shots, "nine tenths", "all"], rows),
                figure(file, f"Few-shot classification, {item.name}"),
            ]
        return "\n\n".join(pieces)


def _chosen(scores: dict[str, ProbeScore]) -> tuple[str, ProbeScore]:
    """The feature that does best on held-out blocks of the training part: chosen without the validation part."""
    return max(scores.items(), key=lambda pair: pair[1].on_training)


def _curve(score: ProbeScore) -> tuple[list[float], list[float], list[float]]:
    shots = list(score.shots.values())
    return [float(shot) for shot in score.shots], [s.mean for s in shots], [s.deviation for s in shots]


def _measure(bench: Bench, name: str, types: Sequence[str], *, repeats: bool = False) -> list[ProbeSet]:
    """One set, and with `repeats` the same beside it with the chips that repeat validation chips in training."""
    chips = load_chips(bench, name, types, repeats=repeats)
    if chips is None:
        return []
    features = {contestant.name: embeddings(contestant, chips.images) for contestant in bench.contestants}
    features["no training"] = [
        Feature("raw pixels", raw_pixels(chips.images)),
        Feature("HOG", hog_features(chips.images)),
    ]
    found = [_probe_all(bench, name, features, chips, chips.own)]
    return [*found, _probe_all(bench, name, features, chips, np.ones_like(chips.own), REPEATS)] if repeats else found


def _probe_all(
    bench: Bench, name: str, features: dict[str, list[Feature]], chips: Chips, kept: NDArray[np.bool_], called: str = ""
) -> ProbeSet:
    """Every feature of everyone, on the chips that are kept."""
    some = Chips(
        [image for image, keep in zip(chips.images, kept, strict=True) if keep],
        chips.labels[kept], chips.blocks[kept], int(kept[: chips.training].sum()), chips.own[kept],
    )  # fmt: skip
    return ProbeSet(
        name + called,
        len(np.unique(chips.labels)),
        some.training,
        len(some.images) - some.training,
        {who: {f.name: probe(bench, name, f.values[kept], some) for f in found} for who, found in features.items()},
    )


def load_chips(bench: Bench, name: str, types: Sequence[str], *, repeats: bool = False) -> Chips | None:
    """Chips of both parts, at most so many of each class; None where either part is empty."""
    parts: list[list[Picture]] = []
    for validation in (False, True):
        pictures = bench.part(name, validation=validation, repeats=repeats)
        of_type = [[picture for picture in pictures if type_of(picture) == kind] for kind in types]
        some = [bench.some(found, bench.sizes.chips, name, kind) for kind, found in zip(types, of_type, strict=True)]
        parts.append([picture for found in some for picture in found])
    training, validation_part = parts
    if not training or not validation_part:
        return None
    pictures = [*training, *validation_part]
    labels = np.array([types.index(type_of(picture)) for picture in pictures])
    _, blocks = np.unique([block_of(picture.name) for picture in pictures], return_inverse=True)
    own = np.array([is_training(picture.name) or is_validation(picture.name) for picture in pictures])
    return Chips([picture.pixels for picture in pictures], labels, blocks, len(training), own)


def probe(bench: Bench, name: str, features: Floats, chips: Chips) -> ProbeScore:
    """Few-shot and full accuracy of one feature."""
    train, held = slice(None, chips.training), slice(chips.training, None)
    ready = prepared(features, chips.training)
    known, labels = ready[train], chips.labels[train]
    asked = ready[held], chips.labels[held]
    strength, on_training = choose_strength(known, labels, chips.blocks[train])
    tenths = [_share(labels, bench.rng(name, "share", draw)) for draw in range(min(SHARE_DRAWS, bench.sizes.draws))]
    shots = few_shot(
        known, labels, *asked, strength, draws=bench.sizes.draws, rng_of=lambda each, draw: bench.rng(name, each, draw)
    )
    return ProbeScore(
        accuracy(known, labels, *asked, strength),
        spread([accuracy(known[some], labels[some], *asked, strength) for some in tenths]),
        {each: spread(found) for each, found in shots.items()},
        strength,
        on_training,
        features.shape[1],
    )


def _share(labels: Ints, rng: np.random.Generator) -> Ints:
    """Nine tenths of all examples, drawn at random."""
    return rng.permutation(len(labels))[: max(1, round(SHARE * len(labels)))]
