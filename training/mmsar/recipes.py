"""How each public data set is laid out, and what is known of it: a table that `training.mmsar.public` reads.

None of these sets is part of the project. Layouts are those of the official releases, as their papers, pages and
public code describe them; `seen` says which were read as published and which only as fixtures of the tests.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from training.sources.real import MSTAR_PX, MSTAR_SHARE
from training.splits import HRSID_VALIDATION_REMAINDER, is_validation

SHIP, AIRCRAFT, VEHICLE = frozenset({"ship"}), frozenset({"aircraft"}), frozenset({"vehicle"})


@dataclass(frozen=True)
class Entry:
    """A picture in a listing: enough to say what part it is of.

    Attributes:
        path: Below the folder of the set.
        scene: As the recipe's pattern finds it.
        rank: Place among the pictures of its folder, 0 to 1.
        lists: Official lists it stands in, as far as there are files of them ("train", "val", "test").
    """

    path: PurePosixPath
    scene: str
    rank: float = 0.0
    lists: frozenset[str] = frozenset()


Rule = Callable[[Entry], str]


def by_hash(entry: Entry) -> str:
    """A tenth of the scenes validates, a tenth tests; for sets without a split of their own."""
    bucket = hashlib.sha256(entry.scene.encode()).digest()[0] % 10
    return {0: "test", 1: "validation"}.get(bucket, "train")


def by_official(entry: Entry) -> str:
    """The set's own split, from its lists or the names of its folders."""
    words = entry.lists | {part.lower() for part in entry.path.parts[:-1]}
    for part, spellings in (("test", {"test"}), ("validation", {"val", "valid", "validation"}), ("train", {"train"})):
        if any(word == name or word.endswith(f"_{name}") for word in words for name in spellings):
            return part
    raise ValueError(f"{entry.path}: neither a list nor a folder says whether it trains or tests")


def by_ssdd(entry: Entry) -> str:
    """Official: names ending in 1 and 9 test. Ours: 5 and 7 validate."""
    if entry.path.stem[-1] in "19":
        return "test"
    return "validation" if is_validation(f"ssdd/{entry.path.stem}") else "train"


def by_hrsid(entry: Entry) -> str:
    """By scene; the official split cuts scenes, whose pieces overlap, through the middle."""
    remainder = int(entry.scene[1:]) % 4
    return {0: "test", HRSID_VALIDATION_REMAINDER: "validation"}.get(remainder, "train")


def by_ls_ssdd(entry: Entry) -> str:
    """Official: scenes 11 to 15 test. Ours: 9 and 10 validate."""
    number = int(entry.scene)
    return "test" if number >= 11 else "validation" if number >= 9 else "train"


def by_mstar(entry: Entry) -> str:
    """Official: depression 17 degrees trains, 15 tests. Ours: blocks of neighbours of the first validate."""
    if any(part.upper().startswith("15_DEG") for part in entry.path.parts):
        return "test"
    return "validation" if is_validation(f"mstar/{entry.path.parent.name}/{entry.path.stem}") else "train"


def by_sar_acd(entry: Entry) -> str:
    """The last fifth of each class tests, blocks of neighbours validate: near-duplicates stand side by side."""
    if entry.rank >= 0.8:
        return "test"
    return "validation" if is_validation(f"sar_acd/{entry.path.parent.name}/{entry.path.stem}") else "train"


def by_product(entry: Entry) -> str:
    """By product: the folder product_4 validates, all others train."""
    return "validation" if is_validation(f"opensarship/{entry.path}") else "train"


def no_facts(entry: Entry) -> dict[str, str]:
    """Nothing is in the file name."""
    return {}


def sar_ship_facts(entry: Entry) -> dict[str, str]:
    """Sensor and polarisation from names such as "Gao_ship_hh_02016082544040302"."""
    found = re.match(r"(Gao|Sen)_ship_(hh|hv|vh|vv)_", entry.path.name)
    if not found:
        return {}
    sensor = {"Gao": "Gaofen-3", "Sen": "Sentinel-1"}[found[1]]
    return {"sensor": sensor, "polarization": found[2].upper(), "band": "C"}


@dataclass(frozen=True)
class Recipe:
    """A public data set.

    Attributes:
        title: As its authors call it, with their paper.
        terms: Under which it may be used; read the authors' own before use.
        format: "voc", "yolo", "dota", "coco", "class folders", "phoenix", "opensarship".
        images: Patterns of its pictures below its folder; all that match count.
        labels: Patterns of its label files; found by the stem of the picture (COCO: by file name within).
        classes: Kind of each class; one that is not in here is an error.
        complete: Kinds of which its annotators left none out.
        rule: Part of a picture.
        scene: Pattern with one group, searched in the path below the folder; without a match the path is the scene.
        sensor: Of all pictures, if it is one.
        band: The same.
        polarization: The same.
        gsd_m: The same, metres a pixel, not resolution.
        facts: Of one picture, from its name.
        unlabelled: Whether a picture without a label file shows nothing, rather than being an error.
        tile_px: Pictures beyond one and a half of this are cut into pieces of it.
        middle_px: Chips are cut to this middle, where their size tells their class.
        object_share: Of the shorter side that the one object of a chip covers, where there is no box.
        seen: What reading was verified with: "published files", or "fixtures" of the tests made after descriptions.
    """

    title: str
    terms: str
    format: str
    images: tuple[str, ...]
    classes: Mapping[str, str]
    rule: Rule
    labels: tuple[str, ...] = ()
    complete: frozenset[str] = frozenset()
    scene: str = ""
    sensor: str | None = None
    band: str | None = None
    polarization: str | None = None
    gsd_m: float | None = None
    facts: Callable[[Entry], dict[str, str]] = field(default=no_facts)
    unlabelled: bool = False
    tile_px: int = 1024
    middle_px: int | None = None
    object_share: float = 0.8
    seen: str = "fixtures"


RESEARCH = "research use; cite the paper"
JPEG = ("**/*.jpg", "**/*.jpeg", "**/*.png", "**/*.JPG")
AIRLINER_NAMES = ("A220", "A320", "A320321", "A320/321", "A330", "ARJ21", "Boeing737", "Boeing787", "other")
VEHICLE_NAMES = (
    *("2S1", "BMP2", "BRDM2", "BRDM_2", "BTR60", "BTR_60", "BTR70", "BTR_70", "D7", "T62", "T72"),
    *("ZIL131", "ZSU234", "ZSU_23_4"),
)

RECIPES: dict[str, Recipe] = {
    "ssdd-official": Recipe(
        "SSDD, official release (Zhang et al., Remote Sensing 13, 2021, 3690)", RESEARCH, "voc",
        ("RBox_SSDD/voc_style/JPEGImages_*/*.jpg",), {"ship": "ship"}, by_ssdd,
        ("RBox_SSDD/voc_style/Annotations_*/*.xml",), SHIP, r"(\d{6})\.jpg$",
        seen="fixtures; its XML as published",
    ),
    "hrsid-official": Recipe(
        "HRSID (Wei et al., IEEE Access 8, 2020, 120234)", RESEARCH, "coco",
        ("**/JPEGImages/*.jpg", "**/JPEGImages/*.png"), {"ship": "ship"}, by_hrsid,
        ("**/annotations/train_test2017.json",), SHIP, r"(P\d{4})_",
    ),
    "sar-ship": Recipe(
        "SAR-Ship-Dataset (Wang et al., Remote Sensing 11, 2019, 765)", RESEARCH, "yolo",
        ("**/*.jpg",), {"0": "ship"}, by_hash, ("**/*.txt",), SHIP,
        r"((?:Gao|Sen)_ship_(?:hh|hv|vh|vv)_0\d{8}|newship|ship)", facts=sar_ship_facts,
    ),
    "ls-ssdd": Recipe(
        "LS-SSDD-v1.0 (Zhang et al., Remote Sensing 12, 2020, 2997), its 800 px pieces", RESEARCH, "voc",
        ("**/JPEGImages_sub*/**/*.jpg",), {"ship": "ship"}, by_ls_ssdd, ("**/Annotations_sub/**/*.xml",), SHIP,
        r"(\d{2})_\d+_\d+\.jpg$", "Sentinel-1", "C",
    ),
    "air-sarship": Recipe(
        "AIR-SARShip-1.0 and 2.0 (Sun et al., Journal of Radars 8, 2019, 852)", RESEARCH, "voc",
        ("**/*.tiff", "**/*.tif"), {"ship": "ship"}, by_hash, ("**/*.xml",), SHIP, "", "Gaofen-3", "C", tile_px=1000,
    ),
    "sadd": Recipe(
        "SADD (Zhang et al., IEEE TGRS 60, 2022; hust-rslab/SAR-aircraft-data)", RESEARCH, "yolo",
        JPEG, {"0": "aircraft"}, by_hash, ("**/*.txt",), AIRCRAFT, "", "TerraSAR-X", "X", "HH", unlabelled=True,
    ),
    "sar-aircraft": Recipe(
        "SAR-AIRcraft-1.0 (Wang et al., Journal of Radars 12, 2023, 906)", RESEARCH, "voc",
        ("**/JPEGImages/*.jpg",), dict.fromkeys(AIRLINER_NAMES, "aircraft"), by_official,
        ("**/Annotations/*.xml",), AIRCRAFT, "", "Gaofen-3", "C",
    ),
    "sived": Recipe(
        "SIVED (Lin et al., Remote Sensing 15, 2023, 2825), rotated boxes in DOTA form", RESEARCH, "dota",
        JPEG, {"vehicle": "vehicle", "car": "vehicle"}, by_official, ("**/*.txt",), VEHICLE,
    ),
    "ogsod": Recipe(
        "OGSOD-1.0 (Wang et al., IEEE TGRS 61, 2023), its SAR pictures", RESEARCH, "yolo",
        ("**/sar/**/*.png", "**/sar/**/*.jpg", "**/images/**/*.png", "**/images/**/*.jpg"),
        {"0": "bridge", "1": "harbor", "2": "tank"}, by_official, ("**/labels/**/*.txt",),
        frozenset({"bridge", "harbor", "tank"}),
    ),
    "msar": Recipe(
        "MSAR-1.0 (Chen et al., 2022; HISEA-1 and Gaofen-3)", RESEARCH, "voc",
        ("**/JPEGImages/*.jpg",), {
            "ship": "ship", "bridge": "bridge", "aircraft": "aircraft", "oilcan": "tank", "oil tank": "tank",
            "oiltank": "tank", "oil_tank": "tank", "tank": "tank",
        }, by_hash, ("**/Annotations/*.xml",), frozenset({"ship", "bridge", "aircraft", "tank"}),
    ),
    "sardet-100k": Recipe(
        "SARDet-100K (Li et al., NeurIPS 2024)", RESEARCH, "coco",
        ("**/JPEGImages/*/*.png", "**/JPEGImages/*/*.jpg"), {
            "ship": "ship", "aircraft": "aircraft", "car": "vehicle", "tank": "tank", "bridge": "bridge",
            "harbor": "harbor",
        }, by_official, ("**/Annotations/train.json", "**/Annotations/val.json", "**/Annotations/test.json"),
    ),
    "mstar-official": Recipe(
        "MSTAR public targets, as the Air Force published them (17 and 15 degrees)", "public release", "phoenix",
        ("**/17_DEG/**/*.[0-9][0-9][0-9]", "**/15_DEG/**/*.[0-9][0-9][0-9]"),
        dict.fromkeys(VEHICLE_NAMES, "vehicle"), by_mstar, complete=VEHICLE, band="X", polarization="HH",
        scene=r"(\d\d_DEG/.*)/HB\d+", middle_px=MSTAR_PX, object_share=MSTAR_SHARE,
    ),
    "mstar-jpeg": Recipe(
        "MSTAR, copies as pictures in a folder a class", "public release; CC BY-NC 4.0", "class folders",
        JPEG, dict.fromkeys(VEHICLE_NAMES, "vehicle"), by_mstar, complete=VEHICLE, band="X", polarization="HH",
        middle_px=MSTAR_PX, object_share=MSTAR_SHARE, seen="published files",
    ),
    "sar-acd": Recipe(
        "SAR-ACD (Sun et al., IEEE TGRS 60, 2022, 5226517)", "open to the community", "class folders",
        (*JPEG, "**/*.tif"), dict.fromkeys(AIRLINER_NAMES, "aircraft"), by_sar_acd, complete=AIRCRAFT,
        sensor="Gaofen-3", band="C", polarization="HH", seen="published files",
    ),
    "opensarship": Recipe(
        "OpenSARShip 1.0 and 2.0 (Huang et al., IEEE JSTARS 11, 2018, 195); the folder must bear this name", RESEARCH,
        "opensarship", ("*/Patch_Cal/*.tif",), {}, by_product, sensor="Sentinel-1", band="C", seen="published files",
    ),
}  # fmt: skip


def recipe_table() -> str:
    """The recipes as a table of Markdown."""
    lines = ["| name | data set | format | split | read as | terms |", "|---|---|---|---|---|---|"]
    for name, recipe in RECIPES.items():
        split = (recipe.rule.__doc__ or "").split("\n")[0].rstrip(".")
        lines.append(f"| `{name}` | {recipe.title} | {recipe.format} | {split} | {recipe.seen} | {recipe.terms} |")
    return "\n".join(lines)
