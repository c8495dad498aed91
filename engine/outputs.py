"""Output files that are either complete or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import InputError, OutputError, OutputExistsError


@contextmanager
def replacing(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a path to write to, whose file becomes `path` in one step when the block ends well.

    The file is written in a hidden folder beside its destination (one file system, so the last step is a
    rename), which also takes the journals that SQLite leaves beside a file. The folder goes in any case.

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
    try:
        yield folder / path.name
        _move(folder / path.name, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_output(path: Path, *, overwrite: bool, suffix: str | None = None) -> None:
    """Refuse an output that cannot or must not be written, before any work is done for it.

    Args:
        path: Of the file.
        overwrite: Whether an existing file may be replaced.
        suffix: How its name has to end; None for any ending.

    Raises:
        InputError: Its name ends in something else.
        OutputExistsError: It exists and `overwrite` is false.
        OutputError: It is a folder, or its folder does not exist or is read-only.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder: name a file")
    if suffix is not None and path.suffix.lower() != suffix:
        raise InputError(f"{path} does not end in {suffix}: name it so")
    if not path.parent.is_dir():
        raise OutputError(f"the folder {path.parent} does not exist: create it, or write elsewhere")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {path.parent} is read-only: choose one that you may write to")
    if path.exists() and not overwrite:
        raise OutputExistsError(f"{path} exists: choose another name, or overwrite it with --overwrite")


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        raise OutputError(
            f"cannot replace {target} ({error.strerror}): close the program that uses it"
        ) from error
