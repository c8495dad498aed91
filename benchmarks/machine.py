"""What figures were measured on; no names of hosts, users or folders."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("sarclip", "torch", "onnxruntime", "openvino", "onnx", "rasterio", "numpy", "open_clip_torch")
_BF16_FLAGS = ("avx512_bf16", "amx_bf16", "bf16")


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine, as far as it bears on the figures.

    Attributes:
        system: Operating system.
        processor: Model name.
        cores: That this process may use.
        bf16: Processor flags of bfloat16 arithmetic; empty where it has none.
        threads: That every runtime is given.
        memory_gb: Installed.
        gpu: Name, or None.
        load: Average number of running processes in the minute before; a quiet machine has near 0.
        python: Version.
    """

    system: str
    processor: str
    cores: int
    bf16: tuple[str, ...]
    threads: int
    memory_gb: float
    gpu: str | None
    load: float
    python: str


def this_machine() -> Machine:
    """The one this runs on, now."""
    import torch

    processor = _cpu_field("model name") or platform.processor() or platform.machine()
    flags = _cpu_field("flags").split() or _cpu_field("Features").split()
    return Machine(
        system=platform.system(),
        processor=processor,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        bf16=tuple(flag for flag in _BF16_FLAGS if flag in flags),
        threads=torch.get_num_threads(),
        memory_gb=round(_memory_bytes() / 1e9, 1),
        gpu=torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else float("nan"),
        python=platform.python_version(),
    )


def _cpu_field(name: str) -> str:
    """A field of the first processor in Linux's list; empty elsewhere."""
    path = Path("/proc/cpuinfo")
    if not path.is_file():
        return ""
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _memory_bytes() -> int:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
