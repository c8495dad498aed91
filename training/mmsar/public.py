"""Public data sets that a user owns, read by their recipes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from training.d2c import AnnotatedImage
from training.d2c.annotation import box
from training.d2c.readers import Labels, picture_size, read_coco, read_dota, read_voc, read_yolo
from training.mmsar.class_names import class_words
from training.mmsar.pixels import read_phoenix, read_pixels
from training.mmsar.recipes import RECIPES, Entry, Recipe
from training.mmsar.sample import Item, Sample, Source
from training.mmsar.shared import FACTS, shared_items
from training.sources.picture import centre
from training.splits import block_of

CHIPS = ("class folders", "phoenix")  # formats of one object a picture, without a box
Piece = tuple[int, int, int, int]  # x0, y0, width, height in pixels


def public_source(name: str, folder: Path) -> Source:
    """A data set in `folder` by the recipe of that name.

    Raises:
        ValueError: There is no such recipe, or nothing in the folder that it reads.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe {name!r}: use one of {', '.join(RECIPES)}")
    recipe = RECIPES[name]
    if recipe.format == "opensarship":
        if folder.resolve().name != "opensarship":
            raise ValueError(f"{folder}: call this folder opensarship, by which its pictures are named")
        return Source(name, FACTS["opensarship"].terms, partial(shared_items, "opensarship", folder.resolve().parent))
    if next(_pictures(recipe, folder), None) is None:
        raise ValueError(f"{folder}: no picture of {name} here, that is none of {', '.join(recipe.images)}")
    return Source(name, recipe.terms, partial(list_items, name, recipe, folder))


def list_items(name: str, recipe: Recipe, folder: Path) -> Iterator[Item]:
    """Every picture of the set, large ones in pieces, in the order of their paths."""
    labels = _label_files(recipe, folder)
    for entry in list_entries(recipe, folder):
        path = folder / entry.path
        part = recipe.rule(entry)
        stem = f"{name}/{entry.path.with_suffix('') if recipe.format != 'phoenix' else entry.path}"
        for piece in _pieces(recipe, path):
            title = stem if piece is None else f"{stem}/x{piece[0]}_y{piece[1]}"
            load = partial(_load, recipe, folder, entry, labels, title, piece)
            yield Item(title, entry.scene, part, load)


def list_entries(recipe: Recipe, folder: Path) -> list[Entry]:
    """The pictures of the set with all that a split rule may ask."""
    paths = [PurePosixPath(path.relative_to(folder).as_posix()) for path in sorted(set(_pictures(recipe, folder)))]
    lists = _official_lists(folder)
    totals: dict[PurePosixPath, list[PurePosixPath]] = defaultdict(list)
    for path in paths:
        totals[path.parent].append(path)
    ranks = {path: number / len(group) for group in totals.values() for number, path in enumerate(group)}
    return [Entry(path, _scene(recipe, path), ranks[path], frozenset(lists.get(path.stem, ()))) for path in paths]


def _pictures(recipe: Recipe, folder: Path) -> Iterator[Path]:
    for pattern in recipe.images:
        yield from (path for path in folder.glob(pattern) if path.is_file())


def _scene(recipe: Recipe, path: PurePosixPath) -> str:
    if recipe.format in CHIPS:  # neighbours by number stay together
        return block_of(str(path.with_suffix("")))
    found = re.search(recipe.scene, str(path)) if recipe.scene else None
    return found[1] if found else str(path.with_suffix(""))


def _official_lists(folder: Path) -> dict[str, set[str]]:
    """For each stem the lists of ImageSets that name it."""
    lists: dict[str, set[str]] = defaultdict(set)
    for file in sorted(folder.glob("**/ImageSets/**/*.txt")):
        if file.stem in ("train", "val", "valid", "test"):
            for line in file.read_text(encoding="utf-8").split():
                lists[PurePosixPath(line).stem].add(file.stem)
    return lists


def _label_files(recipe: Recipe, folder: Path) -> Mapping[str, Path]:
    """The label file of each picture, by its stem."""
    files = [path for pattern in recipe.labels for path in sorted(folder.glob(pattern))]
    if recipe.format == "coco":
        return {stem: path for path in reversed(files) for stem in _coco(path)}
    return {path.stem: path for path in files if "ImageSets" not in path.parts}


@lru_cache(maxsize=1)  # the pictures of one file come one after the other
def _coco(path: Path) -> dict[str, Labels]:
    return {PurePosixPath(labels.name).name: labels for labels in read_coco(path)[0]}


def _pieces(recipe: Recipe, path: Path) -> Iterator[Piece | None]:
    """The whole (None), or pieces that partition it; those at the right and lower border are what is left."""
    if recipe.format == "phoenix":
        yield None
        return
    width, height = picture_size(path)
    side = recipe.tile_px
    if max(height, width) <= 1.5 * side:
        yield None
        return
    for y in range(0, height, side):
        for x in range(0, width, side):
            yield x, y, min(side, width - x), min(side, height - y)


def _load(
    recipe: Recipe, folder: Path, entry: Entry, files: Mapping[str, Path], name: str, piece: Piece | None
) -> Sample:
    path = folder / entry.path
    pixels = read_phoenix(path) if recipe.format == "phoenix" else read_pixels(path)
    if recipe.middle_px is not None:
        pixels = centre(pixels, recipe.middle_px)
    height, width = pixels.shape
    labels = _labels(recipe, path, files, (width, height))
    unknown = labels.classes - set(recipe.classes)
    if unknown:
        raise ValueError(f"{path}: class {min(unknown)!r} is none of {', '.join(recipe.classes)}")
    facts = {"sensor": recipe.sensor, "band": recipe.band, "polarization": recipe.polarization, **recipe.facts(entry)}
    image = AnnotatedImage(
        name,
        width,
        height,
        labels.objects,
        complete=frozenset(recipe.classes) - labels.doubtful,
        scene_words=class_words(labels.objects[0].kind) if recipe.format in CHIPS else (),
        gsd_m=recipe.gsd_m,
        **facts,
    )
    if piece is None:
        return _in_kinds(recipe, image, pixels)
    x0, y0, width, height = piece
    return _in_kinds(recipe, image.crop(*piece), pixels[y0 : y0 + height, x0 : x0 + width])


def _in_kinds(recipe: Recipe, image: AnnotatedImage, pixels: NDArray[np.uint8]) -> Sample:
    """The sample of an image whose objects and complete kinds are class names of the set."""
    doubtful = {kind for label, kind in recipe.classes.items() if label not in image.complete}
    objects = tuple(replace(item, kind=recipe.classes[item.kind]) for item in image.objects)
    known = replace(image, objects=objects, complete=recipe.complete - doubtful)
    return Sample(known, pixels, tuple(item.kind for item in image.objects))


def _labels(recipe: Recipe, path: Path, files: Mapping[str, Path], size: tuple[int, int]) -> Labels:
    """The objects of a picture, by their class names in the set."""
    if recipe.format in CHIPS:
        width, height = size
        half = recipe.object_share * min(size) / 2
        middle = (width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half)
        return Labels(path.stem, (box(_class_folder(recipe, path), *middle),))
    file = files.get(path.stem)
    if file is None and recipe.unlabelled:
        return Labels(path.stem)
    if file is None:
        raise ValueError(f"{path}: no label among {', '.join(recipe.labels)}")
    if recipe.format == "coco":
        return _coco(file)[path.stem]
    if recipe.format == "yolo":
        return read_yolo(file, size)
    return read_voc(file) if recipe.format == "voc" else read_dota(file)


def _class_folder(recipe: Recipe, path: Path) -> str:
    """The nearest folder above a picture that bears the name of a class (MSTAR nests serial numbers below)."""
    for folder in path.parents:
        if folder.name in recipe.classes:
            return folder.name
    raise ValueError(f"{path}: none of its folders is a class, that is one of {', '.join(recipe.classes)}")
