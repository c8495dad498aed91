"""Pascal VOC: upright boxes, and the rotated ones and polygons that others added to it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.d2c.annotation import AnnotatedImage, AnnotatedObject, box, rotated_box
from training.d2c.readers.labels import Labels, annotated
from training.d2c.readers.options import Options, ReadError, files, numbers


def voc(path: Path, options: Options) -> Iterator[AnnotatedImage]:
    """Every XML file of a folder, as `read_voc` reads it.

    Raises:
        ReadError: A file is no VOC annotation.
    """
    found = files(path, ".xml")
    yield from annotated((read_voc(file) for file in found), found[0].parent, None, options)


def read_voc(file: Path) -> Labels:
    """The objects of one picture.

    Coordinates are taken as continuous pixels: whether a set counts from 0 or 1 is not in the file, and differs.
    The best outline wins: numbered corners (`rotated_bndbox` as in SSDD), `points` as in FAIR1M, centre and angle
    (`robndbox` as roLabelImg writes, angle in radians), else `bndbox`. Difficult objects leave their class in doubt.

    Raises:
        ReadError: The file is no XML, or an object has no name or no outline.
    """
    try:
        root = ElementTree.parse(file).getroot()  # noqa: S314 - expat of today refuses entity bombs
    except ElementTree.ParseError as error:
        raise ReadError(f"{file}: {error}; it is no XML") from error
    width, height = (int(numbers([root.findtext(f"size/{side}") or "0"], str(file))[0]) for side in ("width", "height"))
    objects, doubtful = [], set()
    for node in root.iter("object"):
        name = (node.findtext("name") or node.findtext("possibleresult/name") or "").strip()
        if not name:
            raise ReadError(f"{file}: an object has no name")
        if (node.findtext("difficult") or "0").strip() == "1":
            doubtful.add(name)
        objects.append(_outline(node, name, str(file)))
    size = (width, height) if width and height else None
    return Labels(file.stem, tuple(objects), frozenset(doubtful), size)


def _outline(node: ElementTree.Element, name: str, where: str) -> AnnotatedObject:
    corners = next((part for part in node.iter() if part.find("x3") is not None), None)
    if corners is not None:
        count = sum(corners.find(f"x{i}") is not None for i in range(1, 1000))
        texts = [corners.findtext(f"{axis}{i}") or "" for i in range(1, count + 1) for axis in "xy"]
        return AnnotatedObject(name, np.array(numbers(texts, where), np.float32).reshape(-1, 2))
    points = [point.text or "" for point in node.iter("point")]
    if len(points) >= 3:
        outline = np.array([numbers(point.split(","), where) for point in points], np.float32)
        closed = len(outline) > 3 and (outline[0] == outline[-1]).all()
        return AnnotatedObject(name, outline[:-1] if closed else outline)
    rotated = node.find("robndbox")
    if rotated is not None:
        x, y, across, down, angle = numbers(
            (rotated.findtext(tag) or "" for tag in ("cx", "cy", "w", "h", "angle")), where
        )
        return rotated_box(name, x, y, across, down, angle)
    upright = node.find("bndbox")
    if upright is None:
        raise ReadError(f"{where}: a {name} has neither bndbox nor corners")
    return box(name, *numbers((upright.findtext(tag) or "" for tag in ("xmin", "ymin", "xmax", "ymax")), where))
