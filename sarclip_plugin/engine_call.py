"""One request to the engine, from its beginning to its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine_client import EngineClient

Deliver = Callable[[str, Any], None]
"""Takes "progress", "result" or "error", and the thing."""


class Call:
    """One request; made by `EngineClient.call`."""

    def __init__(
        self,
        client: EngineClient,
        method: str,
        params: Mapping[str, Any],
        *,
        deliver: Deliver | None = None,
        retry: bool = True,
        timeout_s: float | None = None,
    ) -> None:
        self.method, self.params = method, dict(params)
        self.deliver: Deliver = deliver or (lambda kind, value: None)
        self.retry, self.timeout_s = retry, timeout_s
        self.cancelled = False
        self.waited_s = self.cancelled_s = 0.0
        self.replays = 0
        self.replay: Call | None = None  # what is opened again for this one
        self._client = client

    def cancel(self) -> None:
        """Ask the engine to stop; the error that answers is `EngineCancelled`."""
        self._client.cancel(self)
