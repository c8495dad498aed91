"""D2C, detection to caption: boxes, polygons, masks and class labels in, true sentences out."""

from __future__ import annotations

from training.d2c.annotation import AnnotatedImage, AnnotatedObject
from training.d2c.captions import Caption, captions
from training.d2c.facts import Fact
from training.d2c.negatives import Negative
from training.d2c.picture import from_picture

__all__ = ["AnnotatedImage", "AnnotatedObject", "Caption", "Fact", "Negative", "captions", "from_picture"]
