"""SARCount: how well a model counts by ranking captions, balanced from one to ten."""

from __future__ import annotations

from training.sarcount.benchmark import Item, load
from training.sarcount.captions import NUMBERS, candidates

__all__ = ["NUMBERS", "Item", "candidates", "load"]
