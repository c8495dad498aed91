"""Knowing a scene again: a digest of its files that costs milliseconds whatever their size."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CHUNKS = 16  # per file, spread from its first byte to its last
_CHUNK_BYTES = 4096
_BESIDE = (".aux.xml", ".ovr", ".msk")
_VSI_PREFIX = re.compile(r"^/vsi[a-z0-9]+/\{?")


def local_files(files: Iterable[str]) -> list[Path]:
    """Those of `files` that are on this machine; an archive behind a /vsi path counts as the file."""
    return [path for path in map(_local_file, files) if path is not None]


def fingerprint_files(files: Iterable[str], metadata: Iterable[str]) -> str | None:
    """Digest of files by size, time of change and sampled bytes, and of metadata.

    Files that programs write beside a scene when they only look at it (statistics, overviews, masks) tell
    nothing of its numbers and are left out; what they may declare belongs in `metadata`.

    Args:
        files: paths as GDAL lists them; an archive behind a /vsi path counts as the file.
        metadata: what else tells two scenes apart, as text.

    Returns:
        sha256 in hex, or None when none of the files is on this machine.
    """
    digest = hashlib.sha256()
    listed = list(files)
    own = [file for file in listed if not file.lower().endswith(_BESIDE)] or listed
    local = local_files(own)
    for path in local:
        state = path.stat()
        digest.update(f"{state.st_size} {state.st_mtime_ns}\n".encode())
        with path.open("rb") as file:
            for offset in np.linspace(0, max(0, state.st_size - _CHUNK_BYTES), _CHUNKS, dtype=np.int64):
                file.seek(int(offset))
                digest.update(file.read(_CHUNK_BYTES))
    digest.update("\n".join(metadata).encode())
    return digest.hexdigest() if local else None


def fingerprint_values(values: NDArray[Any], metadata: Iterable[str]) -> str:
    """Digest (sha256 in hex) of an array's numbers and of metadata."""
    digest = hashlib.sha256(np.ascontiguousarray(values).tobytes())
    digest.update("\n".join(metadata).encode())
    return digest.hexdigest()


def _local_file(path: str) -> Path | None:
    """The file on this machine that holds a path of GDAL's, which may point into an archive."""
    inner = path
    while _VSI_PREFIX.match(inner):
        inner = _VSI_PREFIX.sub("", inner).replace("}", "", 1)
    candidate = Path(inner)
    return next((place for place in (candidate, *candidate.parents) if place.is_file()), None)
