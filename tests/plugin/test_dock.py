"""The dock with a fake engine: real widgets, real keys, real layers."""

# ruff: noqa: E402 - QGIS must run before the plugin is imported

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.application import start_qgis

pytest.importorskip("pytestqt", reason="needs the package python3-pytestqt")
QGIS = start_qgis()

from osgeo import gdal
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtWidgets import QPushButton

from sarclip_plugin.engine_client import EngineError
from sarclip_plugin.gui.area import extent_of
from sarclip_plugin.gui.dock import SarclipDock
from sarclip_plugin.layers.results import HEATMAP, OBJECTS, ROLE, SIMILAR, TAUGHT, TILES
from tests.plugin.fakes import EPSG, NORTH, PIXEL_M, TILE_PX, WEST, FakeController, FakeIface, write_scene

LEFT = Qt.MouseButton.LeftButton


class Desk:
    """A window, a dock, a fake engine and a scene."""

    def __init__(self, qtbot: Any, tmp_path: Path, controller: FakeController | None = None) -> None:
        self.qtbot, self.project = qtbot, QgsProject.instance()
        self.project.clear()
        self.layer = QgsRasterLayer(str(write_scene(tmp_path / "scene.tif")), "scene")
        self.project.addMapLayer(self.layer)
        self.iface, self.controller = FakeIface(), controller or FakeController()
        self.client = self.controller.client
        qtbot.addWidget(self.iface.mainWindow())
        self.dock = SarclipDock(self.iface, self.controller)
        self.iface.mainWindow().addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.iface.mainWindow().show()
        qtbot.waitExposed(self.iface.mainWindow())
        self.iface.show_pixels(0, 0, 256, 384)

    def choose(self) -> None:
        """Choose the scene and wait until it can be encoded."""
        self.dock.scene.layer_box.setLayer(self.layer)
        self.qtbot.waitUntil(self.dock.scene.encode_button.isEnabled)

    def close(self) -> None:
        """Close dock and project."""
        self.dock.close_down()
        self.project.clear()

    def last_message(self) -> str:
        """Return what the message bar shows, "" for nothing."""
        item = self.iface.messageBar().currentItem()
        return item.text() if item is not None else ""

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

    def teach(self, right: tuple[int, int], wrong: tuple[int, int]) -> None:
        """Mark a right and a wrong tile with the tool that teaches."""
        if not self.dock.body.teach_button.isChecked():
            self.qtbot.mouseClick(self.dock.body.teach_button, LEFT)
        tool, canvas = self.dock.pointing.teach_tool, self.iface.mapCanvas().viewport()
        for tile, modifier in ((right, Qt.KeyboardModifier.NoModifier), (wrong, Qt.KeyboardModifier.ShiftModifier)):
            self.qtbot.mouseClick(canvas, LEFT, modifier, pos=tool.toCanvasCoordinates(_tile_center(*tile)))

    def undo(self) -> None:
        """Press Undo in the message bar."""
        self.qtbot.mouseClick(self.iface.messageBar().currentItem().findChild(QPushButton), LEFT)

    def wait_for(self, role: str, count: int = 1) -> list[Any]:
        """Wait for the layers of a role."""
        self.qtbot.waitUntil(lambda: len(self.dock.bench.results.find(role)) == count)
        return self.dock.bench.results.find(role)


@pytest.fixture
def desk(qtbot: Any, tmp_path: Path) -> Iterator[Desk]:
    """A desk with a scene that is open."""
    desk = Desk(qtbot, tmp_path)
    desk.choose()
    yield desk
    desk.close()


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
    assert extent["crs"] is None
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


def test_unknown_words_of_the_list_and_the_background_get_a_hint_too(desk: Desk) -> None:
    desk.encode()
    hint, prompts = desk.dock.prompts.hint, desk.dock.prompts
    desk.add("zebra")
    desk.qtbot.waitUntil(lambda: hint.text().startswith("“zebra”") and "Unknown word" in hint.text())
    prompts.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    desk.add("ship")
    desk.qtbot.waitUntil(lambda: not hint.isVisible())
    prompts.background.setPlainText("gnu")
    desk.qtbot.waitUntil(lambda: hint.text().startswith("“gnu”"))


def test_a_prompt_that_is_not_ticked_is_asked_when_it_is_typed_again(desk: Desk) -> None:
    desk.encode()
    desk.add("ship")
    desk.dock.prompts.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert desk.dock.prompts.asked() == []
    desk.type("ship")
    assert [prompt.text for prompt in desk.dock.prompts.asked()] == ["ship"]
    desk.qtbot.waitUntil(lambda: [asked["prompts"] for asked in desk.client.asked("heatmap")][-1:] == [["ship"]])


def test_what_is_typed_but_not_entered_comes_back_with_its_heatmap(desk: Desk, tmp_path: Path) -> None:
    desk.encode()
    desk.type("ship")
    desk.wait_for(HEATMAP)
    desk.project.write(str(tmp_path / "p.qgs"))
    desk.project.clear()
    assert desk.dock.prompts.typed_text() == "", "another project has nothing to do with it"
    desk.project.read(str(tmp_path / "p.qgs"))
    desk.qtbot.waitUntil(lambda: desk.dock.bench.is_encoded)
    assert desk.dock.prompts.typed_text() == "ship"
    desk.qtbot.wait(600)
    desk.wait_for(HEATMAP)


def test_the_tool_for_similar_places_goes_with_the_scene(desk: Desk) -> None:
    desk.encode()
    canvas, similar = desk.iface.mapCanvas(), desk.dock.body.similar_button
    desk.qtbot.mouseClick(similar, LEFT)
    assert canvas.mapTool() is desk.dock.pointing.similar_tool
    desk.dock.scene.tile_px.setValue(128)
    assert canvas.mapTool() is not desk.dock.pointing.similar_tool
    assert not similar.isChecked()
    before = len(desk.client.calls)
    desk.dock.pointing.similar_tool.point_picked.emit(QgsPointXY(WEST, NORTH))
    desk.qtbot.wait(300)
    assert "similar" not in [method for method, _params in desk.client.calls[before:]]
    desk.project.removeMapLayer(desk.layer.id())
    desk.dock.pointing.similar_tool.point_picked.emit(QgsPointXY(WEST, NORTH))  # the click was on its way


def test_a_lesson_is_about_its_scene(desk: Desk, tmp_path: Path) -> None:
    desk.encode()
    dock = desk.dock
    desk.teach((1, 2), (2, 4))
    dock.teach.name.setText("quays")
    desk.qtbot.mouseClick(dock.teach.keep_button, LEFT)
    desk.teach((0, 1), (1, 1))
    desk.qtbot.waitUntil(lambda: len(desk.client.asked("teach")) >= 2)
    other = QgsRasterLayer(str(write_scene(tmp_path / "other.tif")), "other")
    desk.project.addMapLayer(other)
    dock.scene.layer_box.setLayer(other)
    desk.qtbot.waitUntil(dock.scene.encode_button.isEnabled)
    asked = len(desk.client.asked("teach"))
    desk.encode()
    desk.qtbot.wait(200)
    assert len(desk.client.asked("teach")) == asked, "tiles of one scene say nothing of another"
    assert not dock.pointing.lesson.right
    dock.scene.layer_box.setLayer(desk.layer)
    desk.qtbot.waitUntil(dock.scene.encode_button.isEnabled)
    desk.encode()
    desk.qtbot.waitUntil(lambda: len(desk.client.asked("teach")) == asked + 1)


def test_a_band_is_not_carried_over_to_another_scene(desk: Desk) -> None:
    dock = desk.dock
    dock.scene.band_box.setCurrentText("VV")
    desk.qtbot.waitUntil(lambda: desk.client.asked("open")[-1].get("band") == "VV")
    gdal.GetDriverByName("GTiff").CreateCopy("/vsimem/one_band.tif", gdal.Open(desk.layer.source()))
    memory = QgsRasterLayer("/vsimem/one_band.tif", "in memory")
    desk.project.addMapLayer(memory)
    dock.scene.layer_box.setLayer(memory)
    assert dock.scene.choices()["band"] == ""
    desk.project.removeMapLayer(memory.id())
    gdal.Unlink("/vsimem/one_band.tif")


def test_results_are_not_offered_as_scenes(desk: Desk) -> None:
    box = desk.dock.scene.layer_box
    desk.encode()
    desk.add("ship", "urban area")
    desk.wait_for(HEATMAP, 2)
    offered = [box.layer(index).name() for index in range(box.count()) if box.layer(index)]
    assert offered == ["scene"]
    assert desk.dock.scene.layer is desk.layer


def test_an_engine_that_works_on_something_else_is_not_silent(desk: Desk) -> None:
    desk.encode()
    desk.client.delay_ms = 4000
    desk.type("ship")
    desk.qtbot.waitUntil(lambda: "busy" in desk.dock.prompts.hint.text())
    desk.qtbot.waitUntil(lambda: not desk.dock.prompts.hint.isVisible())
    desk.wait_for(HEATMAP)


def test_a_scale_that_was_chosen_is_not_called_found(desk: Desk) -> None:
    box = desk.dock.scene.scale_box
    box.setCurrentIndex(box.findData("power"))
    desk.qtbot.waitUntil(lambda: desk.client.asked("open")[-1].get("scale") == "power")
    desk.qtbot.wait(100)
    assert "power" not in box.itemText(0)


def test_the_engine_is_set_up_after_the_panel_was_opened(qtbot: Any, tmp_path: Path) -> None:
    controller = FakeController()
    controller.trouble = "The engine is not set up yet."
    desk = Desk(qtbot, tmp_path, controller)
    dock, button = desk.dock, desk.dock.body.setup_button
    wanted: list[bool] = []
    dock.setup_wanted.connect(lambda: wanted.append(True))
    dock.scene.layer_box.setLayer(desk.layer)
    assert desk.last_message() == controller.trouble
    assert not desk.client.calls
    assert not dock.scene.encode_button.isEnabled()
    qtbot.mouseClick(button, LEFT)
    assert wanted == [True]
    controller.trouble = ""
    controller.state_changed.emit()
    assert not button.isVisible()
    qtbot.waitUntil(dock.scene.encode_button.isEnabled)
    qtbot.waitUntil(lambda: dock.prompts.line.completer().model().rowCount() > 0)
    assert dock.scene.model_box.currentText() == "fake-s"
    desk.close()


def test_the_device_is_told_and_missed(qtbot: Any, tmp_path: Path) -> None:
    controller = FakeController()
    controller.wants_card = True
    desk = Desk(qtbot, tmp_path, controller)
    desk.choose()
    assert "no NVIDIA graphics card" in desk.last_message()
    desk.encode()
    assert "on CPU" in desk.dock.body.status.text()
    desk.close()


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
    assert desk.client.asked("similar")[0]["crs"] is None
    assert len(desk.client.asked("similar")[0]["point"]) == 2
    desk.qtbot.mouseClick(desk.dock.body.teach_button, LEFT)
    assert not desk.dock.body.similar_button.isChecked()


@pytest.mark.parametrize("named", ["corrected", "by the analyst", "by nobody"])
def test_the_system_of_the_layer_counts_and_not_that_of_its_file(desk: Desk, tmp_path: Path, named: str) -> None:
    desk.project.setCrs(QgsCoordinateReferenceSystem(f"EPSG:{EPSG}"))
    layer = QgsRasterLayer(str(write_scene(tmp_path / "bare.tif", crs=named == "corrected")), "bare")
    lies_in = QgsCoordinateReferenceSystem({"corrected": "EPSG:32633", "by the analyst": "EPSG:32633"}.get(named, ""))
    layer.setCrs(lies_in)
    desk.project.addMapLayer(layer)
    desk.dock.scene.layer_box.setLayer(layer)
    desk.qtbot.waitUntil(desk.dock.scene.encode_button.isEnabled)
    canvas, box = desk.iface.mapCanvas(), desk.dock.scene.area_box
    if lies_in.isValid():
        canvas.setExtent(QgsCoordinateTransform(
            lies_in, canvas.mapSettings().destinationCrs(), desk.project
        ).transformBoundingBox(layer.extent()))  # fmt: skip
    box.setCurrentIndex(box.findData("view"))
    desk.encode()
    extent = desk.client.asked("encode")[-1]["extent"]
    shape = QgsGeometry.fromWkt(extent["wkt"]) if "wkt" in extent else QgsGeometry.fromRect(
        QgsRectangle(*extent["bbox"])
    )  # fmt: skip
    assert extent["crs"] is None and shape.contains(layer.extent().center())
    desk.qtbot.mouseClick(desk.dock.body.similar_button, LEFT)
    middle = canvas.viewport().rect().center()
    desk.qtbot.mouseClick(canvas.viewport(), LEFT, pos=middle)
    desk.qtbot.waitUntil(lambda: bool(desk.client.asked("similar")))
    asked = desk.client.asked("similar")[0]
    assert asked["crs"] is None and layer.extent().contains(QgsPointXY(*asked["point"]))


def test_teach_and_the_part_in_view_follow_the_rows_of_a_south_up_file(desk: Desk, tmp_path: Path) -> None:
    path = write_scene(tmp_path / "south_up.tif")
    gdal.Open(str(path), gdal.GA_Update).SetGeoTransform((WEST, PIXEL_M, 0, NORTH, 0, PIXEL_M))
    transform = [PIXEL_M, 0, WEST, 0, PIXEL_M, NORTH]
    desk.client.answers["open"] = {**desk.client._open(str(path)), "transform": transform}
    layer = QgsRasterLayer(str(path), "south up")
    desk.project.addMapLayer(layer)
    assert (layer.height(), layer.width()) == (256, 384), "as high and wide as the file: the size tells nothing"
    desk.dock.scene.layer_box.setLayer(layer)
    desk.qtbot.waitUntil(desk.dock.scene.encode_button.isEnabled)
    desk.encode()
    desk.iface.mapCanvas().setExtent(layer.extent())
    desk.qtbot.mouseClick(desk.dock.body.teach_button, LEFT)
    tool, canvas = desk.dock.pointing.teach_tool, desk.iface.mapCanvas().viewport()
    for (row, col), modifier in (
        ((0, 4), Qt.KeyboardModifier.NoModifier), ((3, 1), Qt.KeyboardModifier.ShiftModifier)
    ):  # fmt: skip
        place = QgsPointXY(WEST + (col + 0.5) * TILE_PX * PIXEL_M, NORTH + (row + 0.5) * TILE_PX * PIXEL_M)
        desk.qtbot.mouseClick(canvas, LEFT, modifier, pos=tool.toCanvasCoordinates(place))
        assert tool._bands[modifier == Qt.KeyboardModifier.NoModifier].asGeometry().contains(
            QgsGeometry.fromPointXY(place)
        )
    desk.qtbot.waitUntil(lambda: bool(desk.client.asked("teach")))
    assert list(desk.client.asked("teach")[-1]["examples"].values()) == [[[0, 4]], [[3, 1]]]
    desk.iface.mapCanvas().setExtent(QgsRectangle(WEST + 1400, NORTH + 100, WEST + 1500, NORTH + 150))
    desk.type("ship")
    desk.qtbot.waitUntil(lambda: any("window" in call for call in desk.client.asked("heatmap")))
    row, col, height, width = next(call["window"] for call in desk.client.asked("heatmap") if "window" in call)
    assert row == 0 and height < 256, "the first rows of the file lie in the south"
    assert col <= 140 and col + width >= 150


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


def test_a_lesson_needs_no_name_and_takes_one_late(desk: Desk) -> None:
    desk.encode()
    dock = desk.dock
    desk.teach((1, 2), (2, 4))
    layer = desk.wait_for(TAUGHT)[0]
    assert [category.value() for category in layer.renderer().categories()] == ["taught"]
    dock.teach.name.setText("quays")
    desk.qtbot.mouseClick(dock.teach.keep_button, LEFT)
    desk.qtbot.waitUntil(lambda: bool(dock.bench.results.find(TAUGHT, "quays")))
    layer = desk.wait_for(TAUGHT)[0]
    assert layer.name() == "Tiles: quays"
    assert desk.project.layerTreeRoot().findLayer(layer.id()).itemVisibilityChecked()
    desk.teach((0, 1), (3, 3))
    desk.wait_for(TAUGHT, 2)
    desk.qtbot.mouseClick(dock.teach.keep_button, LEFT)
    assert [prompt.text for prompt in dock.prompts.taught()] == ["quays", "taught"]
    legends = {
        layer.name(): [category.value() for category in layer.renderer().categories()]
        for layer in desk.wait_for(TAUGHT, 2)
    }
    assert legends == {"Tiles: quays": ["quays"], "Tiles: taught": ["taught"]}
    dock.presenter.recolor()
    assert [len(layer.renderer().categories()) for layer in desk.wait_for(TAUGHT, 2)] == [1, 1]
    for layer in desk.wait_for(TAUGHT, 2):
        desk.project.removeMapLayer(layer.id())
    dock.scene.tile_px.setValue(128)
    desk.encode()
    desk.wait_for(TAUGHT, 2)  # both of them are taught again


def test_prompts_removed_one_by_one_are_one_message_and_come_back_together(desk: Desk) -> None:
    dock, bar = desk.dock, desk.iface.messageBar()
    desk.add("ship", "urban area", "harbor", "sea")
    before, shown = dock.prompts.prompts(), len(bar.items())
    for row in (2, 0, 1):
        dock.prompts.list.setFocus()
        dock.prompts.list.setCurrentRow(row)
        desk.qtbot.keyClick(dock.prompts.list, Qt.Key.Key_Delete)
    assert [prompt.text for prompt in dock.prompts.prompts()] == ["urban area"]
    assert len(bar.items()) == shown + 1
    assert "3 prompt" in bar.currentItem().text()
    desk.undo()
    assert dock.prompts.prompts() == before
    assert len(bar.items()) == shown


def test_what_was_removed_or_cleared_can_be_put_back(desk: Desk) -> None:
    desk.encode()
    dock = desk.dock
    desk.add("ship", "urban area")
    desk.teach((1, 2), (2, 4))
    desk.qtbot.mouseClick(dock.teach.clear_button, LEFT)
    assert not dock.teach.keep_button.isEnabled()
    desk.undo()
    assert dock.teach.keep_button.isEnabled()
    dock.teach.name.setText("quays")
    desk.qtbot.mouseClick(dock.teach.keep_button, LEFT)
    desk.qtbot.waitUntil(lambda: bool(dock.bench.results.find(TAUGHT, "quays")))
    before = dock.prompts.prompts()
    dock.prompts.list.setFocus()
    dock.prompts.list.setCurrentRow(1)
    dock.prompts.list.selectAll()
    dock.prompts.list.item(1).setSelected(False)
    desk.qtbot.keyClick(dock.prompts.list, Qt.Key.Key_Backspace)
    assert dock.prompts.prompts() == before
    desk.qtbot.keyClick(dock.prompts.list, Qt.Key.Key_Delete)
    assert [prompt.text for prompt in dock.prompts.prompts()] == ["urban area"]
    assert dock.bench.results.find(TAUGHT) == []
    desk.undo()
    assert [prompt.text for prompt in dock.prompts.prompts()] == ["ship", "urban area", "quays"]
    desk.wait_for(TAUGHT)


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
    save = desk.dock.body.save_button
    desk.dock.saving.save_to(str(tmp_path / "saved.gpkg"))
    assert not save.isEnabled()
    assert save.text() == "Saving…"
    desk.dock.scene.tile_px.setValue(128)  # what is being saved is of the tiles before
    desk.encode()
    desk.qtbot.waitUntil(lambda: desk.last_message() == f"Saved to {tmp_path / 'saved.gpkg'}")
    assert save.isEnabled()
    layer = QgsVectorLayer(f"{tmp_path / 'saved.gpkg'}|layername=tiles", "tiles", "ogr")
    assert layer.renderer().categories()[0].symbol().color().name() == color


def test_a_file_that_takes_no_styles_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.encode()
    desk.add("ship")
    (tmp_path / "saved.gpkg").write_bytes(b"")
    desk.client.answers["save"] = {"out": str(tmp_path / "saved.gpkg")}
    desk.dock.saving.save_to(str(tmp_path / "saved.gpkg"))
    desk.qtbot.waitUntil(lambda: "but not how it looks" in desk.last_message())


def test_a_save_that_fails_can_be_tried_again(desk: Desk, tmp_path: Path) -> None:
    desk.encode()
    desk.add("ship")
    desk.client.errors["save"] = EngineError("The disk is full.")
    desk.dock.saving.save_to(str(tmp_path / "saved.gpkg"))
    desk.qtbot.waitUntil(lambda: "disk is full" in desk.last_message())
    assert desk.dock.body.save_button.isEnabled()


def test_polygons_of_the_layer_that_is_worked_with_are_meant(desk: Desk) -> None:
    layers = []
    for name, east in (("one", 501000), ("two", 500800), ("ours", 500600)):
        layer = QgsVectorLayer(f"Polygon?crs=EPSG:{EPSG}", name, "memory")
        feature = QgsFeature(layer.fields())
        corners = f"500000 3998000,{east} 3998000,{east} 4000000,500000 3998000"
        feature.setGeometry(QgsGeometry.fromWkt(f"POLYGON(({corners}))"))
        layer.dataProvider().addFeatures([feature])
        layer.selectAll()
        layers.append(layer)
    layers[2].setCustomProperty(ROLE, TILES)
    desk.project.addMapLayers(layers)
    canvas = desk.iface.mapCanvas()

    def east_end() -> float:
        extent = extent_of("polygons", canvas, desk.project)
        return QgsGeometry.fromWkt(extent["wkt"]).boundingBox().xMaximum()

    for layer, east in zip(layers, (501000, 500800, 500600)):  # noqa: B905 - Python 3.9
        canvas.setCurrentLayer(layer)
        assert east_end() == east
    canvas.setCurrentLayer(desk.layer)
    layers[0].removeSelection()
    assert east_end() == 500800, "our own tiles come last"


@pytest.mark.parametrize("area", ["view", "polygons"])
def test_the_area_that_was_encoded_comes_back(desk: Desk, tmp_path: Path, area: str) -> None:
    polygons = QgsVectorLayer(f"Polygon?crs=EPSG:{EPSG}", "area", "memory")
    feature = QgsFeature(polygons.fields())
    feature.setGeometry(QgsGeometry.fromWkt("POLYGON((500000 3998000,501000 3998000,501000 4000000,500000 3998000))"))
    polygons.dataProvider().addFeatures([feature])
    polygons.selectAll()
    desk.project.addMapLayer(polygons)
    box = desk.dock.scene.area_box
    box.setCurrentIndex(box.findData(area))
    desk.encode()
    extent = desk.client.asked("encode")[-1]["extent"]
    desk.qtbot.wait(400)
    desk.project.write(str(tmp_path / "p.qgs"))
    desk.project.clear()
    desk.iface.mainWindow().resize(1200, 500)  # the map, too, comes back, but to a window of another shape
    desk.qtbot.wait(50)
    encoded = len(desk.client.asked("encode"))
    desk.project.read(str(tmp_path / "p.qgs"))
    desk.qtbot.waitUntil(lambda: desk.dock.bench.is_encoded)
    assert [call["extent"] for call in desk.client.asked("encode")[encoded:]] == [extent]


def test_an_area_that_nobody_knows_any_more_is_not_encoded(desk: Desk) -> None:
    box = desk.dock.scene.area_box
    box.setCurrentIndex(box.findData("view"))
    desk.encode()
    desk.qtbot.wait(400)
    state = json.loads(desk.project.readEntry("sarclip", "/state", "")[0])
    del state["extent"]
    desk.project.writeEntry("sarclip", "/state", json.dumps(state))
    encoded = len(desk.client.asked("encode"))
    desk.dock.restore()
    desk.qtbot.waitUntil(desk.dock.scene.encode_button.isEnabled)
    desk.qtbot.wait(50)
    assert len(desk.client.asked("encode")) == encoded
    assert not desk.dock.bench.is_encoding


def test_a_project_opened_during_an_encode_comes_back(desk: Desk, tmp_path: Path) -> None:
    desk.encode()
    desk.add("ship")
    desk.wait_for(HEATMAP)
    desk.qtbot.wait(400)
    desk.project.write(str(tmp_path / "p.qgs"))
    desk.dock.scene.tile_px.setValue(128)
    with desk.client.holding("encode"):
        desk.qtbot.mouseClick(desk.dock.scene.encode_button, LEFT)
        desk.qtbot.waitUntil(lambda: desk.dock.bench.is_encoding)
        desk.project.read(str(tmp_path / "p.qgs"))
        assert not desk.dock.bench.is_encoded
    desk.qtbot.waitUntil(lambda: desk.dock.bench.is_encoded)
    desk.wait_for(HEATMAP)
    assert not desk.last_message()


def test_other_options_make_old_answers_go(desk: Desk) -> None:
    desk.encode()
    desk.add("ship")
    desk.qtbot.mouseClick(desk.dock.view.buttons[OBJECTS], LEFT)
    desk.qtbot.waitUntil(lambda: desk.dock.counts.rowCount() == 1)
    desk.dock.scene.tile_px.setValue(128)
    assert desk.dock.body.status.text() == "Options changed: press Encode."
    assert desk.dock.counts.rowCount() == 0
    assert desk.dock.scene.encode_button.isEnabled()
    desk.encode()
    assert "Ready" in desk.dock.body.status.text()


def test_a_scene_without_valid_pixels_is_never_encoded(desk: Desk) -> None:
    scene = desk.dock.scene
    desk.client.answers["open"] = {**desk.client._open("x"), "valid": False}
    scene.scale_box.setCurrentIndex(scene.scale_box.findData("db"))
    assert not scene.encode_button.isEnabled()
    desk.qtbot.waitUntil(lambda: "no valid pixel" in scene.note.text())
    scene.tile_px.setValue(128)
    desk.qtbot.wait(50)
    assert not scene.encode_button.isEnabled()
    desk.client.answers.clear()
    scene.scale_box.setCurrentIndex(scene.scale_box.findData("power"))
    scene.tile_px.setValue(64)  # before the engine has answered
    desk.qtbot.waitUntil(scene.encode_button.isEnabled)


def test_encoding_says_what_it_waits_for(desk: Desk) -> None:
    said, scene = desk.dock.body.status, desk.dock.scene
    desk.client.step = {"done": 0, "total": 0, "seconds_left": None, "message": "another program is encoding"}
    with desk.client.holding("encode"):
        desk.qtbot.mouseClick(scene.encode_button, LEFT)
        desk.qtbot.waitUntil(lambda: said.text() == "Another program is encoding")
        desk.qtbot.mouseClick(scene.cancel_button, LEFT)
        assert said.text() == "Canceling…"
        assert not scene.cancel_button.isEnabled()
    desk.qtbot.waitUntil(lambda: not desk.dock.bench.is_encoding)
    assert said.text() == ""
    assert scene.cancel_button.isEnabled()
    assert scene.encode_button.isEnabled()


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
    with desk.client.holding("encode"):
        desk.dock.restore()  # what was asked of the scene is not answered yet
        desk.dock.bench.encode()
        assert desk.dock.bench.is_encoding
        desk.dock.close_down()
    desk.qtbot.waitUntil(lambda: not desk.dock.bench.is_encoding)
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
        scene.model_box, scene.careful_box, scene.progress, desk.dock.prompts.line, desk.dock.prompts.list,
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
    assert any(step and step.get("doing") == "Copying the layer…" for step in steps)
    gdal.Unlink("/vsimem/dock.tif")


def test_a_picture_of_a_map_service_is_refused_with_a_reason(desk: Desk) -> None:
    picture = QgsRasterLayer("type=xyz&url=file:///%7Bz%7D/%7Bx%7D/%7By%7D.png&zmin=0&zmax=2", "tiles", "wms")
    desk.project.addMapLayer(picture)
    desk.dock.scene.layer_box.setLayer(picture)
    assert "rendered picture" in desk.dock.scene.note.text()
    assert not desk.dock.scene.encode_button.isEnabled()


def _tile_center(row: int, col: int) -> QgsPointXY:
    return QgsPointXY(WEST + (col + 0.5) * TILE_PX * PIXEL_M, NORTH - (row + 0.5) * TILE_PX * PIXEL_M)
