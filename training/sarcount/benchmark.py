"""The benchmark's list, committed beside this file, and the pictures it names.

Names, windows and boxes only: pixels come from the user's copy of the data, or are simulated again. Real pictures are
of the validation parts, simulated ones have seeds that no training uses; the two are told apart everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.d2c import AnnotatedImage, AnnotatedObject, from_picture
from training.sarcount.windows import look
from training.simulate import simulate_scene, to_picture
from training.sources.picture import Picture
from training.sources.real import hrsid, ssdd
from training.splits import is_validation

FILE = Path(__file__).with_name("benchmark.json")
SUBSETS = ("real", "simulated")
FIRST_SEED = 9_000_000  # of simulated scenes; training counts its seeds from zero
SIDE_PX = 512  # of a simulated scene, before its window is cut


@dataclass(frozen=True, eq=False)
class Item:
    """One question.

    Attributes:
        name: "set/file@x0,y0,width,height".
        pixels: uint8 (H, W), 0 = invalid, 1..255 = stretched backscatter.
        count: True number, one to ten.
        kind: What is counted.
        boxes: float32 (count, 4), x0, y0, x1, y1 in pixels.
        simulated: Whether no radar ever saw this.
    """

    name: str
    pixels: NDArray[np.uint8]
    count: int
    kind: str
    boxes: NDArray[np.float32]
    simulated: bool


def load(data: Path | None, subsets: Iterable[str] = SUBSETS, file: Path = FILE) -> list[Item]:
    """The benchmark's items, in the order of its list.

    Args:
        data: Folder with `ssdd` and `hrsid`, the project's data folder; needed for the real ones only.
        subsets: "real", "simulated" or both.
        file: The list.

    Raises:
        ValueError: There is no such subset, a picture is missing, or a window does not show what the list says.
    """
    chosen = tuple(subsets)
    if unknown := set(chosen) - set(SUBSETS):
        raise ValueError(f"subset {sorted(unknown)[0]!r} does not exist: use {' or '.join(SUBSETS)}")
    entries = json.loads(file.read_text(encoding="utf-8"))
    items: list[Item] = []
    if "real" in chosen:
        if data is None:
            raise ValueError("the real part needs the data folder: give it, or ask for 'simulated' alone")
        wanted = {entry["name"] for entry in entries["real"]}
        items += _cut(entries["real"], _by_name(real_images(data, wanted), wanted), simulated=False)
    if "simulated" in chosen:
        wanted = {entry["name"] for entry in entries["simulated"]}
        images = (simulated_image(name) for name in sorted(wanted))
        items += _cut(entries["simulated"], _by_name(images, wanted), simulated=True)
    return items


Pictured = tuple[AnnotatedImage, NDArray[np.uint8]]


def real_images(data: Path, names: set[str] | None = None) -> Iterator[Pictured]:
    """Pictures of the validation parts of SSDD and HRSID that are below `data`; of `names` only, if given."""
    for folder, reader in (("ssdd", ssdd), ("hrsid", hrsid)):
        if not (data / folder).is_dir():
            continue
        pick = partial(_chosen, folder, names)
        for picture in reader(data, pick(_stems(data / folder / "images", folder))):
            if names is None or picture.name in names:
                yield _annotated(picture), picture.pixels


def _stems(images: Path, folder: str) -> set[str]:
    stems = {path.stem for path in images.iterdir()}
    return {stem for stem in stems if is_validation(f"{folder}/{stem}")}


def _chosen(folder: str, names: set[str] | None, stems: set[str]) -> set[str]:
    """What the reader asks for: file stems of SSDD, scenes of HRSID."""
    kept = {stem for stem in stems if names is None or f"{folder}/{stem}" in names}
    return {stem.split("_")[0] for stem in kept} if folder == "hrsid" else kept


def _annotated(picture: Picture) -> AnnotatedImage:
    return from_picture(picture, {"ship"})


def simulated_name(recipe: str, gsd_m: float, seed: int) -> str:
    """The name that says how to simulate a scene again."""
    return f"simulated/{recipe}-{gsd_m:g}m-{seed}"


def simulated_image(name: str) -> Pictured:
    """The scene that a name stands for, under a stretch drawn from its seed."""
    recipe, gsd, seed = name.removeprefix("simulated/").split("-")
    scene = simulate_scene(recipe, SIDE_PX, SIDE_PX, float(gsd.removesuffix("m")), seed=int(seed))
    objects = tuple(AnnotatedObject(item.kind, item.outline) for item in scene.objects)
    kinds = frozenset({"ship", "tank", "aircraft", "vehicle"})
    image = AnnotatedImage(name, SIDE_PX, SIDE_PX, objects, complete=kinds, gsd_m=scene.gsd_m)
    return image, to_picture(scene.amplitude, np.random.default_rng([int(seed), 1]))


def _by_name(images: Iterable[Pictured], wanted: set[str]) -> Mapping[str, Pictured]:
    found = {image.name: (image, pixels) for image, pixels in images}
    if missing := sorted(wanted - set(found)):
        raise ValueError(f"{len(missing)} pictures of SARCount are missing, {missing[0]} for one")
    return found


def _cut(entries: list[dict[str, Any]], images: Mapping[str, Pictured], *, simulated: bool) -> list[Item]:
    items = []
    for entry in entries:
        image, pixels = images[entry["name"]]
        x0, y0, width, height = crop = tuple(entry["crop"])
        name = f"{entry['name']}@{','.join(map(str, crop))}"
        seen = look(image, entry["kind"], crop)
        if seen is None or seen.count != entry["count"]:
            shown = "something else" if seen is None else seen.count
            remedy = "the data or the simulator changed, rebuild with python -m training.sarcount"
            raise ValueError(f"{name} shows {shown}, not {entry['count']} of {entry['kind']}: {remedy}")
        boxes = np.array(seen.boxes, np.float32).reshape(-1, 4)
        window = np.ascontiguousarray(pixels[y0 : y0 + height, x0 : x0 + width])
        items.append(Item(name, window, seen.count, entry["kind"], boxes, simulated))
    return items
