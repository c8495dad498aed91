"""MMSAR: shards of SAR images with captions, boxes and masks, from any mix of data sets."""

from __future__ import annotations

from training.mmsar.build import Settings, build
from training.mmsar.sample import PARTS, Item, Sample, Source
from training.mmsar.shards import Example, read_shards

__all__ = ["PARTS", "Example", "Item", "Sample", "Settings", "Source", "build", "read_shards"]
