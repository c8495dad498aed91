"""Memory: the largest resident memory of a whole process that encodes and asks, against the scene's size."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from benchmarks.bench import Bench
from benchmarks.child import Peak, measure_peak
from benchmarks.results import Figure, PartResult, ratio
from benchmarks.scenes import TestScene, sparse_scene
from benchmarks.turns import in_turns

MOST_MB = 1500.0  # with the large scene
MOST_GROWTH = 1.1  # of 425 Mpx over 26 Mpx
_REPEATS = 2  # a peak hardly varies, and the large scene takes its time


class Memory:
    """What a laptop must have."""

    name = "memory"
    title = "Memory: peak of the process that encodes, labels, maps and counts"

    def run(self, bench: Bench) -> PartResult:
        """Measure three sizes, and one scene far larger that is nearly empty."""
        scenes = [bench.repeated(bench.pieces.shape), bench.repeated(bench.sizes.middle), bench.large]
        peaks: dict[str, list[Peak]] = {scene.name: [] for scene in scenes}
        in_turns({scene.name: _taker(bench, scene, peaks[scene.name]) for scene in scenes}, _REPEATS, bench.say)
        sparse = sparse_scene(bench.small.path, bench.sizes.sparse_px, bench.folder)
        bench.say(sparse.name)
        empty: list[Peak] = []
        _taker(bench, sparse, empty)()
        peaks[sparse.name] = empty
        own = [_own(name, found) for name, found in peaks.items()]
        figures = [_figure(name, found, MOST_MB if name == bench.large.name else None) for name, found in peaks.items()]
        return PartResult(
            (*figures, *own, *(_seconds(name, found) for name, found in peaks.items())),
            (
                ratio(f"{scenes[-1].name} / {scenes[0].name}", figures[2], figures[0], most=MOST_GROWTH),
                ratio(f"{scenes[-1].name} / {scenes[0].name}, no file behind it", own[2], own[0], most=MOST_GROWTH),
            ),
            notes=(
                *(f"{scene.name}: {scene.about}." for scene in (*scenes, sparse)),
                "Peak of resident memory, Python, torch and the pages of files that are mapped included.",
                f"The sparse scene was run once, the others {_REPEATS} times.",
            ),
        )


def _taker(bench: Bench, scene: TestScene, found: list[Peak]) -> Callable[[], float]:
    """Measures a scene, keeps its peak and gives its seconds."""

    def take() -> float:
        cache = bench.folder / "stores" / "memory"
        shutil.rmtree(cache, ignore_errors=True)
        found.append(measure_peak(scene.path, cache, bench.folder / "heatmap.tif"))
        shutil.rmtree(cache, ignore_errors=True)
        return found[-1].encode_s

    return take


def _figure(name: str, peaks: list[Peak], most: float | None) -> Figure:
    return Figure(name, "the engine", "peak memory", "MB", tuple(peak.megabytes for peak in peaks), most=most)


def _own(name: str, peaks: list[Peak]) -> Figure:
    values = tuple(peak.own_megabytes for peak in peaks)
    return Figure(name, "the engine", "peak of what no file backs", "MB", values)


def _seconds(name: str, peaks: list[Peak]) -> Figure:
    return Figure(name, "the engine", "encode, model loaded anew", "s", tuple(peak.encode_s for peak in peaks))
