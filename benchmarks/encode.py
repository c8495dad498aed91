"""Encode: the engine end to end, the loops a user would write, and the fastest runtime on windows in memory."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.bench import REACH_STEP_PX, Bench
from benchmarks.loops import WholeScene, empty_result, encode_tile_by_tile, put_core, spread_rows, window_side_px
from benchmarks.results import Agreement, Figure, PartResult, Ratio, ratio
from benchmarks.runtimes import (
    Bytes,
    EngineRuntime,
    Exporter,
    Floats,
    Runtime,
    TorchFloat32,
    WindowGraph,
    onnx_runtime,
    open_vino,
    reference_graph,
)
from benchmarks.scenes import TestScene
from benchmarks.turns import Seconds, drop_from_cache, in_turns, noting_processor, seconds_of
from engine.model.allocator import keep_freed_memory
from engine.raster import Scene, Stretch, Window, measure_stretch, open_scene, pad, read_swaths, read_window
from engine.scan import Plan, StoredEmbedding, encode, make_plan
from engine.scan.codec import INVALID

EQUAL = 0.999  # cosine from which results are the same
MOST_S = 45.0  # for the large scene
OURS = "the engine"
CAREFUL_TILES = 5  # a side: what a user who knows of margins would take, windows of some 1,000 px
_PROBE_TILES = 64  # a scene
_MOST_CELLS = 200_000  # compared


@dataclass(frozen=True, eq=False)
class Opened:
    """A scene with all that reading its windows needs."""

    test: TestScene
    scene: Scene
    stretch: Stretch
    plan: Plan

    @classmethod
    def of(cls, test: TestScene, bench: Bench) -> Opened:
        """Open it and measure its stretch."""
        scene = open_scene(str(test.path))
        return cls(test, scene, measure_stretch(scene), make_plan(scene.height, scene.width, bench.model.spec))

    @cached_property
    def windows(self) -> list[Bytes]:
        """The engine's windows in memory, those without a valid pixel left out."""
        wanted = [self.plan.window(block) for block in self.plan.blocks()]
        return [swath.pixels for swath in read_swaths(self.scene, self.stretch, wanted) if swath.pixels.any()]


@dataclass(frozen=True)
class Loop:
    """A loop over tiles with a runtime.

    Attributes:
        name: For the table.
        runtime: Of the network.
        tiles_a_side: Of a window's core.
    """

    name: str
    runtime: Runtime
    tiles_a_side: int = 1

    def prepare(self, plan: Plan) -> None:
        """Plan the kernels, which is not counted."""
        side = window_side_px(plan, self.runtime, self.tiles_a_side)
        self.runtime.prepare((side, side))

    def rows(self, plan: Plan, wanted: int | None) -> list[int]:
        """The rows of tiles to visit."""
        return spread_rows(plan.tile_shape[0], wanted, self.tiles_a_side)

    def run(self, opened: Opened, rows: Sequence[int], depth: int) -> WholeScene:
        """Visit them."""
        return encode_tile_by_tile(
            opened.test.path, opened.stretch, opened.plan, self.runtime, depth,
            tile_rows=rows, tiles_a_side=self.tiles_a_side,
        )  # fmt: skip

    def seconds(self, opened: Opened, wanted: int | None, depth: int) -> Seconds:
        """For the whole scene, from a cold page cache; extrapolated from the rows that are visited."""
        rows = self.rows(opened.plan, wanted)
        drop_from_cache(opened.test.files)
        share = len(rows) / len(self.rows(opened.plan, None))
        return seconds_of(lambda: self.run(opened, rows, depth)) / share

    def note(self, plan: Plan, wanted: int | None) -> str:
        """What part was measured, and in which windows."""
        side = window_side_px(plan, self.runtime, self.tiles_a_side)
        done, every = len(self.rows(plan, wanted)), len(self.rows(plan, None))
        part = "" if done == every else f", extrapolated from {done} of {every} rows of windows"
        return f"windows of {side} px for cores of {side - 2 * self.runtime.margin_px} px{part}"


def needed_margin_px(scenes: Sequence[Opened], graph: WindowGraph) -> int:
    """The smallest margin with which a tile for itself has the vector that it has with the full one.

    Tried from the full margin down, on tiles spread over the scenes, in steps of the network's lattice.
    """
    needed = graph.margin_px
    probes = [(opened, _spread_tiles(opened.plan)) for opened in scenes]
    expected = np.concatenate([_tile_vectors(opened, graph, tiles, needed) for opened, tiles in probes])
    valid = np.linalg.norm(expected, axis=1) > 0
    while needed >= REACH_STEP_PX and valid.any():
        margin = needed - REACH_STEP_PX
        found = np.concatenate([_tile_vectors(opened, graph, tiles, margin) for opened, tiles in probes])
        if (found * expected).sum(1)[valid].min() < EQUAL:
            break
        needed = margin
    return needed


def _spread_tiles(plan: Plan) -> list[Window]:
    picked = np.unique(np.linspace(0, np.prod(plan.tile_shape) - 1, _PROBE_TILES).astype(int))
    return [plan.tile(*divmod(int(index), plan.tile_shape[1])) for index in picked]


def _tile_vectors(opened: Opened, graph: WindowGraph, tiles: Sequence[Window], margin: int) -> Floats:
    """Vectors (n, D) of tiles, each in a window for itself; zeros for those without a valid pixel."""
    runtime = TorchFloat32(WindowGraph(graph.tower, margin, graph.tile_px))
    side = graph.tile_px + 2 * margin
    vectors = []
    for tile in tiles:
        window = Window(tile.row - margin, tile.col - margin, side, side)
        pixels = read_window(opened.scene, opened.stretch, window)
        found = runtime(pixels).tiles[0, 0]
        vectors.append(found if pixels[margin:-margin or None, margin:-margin or None].any() else found * 0)
    return np.stack(vectors)


def make_loops(bench: Bench, scenes: Sequence[Opened]) -> list[Loop]:
    """(a), (b), (c), and (b) once more as a user who knows of margins would set it up."""
    graph, _ = reference_graph(None)
    bench.say("the margin that a tile for itself needs")
    margin = needed_margin_px(scenes, graph)
    near = WindowGraph(graph.tower, margin, graph.tile_px)
    exporter = Exporter(near, bench.folder)
    return [
        Loop("(a) plain loop, torch fp32", TorchFloat32(near)),
        Loop("(b) ONNX Runtime fp32, tile by tile", onnx_runtime(exporter, bench.threads)),
        Loop("(b') the same, larger windows", onnx_runtime(exporter, bench.threads), CAREFUL_TILES),
        Loop("(c) OpenVINO, tile by tile", open_vino(exporter, bench.threads)),
    ]


def bound_runtimes(bench: Bench) -> list[Runtime]:
    """The runtimes that the engine's own windows are given in memory."""
    graph, _ = reference_graph(None)
    exporter = Exporter(graph, bench.folder)
    return [EngineRuntime(bench.model), onnx_runtime(exporter, bench.threads), open_vino(exporter, bench.threads)]


def run_in_memory(runtime: Runtime, windows: Sequence[Bytes]) -> Seconds:
    """Seconds for windows that are already there, memory reused from window to window as the engine's encode does."""

    def work() -> None:
        with keep_freed_memory():
            for pixels in windows:
                runtime(pixels)

    return seconds_of(work)


def prepare_for(runtime: Runtime, windows: Sequence[Bytes]) -> None:
    """Make a runtime ready for every shape of window, which is not counted."""
    for height, width in {pixels.shape for pixels in windows}:
        runtime.prepare((height, width))


def encode_cold(opened: Opened, bench: Bench) -> Seconds:
    """The engine end to end: opening, stretch, reading, network once, store; page cache and store are empty before."""
    cache = bench.store_of(opened.test)
    shutil.rmtree(cache, ignore_errors=True)
    drop_from_cache(opened.test.files)
    return seconds_of(lambda: encode(open_scene(str(opened.test.path)), bench.model, cache=cache, careful=False))


def loop_agreement(stored: StoredEmbedding, loop: Loop, opened: Opened, depth: int) -> Agreement:
    """Compare a loop's result over two rows of tiles with what the engine stored."""
    every = opened.plan.tile_shape[0]
    rows = sorted({every // 2, every - 1})  # the last is cut where the scene is not whole tiles
    touched = np.zeros(opened.plan.tile_shape, bool)
    for row in rows:
        touched[row : row + loop.tiles_a_side] = True
    return agreement(stored, opened, loop.name, loop.run(opened, rows, depth), touched)


def window_agreement(stored: StoredEmbedding, runtime: Runtime, opened: Opened, depth: int) -> Agreement:
    """The same of the engine's own window in the middle: what precision and keeping alone make of the results."""
    plan = opened.plan
    core = plan.core(plan.blocks()[len(plan.blocks()) // 2])
    pixels = read_window(opened.scene, opened.stretch, pad(core, plan.margin_px))
    whole, touched = empty_result(plan, depth), np.zeros(plan.tile_shape, bool)
    row, col = core.row // plan.tile_px, core.col // plan.tile_px
    put_core(whole, runtime(pixels), plan, row, col)
    touched[row : -(-core.row_stop // plan.tile_px), col : -(-core.col_stop // plan.tile_px)] = True
    return agreement(stored, opened, f"{runtime.name}, the engine's window", whole, touched)


def agreement(
    stored: StoredEmbedding, opened: Opened, name: str, whole: WholeScene, touched: NDArray[np.bool_]
) -> Agreement:
    """Compare the tiles that were touched, and their cells in the space that the store keeps."""
    plan, store = opened.plan, stored.store
    kept = touched & (store.valid > 0)
    tiles = (whole.tiles[kept] * store.tiles[kept].astype(np.float32)).sum(1)
    side = plan.tile_px // plan.cell_px
    cells = kept.repeat(side, 0).repeat(side, 1)[: plan.cell_shape[0], : plan.cell_shape[1]]
    at = np.flatnonzero(cells & (store.dense[..., 0] != INVALID))
    at = at[:: max(1, len(at) // _MOST_CELLS)]
    ours = store.codec.vectors(np.asarray(store.dense.reshape(-1, store.codec.depth)[at]))
    theirs = whole.dense.reshape(-1, whole.dense.shape[-1])[at] @ store.codec.basis @ store.codec.basis.T
    theirs /= np.maximum(np.linalg.norm(theirs, axis=1, keepdims=True), 1e-6)
    dense = (ours * theirs).sum(1)
    return Agreement(
        opened.test.name, name, (float(tiles.min()), float(np.median(tiles))), float((tiles > EQUAL).mean()),
        (float(np.quantile(dense, 0.01)), float(np.median(dense))), int(kept.sum()),
    )  # fmt: skip


class Encode:
    """The costly step, which is done once."""

    name = "encode"
    title = "Encode, end to end"

    def run(self, bench: Bench) -> PartResult:
        """Measure both scenes."""
        small, large = Opened.of(bench.small, bench), Opened.of(bench.large, bench)
        loops = make_loops(bench, (small, large))
        runtimes = bound_runtimes(bench)
        bench.say("warming up")
        encode_cold(small, bench)
        first = _measure(bench, small, loops, runtimes, bench.sizes.small_rows)
        timed = (figure for figure in first.figures if figure.quantity == "encode")
        bounds = {figure.contestant: figure for figure in timed if figure.contestant.startswith("(d)")}
        own = _bound_name(runtimes[0])
        fastest = min(bounds, key=lambda name: bounds[name].median)
        chosen = [runtime for runtime in runtimes if runtime is runtimes[0] or _bound_name(runtime) == fastest]
        second = _measure(bench, large, loops, chosen, bench.sizes.large_rows)
        gains = tuple(
            ratio(f"{small.test.name}: {own[4:]} / {name[4:]}", bounds[own], figure)
            for name, figure in bounds.items()
            if name != own
        )
        tests = (small.test, large.test)
        return PartResult(
            first.figures + second.figures,
            first.ratios + second.ratios + gains,
            first.agreements + second.agreements,
            (
                *(f"{test.name}: {test.width:,} x {test.height:,} px, {test.about}." for test in tests),
                f"A tile for itself needs a margin of {loops[0].runtime.margin_px} px: the smallest of steps of "
                f"{REACH_STEP_PX} px with which {_PROBE_TILES} tiles of each scene have a cosine above {EQUAL} with "
                f"the vectors that the full {bench.model.spec.margin_px} px give.",
                "The loops are spared the measuring of the stretch, windows without a valid pixel, and writing to the "
                "disk; their networks are loaded, compiled and warm. They fill float32 arrays as large as the scene.",
                "Encoding starts from a cold page cache and writes its store; (d) has the engine's windows in memory, "
                f"on the large scene for the engine's runtime and the fastest of the small one ({fastest[4:]}) only.",
            ),
        )


def _measure(
    bench: Bench, opened: Opened, loops: Sequence[Loop], runtimes: Sequence[Runtime], wanted: int | None
) -> PartResult:
    """One scene: all contestants in turns, then their agreement."""
    depth, name = bench.model.spec.embed_dim, opened.test.name
    for loop in loops:
        loop.prepare(opened.plan)
    spent: dict[str, list[Seconds]] = {OURS: [], _bound_name(runtimes[0]): []}
    contestants: dict[str, Callable[[], Seconds]] = {OURS: lambda: encode_cold(opened, bench)}
    for runtime in runtimes:
        prepare_for(runtime, opened.windows)
        contestants[_bound_name(runtime)] = _bound(runtime, opened.windows)
    for loop in loops:
        contestants[loop.name] = _loop(loop, opened, wanted, depth)
    contestants |= {who: noting_processor(contestants[who], times) for who, times in spent.items()}
    taken = in_turns(contestants, bench.sizes.repeats, lambda text: bench.say(f"{name}, {text}"))
    notes = {loop.name: loop.note(opened.plan, wanted) for loop in loops}
    figures = {key: Figure(name, key, "encode", "s", values, notes.get(key, "")) for key, values in taken.items()}
    busy = [Figure(name, who, "processor time of all threads", "s", tuple(times)) for who, times in spent.items()]
    if opened.test is bench.large:
        figures[OURS] = replace(figures[OURS], most=MOST_S)
    stored = encode(opened.scene, bench.model, cache=bench.store_of(opened.test), careful=False)
    bench.say(f"{name}: agreement")
    exact = TorchFloat32(reference_graph(None)[0])
    agreements = [window_agreement(stored, exact, opened, depth)]
    agreements += [loop_agreement(stored, loop, opened, depth) for loop in loops]
    return PartResult((*figures.values(), *busy), tuple(_ratios(name, figures)), tuple(agreements))


def _bound(runtime: Runtime, windows: Sequence[Bytes]) -> Callable[[], Seconds]:
    return lambda: run_in_memory(runtime, windows)


def _loop(loop: Loop, opened: Opened, wanted: int | None, depth: int) -> Callable[[], Seconds]:
    return lambda: loop.seconds(opened, wanted, depth)


def _bound_name(runtime: Runtime) -> str:
    return f"(d) {runtime.name}, in memory"


def _ratios(name: str, figures: dict[str, Figure]) -> list[Ratio]:
    """What is asked of the engine beside the others."""
    ours = figures[OURS]
    bounds = [figure for key, figure in figures.items() if key.startswith("(d)")]
    fastest = min(bounds, key=lambda figure: figure.median)
    asked = {"(a)": 8.0, "(b)": 2.0}
    found = [ratio(f"{name}: the bound {fastest.contestant} / ours", fastest, ours, least=0.95)]
    for key, figure in figures.items():
        if not key.startswith("(d)") and key != OURS:
            found.append(ratio(f"{name}: {key} / ours", figure, ours, least=asked.get(key.split()[0])))
    return found
