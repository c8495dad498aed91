"""COCO: one JSON file with boxes and polygons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from training.d2c.annotation import AnnotatedImage, AnnotatedObject, box, rotated_box
from training.d2c.readers.options import Options, ReadError, finished


def coco(path: Path, options: Options) -> Iterator[AnnotatedImage]:
    """Every image of a COCO file.

    A polygon is the outline; one of several parts is known by the hull around them, one in run lengths by its box.
    Boxes of five numbers are centre, sides and degrees against the clock, as Detectron2 has them. What is marked as
    a crowd or to be ignored leaves its class in doubt.

    Raises:
        ReadError: The file is not of that form.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        kinds = {entry["id"]: options.kind(entry["name"]) for entry in data["categories"]}
        by_image: dict[Any, list[dict[str, Any]]] = {entry["id"]: [] for entry in data["images"]}
        for annotation in data["annotations"]:
            by_image[annotation["image_id"]].append(annotation)
        found = [_read(entry, by_image[entry["id"]], kinds) for entry in data["images"]]
    except (json.JSONDecodeError, KeyError, TypeError, OSError) as error:
        raise ReadError(f"{path}: {type(error).__name__} {error}; it is no COCO file") from error
    yield from finished(found, kinds.values(), options)


def _read(
    entry: dict[str, Any], annotations: list[dict[str, Any]], kinds: dict[Any, str]
) -> tuple[AnnotatedImage, frozenset[str]]:
    objects, doubtful = [], set()
    for annotation in annotations:
        kind = kinds[annotation["category_id"]]
        if annotation.get("iscrowd") or annotation.get("ignore"):
            doubtful.add(kind)
            if annotation.get("iscrowd"):
                continue
        objects.append(_outline(annotation, kind))
    name = Path(entry["file_name"]).with_suffix("").as_posix()
    return AnnotatedImage(name, int(entry["width"]), int(entry["height"]), tuple(objects)), frozenset(doubtful)


def _outline(annotation: dict[str, Any], kind: str) -> AnnotatedObject:
    parts = annotation.get("segmentation")
    parts = [part for part in parts if len(part) >= 6] if isinstance(parts, list) else []
    if len(parts) == 1:
        return AnnotatedObject(kind, np.array(parts[0], np.float32).reshape(-1, 2))
    if parts:
        points = np.concatenate([np.array(part, np.float64).reshape(-1, 2) for part in parts])
        return AnnotatedObject(kind, shapely.get_coordinates(shapely.MultiPoint(points).convex_hull)[:-1])
    if len(annotation["bbox"]) == 5:
        x, y, across, down, degrees = annotation["bbox"]
        return rotated_box(kind, x, y, across, down, -np.deg2rad(degrees))
    x, y, across, down = annotation["bbox"]
    return box(kind, x, y, x + across, y + down)
