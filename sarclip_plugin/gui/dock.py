"""The dock: what passes between panels, map, project and workbench."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsProject, QgsRasterLayer
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QEvent, QSize, Qt, QTimer
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QFileDialog, QFrame, QScrollArea, QWidget

from ..compat import INFO, SUCCESS, WARNING
from ..layers.folder import sweep_folders
from ..layers.ground import pixel_grid, to_crs
from ..layers.results import HEATMAP, OBJECTS, TAUGHT, TILES, Look
from ..layers.saved import store_styles
from ..layers.source import SourceError
from ..translation import tr
from .area import AreaError, extent_of
from .body import DockBody
from .pointing import Pointing
from .presenter import Presenter
from .project_state import read_state, write_state
from .prompt_list import Prompt
from .questions import Question
from .workbench import Workbench, new_name

_SHARE_OF_WHOLE = 0.6  # a view that shows more of the scene than this is not asked for by itself
_KEEP_AFTER_MS = 300


class SarclipDock(QgsDockWidget):
    """Ask the scene in words."""

    def __init__(self, iface: Any, controller: Any, parent: QWidget | None = None) -> None:  # noqa: ANN401
        """Args: QGIS's interface, an EngineController or a fake one, and the main window."""
        super().__init__(tr("SARCLIP"), parent or iface.mainWindow())
        self.setObjectName("SarclipDock")
        self._iface, self._controller, self._project = iface, controller, QgsProject.instance()
        self._restoring = self._closed = False
        self._known_state: dict[str, Any] = {}  # what this dock read from the project, or wrote there
        self.body = DockBody()
        self.scene, self.prompts, self.view = self.body.scene, self.body.prompts, self.body.view
        self.counts, self.teach = self.body.counts, self.body.teach
        self.bench = Workbench(controller, self._project, self)
        self.pointing = Pointing(iface.mapCanvas(), self.bench, self.teach, self)
        self.presenter = Presenter(self.body, self.bench, self._project)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.body)
        self.setWidget(scroll)
        self._keep_timer = QTimer(self)
        self._keep_timer.setSingleShot(True)
        self._keep_timer.timeout.connect(self._keep)
        self._connect_panels()
        self._connect_bench()
        self._project.readProject.connect(self.restore)
        self._project.cleared.connect(self.restore)
        self._project.layersWillBeRemoved.connect(self._on_layers_removed)
        self._project.layersRemoved.connect(self._on_layers_gone)
        self._project.projectSaved.connect(self._on_saved_project)
        self.restore()
        sweep_folders(self._project)

    def close_down(self) -> None:
        """Let go of map, engine and project; the plugin is being unloaded."""
        if self._closed:
            return
        self._closed = True
        self._keep_timer.stop()
        self.scene.close_down()
        self.bench.stop()
        self.pointing.leave()
        self.bench.leave_folder()
        self._project.layersRemoved.disconnect(self._on_layers_gone)
        self._project.projectSaved.disconnect(self._on_saved_project)
        self._project.readProject.disconnect(self.restore)
        self._project.cleared.disconnect(self.restore)
        self._project.layersWillBeRemoved.disconnect(self._on_layers_removed)

    def event(self, event: QEvent) -> bool:
        """Let go of everything before the end."""
        if event.type() == QEvent.Type.DeferredDelete:
            self.close_down()
        return super().event(event)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Fit beside the map on a small screen."""
        return QSize(350, 560)

    def _connect_panels(self) -> None:
        scene, prompts, view, body = self.scene, self.prompts, self.view, self.body
        scene.layer_changed.connect(self._on_layer)
        scene.reading_changed.connect(self._on_reading)
        scene.encoding_changed.connect(self._on_choices)
        scene.encode_clicked.connect(self._encode)
        scene.cancel_clicked.connect(self.bench.stop)
        prompts.typed.connect(self._ask)
        prompts.changed.connect(self._on_prompts)
        prompts.recolored.connect(self.presenter.recolor)
        prompts.recolored.connect(self._keep_soon)
        prompts.removed.connect(self._on_removed)
        view.mode_changed.connect(self._on_mode)
        view.look_changed.connect(self._on_look)
        self.counts.prompt_chosen.connect(self._zoom_to_points)
        body.similar_button.toggled.connect(self.pointing.use_similar)
        body.teach_button.toggled.connect(self._on_teach)
        body.save_button.clicked.connect(lambda _checked: self._choose_and_save())
        self.teach.kept.connect(self._keep_taught)
        self.teach.left.connect(body.release_tools)
        self.pointing.tool_changed.connect(self._on_tool)
        self.pointing.similar_found.connect(self.presenter.show_similar)
        self.pointing.taught.connect(self.presenter.show_taught)

    def _connect_bench(self) -> None:
        bench = self.bench
        bench.connected.connect(self._on_connected)
        bench.opened.connect(self.scene.show_scene)
        bench.chips_drawn.connect(self.scene.chips.show_files)
        bench.progressed.connect(self.scene.show_progress)
        bench.encoded.connect(self._on_encoded)
        bench.answered.connect(self._on_answer)
        bench.question_failed.connect(lambda error: self.prompts.show_hint(str(error)))
        bench.troubled.connect(self._warn)
        self._controller.client.message.connect(self._warn)  # the engine died, and what comes of it

    # -- scene ---------------------------------------------------------------------------------------------

    def _on_layer(self, layer: QgsRasterLayer | None) -> None:
        self.scene.show_new_layer()
        self.body.status.clear()
        if layer is not None and layer.customProperty("sarclip/role"):
            self.scene.show_note(tr("This layer is a result of SARCLIP: choose the scene itself."))
            layer = None
        try:
            self.bench.set_layer(layer)
        except SourceError as error:
            self.scene.show_note(str(error))
            layer = None
        if layer is not None:
            self.bench.greet()
            self.bench.configure(**self._settings(band=""))  # another layer has other bands
            if self.bench.source.is_file:
                self.bench.look()
            else:
                self.scene.show_note(tr("This layer is no file: it is copied to one when you press Encode."))
                self.scene.set_ready(ready=True)
        self.body.allow_questions(allowed=False)
        self._keep_soon()

    def _on_reading(self) -> None:
        self._on_choices()
        if self.bench.source is not None:
            self.bench.look()

    def _on_choices(self) -> None:
        if self.bench.source is not None and not self.bench.is_encoding:
            self.bench.configure(**self._settings())
            self.body.allow_questions(allowed=False)
            self.scene.show_encoded(encoded=False)
        self._keep_soon()

    def _settings(self, **instead: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of SceneSettings
        """Return the fields of `SceneSettings`, but for the path."""
        choices = self.scene.choices()
        area = choices.pop("area")
        try:
            extent = extent_of(area, self._iface.mapCanvas(), self._project)
        except AreaError as error:
            self.scene.show_note(str(error))
            extent = None
        return {**choices, "extent": extent, **instead}

    def _encode(self) -> None:
        try:
            extent_of(self.scene.choices()["area"], self._iface.mapCanvas(), self._project)
        except AreaError as error:
            self._say(str(error), WARNING)
            return
        if self.bench.source is not None and not self.bench.is_encoding:
            self.bench.configure(**self._settings())
            self.bench.encode()

    def _on_connected(self, hello: dict[str, Any]) -> None:
        self.scene.show_models(hello["models"], hello["default_model"])
        self.body.status.setToolTip(tr("Engine {}, {}").format(hello["engine"], hello["device"]))
        self.bench.vocabulary(lambda found: self.prompts.set_vocabulary(found["words"]))

    def _on_encoded(self, result: dict[str, Any]) -> None:
        self.scene.show_encoded(encoded=True)
        tiles, side = result["tiles"], result["tile_px"]
        self.body.status.setText(tr("Ready: %n tile(s) of {} px.", tiles).format(side))
        self.body.allow_questions(allowed=True)
        self.prompts.line.setFocus()
        self.bench.check(["ship"], lambda _found: None)  # the first check loads the words
        self._ask()
        for prompt in self.prompts.taught():
            self.pointing.teach_again(prompt.text)
        self._keep_soon()

    def _on_layers_removed(self, ids: list[str]) -> None:
        if self.bench.layer_id in ids:
            self.bench.set_layer(None)
            self.scene.set_ready(ready=False)
            self.body.allow_questions(allowed=False)

    def _on_layers_gone(self, _ids: list[str]) -> None:
        self._iface.mapCanvas().refresh()  # a map finds out by itself only about layers that are unticked

    # -- questions -----------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Ask what the panels say; called with each key."""
        asked = self.prompts.asked()
        self.prompts.show_hint("")
        if not self.bench.is_encoded:
            if asked and self.bench.source is not None and not self.bench.is_encoding:
                self.body.status.setText(
                    tr("Press Encode first: the scene is read once, then every question is quick.")
                )
        elif not asked:
            self.bench.questions.drop()
            self.presenter.show_nothing()
        else:
            mode, texts = self.view.mode, tuple(prompt.text for prompt in asked)
            window = self._window_in_view() if mode == HEATMAP else None
            background = tuple(self.prompts.background_prompts())
            self.bench.ask(Question(mode, texts, background, self.view.thresholds[OBJECTS], window))

    def _window_in_view(self) -> tuple[int, ...] | None:
        """Return the part of the scene on the map in pixels; None where asking for the whole is as good."""
        layer = self._project.mapLayer(self.bench.layer_id)
        scene = self.bench.session.scene
        if layer is None or scene is None or scene["georeference"] != "affine":
            return None
        grid = pixel_grid(layer)
        if (grid.height, grid.width) != (scene["height"], scene["width"]):
            return None  # QGIS has turned the scene north up: its pixels are not the engine's
        canvas = self._iface.mapCanvas()
        view = to_crs(canvas.extent(), canvas.mapSettings().destinationCrs(), grid.crs)
        window = grid.window(view) if view is not None else None
        if window is None or window[2] * window[3] > _SHARE_OF_WHOLE * grid.height * grid.width:
            return None
        return tuple(window)

    def _on_answer(self, question: Question, result: dict[str, Any], whole: bool) -> None:
        self.presenter.show_answer(question, result)
        typed = " ".join(self.prompts.line.text().split())
        if whole and len(typed) > 1:
            self.bench.check([typed], self._show_check)

    def _show_check(self, found: dict[str, Any]) -> None:
        entry = found["prompts"][0]
        if entry["known"] or entry["prompt"] != " ".join(self.prompts.line.text().split()):
            return
        text = entry["message"] or tr("The model was not trained on these words.")
        near = ", ".join(entry.get("near", ())[:3])
        self.prompts.show_hint(tr("{} Near to it: {}.").format(text, near) if near else text)

    def _on_prompts(self) -> None:
        self.presenter.show_ticked_lessons()
        self._ask()
        self._keep_soon()

    def _on_removed(self, text: str, taught: bool) -> None:
        if taught and self.bench.results is not None:
            self.pointing.lessons.pop(text, None)
            self.bench.results.remove(TAUGHT, text)

    def _on_mode(self, mode: str) -> None:
        self.counts.setVisible(mode == OBJECTS)
        self._ask()
        self._keep_soon()

    def _on_look(self) -> None:
        self.presenter.dress()
        if self.view.subject == OBJECTS:
            self._ask()  # points hide at once; the count and its range are the engine's
        self._keep_soon()

    def _zoom_to_points(self, prompt: str) -> None:
        for layer in self.bench.results.find(OBJECTS) if self.bench.results else []:
            quoted = prompt.replace("'", "''")
            layer.selectByExpression(f"\"prompt\" = '{quoted}'")
            self._iface.mapCanvas().zoomToSelected(layer)

    # -- teaching ------------------------------------------------------------------------------------------

    def _on_teach(self, on: bool) -> None:
        self.body.teach_group.setVisible(on)
        if on and not self.teach.name.text():
            asked = self.prompts.asked()
            self.teach.name.setText(tr("{}, taught").format(asked[0].text) if asked else "")
        self.pointing.use_teach(on)
        if not on:
            self.presenter.show_mode()

    def _on_tool(self, similar: bool, teach: bool) -> None:
        self.body.similar_button.setChecked(similar)
        self.body.teach_button.setChecked(teach)

    def _keep_taught(self, name: str) -> None:
        color = self.presenter.look(TAUGHT).colors[name]
        self.prompts.add(Prompt(name, color, taught=True))
        self.pointing.keep(name)
        self.body.release_tools()
        self._keep_soon()

    # -- saving --------------------------------------------------------------------------------------------

    def _choose_and_save(self) -> None:
        if not self.prompts.asked():
            self._say(tr("There is nothing to save yet: type a prompt first."), INFO)
            return
        settings = self._controller.settings
        start = Path(settings.value("save/folder", self._project.homePath()) or "") / "results.gpkg"
        kinds = tr("GeoPackage (*.gpkg)")
        path, _kind = QFileDialog.getSaveFileName(self, tr("Save to GeoPackage"), str(start), kinds)
        if path:
            settings.set_value("save/folder", str(Path(path).parent))
            self.save_to(path if path.lower().endswith(".gpkg") else f"{path}.gpkg")

    def save_to(self, path: str) -> None:
        """Save tiles, objects, counts, provenance and styles; the dialog has asked about replacing a file."""
        texts = [prompt.text for prompt in self.prompts.asked()]
        params: dict[str, Any] = {
            "label_prompts": texts, "count_prompts": texts, "out": path, "overwrite": True,
            "threshold": self.view.thresholds[OBJECTS],
        }  # fmt: skip
        if self.prompts.background_prompts():
            params["background"] = self.prompts.background_prompts()
        looks = {"tiles": self.presenter.look(TILES), "objects": self.presenter.look(OBJECTS)}
        self.bench.request("save", params, lambda result: self._on_saved(result["out"], looks))

    def _on_saved(self, path: str, looks: dict[str, Look]) -> None:
        store_styles(path, looks)
        self._say(tr("Saved to {}").format(path), SUCCESS)

    # -- project -------------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Show what came with the project."""
        self._restoring = True
        self._keep_timer.stop()
        self._known_state = state = read_state(self._project)
        self.bench.use_folder(state.get("folder") or new_name())
        self.prompts.set_prompts(
            [
                Prompt(kept["text"], QColor(kept["color"]), kept["ticked"], kept["taught"])
                for kept in state.get("prompts", ())
            ],
            state.get("background", ()),
        )
        self.view.restore(state.get("mode", HEATMAP), state.get("thresholds", {}), state.get("opacity", 1.0))
        self.counts.setVisible(self.view.mode == OBJECTS)
        self.pointing.set_lessons(state.get("lessons", {}))
        self.scene.set_choices(state.get("choices", {}))
        layer = self._project.mapLayer(state.get("layer", ""))
        if layer is not None:
            self.scene.show_layer(layer)
        self._on_layer(self.scene.layer)
        self._restoring = False
        if state.get("encoded") and layer is not None and self.bench.source is not None:
            self.bench.configure(**self._settings())
            self.bench.encode()  # what is encoded is found on disk, and answers at once

    def _on_saved_project(self) -> None:
        self.bench.folder.keep()

    def _keep_soon(self) -> None:
        if not self._restoring:
            self._keep_timer.start(_KEEP_AFTER_MS)

    def _keep(self) -> None:
        prompts = self.prompts.prompts()
        if read_state(self._project) != self._known_state:
            return  # QGIS is reading a project, with events between its layers; `restore` comes at the end
        if not prompts and not self.bench.is_encoded and not self._known_state:
            return  # a project that nobody uses this dock in stays as it is
        state = {
            "folder": self.bench.name,
            "layer": self.bench.layer_id,
            "choices": self.scene.choices(),
            "encoded": self.bench.is_encoded or self.bench.is_encoding,
            "prompts": [prompt.as_data() for prompt in prompts],
            "background": self.prompts.background_prompts(),
            "mode": self.view.mode,
            "thresholds": self.view.thresholds,
            "opacity": self.view.opacity,
            "lessons": self.pointing.lessons_as_data(),
        }
        write_state(self._project, state)
        self._known_state = read_state(self._project)

    def _warn(self, text: str) -> None:
        self._say(text, WARNING)

    def _say(self, text: str, level: Any) -> None:  # noqa: ANN401 - Qgis.MessageLevel
        self._iface.messageBar().pushMessage("SARCLIP", text, level)
