"""What the dock does: one scene, its engine session, its questions and its result layers. No widgets here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsPointXY,
    QgsProject,
    QgsRasterBlockFeedback,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ..controller import EngineNotReadyError
from ..engine_client import EngineError
from ..layers.folder import ResultFolder
from ..layers.places import ScenePlane
from ..layers.results import ResultLayers
from ..layers.source import RasterSource, export_raster, raster_source
from ..session import Flow, SceneSession, SceneSettings, single
from ..tasks import Conversation, EngineTask
from ..translation import tr
from .questions import Question, Questions

_TOPICS_OF_NO_SCENE = ("hello", "vocabulary", "check")


class Workbench(QObject):
    """One scene at a time, and everything that is asked of it."""

    connected = pyqtSignal(dict)  # the engine's answer to `hello`
    opened = pyqtSignal(dict)
    chips_drawn = pyqtSignal(list)
    progressed = pyqtSignal(object)  # of encoding; None when it is over
    encoded = pyqtSignal(dict)
    saved = pyqtSignal(object)  # result of `save`; None when nothing was saved
    answered = pyqtSignal(object, dict, bool)  # as Questions.answered
    question_failed = pyqtSignal(object)  # EngineError
    troubled = pyqtSignal(str)  # a sentence for people

    def __init__(self, controller: Any, project: QgsProject, parent: QObject) -> None:  # noqa: ANN401
        """Args: an EngineController or a fake one, the project, and the owner."""
        super().__init__(parent)
        self._controller, self._project = controller, project
        self.session: SceneSession | None = None
        self.results: ResultLayers | None = None
        self.source: RasterSource | None = None
        self.layer_id = ""
        self.name = new_name()  # of the folder of results; kept with the project
        self._folder: ResultFolder | None = None
        self._task: EngineTask | None = None
        self._encode_next = False  # when the task that was cancelled has ended
        self._saving: EngineTask | None = None
        self._talks: dict[str, Conversation] = {}
        self.questions = Questions(self._running_client, lambda: self.folder, self)
        self.questions.answered.connect(self.answered)
        self.questions.failed.connect(self.question_failed)
        self._greeted = False

    @property
    def folder(self) -> ResultFolder:
        """Where results of this project lie."""
        if self._folder is None:
            self._folder = ResultFolder(self.name, self._project)
        return self._folder

    def use_folder(self, name: str) -> None:
        """Keep results in another folder from now on; the one before is left."""
        if name != self.name:
            self.leave_folder()
            self.name = name

    def leave_folder(self) -> None:
        """Let go of the folder of results."""
        if self._folder is not None:
            self._folder.leave()
            self._folder = None

    @property
    def is_encoded(self) -> bool:
        """Whether questions are answered from what is encoded."""
        return self.session is not None and self.session.encoded is not None

    @property
    def is_encoding(self) -> bool:
        """Whether the scene is being encoded."""
        return self._task is not None

    def greet(self) -> None:
        """Start the engine and ask what it is, unless it has answered already."""
        if not self._greeted:
            self.talk("hello", lambda client: single("hello", {"protocol": 1}), self._on_hello)

    def forget_engine(self) -> None:
        """Another engine answers from now on."""
        self._greeted = False

    def set_layer(self, layer: QgsRasterLayer | None) -> None:
        """Work on another scene; it is not opened yet.

        Raises:
            SourceError: The layer cannot be given to the engine.
        """
        self.stop()
        self.session = self.source = self.results = None
        self.layer_id = ""
        if layer is not None:
            self.source = raster_source(layer)
            self.layer_id = layer.id()
            self.results = ResultLayers(self._project, layer.id(), layer.name())

    def configure(self, **choices: Any) -> None:  # noqa: ANN401 - fields of SceneSettings
        """Read or encode the scene in another way from now on."""
        self.stop()
        path = self.source.path or str(self._export_path())
        extent = self._plane().extent(choices.pop("extent", None))
        self.session = SceneSession(SceneSettings(path, extent=extent, **choices))

    def look(self) -> None:
        """Open the scene, and let the engine draw chips of it; a layer that has to be copied is not looked at."""
        if not self.source.is_file and not Path(self.session.settings.path).exists():
            return
        session = self.session
        folder = str(self.folder.make() / "chips")

        def opened(scene: dict[str, Any]) -> None:
            self.opened.emit(scene)
            if scene["valid"]:
                self.talk(
                    "chips",
                    lambda _: session.chips(folder),
                    lambda found: self.chips_drawn.emit(found["files"]),
                )

        self.talk("open", lambda _: session.open(), opened)

    def encode(self) -> None:
        """Encode the scene as a task of QGIS."""
        if self._task is not None:
            self._encode_next = self._task.isCanceled()  # it ends soon, and there is one at a time
            return
        client = self._running_client()
        if client is None or self.session is None:
            return
        session, source = self.session, self.source

        def flow(task: EngineTask) -> Flow:
            if not source.is_file and not Path(session.settings.path).exists():
                self._export(source, Path(session.settings.path), task)
            session.encoded = None
            return session.encode()

        task = EngineTask(tr("SARCLIP: encode {}").format(source.name), client, flow)
        task.progressed.connect(self.progressed)
        task.succeeded.connect(self._encode_ended)
        task.failed.connect(self._encode_failed)
        self._task = task
        self.progressed.emit({})
        QgsApplication.taskManager().addTask(task)

    def save(self, params: dict[str, Any]) -> None:
        """Write a GeoPackage as a task of QGIS; it goes on while other things are asked."""
        client, session = self._running_client(), self.session
        if client is None or session is None or self._saving is not None:
            self.saved.emit(None)
            return
        title = tr("SARCLIP: save {}").format(Path(params["out"]).name)
        self._saving = EngineTask(title, client, lambda _task: session.ask("save", **params))
        self._saving.succeeded.connect(self._save_ended)
        self._saving.failed.connect(self._save_failed)
        QgsApplication.taskManager().addTask(self._saving)

    def stop_saving(self) -> None:
        """Cancel what is being written."""
        if self._saving is not None:
            self._saving.cancel()

    def stop(self) -> None:
        """Cancel what is running, but for what is being saved."""
        self._encode_next = False
        self.questions.drop()
        for topic in [topic for topic in self._talks if topic not in _TOPICS_OF_NO_SCENE]:
            self._talks.pop(topic).cancel()
        if self._task is not None:
            self._task.cancel()

    def ask(self, question: Question) -> None:
        """Ask while typing; see `Questions`."""
        if self.is_encoded:
            self.questions.ask(self.session, question)

    def request(
        self,
        method: str,
        params: dict[str, Any],
        on_result: Callable[[dict[str, Any]], None],
        on_error: Callable[[EngineError], None] | None = None,
        *,
        topic: str = "",
    ) -> None:
        """Ask the encoded scene once: `similar` or `teach`; an older request on the same topic is dropped.

        Args:
            method: Of the protocol.
            params: See there.
            on_result: Told of the result.
            on_error: Told why there is none.
            topic: The method, where nothing else is said.
        """
        session = self.session
        self.talk(topic or method, lambda _: session.ask(method, **params), on_result, on_error)

    def check(self, prompts: Sequence[str], on_result: Callable[[dict[str, Any]], None]) -> None:
        """Ask whether the model knows the words; nobody hears when this fails."""
        params = {"prompts": list(prompts), **self._model()}
        self.talk("check", lambda _: single("check", params), on_result, lambda _error: None)

    def vocabulary(self, on_result: Callable[[dict[str, Any]], None]) -> None:
        """Ask which phrases the model was trained on."""
        params = self._model()
        self.talk("vocabulary", lambda _: single("vocabulary", params), on_result, lambda _error: None)

    def talk(
        self,
        topic: str,
        flow: Callable[[Any], Flow],
        on_result: Callable[[dict[str, Any]], None],
        on_error: Callable[[EngineError], None] | None = None,
    ) -> None:
        """Carry a flow on; an older one on the same topic is dropped."""
        client = self._running_client()
        if client is None:
            return
        if topic in self._talks:
            self._talks[topic].cancel()
        failed = on_error or (lambda error: self.troubled.emit(str(error)))
        talk = Conversation(client, flow(client), on_result, failed)
        self._talks[topic] = talk
        talk.start()

    def place(
        self, point: QgsPointXY | None, box: QgsRectangle | None, crs: QgsCoordinateReferenceSystem
    ) -> dict[str, Any]:
        """Return a place on the map, which has a system, as `similar` takes it."""
        return self._plane().box(box, crs) if box is not None else self._plane().point(point, crs)

    def _plane(self) -> ScenePlane:
        layer = self._project.mapLayer(self.layer_id)  # its system may have been set since it was chosen
        return ScenePlane.of(self.source, self._project, layer.crs() if layer is not None else None)

    def _model(self) -> dict[str, str]:
        model = self.session.settings.model if self.session else ""
        return {"model": model} if model else {}

    def _running_client(self) -> Any:  # noqa: ANN401 - an EngineClient or a fake one
        try:
            return self._controller.ensure_running()
        except EngineNotReadyError as error:
            self.troubled.emit(str(error))
            return None

    def _export_path(self) -> Path:
        return self.folder.make() / f"scene-{self.layer_id}.tif"

    def _export(self, source: RasterSource, path: Path, task: EngineTask) -> None:
        """Copy a layer that is no file; runs in the task's thread."""
        feedback = QgsRasterBlockFeedback()

        def report(percent: float) -> None:
            task.progressed.emit(
                {"done": int(percent), "total": 100, "seconds_left": None, "doing": tr("Copying the layer…")}
            )
            if task.isCanceled():
                feedback.cancel()

        feedback.progressChanged.connect(report)
        report(0.0)
        export_raster(source, path, feedback)

    def _on_hello(self, hello: dict[str, Any]) -> None:
        self._greeted = True
        self.connected.emit(hello)

    def _encode_ended(self, result: dict[str, Any]) -> None:
        self._end_task()
        if self.session is not None and self.session.encoded is result:  # not of a scene that was left
            self.opened.emit(self.session.scene)
            self.encoded.emit(result)

    def _encode_failed(self, error: Exception | None) -> None:
        self._end_task()
        if error is not None:
            self.troubled.emit(str(error))

    def _end_task(self) -> None:
        self._task = None
        self.progressed.emit(None)
        if self._encode_next:
            self._encode_next = False
            self.encode()

    def _save_ended(self, result: dict[str, Any]) -> None:
        self._saving = None
        self.saved.emit(result)

    def _save_failed(self, error: Exception | None) -> None:
        self._saving = None
        self.saved.emit(None)
        if error is not None:
            self.troubled.emit(str(error))


def new_name() -> str:
    """Return a name for a folder of results that no other project has."""
    return uuid4().hex
