import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from PIL import Image
from rasterio.transform import from_origin
from typer.testing import CliRunner

from training.concepts import KIND
from training.d2c.__main__ import app
from training.d2c.annotation import AnnotatedImage
from training.d2c.readers import READERS, Options, ReadError, read_voc


def picture(path: Path, width: int = 80, height: int = 50) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (width, height)).save(path)
    return path


def read(name: str, path: Path, **options: Any) -> list[AnnotatedImage]:
    return list(READERS[name](path, Options(**options)))


VOC = """<annotation><size><width>80</width><height>50</height></size>
<object><name>Ship</name><bndbox><xmin>10</xmin><ymin>20</ymin><xmax>30</xmax><ymax>26</ymax></bndbox></object>
<object><name>storage-tank</name><difficult>1</difficult><rotated_bndbox>
<x1>40</x1><y1>10</y1><x2>50</x2><y2>20</y2><x3>45</x3><y3>25</y3><x4>35</x4><y4>15</y4></rotated_bndbox></object>
</annotation>"""


def test_voc_upright_and_rotated(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(VOC)
    (image,) = read("voc", tmp_path)
    ship, tank = image.objects
    assert (image.name, image.width, image.height) == ("a", 80, 50)
    assert (ship.kind, ship.bounds) == ("ship", (10, 20, 30, 26))
    assert tank.kind == "tank"
    assert (tank.length_px, tank.width_px) == (pytest.approx(200**0.5), pytest.approx(50**0.5))
    assert image.complete == {"ship"}, "a difficult tank leaves the tanks uncounted"


def test_voc_with_an_angle_and_with_a_closed_outline(tmp_path: Path) -> None:
    turned = "<name>car</name><robndbox><cx>50</cx><cy>40</cy><w>20</w><h>6</h><angle>0.5</angle></robndbox>"
    points = "".join(f"<point>{text}</point>" for text in ("1,2", "9,2", "9,6", "1,6", "1,2"))
    fair = f"<possibleresult><name>Boeing787</name></possibleresult><points>{points}</points>"
    (tmp_path / "a.xml").write_text(f"<annotation><object>{turned}</object><object>{fair}</object></annotation>")
    labels = read_voc(tmp_path / "a.xml")
    car, plane = labels.objects
    edges = np.diff(car.outline[:3], axis=0)
    assert sorted(np.hypot(*edges.T).round(3).tolist()) == [6, 20]
    assert {round(float(angle) % np.pi, 3) for angle in np.arctan2(edges[:, 1], edges[:, 0])} == {0.5, 2.071}
    assert (plane.kind, plane.outline.tolist()) == ("Boeing787", [[1, 2], [9, 2], [9, 6], [1, 6]])
    assert labels.size is None
    with pytest.raises(ReadError, match="no picture of that name"):
        read("voc", tmp_path)
    picture(tmp_path / "a.png")
    assert [(image.width, image.height) for image in read("voc", tmp_path)] == [(80, 50)]


def test_coco_boxes_polygons_and_crowds(tmp_path: Path) -> None:
    data = {
        "images": [{"id": 7, "file_name": "sub/a.png", "width": 80, "height": 50}],
        "categories": [{"id": 1, "name": "ship"}, {"id": 2, "name": "airplane"}, {"id": 3, "name": "bridge"}],
        "annotations": [
            {"image_id": 7, "category_id": 1, "bbox": [10, 20, 20, 6]},
            {"image_id": 7, "category_id": 2, "bbox": [0, 0, 9, 9], "segmentation": [[1, 1, 9, 1, 5, 8]]},
            {"image_id": 7, "category_id": 2, "bbox": [0, 0, 9, 9], "iscrowd": 1, "segmentation": {"counts": []}},
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(data))
    (image,) = read("coco", tmp_path / "a.json")
    assert image.objects[0].bounds == (10, 20, 30, 26)
    assert image.objects[1].outline.tolist() == [[1, 1], [9, 1], [5, 8]]
    assert (image.name, image.complete) == ("sub/a", {"ship", "bridge"})


def test_yolo_boxes_and_corners(tmp_path: Path) -> None:
    picture(tmp_path / "images/a.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels/a.txt").write_text("0 0.25 0.5 0.25 0.2\n1 0.5 0.2 0.75 0.2 0.75 0.4 0.5 0.4\n")
    (tmp_path / "data.yaml").write_text("names: [ship, harbour]\n")
    (image,) = read("yolo", tmp_path / "labels")
    assert image.objects[0].bounds == (10, 20, 30, 30)
    assert (image.objects[1].kind, image.objects[1].bounds) == ("harbor", (40, 10, 60, 20))
    assert image.complete == {"ship", "harbor"}
    with pytest.raises(ReadError, match="line 2"):
        read("yolo", tmp_path / "labels", classes=("ship",))
    (tmp_path / "labels/classes.txt").write_text("ship\nbridge")
    assert read("yolo", tmp_path / "labels")[0].complete == {"ship", "bridge"}, "no line break at the end"


def test_dota_with_pixel_size(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("imagesource:x\ngsd:0.5\n10 20 30 20 30 26 10 26 plane 0\n")
    (image,) = read("dota", tmp_path)
    assert (image.gsd_m, image.objects[0].kind, image.objects[0].bounds) == (0.5, "aircraft", (10, 20, 30, 26))


def test_csv_with_an_image_without_objects(tmp_path: Path) -> None:
    rows = ["filename,width,height,class,xmin,ymin,xmax,ymax", "a.png,80,50,ship,10,20,30,26", "b.png,80,50,,,,,"]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    first, empty = read("csv", tmp_path / "a.csv")
    assert first.objects[0].bounds == (10, 20, 30, 26)
    assert empty.objects == () and empty.complete == {"ship"}


@pytest.mark.parametrize("suffix", ["gpkg", "geojson"])
def test_polygons_over_a_scene_lie_where_the_scene_says(tmp_path: Path, suffix: str) -> None:
    scene = tmp_path / "scene.tif"
    profile = {"driver": "GTiff", "width": 80, "height": 50, "count": 1, "dtype": "uint8", "crs": "EPSG:32633"}
    with rasterio.open(scene, "w", transform=from_origin(500000, 5000500, 10, 10), **profile) as raster:
        raster.write(np.ones((1, 50, 80), np.uint8))
    shapes = [shapely.box(500100, 5000240, 500300, 5000300), shapely.box(500000, 5000000, 500400, 5000500)]
    table = geopandas.GeoDataFrame({"class": ["ship", "sea"]}, geometry=shapes, crs="EPSG:32633")
    file = tmp_path / f"a.{suffix}"
    (table.to_crs("EPSG:4326") if suffix == "geojson" else table).to_file(file)
    (image,) = read("vector", file, scene=scene, complete=frozenset({"ship"}))
    assert image.objects[0].bounds == pytest.approx((10, 20, 30, 26), abs=0.01)
    assert image.gsd_m == pytest.approx(10, rel=0.001), "on the central meridian UTM is 0.04 % short"
    assert (image.ground[:, :40] == KIND["sea"]).all() and not image.ground[:, 41:].any()
    tiles = read("vector", file, scene=scene, tile_px=40)
    assert {(tile.width, tile.height) for tile in tiles} == {(40, 40)}
    assert tiles[0].objects[0].bounds == pytest.approx((10, 20, 30, 26), abs=0.01)
    with pytest.raises(ReadError, match="--scene"):
        read("vector", file)


def test_folders_give_scene_words(tmp_path: Path) -> None:
    picture(tmp_path / "T72/1.png")
    (image,) = read("folders", tmp_path, gsd_m=0.3)
    assert (image.name, image.scene_words, image.width, image.gsd_m) == ("T72/1", ("T72",), 80, 0.3)


def test_masks_give_ground_and_pieces(tmp_path: Path) -> None:
    mask = np.zeros((50, 80, 3), np.uint8)
    mask[:, 60:] = (0, 153, 0)
    mask[20:26, 10:30] = (153, 76, 0)
    mask[40, 40] = (153, 76, 0)  # a speck
    Image.fromarray(mask).save(tmp_path / "a.png")
    colors = {"0,0,0": "sea", "0,153,0": "land", "153,76,0": "ship"}
    (image,) = read("masks", tmp_path, colors=colors)
    assert [item.bounds for item in image.objects] == [(10, 20, 30, 26)]
    assert image.ground[0, 0] == KIND["sea"] and image.ground[0, 79] == KIND["land"]
    assert image.complete == frozenset()


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("voc", "a.xml", "<annotation>"),
        ("voc", "a.xml", "<annotation><size><width>x</width></size></annotation>"),
        ("coco", "a.json", '{"images": []}'),
        ("coco", "a.json", "no json"),
        ("dota", "a.txt", "1 2 3 ship\n"),
        ("dota", "a.txt", "1 2 3 nan 5 6 7 8 ship 0\n"),
        ("csv", "a.csv", "a,b\n1,2\n"),
        ("vector", "a.geojson", "no json"),
        ("masks", "a.png", ""),
    ],
)
def test_bad_files_are_refused_with_their_name(tmp_path: Path, name: str, file: str, text: str) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / file).write_text(text)
    path = tmp_path if name in ("voc", "dota", "masks") else tmp_path / file
    with pytest.raises(ReadError, match=tmp_path.name):
        read(name, path, scene=tmp_path / "a.png")


def test_the_command_writes_a_line_an_image_and_repeats_itself(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(VOC)
    outputs = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for output in outputs:
        result = CliRunner().invoke(app, ["voc", str(tmp_path), "-o", str(output), "--gsd", "10", "-n", "6"])
        assert result.exit_code == 0, result.output
    assert outputs[0].read_text() == outputs[1].read_text()
    (line,) = outputs[0].read_text().splitlines()
    made = json.loads(line)
    assert made["image"] == "a" and len(made["captions"]) == 6
    assert all(caption["facts"] for caption in made["captions"])
    wrong = CliRunner().invoke(app, ["coco", str(tmp_path / "none.json"), "-o", str(outputs[0])])
    assert wrong.exit_code == 2 and "none.json" in wrong.output
