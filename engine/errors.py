"""Errors of the engine: one root, leaves that also are the standard library's type.

A message names what is wrong, the value, and the remedy, in one line: the command line prints it
as it stands and leaves with status 2.
"""

from __future__ import annotations


class SarclipError(Exception):
    """Root of every error the engine raises on purpose."""


class InputError(SarclipError, ValueError):
    """The call or a value in it is wrong."""


class SceneError(SarclipError, OSError):
    """A scene cannot be opened or read."""


class BandError(InputError, LookupError):
    """A scene does not have the band that was asked for."""


class CheckpointError(SarclipError, ValueError):
    """A checkpoint is truncated, unsafe, or belongs to another architecture."""


class ModelNotFoundError(InputError, LookupError):
    """No registered model or file has the name that was asked for."""


class StoreError(SarclipError, OSError):
    """The embedding store cannot be written or read."""


class StoreMismatchError(StoreError):
    """A store was made from another scene, model, stretch or grid; the message names the field."""


class StoreBusyError(StoreError):
    """Another process is adding to an embedding store; it is free again when that has ended."""


class OutputError(SarclipError, OSError):
    """A result cannot be written where it was asked for."""


class OutputExistsError(OutputError, FileExistsError):
    """The output file exists and overwriting was not asked for."""


class NotOpenError(InputError, LookupError):
    """No open scene or embedding has the ID that was given: the worker started anew or let it go.

    Args:
        handle: The ID.
        remedy: How to get one.
    """

    def __init__(self, handle: str, remedy: str) -> None:
        super().__init__(f"{handle!r} is not open: {remedy}")
        self.handle = handle


class Cancelled(SarclipError):
    """The caller asked to stop; what was finished is kept."""
