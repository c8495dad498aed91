"""Pascal VOC: upright boxes, and the rotated ones and polygons that others added to it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.d2c.annotation import AnnotatedImage, AnnotatedObject, box, rotated_box
from training.d2c.readers.options import Options, ReadError, files, finished, numbers, picture_of, picture_size


def voc(path: Path, options: Options) -> Iterator[AnnotatedImage]:
    """Every XML file of a folder.

    Coordinates are taken as continuous pixels: whether a set counts from 0 or 1 is not in the file, and differs.
    The best outline wins: four corners (`rotated_bndbox` as in SSDD, `points` as in FAIR1M), centre and angle
    (`robndbox` as roLabelImg writes, angle in radians), else `bndbox`. Difficult objects leave their class in doubt.

    Raises:
        ReadError: A file is no VOC annotation.
    """
    yield from finished((_read(file, options) for file in files(path, ".xml")), None, options)


def _read(file: Path, options: Options) -> tuple[AnnotatedImage, frozenset[str]]:
    try:
        root = ElementTree.parse(file).getroot()  # noqa: S314 - expat of today refuses entity bombs
    except ElementTree.ParseError as error:
        raise ReadError(f"{file}: {error}; it is no XML") from error
    width, height = (int(numbers([root.findtext(f"size/{side}") or "0"], str(file))[0]) for side in ("width", "height"))
    if not width or not height:
        width, height = picture_size(picture_of(file.stem, file.parent, options))
    objects, doubtful = [], set()
    for node in root.iter("object"):
        name = node.findtext("name") or node.findtext("possibleresult/name")
        if not name:
            raise ReadError(f"{file}: an object has no name")
        kind = options.kind(name.strip())
        if (node.findtext("difficult") or "0").strip() == "1":
            doubtful.add(kind)
        objects.append(_outline(node, kind, str(file)))
    return AnnotatedImage(file.stem, width, height, tuple(objects)), frozenset(doubtful)


def _outline(node: ElementTree.Element, kind: str, where: str) -> AnnotatedObject:
    for corners in (node.find("rotated_bndbox"), node.find("polygon"), node.find("bndbox")):
        if corners is not None and corners.find("x3") is not None:
            number = sum(corners.find(f"x{i}") is not None for i in range(1, 1000))
            texts = [corners.findtext(f"{axis}{i}") or "" for i in range(1, number + 1) for axis in "xy"]
            return AnnotatedObject(kind, np.array(numbers(texts, where), np.float32).reshape(-1, 2))
    points = [point.text or "" for point in node.iter("point")]
    if len(points) >= 3:
        return AnnotatedObject(kind, np.array([numbers(point.split(","), where) for point in points], np.float32))
    rotated = node.find("robndbox")
    if rotated is not None:
        x, y, across, down, angle = numbers(
            (rotated.findtext(tag) or "" for tag in ("cx", "cy", "w", "h", "angle")), where
        )
        return rotated_box(kind, x, y, across, down, angle)
    upright = node.find("bndbox")
    if upright is None:
        raise ReadError(f"{where}: a {kind} has neither bndbox nor corners")
    return box(kind, *numbers((upright.findtext(tag) or "" for tag in ("xmin", "ymin", "xmax", "ymax")), where))
