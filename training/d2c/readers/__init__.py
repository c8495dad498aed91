"""Readers of the formats that labels come in; each yields `AnnotatedImage`s.

Who knows the pictures and the classes already asks for one label file instead (`read_voc` and its like) and gets
`Labels`: class names as the file spells them.

Why not a library: of those that read several formats, globox keeps upright boxes only, supervision decodes every
picture and turns polygons into masks and has no rotated VOC or DOTA, datumaro pins older pandas, Pillow and pyarrow
than the engine uses. None knows whether a class was annotated without exception, which is what counts rest on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from training.d2c.annotation import AnnotatedImage
from training.d2c.readers.coco import coco, read_coco
from training.d2c.readers.folders import folders
from training.d2c.readers.labels import Labels
from training.d2c.readers.masks import masks
from training.d2c.readers.options import Options, ReadError, picture_size
from training.d2c.readers.text import csv, dota, read_dota, read_yolo, yolo
from training.d2c.readers.vector import vector
from training.d2c.readers.voc import read_voc, voc

READERS: dict[str, Callable[[Path, Options], Iterator[AnnotatedImage]]] = {
    "voc": voc, "coco": coco, "yolo": yolo, "dota": dota, "csv": csv, "vector": vector, "folders": folders,
    "masks": masks,
}  # fmt: skip
"""Every reader by the name of its format."""

__all__ = [
    "READERS", "Labels", "Options", "ReadError", "picture_size", "read_coco", "read_dota", "read_voc", "read_yolo",
]  # fmt: skip
