"""GPU: images a second and share of the matrix peak of three models, and whether the reader keeps up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import open_clip
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.bench import Bench
from benchmarks.results import Figure, PartResult, ratio
from benchmarks.runtimes import Bytes
from engine.model import registry
from engine.model.architecture import build_clip
from engine.model.openclip import OpenClipEncoder, describe
from engine.model.sarclip import SarClip, load_model
from engine.model.spec import EncoderPair
from engine.raster import measure_stretch, open_scene, read_swaths
from engine.scan import make_plan

ARCHITECTURES = ("ViT-B-16", "ViT-L-14")
_MATRIX_SIDE = 8192
_PRODUCTS = 20
_LEAST_WORK_S = 1.0  # of one repeat, so that the clock of the device has risen


@dataclass(frozen=True, slots=True)
class Speed:
    """Of one model, a value a repeat.

    Attributes:
        network: Images a second with windows in the host's memory: upload, unfolding, network, download.
        reader: Images a second that the swath reader delivers.
        both: Of the two as a pipeline.
        share: Of the matrix peak that `network` is.
    """

    network: tuple[float, ...]
    reader: tuple[float, ...]
    both: tuple[float, ...]
    share: tuple[float, ...]


class Gpu:
    """What an accelerator is good for."""

    name = "gpu"
    title = "GPU"

    def run(self, bench: Bench) -> PartResult:
        """Measure where there is one."""
        if not torch.cuda.is_available():
            return PartResult((), notes=("No GPU at hand: not measured.",))
        device, repeats = torch.device("cuda"), bench.sizes.short_repeats
        bench.say("matrix peak")
        peak = matrix_peak(device, _MATRIX_SIDE)
        figures = [Figure("the device", "torch", f"bf16 matrix product of {_MATRIX_SIDE}", "TFLOP/s", (peak / 1e12,))]
        ratios = []
        for name, model in (("bundled", load_model()), *((name, random_clip(name, device)) for name in ARCHITECTURES)):
            bench.say(name)
            found = speed(bench, model, peak, repeats, _LEAST_WORK_S)
            made = [
                Figure(name, "the engine", "network, windows in memory", "images/s", found.network),
                Figure(name, "the engine", "reader alone", "images/s", found.reader),
                Figure(name, "the engine", "reader and network", "images/s", found.both),
                Figure(name, "the engine", "share of the matrix peak", "share", found.share),
            ]
            figures += made
            ratios.append(ratio(f"{name}: reader alone / network", made[1], made[0], least=1.0))
        return PartResult(
            tuple(figures),
            tuple(ratios),
            notes=(
                "An image is a tile: 128 px for the bundled model, 224 px for the others. Windows are uploaded as "
                "bytes, unfolded and scaled on the device. ViTs have random weights, as fast as trained ones.",
                "The matrix peak is measured, not a data sheet's; operations are those that torch counts.",
            ),
        )


def random_clip(architecture: str, device: torch.device) -> SarClip:
    """An open_clip model with random weights, as the engine runs it."""
    clip = build_clip(architecture, quick_gelu=False).to_empty(device="cpu")
    torch.manual_seed(0)
    for parameter in clip.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    family = registry.FAMILIES["openai"]
    encoder = OpenClipEncoder(clip, open_clip.SimpleTokenizer(), family.mean, family.std).eval()
    spec = describe(encoder, name=architecture, sha256="", family=family)
    return SarClip(EncoderPair(spec, encoder, lambda: encoder), device)


def matrix_peak(device: torch.device, side: int) -> float:
    """Operations a second of a bf16 matrix product."""
    matrix = torch.ones(side, side, dtype=torch.bfloat16, device=device)
    torch.mm(matrix, matrix)
    best = float("inf")
    for _ in range(3):
        _wait(device)
        start = time.perf_counter()
        for _ in range(_PRODUCTS):
            torch.mm(matrix, matrix)
        _wait(device)
        best = min(best, (time.perf_counter() - start) / _PRODUCTS)
    return 2 * side**3 / best


def speed(bench: Bench, model: SarClip, peak: float, repeats: int, least_work_s: float) -> Speed:
    """Measure one model on the real scene; in turns, so that what disturbs hits all three alike."""
    scene = open_scene(str(bench.small.path))
    stretch, plan = measure_stretch(scene), make_plan(scene.height, scene.width, model.spec)
    asked = [plan.window(block) for block in plan.blocks()]
    side = plan.core_px + 2 * plan.margin_px
    pixels = np.random.default_rng(0).integers(1, 256, (1, side, side), np.uint8)
    images = model.spec.tiles_per_window**2
    with FlopCounterMode(display=False) as counter:
        model.encode_windows(pixels)
    per_image = counter.get_total_flops() / images
    found: dict[str, list[float]] = {"network": [], "reader": [], "both": []}

    def read() -> None:
        for _ in read_swaths(scene, stretch, asked):
            pass  # taking them is all

    def pipeline() -> None:
        for swath in read_swaths(scene, stretch, asked):
            model.encode_windows(swath.pixels[None])

    in_scene = plan.tile_shape[0] * plan.tile_shape[1]
    for _ in range(repeats):
        found["network"].append(images * _rate(lambda: _encode(model, pixels), least_work_s))
        found["reader"].append(in_scene * _rate(read, least_work_s))
        found["both"].append(in_scene * _rate(pipeline, least_work_s))
    share = tuple(rate * per_image / peak for rate in found["network"])
    return Speed(tuple(found["network"]), tuple(found["reader"]), tuple(found["both"]), share)


def _encode(model: SarClip, pixels: Bytes) -> object:
    return model.encode_windows(pixels)  # its arrays lie in the host's memory: the device is done


def _rate(work: Callable[[], object], least_s: float) -> float:
    """Runs a second, over at least that long."""
    work()
    start, runs = time.perf_counter(), 0
    while not runs or time.perf_counter() - start < least_s:
        work()
        runs += 1
    return runs / (time.perf_counter() - start)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
