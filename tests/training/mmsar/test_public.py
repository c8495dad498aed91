"""Every public layout is read: the object where it lies, the split official, no scene on two sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.mmsar.worlds import BOX, HEIGHT, WIDTH, WORLDS, coco, noise, voc, write_picture, write_text, yolo
from training.concepts import KIND
from training.d2c.readers import read_coco, read_dota, read_voc, read_yolo
from training.mmsar.public import public_source
from training.mmsar.recipes import RECIPES, recipe_table

BY_BOX = [name for name in WORLDS if RECIPES[name].format not in ("class folders", "phoenix")]


def test_every_recipe_has_a_tiny_copy() -> None:
    assert set(RECIPES) - set(WORLDS) == {"opensarship"}, "that one is read by training.sources.real"
    assert all(f"`{name}`" in recipe_table() for name in RECIPES)


def test_every_class_is_a_kind() -> None:
    for recipe in RECIPES.values():
        assert set(recipe.classes.values()) | recipe.complete <= set(KIND)


@pytest.mark.parametrize("name", WORLDS)
def test_layout_is_read(tmp_path: Path, name: str) -> None:
    write, label, kind = WORLDS[name]
    write(tmp_path)
    items = list(public_source(name, tmp_path).items())
    assert len({item.name for item in items}) == len(items) > 1
    middle = RECIPES[name].middle_px
    height, width = (middle, middle) if middle else (HEIGHT, WIDTH)
    for item in items:
        assert item.name.startswith(f"{name}/")
        sample = item.load()
        assert sample.image.name == item.name
        assert sample.pixels.shape == (height, width)
        assert sample.labels == (label,)
        assert [one.kind for one in sample.image.objects] == [kind]
        if name in BY_BOX:
            np.testing.assert_allclose(sample.image.objects[0].bounds, BOX, atol=1e-3)
        else:
            assert sample.image.objects[0].centre == pytest.approx((width / 2, height / 2))


@pytest.mark.parametrize("name", WORLDS)
def test_no_scene_is_on_two_sides_and_the_order_is_fixed(tmp_path: Path, name: str) -> None:
    WORLDS[name][0](tmp_path)
    listed = [(item.name, item.scene, item.part) for item in public_source(name, tmp_path).items()]
    assert listed == [(item.name, item.scene, item.part) for item in public_source(name, tmp_path).items()]
    parts: dict[str, set[str]] = {}
    for _, scene, part in listed:
        parts.setdefault(scene, set()).add(part)
    assert all(len(found) == 1 for found in parts.values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ssdd-official", {"000001": "test", "000003": "train", "000004": "train", "000005": "validation"}),
        ("ls-ssdd", {"01_1_2": "train", "09_1_2": "validation", "11_1_2": "test"}),
        ("sar-aircraft", {"0000": "train", "0001": "validation", "0002": "test"}),
        ("sived", {"0": "train", "1": "validation", "2": "test"}),
        ("sardet-100k", {"0000000": "train", "0000001": "validation", "0000002": "test"}),
        ("sar-acd", {"HB00000": "train", "HB00100": "validation", "HB00160": "test", "HB00180": "test"}),
    ],
)
def test_official_splits(tmp_path: Path, name: str, expected: dict[str, str]) -> None:
    WORLDS[name][0](tmp_path)
    found = {item.name.rsplit("/", 1)[1]: item.part for item in public_source(name, tmp_path).items()}
    assert {stem: found[stem] for stem in expected} == expected


def test_pieces_of_an_hrsid_scene_stay_together(tmp_path: Path) -> None:
    WORLDS["hrsid-official"][0](tmp_path)
    parts = {item.scene: item.part for item in public_source("hrsid-official", tmp_path).items()}
    assert parts == {"P0001": "train", "P0003": "validation", "P0004": "test"}


def test_sensor_from_the_name(tmp_path: Path) -> None:
    WORLDS["sar-ship"][0](tmp_path)
    images = [item.load().image for item in public_source("sar-ship", tmp_path).items()]
    assert [(image.sensor, image.polarization) for image in images] == [
        ("Gaofen-3", "HH"), ("Sentinel-1", "VH"), (None, None),
    ]  # fmt: skip


def test_large_pictures_come_in_pieces_that_partition_them(tmp_path: Path) -> None:
    pixels = noise(3, 400, 2500)
    pixels[:] = np.arange(2500)[None] % 251 + 1
    write_picture(tmp_path / "MSAR/JPEGImages/big.jpg", pixels)
    write_text(tmp_path / "MSAR/Annotations/big.xml", voc("ship"))
    samples = [item.load() for item in public_source("msar", tmp_path).items()]
    assert [sample.pixels.shape for sample in samples] == [(400, 1024), (400, 1024), (400, 452)]
    assert [len(sample.image.objects) for sample in samples] == [1, 0, 0]
    assert np.abs(np.hstack([s.pixels for s in samples]).astype(int) - pixels).mean() < 8, "JPEG, but in place"


def test_deep_pictures_are_stretched_in_decibels(tmp_path: Path) -> None:
    WORLDS["air-sarship"][0](tmp_path)
    pixels = next(public_source("air-sarship", tmp_path).items()).load().pixels
    amplitude = noise(1).astype(float)
    inside = (pixels > 1) & (pixels < 255)
    fit = np.polyfit(np.log10(amplitude[inside]), pixels[inside], 1)
    assert np.abs(np.polyval(fit, np.log10(amplitude[inside])) - pixels[inside]).max() < 1.01


def test_formats_agree(tmp_path: Path) -> None:
    corners = "10 20 30 20 30 28 10 28"
    write_text(tmp_path / "a.xml", voc("ship"))
    write_text(tmp_path / "a.txt", yolo(0))
    write_text(tmp_path / "a.json", coco(["a.jpg"], "ship"))
    write_text(tmp_path / "d.txt", f"{corners} ship 0\n")
    ((in_coco,), classes) = read_coco(tmp_path / "a.json")
    found = [
        read_voc(tmp_path / "a.xml"), read_yolo(tmp_path / "a.txt", (WIDTH, HEIGHT)), in_coco,
        read_dota(tmp_path / "d.txt"),
    ]  # fmt: skip
    assert [labels.objects[0].kind for labels in found] == ["ship", "0", "ship", "ship"] and classes == ["ship"]
    for labels in found:
        np.testing.assert_allclose(labels.objects[0].bounds, BOX, atol=1e-4)
        np.testing.assert_allclose(labels.objects[0].outline, found[0].objects[0].outline, atol=1e-4)


def test_what_annotators_doubted_is_not_complete(tmp_path: Path) -> None:
    second, third = (tmp_path / f"Annotations/0{number}.xml" for number in (1, 2))
    for number, label in enumerate(("ship", "oilcan", "oilcan")):
        write_picture(tmp_path / f"JPEGImages/0{number}.jpg", noise(number, 400, 2500 if number == 2 else 64))
        write_text(tmp_path / f"Annotations/0{number}.xml", voc(label))
    write_text(second, second.read_text().replace("</name>", "</name><difficult>1</difficult>"))
    write_text(third, third.read_text().replace(">30.0<", ">1040<").replace(">10.0<", ">1000<"))  # cut at 1024
    samples = [item.load() for item in public_source("msar", tmp_path).items()]
    everything = {"ship", "bridge", "aircraft", "tank"}
    sure = everything - {"tank"}
    assert [sample.image.complete for sample in samples] == [everything, sure, everything, sure, everything]
    assert [sample.labels for sample in samples] == [("ship",), ("oilcan",), ("oilcan",), (), ()]


def test_coco_names_the_picture_and_the_first_file_that_has_it_counts(tmp_path: Path) -> None:
    WORLDS["sardet-100k"][0](tmp_path)
    annotations = tmp_path / "SARDet_100K/Annotations"
    write_text(annotations / "test.json", coco(["0000002.png", "0000000.png"], "ship"))
    labels = [item.load().labels for item in public_source("sardet-100k", tmp_path).items()]
    assert sorted(labels) == [("car",), ("car",), ("ship",)]


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda root: write_text(root / "Annotations_sub/01_1_2.xml", "<annotation>"), "01_1_2.xml"),
        (lambda root: (root / "Annotations_sub/01_1_2.xml").unlink(), "no label"),
        (lambda root: write_text(root / "Annotations_sub/01_1_2.xml", voc("boat")), "class 'boat'"),
        (lambda root: write_text(root / "JPEGImages_sub/JPEGImages_sub_train/01_1_2.jpg", "no picture"), "01_1_2.jpg"),
    ],
)
def test_broken_sets_are_refused_with_the_file(tmp_path: Path, broken, says: str) -> None:  # noqa: ANN001
    WORLDS["ls-ssdd"][0](tmp_path)
    broken(tmp_path)
    with pytest.raises((ValueError, OSError), match=says):
        [item.load() for item in public_source("ls-ssdd", tmp_path).items()]


def test_an_empty_folder_and_an_unknown_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no picture of ls-ssdd"):
        public_source("ls-ssdd", tmp_path)
    with pytest.raises(ValueError, match="no recipe 'xview'"):
        public_source("xview", tmp_path)
