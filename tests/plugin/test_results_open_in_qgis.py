"""Results of the engine, opened in a real QGIS: valid, dressed, and every colour on its ground.

Run by the interpreter that imports `qgis`; the engine writes the files in its own interpreter
(SARCLIP_PYTHON, or `.venv/bin/python` of the repository), as in life.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
qgis_core = pytest.importorskip("qgis.core", reason="needs the interpreter that QGIS's bindings belong to")

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsMapLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402
from qgis.PyQt.QtGui import QColor, QImage  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
ENGINE_PYTHON = Path(os.environ.get("SARCLIP_PYTHON", ROOT / ".venv" / "bin" / "python"))

LABELS = ["open sea", "港口", "O'Brien's \"quay\"; DROP TABLE tiles; --", "<mountains> & \\ 100 %"]
GRID = [  # rows from north to south, columns from west to east; no symmetry, and wider than high
    [0, 0, 1, 3, 3],
    [0, 1, 1, 2, 3],
    [0, 0, 0, 2, 2],
]
COLORS = ["#0072b2", "#d55e00", "#cc79a7", "#009e73"]
SHIPS = [(0.5, 0.5), (3.5, 1.5)]  # column, row, in tiles
TILE_M = 640.0
WEST, NORTH = 380_000.0, 3_750_000.0
PIXELS_PER_TILE = 100


@pytest.fixture(scope="module", autouse=True)
def application() -> Iterator[QgsApplication]:
    """A QGIS without a window, for the whole module."""
    application = QgsApplication([], False)
    application.initQgis()
    yield application
    application.exitQgis()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of files that the engine wrote."""
    if not ENGINE_PYTHON.exists():
        pytest.skip(f"the engine's interpreter {ENGINE_PYTHON} does not exist: make its environment first")
    folder = tmp_path_factory.mktemp("results")
    task = {
        "out": str(folder), "labels": LABELS, "grid": GRID, "ships": SHIPS,
        "tile_m": TILE_M, "west": WEST, "north": NORTH,
    }  # fmt: skip
    call = [str(ENGINE_PYTHON), str(Path(__file__).with_name("make_results.py"))]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        call,
        input=json.dumps(task),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=120,
    )
    if done.returncode:
        pytest.fail(done.stderr, pytrace=False)
    return folder


def layer(folder: Path, name: str, file: str = "results.gpkg") -> QgsVectorLayer:
    """Open one layer as a user does: with the style that QGIS finds by itself."""
    return QgsVectorLayer(f"{folder / file}|layername={name}", name, "ogr")


def render(*layers: QgsMapLayer) -> QImage:
    """Draw the grid of tiles on white, PIXELS_PER_TILE each, north up."""
    settings = QgsMapSettings()
    settings.setLayers(list(layers))
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(PIXELS_PER_TILE * len(GRID[0]), PIXELS_PER_TILE * len(GRID)))
    settings.setOutputDpi(96)
    settings.setExtent(
        qgis_core.QgsRectangle(WEST, NORTH - TILE_M * len(GRID), WEST + TILE_M * len(GRID[0]), NORTH)
    )
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    assert not job.errors(), [error.message for error in job.errors()]
    image = job.renderedImage()
    if folder := os.environ.get("SARCLIP_KEEP_PICTURES"):
        image.save(str(Path(folder) / ("_".join(item.name() for item in layers) + ".png")))
    return image


def pixel(image: QImage, col: float, row: float) -> tuple[int, int, int]:
    """The colour at a place given in tiles."""
    color = image.pixelColor(int(col * PIXELS_PER_TILE), int(row * PIXELS_PER_TILE))
    return color.red(), color.green(), color.blue()


def over_white(color: str, opacity: float) -> tuple[float, ...]:
    """What a translucent colour looks like on white paper."""
    return tuple(255 + opacity * (int(color[i : i + 2], 16) - 255) for i in (1, 3, 5))


def test_layers_and_tables_are_there(results: Path) -> None:
    for name, count in (("tiles", 15), ("objects", 2), ("summary", 1), ("run", 1)):
        opened = layer(results, name)
        assert opened.isValid(), name
        assert opened.featureCount() == count, name
    assert layer(results, "tiles").crs().authid() == "EPSG:32611"


@pytest.mark.parametrize("file", ["results.gpkg", "empty.gpkg", "pixels.gpkg"])
def test_style_inside_is_the_default_and_categorised(results: Path, file: str) -> None:
    tiles, objects = layer(results, "tiles", file), layer(results, "objects", file)
    assert tiles.isValid()
    assert objects.isValid()
    assert tiles.renderer().type() == "categorizedSymbol"
    assert tiles.renderer().classAttribute() == "label"
    assert [category.value() for category in tiles.renderer().categories()] == LABELS
    assert [category.label() for category in tiles.renderer().categories()] == LABELS
    assert [category.value() for category in objects.renderer().categories()] == LABELS[2:3]


def test_values_and_aliases_keep_the_prompts(results: Path) -> None:
    tiles = layer(results, "tiles")
    by_place = {(feature["row"], feature["col"]): feature["label"] for feature in tiles.getFeatures()}
    assert by_place == {(r, c): LABELS[i] for r, line in enumerate(GRID) for c, i in enumerate(line)}
    scores = [field for field in tiles.fields() if field.name().startswith("score_")]
    assert [field.alias() for field in scores] == LABELS


def test_an_empty_layer_has_the_fields_of_a_full_one(results: Path) -> None:
    for name in ("tiles", "objects", "summary"):
        full, empty = layer(results, name), layer(results, name, "empty.gpkg")
        assert empty.featureCount() == 0
        described = [[(f.name(), f.typeName()) for f in each.fields()] for each in (full, empty)]
        assert described[0] == described[1]


@pytest.mark.parametrize("file", ["results.gpkg", "pixels.gpkg"])
def test_each_tile_has_its_colour_on_its_ground(results: Path, file: str) -> None:
    image = render(layer(results, "tiles", file))
    for row, line in enumerate(GRID):
        opacity = (20 + 40 * (row + 1) / 4) / 100  # the score grows to the south
        for col, index in enumerate(line):
            expected = over_white(COLORS[index], opacity)
            assert pixel(image, col + 0.5, row + 0.5) == pytest.approx(expected, abs=4), (row, col)


def test_rings_lie_around_the_objects_and_leave_them_free(results: Path) -> None:
    objects = layer(results, "objects")
    objects.setLabelsEnabled(False)
    image = render(objects)
    color = QColor(COLORS[2])
    radius = 4.0 / 2 / 25.4 * 96 / PIXELS_PER_TILE  # 4 mm across on a screen of 96 dpi, in tiles
    for col, row in SHIPS:
        assert pixel(image, col, row) == (255, 255, 255)
        for right, down in ((radius, 0), (-radius, 0), (0, radius), (0, -radius)):
            ring = pixel(image, col + right, row + down)
            assert ring == pytest.approx((color.red(), color.green(), color.blue()), abs=40)
    assert pixel(image, SHIPS[0][0], SHIPS[1][1]) == (255, 255, 255)


def test_names_of_objects_show_when_near_only(results: Path) -> None:
    objects = layer(results, "objects")  # PyQGIS crashes where the owner of what is asked goes first
    labeling = objects.labeling()
    settings = labeling.settings()
    assert settings.fieldName == "prompt"
    assert settings.scaleVisibility
    assert settings.minimumScale == 50_000
    assert settings.maximumScale == 0
    text = settings.format()
    assert text.buffer().enabled()


def test_heatmap_finds_its_style_beside_it(results: Path) -> None:
    heat = QgsRasterLayer(str(results / "heat.tif"), "heat")
    assert heat.isValid()
    assert heat.renderer().type() == "singlebandpseudocolor"
    image = render(heat)
    assert pixel(image, 0.5, 1.5) == (255, 255, 255)  # below the threshold, clear
    assert pixel(image, 4.5, 1.5) == pytest.approx((252, 255, 164), abs=4)  # the brightest, in the east
