"""The dock with a fake engine: real widgets, real keys, real layers."""

# ruff: noqa: E402 - QGIS must run before the plugin is imported

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.application import start_qgis

pytest.importorskip("pytestqt", reason="needs the package python3-pytestqt")
QGIS = start_qgis()

from osgeo import gdal
from qgis.core import QgsPointXY, QgsProject, QgsRasterLayer, QgsVectorLayer
from qgis.PyQt.QtCore import QPoint, Qt

from sarclip_plugin.engine_client import EngineError
from sarclip_plugin.gui.dock import SarclipDock
from sarclip_plugin.layers.results import HEATMAP, OBJECTS, SIMILAR, TAUGHT, TILES
from tests.plugin.fakes import NORTH, PIXEL_M, TILE_PX, WEST, FakeController, FakeIface, write_scene

LEFT = Qt.MouseButton.LeftButton


class Desk:
    """A window, a dock, a fake engine and a scene."""

    def __init__(self, qtbot: Any, tmp_path: Path) -> None:
        self.qtbot, self.project = qtbot, QgsProject.instance()
        self.project.clear()
        self.layer = QgsRasterLayer(str(write_scene(tmp_path / "scene.tif")), "scene")
        self.project.addMapLayer(self.layer)
        self.iface, self.controller = FakeIface(), FakeController()
        self.client = self.controller.client
        qtbot.addWidget(self.iface.mainWindow())
        self.dock = SarclipDock(self.iface, self.controller)
        self.iface.mainWindow().addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.iface.mainWindow().show()
        qtbot.waitExposed(self.iface.mainWindow())
        self.iface.show_pixels(0, 0, 256, 384)
        self.dock.scene.layer_box.setLayer(self.layer)
        qtbot.waitUntil(self.dock.scene.encode_button.isEnabled)

    def encode(self) -> None:
        """Press Encode and wait."""
        self.qtbot.mouseClick(self.dock.scene.encode_button, LEFT)
        self.qtbot.waitUntil(lambda: self.dock.bench.is_encoded and self.dock.body.view_group.isEnabled())

    def type(self, text: str) -> None:
        """Type with real keys."""
        self.qtbot.keyClicks(self.dock.prompts.line, text)

    def add(self, *prompts: str) -> None:
        """Type prompts and press Enter."""
        for prompt in prompts:
            self.type(prompt)
            self.qtbot.keyClick(self.dock.prompts.line, Qt.Key.Key_Return)

    def wait_for(self, role: str, count: int = 1) -> list[Any]:
        """Wait for the layers of a role."""
        self.qtbot.waitUntil(lambda: len(self.dock.bench.results.find(role)) == count)
        return self.dock.bench.results.find(role)


@pytest.fixture
def desk(qtbot: Any, tmp_path: Path) -> Iterator[Desk]:
    """A desk with a scene that is open."""
    desk = Desk(qtbot, tmp_path)
    yield desk
    desk.dock.close_down()
    desk.project.clear()


def test_the_scene_says_how_it_is_read(desk: Desk) -> None:
    scene = desk.dock.scene
    assert [scene.band_box.itemText(index) for index in range(scene.band_box.count())] == ["VH", "VV"]
    assert "amplitude" in scene.scale_box.itemText(0)
    assert "it is" in scene.scale_box.toolTip()
    assert scene.model_box.currentText() == "fake-s"
    scene.tile_px.setValue(100)
    assert scene.tile_px.value() % 8 == 0
    assert scene.tile_m.value() == scene.tile_px.value() * 10
    scene.tile_m.setValue(640)
    assert scene.tile_px.value() == 64


def test_the_layer_that_is_looked_at_is_suggested(desk: Desk, tmp_path: Path) -> None:
    box = desk.dock.scene.layer_box
    other = QgsRasterLayer(str(write_scene(tmp_path / "other.tif")), "other")
    picture = QgsRasterLayer("type=xyz&url=file:///%7Bz%7D/%7Bx%7D/%7By%7D.png&zmin=0&zmax=2", "tiles", "wms")
    desk.project.addMapLayers([other, picture])
    desk.dock.suggest(other)
    assert box.currentLayer() == desk.layer, "a choice is not changed"
    box.setLayer(None)
    assert not desk.dock.scene.options.isEnabled()
    for refused in (None, picture):
        desk.dock.suggest(refused)
        assert box.currentLayer() is None
        assert desk.dock.scene.note.text() == ""
    desk.dock.suggest(other)
    assert box.currentLayer() == other
    assert desk.dock.scene.options.isEnabled()


def test_another_scale_opens_the_scene_anew(desk: Desk) -> None:
    desk.dock.scene.scale_box.setCurrentIndex(desk.dock.scene.scale_box.findData("power"))
    desk.qtbot.waitUntil(lambda: desk.client.asked("open")[-1].get("scale") == "power")


def test_the_area_goes_into_the_encoding(desk: Desk) -> None:
    box = desk.dock.scene.area_box
    box.setCurrentIndex(box.findData("view"))
    desk.encode()
    extent = desk.client.asked("encode")[-1]["extent"]
    assert extent["crs"] == "EPSG:32631"
    west, south, east, north = extent["bbox"]
    assert west < east and south < north
    box.setCurrentIndex(box.findData("polygons"))
    desk.qtbot.mouseClick(desk.dock.scene.encode_button, LEFT)
    assert "polygon" in desk.iface.messageBar().currentItem().text()


def test_the_heatmap_follows_the_keys(desk: Desk) -> None:
    desk.encode()
    desk.iface.show_pixels(64, 128, 64, 64)
    desk.type("ship")
    layer = desk.wait_for(HEATMAP)[0]
    desk.qtbot.waitUntil(lambda: any("window" not in call for call in desk.client.asked("heatmap")))
    calls = desk.client.asked("heatmap")
    assert calls[-1]["prompts"] == ["ship"]
    row, col, height, width = calls[0]["window"]
    assert row <= 64 and col <= 128 and row + height >= 128 and col + width >= 192
    desk.type("s near harbor")
    desk.qtbot.waitUntil(lambda: layer.name() == "Heatmap: ships near harbor")
    assert desk.wait_for(HEATMAP)[0].id() == layer.id()


def test_a_view_of_everything_is_asked_once(desk: Desk) -> None:
    desk.encode()
    desk.type("ship")
    desk.wait_for(HEATMAP)
    desk.qtbot.wait(400)
    assert len(desk.client.asked("heatmap")) <= 4  # at most one a key, none of them a window
    assert not any("window" in call for call in desk.client.asked("heatmap"))


def test_enter_adds_space_ticks_delete_removes(desk: Desk) -> None:
    prompts = desk.dock.prompts
    desk.add("ship", "urban area", "ship")
    assert [prompt.text for prompt in prompts.prompts()] == ["ship", "urban area"]
    assert prompts.prompts()[0].color.name() != prompts.prompts()[1].color.name()
    prompts.list.setFocus()
    prompts.list.setCurrentRow(0)
    desk.qtbot.keyClick(prompts.list, Qt.Key.Key_Space)
    assert [prompt.text for prompt in prompts.asked()] == ["urban area"]
    desk.qtbot.keyClick(prompts.list, Qt.Key.Key_Delete)
    assert [prompt.text for prompt in prompts.prompts()] == ["urban area"]


def test_unknown_words_get_a_hint_that_goes_again(desk: Desk) -> None:
    desk.encode()
    desk.type("zebra")
    desk.qtbot.waitUntil(lambda: "Unknown word" in desk.dock.prompts.hint.text())
    assert "ship" in desk.dock.prompts.hint.text()
    desk.dock.prompts.line.clear()
    desk.type("ship")
    desk.qtbot.waitUntil(lambda: not desk.dock.prompts.hint.isVisible())


def test_words_of_the_model_complete(desk: Desk) -> None:
    completer = desk.dock.prompts.line.completer()
    desk.qtbot.waitUntil(lambda: desk.client.asked("vocabulary") != [])
    desk.qtbot.wait(20)
    completer.setCompletionPrefix("harbor")
    assert completer.currentCompletion() == "ships near harbor"


def test_background_is_sent(desk: Desk) -> None:
    desk.encode()
    desk.dock.prompts.background.setPlainText("sea\n  open   land \n\nsea")
    desk.add("ship")
    desk.wait_for(HEATMAP)
    assert desk.client.asked("heatmap")[-1]["background"] == ["sea", "open land"]


def test_threshold_and_opacity_ask_nobody(desk: Desk) -> None:
    desk.encode()
    desk.add("ship")
    layer = desk.wait_for(HEATMAP)[0]
    desk.qtbot.wait(400)
    before = len(desk.client.calls)
    desk.dock.view.slider.setValue(80)
    desk.dock.view.opacity_widget.setOpacity(0.4)
    assert layer.renderer().classificationMin() == pytest.approx(0.8)
    assert layer.opacity() == pytest.approx(0.4)
    desk.qtbot.wait(400)
    assert len(desk.client.calls) == before


def test_counts_have_a_table_whose_rows_show_points(desk: Desk) -> None:
    desk.encode()
    desk.add("ship", "urban area")
    desk.qtbot.mouseClick(desk.dock.view.buttons[OBJECTS], LEFT)
    layer = desk.wait_for(OBJECTS)[0]
    table = desk.dock.counts
    assert table.isVisible()
    assert [table.item(0, column).text() for column in range(3)] == ["ship", "2", "1 to 3"]
    extent = desk.iface.mapCanvas().extent()
    table.setCurrentCell(1, 0)
    desk.qtbot.keyClick(table, Qt.Key.Key_Return)
    assert {feature["prompt"] for feature in layer.selectedFeatures()} == {"urban area"}
    assert desk.iface.mapCanvas().extent() != extent


def test_only_what_is_chosen_is_ticked(desk: Desk) -> None:
    desk.encode()
    desk.add("ship")
    heat = desk.wait_for(HEATMAP)[0]
    desk.qtbot.mouseClick(desk.dock.view.buttons[TILES], LEFT)
    tiles = desk.wait_for(TILES)[0]
    root = desk.project.layerTreeRoot()
    desk.qtbot.waitUntil(lambda: not root.findLayer(heat.id()).itemVisibilityChecked())
    assert root.findLayer(tiles.id()).itemVisibilityChecked()


def test_find_similar_asks_with_the_place(desk: Desk) -> None:
    desk.encode()
    desk.qtbot.mouseClick(desk.dock.body.similar_button, LEFT)
    desk.qtbot.mouseClick(desk.iface.mapCanvas().viewport(), LEFT, pos=QPoint(100, 90))
    desk.wait_for(SIMILAR)
    assert desk.client.asked("similar")[0]["crs"] == "EPSG:32631"
    assert len(desk.client.asked("similar")[0]["point"]) == 2
    desk.qtbot.mouseClick(desk.dock.body.teach_button, LEFT)
    assert not desk.dock.body.similar_button.isChecked()


def test_teach_learns_keeps_and_forgets(desk: Desk) -> None:
    desk.encode()
    canvas, dock = desk.iface.mapCanvas(), desk.dock
    desk.qtbot.mouseClick(dock.body.teach_button, LEFT)
    tool = dock.pointing.teach_tool
    right = tool.toCanvasCoordinates(_tile_center(1, 2))
    wrong = tool.toCanvasCoordinates(_tile_center(2, 4))
    desk.qtbot.mouseClick(canvas.viewport(), LEFT, pos=right)
    assert not dock.teach.keep_button.isEnabled()
    desk.qtbot.mouseClick(canvas.viewport(), LEFT, Qt.KeyboardModifier.ShiftModifier, pos=wrong)
    dock.teach.name.setText("quays")
    desk.qtbot.mouseClick(canvas.viewport(), LEFT, pos=tool.toCanvasCoordinates(_tile_center(0, 5)))
    desk.qtbot.waitUntil(lambda: bool(dock.bench.results.find(TAUGHT, "quays")))
    assert desk.client.asked("teach")[-1]["examples"] == {"quays": [[1, 2], [0, 5]], "other": [[2, 4]]}
    desk.qtbot.mouseClick(dock.teach.keep_button, LEFT)
    assert [prompt.text for prompt in dock.prompts.taught()] == ["quays"]
    assert dock.prompts.asked() == []
    dock.prompts.list.setCurrentRow(0)
    desk.qtbot.keyClick(dock.prompts.list, Qt.Key.Key_Delete)
    assert dock.bench.results.find(TAUGHT, "quays") == []


def test_teaching_comes_into_view(desk: Desk) -> None:
    desk.encode()
    desk.add("ship", "urban area", "harbor")
    desk.qtbot.mouseClick(desk.dock.view.buttons[OBJECTS], LEFT)
    desk.qtbot.waitUntil(lambda: desk.dock.counts.rowCount() == 3)
    desk.iface.mainWindow().resize(900, 420)
    desk.dock.body.teach_button.click()
    button = desk.dock.teach.keep_button
    desk.qtbot.waitUntil(lambda: not button.visibleRegion().isEmpty())


def test_saving_keeps_the_colours(desk: Desk, tmp_path: Path) -> None:
    desk.encode()
    desk.add("ship", "urban area")
    desk.dock.prompts.list.setCurrentRow(0)
    desk.qtbot.keyClick(desk.dock.prompts.list, Qt.Key.Key_Delete)  # so that ours are not the engine's colours
    color = desk.dock.prompts.prompts()[0].color.name()
    desk.dock.saving.save_to(str(tmp_path / "saved.gpkg"))
    desk.qtbot.waitUntil(lambda: desk.iface.messageBar().currentItem() is not None)
    layer = QgsVectorLayer(f"{tmp_path / 'saved.gpkg'}|layername=tiles", "tiles", "ogr")
    assert layer.renderer().categories()[0].symbol().color().name() == color


def test_everything_comes_back_with_the_project(desk: Desk, tmp_path: Path) -> None:
    desk.encode()
    desk.add("ship", "urban area")
    desk.wait_for(HEATMAP, 2)
    desk.dock.view.slider.setValue(70)
    desk.qtbot.wait(400)
    desk.project.write(str(tmp_path / "p.qgs"))
    desk.project.clear()
    assert desk.dock.prompts.prompts() == []
    desk.project.read(str(tmp_path / "p.qgs"))
    assert [prompt.text for prompt in desk.dock.prompts.prompts()] == ["ship", "urban area"]
    assert desk.dock.view.threshold == pytest.approx(0.7)
    desk.qtbot.waitUntil(lambda: desk.dock.bench.is_encoded)
    desk.wait_for(HEATMAP, 2)


def test_a_project_that_is_being_read_is_not_written_to(desk: Desk, qtbot: Any) -> None:
    """QGIS 3.40 lets events happen while it reads layers, when the entries of the project are there already."""
    desk.encode()
    desk.add("ship")
    qtbot.wait(400)
    entry = desk.project.readEntry("sarclip", "/state", "")[0].replace("ship", "bridge")
    desk.project.writeEntry("sarclip", "/state", entry)
    desk.add("urban area")
    qtbot.wait(400)
    assert desk.project.readEntry("sarclip", "/state", "")[0] == entry
    desk.dock.restore()
    assert [prompt.text for prompt in desk.dock.prompts.prompts()] == ["bridge"]


def test_an_unused_project_stays_clean(desk: Desk) -> None:
    desk.project.setDirty(False)
    desk.qtbot.wait(400)
    assert not desk.project.isDirty()


def test_troubles_are_told_and_survived(desk: Desk) -> None:
    desk.client.errors["encode"] = EngineError("The disk is full.")
    desk.qtbot.mouseClick(desk.dock.scene.encode_button, LEFT)
    desk.qtbot.waitUntil(lambda: desk.iface.messageBar().currentItem() is not None)
    assert "disk is full" in desk.iface.messageBar().currentItem().text()
    assert desk.dock.scene.encode_button.isEnabled()
    desk.client.errors.clear()
    desk.encode()
    desk.client.errors["heatmap"] = EngineError("prompt 'x' is odd")
    desk.type("ship")
    desk.qtbot.waitUntil(lambda: "odd" in desk.dock.prompts.hint.text())


def test_a_closed_dock_hears_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.dock.close_down()
    calls = len(desk.client.calls)
    desk.project.addMapLayer(QgsRasterLayer(str(write_scene(tmp_path / "other.tif")), "other"))
    desk.project.removeMapLayer(desk.layer.id())
    desk.qtbot.wait(50)
    assert len(desk.client.calls) == calls


def test_the_scene_is_removed_while_asked(desk: Desk) -> None:
    desk.encode()
    desk.add("ship")
    desk.project.removeMapLayer(desk.layer.id())
    desk.qtbot.wait(400)
    assert not desk.dock.body.view_group.isEnabled()
    assert desk.dock.body.status.text() == ""


def test_everything_is_reached_by_keys_and_has_a_name(desk: Desk) -> None:
    desk.encode()
    desk.dock.scene.options.setCollapsed(False)
    scene, view, body, teach = desk.dock.scene, desk.dock.view, desk.dock.body, desk.dock.teach
    fields = [
        scene.layer_box, scene.band_box, scene.scale_box, scene.area_box, scene.tile_px, scene.tile_m,
        scene.model_box, scene.progress, desk.dock.prompts.line, desk.dock.prompts.list,
        desk.dock.prompts.background, view.slider, view.spin, view.opacity_widget, desk.dock.counts, teach.name,
    ]  # fmt: skip
    buttons = [
        scene.encode_button, scene.cancel_button, body.similar_button, body.teach_button, body.save_button,
        *view.buttons.values(), teach.keep_button, teach.clear_button, teach.done_button,
    ]  # fmt: skip
    assert all(field.accessibleName() for field in fields)
    assert all(button.text() for button in buttons)
    assert all(button.toolTip() for button in buttons)
    for widget in [*fields, *buttons]:
        if widget not in (scene.progress, view.opacity_widget):
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget
    assert desk.dock.sizeHint().height() <= 580


def test_a_layer_that_is_no_file_is_copied_when_it_is_encoded(desk: Desk, tmp_path: Path) -> None:
    gdal.GetDriverByName("GTiff").CreateCopy("/vsimem/dock.tif", gdal.Open(desk.layer.source()))
    layer = QgsRasterLayer("/vsimem/dock.tif", "in memory")
    desk.project.addMapLayer(layer)
    opened = len(desk.client.asked("open"))
    steps: list[Any] = []
    desk.dock.bench.progressed.connect(steps.append)
    desk.dock.scene.layer_box.setLayer(layer)
    assert "copied" in desk.dock.scene.note.text()
    assert len(desk.client.asked("open")) == opened  # nothing is copied before it is wanted
    desk.encode()
    path = Path(desk.client.asked("open")[-1]["path"])
    assert path.exists() and path.is_relative_to(desk.dock.bench.folder.path)
    assert gdal.Open(str(path)).ReadAsArray().any()
    assert any(step and step.get("total") == 100 for step in steps)
    gdal.Unlink("/vsimem/dock.tif")


def test_a_picture_of_a_map_service_is_refused_with_a_reason(desk: Desk) -> None:
    picture = QgsRasterLayer("type=xyz&url=file:///%7Bz%7D/%7Bx%7D/%7By%7D.png&zmin=0&zmax=2", "tiles", "wms")
    desk.project.addMapLayer(picture)
    desk.dock.scene.layer_box.setLayer(picture)
    assert "rendered picture" in desk.dock.scene.note.text()
    assert not desk.dock.scene.encode_button.isEnabled()


def _tile_center(row: int, col: int) -> QgsPointXY:
    return QgsPointXY(WEST + (col + 0.5) * TILE_PX * PIXEL_M, NORTH - (row + 0.5) * TILE_PX * PIXEL_M)
