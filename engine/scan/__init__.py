"""AnyReader over a whole raster, into an embedding store that is asked from then on."""

from __future__ import annotations

from engine.scan.codec import DenseCodec
from engine.scan.embedding import StoredEmbedding
from engine.scan.encode import Progress, encode
from engine.scan.plan import Extent, Plan, make_plan
from engine.scan.store import EmbeddingStore, default_cache

__all__ = [
    "DenseCodec",
    "EmbeddingStore",
    "Extent",
    "Plan",
    "Progress",
    "StoredEmbedding",
    "default_cache",
    "encode",
    "make_plan",
]
