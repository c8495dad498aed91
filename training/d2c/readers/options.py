"""What readers are told besides the path, and the words they share."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import rasterio
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning

from training.concepts import CONCEPTS
from training.d2c.annotation import AnnotatedImage

PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp")
RASTERS = (".tif", ".tiff")

# other people's names of the kinds known here, in lower case with spaces
ALIASES = {
    "vessel": "ship", "boat": "ship", "ships": "ship",
    "plane": "aircraft", "airplane": "aircraft", "airliner": "aircraft", "helicopter": "aircraft",
    "storage tank": "tank", "oil tank": "tank", "storagetank": "tank", "fuel tank": "tank",
    "small vehicle": "vehicle", "large vehicle": "vehicle", "car": "vehicle", "truck": "vehicle", "bus": "vehicle",
    "van": "vehicle", "harbour": "harbor", "port": "harbor", "platform": "oil platform", "oil rig": "oil platform",
    "windmill": "wind turbine", "wind mill": "wind turbine", "water": "inland water", "city": "urban", "town": "urban",
    "built up": "urban", "ocean": "sea", "look alike": "sea",
}  # fmt: skip


class ReadError(ValueError):
    """An annotation that cannot be read; the message names the file, what is wrong and the remedy."""


@dataclass(frozen=True)
class Options:
    """What no annotation file says, or says in its own words.

    Attributes:
        images: Folder of the pictures, where the format does not give their sizes; beside the labels if None.
        complete: Kinds annotated without exception; None for what is usual in the format (all classes of a detection
            set, none of an analyst's polygons or of masks, where neighbours run together).
        aliases: Class name to kind, before the aliases known here.
        classes: Names of numbered classes.
        scene: Raster that the polygons of `vector` lie over.
        column: Of `vector`, that holds the class.
        tile_px: Windows that `vector` cuts a scene into.
        colors: Of `masks`: "r,g,b" or grey value to kind.
        gsd_m: As in `AnnotatedImage`, like all that follow.
        sensor: See there.
        band: See there.
        polarization: See there.
    """

    images: Path | None = None
    complete: frozenset[str] | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    scene: Path | None = None
    column: str | None = None
    tile_px: int = 1024
    colors: Mapping[str, str] = field(default_factory=dict)
    gsd_m: float | None = None
    sensor: str | None = None
    band: str | None = None
    polarization: str | None = None

    def kind(self, name: str) -> str:
        """The kind that a class name of a data set means."""
        if name in self.aliases:
            return self.aliases[name]
        plain = " ".join(re.findall("[a-z0-9]+", name.lower()))
        return self.aliases.get(plain) or (plain if plain in CONCEPTS else ALIASES.get(plain, plain or name))

    def about(self, image: AnnotatedImage) -> AnnotatedImage:
        """The image with what the options say of all images, where the file itself says nothing."""
        return replace(
            image,
            gsd_m=image.gsd_m or self.gsd_m,
            sensor=image.sensor or self.sensor,
            band=image.band or self.band,
            polarization=image.polarization or self.polarization,
        )


def picture_of(stem: str, labels: Path, options: Options) -> Path:
    """The picture that belongs to a label file.

    Raises:
        ReadError: There is none.
    """
    folders = [options.images] if options.images else [labels, labels.parent / "images", labels.parent / "JPEGImages"]
    for folder in folders:
        for suffix in PICTURES:
            for name in (stem + suffix, stem + suffix.upper()):
                if (folder / name).exists():
                    return folder / name
    places = ", ".join(str(folder) for folder in folders)
    raise ReadError(f"{stem}: no picture of that name in {places}; name the folder of the pictures (--images)")


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a picture, from its header alone."""
    if path.suffix.lower() in RASTERS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # labels lie in its pixels
            with rasterio.open(path) as raster:
                return raster.width, raster.height
    with Image.open(path) as picture:
        return picture.size


def numbers(texts: Iterable[str], where: str) -> list[float]:
    """Texts as finite numbers.

    Raises:
        ReadError: One of them is none; `where` names the place.
    """
    listed = list(texts)
    try:
        values = [float(text) for text in listed]
    except ValueError as error:
        raise ReadError(f"{where}: {' '.join(listed)!r} should be numbers") from error
    if not all(map(math.isfinite, values)):
        raise ReadError(f"{where}: {' '.join(listed)!r} should be finite numbers")
    return values


def files(path: Path, suffix: str) -> list[Path]:
    """The file itself, or all files of that kind in a folder.

    Raises:
        ReadError: There is none.
    """
    found = sorted(path.glob(f"*{suffix}")) if path.is_dir() else [path] if path.exists() else []
    if not found:
        raise ReadError(f"{path}: no *{suffix} file there")
    return found
