"""Models: towers, AnyReader, dense features, and the registry of checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.model.registry import ModelEntry, add, check, list_models, show
from engine.model.spec import ModelSpec

if TYPE_CHECKING:
    from engine.model.sarclip import SarClip, WindowFeatures, load_model

__all__ = [
    "ModelEntry", "ModelSpec", "SarClip", "WindowFeatures", "add", "check", "list_models", "load_model", "show",
]  # fmt: skip


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the module holds
    """Import torch only when a model is used: listing them must not take seconds."""
    if name in ("SarClip", "WindowFeatures", "load_model"):
        from engine.model import sarclip

        return getattr(sarclip, name)
    raise AttributeError(f"module 'engine.model' has no attribute {name!r}")
