"""Formats of one line an object: YOLO, DOTA, CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from training.d2c.annotation import AnnotatedImage, AnnotatedObject, box
from training.d2c.readers.labels import Labels, annotated
from training.d2c.readers.options import Options, ReadError, files, numbers, picture_of, picture_size

NO_LABELS = ("classes.txt", "labels.txt", "train.txt", "val.txt", "test.txt")  # text files beside YOLO's labels


def yolo(path: Path, options: Options) -> Iterator[AnnotatedImage]:
    """Every text file of a folder, as `read_yolo` reads it.

    Names of the classes come from the options, from `classes.txt` or from `data.yaml`, beside the labels or above.

    Raises:
        ReadError: A line is not of that form, or a class has no name.
    """
    folder = path if path.is_dir() else path.parent
    names = options.classes or _class_names(folder)
    label_files = [file for file in files(path, ".txt") if file.name not in NO_LABELS]
    sizes = (picture_size(picture_of(file.stem, folder, options)) for file in label_files)
    found = (read_yolo(file, size, names) for file, size in zip(label_files, sizes, strict=True))
    yield from annotated(found, folder, names, options)


def _class_names(folder: Path) -> tuple[str, ...]:
    for place in (folder, folder.parent, folder.parent.parent):
        if (place / "classes.txt").exists():
            return tuple((place / "classes.txt").read_text(encoding="utf-8").splitlines())
        for name in ("data.yaml", "dataset.yaml"):
            if (place / name).exists():
                found = (yaml.safe_load((place / name).read_text(encoding="utf-8")) or {}).get("names") or ()
                return tuple(str(v) for v in (found.values() if isinstance(found, dict) else found))
    raise ReadError(f"{folder}: neither classes.txt nor data.yaml tells the classes; name them (--class ship ...)")


def read_yolo(file: Path, size: tuple[int, int], names: Sequence[str] | None = None) -> Labels:
    """The objects of one picture: lines `class x y w h`, or `class x1 y1 x2 y2 ...`, as shares of width and height.

    Args:
        file: Of the labels.
        size: Width and height of the picture, in pixels.
        names: Of the classes; where None, a class is called by its number.

    Raises:
        ReadError: A line is not of that form, or a class has no name.
    """
    objects = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        where = f"{file}, line {number}"
        values = numbers(line.split(), where)
        if not values:
            continue
        if values[0] < 0 or values[0] % 1 or (names is not None and values[0] >= len(names)):
            raise ReadError(f"{where}: class {values[0]:g} has no name among {len(names or ())}")
        name, shares = names[int(values[0])] if names is not None else f"{values[0]:g}", np.array(values[1:])
        if len(shares) == 4:
            x, y, across, down = shares * (*size, *size)
            objects.append(box(name, x - across / 2, y - down / 2, x + across / 2, y + down / 2))
        elif len(shares) >= 6 and len(shares) % 2 == 0:
            objects.append(AnnotatedObject(name, (shares.reshape(-1, 2) * size).astype(np.float32)))
        else:
            raise ReadError(f"{where}: {len(shares)} numbers after the class are neither a box nor corners")
    return Labels(file.stem, tuple(objects), size=size)


def dota(path: Path, options: Options) -> Iterator[AnnotatedImage]:
    """Every text file of a folder, as `read_dota` reads it.

    Raises:
        ReadError: A line is not of that form.
    """
    found = files(path, ".txt")
    yield from annotated((read_dota(file) for file in found), found[0].parent, None, options)


def read_dota(file: Path) -> Labels:
    """The objects of one picture: lines `x1 y1 x2 y2 x3 y3 x4 y4 class difficult` in pixels, below a head.

    Difficult objects leave their class in doubt.

    Raises:
        ReadError: A line is not of that form.
    """
    gsd_m: float | None = None
    objects, doubtful = [], set()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        where = f"{file}, line {number}"
        words = line.split()
        if not words or ":" in words[0]:  # "imagesource:GoogleEarth", "gsd:0.3"
            key, _, value = line.partition(":")
            if key.strip() == "gsd" and value.strip() not in ("", "null", "None"):
                gsd_m = numbers([value.strip()], where)[0]
            continue
        if len(words) < 9:
            raise ReadError(f"{where}: {len(words)} words are not eight coordinates and a class")
        if len(words) > 9 and words[9] != "0":
            doubtful.add(words[8])
        objects.append(AnnotatedObject(words[8], np.array(numbers(words[:8], where), np.float32).reshape(4, 2)))
    return Labels(file.stem, tuple(objects), frozenset(doubtful), gsd_m=gsd_m)


_COLUMNS = {
    "name": ("filename", "file", "image", "image_id", "path", "file_name", "image_path"),
    "kind": ("class", "label", "category", "name", "class_name", "type"),
    "width": ("width", "image_width", "img_width"),
    "height": ("height", "image_height", "img_height"),
}
_BOX_COLUMNS = (("xmin", "ymin", "xmax", "ymax"), ("x_min", "y_min", "x_max", "y_max"), ("x1", "y1", "x2", "y2"))
_CORNER_COLUMNS = ("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4")


def csv(path: Path, options: Options) -> Iterator[AnnotatedImage]:
    """A table of one row an object: file name, class and xmin, ymin, xmax, ymax, or x1, y1 to x4, y4, in pixels.

    Sizes come from columns `width` and `height`, else from the pictures. A row without coordinates is an image
    without objects.

    Raises:
        ReadError: A column is missing.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ReadError(f"{path}: {error}; it is no table") from error
    table.columns = [str(column).strip().lower() for column in table.columns]
    columns = {key: next((c for c in names if c in table), None) for key, names in _COLUMNS.items()}
    corners = _CORNER_COLUMNS if set(_CORNER_COLUMNS) <= set(table) else next(
        (names for names in _BOX_COLUMNS if set(names) <= set(table)), None
    )  # fmt: skip
    if not columns["name"] or not columns["kind"] or not corners:
        raise ReadError(f"{path}: columns {', '.join(table)} lack a file name, a class or xmin, ymin, xmax, ymax")
    found = []
    for name, rows in table.groupby(columns["name"], sort=True):
        objects = []
        for row in rows.to_dict("records"):
            texts = [row[column] for column in corners]
            if not any(text.strip() for text in texts):
                continue
            label, values = row[columns["kind"]].strip(), numbers(texts, f"{path}, {name}")
            outline = np.array(values, np.float32).reshape(-1, 2)
            objects.append(box(label, *values) if len(values) == 4 else AnnotatedObject(label, outline))
        size = None
        if columns["width"] and columns["height"]:
            texts = [rows.iloc[0][columns[side]] for side in ("width", "height")]
            width, height = (int(value) for value in numbers(texts, f"{path}, {name}"))
            size = width, height
        found.append(Labels(Path(str(name)).stem, tuple(objects), size=size))
    yield from annotated(found, path.parent, None, options)
