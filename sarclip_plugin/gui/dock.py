"""The dock: what passes between panels, map, project and workbench."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsMapLayer, QgsProject, QgsRasterLayer
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QEvent, QSize, QTimer, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QApplication

from ..compat import WARNING
from ..engine_errors import for_people
from ..layers.folder import sweep_folders
from ..layers.results import HEATMAP, OBJECTS, ROLE, TAUGHT
from ..layers.source import SourceError, raster_source
from ..translation import tr
from .area import WHOLE, AreaError, extent_of, grid_of, window_in_view
from .body import DockBody, DockScroll
from .pointing import Pointing
from .presenter import Presenter
from .project_state import ProjectState
from .prompt_list import Prompt
from .questions import Question
from .saving import Saving
from .teach_panel import Lesson
from .undoing import Undoing
from .workbench import Workbench, new_name


class SarclipDock(QgsDockWidget):
    """Ask the scene in words."""

    setup_wanted = pyqtSignal()  # somebody presses Set Up Engine…

    def __init__(self, iface: Any, controller: Any, body: DockBody | None = None) -> None:  # noqa: ANN401
        """Args: QGIS's interface, an EngineController or a fake one, and the panels, where they are made already."""
        super().__init__(tr("SARCLIP"), iface.mainWindow())
        self.setObjectName("SarclipDock")
        self._iface, self._controller, self._project = iface, controller, QgsProject.instance()
        self._closed = False
        self._readable = False  # whether the engine can read the scene, as far as it was asked
        self._device = ""  # that the engine computes on
        self._threshold_asked = 0.0  # of the newest question about objects
        self.body = body or DockBody()
        self.scene, self.prompts, self.view = self.body.scene, self.body.prompts, self.body.view
        self.counts, self.teach = self.body.counts, self.body.teach
        self.bench = Workbench(controller, self._project, self)
        self.pointing = Pointing(iface.mapCanvas(), self.bench, self.teach, self)
        self.presenter = Presenter(self.body, self.bench, self._project)
        self.saving = Saving(self.body, self.bench, self.presenter, controller.settings, self._say)
        self._kept = ProjectState(self._project, self._state, self)
        self._undoing = Undoing(iface.messageBar(), self._project, self)
        self._scroll = DockScroll(self.body)
        self.setWidget(self._scroll)
        self._connect_panels()
        self._connect_bench()
        self._project.readProject.connect(self.restore)
        self._project.cleared.connect(self.restore)
        self._project.layersWillBeRemoved.connect(self._on_layers_removed)
        self._project.layersRemoved.connect(self._on_layers_gone)
        self._project.layersAdded.connect(self._leave_out_results)
        self._project.projectSaved.connect(self._on_saved_project)
        self.restore()
        self.body.show_problem(controller.problem())
        sweep_folders(self._project)

    def close_down(self) -> None:
        """Let go of map, engine and project; the plugin is being unloaded."""
        if self._closed:
            return
        self._closed = True
        self._undoing.withdraw()
        self._kept.stop()
        self.scene.close_down()
        self.bench.stop()
        self.bench.stop_saving()
        self.pointing.leave()
        self.bench.leave_folder()
        self._project.layersRemoved.disconnect(self._on_layers_gone)
        self._project.layersAdded.disconnect(self._leave_out_results)
        self._project.projectSaved.disconnect(self._on_saved_project)
        self._project.readProject.disconnect(self.restore)
        self._project.cleared.disconnect(self.restore)
        self._project.layersWillBeRemoved.disconnect(self._on_layers_removed)
        self._controller.state_changed.disconnect(self._on_engine)

    def suggest(self, layer: QgsMapLayer | None) -> None:
        """Choose a layer as the scene where none is chosen and this one can be: the one that is looked at."""
        if self.scene.layer is not None or not isinstance(layer, QgsRasterLayer):
            return
        if layer.customProperty(ROLE):  # a result of ours
            return
        try:
            raster_source(layer)
        except SourceError:  # nobody asked for it
            return
        self.scene.layer_box.setLayer(layer)

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
        scene.cancel_clicked.connect(self._cancel)
        body.setup_button.clicked.connect(lambda _checked: self.setup_wanted.emit())
        prompts.typed.connect(self._ask)
        prompts.typed.connect(self._kept.keep_soon)
        prompts.changed.connect(self._on_prompts)
        prompts.recolored.connect(self.presenter.recolor)
        prompts.recolored.connect(self._kept.keep_soon)
        prompts.removed.connect(self._on_removed)
        view.mode_changed.connect(self._on_mode)
        view.look_changed.connect(self._on_look)
        self.counts.prompt_chosen.connect(self._zoom_to_points)
        body.similar_button.toggled.connect(self.pointing.use_similar)
        body.teach_button.toggled.connect(self._on_teach)
        body.save_button.clicked.connect(lambda _checked: self.saving.choose_file())
        self.teach.kept.connect(self._keep_taught)
        self.teach.left.connect(body.release_tools)
        self.pointing.tool_changed.connect(self._on_tool)
        self.pointing.similar_found.connect(self.presenter.show_similar)
        self.pointing.taught.connect(self.presenter.show_taught)
        self.pointing.cleared.connect(self._on_cleared)

    def _connect_bench(self) -> None:
        bench = self.bench
        bench.connected.connect(self._on_connected)
        bench.opened.connect(self._on_opened)
        bench.chips_drawn.connect(self.scene.chips.show_files)
        bench.progressed.connect(self._on_progress)
        bench.encoded.connect(self._on_encoded)
        bench.saved.connect(self.saving.show_saved)
        bench.answered.connect(self._on_answer)
        bench.question_failed.connect(lambda error: self.prompts.show_hint(str(error)))
        bench.questions.delayed.connect(self._on_delay)
        bench.troubled.connect(self._warn)
        self._controller.client.message.connect(self._warn)  # the engine died, and what comes of it
        self._controller.state_changed.connect(self._on_engine)

    # -- scene ---------------------------------------------------------------------------------------------

    def _on_layer(self, layer: QgsRasterLayer | None, band: str = "") -> None:
        self.scene.show_new_layer(band)
        self.body.status.clear()
        self._readable = False
        if layer is not None and layer.customProperty(ROLE):
            self.scene.show_note(tr("This layer is a result of SARCLIP: choose the scene itself."))
            layer = None
        try:
            self.bench.set_layer(layer)
        except SourceError as error:
            self.scene.show_note(str(error))
            layer = None
        if layer is not None:
            self.bench.greet()
            self.bench.configure(**self._settings())
            if self.bench.source.is_file:
                self._look()
            else:
                self.scene.show_note(tr("This layer is no file: it is copied to one when you press Encode."))
                self._readable = True
                self.scene.set_ready(ready=True)
        self._close_questions()
        self.pointing.leave_lesson()
        self._kept.keep_soon()

    def _close_questions(self) -> None:
        """Nothing can be asked before the scene is encoded: answers about another one are no answers."""
        self.body.allow_questions(allowed=False)
        self.pointing.leave()
        self.counts.show_counts({}, {})

    def _look(self) -> None:
        """Let the engine say what the scene is; where there is no engine, that was said already."""
        if not self._controller.problem():
            self.bench.look()

    def _on_opened(self, scene: dict[str, Any]) -> None:
        self._readable = bool(scene["valid"])
        self.scene.show_scene(scene)

    def _on_reading(self) -> None:
        self._readable = self.bench.source is not None and not self.bench.source.is_file
        self._on_choices()

    def _on_choices(self) -> None:
        if self.bench.source is not None and not self.bench.is_encoding:
            if self.bench.is_encoded:
                self.body.status.setText(tr("Options changed: press Encode."))
            self._configure_anew()
            self._look()
        self._kept.keep_soon()

    def _configure_anew(self) -> None:
        """Take the choices; what was answered before was about others."""
        self.bench.configure(**self._settings())
        self._close_questions()
        self.scene.show_encoded(encoded=False)
        self.scene.set_ready(ready=self._readable)

    def _settings(self, **instead: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of SceneSettings
        """Return the fields of `SceneSettings`, but for the path."""
        choices = self.scene.choices()
        area = choices.pop("area")
        if "extent" not in instead:
            try:
                instead["extent"] = extent_of(area, self._iface.mapCanvas(), self._project)
            except AreaError as error:
                self.scene.show_note(str(error))
        return {**choices, **instead}

    def _encode(self) -> None:
        try:
            extent_of(self.scene.choices()["area"], self._iface.mapCanvas(), self._project)
        except AreaError as error:
            self._say(str(error), WARNING)
            return
        if self.bench.source is not None and not self.bench.is_encoding:
            self.body.status.clear()
            self._configure_anew()
            self.bench.encode()

    def _cancel(self) -> None:
        self.bench.stop()
        if self.bench.is_encoding:  # until the window that is in work is done
            self.scene.cancel_button.setEnabled(False)
            self.body.status.setText(tr("Canceling…"))

    def _on_progress(self, progress: dict[str, Any] | None) -> None:
        if self._closed:  # what was cancelled then has ended now
            return
        self.scene.show_progress(progress)
        if progress is None:
            self.scene.cancel_button.setEnabled(True)
            self.body.status.clear()
            if self.bench.source is not None and not self._readable and not self.bench.is_encoded:
                self._look()  # to encode again: what was asked before the encoding may have been dropped
        elif self.scene.cancel_button.isEnabled():
            waits_for = "" if progress.get("total") else progress.get("message", "")
            self.body.status.setText(progress.get("doing", "") or (for_people(waits_for) if waits_for else ""))

    def _on_engine(self) -> None:
        """Meet the engine that was set up while the panel was open."""
        problem = self._controller.problem()
        self.body.show_problem(problem)
        self.bench.forget_engine()
        if self.bench.source is not None and not problem:
            self.bench.greet()
            if not self.bench.is_encoded and not self.bench.is_encoding:
                self._look()

    def _on_connected(self, hello: dict[str, Any]) -> None:
        self.body.show_problem("")
        self._device = hello["device"].upper()
        if self._controller.is_slower_than_chosen(hello):
            self._warn(
                tr("The engine finds no NVIDIA graphics card that it can use, and computes on the processor: slowly.")
            )
        self.scene.show_models(hello["models"], hello["default_model"])
        self.body.status.setToolTip(tr("Engine {}, {}").format(hello["engine"], hello["device"]))
        self.bench.vocabulary(lambda found: self.prompts.set_vocabulary(found["words"]))

    def _on_encoded(self, result: dict[str, Any]) -> None:
        self.scene.show_encoded(encoded=True)
        tiles, side = result["tiles"], result["tile_px"]
        self.body.status.setText(tr("Ready: %n tile(s) of {} px, on {}.", tiles).format(side, self._device))
        self.body.allow_questions(allowed=True)
        focus = QApplication.focusWidget()
        if focus is None or self.isAncestorOf(focus):  # who works elsewhere by now goes on there
            self.prompts.line.setFocus()
        self.bench.check(["ship"], lambda _found: None)  # the first check loads the words
        self._ask()
        for prompt in self.prompts.taught():
            self.pointing.teach_again(prompt.text)
        self._kept.keep_soon()

    def _on_layers_removed(self, ids: list[str]) -> None:
        if self.bench.layer_id in ids:
            self.bench.set_layer(None)
            self.scene.set_ready(ready=False)
            self._close_questions()

    def _on_layers_gone(self, _ids: list[str]) -> None:
        self._leave_out_results()
        self._iface.mapCanvas().refresh()  # a map finds out by itself only about layers that are unticked

    def _leave_out_results(self, _layers: Any = None) -> None:  # noqa: ANN401 - those that came
        """Offer scenes alone: five prompts are five rasters, none of which can be encoded."""
        rasters = (layer for layer in self._project.mapLayers().values() if isinstance(layer, QgsRasterLayer))
        self.scene.leave_out([layer for layer in rasters if layer.customProperty(ROLE)])

    # -- questions -----------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Ask what the panels say; called with each key."""
        asked = self.prompts.asked()
        self._threshold_asked = self.view.thresholds[OBJECTS]
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

    def _on_delay(self) -> None:
        self.prompts.show_hint(tr("The engine is busy with something else; the answer follows."))

    def _window_in_view(self) -> tuple[int, ...] | None:
        layer = self._project.mapLayer(self.bench.layer_id)
        return window_in_view(grid_of(layer, self.bench.session.scene), self._iface.mapCanvas())

    def _on_answer(self, question: Question, result: dict[str, Any], whole: bool) -> None:
        self.presenter.show_answer(question, result)
        self.prompts.show_hint("")
        words = [text for text in (*question.prompts, *question.background) if len(text) > 1]
        if whole and words:
            self.bench.check(words, self._show_check)

    def _show_check(self, found: dict[str, Any]) -> None:
        if self._closed:  # the answer was on its way
            return
        asked = {prompt.text for prompt in self.prompts.asked()} | set(self.prompts.background_prompts())
        unknown = [entry for entry in found["prompts"] if not entry["known"] and entry["prompt"] in asked]
        if not unknown:
            return
        typed = self.prompts.typed_text()
        entry = next((entry for entry in unknown if entry["prompt"] == typed), unknown[-1])
        message = entry["message"]
        text = for_people(message, "InputError") if message else tr("The model was not trained on these words.")
        near = ", ".join(entry.get("near", ())[:3])
        hint = tr("{} Near to it: {}.").format(text, near) if near else text
        self.prompts.show_hint(hint if entry["prompt"] == typed else f"“{entry['prompt']}”: {hint}")

    def _on_prompts(self) -> None:
        self.presenter.show_ticked_lessons()
        self._ask()
        self._kept.keep_soon()

    def _on_removed(self, gone: list[tuple[int, Prompt]]) -> None:
        names = [prompt.text for _row, prompt in gone if prompt.taught]
        lessons = {name: self.pointing.lessons.pop(name) for name in names if name in self.pointing.lessons}
        for name in names:
            if self.bench.results is not None:
                self.bench.results.remove(TAUGHT, name)
        self._undoing.offer(_say_removed, len(gone), lambda: self._put_back(gone, lessons))

    def _put_back(self, gone: list[tuple[int, Prompt]], lessons: dict[str, Lesson]) -> None:
        self.pointing.lessons.update(lessons)
        self.prompts.put_back(gone)
        for name in lessons:
            self.pointing.teach_again(name)

    def _on_mode(self, mode: str) -> None:
        self.counts.setVisible(mode == OBJECTS)
        self._ask()
        self._kept.keep_soon()

    def _on_look(self) -> None:
        self.presenter.dress()
        if self.view.subject == OBJECTS and self.view.thresholds[OBJECTS] != self._threshold_asked:
            self._ask()  # points hide at once; the count and its range are the engine's
        self._kept.keep_soon()

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
        if on:
            QTimer.singleShot(0, self._scroll.show_teaching)  # when it has its place
        else:
            self.presenter.show_mode()

    def _on_tool(self, similar: bool, teach: bool) -> None:
        self.body.similar_button.setChecked(similar)
        self.body.teach_button.setChecked(teach)

    def _on_cleared(self, lesson: Lesson) -> None:
        self._undoing.offer(_say_cleared, 1, lambda: self.pointing.take_up(lesson))

    def _keep_taught(self, name: str) -> None:
        color = self.presenter.look(TAUGHT).colors[name]
        self.prompts.add(Prompt(name, color, taught=True))
        self.pointing.keep(name)
        self.body.release_tools()
        self._kept.keep_soon()

    # -- project -------------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Show what came with the project."""
        with self._kept.restoring() as state:
            self.bench.use_folder(state.get("folder") or new_name())
            prompts = [
                Prompt(kept["text"], QColor(kept["color"]), kept["ticked"], kept["taught"])
                for kept in state.get("prompts", ())
            ]
            self.prompts.set_prompts(prompts, state.get("background", ()), state.get("typed", ""))
            self.view.restore(state.get("mode", HEATMAP), state.get("thresholds", {}), state.get("opacity", 1.0))
            self.counts.setVisible(self.view.mode == OBJECTS)
            self.pointing.set_lessons(state.get("lessons", {}), state.get("layer", ""))
            self.scene.set_choices(state.get("choices", {}))
            layer = self._project.mapLayer(state.get("layer", ""))
            if layer is not None:
                self.scene.show_layer(layer)
            self._on_layer(self.scene.layer, state.get("choices", {}).get("band") or "")
        extent = state.get("extent")
        known = extent is not None or self.scene.choices()["area"] == WHOLE
        if state.get("encoded") and known and layer is not None and self.bench.source is not None:
            self.bench.configure(**self._settings(extent=extent))
            self.bench.encode()  # what is encoded is found on disk, and answers at once

    def _state(self) -> dict[str, Any]:
        """Return what the project is to keep."""
        return {
            "folder": self.bench.name,
            "layer": self.bench.layer_id,
            "choices": self.scene.choices(),
            "extent": self.bench.session.settings.extent if self.bench.session else None,
            "encoded": self.bench.is_encoded or self.bench.is_encoding,
            "prompts": [prompt.as_data() for prompt in self.prompts.prompts()],
            "background": self.prompts.background_prompts(),
            "typed": self.prompts.typed_text(),
            "mode": self.view.mode,
            "thresholds": self.view.thresholds,
            "opacity": self.view.opacity,
            "lessons": self.pointing.lessons_as_data(),
        }

    def _on_saved_project(self) -> None:
        self.bench.folder.keep()

    def _warn(self, text: str) -> None:
        self.body.show_problem(self._controller.problem())
        self._say(text, WARNING)

    def _say(self, text: str, level: Any) -> None:  # noqa: ANN401 - Qgis.MessageLevel
        self._iface.messageBar().pushMessage("SARCLIP", text, level)


def _say_removed(number: int) -> str:
    return tr("%n prompt(s) removed.", number)


def _say_cleared(_number: int) -> str:
    return tr("Marks cleared.")
