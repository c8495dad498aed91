"""Readers of the real data sets that train the first model; each yields `Picture`s of its training part.

The Los Angeles scene is the test of the whole product: nothing here reads it, and the columns of the
three chips that overlap it are dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from training.concepts import KIND
from training.d2c.readers import Labels, read_voc, read_yolo
from training.sources.chip_labels import CELL_PX, CHIP_LABELS, LETTERS
from training.sources.opensarship import opensarship
from training.sources.picture import Picture, as_bytes, centre, no_objects, paint_objects
from training.sources.picture_labels import SSDD_CELLS, SSDD_WRONG_MASKS, hrsid_kinds, kinds_of_cells

LOS_ANGELES_BOUNDS = (-13193982.5, 3966219.5, -13142781.1, 4017420.4)
"""West, south, east, north of the test scene in EPSG:3395 metres."""
PIXEL_M = 10.0
MSTAR_PX = 96
"""Side of the middle of an MSTAR chip, all that is ever shown of it: chips are 128 to 193 px wide by class, and
nobody may learn the size, or the frame of nodata it leaves, instead of the vehicle. Vehicle and shadow fit."""
MSTAR_SHARE = 0.35  # of that middle, which the vehicle covers
SSDD_SHIFT_PX = 0.7
"""By how much SSDD's corners lie left of and above the ships, in x and y: they are indices of pixels, cut down to whole
numbers. So shifted, 437 ships stand out most from what is around them (.67 +- .06 in x, .66 +- .06 in y); HRSID's do
as they are."""

OIL_COLORS = {
    (0, 0, 0): "sea", (0, 255, 255): "oil slick", (255, 0, 0): "sea",
    (153, 76, 0): "ship", (0, 153, 0): "land",
}  # fmt: skip


def grey(path: Path) -> NDArray[np.uint8]:
    """An 8-bit picture as bytes; black stays valid, as these pictures have no nodata value."""
    pixels: NDArray[np.uint8] = np.maximum(np.asarray(Image.open(path).convert("L")), 1)
    return pixels


def ssdd(root: Path, names: set[str] | None = None) -> Iterator[Picture]:
    """SSDD: ships with rotated boxes, sea or land for every pixel (SL-SSDD), and what land where we could tell."""
    for annotation in sorted((root / "ssdd/annotations").glob("*.xml")):
        if names is not None and annotation.stem not in names:
            continue
        pixels = grey(root / f"ssdd/images/{annotation.stem}.jpg")
        mask = _resized(next((root / "ssdd/land_masks").glob(f"{annotation.stem}.*")), pixels.shape)
        kinds = _ssdd_kinds(mask > 127, annotation.stem)
        ships = _ships(read_voc(annotation))
        ships[:, :2] += SSDD_SHIFT_PX
        paint_objects(kinds, ships)
        yield Picture(pixels, kinds, ships, f"ssdd/{annotation.stem}")


def _ssdd_kinds(sea: NDArray[np.bool_], name: str) -> NDArray[np.uint8]:
    """Sea by the mask and, where it says land, the kind by our own letters."""
    ground = kinds_of_cells(SSDD_CELLS.get(name, "."), sea.shape)
    ground[ground == KIND["clutter"]] = KIND["land"]
    water = KIND["unknown"] if name in SSDD_WRONG_MASKS else KIND["sea"]
    return np.where(sea, water, ground).astype(np.uint8)


def _resized(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    return np.asarray(Image.open(path).convert("L").resize((shape[1], shape[0]), Image.Resampling.NEAREST))


def _ships(labels: Labels) -> NDArray[np.float32]:
    """The ships of a label file of boxes, upright or rotated, as objects of a `Picture`."""
    rows = []
    for item in labels.objects:
        corners = item.outline.astype(np.float64)
        sides = np.roll(corners, -1, axis=0) - corners
        lengths = np.hypot(*sides[:2].T)
        long = int(np.argmax(lengths))
        angle = np.arctan2(sides[long, 1], sides[long, 0])
        rows.append([*corners.mean(0), lengths[long], lengths[1 - long], angle, KIND["ship"]])
    return np.array(rows, np.float32) if rows else no_objects()


def hrsid(root: Path, scenes: set[str] | None = None) -> Iterator[Picture]:
    """HRSID: upright boxes of ships, and our own letters of what is around them."""
    for path in sorted((root / "hrsid/images").iterdir()):
        if scenes is not None and path.stem.split("_")[0] not in scenes:
            continue
        pixels = grey(path)
        height, width = pixels.shape
        kinds = hrsid_kinds(path.stem, pixels.shape)
        ships = _ships(read_yolo(root / f"hrsid/labels/{path.stem}.txt", (width, height)))
        paint_objects(kinds, ships)
        yield Picture(pixels, kinds, ships, f"hrsid/{path.stem}")


HULL_SLENDERNESS = 0.22  # width by length of a ship as HRSID's radars show it


def along_hulls(picture: Picture) -> Picture:
    """A picture of HRSID with each upright box as the slanted hull that touches its sides.

    Of a box that a hull crosses from corner to corner most is water or quay, which must not be learned as ship.
    A hull of length L at the angle a spans L (cos a + s sin a) by L (sin a + s cos a), for a slenderness s; which
    of the two diagonals it lies on the brightness tells.
    """
    ships = picture.objects.copy()
    for ship in ships:
        upright = abs(np.cos(ship[4])) < 0.5
        across, down = (ship[3], ship[2]) if upright else (ship[2], ship[3])
        run, rise = across - HULL_SLENDERNESS * down, down - HULL_SLENDERNESS * across
        if run > 0 and rise > 0:  # else it is as slender as a hull, and lies along an axis
            angle = np.arctan2(rise, run)
            length = across / (np.cos(angle) + HULL_SLENDERNESS * np.sin(angle))
            side = 1 if _tilt(picture.pixels, ship[0], ship[1], across, down) > 0 else -1
            ship[2:5] = length, HULL_SLENDERNESS * length, side * angle
    kinds = hrsid_kinds(picture.name.split("/")[1], picture.pixels.shape)
    paint_objects(kinds, ships)
    return replace(picture, kinds=kinds, objects=ships)


def _tilt(pixels: NDArray[np.uint8], x: float, y: float, across: float, down: float) -> float:
    """Covariance of columns and rows of a box, weighed by brightness: its sign tells the diagonal."""
    top, left = int(max(y - down / 2, 0)), int(max(x - across / 2, 0))
    inside = pixels[top : int(y + down / 2) + 1, left : int(x + across / 2) + 1].astype(np.float32)
    rows, cols = np.mgrid[: inside.shape[0], : inside.shape[1]]
    return float(((rows + 0.5 + top - y) * (cols + 0.5 + left - x) * inside**2).sum())


def chips(root: Path) -> Iterator[Picture]:
    """Sentinel-1 chips with our own letters, less what overlaps the test scene."""
    west, south, east, north = LOS_ANGELES_BOUNDS
    for entry in json.loads((root / "sentinel1/chips/index.json").read_text()):
        name = Path(entry["file"]).stem
        pixels = grey(root / f"sentinel1/chips/{entry['file']}")
        letters = np.array([list(row) for row in CHIP_LABELS[name].split()])
        codes = np.vectorize(lambda letter: KIND[LETTERS[letter]], otypes=[np.uint8])(letters)
        kinds = np.kron(codes, np.ones((CELL_PX, CELL_PX), np.uint8))
        (left, top), _, (right, bottom), _ = entry["corners_epsg3395"]
        across, down = min(right, east) - max(left, west), min(top, north) - max(bottom, south)
        if across > PIXEL_M and down > PIXEL_M:  # neighbours touch, within what the bounds are rounded to
            overlap = int(np.ceil((east - left) / (right - left) * pixels.shape[1]))
            pixels, kinds = pixels[:, overlap:], kinds[:, overlap:]
        yield Picture(pixels, kinds, no_objects(), f"chips/{name}")


DARKER_DB = 4.0  # that mapped water is below mapped land, in the mean; 8 to 13 dB in the others


def floods(root: Path) -> Iterator[Picture]:
    """Sen1Floods11: both polarisations, water against land, where the radar saw the water that was mapped."""
    for path in sorted((root / "sentinel1/floods").glob("*_S1.tif")):
        water = tifffile.imread(path.with_name(path.name.replace("_S1", "_water")))
        bands = tifffile.imread(path)
        kinds = np.select([water == 1, water == 0], [KIND["flood"], KIND["land"]], KIND["unknown"])
        if not _darker(bands, water):
            kinds = np.full_like(kinds, KIND["unknown"])
        yield from _decibels(bands, kinds.astype(np.uint8), f"floods/{path.stem}")


def _darker(bands: NDArray[np.floating], water: NDArray[np.integer]) -> bool:
    """Whether water is darker than land: in one scene of six what was mapped is wet forest, or from another day."""
    wet, dry = bands[:, water == 1], bands[:, water == 0]
    if not wet.size or not dry.size:
        return True  # nothing to compare
    return bool(np.nanmean(dry) - np.nanmean(wet) >= DARKER_DB)


LANDCOVER = {1: "inland water", 2: "forest", 4: "fields", 5: "urban", 6: "bare", 9: "vegetation"}


def landcover(root: Path) -> Iterator[Picture]:
    """Sentinel-1 chips with a map of the land cover."""
    for path in sorted((root / "sentinel1/landcover").glob("*_S1.tif")):
        codes = tifffile.imread(path.with_name(path.name.replace("_S1", "_lulc"))).squeeze()
        kinds = np.full(codes.shape, KIND["unknown"], np.uint8)
        for code, kind in LANDCOVER.items():
            kinds[codes == code] = KIND[kind]
        bands = np.moveaxis(tifffile.imread(path), -1, 0)
        yield from _decibels(bands, kinds, f"landcover/{path.stem}")


def _decibels(bands: NDArray[np.floating], kinds: NDArray[np.uint8], name: str) -> Iterator[Picture]:
    for number, band in enumerate(bands):
        valid = np.isfinite(band)
        if valid.mean() > 0.2:
            low, high = np.percentile(band[valid], (1, 99.5))
            yield Picture(as_bytes(band, valid, low, high), kinds, no_objects(), f"{name}/{number}")


def oil_slicks(root: Path) -> Iterator[Picture]:
    """Sea scenes with oil, look-alikes (sea, in truth), ships and land."""
    colors = np.array(list(OIL_COLORS), np.int32)
    codes = np.array([KIND[kind] for kind in OIL_COLORS.values()], np.uint8)
    for path in sorted((root / "oil_slicks/images").iterdir()):
        pixels = grey(path)
        mask_path = next((root / "oil_slicks/masks").glob(f"{path.stem}.*"))
        mask = np.asarray(Image.open(mask_path).convert("RGB")).astype(np.int32)
        nearest = ((mask[:, :, None] - colors) ** 2).sum(-1).argmin(-1)
        kinds = codes[nearest]
        kinds[kinds == KIND["ship"]] = KIND["unknown"]  # blobs, not hulls: too coarse to learn a ship from
        yield Picture(pixels, kinds, no_objects(), f"oil_slicks/{path.stem}")


def mstar(root: Path) -> Iterator[Picture]:
    """MSTAR: a vehicle in the middle of each chip, all chips cut to the same size."""
    for path in sorted((root / "mstar").rglob("*.jpeg")):
        name = f"mstar/{path.relative_to(root / 'mstar').with_suffix('')}"
        yield _centred(centre(grey(path), MSTAR_PX), "vehicle", MSTAR_SHARE, name)


def sar_acd(root: Path) -> Iterator[Picture]:
    """SAR-ACD: an airliner fills each chip."""
    for path in sorted((root / "sar_acd").glob("*/*.jpg")):
        yield _centred(grey(path), "aircraft", 0.8, f"sar_acd/{path.parent.name}/{path.stem}")


def _centred(pixels: NDArray[np.uint8], kind: str, share: float, name: str) -> Picture:
    height, width = pixels.shape
    size = share * min(height, width)
    objects = np.array([[width / 2, height / 2, size, size, 0, KIND[kind]]], np.float32)
    kinds = np.full(pixels.shape, KIND["clutter"], np.uint8)
    paint_objects(kinds, objects)
    return Picture(pixels, kinds, objects, name)


READERS = {
    "ssdd": ssdd, "hrsid": hrsid, "chips": chips, "floods": floods, "landcover": landcover,
    "oil_slicks": oil_slicks, "opensarship": opensarship, "mstar": mstar, "sar_acd": sar_acd,
}  # fmt: skip


def load_real(root: Path) -> dict[str, list[Picture]]:
    """Every real data set below `root`, by name; a set that is absent is left out."""
    found = {name: reader for name, reader in READERS.items() if (root / name).exists() or name in _S1}
    return {name: list(reader(root)) for name, reader in found.items()}


_S1 = ("chips", "floods", "landcover")  # these live below sentinel1/
