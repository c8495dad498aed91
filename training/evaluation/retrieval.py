"""Image-text retrieval on MMSAR's validation part: recall at 1, 5 and 10 both ways, and their mean.

Captions made by rule repeat. Every distinct text is one answer, right for all images that have it, and as a query
it counts as often as it occurs. A caption that happens to be true of another image counts as wrong there: of
hundreds of pictures of single vehicles nearly every caption of one is true of the next. So the share of images
whose nearest text is true of them, as D2C judges, is told beside the recalls, and two who know every label say what
could be reached: one knows what is true and chooses at random among it, one knows how often what is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.captioned import Text, truth
from training.d2c import AnnotatedImage, captions
from training.d2c.facts import Fact, scene_of
from training.evaluation import targets
from training.evaluation.bench import BASELINE, Bench
from training.evaluation.contestants import Contestant
from training.evaluation.metrics import chance_at, first_right, recall_at
from training.evaluation.page import figure, table
from training.evaluation.plots import bars
from training.evaluation.words import leaks
from training.mmsar.shared import shared_sources

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

KS = (1, 5, 10)
CAPTIONS = 5  # an image
CHANCE = "chance"
TRUTH, SAYING = "who knows what is true", "who knows what is said"
DRAWS = 16  # of captions of each image, from which what is said is known


@dataclass(frozen=True, slots=True)
class Recalls:
    """Recall at 1, 5 and 10 both ways, in 0..1."""

    image_to_text: dict[int, float]
    text_to_image: dict[int, float]
    mean: float  # of the six


@dataclass(frozen=True, slots=True)
class RetrievalResult:
    """All contestants, and answers in random order.

    Attributes:
        images: By data set.
        texts: Distinct captions.
        recalls: By who.
        by_set: Mean recall within each data set alone, by data set and who.
        first_true: Share of images whose nearest text is true of them, among those where that is known, by who.
        leaked: Words kept out of the training that captions hold all the same: must be none.
    """

    images: dict[str, int]
    texts: int
    recalls: dict[str, Recalls]
    by_set: dict[str, dict[str, float]]
    first_true: dict[str, float]
    leaked: list[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Captioned:
    """Images with their captions; texts are distinct.

    Attributes:
        images: (N) bytes.
        sets: (N) data set of each.
        texts: (T) all captions without repetition.
        right: (N, T) how often each image has each text.
        annotations: (N) what is known of each image; empty where texts are not judged.
        claims: (T) what each text claims; empty as well.
    """

    images: list[Bytes]
    sets: list[str]
    texts: list[str]
    right: NDArray[np.int64]
    annotations: Sequence[AnnotatedImage] = ()
    claims: Sequence[tuple[Fact, ...]] = ()


class Retrieval:
    """See the module's docstring and `Measure`."""

    name = "retrieval"
    title = "Image-text retrieval"

    def run(self, bench: Bench) -> RetrievalResult | None:
        """See `Measure`."""
        data = validation(bench)
        if data is None:
            return None
        found = {contestant.name: similarities(contestant, data) for contestant in bench.contestants}
        names = list(dict.fromkeys(data.sets))
        known = known_truth(data, bench.rng("truth"))
        said = known_sayings(data, known, bench.rng("sayings"))
        knowing = {TRUTH: recalls(known, data.right), SAYING: recalls(said, data.right)}
        return RetrievalResult(
            {name: data.sets.count(name) for name in names},
            len(data.texts),
            {who: recalls(similarity, data.right) for who, similarity in found.items()}
            | knowing
            | {CHANCE: chance(data.right)},
            {name: _within(found, data, name) for name in names},
            _first_true({**found, CHANCE: bench.rng("nearest").random(data.right.shape).astype(np.float32)}, data),
            leaks(data.texts),
        )

    def headlines(self, result: RetrievalResult) -> dict[str, float]:
        """See `Measure`."""
        first = next(iter(result.recalls.values())).mean
        found = {"retrieval, mean recall": first, "nearest text true": next(iter(result.first_true.values()))}
        if BASELINE in result.recalls:
            found[targets.RETRIEVAL_GAIN] = 100 * (first - result.recalls[BASELINE].mean)
        return found

    def page(self, result: RetrievalResult, folder: Path) -> str:
        """See `Measure`."""
        bars(
            folder / "retrieval.png",
            {who: _named(found) for who, found in result.recalls.items()},
            "recall",
        )
        rows = [[who, *(f"{100 * value:.1f}" for value in _named(found).values())]
                for who, found in result.recalls.items()]  # fmt: skip
        sets = [[name, str(result.images[name]), *(f"{100 * value:.1f}" for value in of.values())]
                for name, of in result.by_set.items()]  # fmt: skip
        whos = list(next(iter(result.by_set.values())))
        return "\n\n".join(
            (
                f"{sum(result.images.values())} images, {CAPTIONS} captions each, {result.texts} distinct texts; equal "
                "texts are all right. Percent.",
                table(["who", *_named(next(iter(result.recalls.values())))], rows),
                figure("retrieval.png", "Recall"),
                "Images whose nearest text is true of them, of those where D2C can say: "
                + ", ".join(f"{who} {100 * share:.1f} %" for who, share in result.first_true.items()) + ".",
                "Mean recall among the images of one data set alone:",
                table(["data set", "images", *whos], sets),
            )
        )


def validation(bench: Bench) -> Captioned | None:
    """The validation part of every data set below the data folder, with captions drawn from the seed."""
    images, sets, annotations = [], [], []
    for source in shared_sources(bench.data):
        items = [item for item in source.items() if item.part == "validation"]
        for item in bench.some(items, bench.sizes.pictures, "retrieval", source.name):
            sample = item.load()
            images.append(sample.pixels)
            annotations.append(sample.image)
            sets.append(source.name)
    return captioned(images, sets, annotations, bench.rng("captions")) if len(images) > 1 else None


def captioned(
    images: list[Bytes], sets: list[str], annotations: Sequence[AnnotatedImage], rng: np.random.Generator
) -> Captioned:
    """Draw captions; the images keep their order."""
    drawn = [captions(image, rng, CAPTIONS) for image in annotations]
    data = together(images, sets, [[caption.text for caption in of_image] for of_image in drawn])
    claims = {_key(caption.text): caption.facts for of_image in drawn for caption in of_image}
    return replace(data, annotations=annotations, claims=[claims[_key(text)] for text in data.texts])


def together(images: list[Bytes], sets: list[str], texts: Sequence[Sequence[str]]) -> Captioned:
    """Images with their texts, equal ones made one; case and space do not tell texts apart."""
    index: dict[str, int] = {}
    shown: list[str] = []
    for text in (text for of_image in texts for text in of_image):
        if _key(text) not in index:
            index[_key(text)] = len(shown)
            shown.append(" ".join(text.split()))
    right = np.zeros((len(texts), len(shown)), np.int64)
    for row, of_image in zip(right, texts, strict=True):
        np.add.at(row, [index[_key(text)] for text in of_image], 1)
    return Captioned(images, sets, shown, right)


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()


def _first_true(similarities: Mapping[str, Floats], data: Captioned) -> dict[str, float]:
    """Of the images whose nearest text D2C can judge, the share for which it is true, by who."""
    judged: dict[str, list[int]] = {who: [] for who in similarities}
    for row, annotation in enumerate(data.annotations):
        scene = scene_of(annotation)
        for who, similarity in similarities.items():
            nearest = int(similarity[row].argmax())
            judged[who].append(truth(scene, Text(data.texts[nearest], data.claims[nearest])))
    known = {who: [answer for answer in answers if answer >= 0] for who, answers in judged.items()}
    return {who: float(np.mean(answers)) if answers else float("nan") for who, answers in known.items()}


def known_truth(data: Captioned, rng: np.random.Generator) -> Floats:
    """1 where a text is true of an image, -1 where it is false, 0 where D2C cannot say; ties in random order."""
    claims = list(dict.fromkeys(data.claims))
    column = [claims.index(claim) for claim in data.claims]
    scenes = [scene_of(annotation) for annotation in data.annotations]
    judged = np.array([[truth(scene, Text("", claim)) for claim in claims] for scene in scenes], np.int8)
    answers = np.array((-1, 1, 0), np.float32)[judged][:, column]  # D2C's 0, 1 and -1
    found: Floats = answers + rng.random(answers.shape, dtype=np.float32) / 2
    return found


def known_sayings(data: Captioned, known: Floats, rng: np.random.Generator) -> Floats:
    """How often each text is drawn of an image beside its own captions, ties as in `known`, the known truth."""
    index = {_key(text): column for column, text in enumerate(data.texts)}
    often = known / 4
    for row, annotation in zip(often, data.annotations, strict=True):
        for caption in (caption for _ in range(DRAWS) for caption in captions(annotation, rng, CAPTIONS)):
            if (column := index.get(_key(caption.text))) is not None:
                row[column] += 1
    return often


def similarities(contestant: Contestant, data: Captioned) -> Floats:
    """Cosines (images, texts)."""
    found: Floats = contestant.images_for_captions(data.images) @ contestant.sentences(data.texts).T
    return found


def recalls(similarity: Floats, right: NDArray[np.int64]) -> Recalls:
    """The six recalls; a text is asked as often as it occurs."""
    to_text = first_right(similarity, right > 0)
    to_image = first_right(similarity.T, right.T > 0)
    weight = right.sum(0)
    return _recalls(
        {k: recall_at(to_text, k) for k in KS}, {k: recall_at(to_image, k, weight) for k in KS}
    )


def chance(right: NDArray[np.int64]) -> Recalls:
    """The six recalls of answers in random order."""
    weight = right.sum(0)
    return _recalls(
        {k: chance_at(right > 0, k) for k in KS}, {k: chance_at(right.T > 0, k, weight) for k in KS}
    )


def _recalls(image_to_text: dict[int, float], text_to_image: dict[int, float]) -> Recalls:
    mean = float(np.mean([*image_to_text.values(), *text_to_image.values()]))
    return Recalls(image_to_text, text_to_image, mean)


def _within(found: dict[str, Floats], data: Captioned, name: str) -> dict[str, float]:
    """Mean recall when only the images of one data set and their texts are there."""
    rows = np.array([of == name for of in data.sets])
    right = data.right[rows]
    cols = right.any(0)
    right = right[:, cols]
    means = {who: recalls(similarity[rows][:, cols], right).mean for who, similarity in found.items()}
    return means | {CHANCE: chance(right).mean}


def _named(found: Recalls) -> dict[str, float]:
    """The seven figures by the names they have in tables."""
    ways = (("image to text", found.image_to_text), ("text to image", found.text_to_image))
    return {f"{way} R@{k}": value for way, of in ways for k, value in of.items()} | {"mean": found.mean}
