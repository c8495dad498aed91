"""Measuring in turns: every contestant once, then every one again, from a cold page cache."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Seconds = float
Say = Callable[[str], None]


def in_turns(
    contestants: Mapping[str, Callable[[], Seconds]], repeats: int, say: Say
) -> dict[str, tuple[Seconds, ...]]:
    """Let each contestant run once a turn; the first of a turn is another each time.

    So what else the machine does, and what it remembers from the run before, hits all alike.

    Args:
        contestants: Each measures itself and returns its seconds.
        repeats: Turns.
        say: Told what runs.

    Returns:
        Seconds of each, in the order of the turns.
    """
    names = list(contestants)
    found: dict[str, list[Seconds]] = {name: [] for name in names}
    for turn in range(repeats):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            say(f"turn {turn + 1} of {repeats}: {name}")
            gc.collect()
            found[name].append(contestants[name]())
    return {name: tuple(values) for name, values in found.items()}


def seconds_of(work: Callable[[], object]) -> Seconds:
    """How long it takes, by the wall's clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def noting_processor(work: Callable[[], Seconds], spent: list[Seconds]) -> Callable[[], Seconds]:
    """The same work; the processor time of all threads of this process that it takes is noted, too."""

    def noted() -> Seconds:
        start = time.process_time()
        found = work()
        spent.append(time.process_time() - start)
        return found

    return noted


def drop_from_cache(paths: Iterable[Path]) -> None:
    """Let the system forget the pages of files, as it has after a start; where it cannot, they stay warm."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            with contextlib.suppress(OSError):  # a read-only file system has nothing to bring to the disk
                os.fsync(descriptor)  # only clean pages are dropped
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
