"""Result layers: which file a layer is, how results look, and that they follow the questions."""

# ruff: noqa: E402 - QGIS must run before the plugin is imported

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.plugin.application import start_qgis
from tests.plugin.coverage_service import serving

pytest.importorskip("pytestqt", reason="needs the package python3-pytestqt")
QGIS = start_qgis()

from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterBlockFeedback,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QSize, QSysInfo
from qgis.PyQt.QtGui import QColor, QImage

from sarclip_plugin.layers.folder import ResultFolder, sweep_folders
from sarclip_plugin.layers.ground import PixelGrid
from sarclip_plugin.layers.results import HEATMAP, OBJECTS, TILES, Look, ResultLayers
from sarclip_plugin.layers.source import SourceError, export_raster, raster_source
from tests.plugin.fakes import (
    EPSG,
    HEIGHT,
    NORTH,
    PIXEL_M,
    TILE_PX,
    WEST,
    WIDTH,
    write_heatmap,
    write_package,
    write_scene,
)

COLORS = {"ship": QColor("#0072b2"), "harbor": QColor("#d55e00")}


@pytest.fixture
def project() -> Iterator[QgsProject]:
    """An empty project."""
    project = QgsProject.instance()
    project.clear()
    yield project
    project.clear()


@pytest.fixture
def scene(project: QgsProject, tmp_path: Path) -> QgsRasterLayer:
    """A scene in the project."""
    layer = QgsRasterLayer(str(write_scene(tmp_path / "scene.tif")), "scene")
    project.addMapLayer(layer)
    return layer


@pytest.fixture
def results(project: QgsProject, scene: QgsRasterLayer) -> ResultLayers:
    """Result layers of the scene, none yet."""
    return ResultLayers(project, scene.id(), scene.name())


def look(threshold: float = 0.5, opacity: float = 1.0) -> Look:
    """A look with two colours."""
    return Look(COLORS, threshold, opacity)


def render(layer: object) -> QImage:
    """Draw a layer on white, one pixel per ten of the scene."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(WIDTH // 2, HEIGHT // 2))
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(f"EPSG:{EPSG}"))
    settings.setExtent(QgsRectangle(WEST, NORTH - HEIGHT * PIXEL_M, WEST + WIDTH * PIXEL_M, NORTH))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def test_a_file_is_itself(scene: QgsRasterLayer, tmp_path: Path) -> None:
    source = raster_source(scene)
    assert source.is_file
    assert source.path == str(tmp_path / "scene.tif")
    assert (source.height, source.width) == (HEIGHT, WIDTH)


def test_a_layer_in_memory_is_exported_number_by_number(project: QgsProject, tmp_path: Path) -> None:
    original = write_scene(tmp_path / "scene.tif")
    gdal.GetDriverByName("GTiff").CreateCopy("/vsimem/scene.tif", gdal.Open(str(original)))
    source = raster_source(QgsRasterLayer("/vsimem/scene.tif", "in memory"))
    assert not source.is_file
    export_raster(source, tmp_path / "copy.tif")
    first, second = (gdal.Open(str(path)) for path in (original, tmp_path / "copy.tif"))
    assert (first.ReadAsArray() == second.ReadAsArray()).all()
    assert first.GetGeoTransform() == pytest.approx(second.GetGeoTransform())
    gdal.Unlink("/vsimem/scene.tif")


def test_pictures_are_refused_with_a_reason() -> None:
    picture = QgsRasterLayer("type=xyz&url=file:///%7Bz%7D/%7Bx%7D/%7By%7D.png&zmin=0&zmax=2", "tiles", "wms")
    assert picture.isValid()
    with pytest.raises(SourceError, match="rendered picture"):
        raster_source(picture)


def test_a_broken_layer_is_refused() -> None:
    with pytest.raises(SourceError, match="broken"):
        raster_source(QgsRasterLayer("/nowhere.tif", "gone"))


def grid_of(layer: QgsRasterLayer) -> PixelGrid:
    """Return the pixels of the scene of `fakes`."""
    return PixelGrid(layer.crs(), (PIXEL_M, 0, WEST, 0, -PIXEL_M, NORTH), WIDTH, HEIGHT)


@pytest.mark.parametrize("given", [32633, EPSG])
def test_results_lie_where_the_scene_does(
    results: ResultLayers, scene: QgsRasterLayer, tmp_path: Path, given: int
) -> None:
    """Also where the analyst has corrected the system that the file names, and so do the results."""
    scene.setCrs(QgsCoordinateReferenceSystem(f"EPSG:{given}"))
    write_heatmap(tmp_path / "heat.tif", 1)
    results.show_heatmaps(str(tmp_path / "heat.tif"), ["ship"], 1.0, look())
    layer = results.find(HEATMAP)[0]
    assert layer.crs() == scene.crs()
    assert scene.extent().contains(layer.extent())


def test_pixels_and_tiles_are_where_they_are_seen(scene: QgsRasterLayer) -> None:
    grid = grid_of(scene)
    row, col = 3, 5  # no symmetry
    box = grid.tile_box(row, col, TILE_PX).boundingBox()
    assert grid.tile(box.center(), TILE_PX) == (row, col)
    assert box.xMinimum() == WEST + col * TILE_PX * PIXEL_M
    assert box.yMaximum() == NORTH - row * TILE_PX * PIXEL_M
    assert grid.tile(QgsPointXY(WEST - 1, NORTH - 1), TILE_PX) is None


def test_a_window_holds_what_is_seen_and_stays_inside(scene: QgsRasterLayer) -> None:
    grid = grid_of(scene)
    box = QgsRectangle(WEST + 700, NORTH - 2000, WEST + 1300, NORTH - 1500)
    row, col, height, width = grid.window(box)
    assert row <= 150 and col <= 70 and row + height >= 200 and col + width >= 130
    assert grid.window(QgsRectangle(WEST - 1e4, NORTH - 1e5, WEST + 1e5, NORTH + 1e4)) == [0, 0, HEIGHT, WIDTH]
    assert grid.window(QgsRectangle(0, 0, 1, 1)) is None


def test_a_heatmap_is_clear_below_its_threshold(results: ResultLayers, tmp_path: Path) -> None:
    write_heatmap(tmp_path / "heat.tif", 1)
    results.show_heatmaps(str(tmp_path / "heat.tif"), ["ship"], 1.0, look(0.5))
    layer = results.find(HEATMAP)[0]
    image = render(layer)
    row = HEIGHT // 4
    assert image.pixelColor(WIDTH // 8, row).name() == "#ffffff"
    strong, weak = image.pixelColor(WIDTH // 2 - 4, row), image.pixelColor(int(WIDTH * 0.28), row)
    assert strong.lightness() > weak.lightness()
    results.dress(HEATMAP, look(0.99))
    assert render(layer).pixelColor(int(WIDTH * 0.28), row).name() == "#ffffff"


def test_layers_follow_the_prompts_in_place(results: ResultLayers, tmp_path: Path) -> None:
    for number, prompts in enumerate((["ship"], ["ship", "harbor"], ["harbor"])):
        path = tmp_path / f"heat{number}.tif"
        write_heatmap(path, len(prompts))
        before = [layer.id() for layer in results.find(HEATMAP)]
        results.show_heatmaps(str(path), prompts, 1.0, look())
        layers = results.find(HEATMAP)
        assert [layer.name() for layer in layers] == [f"Heatmap: {prompt}" for prompt in prompts]
        assert all(layer.isValid() and layer.source() == str(path) for layer in layers)
        assert [layer.renderer().usesBands() for layer in layers] == [[band + 1] for band in range(len(prompts))]
        if before:
            assert layers[0].id() == before[0]


def test_results_are_grouped_by_scene_with_provenance(
    results: ResultLayers, project: QgsProject, tmp_path: Path
) -> None:
    write_package(tmp_path / "r.gpkg", ["ship", "harbor"], ["ship"])
    results.facts = {"scene": "scene.tif", "model": "sarclip-s", "readings": "4", "prompts": "ship; harbor"}
    results.show_tiles(str(tmp_path / "r.gpkg"), look(0.0))
    results.show_objects(str(tmp_path / "r.gpkg"), look(0.0))
    group = results.group()
    assert "scene" in group.name()
    assert [node.layer().name() for node in group.findLayers()] == ["Objects", "Tiles"]
    metadata = results.find(TILES)[0].metadata()
    assert "sarclip-s" in metadata.abstract()
    assert "ship; harbor" in metadata.abstract()
    assert "Readings of every part: 4" in metadata.abstract()
    again = ResultLayers(project, results.find(TILES)[0].customProperty("sarclip/scene"), "other name")
    assert again.group() == group


def test_a_higher_threshold_hides_tiles_and_points(results: ResultLayers, tmp_path: Path) -> None:
    write_package(tmp_path / "r.gpkg", ["ship", "harbor"], ["ship"])
    results.show_tiles(str(tmp_path / "r.gpkg"), look(0.0))
    results.show_objects(str(tmp_path / "r.gpkg"), look(0.7))
    tiles, objects = results.find(TILES)[0], results.find(OBJECTS)[0]
    first_tile = (TILE_PX // 4, TILE_PX // 4)  # score 1/6
    assert render(tiles).pixelColor(*first_tile).name() != "#ffffff"
    results.dress(TILES, look(0.5))
    assert render(tiles).pixelColor(*first_tile).name() == "#ffffff"
    objects.setLabelsEnabled(False)
    drawn = render(objects)
    colored = [
        x for x in range(drawn.width()) for y in range(drawn.height()) if drawn.pixelColor(x, y).name() != "#ffffff"
    ]
    assert colored
    assert min(colored) > 28  # only the stronger of the two points, at 80 px


def test_a_layer_that_was_removed_is_made_again(results: ResultLayers, project: QgsProject, tmp_path: Path) -> None:
    write_heatmap(tmp_path / "heat.tif", 1)
    for _ in range(2):
        results.show_heatmaps(str(tmp_path / "heat.tif"), ["ship"], 1.0, look())
        assert len(results.find(HEATMAP)) == 1
        project.removeMapLayers([layer.id() for layer in results.find(HEATMAP)])


def test_the_folder_keeps_what_is_shown(project: QgsProject, tmp_path: Path) -> None:
    folder = ResultFolder("test-folder", project)
    folder.path = tmp_path / "results"
    shown = Path(folder.new("heatmap", ".tif"))
    write_heatmap(shown, 1)
    project.addMapLayer(QgsRasterLayer(str(shown), "shown"))
    for _ in range(6):
        write_heatmap(Path(folder.new("heatmap", ".tif")), 1)
    assert shown.exists()
    assert len(list(folder.path.glob("*.tif"))) <= 6


def test_the_folder_keeps_what_the_saved_project_shows(project: QgsProject, tmp_path: Path) -> None:
    folder = ResultFolder("test-folder", project)
    folder.path = tmp_path / "results"
    saved = Path(folder.new("heatmap", ".tif"))
    write_heatmap(saved, 1)
    project.addMapLayer(QgsRasterLayer(str(saved), "saved"))
    assert project.write(str(tmp_path / "project.qgz"))
    folder.keep()
    project.removeAllMapLayers()
    for _ in range(6):
        write_heatmap(Path(folder.new("heatmap", ".tif")), 1)
    assert saved.exists()
    folder.leave()


def test_two_windows_of_one_project_leave_each_other_their_files(project: QgsProject, tmp_path: Path) -> None:
    windows = [ResultFolder("test-folder", project) for _ in range(2)]
    made: list[list[Path]] = [[], []]
    for _ in range(6):
        for window, files in zip(windows, made):  # noqa: B905 - Python 3.9
            window.path = tmp_path / "results"
            files.append(Path(window.new("heatmap", ".tif")))
            write_heatmap(files[-1], 1)
    assert not set(made[0]) & set(made[1])
    assert all(path.exists() for path in made[1])
    for window in reversed(windows):
        window.leave()
        assert made[1][0].exists() == (window is windows[1])


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where results lie, empty."""
    monkeypatch.setattr("sarclip_plugin.layers.folder.results_root", lambda: tmp_path / "results")
    return tmp_path / "results"


def test_a_folder_goes_with_a_project_that_was_never_saved(project: QgsProject, root: Path, tmp_path: Path) -> None:
    for saved in (False, True):
        folder = ResultFolder(uuid4().hex, project)
        write_heatmap(Path(folder.new("heatmap", ".tif")), 1)
        if saved:
            assert project.write(str(tmp_path / "project.qgz"))
            folder.keep()
        folder.leave()
        assert folder.path.exists() == saved


def test_a_folder_that_is_on_the_map_stays(project: QgsProject, root: Path) -> None:
    folder = ResultFolder(uuid4().hex, project)
    shown = folder.new("heatmap", ".tif")
    write_heatmap(Path(shown), 1)
    project.addMapLayer(QgsRasterLayer(shown, "shown"))
    folder.leave()
    sweep_folders(project).join()
    assert Path(shown).exists()
    project.clear()
    sweep_folders(project).join()
    assert not folder.path.exists()


def test_only_what_nobody_uses_is_swept(project: QgsProject, root: Path, tmp_path: Path) -> None:
    used, crashed, saved, orphan = (ResultFolder(uuid4().hex, project) for _ in range(4))
    for folder in (used, crashed, saved, orphan):
        folder.make()
    for folder, name in ((saved, "there.qgz"), (orphan, "gone.qgz")):
        (folder.path / "project.txt").write_text(str(tmp_path / name))
    (tmp_path / "there.qgz").touch()
    alien = root / "not-ours"
    alien.mkdir()
    for folder in (saved, orphan):
        folder.leave()
    # What a QGIS that was killed leaves: a lock whose process is not there any more.
    crashed.leave()
    crashed.path.mkdir()
    (crashed.path / "in-use").write_text(f"999999999\nqgis\n{QSysInfo.machineHostName()}\n")
    sweep_folders(project).join()
    assert used.path.exists() and saved.path.exists() and alien.exists()
    assert not crashed.path.exists() and not orphan.path.exists()


def memory_scene(tmp_path: Path, height: int = HEIGHT, width: int = WIDTH) -> QgsRasterLayer:
    """A scene that no other process can open."""
    original = write_scene(tmp_path / "original.tif", height, width)
    gdal.GetDriverByName("GTiff").CreateCopy("/vsimem/memory.tif", gdal.Open(str(original)))
    return QgsRasterLayer("/vsimem/memory.tif", "memory")


def test_a_virtual_raster_is_exported(project: QgsProject, scene: QgsRasterLayer, tmp_path: Path) -> None:
    if "virtualraster" not in QgsProviderRegistry.instance().providerList():
        pytest.skip("this QGIS has no virtual rasters")
    extent, path = scene.extent(), scene.source()
    bounds = f"{extent.xMinimum()},{extent.yMinimum()},{extent.xMaximum()},{extent.yMaximum()}"
    uri = (
        f"?crs=EPSG:{EPSG}&extent={bounds}&width={WIDTH}&height={HEIGHT}"
        f'&formula="scene@1" * 2&scene:uri={path}&scene:provider=gdal'
    )
    layer = QgsRasterLayer(uri, "virtual", "virtualraster")
    assert layer.isValid()
    source = raster_source(layer)
    assert not source.is_file
    for _ in range(2):  # encoded, and encoded again
        export_raster(source, tmp_path / "copy.tif")
        first, second = (gdal.Open(name).ReadAsArray() for name in (path, str(tmp_path / "copy.tif")))
        assert (second == 2.0 * first).all()


def test_a_coverage_service_is_exported_number_by_number(project: QgsProject, tmp_path: Path) -> None:
    original = write_scene(tmp_path / "scene.tif")
    with serving(original) as address:
        description = tmp_path / "service.xml"
        description.write_text(
            f"<WCS_GDAL><ServiceURL>{address}</ServiceURL><Version>1.0.0</Version>"
            "<CoverageName>scene</CoverageName><PreferredFormat>GeoTIFF</PreferredFormat></WCS_GDAL>"
        )
        layer = QgsRasterLayer(str(description), "service")
        assert layer.isValid()
        source = raster_source(layer)
        assert not source.is_file
        export_raster(source, tmp_path / "copy.tif")
    first, second = (gdal.Open(str(path)) for path in (original, tmp_path / "copy.tif"))
    assert (first.ReadAsArray() == second.ReadAsArray()).all()
    assert first.GetGeoTransform() == pytest.approx(second.GetGeoTransform())


def test_a_service_that_is_gone_is_a_sentence(project: QgsProject, scene: QgsRasterLayer, tmp_path: Path) -> None:
    source = replace(raster_source(scene), path="", uri=str(tmp_path / "gone.xml"))
    with pytest.raises(SourceError, match="cannot be read"):
        export_raster(source, tmp_path / "copy.tif")
    assert not (tmp_path / "copy.tif").exists()


def test_a_file_that_describes_a_picture_service_is_refused(tmp_path: Path) -> None:
    description = tmp_path / "map.xml"
    description.write_text(
        '<GDAL_WMS><Service name="TMS"><ServerUrl>http://127.0.0.1:9/${z}/${x}/${y}.png</ServerUrl></Service>'
        "<DataWindow><UpperLeftX>0</UpperLeftX><UpperLeftY>1000</UpperLeftY><LowerRightX>1000</LowerRightX>"
        "<LowerRightY>0</LowerRightY><TileLevel>2</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY>"
        "</DataWindow><Projection>EPSG:3857</Projection><BandsCount>3</BandsCount></GDAL_WMS>"
    )
    layer = QgsRasterLayer(str(description), "map", "gdal", QgsRasterLayer.LayerOptions(False))
    assert layer.isValid()
    with pytest.raises(SourceError, match="rendered picture"):
        raster_source(layer)


def test_a_part_of_a_file_is_exported(project: QgsProject, tmp_path: Path) -> None:
    original, package = write_scene(tmp_path / "scene.tif"), tmp_path / "scenes.gpkg"
    for number, table in enumerate(("first", "second")):
        options = [f"RASTER_TABLE={table}", *(["APPEND_SUBDATASET=YES"] if number else [])]
        gdal.Translate(str(package), str(original), format="GPKG", outputType=gdal.GDT_Byte, creationOptions=options)
    layer = QgsRasterLayer(f"GPKG:{package}:second", "second")
    assert layer.isValid()
    source = raster_source(layer)
    assert not source.is_file
    export_raster(source, tmp_path / "copy.tif")
    first, second = gdal.Open(f"GPKG:{package}:second"), gdal.Open(str(tmp_path / "copy.tif"))
    assert (first.GetRasterBand(1).ReadAsArray() == second.GetRasterBand(1).ReadAsArray()).all()


def test_an_export_tells_its_progress(project: QgsProject, tmp_path: Path) -> None:
    feedback, told, there = QgsRasterBlockFeedback(), [], []
    copy = tmp_path / "copy.tif"
    feedback.progressChanged.connect(told.append)
    feedback.progressChanged.connect(lambda _percent: there.append(copy.exists()))
    export_raster(raster_source(memory_scene(tmp_path, 100, 9000)), copy, feedback)
    assert copy.exists() and not any(there), "a file of the right name is a whole one"
    assert told and told == sorted(told) and 0 < told[-1] <= 100


def test_a_cancelled_export_leaves_nothing(project: QgsProject, tmp_path: Path) -> None:
    feedback = QgsRasterBlockFeedback()
    feedback.cancel()
    with pytest.raises(SourceError, match="Cancelled"):
        export_raster(raster_source(memory_scene(tmp_path)), tmp_path / "copy.tif", feedback)
    assert [path.name for path in tmp_path.iterdir()] == ["original.tif"]


def test_an_export_without_room_is_a_sentence(project: QgsProject, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="room on the disk"):
        export_raster(raster_source(memory_scene(tmp_path)), tmp_path / "no-folder" / "copy.tif")
