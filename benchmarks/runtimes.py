"""The same network in four runtimes, from a window of bytes to what is kept of its core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import onnxruntime
import openvino
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.model import registry
from engine.model.sarclip import SarClip
from engine.model.spec import ModelSpec
from engine.model.towers import ImageTower
from engine.model.windows import PyramidWindows

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


class WindowArrays(NamedTuple):
    """What is kept of one window's core; t, c, o count tiles, cells and object cells."""

    tiles: Floats  # ty, tx, D unit vectors
    dense: Floats  # cy, cx, D unit vectors
    objectness: Floats  # oy, ox in 0..1


class Runtime(Protocol):
    """Runs windows, each with `margin_px` of neighbours on every side of its core."""

    name: str
    margin_px: int

    def prepare(self, shape: tuple[int, int]) -> None:
        """Make ready for windows of that height and width, and run one, so that no kernel is planned later."""
        ...

    def __call__(self, pixels: Bytes) -> WindowArrays:
        """Run one window (H, W)."""
        ...


class WindowGraph(nn.Module):
    """The float32 tower with the crop and the pooling behind it, for windows of one margin."""

    def __init__(self, tower: ImageTower, margin_px: int, tile_px: int) -> None:
        super().__init__()
        self.tower = tower
        self.margin_px, self.tile_px = margin_px, tile_px
        self.eval()

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Tiles, cells and objectness of windows (1, H, W) uint8."""
        found = PyramidWindows(self.tower, self.tile_px).encode_windows(pixels, self.margin_px, self.tile_px)
        if found.objectness is None:
            raise ValueError("a model without objectness: give one of this project")
        return found.tiles, found.dense, found.objectness


def reference_graph(model: str | None, margin_px: int | None = None) -> tuple[WindowGraph, ModelSpec]:
    """The model's float32 network as its file says, apart from the engine's own preparation of it.

    Raises:
        TypeError: It is not one of this project.
    """
    pair = registry.load(model)
    if not isinstance(pair.image, ImageTower):
        raise TypeError(f"model {pair.spec.name}: the benchmark exports models of this project only")
    margin = pair.spec.margin_px if margin_px is None else margin_px
    return WindowGraph(pair.image.float(), margin, pair.spec.tile_px), pair.spec


class TorchFloat32:
    """The plain network, as a user would call it."""

    def __init__(self, graph: WindowGraph) -> None:
        self.name = "torch fp32"
        self.graph, self.margin_px = graph, graph.margin_px

    def prepare(self, shape: tuple[int, int]) -> None:
        """See `Runtime`."""
        self(np.ones(shape, np.uint8))

    def __call__(self, pixels: Bytes) -> WindowArrays:
        """See `Runtime`."""
        with torch.inference_mode():
            return WindowArrays(*(part[0].numpy() for part in self.graph(torch.from_numpy(pixels[None]))))


class EngineRuntime:
    """The engine's own, in the precision it chose."""

    def __init__(self, model: SarClip) -> None:
        self.name = f"torch {'bf16' if model.precision == 'bfloat16' else 'fp32'} (the engine's)"
        self.model, self.margin_px = model, model.spec.margin_px

    def prepare(self, shape: tuple[int, int]) -> None:
        """See `Runtime`."""
        self(np.ones(shape, np.uint8))

    def __call__(self, pixels: Bytes) -> WindowArrays:
        """See `Runtime`."""
        found = self.model.encode_windows(pixels[None])
        if found.objectness is None:
            raise ValueError("a model without objectness: give one of this project")
        return WindowArrays(found.tiles[0], found.dense[0], found.objectness[0])


@dataclass
class Exporter:
    """ONNX files of a network, one a window shape: static shapes are what such runtimes are fastest with."""

    graph: WindowGraph
    folder: Path
    _made: dict[tuple[int, int], Path] = field(default_factory=dict)

    def path(self, shape: tuple[int, int]) -> Path:
        """The file for windows of that shape."""
        if shape not in self._made:
            target = self.folder / f"window_{shape[0]}x{shape[1]}_{self.graph.margin_px}.onnx"
            with torch.no_grad():
                torch.onnx.export(
                    self.graph,
                    (torch.ones(1, *shape, dtype=torch.uint8),),
                    target,
                    dynamo=True,
                    external_data=False,
                    input_names=["pixels"],
                    output_names=list(WindowArrays._fields),
                    verbose=False,
                )
            self._made[shape] = target
        return self._made[shape]


Run = Callable[[Bytes], WindowArrays]  # of (1, H, W)


class Compiled:
    """A runtime that compiles a file for every window shape."""

    def __init__(self, name: str, exporter: Exporter, compiler: Callable[[Path], Run]) -> None:
        self.name, self.exporter = name, exporter
        self.margin_px = exporter.graph.margin_px
        self._compile = compiler
        self._ready: dict[tuple[int, int], Run] = {}

    def prepare(self, shape: tuple[int, int]) -> None:
        """See `Runtime`."""
        if shape not in self._ready:
            self._ready[shape] = self._compile(self.exporter.path(shape))
            self(np.ones(shape, np.uint8))

    def __call__(self, pixels: Bytes) -> WindowArrays:
        """See `Runtime`."""
        height, width = pixels.shape
        return self._ready[height, width](pixels[None])


def onnx_runtime(exporter: Exporter, threads: int) -> Compiled:
    """ONNX Runtime, float32, as Deepness runs it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads

    def compiler(path: Path) -> Run:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

        def run(pixels: Bytes) -> WindowArrays:
            return WindowArrays(*(part[0] for part in session.run(None, {"pixels": pixels})))

        return run

    return Compiled("ONNX Runtime fp32", exporter, compiler)


def open_vino(exporter: Exporter, threads: int) -> Compiled:
    """OpenVINO, in bf16 where the processor has it."""
    core = openvino.Core()
    has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    settings: dict[str, Any] = {
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "bf16" if has_bf16 else "f32",
        "PERFORMANCE_HINT": "LATENCY",
    }

    def compiler(path: Path) -> Run:
        compiled = core.compile_model(path, "CPU", settings)

        def run(pixels: Bytes) -> WindowArrays:
            found = compiled(pixels)
            return WindowArrays(*(np.array(found[index][0]) for index in range(3)))  # its buffers are used again

        return run

    return Compiled(f"OpenVINO {'bf16' if has_bf16 else 'fp32'}", exporter, compiler)
