"""SARCount by caption ranking, and what the product's own peaks count on the same images.

Each image is offered its caption with every number from one to ten, in words and in digits; the most similar one is
the answer (RemoteCount's protocol, arXiv 2306.11029). Real and simulated images are told apart.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.model.sarclip import SarClip
from engine.raster import array_scene
from engine.scan import encode
from engine.tasks.counting import count
from training.evaluation import targets
from training.evaluation.bench import Bench
from training.evaluation.caption_counts import PeakScore, RankScore, peak_score, rank_score
from training.evaluation.cfar import Cfar
from training.evaluation.contestants import Contestant
from training.evaluation.counting import CFAR, fit_cfar
from training.evaluation.page import figure, number, table
from training.evaluation.plots import lines, matrix
from training.sarcount import NUMBERS, Item, candidates, load
from training.sarcount.benchmark import SUBSETS
from training.sarcount.captions import Style

logger = logging.getLogger(__name__)

STYLES: tuple[Style, ...] = ("words", "digits")
ONE = "always “one”"


@dataclass(frozen=True, slots=True)
class SubsetResult:
    """Real or simulated images.

    Attributes:
        counts: Images of each number.
        ranked: By who, then by how numbers are written.
        peaks: By who; CFAR counts ships only, so it has figures where all objects are ships.
    """

    counts: dict[int, int]
    ranked: dict[str, dict[str, RankScore]]
    peaks: dict[str, PeakScore]


@dataclass(frozen=True, slots=True)
class SarCountResult:
    """Both subsets, or the one there is."""

    subsets: dict[str, SubsetResult]


class SarCount:
    """See the module's docstring and `Measure`."""

    name = "sarcount"
    title = "SARCount: counting by caption ranking"

    def run(self, bench: Bench) -> SarCountResult | None:
        """See `Measure`."""
        found = {}
        for subset in SUBSETS:
            try:
                items = load(bench.data, [subset])
            except (OSError, ValueError) as error:  # no list, or no data
                logger.warning("SARCount, %s: %s", subset, error)
                continue
            found[subset] = _measure(bench, _balanced(bench, items))
        return SarCountResult(found) if found else None

    def headlines(self, result: SarCountResult) -> dict[str, float]:
        """See `Measure`: of the real images where there are any, numbers in words."""
        subset = next(iter(result.subsets.values()))
        found = next(iter(subset.ranked.values()))["words"]
        return {targets.SARCOUNT_TOP1: found.top[0], targets.SARCOUNT_MAE: found.mae}

    def page(self, result: SarCountResult, folder: Path) -> str:
        """See `Measure`."""
        pieces = ["Ten captions an image, equal but for the number; chance is top-1 0.1 and an MAE of 3.3 to 3.4."]
        for subset, found in result.subsets.items():
            rows = [
                [who, style, *(number(score.top[k - 1]) for k in (1, 2, 3, 5)), number(score.mae, 2)]
                for who, of in found.ranked.items()
                for style, score in of.items()
            ]
            peaks = [[who, number(score.exact), number(score.mae, 2)] for who, score in found.peaks.items()]
            first, by_style = next(iter(found.ranked.items()))
            numbers = [str(value) for value in NUMBERS]
            counts = by_style["words"].confusion
            matrix(folder / f"sarcount_{subset}.png", counts, numbers, numbers, f"{first}, {subset}")
            lines(
                folder / f"sarcount_top_{subset}.png",
                {
                    f"{who}, {style}": (list(NUMBERS), score.top, [0.0] * len(score.top))
                    for who, of in found.ranked.items()
                    for style, score in of.items()
                },
                ("k", "share with the number among the first k"),
            )
            pieces += [
                f"**{subset}**: {sum(found.counts.values())} images, of each number "
                f"{min(found.counts.values())} to {max(found.counts.values())}.",
                table(["who", "numbers in", "top-1", "top-2", "top-3", "top-5", "MAE"], rows),
                "The product's own peaks at the preset threshold on the same images:",
                table(["who", "exact", "MAE"], peaks),
                figure(f"sarcount_{subset}.png", f"Confusion, {subset}"),
                figure(f"sarcount_top_{subset}.png", f"Top-k, {subset}"),
            ]
        return "\n\n".join(pieces)


def _balanced(bench: Bench, items: Sequence[Item]) -> list[Item]:
    """At most so many images of each number."""
    each = bench.sizes.per_count
    groups = [[item for item in items if item.count == value] for value in NUMBERS]
    return [item for index, group in enumerate(groups) for item in bench.some(group, each, "sarcount", index)]


def _measure(bench: Bench, items: Sequence[Item]) -> SubsetResult:
    counts = np.array([item.count for item in items])
    peaks = {who.name: peak_score(product_counts(who.model, items), counts) for who in bench.contestants}
    detector = fit_cfar(bench) if all(item.kind == "ship" for item in items) else None
    if detector:
        peaks[CFAR] = peak_score(_cfar_counts(detector, items), counts)
    peaks[ONE] = peak_score([1] * len(items), counts)
    return SubsetResult(
        {value: int((counts == value).sum()) for value in NUMBERS},
        {who.name: _ranked(who, items, counts) for who in bench.contestants},
        peaks,
    )


def _ranked(who: Contestant, items: Sequence[Item], counts: NDArray[np.intp]) -> dict[str, RankScore]:
    images = who.images_for_captions(item.pixels for item in items)
    found = {}
    for style in STYLES:
        captions = {kind: who.sentences(candidates(kind, style)) for kind in {item.kind for item in items}}
        texts = np.stack([captions[item.kind] for item in items])  # images, 10, D
        found[style] = rank_score(np.einsum("nd,nkd->nk", images, texts), counts)
    return found


def product_counts(model: SarClip, items: Sequence[Item]) -> list[int]:
    """What the product counts in each image when asked for its kind."""
    found = []
    with tempfile.TemporaryDirectory() as cache:
        for index, item in enumerate(items):
            scene = array_scene(item.pixels, nodata=0, name=f"{index}/{item.name}")
            found.append(count(encode(scene, model, cache=Path(cache)), [item.kind])[0].count)
    return found


def _cfar_counts(detector: Cfar, items: Sequence[Item]) -> list[int]:
    return [len(detector(item.pixels).xy) for item in items]
