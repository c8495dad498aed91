"""The door for programs: JSON-RPC on standard input and output; see `docs/protocol.md`."""

from __future__ import annotations
