"""What every part of the benchmark is given: sizes, a folder, scenes and the model, each made once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import torch

from benchmarks.results import PartResult
from benchmarks.scenes import IW_GRD, LOS_ANGELES, Pieces, TestScene, cropped, make_pieces, mosaic, real_scene
from benchmarks.turns import Say
from engine.model.sarclip import SarClip, load_model
from engine.raster import open_scene
from engine.scan import StoredEmbedding, encode


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Attributes:
        small_px: Side that the real scene is cut to; None for all of it.
        large: Rows and columns of the large scene.
        middle: Rows and columns of the scene between, for memory.
        small_rows: Rows of tiles that the slow contestants do of the small scene; None for all.
        large_rows: Of the large scene.
        repeats: Turns of what takes minutes.
        short_repeats: Turns of what takes seconds.
        sparse_px: Side of the scene that is nearly all nodata.
    """

    small_px: int | None
    large: tuple[int, int]
    middle: tuple[int, int]
    small_rows: int | None
    large_rows: int
    repeats: int
    short_repeats: int
    sparse_px: int


FULL = Sizes(None, IW_GRD, (10_240, 10_240), None, 1, 3, 5, 100_000)
QUICK = Sizes(1024, (1500, 2560), (1024, 2048), 1, 1, 2, 3, 8192)
REACH_STEP_PX = 32  # of the margins that are tried: the network's lattice


@dataclass
class Bench:
    """One run of the benchmark.

    Attributes:
        source: The real scene.
        folder: For what is made; the caller deletes it.
        sizes: How much is measured.
        say: Told what is going on.
    """

    source: Path
    folder: Path
    sizes: Sizes
    say: Say
    threads: int = field(default_factory=torch.get_num_threads)

    @cached_property
    def model(self) -> SarClip:
        """The bundled model."""
        return load_model()

    @cached_property
    def small(self) -> TestScene:
        """The real scene, or the middle of it."""
        if self.sizes.small_px is None:
            return real_scene(self.source, "Los Angeles")
        return cropped(self.source, self.sizes.small_px, self.folder, "Los Angeles (middle)")

    @cached_property
    def pieces(self) -> Pieces:
        """The small scene again and again."""
        self.say("making the large scene")
        return make_pieces(self.small.path, self.sizes.large, self.folder)

    @cached_property
    def large(self) -> TestScene:
        """The size of a Sentinel-1 IW GRD scene."""
        return self.repeated(self.sizes.large)

    def repeated(self, shape: tuple[int, int]) -> TestScene:
        """The small scene repeated to a shape no larger than the large one's."""
        megapixels = shape[0] * shape[1] / 1e6
        return mosaic(self.pieces, shape, self.folder, f"{shape[1]:,} x {shape[0]:,} px ({megapixels:,.0f} Mpx)")

    def stored(self, scene: TestScene) -> StoredEmbedding:
        """The scene's embedding, kept in the folder, so that parts after the first find it encoded."""
        self.say(f"encoding {scene.name}, where it is not yet")
        return encode(open_scene(str(scene.path)), self.model, cache=self.store_of(scene), careful=False)

    def store_of(self, scene: TestScene) -> Path:
        """Where the embeddings of a scene are kept."""
        return self.folder / "stores" / scene.path.stem


class Part(Protocol):
    """One part of the benchmark.

    Attributes:
        name: For `--only`.
        title: Of its part of the page.
    """

    name: str
    title: str

    def run(self, bench: Bench) -> PartResult:
        """Measure."""
        ...


def real_source(data: Path) -> Path:
    """The real scene below a data folder.

    Raises:
        FileNotFoundError: It is not there.
    """
    path = data / LOS_ANGELES
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such scene; give the folder of the real data with --data")
    return path
