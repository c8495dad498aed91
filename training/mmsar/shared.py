"""The real data sets of the project's own data folder, with what is known of each beyond its labels.

Their readers are those that train the bundled model, so that the test scene stays out here as there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypedDict

from training.concepts import KINDS
from training.d2c import AnnotatedImage, from_picture
from training.d2c.annotation import rotated_box
from training.mmsar.class_names import class_words
from training.mmsar.sample import Item, Sample, Source
from training.sources.opensarship import PIXEL_M, ship_of
from training.sources.picture import Picture, enclosing_rectangle
from training.sources.real import READERS
from training.splits import block_of, is_validation


@dataclass(frozen=True)
class Facts:
    """What is known of every picture of a data set. None where it varies and the file does not say.

    Attributes:
        folder: Below the data folder.
        terms: Under which it may be used.
        complete: Kinds of object of which its annotators left none out.
        sensor: Name, if one.
        band: Letter, if one.
        polarization: If one; "bands" where a number at the end of the name tells VV (0) from VH (1).
        gsd_m: Metres a pixel. Left out where only the resolution is known, or pixels are not square, or
            outlines are too rough to measure an object with.
    """

    folder: str
    terms: str
    complete: frozenset[str] = frozenset()
    sensor: str | None = None
    band: str | None = None
    polarization: str | None = None
    gsd_m: float | None = None


COPERNICUS = "modified Copernicus Sentinel data: free use with attribution"
FACTS: dict[str, Facts] = {
    "ssdd": Facts("ssdd", "research use", frozenset({"ship"})),
    "hrsid": Facts("hrsid", "research use", frozenset({"ship"})),
    "chips": Facts("sentinel1/chips", COPERNICUS, sensor="Sentinel-1", band="C", polarization="VH", gsd_m=10.0),
    "floods": Facts(
        "sentinel1/floods", f"{COPERNICUS}; masks of Sen1Floods11", frozenset(), "Sentinel-1", "C", "bands"
    ),
    "landcover": Facts(
        "sentinel1/landcover", "Apache-2.0 (IBM/terramind)", frozenset(), "Sentinel-1", "C", "bands", 10.0
    ),
    "oil_slicks": Facts("oil_slicks", "research use", frozenset(), "Sentinel-1", "C"),
    "opensarship": Facts("opensarship", "research use", frozenset(), "Sentinel-1", "C"),
    "mstar": Facts("mstar", "public release; this copy CC BY-NC 4.0", frozenset({"vehicle"}), None, "X"),
    "sar_acd": Facts("sar_acd", "open to the community", frozenset({"aircraft"}), "Gaofen-3", "C"),
}



def shared_sources(root: Path) -> list[Source]:
    """The data sets that are below `root`."""
    found = {name: facts for name, facts in FACTS.items() if (root / facts.folder).is_dir()}
    return [Source(name, facts.terms, partial(shared_items, name, root)) for name, facts in found.items()]


def shared_items(name: str, root: Path) -> Iterator[Item]:
    """The pictures of one of the data sets below `root`, as its reader yields them."""
    for picture in READERS[name](root):
        part = "validation" if is_validation(picture.name) else "train"
        yield Item(picture.name, scene_of(picture.name), part, partial(_sample, name, root, picture))


def scene_of(name: str) -> str:
    """The scene, product or block of neighbours of a picture named "set/file": what a split keeps whole."""
    collection, _, item = name.partition("/")
    if collection in ("hrsid", "floods"):
        return item.split("_")[0]
    if collection in ("landcover", "opensarship"):
        return item.split("/")[0]
    if collection in ("mstar", "sar_acd"):
        return block_of(item)
    return item


class Acquisition(TypedDict):
    """What captions may say of how a picture was taken; see `Facts`."""

    gsd_m: float | None
    sensor: str | None
    band: str | None
    polarization: str | None


def acquisition(name: str) -> Acquisition:
    """What is known of how the picture named "set/file" was taken: nothing where its set is none of these."""
    facts = FACTS.get(name.partition("/")[0], Facts("", ""))
    polarization = facts.polarization
    if polarization == "bands":
        polarization = "VV" if name.endswith("/0") else "VH"
    return Acquisition(gsd_m=facts.gsd_m, sensor=facts.sensor, band=facts.band, polarization=polarization)


def _sample(name: str, root: Path, picture: Picture) -> Sample:
    image = from_picture(
        picture, FACTS[name].complete, scene_words=class_words(_label(picture.name, "")), **acquisition(picture.name)
    )
    if name == "opensarship":
        image = _measured(image, root)
    return Sample(image, picture.pixels, tuple(_label(picture.name, KINDS[int(row[5])]) for row in picture.objects))


def _label(name: str, default: str) -> str:
    """Class name of the one object of a chip, as its data set spells it."""
    parts = name.split("/")
    if parts[0] in ("mstar", "sar_acd"):
        return parts[1]
    return parts[2].split("_x")[0] if parts[0] == "opensarship" else default


def _measured(image: AnnotatedImage, root: Path) -> AnnotatedImage:
    """The ship at the size that its AIS message gave, where it did: a drawn hull holds some of the point spread."""
    ship, drawn = ship_of(root, image.name), image.objects[0]
    _, _, angle = enclosing_rectangle(drawn.outline)
    told = ship.length_m > 0 and ship.width_m > 0
    sides = ship.length_m / PIXEL_M, ship.width_m / PIXEL_M
    return replace(
        image,
        objects=(rotated_box(drawn.kind, *drawn.centre, *sides, angle) if told else drawn,),
        complete=frozenset({"ship"}) if ship.alone else frozenset(),
        gsd_m=PIXEL_M,
    )
