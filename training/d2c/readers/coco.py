"""COCO: one JSON file with boxes and polygons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from training.d2c.annotation import AnnotatedImage, AnnotatedObject, box, rotated_box
from training.d2c.readers.labels import Labels, annotated
from training.d2c.readers.options import Options, ReadError


def coco(path: Path, options: Options) -> Iterator[AnnotatedImage]:
    """Every image of a COCO file, as `read_coco` reads it.

    Raises:
        ReadError: The file is not of that form.
    """
    found, classes = read_coco(path)
    yield from annotated(found, path.parent, classes, options)


def read_coco(path: Path) -> tuple[list[Labels], list[str]]:
    """Every image of the file, named as there, and the names of all classes.

    A polygon is the outline; one of several parts is known by the hull around them, one in run lengths by its box.
    Boxes of five numbers are centre, sides and degrees against the clock, as Detectron2 has them. What is marked as
    a crowd or to be ignored leaves its class in doubt.

    Raises:
        ReadError: The file is not of that form.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        classes = {entry["id"]: str(entry["name"]) for entry in data["categories"]}
        by_image: dict[Any, list[dict[str, Any]]] = {entry["id"]: [] for entry in data["images"]}
        for annotation in data["annotations"]:
            by_image[annotation["image_id"]].append(annotation)
        found = [_read(entry, by_image[entry["id"]], classes) for entry in data["images"]]
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ReadError(f"{path}: {type(error).__name__} {error}; it is no COCO file") from error
    return found, list(classes.values())


def _read(entry: dict[str, Any], annotations: list[dict[str, Any]], classes: dict[Any, str]) -> Labels:
    objects, doubtful = [], set()
    for annotation in annotations:
        name = classes[annotation["category_id"]]
        if annotation.get("iscrowd") or annotation.get("ignore"):
            doubtful.add(name)
            if annotation.get("iscrowd"):
                continue
        objects.append(_outline(annotation, name))
    size = (int(entry["width"]), int(entry["height"])) if entry.get("width") and entry.get("height") else None
    return Labels(Path(entry["file_name"]).with_suffix("").as_posix(), tuple(objects), frozenset(doubtful), size)


def _outline(annotation: dict[str, Any], name: str) -> AnnotatedObject:
    parts = annotation.get("segmentation")
    parts = [part for part in parts if len(part) >= 6] if isinstance(parts, list) else []
    if len(parts) == 1:
        return AnnotatedObject(name, np.array(parts[0], np.float32).reshape(-1, 2))
    if parts:
        points = np.concatenate([np.array(part, np.float64).reshape(-1, 2) for part in parts])
        return AnnotatedObject(name, shapely.get_coordinates(shapely.MultiPoint(points).convex_hull)[:-1])
    if len(annotation["bbox"]) == 5:
        x, y, across, down, degrees = annotation["bbox"]
        return rotated_box(name, x, y, across, down, -np.deg2rad(degrees))
    x, y, across, down = annotation["bbox"]
    return box(name, x, y, x + across, y + down)
