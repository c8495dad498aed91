"""Sets of images that are one thing beyond doubt, cut from validation pictures and simulated scenes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.concepts import AIRLINER_TYPES, ASHORE, KIND, VEHICLE_TYPES
from training.evaluation.bench import Bench
from training.evaluation.points import is_inshore
from training.evaluation.words import Words, of_concept, types
from training.sources.picture import Picture, square_around
from training.sources.simulated import as_seen

Bytes = NDArray[np.uint8]

TILE_PX = 128
FIRST_SEED = 910_000  # beyond those of the training bank and of `tiles.simulated_validation`


@dataclass(frozen=True, eq=False)
class Labelled:
    """Images and their classes.

    Attributes:
        name: Of the set.
        classes: What each label means and how to ask for it.
        images: Bytes (H, W) of any size.
        labels: (N,) indices into `classes`.
        origins: (N,) data set that each image is from.
        types: Whether the classes are types of one kind: what tells them apart is in the captions' dimensions.
    """

    name: str
    classes: tuple[Words, ...]
    images: list[Bytes]
    labels: NDArray[np.intp]
    origins: list[str]
    types: bool = False


Cut = tuple[Bytes, str]  # an image and the data set it is from


def collect(bench: Bench, name: str, cuts: dict[Words, list[Cut]]) -> Labelled | None:
    """A set of at most `per_class` images of each class; None where fewer than two classes have any."""
    drawn = {words: _drawn(bench, found, name, words.name) for words, found in cuts.items()}
    drawn = {words: found for words, found in drawn.items() if found}
    if len(drawn) < 2:
        return None
    labels = np.repeat(np.arange(len(drawn)), [len(found) for found in drawn.values()])
    flat = [cut for found in drawn.values() for cut in found]
    return Labelled(name, tuple(drawn), [image for image, _ in flat], labels, [origin for _, origin in flat])


def _drawn(bench: Bench, cuts: list[Cut], *purpose: str) -> list[Cut]:
    """At most `per_class` images; simulated ones only where there are too few real ones."""
    real = bench.some([cut for cut in cuts if cut[1] != "simulated"], bench.sizes.per_class, *purpose)
    made = [cut for cut in cuts if cut[1] == "simulated"]
    return real + bench.some(made, bench.sizes.per_class - len(real), *purpose, "simulated")


def tiles(pictures: Iterable[Picture], kinds: tuple[str, ...], least: float, side: int = TILE_PX) -> Iterator[Cut]:
    """Tiles without nodata at least `least` of which is of some kinds."""
    wanted = np.isin(np.arange(256), [KIND[kind] for kind in kinds])
    for picture in pictures:
        share = wanted[picture.kinds]
        for row in range(0, picture.pixels.shape[0] - side + 1, side):
            for col in range(0, picture.pixels.shape[1] - side + 1, side):
                place = slice(row, row + side), slice(col, col + side)
                if share[place].mean() >= least and (picture.pixels[place] != 0).mean() > 0.95:
                    yield picture.pixels[place], picture.name.split("/")[0]


def ships(pictures: Iterable[Picture]) -> Iterator[Cut]:
    """A square around every ship that lies whole in its picture, with next to no land in it."""
    for picture in pictures:
        height, width = picture.pixels.shape
        land = np.isin(picture.kinds, ASHORE)
        for ship in picture.objects[picture.objects[:, 5] == KIND["ship"]]:
            row, col, side = square_around(ship)
            place = slice(row, row + side), slice(col, col + side)
            if row >= 0 and col >= 0 and row + side <= height and col + side <= width and land[place].mean() < 0.05:
                yield picture.pixels[place], picture.name.split("/")[0]


def whole(pictures: Iterable[Picture]) -> list[Cut]:
    """Pictures as they are."""
    return [(picture.pixels, picture.name.split("/")[0]) for picture in pictures]


def object_kinds(bench: Bench) -> Labelled | None:
    """Nine kinds of ground and object; where real pictures show too few, simulated scenes stand beside them.

    A tile is a harbour from a fifth of quays on, as elsewhere in this package.
    """
    scenes = 2 if bench.sizes.per_class < 40 else 8
    seeds = range(FIRST_SEED, FIRST_SEED + scenes)
    ports, towns, country, hills = (
        as_seen(recipes, seeds) for recipes in (("harbor",), ("town",), ("farmland", "forest"), ("mountains",))
    )
    marine = [*bench.part("ssdd"), *bench.part("hrsid")]
    real = [*marine, *bench.part("chips"), *bench.part("landcover")]
    cuts = {
        of_concept("ship"): ships(marine),
        of_concept("aircraft"): iter(whole(bench.part("sar_acd"))),
        of_concept("vehicle"): iter(whole(bench.part("mstar"))),
        of_concept("harbor"): tiles([*marine, *ports], ("harbor",), 0.2),
        of_concept("urban"): tiles([*real, *towns], ("urban",), 0.95),
        of_concept("vegetation", "forest", "fields", called="vegetation"): tiles(
            [*real, *country], ("vegetation", "forest", "fields"), 0.95
        ),
        of_concept("sea"): tiles([*marine, *bench.part("oil_slicks")], ("sea",), 1.0),
        of_concept("mountains"): tiles([*real, *hills], ("mountains",), 0.95),
        of_concept("flood"): tiles(bench.part("floods"), ("flood",), 0.9, 64),
    }
    return collect(bench, "kinds", {words: list(found) for words, found in cuts.items()})


def inshore(bench: Bench) -> Labelled | None:
    """SSDD pictures with land against those with ships on the open sea."""
    pictures = bench.part("ssdd")
    near = [picture for picture in pictures if is_inshore(picture)]
    far = [picture for picture in pictures if not is_inshore(picture)]
    cuts = {
        Words("inshore", *_split("ships near harbor")): whole(near),
        Words("offshore", *_split("ships at sea")): whole(far),
    }
    return collect(bench, "inshore or offshore", cuts)


def _split(composite: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = of_concept(composite)
    return words.seen, words.held_out


def water_or_land(bench: Bench) -> Labelled | None:
    """Sen1Floods11: tiles of 64 px that are all but wholly water or wholly land."""
    pictures = bench.part("floods")
    water = of_concept("water", "flood", "inland water", called="water")
    cuts = {
        water: list(tiles(pictures, ("flood",), 0.95, 64)),
        of_concept("land"): list(tiles(pictures, ("land",), 0.95, 64)),
    }
    return collect(bench, "water or land", cuts)


RED, CYAN, BLACK = (255, 0, 0), (0, 255, 255), (0, 0, 0)
OIL_SHARE = 0.1  # of a tile, from which it shows a slick or what looks like one
OIL_TILE_PX = 96


def oil(bench: Bench) -> Labelled | None:
    """Tiles with oil, with what looks like it, and of clean sea; the last two are both asked for as sea."""
    slick, sea = of_concept("oil slick"), of_concept("open sea", "sea", called="clean sea or look-alike")
    cuts: dict[Words, list[Cut]] = {slick: [], sea: []}
    for picture in bench.part("oil_slicks"):
        name = picture.name.split("/")[1]
        colors = _mask(bench.data / "oil_slicks/masks", name)
        for row in range(0, colors.shape[0] - OIL_TILE_PX + 1, OIL_TILE_PX // 2):
            for col in range(0, colors.shape[1] - OIL_TILE_PX + 1, OIL_TILE_PX // 2):
                place = slice(row, row + OIL_TILE_PX), slice(col, col + OIL_TILE_PX)
                origin = _oil_origin(colors[place])
                if origin:
                    cuts[slick if origin == "oil" else sea].append((picture.pixels[place], origin))
    return collect(bench, "oil slick or not", _evened(bench, cuts, sea))


def _oil_origin(colors: NDArray[np.uint8]) -> str:
    """What a tile of the mask shows; nothing where it shows oil and a look-alike, or anything else."""
    oil_share, red, black = ((colors == color).all(-1).mean() for color in (CYAN, RED, BLACK))
    if oil_share + red + black < 0.99:
        return ""
    if black == 1:
        return "clean sea"
    if oil_share >= OIL_SHARE and red == 0:
        return "oil"
    return "look-alike" if red >= OIL_SHARE and oil_share == 0 else ""


def _evened(bench: Bench, cuts: dict[Words, list[Cut]], sea: Words) -> dict[Words, list[Cut]]:
    """As many look-alikes as tiles of clean sea, of which there are many more."""
    alike = [cut for cut in cuts[sea] if cut[1] == "look-alike"]
    clean = [cut for cut in cuts[sea] if cut[1] == "clean sea"]
    return {**cuts, sea: alike + bench.some(clean, max(len(alike), 10), "clean sea")}


def _mask(folder: Path, name: str) -> NDArray[np.uint8]:
    """Colours of a mask, each snapped to the nearest corner of the cube that the data set uses."""
    path = next(folder.glob(f"{name}.*"))
    colors = np.asarray(Image.open(path).convert("RGB")).astype(np.int32)
    palette = np.array([BLACK, CYAN, RED, (153, 76, 0), (0, 153, 0)], np.int32)
    nearest = ((colors[:, :, None] - palette) ** 2).sum(-1).argmin(-1)
    return palette[nearest].astype(np.uint8)


def by_name(bench: Bench, name: str) -> Labelled | None:
    """Types of vehicles (mstar) or airliners (sar_acd), asked for by what people call them."""
    classes = types({"mstar": VEHICLE_TYPES, "sar_acd": AIRLINER_TYPES}[name])
    cuts: dict[Words, list[Cut]] = {words: [] for words in classes.values()}
    for picture in bench.part(name):
        if type_of(picture) in classes:
            cuts[classes[type_of(picture)]].append((picture.pixels, name))
    found = collect(bench, f"{name} by name", cuts)
    return found and replace(found, types=True)


def type_of(picture: Picture) -> str:
    """Class folder of a chip: its name may hold a serial number below it."""
    return picture.name.split("/")[1]
