"""The end-to-end run inside the real QGIS: install, set up, ask, save, open again.

`launch.py` starts QGIS, which calls `begin`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from analyst import Analyst
from qgis.core import QgsApplication, QgsMapLayer, QgsRectangle, QgsVectorLayer
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QDialog, QDockWidget, QMessageBox
from qgis.utils import iface, plugins

PROMPTS = ("open sea", "harbor", "urban area", "fields", "mountains")  # as in `make demo`, for the same colours
TYPED = "ships near harbor"


def story(analyst: Analyst) -> None:
    """What an analyst does on the first day."""
    install(analyst)
    set_up(analyst)
    dock = open_scene(analyst)
    encode(analyst, dock)
    ask_while_typing(analyst, dock)
    if analyst.plan.get("only_measure"):
        return
    add_prompts(analyst, dock)
    show_tiles(analyst, dock)
    look = save(analyst, dock)
    show_counts(analyst, dock)
    save_project(analyst)
    open_again(analyst, look)
    open_project_again(analyst, dock)
    night(analyst)


def install(analyst: Analyst) -> None:
    """Install the zip as the plugin manager does."""
    import pyplugin_installer

    analyst.step("install the zip")
    pyplugin_installer.instance().installFromZipFile(analyst.plan["package"])
    assert "sarclip_plugin" in plugins, "QGIS did not start the plugin"
    assert Path(sys.modules["sarclip_plugin"].__file__).is_relative_to(analyst.work / "profile")
    assert "sarclip" in [provider.id() for provider in QgsApplication.processingRegistry().providers()]


def set_up(analyst: Analyst) -> None:
    """Choose an existing Python for the engine."""
    analyst.step("set up the engine")
    analyst.action("SarclipSetUp").trigger()
    dialog = analyst.wait(lambda: analyst.window.findChild(QDialog, "SarclipSetupDialog"), "the set-up dialog")
    analyst.wait(dialog.isVisible, "the set-up dialog")
    analyst.wait(lambda: "Looking" not in (dialog._python.currentText() or "Looking"), "the list of Pythons")
    analyst.picture("setup", dialog)
    analyst.click(dialog._existing)
    analyst.type(dialog._interpreter.lineEdit(), analyst.plan["engine_python"], 0)
    analyst.click(dialog._start)
    analyst.wait(lambda: not dialog._run.runner.running, "the check of the Python", 180)
    assert "ready" in dialog._state.text(), dialog._state.text()
    dialog.reject()


def open_scene(analyst: Analyst) -> QDockWidget:
    """Add the scene, open the panel, choose the layer."""
    analyst.step("open scene and panel")
    layer = iface.addRasterLayer(analyst.plan["scene"], Path(analyst.plan["scene"]).stem)
    assert layer.isValid()
    panel = analyst.action("SarclipTogglePanel")
    analyst.settle()  # QGIS draws a layer for the first time, and that is not what is measured
    analyst.pulse.begin()
    panel.trigger()
    dock = analyst.wait(lambda: analyst.dock("SarclipDock"), "the panel")
    dock.scene.layer_box.setLayer(layer)
    analyst.wait(dock.scene.encode_button.isEnabled, "the engine to open the scene", 180)
    analyst.measure("gaps_open_ms", analyst.pulse.longest())
    analyst.wait(lambda: dock.scene.chips.isVisible(), "the chips")
    analyst.action("mActionFullCumulativeCutStretch").trigger()  # else radar is black in QGIS
    analyst.picture("scene")
    return dock


def encode(analyst: Analyst, dock: QDockWidget) -> None:
    """Press Encode and wait."""
    analyst.step("encode")
    analyst.pulse.begin()
    began = time.monotonic()
    analyst.click(dock.scene.encode_button)
    analyst.wait(lambda: dock.bench.is_encoded and dock.body.view_group.isEnabled(), "the encoding", 900)
    analyst.measure("encode_s", round(time.monotonic() - began, 1))
    analyst.measure("gaps_encode_ms", analyst.pulse.longest())


def ask_while_typing(analyst: Analyst, dock: QDockWidget) -> None:
    """Type a prompt twice, with a part of the scene in view and with all of it, and measure."""
    layer = analyst.project.mapLayer(dock.bench.layer_id)
    whole, typed = layer.extent(), analyst.plan.get("typed", TYPED)
    for name, share in (("whole", 1.05), ("view", 0.45)):
        analyst.step(f"type a prompt, {name} scene on the map")
        box = QgsRectangle(whole)
        box.scale(share)
        dock.prompts.line.clear()
        analyst.canvas.setExtent(box)
        analyst.canvas.refresh()
        analyst.wait(lambda: not dock.bench.results.find("heatmap"), "the old heatmap to go")
        analyst.settle()
        bare = analyst.map_image()
        delays = []
        analyst.pulse.begin()
        for number in range(analyst.plan.get("repeats", 4)):
            dock.prompts.line.clear()
            analyst.wait_for_map(bare)
            analyst.step(f"type a prompt, {name} scene on the map, {number + 1}")
            delays.append(round(typed_to_drawn_ms(analyst, dock, typed, whole=name == "whole")))
            analyst.settle()
            assert analyst.map_image() != bare, "the map did not change"
        analyst.measure(f"last_key_to_map_{name}_ms", delays)
        analyst.measure(f"gaps_typing_{name}_ms", analyst.pulse.longest(12))
    assert dock.bench.results.find("heatmap")[0].name() == f"Heatmap: {typed}"


def typed_to_drawn_ms(analyst: Analyst, dock: QDockWidget, text: str, *, whole: bool) -> float:
    """Type, and return the time from the last key to the map that shows its heatmap."""
    answered: list[float] = []
    drawn: list[float] = []

    def on_answer(question: Any, _result: Any, is_whole: bool) -> None:
        if question.prompts[-1] == text and is_whole == whole:
            answered.append(time.perf_counter())

    def on_drawn() -> None:
        if answered:
            drawn.append(time.perf_counter())

    dock.bench.answered.connect(on_answer)
    analyst.canvas.mapCanvasRefreshed.connect(on_drawn)
    analyst.type(dock.prompts.line, text)
    pressed = time.perf_counter()
    analyst.wait(lambda: drawn, "the heatmap on the map")
    dock.bench.answered.disconnect(on_answer)
    analyst.canvas.mapCanvasRefreshed.disconnect(on_drawn)
    return 1000 * (drawn[0] - pressed)


def add_prompts(analyst: Analyst, dock: QDockWidget) -> None:
    """Add the typed prompt and two more with Enter."""
    analyst.picture("heatmap")
    analyst.step("add prompts")
    dock.prompts.line.clear()
    for text in PROMPTS:
        analyst.type(dock.prompts.line, text)
        analyst.enter(dock.prompts.line)
    analyst.wait(lambda: len(dock.bench.results.find("heatmap")) == len(PROMPTS), "a heatmap per prompt")
    assert [prompt.text for prompt in dock.prompts.prompts()] == list(PROMPTS)


def show_tiles(analyst: Analyst, dock: QDockWidget) -> None:
    """Switch to tiles."""
    analyst.step("tiles")
    analyst.canvas.zoomToFullExtent()
    analyst.click(dock.view.buttons["tiles"])
    tiles = analyst.wait(lambda: dock.bench.results.find("tiles"), "the tiles")[0]
    assert [category.value() for category in tiles.renderer().categories()] == list(PROMPTS)
    assert tiles.featureCount() > 0
    dock.bench.results.remove("heatmap")  # five layers that are unticked now tell nobody anything
    analyst.picture("tiles")


def show_counts(analyst: Analyst, dock: QDockWidget) -> None:
    """Count ships only."""
    analyst.step("counts")
    dock.prompts.list.setFocus()
    for _ in PROMPTS:
        dock.prompts.list.setCurrentRow(0)
        press_delete(dock.prompts.list)
    analyst.type(dock.prompts.line, "ship")
    analyst.enter(dock.prompts.line)
    analyst.click(dock.view.buttons["objects"])
    points = analyst.wait(lambda: dock.bench.results.find("objects"), "the points")[0]
    analyst.wait(lambda: dock.counts.rowCount() == 1 and dock.counts.item(0, 0).text() == "ship", "the count")
    assert int(dock.counts.item(0, 1).text()) == points.featureCount() > 0
    analyst.picture("counts")


def press_delete(widget: Any) -> None:
    """Press Delete."""
    from qgis.PyQt.QtCore import Qt
    from qgis.PyQt.QtTest import QTest

    QTest.keyClick(widget, Qt.Key.Key_Delete)


def save(analyst: Analyst, dock: QDockWidget) -> list[str]:
    """Save the GeoPackage through the file dialog; return the colours on the map."""
    analyst.step("save the GeoPackage")
    path = analyst.work / "results.gpkg"
    analyst.answer_file_dialog(str(path))
    analyst.click(dock.body.save_button)
    analyst.wait(lambda: "Saved" in bar_text(), "the message that it is saved")
    assert path.is_file()
    iface.messageBar().clearWidgets()
    return colors(dock.bench.results.find("tiles")[0])


def save_project(analyst: Analyst) -> None:
    """Save the project with what was counted."""
    analyst.step("save the project")
    analyst.settle()  # the panel tells the project what to keep when nothing has changed for a while
    assert analyst.project.write(str(analyst.work / "project.qgz"))


def open_project_again(analyst: Analyst, dock: QDockWidget) -> None:
    """Open the saved project: the prompts and their results come back."""
    analyst.step("open the project again")
    analyst.project.setDirty(False)
    assert iface.addProject(str(analyst.work / "project.qgz"))
    assert [prompt.text for prompt in dock.prompts.prompts()] == ["ship"]
    analyst.wait(lambda: dock.bench.is_encoded and dock.bench.results.find("objects"), "the results to come back")
    analyst.wait(lambda: dock.counts.rowCount() == 1 and dock.counts.item(0, 0).text() == "ship", "the count")


def night(analyst: Analyst) -> None:
    """Look at the panel in the dark theme."""
    analyst.step("dark theme")
    QgsApplication.setUITheme("Night Mapping")
    analyst.picture("dark")


def open_again(analyst: Analyst, look: list[str]) -> None:
    """Open the GeoPackage in a new project: it looks as it did."""
    analyst.step("open the GeoPackage in a new project")
    analyst.project.setDirty(False)
    iface.newProject()
    iface.messageBar().clearWidgets()
    path = analyst.work / "results.gpkg"
    scene = iface.addRasterLayer(analyst.plan["scene"], "harbor")
    analyst.project.setCrs(scene.crs())
    iface.setActiveLayer(scene)
    analyst.action("mActionFullCumulativeCutStretch").trigger()
    layers = {name: iface.addVectorLayer(f"{path}|layername={name}", name, "ogr") for name in ("tiles", "objects")}
    assert all(isinstance(layer, QgsVectorLayer) and layer.isValid() for layer in layers.values())
    for name, layer in layers.items():
        assert colors(layer) == look, f"{name}: {colors(layer)}, not {look}"
    tables = {name: QgsVectorLayer(f"{path}|layername={name}", name, "ogr") for name in ("summary", "run")}
    assert all(table.isValid() and table.featureCount() > 0 for table in tables.values())
    analyst.project.layerTreeRoot().findLayer(layers["objects"].id()).setItemVisibilityChecked(False)
    analyst.canvas.zoomToFullExtent()
    analyst.picture("saved")


def colors(layer: QgsMapLayer) -> list[str]:
    """Label and colour of each class of a layer's legend: of what is filled, or else of the ring."""
    found = []
    for category in layer.renderer().categories():  # keeps the symbol's layers alive while they are read
        symbol = category.symbol()
        top = symbol.symbolLayer(symbol.symbolLayerCount() - 1)
        color = top.color() if top.color().alpha() else top.strokeColor()
        found.append(f"{category.value()} {color.name()}")
    return found


def bar_text() -> str:
    """What the message bar says."""
    item = iface.messageBar().currentItem()
    return item.text() if item is not None else ""


def close_questions() -> None:
    """Say yes to what QGIS asks: a box would hold the run until its time is over."""
    from qgis.PyQt.QtWidgets import QApplication

    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        sys.stderr.write(f"QGIS asks: {box.text()}\n")
        yes = box.button(QMessageBox.StandardButton.Yes)
        yes.click() if yes is not None else box.reject()


def begin() -> None:
    """Start when the window is there."""
    analyst = Analyst(json.loads(Path(os.environ["SARCLIP_DESKTOP_PLAN"]).read_text()))
    keeper = QTimer(analyst.window)
    keeper.timeout.connect(close_questions)
    keeper.start(2000)
    QTimer.singleShot(500, lambda: analyst.run(story))
