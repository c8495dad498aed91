"""Read: the swath reader on six kinds of files, against rasterio window by window and against the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import rasterio
from rasterio.windows import Window as RasterioWindow

from benchmarks.bench import Bench
from benchmarks.encode import OURS
from benchmarks.results import Figure, PartResult, Ratio, ratio
from benchmarks.scenes import FILE_KINDS, TestScene, written_as
from benchmarks.turns import Seconds, drop_from_cache, in_turns, seconds_of
from engine.raster import Scene, Stretch, Window, measure_stretch, open_scene, pad, read_swaths, to_bytes
from engine.scan import make_plan

SAME, BY_TILE, DISK = "rasterio, the same windows", "rasterio, a window a tile", "the disk: the file's bytes"
_CHUNK_BYTES = 8 * 1024**2


class Read:
    """The way from the disk to the byte picture, without the network."""

    name = "read"
    title = "Read: from the file to the byte picture, cold page cache"

    def run(self, bench: Bench) -> PartResult:
        """Measure every kind of file."""
        source = bench.repeated(bench.pieces.shape)  # one piece: uint16 amplitude, as a GRD has it
        figures: list[Figure] = []
        ratios: list[Ratio] = []
        for kind in FILE_KINDS:
            bench.say(f"writing {kind.name}")
            scene = written_as(source.path, kind, bench.folder)
            found = mpx_per_second(bench, scene, bench.sizes.short_repeats)
            figures += found.values()
            ratios += [
                ratio(f"{kind.name}: {OURS} / {other}", found[OURS], found[other]) for other in (SAME, BY_TILE, DISK)
            ]
            scene.path.unlink()
        margin = bench.model.spec.margin_px
        return PartResult(
            tuple(figures),
            tuple(ratios),
            notes=(
                f"The same {source.megapixels:.0f} Mpx of uint16 amplitude in every file. Mpx are those of the scene: "
                "what is decoded more than once counts once.",
                f"All read the engine's windows with their margin of {margin} px and turn them into bytes, except "
                f"'{BY_TILE}': a tile and the same margin; and the disk, which only reads the file.",
            ),
        )


def mpx_per_second(bench: Bench, test: TestScene, repeats: int) -> dict[str, Figure]:
    """Mpx/s of all contestants on one file."""
    scene = open_scene(str(test.path))
    stretch, plan = measure_stretch(scene), make_plan(scene.height, scene.width, bench.model.spec)
    windows = [plan.window(block) for block in plan.blocks()]
    rows, cols = plan.tile_shape
    tiles = [pad(plan.tile(row, col), plan.margin_px) for row in range(rows) for col in range(cols)]
    contestants = {
        OURS: lambda: _swaths(scene, stretch, windows),
        SAME: lambda: _windows(scene, stretch, windows),
        BY_TILE: lambda: _windows(scene, stretch, tiles),
        DISK: lambda: _bytes(test.path),
    }

    def cold(work: Callable[[], object]) -> Callable[[], Seconds]:
        def run() -> Seconds:
            drop_from_cache(test.files)
            return seconds_of(work)

        return run

    taken = in_turns(
        {name: cold(work) for name, work in contestants.items()},
        repeats,
        lambda text: bench.say(f"{test.name}, {text}"),
    )
    size = f"{test.path.stat().st_size / 1e6:.0f} MB"
    return {
        name: Figure(test.name, name, "read", "Mpx/s", tuple(test.megapixels / value for value in values), size)
        for name, values in taken.items()
    }


def _swaths(scene: Scene, stretch: Stretch, windows: Sequence[Window]) -> None:
    for _ in read_swaths(scene, stretch, windows):
        pass  # taking them is all


def _windows(scene: Scene, stretch: Stretch, windows: Sequence[Window]) -> None:
    """As a user would read them, one after the other."""
    with rasterio.open(scene.path) as dataset:
        for window in windows:
            box = RasterioWindow(window.col, window.row, window.width, window.height)
            to_bytes(dataset.read(1, window=box, boundless=True, fill_value=scene.nodata or 0), stretch, scene.nodata)


def _bytes(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(_CHUNK_BYTES):
            pass  # the bytes are of no interest
