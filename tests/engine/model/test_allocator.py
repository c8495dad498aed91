"""Memory that is freed between windows is reused, and given back in the end."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import ctypes, resource
from pathlib import Path
from engine.model.allocator import keep_freed_memory

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.memset.argtypes, libc.free.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t], [ctypes.c_void_p]

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        memory = libc.malloc(100_000_000)
        libc.memset(memory, 1, 100_000_000)
        libc.free(memory)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

plain, before = faults(), resident()
with keep_freed_memory():
    _, kept, held = faults(), faults(), resident() - before
print(plain, kept, held, resident() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_freed_memory_is_reused_and_then_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    plain, kept, held, left = map(int, done.stdout.split())
    assert kept < 0.01 * plain
    assert held > 90_000_000
    assert left < 10_000_000
