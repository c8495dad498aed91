"""Label files of the public data sets: each reader gives class names with outlines, in the pixels of the picture."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.d2c.annotation import box, rotated_box

Labelled: TypeAlias = tuple[str, NDArray[np.float32]]
"""Class name as the file spells it, and outline (N, 2), x and y in pixels."""


def read_voc(path: Path) -> list[Labelled]:
    """PASCAL VOC XML; of each object the most exact outline: four corners, points, rotated box, upright box.

    Raises:
        ValueError: The file is no XML, or an object in it has no outline.
    """
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314 - a file of the user's own data
    except ElementTree.ParseError as error:
        raise ValueError(f"{path}: {error}") from error
    return [((node.findtext("name") or "").strip(), _voc_outline(node, path)) for node in root.iter("object")]


def _voc_outline(node: ElementTree.Element, path: Path) -> NDArray[np.float32]:
    corners = [[node.findtext(f".//{axis}{number}") for axis in "xy"] for number in range(1, 5)]
    if all(value is not None for pair in corners for value in pair):
        return np.array(corners, np.float32)
    points = [point.text or "" for point in node.iter("point")]
    if len(points) >= 3:
        outline = np.array([text.split(",") for text in points], np.float32)
        return outline[:-1] if (outline[0] == outline[-1]).all() else outline
    rotated = node.find("robndbox")
    if rotated is not None:
        x, y, width, height, angle = (float(rotated.findtext(key) or "nan") for key in ("cx", "cy", "w", "h", "angle"))
        return rotated_box("", x, y, width, height, angle).outline
    upright = node.find("bndbox")
    if upright is None:
        raise ValueError(f"{path}: an object has no outline")
    x0, y0, x1, y1 = (float(upright.findtext(key) or "nan") for key in ("xmin", "ymin", "xmax", "ymax"))
    return box("", x0, y0, x1, y1).outline


def read_yolo(path: Path, width: int, height: int) -> list[Labelled]:
    """YOLO text: class number, centre x and y, width and height as shares of the picture; or corners as shares.

    Raises:
        ValueError: A line has another form.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        values = _floats(fields[1:], f"{path}, line {number}")
        if len(values) == 4:
            x, y, w, h = values * np.array([width, height, width, height])
            outline = box("", x - w / 2, y - h / 2, x + w / 2, y + h / 2).outline
        elif len(values) >= 6 and len(values) % 2 == 0:
            outline = (values.reshape(-1, 2) * (width, height)).astype(np.float32)
        else:
            raise ValueError(f"{path}, line {number}: {len(values)} numbers are neither a box nor corners")
        found.append((fields[0], outline))
    return found


def read_dota(path: Path) -> list[Labelled]:
    """DOTA text: four corners, class name, difficulty; lines of the header are passed over.

    Raises:
        ValueError: A line has another form.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        fields = line.split()
        if not fields or ":" in fields[0]:  # "imagesource:GoogleEarth", "gsd:0.3"
            continue
        if len(fields) < 9:
            raise ValueError(f"{path}, line {number}: {line!r} is not eight numbers and a class")
        corners = _floats(fields[:8], f"{path}, line {number}").reshape(4, 2)
        found.append((fields[8], corners.astype(np.float32)))
    return found


def _floats(fields: list[str], where: str) -> NDArray[np.float64]:
    try:
        return np.array([float(field) for field in fields])
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


@lru_cache(maxsize=2)
def read_coco(path: Path) -> dict[str, list[Labelled]]:
    """COCO JSON by file name of the picture: the polygon of an object where it has one, else its box.

    Raises:
        ValueError: The file is no COCO JSON.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        names = {image["id"]: Path(image["file_name"]).name for image in content["images"]}
        classes = {category["id"]: category["name"] for category in content["categories"]}
        found: dict[str, list[Labelled]] = {name: [] for name in names.values()}
        for entry in content["annotations"]:
            found[names[entry["image_id"]]].append((classes[entry["category_id"]], _coco_outline(entry)))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: not COCO, {error!r}") from error
    return found


def _coco_outline(entry: dict) -> NDArray[np.float32]:  # type: ignore[type-arg]
    polygons = entry.get("segmentation")
    if isinstance(polygons, list) and len(polygons) == 1 and len(polygons[0]) >= 6:
        return np.array(polygons[0], np.float32).reshape(-1, 2)
    x, y, width, height = entry["bbox"]
    return box("", x, y, x + width, y + height).outline
