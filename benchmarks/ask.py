"""Ask again: another prompt on an encoded scene, against encoding it once more as a loop must."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from benchmarks.bench import Bench
from benchmarks.encode import OURS, Loop, Opened, make_loops
from benchmarks.results import Figure, PartResult, Ratio, ratio
from benchmarks.turns import Seconds, in_turns, seconds_of
from engine import tasks
from engine.scan import StoredEmbedding
from engine.tasks.heatmap import heatmap_stream
from engine.tasks.results import write_heatmap, write_labels_and_counts

LEAST_GAIN = 200.0  # over (a) again, on the large scene
_WORDS = ("big", "small", "old", "new", "grey", "long", "wide", "bright", "dark", "round", "high", "low")
MOST_S = (0.3, 1.5, 2.0, None)  # of the four questions, on the large scene
LABELS, HEATMAP, COUNTS, FILE = "labels", "heatmap as COG", "counts", "labels and counts as GeoPackage"


class Ask:
    """The cheap step, which is done as often as one likes."""

    name = "ask"
    title = "Ask again: the second prompt on an encoded scene"

    def run(self, bench: Bench) -> PartResult:
        """Measure both scenes."""
        scenes = [Opened.of(scene, bench) for scene in (bench.small, bench.large)]
        loops = make_loops(bench, scenes)[:2]
        parts = [_measure(bench, opened, loops) for opened in scenes]
        return PartResult(
            tuple(itertools.chain.from_iterable(part.figures for part in parts)),
            tuple(itertools.chain.from_iterable(part.ratios for part in parts)),
            notes=(
                "Every prompt is one that was not asked before: its text is embedded too. Labels and counts are "
                "complete answers in memory; the heatmap is a Cloud-Optimized GeoTIFF with overviews on the disk.",
                "(a) and (b) have kept nothing that a new prompt could be asked of: they run again.",
            ),
        )


def _measure(bench: Bench, opened: Opened, loops: list[Loop]) -> PartResult:
    """One scene: the questions and two loops in turns."""
    scene, depth = opened.test, bench.model.spec.embed_dim
    stored = bench.stored(scene)
    asks = make_asks(bench, stored)
    for loop in loops:
        loop.prepare(opened.plan)
    for ask in asks.values():
        ask()  # the first prompt
    contestants: dict[str, Callable[[], Seconds]] = dict(asks)
    for loop in loops:
        contestants[loop.name] = _again(loop, opened, depth)
    taken = in_turns(contestants, bench.sizes.short_repeats, lambda text: bench.say(f"{scene.name}, {text}"))
    notes = {loop.name: loop.note(opened.plan, 1) for loop in loops}
    limits = MOST_S if scene is bench.large else (None,) * len(asks)
    figures = {
        key: Figure(scene.name, OURS, key, "s", taken[key], most=most)
        for key, most in zip(asks, limits, strict=True)
    }
    figures |= {name: Figure(scene.name, name, "encode again", "s", taken[name], note) for name, note in notes.items()}
    least = LEAST_GAIN if scene is bench.large else None
    return PartResult(tuple(figures.values()), tuple(_ratios(scene.name, figures, loops, least)))


def _again(loop: Loop, opened: Opened, depth: int) -> Callable[[], Seconds]:
    return lambda: loop.seconds(opened, 1, depth)


def make_asks(bench: Bench, stored: StoredEmbedding) -> dict[str, Callable[[], Seconds]]:
    """The questions, each with a word that is new whenever it is asked."""
    words = (f"{first} {second}" for first, second in itertools.permutations(_WORDS, 2))

    def label() -> object:
        return tasks.label(stored, [f"{next(words)} city", "mountains", "open sea"])

    def heat() -> object:
        stream = heatmap_stream(stored, [f"{next(words)} ships near harbor"])
        return write_heatmap(bench.folder / "heatmap.tif", stored, stream, overwrite=True)

    def count() -> object:
        return tasks.count(stored, [f"{next(words)} vessel"])

    def file() -> object:
        word = next(words)
        labels, counts = tasks.label(stored, [f"{word} city", "open sea"]), tasks.count(stored, [f"{word} vessel"])
        return write_labels_and_counts(bench.folder / "answer.gpkg", stored, labels, counts, overwrite=True)

    made = {LABELS: label, HEATMAP: heat, COUNTS: count, FILE: file}
    return {name: _timed(work) for name, work in made.items()}


def _timed(work: Callable[[], object]) -> Callable[[], Seconds]:
    return lambda: seconds_of(work)


def _ratios(name: str, figures: dict[str, Figure], loops: list[Loop], least: float | None) -> list[Ratio]:
    """Each loop against each question; of the first it is known what is asked."""
    return [
        ratio(
            f"{name}: {loop.name}, again / {question}",
            figures[loop.name],
            figures[question],
            least=least if loop is loops[0] else None,
        )
        for loop in loops
        for question in (LABELS, HEATMAP, COUNTS)
    ]
