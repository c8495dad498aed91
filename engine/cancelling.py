"""Stopping on request: whoever works long asks now and then whether to go on."""

from __future__ import annotations

from collections.abc import Callable

from engine.errors import Cancelled

Cancel = Callable[[], bool]
"""Says whether to stop; asked often, so it must be quick."""


def heed(cancel: Cancel | None) -> None:
    """Stop here if that was asked for.

    Raises:
        Cancelled: It was.
    """
    if cancel is not None and cancel():
        raise Cancelled("cancelled; what is done is kept")
