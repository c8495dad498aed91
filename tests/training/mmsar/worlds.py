"""Tiny data sets in the folders and formats of the public ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from training.d2c.annotation import AnnotatedImage, box
from training.mmsar import Item, Sample, Source

BOX = (10.0, 20.0, 30.0, 28.0)  # x0, y0, x1, y1 of the one object in every picture of a public set
HEIGHT, WIDTH = 48, 64
CHIP_HEIGHT, CHIP_WIDTH = 130, 128  # of MSTAR, as far as its recipes need more than they show


def noise(seed: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A picture like no other: blobs of a few pixels, which survive the smallest thumbnail."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(1, 255, (height // 4, width // 4), dtype=np.uint8)
    return np.maximum(np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)), 1)


def write_picture(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def voc(label: str, rotated: bool = False) -> str:
    """One object; the rotated form is SSDD's."""
    x0, y0, x1, y1 = BOX
    upright = f"<bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox>"
    corners = "".join(f"<x{n}>{x}</x{n}><y{n}>{y}</y{n}>" for n, (x, y) in enumerate(corners_of_box(), 1))
    turned = f"<rotated_bndbox>{corners}</rotated_bndbox>" if rotated else ""
    size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height></size>"
    return f"<annotation>{size}<object><name>{label}</name>{upright}{turned}</object></annotation>"


def corners_of_box() -> list[tuple[float, float]]:
    x0, y0, x1, y1 = BOX
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def yolo(number: int) -> str:
    x0, y0, x1, y1 = BOX
    values = (x0 + x1) / 2 / WIDTH, (y0 + y1) / 2 / HEIGHT, (x1 - x0) / WIDTH, (y1 - y0) / HEIGHT
    return f"{number} " + " ".join(f"{value:.8f}" for value in values) + "\n"


def coco(names: list[str], label: str) -> str:
    x0, y0, x1, y1 = BOX
    images = [{"id": n, "file_name": name, "width": WIDTH, "height": HEIGHT} for n, name in enumerate(names)]
    polygon = [value for corner in corners_of_box() for value in corner]
    annotations = [
        {"id": n, "image_id": n, "category_id": 7, "bbox": [x0, y0, x1 - x0, y1 - y0], "segmentation": [polygon]}
        for n in range(len(names))
    ]
    return json.dumps({"images": images, "annotations": annotations, "categories": [{"id": 7, "name": label}]})


def ssdd_official(root: Path) -> None:
    for number, part in enumerate(("train", "train", "train", "test"), 2):
        stem = f"{'000001' if part == 'test' else f'00000{number + 1}'}"
        write_picture(root / f"RBox_SSDD/voc_style/JPEGImages_{part}/{stem}.jpg", noise(number))
        write_text(root / f"RBox_SSDD/voc_style/Annotations_{part}/{stem}.xml", voc("ship", rotated=True))


def hrsid_official(root: Path) -> None:
    names = [f"P000{scene}_{y}_{y + 800}_0_800.jpg" for scene in (1, 3, 4) for y in (0, 600)]
    for seed, name in enumerate(names):
        write_picture(root / "HRSID_JPG/JPEGImages" / name, noise(seed))
    write_text(root / "HRSID_JPG/annotations/train_test2017.json", coco(names, "ship"))


def sar_ship(root: Path) -> None:
    for seed, stem in enumerate(("Gao_ship_hh_02016082544040302", "Sen_ship_vh_0201702274040102", "newship0001")):
        write_picture(root / f"ship_dataset_v0/{stem}.jpg", noise(seed))
        write_text(root / f"ship_dataset_v0/{stem}.txt", yolo(0))


def ls_ssdd(root: Path) -> None:
    for seed, (scene, part) in enumerate((("01", "train"), ("09", "train"), ("11", "test"))):
        stem = f"{scene}_1_2"
        write_picture(root / f"JPEGImages_sub/JPEGImages_sub_{part}/{stem}.jpg", noise(seed))
        write_text(root / f"Annotations_sub/{stem}.xml", voc("ship"))


def air_sarship(root: Path) -> None:
    for number in (1, 2):
        path = root / f"AIR-SARShip-1.0-data/AIR-SARShip-1.0-{number}.tiff"
        path.parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(path, noise(number).astype(np.uint16) * 200)
        write_text(root / f"AIR-SARShip-1.0-xml/AIR-SARShip-1.0-{number}.xml", voc("ship"))


def sadd(root: Path) -> None:
    for seed in range(3):
        write_picture(root / f"images/{seed}.jpg", noise(seed))
        write_text(root / f"labels/{seed}.txt", yolo(0))


def sar_aircraft(root: Path) -> None:
    for number, part in enumerate(("train", "val", "test")):
        write_picture(root / f"JPEGImages/000{number}.jpg", noise(number))
        write_text(root / f"Annotations/000{number}.xml", voc("Boeing787"))
        write_text(root / f"ImageSets/Main/{part}.txt", f"000{number}\n")


def sived(root: Path) -> None:
    for number, part in enumerate(("train", "valid", "test")):
        write_picture(root / f"{part}/images/{number}.png", noise(number))
        corners = " ".join(f"{value}" for corner in corners_of_box() for value in corner)
        write_text(root / f"{part}/annfiles/{number}.txt", f"gsd:0.1\n{corners} vehicle 0\n")


def ogsod(root: Path) -> None:
    for number, part in enumerate(("train", "test")):
        write_picture(root / f"{part}/sar/{number}.png", noise(number))
        write_text(root / f"{part}/labels/{number}.txt", yolo(2))


def msar(root: Path) -> None:
    for number in range(2):
        write_picture(root / f"MSAR-1.0 dataset/JPEGImages/0{number}.jpg", noise(number))
        write_text(root / f"MSAR-1.0 dataset/Annotations/0{number}.xml", voc("oilcan"))


def sardet(root: Path) -> None:
    for number, part in enumerate(("train", "val", "test")):
        write_picture(root / f"SARDet_100K/JPEGImages/{part}/{number:07d}.png", noise(number))
        write_text(root / f"SARDet_100K/Annotations/{part}.json", coco([f"{number:07d}.png"], "car"))


def mstar_official(root: Path) -> None:
    for seed, folder in enumerate(("TRAIN/17_DEG/T72/SN_132", "TEST/15_DEG/T72/SN_132")):
        magnitude = noise(seed, CHIP_HEIGHT, CHIP_WIDTH).astype(">f4") / 255
        size = f"NumberOfColumns= {CHIP_WIDTH}\nNumberOfRows= {CHIP_HEIGHT}\n"
        header = f"[PhoenixHeaderVer01.04]\nPhoenixHeaderLength= 00200\n{size}"
        content = header.encode().ljust(200) + magnitude.tobytes() + np.zeros_like(magnitude).tobytes()
        path = root / f"TARGETS/{folder}/HB03333.015"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def class_folders(label: str, height: int = HEIGHT, width: int = WIDTH) -> Callable[[Path], None]:
    def write(root: Path) -> None:
        for number in range(10):
            write_picture(root / f"{label}/HB{number * 20:05d}.jpg", noise(number, height, width))

    return write


WORLDS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "ssdd-official": (ssdd_official, "ship", "ship"),
    "hrsid-official": (hrsid_official, "ship", "ship"),
    "sar-ship": (sar_ship, "0", "ship"),
    "ls-ssdd": (ls_ssdd, "ship", "ship"),
    "air-sarship": (air_sarship, "ship", "ship"),
    "sadd": (sadd, "0", "aircraft"),
    "sar-aircraft": (sar_aircraft, "Boeing787", "aircraft"),
    "sived": (sived, "vehicle", "vehicle"),
    "ogsod": (ogsod, "2", "tank"),
    "msar": (msar, "oilcan", "tank"),
    "sardet-100k": (sardet, "car", "vehicle"),
    "mstar-official": (mstar_official, "T72", "vehicle"),
    "mstar-jpeg": (class_folders("T72", CHIP_HEIGHT, CHIP_WIDTH), "T72", "vehicle"),
    "sar-acd": (class_folders("A220"), "A220", "aircraft"),
}
"""By recipe: writer of a tiny copy, class name of its objects, their kind. OpenSARShip has the project's own reader."""


def source_of(name: str, pictures: dict[str, tuple[str, np.ndarray]], read: list[str] | None = None) -> Source:
    """A source of pictures in memory, "part" and pixels by file; each with one ship. `read` notes what was loaded."""

    def load(file: str, pixels: np.ndarray) -> Sample:
        if read is not None:
            read.append(file)
        height, width = pixels.shape
        image = AnnotatedImage(
            f"{name}/{file}", width, height, (box("ship", 5, 6, 25, 16),), complete=frozenset({"ship"}), gsd_m=10.0
        )
        return Sample(image, pixels, ("ship",))

    def items():  # noqa: ANN202 - an iterator of Item
        for file, (part, pixels) in pictures.items():
            yield Item(f"{name}/{file}", file.split("-")[0], part, lambda f=file, p=pixels: load(f, p))

    return Source(name, "made for tests", items)
