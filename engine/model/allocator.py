"""How the C library hands out memory while a model runs over a scene.

Every window's activations are some tens of megabytes a layer. As it comes, glibc maps such memory anew for
each tensor and gives it back at once; making it present, page by page, then takes a seventh of an encode.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Iterator

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # of <malloc.h>
_KEPT = (1 << 31) - 1  # bytes: all that is freed is kept for the next tensor
_MMAP_USUAL = 32 * 1024**2  # where glibc's own, moving threshold comes to rest
_TRIM_USUAL = 2 * _MMAP_USUAL


@contextlib.contextmanager
def keep_freed_memory() -> Iterator[None]:
    """Reuse freed memory instead of giving it back to the system, which gets all of it in the end.

    Threads that begin meanwhile share the arenas there are: one each would keep what it freed for itself, 80 MB
    of a large scene. Does nothing with other C libraries than glibc, and little outside the main thread, whose
    arena alone grows.
    """
    libc = _glibc()
    if libc is None:
        yield
        return
    libc.mallopt(_M_ARENA_MAX, 1)
    libc.mallopt(_M_MMAP_THRESHOLD, _KEPT)
    libc.mallopt(_M_TRIM_THRESHOLD, _KEPT)
    try:
        yield
    finally:
        libc.mallopt(_M_ARENA_MAX, 0)  # as many as the processor's cores call for
        libc.mallopt(_M_MMAP_THRESHOLD, _MMAP_USUAL)
        libc.mallopt(_M_TRIM_THRESHOLD, _TRIM_USUAL)
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "gnu_get_libc_version") else None
