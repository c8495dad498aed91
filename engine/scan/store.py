"""The embedding of one scene on disk: written block by block, resumable after a kill at any moment.

A folder with:

- `embedding.json`: what it is, in the fields of the STAC embedding extension (`emb:*`), and its key;
- `dense.int8`: (rows, cols, depth) of cells, memory-mapped, see `DenseCodec`;
- `tiles.float16`: (rows, cols, D) of tiles, memory-mapped while blocks are added;
- `valid.uint8`: (rows, cols) of tiles, share of valid pixels, 255 for all;
- `blocks.uint8`: one byte a block, 1 when its part of all the others is written;
- `tiles.parquet`: the tiles that are done, as GeoParquet, for other programs.

A block's bytes are flushed before its mark is set, so that a mark is never ahead of its data.
"""

from __future__ import annotations

import contextlib
import errno
import json
import mmap
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from engine.errors import SarclipError, StoreBusyError, StoreError, StoreMismatchError
from engine.scan.codec import Codes, DenseCodec
from engine.scan.plan import Plan

FORMAT_VERSION = 1
_LOCK_TIMEOUT_S = 0.2
_KEPT_BYTES = 64 * 1024**2  # of a memory map that stays in memory between questions


@dataclass(frozen=True, slots=True)
class StoreKey:
    """What an embedding depends on: any difference makes it another one."""

    scene: str  # fingerprint
    band: str
    scale: str
    stretch: tuple[float, float]
    gain: float  # from stored number to the quantity that the scale names
    offset: float
    grid: tuple[int, int, int, int]  # tile, cell, core, margin, px
    shape: tuple[int, int]  # of the scene, px
    model: str  # sha256 of the checkpoint
    precision: str
    careful: bool = False  # read four times
    format_version: int = FORMAT_VERSION

    @property
    def digest(self) -> str:
        """Sixteen hex digits: the name of the store's folder."""
        return sha256(json.dumps(self.record(), sort_keys=True).encode()).hexdigest()[:16]

    def record(self) -> dict[str, Any]:
        """The fields by name; care only where it was taken: stores from before there was any keep their names."""
        fields = asdict(self)
        return fields if self.careful else {name: fields[name] for name in fields if name != "careful"}

    def check(self, found: dict[str, Any], path: Path) -> None:
        """Compare with the key that a store says it has.

        Raises:
            StoreMismatchError: They differ; the message names the field and both values.
        """
        known = {"careful": False, **found}
        for field, wanted in json.loads(json.dumps(asdict(self))).items():
            if known.get(field) != wanted:
                raise StoreMismatchError(
                    f"{path} was made with {field} {known.get(field)!r}, now it is {wanted!r}: "
                    "delete it, or give another --cache"
                )


def default_cache() -> Path:
    """Where embeddings are kept: `$SARCLIP_CACHE`, or the system's place for caches."""
    if folder := os.environ.get("SARCLIP_CACHE"):
        return Path(folder)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "sarclip"


class EmbeddingStore:
    """One folder; see the module's docstring. Many may read it, one process at a time adds blocks."""

    def __init__(self, folder: Path, plan: Plan, codec: DenseCodec, embed_dim: int) -> None:
        self.folder, self.plan, self.codec, self.embed_dim = folder, plan, codec, embed_dim
        self.dense: NDArray[np.int8] = self._map("dense.int8", np.int8, (*plan.cell_shape, codec.depth))
        self.tiles: NDArray[np.float16] = self._map("tiles.float16", np.float16, (*plan.tile_shape, embed_dim))
        self.valid: NDArray[np.uint8] = self._map("valid.uint8", np.uint8, plan.tile_shape)
        rows, cols = plan.block_shape
        self.done: NDArray[np.uint8] = self._map("blocks.uint8", np.uint8, (rows * cols,))

    @staticmethod
    def folder_of(cache: Path, scene_name: str, key: StoreKey) -> Path:
        """The folder of a key, named so that a person finds it."""
        readable = re.sub(r"[^\w.-]+", "-", scene_name)[:60].strip("-.") or "scene"
        return cache / f"{readable}-{key.digest}"

    @classmethod
    def create(
        cls, folder: Path, key: StoreKey, plan: Plan, codec: DenseCodec, about: dict[str, Any]
    ) -> EmbeddingStore:
        """A new, empty store; or the one that another process made meanwhile.

        Raises:
            StoreError: The disk is full or the folder cannot be written.
        """
        description = {"key": key.record(), "plan": asdict(plan), "codec": codec.to_json(), **about}
        depth = int(about["emb:dimensions"])
        sizes = {
            "dense.int8": int(np.prod(plan.cell_shape)) * codec.depth,
            "tiles.float16": int(np.prod(plan.tile_shape)) * depth * 2,
            "valid.uint8": int(np.prod(plan.tile_shape)),
            "blocks.uint8": int(np.prod(plan.block_shape)),
        }
        with _disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / "creation.lock"):
                if (made := cls.open(folder, key)) is not None:
                    return made
                try:
                    for name, size in sizes.items():
                        _allocate(folder / name, size)
                    write_whole(folder / "embedding.json", json.dumps(description, indent=1).encode())
                except OSError:
                    # a disk that is full must not be kept full by what is of no use
                    shutil.rmtree(folder, ignore_errors=True)
                    raise
        return cls(folder, plan, codec, depth)

    @classmethod
    def open(cls, folder: Path, key: StoreKey) -> EmbeddingStore | None:
        """The store in a folder, or None where there is none that was begun.

        Raises:
            StoreMismatchError: It was made from something else.
            StoreError: It is damaged.
        """
        path = folder / "embedding.json"
        if not path.exists():
            return None
        try:
            description = json.loads(path.read_text(encoding="utf-8"))
            key.check(description["key"], folder)
            plan, codec = Plan(**description["plan"]), DenseCodec.from_json(description["codec"])
            return cls(folder, plan, codec, int(description["emb:dimensions"]))
        except StoreError:
            raise
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise StoreError(f"the embedding in {folder} is damaged ({error}): delete the folder") from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to add blocks.

        Raises:
            StoreBusyError: Another process is adding blocks.
        """
        lock = FileLock(self.folder / "writer.lock")
        with _disk_errors(self.folder):
            try:
                lock.acquire(timeout=_LOCK_TIMEOUT_S)
            except Timeout as error:
                raise StoreBusyError(
                    f"another process is encoding this scene into {self.folder}: wait for it, or stop it"
                ) from error
        try:
            yield
        finally:
            lock.release()

    def put(
        self,
        block: int,
        codes: Codes,
        tiles: NDArray[np.float32],
        tile_valid: NDArray[np.float32],
    ) -> None:
        """Write one block: its cells (h, w, depth), tiles (ty, tx, D) and their shares of valid pixels.

        Raises:
            StoreError: The disk is full.
        """
        core, plan = self.plan.core(block), self.plan
        row, col = core.row // plan.cell_px, core.col // plan.cell_px
        top, left = core.row // plan.tile_px, core.col // plan.tile_px
        with _disk_errors(self.folder):
            self.dense[row : row + codes.shape[0], col : col + codes.shape[1]] = codes
            self.tiles[top : top + tiles.shape[0], left : left + tiles.shape[1]] = tiles
            share = np.ceil(np.clip(tile_valid, 0, 1) * 255)
            self.valid[top : top + tiles.shape[0], left : left + tiles.shape[1]] = share
            _flush(self.dense, self.tiles, self.valid)
            self.done[block] = 1
            _flush(self.done)

    def release(self) -> None:
        """Give pages of the memory maps back, so that memory does not grow with the scene.

        What was written stays in the system's cache of the file; small stores keep their pages, as asking
        again is then a little quicker.
        """
        for array in (self.dense, self.tiles):
            mapped = getattr(array, "_mmap", None)
            if mapped is not None and hasattr(mmap, "MADV_DONTNEED") and array.nbytes > _KEPT_BYTES:
                mapped.madvise(mmap.MADV_DONTNEED)

    def missing(self, blocks: list[int]) -> list[int]:
        """Those of `blocks` that are not written yet."""
        return [block for block in blocks if not self.done[block]]

    def _map(self, name: str, dtype: type[np.generic], shape: tuple[int, ...]) -> NDArray[Any]:
        path = self.folder / name
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        if not path.is_file() or path.stat().st_size != size:
            raise StoreError(f"{path} is missing or cut short: delete {self.folder}, it will be made again")
        mode = "r+" if os.access(path, os.W_OK) else "r"
        return np.memmap(path, dtype=dtype, mode=mode, shape=shape)  # type: ignore[call-overload, no-any-return]


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step: readers see the old one or the new one.

    Raises:
        StoreError: The disk is full or the folder cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with _disk_errors(path.parent):
        try:
            draft.write_bytes(content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def _flush(*arrays: NDArray[Any]) -> None:
    """Bring memory maps to the disk."""
    for array in arrays:
        if isinstance(array, np.memmap):
            array.flush()


def _allocate(path: Path, size: int) -> None:
    """A file of zeros whose space is really there: writing to a memory map of a full disk would kill us."""
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate") and size:
            os.posix_fallocate(file.fileno(), 0, size)
        file.truncate(size)


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn what the system says of a file into what a user can do."""
    try:
        yield
    except SarclipError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            message = f"no room for the embedding in {folder}: free some space, or give another --cache"
        else:
            message = f"cannot write the embedding in {folder} ({error.strerror}): give another --cache"
        raise StoreError(message) from error
