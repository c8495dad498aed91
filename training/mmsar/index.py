"""Every picture of every source, listed and fingerprinted, kept on disk so that it is read for this only once."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.mmsar.duplicates import THUMBNAIL_PX, TURNS, Prints, fingerprint
from training.mmsar.sample import Item, Source

logger = logging.getLogger(__name__)

CHUNK = 1000  # pictures in one file of fingerprints: what a kill costs at most


@dataclass(frozen=True, eq=False)
class Index:
    """All pictures; the same order in all fields."""

    names: list[str]
    scenes: list[str]
    parts: list[str]
    sources: list[str]
    digests: list[str]  # of the pixels: equal for equal pictures
    prints: Prints


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Consecutive pictures of one source, as arrays that a file without pickles holds."""

    names: NDArray[np.str_]
    scenes: NDArray[np.str_]
    parts: NDArray[np.str_]
    digests: NDArray[np.str_]
    hashes: NDArray[np.uint64]
    thumbnails: NDArray[np.uint8]


def make_index(sources: Sequence[Source], folder: Path) -> Index:
    """List every picture and take its fingerprints, in chunks that a later run finds again.

    Args:
        sources: To list. A picture that a chunk names is not read again: remove `folder` where files changed.
        folder: Of the chunks, made if need be.

    Raises:
        ValueError: Two pictures have one name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chunks: list[tuple[str, _Chunk]] = []
    for source in sources:
        items = source.items()
        while True:
            number = sum(name == source.name for name, _ in chunks)
            chunk = _take(items, folder / f"{source.name}-{number:05d}.npz")
            if chunk is None:
                break
            chunks.append((source.name, chunk))
            logger.info("%s: %d pictures fingerprinted", source.name, number * CHUNK + len(chunk.names))
    return _joined(chunks)


def _take(items: Iterator[Item], path: Path) -> _Chunk | None:
    """The next pictures, from the file as far as it knows them; None when there are no more."""
    known = _read(path)
    rows: list[tuple[str, str, str, str, NDArray[np.uint64], NDArray[np.uint8]]] = []
    fresh = False
    while len(rows) < CHUNK:
        item = next(items, None)
        if item is None:
            break
        at = len(rows)
        if known is not None and at < len(known.names) and known.names[at] == item.name:
            prints = known.hashes[at], known.thumbnails[at]
            rows.append((item.name, item.scene, item.part, str(known.digests[at]), *prints))
            fresh |= (known.scenes[at], known.parts[at]) != (item.scene, item.part)
            continue
        pixels = item.load().pixels
        fresh = True
        digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
        rows.append((item.name, item.scene, item.part, digest, *fingerprint(pixels)))
    if not rows:
        return None
    chunk = _Chunk(*(np.array(column) for column in zip(*rows, strict=True)))
    if fresh or known is None or len(known.names) != len(rows):
        temporary = path.with_suffix(".tmp.npz")
        np.savez_compressed(temporary, **{field.name: getattr(chunk, field.name) for field in fields(chunk)})
        temporary.replace(path)
    return chunk


def _read(path: Path) -> _Chunk | None:
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        return _Chunk(**{field.name: arrays[field.name] for field in fields(_Chunk)})


def _joined(chunks: Sequence[tuple[str, _Chunk]]) -> Index:
    def column(name: str) -> list[str]:
        return [str(value) for _, chunk in chunks for value in getattr(chunk, name)]

    names = column("names")
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise ValueError(f"{len(repeated)} names occur twice, {repeated[0]!r} for one: give each set its own name")
    sources = [source for source, chunk in chunks for _ in chunk.names]
    hashes = [chunk.hashes for _, chunk in chunks] or [np.empty((0, TURNS), np.uint64)]
    thumbnails = [chunk.thumbnails for _, chunk in chunks] or [np.empty((0, THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)]
    prints = Prints(np.concatenate(hashes), np.concatenate(thumbnails))
    return Index(names, column("scenes"), column("parts"), sources, column("digests"), prints)
