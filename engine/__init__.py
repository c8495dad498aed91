"""SARCLIP's engine: radar scenes asked in words.

    import engine

    scene = engine.open_scene("scene.tif")
    embedding = engine.encode(scene)          # once
    embedding.label(["open sea", "harbor"])   # as often as you like

See `docs/architecture.md`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# Before torch is imported, or to no effect: threads that wait for work sleep. Spinning, as they do otherwise, they
# take the core on which the next swath is being read.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from engine.api import SceneEmbedding, encode, load_model, open_scene

__all__ = ["SceneEmbedding", "encode", "load_model", "open_scene"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the module holds
    """Import torch and rasterio only when they are used: `sarclip --help` must not wait for them."""
    if name in __all__:
        from engine import api

        return getattr(api, name)
    raise AttributeError(f"module 'engine' has no attribute {name!r}")
