"""The Processing algorithms: with a fake engine in this process, and with the real one in qgis_process."""

from __future__ import annotations

# ruff: noqa: E402 - QGIS must run before the plugin is imported
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.application import start_qgis

QGIS = start_qgis()

from osgeo import gdal
from qgis.analysis import QgsNativeAlgorithms
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingUtils,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)

from sarclip_plugin.engine_client import EngineError
from sarclip_plugin.processing.provider import SarclipProvider
from sarclip_plugin.processing.scene import split_prompts
from tests.plugin.fakes import EPSG, NORTH, PIXEL_M, TILE_PX, WEST, FakeController, write_scene

ROOT = Path(__file__).resolve().parents[2]
IDS = [
    "encodescene", "labeltiles", "similarityheatmap", "countobjects", "findsimilar", "fewshotlabels", "enginestatus",
]  # fmt: skip


class Toolbox:
    """The provider with a fake engine."""

    def __init__(self, scene: Path) -> None:
        self.scene = scene
        self.controller = FakeController()
        self.client = self.controller.client
        self.provider = SarclipProvider(self.controller)
        QgsApplication.processingRegistry().addProvider(self.provider)
        self.context, self.feedback = QgsProcessingContext(), QgsProcessingFeedback(False)

    def run(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Run an algorithm."""
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"sarclip:{name}")
        fits, message = algorithm.checkParameterValues(parameters, self.context)
        assert fits, message
        results, done = algorithm.run(parameters, self.context, self.feedback)
        assert done, self.feedback.textLog()
        return results


@pytest.fixture
def toolbox(tmp_path: Path) -> Iterator[Toolbox]:
    """The provider, registered."""
    toolbox = Toolbox(write_scene(tmp_path / "scene.tif"))
    yield toolbox
    QgsApplication.processingRegistry().removeProvider(toolbox.provider)


def test_ids_are_frozen_and_everything_has_help(toolbox: Toolbox) -> None:
    algorithms = {algorithm.name(): algorithm for algorithm in toolbox.provider.algorithms()}
    assert sorted(algorithms) == sorted(IDS)
    for algorithm in algorithms.values():
        assert algorithm.shortHelpString()
        for parameter in algorithm.parameterDefinitions():
            assert parameter.help(), (algorithm.name(), parameter.name())
            assert parameter.name() == parameter.name().upper()


def test_counts_come_as_numbers(toolbox: Toolbox, tmp_path: Path) -> None:
    results = toolbox.run(
        "countobjects", INPUT=str(toolbox.scene), PROMPTS="ship; tank", THRESHOLD=0.4, OUTPUT=str(tmp_path / "o.gpkg")
    )
    assert (results["COUNT"], results["COUNT_LOW"], results["COUNT_HIGH"]) == (4, 2, 6)
    assert json.loads(results["COUNTS"])["tank"]["count"] == 2
    assert toolbox.client.asked("count")[0]["threshold"] == 0.4
    layer = QgsVectorLayer(results["OUTPUT"], "objects", "ogr")
    assert layer.featureCount() == 4


def test_settings_reach_the_engine(toolbox: Toolbox, tmp_path: Path) -> None:
    toolbox.run(
        "labeltiles", INPUT=str(toolbox.scene), PROMPTS="ship\nsea", BACKGROUND="land", SCALE="power", TILE_SIZE=64,
        BAND=1, MODEL="fake-s", CAREFUL=True, EXTENT="500000,501000,3999000,4000000 [EPSG:32631]",
        OUTPUT=str(tmp_path / "t.gpkg"),
    )  # fmt: skip
    assert toolbox.client.asked("open")[0] == {"path": str(toolbox.scene), "band": "1", "scale": "power"}
    encode = toolbox.client.asked("encode")[0]
    assert (encode["tile_px"], encode["model"], encode["careful"]) == (64, "fake-s", True)
    assert "tile_m" not in encode
    assert encode["extent"] == {"bbox": [500000, 3999000, 501000, 4000000], "crs": None}
    label = toolbox.client.asked("label")[0]
    assert (label["prompts"], label["background"]) == (["ship", "sea"], ["land"])


def test_a_tile_may_be_given_in_metres(toolbox: Toolbox) -> None:
    toolbox.run("encodescene", INPUT=str(toolbox.scene), TILE_SIZE_M=1280)
    encode = toolbox.client.asked("encode")[0]
    assert encode["tile_m"] == 1280
    assert not {"tile_px", "careful"} & set(encode)


def test_an_area_of_interest_goes_as_polygon(toolbox: Toolbox) -> None:
    area = QgsVectorLayer(f"Polygon?crs=EPSG:{EPSG}", "area", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt("POLYGON((500000 3999000,501000 3999000,500000 4000000,500000 3999000))"))
    area.dataProvider().addFeature(feature)
    results = toolbox.run("encodescene", INPUT=str(toolbox.scene), AOI=area)
    assert results["TILES"] == 24
    assert toolbox.client.asked("encode")[0]["extent"]["wkt"].startswith("Polygon")


def test_examples_are_tiles(toolbox: Toolbox, tmp_path: Path) -> None:
    points = QgsVectorLayer(f"Point?crs=EPSG:{EPSG}&field=kind:string", "points", "memory")
    for kind, row, col in (("quay", 1, 4), ("quay", 1, 4), ("sea", 3, 0)):
        feature = QgsFeature(points.fields())
        feature["kind"] = kind
        x, y = WEST + (col + 0.4) * TILE_PX * PIXEL_M, NORTH - (row + 0.6) * TILE_PX * PIXEL_M
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(x, y)))
        points.dataProvider().addFeature(feature)
    toolbox.run(
        "fewshotlabels", INPUT=str(toolbox.scene), EXAMPLES=points, FIELD="kind", OUTPUT=str(tmp_path / "t.gpkg")
    )
    assert toolbox.client.asked("teach")[0]["examples"] == {"quay": [[1, 4]], "sea": [[3, 0]]}


def test_examples_of_several_points_of_none_and_without_label(toolbox: Toolbox, tmp_path: Path) -> None:
    def place(row: int, col: int) -> str:
        return f"{WEST + (col + 0.5) * TILE_PX * PIXEL_M} {NORTH - (row + 0.5) * TILE_PX * PIXEL_M}"

    points = QgsVectorLayer(f"MultiPoint?crs=EPSG:{EPSG}&field=kind:string", "points", "memory")
    for kind, text in (
        ("quay", f"MULTIPOINT(({place(1, 4)}),({place(2, 5)}))"), ("sea", f"MULTIPOINT(({place(3, 0)}))"),
        ("lost", ""), (None, f"MULTIPOINT(({place(0, 0)}))"),
    ):  # fmt: skip
        feature = QgsFeature(points.fields())
        feature["kind"] = kind
        if text:
            feature.setGeometry(QgsGeometry.fromWkt(text))
        points.dataProvider().addFeature(feature)
    toolbox.run(
        "fewshotlabels", INPUT=str(toolbox.scene), EXAMPLES=points, FIELD="kind", OUTPUT=str(tmp_path / "t.gpkg")
    )
    assert toolbox.client.asked("teach")[0]["examples"] == {"quay": [[1, 4], [2, 5]], "sea": [[3, 0]]}


def test_a_place_is_needed_and_sent_as_the_scenes_own(toolbox: Toolbox, tmp_path: Path) -> None:
    out = str(tmp_path / "s.tif")
    toolbox.run("findsimilar", INPUT=str(toolbox.scene), POINT="500100,3999900 [EPSG:32631]", OUTPUT=out)
    assert toolbox.client.asked("similar")[0]["point"] == [500100, 3999900]
    assert toolbox.client.asked("similar")[0]["crs"] is None
    with pytest.raises(AssertionError, match="point or a box"):
        toolbox.run("findsimilar", INPUT=str(toolbox.scene), OUTPUT=out)


def test_places_are_brought_into_the_layer_that_the_analyst_corrected(toolbox: Toolbox, tmp_path: Path) -> None:
    layer = QgsRasterLayer(str(toolbox.scene), "scene")  # the file names UTM zone 31
    layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32633"))
    out = str(tmp_path / "s.tif")
    toolbox.run("findsimilar", INPUT=layer, POINT="15.01,36.13 [EPSG:4326]", OUTPUT=out)
    asked = toolbox.client.asked("similar")[0]
    assert asked["crs"] is None and layer.extent().contains(QgsPointXY(*asked["point"]))
    toolbox.run("findsimilar", INPUT=layer, BOX="15.01,15.02,36.13,36.135 [EPSG:4326]", OUTPUT=out)
    asked = toolbox.client.asked("similar")[1]
    west, south, east, north = asked["box"]
    assert asked["crs"] is None and layer.extent().contains(QgsRectangle(west, south, east, north))
    toolbox.run("encodescene", INPUT=layer, EXTENT="15.01,15.02,36.13,36.135 [EPSG:4326]")
    extent = toolbox.client.asked("encode")[-1]["extent"]
    assert extent["crs"] is None and layer.extent().contains(QgsGeometry.fromWkt(extent["wkt"]).boundingBox())


@pytest.mark.parametrize("step", [-PIXEL_M, PIXEL_M], ids=["north-up", "south-up"])
def test_examples_follow_the_rows_of_the_file(toolbox: Toolbox, tmp_path: Path, step: float) -> None:
    gdal.Open(str(toolbox.scene), gdal.GA_Update).SetGeoTransform((WEST, PIXEL_M, 0, NORTH, 0, step))
    opened = toolbox.client._open(str(toolbox.scene))
    toolbox.client.answers["open"] = {**opened, "transform": [PIXEL_M, 0, WEST, 0, step, NORTH]}
    points = QgsVectorLayer(f"Point?crs=EPSG:{EPSG}&field=kind:string", "points", "memory")
    for kind, row, col in (("quay", 0, 4), ("sea", 3, 1)):
        feature = QgsFeature(points.fields())
        feature["kind"] = kind
        place = QgsPointXY(WEST + (col + 0.4) * TILE_PX * PIXEL_M, NORTH + (row + 0.6) * TILE_PX * step)
        feature.setGeometry(QgsGeometry.fromPointXY(place))
        points.dataProvider().addFeature(feature)
    toolbox.run(
        "fewshotlabels", INPUT=str(toolbox.scene), EXAMPLES=points, FIELD="kind", OUTPUT=str(tmp_path / "t.gpkg")
    )
    assert toolbox.client.asked("teach")[0]["examples"] == {"quay": [[0, 4]], "sea": [[3, 1]]}


def test_results_are_loaded_dressed(toolbox: Toolbox, tmp_path: Path) -> None:
    project = QgsProject.instance()
    project.clear()
    toolbox.context.setProject(project)
    definition = QgsProcessingOutputLayerDefinition(str(tmp_path / "h.tif"), project)
    toolbox.run("similarityheatmap", INPUT=str(toolbox.scene), PROMPTS="ship", OUTPUT=definition)
    waiting = toolbox.context.layersToLoadOnCompletion()
    ((source, details),) = waiting.items()
    layer = QgsProcessingUtils.mapLayerFromString(source, toolbox.context)
    details.postProcessor().postProcessLayer(layer, toolbox.context, toolbox.feedback)
    assert isinstance(layer, QgsRasterLayer)
    assert layer.name() == "Heatmap: ship"
    assert layer.renderer().type() == "singlebandpseudocolor"
    assert "ship" in layer.metadata().abstract()


def test_each_prompt_of_a_heatmap_is_a_layer_that_says_where_it_comes_from(toolbox: Toolbox, tmp_path: Path) -> None:
    project = QgsProject.instance()
    project.clear()
    toolbox.context.setProject(project)
    definition = QgsProcessingOutputLayerDefinition(str(tmp_path / "h.tif"), project)
    toolbox.run(
        "similarityheatmap", INPUT=str(toolbox.scene), PROMPTS="ship; quay", BACKGROUND="land", OUTPUT=definition
    )
    ((source, details),) = toolbox.context.layersToLoadOnCompletion().items()
    layer = QgsProcessingUtils.mapLayerFromString(source, toolbox.context)
    details.postProcessor().postProcessLayer(layer, toolbox.context, toolbox.feedback)
    layers = [layer, *project.mapLayers().values()]
    assert [each.name() for each in layers] == ["Heatmap: ship", "Heatmap: quay"]
    assert [each.renderer().usesBands() for each in layers] == [[1], [2]]
    for each in layers:
        for fact in ("Model: fake-s", "Engine: 0.0", "Background prompts: land", "Prompts: ship; quay"):
            assert fact in each.metadata().abstract()
    project.clear()


def test_only_files_are_offered(toolbox: Toolbox, tmp_path: Path) -> None:
    for name in ("labeltiles", "countobjects", "similarityheatmap"):
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"sarclip:{name}")
        assert not algorithm.parameterDefinition("OUTPUT").supportsNonFileBasedOutput()
        assert "replaced" in algorithm.parameterDefinition("OUTPUT").help()
    tiles = toolbox.provider.algorithm("labeltiles").parameterDefinition("OUTPUT")
    assert not toolbox.provider.isSupportedOutputValue("memory:", tiles, toolbox.context)[0]
    assert toolbox.provider.isSupportedOutputValue(str(tmp_path / "t.gpkg"), tiles, toolbox.context)[0]


def test_a_model_asks_and_hands_the_objects_on(toolbox: Toolbox) -> None:
    native = QgsNativeAlgorithms()
    QgsApplication.processingRegistry().addProvider(native)
    source = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm("ships in a radar scene", "tests")
    for parameter in (QgsProcessingParameterRasterLayer("scene"), QgsProcessingParameterString("words")):
        model.addModelParameter(parameter, QgsProcessingModelParameter(parameter.name()))
    count = QgsProcessingModelChildAlgorithm("sarclip:countobjects")
    count.setChildId("count")
    count.addParameterSources("INPUT", [source.fromModelParameter("scene")])
    count.addParameterSources("PROMPTS", [source.fromModelParameter("words")])
    model.addChildAlgorithm(count)
    moved = QgsProcessingModelChildAlgorithm("native:translategeometry")
    moved.setChildId("moved")
    moved.addParameterSources("INPUT", [source.fromChildOutput("count", "OUTPUT")])
    moved.addParameterSources("DELTA_X", [source.fromExpression("@count_COUNT")])
    output = QgsProcessingModelOutput("ships", "ships")
    output.setChildId("moved")
    output.setChildOutputName("OUTPUT")
    moved.setModelOutputs({"ships": output})
    model.addChildAlgorithm(moved)
    (name,) = (parameter.name() for parameter in model.parameterDefinitions() if parameter.isDestination())
    parameters = {"scene": str(toolbox.scene), "words": "ship; tank", name: "memory:"}  # versions name it in two ways
    results, done = model.run(parameters, toolbox.context, toolbox.feedback)
    assert done, toolbox.feedback.textLog()
    ships = toolbox.context.takeResultLayer(results[name])
    assert sorted({feature["prompt"] for feature in ships.getFeatures()}) == ["ship", "tank"]
    assert min(feature.geometry().asPoint().x() for feature in ships.getFeatures()) == WEST + 500 + 4
    QgsApplication.processingRegistry().removeProvider(native)


def test_a_batch_keeps_its_runs_apart(toolbox: Toolbox, tmp_path: Path) -> None:
    """As the batch window does: one algorithm, one context, run after run; the last writes over the first."""
    project = QgsProject.instance()
    toolbox.context.setProject(project)
    algorithm = QgsApplication.processingRegistry().algorithmById("sarclip:labeltiles")
    other = write_scene(tmp_path / "other.tif")
    runs = [(toolbox.scene, "ship", "one"), (other, "sea; quay", "two"), (other, "tank", "one")]
    for scene, prompts, name in runs:
        definition = QgsProcessingOutputLayerDefinition(str(tmp_path / f"{name}.gpkg"), project)
        parameters = {"INPUT": str(scene), "PROMPTS": prompts, "OUTPUT": definition}
        results, done = algorithm.run(parameters, toolbox.context, toolbox.feedback)
        assert done, toolbox.feedback.textLog()
        assert sorted(json.loads(results["TILES"])) == sorted(split_prompts(prompts))
    assert [params["path"] for params in toolbox.client.asked("open")] == [str(scene) for scene, _, _ in runs]
    for source, details in toolbox.context.layersToLoadOnCompletion().items():
        layer = QgsProcessingUtils.mapLayerFromString(source, toolbox.context)
        details.postProcessor().postProcessLayer(layer, toolbox.context, toolbox.feedback)
        labels = ["tank"] if Path(source).stem == "one" else ["sea", "quay"]
        assert [category.value() for category in layer.renderer().categories()] == labels


def test_it_says_why_it_cannot_run(toolbox: Toolbox) -> None:
    algorithm = toolbox.provider.algorithm("countobjects")
    assert algorithm.canExecute()[0]
    toolbox.controller.trouble = "The engine is not set up yet."
    assert algorithm.canExecute() == (False, "The engine is not set up yet.")


def test_the_engines_sentence_is_the_error(toolbox: Toolbox) -> None:
    toolbox.client.errors["encode"] = EngineError("no room on the disk: make some")
    with pytest.raises(AssertionError, match="no room on the disk"):
        toolbox.run("encodescene", INPUT=str(toolbox.scene))


def test_a_cancelled_run_says_so(toolbox: Toolbox) -> None:
    toolbox.feedback.cancel()
    with pytest.raises(AssertionError, match="[Cc]ancelled"):
        toolbox.run("encodescene", INPUT=str(toolbox.scene))


def test_a_layer_in_memory_is_copied_first(toolbox: Toolbox) -> None:
    gdal.GetDriverByName("GTiff").CreateCopy("/vsimem/processing.tif", gdal.Open(str(toolbox.scene)))
    layer = QgsRasterLayer("/vsimem/processing.tif", "in memory")
    toolbox.context.temporaryLayerStore().addMapLayer(layer)
    toolbox.run("encodescene", INPUT=layer.id())
    path = Path(toolbox.client.asked("open")[-1]["path"])
    assert (gdal.Open(str(path)).ReadAsArray() == gdal.Open(str(toolbox.scene)).ReadAsArray()).all()
    assert "copied" in toolbox.feedback.textLog()
    gdal.Unlink("/vsimem/processing.tif")


def test_a_rendered_picture_is_refused_with_a_reason(toolbox: Toolbox) -> None:
    picture = QgsRasterLayer("type=xyz&url=file:///%7Bz%7D/%7Bx%7D/%7By%7D.png&zmin=0&zmax=2", "tiles", "wms")
    toolbox.context.temporaryLayerStore().addMapLayer(picture)
    with pytest.raises(AssertionError, match="rendered picture"):
        toolbox.run("encodescene", INPUT=picture.id())
    assert not toolbox.client.asked("open")


def test_prompts_are_parted() -> None:
    assert split_prompts(" ships near  harbor; tank\n\nsea ;") == ["ships near harbor", "tank", "sea"]


def test_qgis_process_counts_without_a_screen(tmp_path: Path) -> None:
    python = os.environ.get("SARCLIP_ENGINE_PYTHON") or str(ROOT / ".venv" / "bin" / "python")
    program = shutil.which("qgis_process.bin") or shutil.which("qgis_process")  # Debian's wrapper adds options
    if program is None or not Path(python).exists():
        pytest.skip("needs qgis_process and the engine's environment")
    plugins = tmp_path / "plugins"
    shutil.copytree(ROOT / "sarclip_plugin", plugins / "sarclip_plugin", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "metadata.txt", plugins / "sarclip_plugin")
    environment = {
        **os.environ, "QT_QPA_PLATFORM": "offscreen", "QGIS_PLUGINPATH": str(plugins), "SARCLIP_ENGINE_PYTHON": python,
        "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / "profile"), "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }  # fmt: skip

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [program, *arguments], capture_output=True, text=True, env=environment, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("plugins", "enable", "sarclip_plugin")
    text = run(
        "--json", "run", "sarclip:countobjects", f"--INPUT={ROOT / 'resources' / 'demo' / 'harbor.tif'}",
        "--PROMPTS=ship", f"--OUTPUT={tmp_path / 'ships.gpkg'}",
    )  # fmt: skip
    results = json.loads(text[text.index("{") :])["results"]
    assert results["COUNT"] > 0
    assert results["COUNT_LOW"] <= results["COUNT"] <= results["COUNT_HIGH"]
    assert (tmp_path / "ships.gpkg").exists()
