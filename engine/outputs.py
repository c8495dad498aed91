"""Output files that are either complete or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import InputError, OutputError, OutputExistsError

_open_drafts: set[Path] = set()  # hidden folders of this process


@contextmanager
def replacing(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a path to write to, whose file becomes `path` in one step when the block ends well.

    The file is written in a hidden folder beside its destination (one file system, so the last step is a
    rename), which also takes the journals that SQLite leaves beside a file. The folder goes in any case; a process that
    ends in the middle of it calls `remove_drafts`.

    Args:
        path: Destination.
        overwrite: Whether an existing file may be replaced; until the last step it stays as it is.

    Raises:
        OutputExistsError: `path` exists and `overwrite` is false.
        OutputError: The folder is missing or not writable, or `path` is a folder.
    """
    check_output(path, overwrite=overwrite)
    try:
        folder = Path(tempfile.mkdtemp(prefix=".sarclip-", dir=path.parent))
    except OSError as error:
        raise OutputError(
            f"cannot write into {path.parent} ({error.strerror}): choose a folder that you may write to"
        ) from error
    _open_drafts.add(folder)
    try:
        yield folder / path.name
        _move(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _open_drafts.discard(folder)


def remove_drafts() -> None:
    """Remove what is half-written, for a process that is about to end without unwinding its stack."""
    for folder in list(_open_drafts):
        shutil.rmtree(folder, ignore_errors=True)


def check_output(
    path: Path, *, overwrite: bool, suffixes: tuple[str, ...] = (), inputs: Iterable[Path] = ()
) -> None:
    """Refuse an output that cannot or must not be written, before any work is done for it.

    Args:
        path: Of the file.
        overwrite: Whether an existing file may be replaced.
        suffixes: How its name may end, in small letters; empty for any ending.
        inputs: Files that it must not replace, whether or not they exist and `overwrite` is true.

    Raises:
        InputError: Its name ends in something else, or it is one of `inputs`.
        OutputExistsError: It exists and `overwrite` is false.
        OutputError: It is a folder, or its folder does not exist or is read-only.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder: name a file")
    if suffixes and path.suffix.lower() not in suffixes:
        raise InputError(f"{path} does not end in {' or '.join(suffixes)}: name it so")
    if any(_is_same(path, other) for other in inputs):
        raise InputError(f"{path} belongs to what is asked about: choose another name")
    if not path.parent.is_dir():
        raise OutputError(f"the folder {path.parent} does not exist: create it, or write elsewhere")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {path.parent} is read-only: choose one that you may write to")
    if path.exists() and not overwrite:
        raise OutputExistsError(f"{path} exists: choose another name, or allow to overwrite it")


def _is_same(path: Path, other: Path) -> bool:
    """Whether two paths are one file, also by links; by name where one does not exist."""
    try:
        return path.samefile(other)
    except OSError:
        return path.resolve() == other.resolve()


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        raise OutputError(
            f"cannot replace {target} ({error.strerror}): close the program that uses it"
        ) from error
