"""Which arithmetic a machine runs fastest: measured, not assumed.

bf16 is three times faster than float32 on a processor that has it and was seen 80 times slower on one
that has not, so a convolution and a product are timed once and the answer is remembered. So is whether a
checkpoint gives the same in both: one whose activations need more than eight bits is run in float32.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.errors import InputError
from engine.model.registry import models_folder

logger = logging.getLogger(__name__)

FLOAT32, BFLOAT16 = _CHOICES = "float32", "bfloat16"
_WORTH = 1.2  # bf16 must win by this much to be worth its rounding
_REPEATS = 3
LEAST_COSINE = 0.995  # between the embeddings of a view in both; the bundled model and CLIPs are above .9999


def choose_precision(device: torch.device) -> str:
    """`bfloat16` or `float32`: the faster here; `$SARCLIP_PRECISION` overrules.

    The answer for the processor is remembered in the user's folder, so that the key of an embedding
    store, of which it is a part, does not change with the load of the machine.

    Raises:
        InputError: `$SARCLIP_PRECISION` is neither.
    """
    if forced := os.environ.get("SARCLIP_PRECISION"):
        if forced not in _CHOICES:
            raise InputError(f"SARCLIP_PRECISION={forced!r}: give {' or '.join(_CHOICES)}, or leave it unset")
        return forced
    if device.type == "cuda":
        return BFLOAT16 if torch.cuda.is_bf16_supported() else FLOAT32

    def faster() -> str:
        return BFLOAT16 if _seconds(torch.float32) / _seconds(torch.bfloat16) > _WORTH else FLOAT32

    return _remembered(_machine(), faster)


def precision_of(checkpoint: str, device: torch.device, cosine: Callable[[], float]) -> str:
    """The precision for one checkpoint: float32 where bfloat16 would change what it says.

    Args:
        checkpoint: Its digest, under which the answer is remembered.
        device: Where it runs.
        cosine: Compares what it gives in both precisions; only asked where the answer is not known.

    Raises:
        InputError: See `choose_precision`; what the environment says is taken without a comparison.
    """
    chosen = choose_precision(device)
    if chosen == FLOAT32 or os.environ.get("SARCLIP_PRECISION"):
        return chosen

    def checked() -> str:
        found = cosine()
        if found >= LEAST_COSINE:
            return BFLOAT16
        logger.warning("checkpoint %s…: bfloat16 changes its embeddings (cosine %.3f); float32 it is, and slower",
                       checkpoint[:12], found)  # fmt: skip
        return FLOAT32

    return _remembered(f"{device.type} {_machine()} checkpoint {checkpoint}", checked)


def _machine() -> str:
    return f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()} torch {torch.__version__}"


def _remembered(what: str, measure: Callable[[], str]) -> str:
    """The answer in the user's folder, measured where there is none."""
    path = models_folder().parent / "precision.json"
    known = _read(path)
    if known.get(what) not in _CHOICES:
        known[what] = measure()
        _write(path, known)
    return known[what]


def _seconds(dtype: torch.dtype) -> float:
    """Best time of a convolution and a matrix product of a tower's size."""
    convolution = nn.Conv2d(64, 64, 3, padding=1).to(dtype).to(memory_format=torch.channels_last)
    image = torch.ones(1, 64, 96, 96, dtype=dtype).contiguous(memory_format=torch.channels_last)
    matrix = torch.ones(384, 384, dtype=dtype)

    def work() -> Tensor:
        convolved: Tensor = convolution(image)
        return convolved.sum() + (matrix @ matrix).sum()

    times = []
    with torch.inference_mode():
        work()  # the first call plans the kernels
        for _ in range(_REPEATS):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return min(times)


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in content.items()} if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, str]) -> None:
    """Remember; where the folder cannot be written, the probe simply runs again next time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    except OSError:
        return
