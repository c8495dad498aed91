"""Images of any size with known content: simulated scenes, and seas laid out of tiles of real pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.concepts import KIND, OBJECT_KINDS
from training.d2c import AnnotatedImage, from_picture
from training.evaluation.bench import Bench
from training.evaluation.labelled import Labelled, tiles
from training.evaluation.points import is_inshore
from training.evaluation.words import Words, of_concept
from training.simulate import simulate_scene, to_picture
from training.sources.picture import Picture
from training.sources.simulated import as_picture

Bytes = NDArray[np.uint8]

FIRST_SEED = 920_000  # beyond those of training and of the other measures
GSD_M = 10.0
SCENES = {
    "open_sea": "sea", "harbor": "harbor", "town": "urban", "mountains": "mountains",
    "farmland": "fields", "forest": "forest", "airport": "airport", "industry": "industry",
}  # fmt: skip
"""Recipe of the simulator and the concept that its scenes are."""
RATIOS = (1.0, 0.75, 0.5)  # of the shorter side to the longer one, in turn
CELL_PX = 128
SHIP_CELLS = 1 / 12  # of a sea with ships, at least one
PORT_CELLS = 1 / 4  # of a sea with a port


@dataclass(frozen=True, eq=False)
class LargeScenes:
    """Simulated scenes of one size: as a labelled set, and what is known of each."""

    labelled: Labelled
    annotations: list[AnnotatedImage]


def scenes(side: int, each: int) -> LargeScenes:
    """Scenes whose longer side has `side` pixels, `each` of every class."""
    images, labels, annotations = [], [], []
    for index, recipe in enumerate(SCENES):
        for number in range(each):
            height, width = shape_of(side, number)
            scene = simulate_scene(recipe, height, width, GSD_M, FIRST_SEED + number)
            picture = as_picture(scene, to_picture(scene.amplitude, np.random.default_rng((side, number))))
            images.append(picture.pixels)
            labels.append(index)
            annotations.append(from_picture(picture, OBJECT_KINDS, gsd_m=GSD_M))
    classes = tuple(of_concept(concept) for concept in SCENES.values())
    found = Labelled("simulated scenes", classes, images, np.array(labels), ["simulated"] * len(images))
    return LargeScenes(found, annotations)


def shape_of(side: int, number: int) -> tuple[int, int]:
    """Height and width of the image of a number; every other one is taller than wide."""
    shape = side, max(CELL_PX, int(side * RATIOS[number % len(RATIOS)]))
    return shape if number % 2 else shape[::-1]


def seas(bench: Bench, side: int, each: int) -> Labelled | None:
    """Empty sea, sea with few ships, and sea with a port, of tiles of SSDD's validation part; None without it."""
    pictures = bench.part("ssdd")
    empty = [cut for cut, _ in tiles(pictures, ("sea",), 1.0, CELL_PX)]
    at_sea = [cut for picture in pictures if not is_inshore(picture) for cut in _with_ships(picture)]
    in_port = [cut for picture in pictures if is_inshore(picture) for cut in _with_ships(picture)]
    if not (empty and at_sea and in_port):
        return None
    images, labels = [], []
    for label, (other, share) in enumerate(((empty, 0.0), (at_sea, SHIP_CELLS), (in_port, PORT_CELLS))):
        for number in range(each):
            rng = bench.rng("seas", side, label, number)
            images.append(laid_out(empty, other, share, shape_of(side, number), rng))
            labels.append(label)
    classes: tuple[Words, ...] = tuple(map(of_concept, ("open sea", "ships at sea", "ships near harbor")))
    return Labelled("seas", classes, images, np.array(labels), ["ssdd"] * len(images))


def _with_ships(picture: Picture) -> list[Bytes]:
    """Tiles around the ships of a picture, moved inside it."""
    height, width = picture.pixels.shape
    found = []
    for x, y, *_ in picture.objects[picture.objects[:, 5] == KIND["ship"]]:
        row, col = (int(np.clip(at - CELL_PX / 2, 0, length - CELL_PX)) for at, length in ((y, height), (x, width)))
        found.append(picture.pixels[row : row + CELL_PX, col : col + CELL_PX])
    return found


def laid_out(
    ground: Sequence[Bytes], other: Sequence[Bytes], share: float, shape: tuple[int, int], rng: np.random.Generator
) -> Bytes:
    """An image (H, W) of cells drawn from `ground`, a share of them (at least one, unless it is 0) from `other`."""
    rows, cols = (-(-length // CELL_PX) for length in shape)
    # whole cells within the image: what is cut off at its edge may lose its ship
    whole = [(row, col) for row in range(shape[0] // CELL_PX) for col in range(shape[1] // CELL_PX)]
    number = max(1, round(share * len(whole))) if share else 0
    chosen = {whole[index] for index in rng.permutation(len(whole))[:number]}
    image = np.zeros((rows * CELL_PX, cols * CELL_PX), np.uint8)
    for row, col in np.ndindex(rows, cols):
        cells = other if (row, col) in chosen else ground
        cell = np.rot90(cells[rng.integers(len(cells))], rng.integers(4))
        image[row * CELL_PX : (row + 1) * CELL_PX, col * CELL_PX : (col + 1) * CELL_PX] = cell
    return image[: shape[0], : shape[1]]
