"""A bank of simulated scenes, made once and kept as one file a scene."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.raster import array_scene, measure_stretch, read_window
from training.concepts import KIND
from training.simulate import simulate_scene, to_picture
from training.simulate.ships import WATER
from training.simulate.truth import SimObject, SimulatedScene
from training.sources.picture import Picture, ellipse_mask, enclosing_rectangle, no_objects, paint_objects

logger = logging.getLogger(__name__)

VERSION = 3  # of the simulator; raise it when its scenes change, so that no bank mixes two
SIDE_PX = 512
# how often each recipe is drawn; what real labels lack most comes first
RECIPE_SHARES = {
    "waterfront": 0.22, "roadstead": 0.14, "river_port": 0.07, "harbor": 0.07, "foothills": 0.09, "highlands": 0.04,
    "coast": 0.05, "open_sea": 0.05, "islands": 0.03, "mixed": 0.05, "town": 0.04, "industry": 0.04,
    "airport": 0.04, "river": 0.02, "farmland": 0.02, "forest": 0.015, "mountains": 0.015,
}  # fmt: skip
APART_PX = 5.0  # between the middles of two ships; no two of SSDD and one in a hundred of HRSID are nearer
RING_PX, LEAST_RING = 3.0, 4  # width of what surrounds a ship, and pixels of it that tell anything
BRIGHTER = 1.3  # times the water
GSD_M = (0.5, 16.0)
LIKE_SENTINEL1 = 0.45  # share of scenes at 10 m, the product's commonest pixel


def load_simulated(folder: Path, count: int = 600, workers: int = 2) -> list[Picture]:
    """The bank in `folder`, completed to `count` scenes."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [number for number in range(count) if not _path(folder, number).exists()]
    if missing:
        logger.info("simulating %d scenes into %s", len(missing), folder)
        with ProcessPoolExecutor(workers) as pool:
            list(pool.map(partial(_simulate, folder), missing, chunksize=4))
    return [_load(_path(folder, number)) for number in range(count)]


def _path(folder: Path, number: int) -> Path:
    """File of one scene; scenes of an older simulator stay beside it unread."""
    return folder / f"v{VERSION}-{number:05d}.npz"


def _simulate(folder: Path, number: int) -> None:
    rng = np.random.default_rng((number, 20250))
    recipe = str(rng.choice(list(RECIPE_SHARES), p=np.array(list(RECIPE_SHARES.values()))))
    at_10_m = rng.random() < LIKE_SENTINEL1
    gsd_m = 10.0 if at_10_m else float(np.exp(rng.uniform(*np.log(GSD_M))))
    scene = simulate_scene(recipe, SIDE_PX, SIDE_PX, gsd_m, seed=number)
    picture = as_picture(scene, to_picture(scene.amplitude, rng))
    path = _path(folder, number)
    temporary = path.with_suffix(".tmp.npz")
    np.savez_compressed(temporary, pixels=picture.pixels, kinds=picture.kinds, objects=picture.objects)
    temporary.replace(path)


def _load(path: Path) -> Picture:
    with np.load(path, allow_pickle=False) as arrays:
        return told_apart(Picture(arrays["pixels"], arrays["kinds"], arrays["objects"], f"simulated/{path.stem}"))


def told_apart(picture: Picture) -> Picture:
    """A picture without the ships that nobody could see, or part from a longer one: of these nothing is known.

    Simulated scenes were half of the loss of objects, most of it for such ships: along waterfronts 38 in a hundred do
    not stand out and 62 lie nearer to another than all but one in a hundred real ones do.
    """
    objects, kinds = picture.objects, picture.kinds.copy()
    is_ship = objects[:, 5] == KIND["ship"]
    kept = ~is_ship
    for index in sorted(np.flatnonzero(is_ship), key=lambda ship: -objects[ship, 2]):
        before = objects[kept & is_ship, :2] - objects[index, :2]
        kept[index] = (np.hypot(*before.T) >= APART_PX).all() and _stands_out(picture, objects[index])
    for hidden in objects[~kept]:
        rows, cols, mask = ellipse_mask(kinds.shape, hidden)
        kinds[rows, cols][mask] = KIND["unknown"]
    paint_objects(kinds, objects[kept & is_ship])
    return replace(picture, kinds=kinds, objects=objects[kept])


def _stands_out(picture: Picture, ship: NDArray[np.float32]) -> bool:
    """Whether a ship is brighter than the water around it, and no dimmer than what else is there."""
    rows, cols, mask = ellipse_mask(picture.kinds.shape, ship)
    bright = float(picture.pixels[rows, cols][mask].mean()) if mask.any() else 0.0
    wider = ship.copy()
    wider[2:4] += 2 * RING_PX
    rows, cols, mask = ellipse_mask(picture.kinds.shape, wider)
    ring, kinds = picture.pixels[rows, cols][mask], picture.kinds[rows, cols][mask]
    water, beside = ring[np.isin(kinds, WATER)], ring[~np.isin(kinds, (*WATER, KIND["ship"], KIND["unknown"]))]
    above_water = len(water) < LEAST_RING or bright >= BRIGHTER * float(water.mean())
    return above_water and (len(beside) < LEAST_RING or bright >= float(beside.mean()))


def as_picture(scene: SimulatedScene, pixels: NDArray[np.uint8]) -> Picture:
    """A simulated scene in the form of every training picture, with the bytes (H, W) made of its amplitude."""
    rows = [object_row(item) for item in scene.objects if item.kind in KIND]
    objects = np.array(rows, np.float32).reshape(-1, 6) if rows else no_objects()
    return Picture(pixels, scene.kinds, objects, f"simulated/{scene.recipe}")


def object_row(item: SimObject) -> list[float]:
    """Centre, axes and kind of an outline: the axes are those of its smallest enclosing rectangle."""
    return [*item.center_xy, *enclosing_rectangle(item.outline), KIND[item.kind]]


def as_seen(recipes: Iterable[str], seeds: Sequence[int], side: int = SIDE_PX, gsd_m: float = 10.0) -> list[Picture]:
    """Scenes of each recipe as the product stretches them, and not at random.

    Under the stretches drawn at random that bring variety into the training, dry fields may be as black as the sea,
    and nobody could say what they are.

    Args:
        recipes: Names of the simulator's.
        seeds: One for each scene of a recipe.
        side: Of the square, px.
        gsd_m: Pixel size in metres.
    """
    made = (simulate_scene(recipe, side, side, gsd_m, seed) for recipe in recipes for seed in seeds)
    return [as_picture(scene, stretched(scene.amplitude)) for scene in made]


def stretched(amplitude: NDArray[np.float32]) -> NDArray[np.uint8]:
    """An amplitude image (H, W) as the bytes that the product makes of such a scene."""
    scene = array_scene(amplitude, name="simulated")
    return read_window(scene, measure_stretch(scene, "amplitude"), scene.window)
