"""What goes wrong while the dock is at work: real engine, real processes, real files; QGIS stays usable."""

from __future__ import annotations

# ruff: noqa: E402 - QGIS must run before the plugin is imported
import os
import shlex
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.plugin.application import start_qgis

pytest.importorskip("pytestqt", reason="needs the package python3-pytestqt")
QGIS = start_qgis()

from osgeo import gdal
from qgis.core import QgsProject, QgsRasterLayer, QgsTask
from qgis.PyQt.QtCore import QCoreApplication, QEvent, Qt

import sarclip_plugin
from sarclip_plugin.controller import INTERPRETER_VARIABLE, EngineController
from sarclip_plugin.engine_client import EngineClient
from sarclip_plugin.engine_supervisor import Timing
from sarclip_plugin.gui.dock import SarclipDock
from sarclip_plugin.layers.results import HEATMAP
from tests.plugin.fakes import FakeIface, write_scene

ROOT = Path(__file__).resolve().parents[2]
ENGINE_PYTHON = Path(os.environ.get("SARCLIP_PYTHON", ROOT / ".venv" / "bin" / "python"))
PATIENCE = float(os.environ.get("SARCLIP_PATIENCE", "1"))  # where other work has the machine
LEFT = Qt.MouseButton.LeftButton
SILENCE_S = 2.0
QUICK = Timing(ping_every_s=0.2, silence_s=SILENCE_S * PATIENCE, backoff_s=(0.1, 0.2, 0.4), tick_s=0.05)
pytestmark = pytest.mark.skipif(not ENGINE_PYTHON.is_file(), reason=f"no engine: {ENGINE_PYTHON} is absent")

# Speaks the protocol until it is asked to encode; answers nothing from then on, but for pings where told to.
SILENT = """
import json, sys
def send(number, result): print(json.dumps({"jsonrpc": "2.0", "id": number, "result": result}), flush=True)
SCENE = dict(scene="s", path="p", height=256, width=384, dtype="uint16", bands=["VH"], band="VH", gsd_m=None,
    crs_wkt=None, georeference="affine", scale="db", stretch=[0, 1], unit="dB", reason="so", valid=True, notes=[])
ANSWERS = dict(hello=dict(protocol=1, engine="0", device="cpu", precision="f", versions={}, models=[],
    default_model="", cache="/c"), open=SCENE, chips=dict(files=[]), vocabulary=dict(words=[]), ping={})
for line in sys.stdin:
    message = json.loads(line)
    if message["method"] in ANSWERS: send(message["id"], ANSWERS[message["method"]])
"""


class Office:
    """A window with a dock and the engine behind it."""

    def __init__(self, qtbot: Any, scene: Path, cache: Path, timing: Timing = QUICK, **client: Any) -> None:
        self.qtbot, self.project = qtbot, QgsProject.instance()
        self.layer = QgsRasterLayer(str(scene), scene.stem)
        self.project.addMapLayer(self.layer)
        self.iface = FakeIface()
        self.controller = EngineController(self.iface)
        self.controller.settings.cache_folder = str(cache)
        self.controller.client = EngineClient(self.controller, timing=timing, **client)
        self.client = self.controller.client
        qtbot.addWidget(self.iface.mainWindow())
        self.said: list[str] = []
        bar = self.iface.messageBar()
        bar.widgetAdded.connect(lambda _item: self.said.append(bar.currentItem().text()))
        self.dock = SarclipDock(self.iface, self.controller)
        self.iface.mainWindow().addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.iface.mainWindow().show()
        self.dock.scene.layer_box.setLayer(self.layer)

    def wait(self, condition: Callable[[], Any], seconds: float = 60) -> None:
        """Let events happen until the condition holds.

        Raises:
            AssertionError: It did not in time; the message says how things stand.
        """
        deadline = time.monotonic() + seconds * PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self._state()
            self.qtbot.wait(10)

    def _state(self) -> dict[str, Any]:
        bench, scene = self.dock.bench, self.dock.scene
        return {
            "said": self.said, "engine": self.client.state,
            "asked": [call.method for call in self.client._sent.values()],
            "encoding": bench.is_encoding, "encoded": bench.is_encoded, "status": self.dock.body.status.text(),
            "button": (scene.encode_button.isVisible(), scene.encode_button.isEnabled()), "note": scene.note.text(),
            "progress": (scene.progress.value(), scene.progress.maximum()), "hint": self.dock.prompts.hint.text(),
            "layers": [layer.name() for layer in self.project.mapLayers().values()],
        }  # fmt: skip

    def begin_encoding(self) -> None:
        """Press Encode as soon as it can be pressed, and wait for the first window."""
        self.wait(self.dock.scene.encode_button.isEnabled)
        self.qtbot.mouseClick(self.dock.scene.encode_button, LEFT)
        self.wait(lambda: self.dock.scene.progress.maximum() > 0 and self.dock.scene.progress.value() > 0)

    def encode(self) -> None:
        """Press Encode and wait for the end."""
        self.wait(self.dock.scene.encode_button.isEnabled)
        self.qtbot.mouseClick(self.dock.scene.encode_button, LEFT)
        self.wait(lambda: self.dock.bench.is_encoded)

    def ask(self, text: str) -> None:
        """Type a prompt."""
        self.dock.prompts.line.clear()
        self.qtbot.keyClicks(self.dock.prompts.line, text)

    def wait_for_heatmap(self, text: str) -> None:
        """Wait until the map has the heatmap of a prompt."""
        self.wait(lambda: [layer.name() for layer in self.dock.bench.results.find(HEATMAP)] == [f"Heatmap: {text}"])

    def close(self) -> None:
        """Close dock and engine."""
        pid = self.client.pid
        self.dock.close_down()
        self.controller.close()
        assert pid is None or not alive(pid)


def alive(pid: int) -> bool:
    """Whether a process lives; one that ended and was not collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def interpreter(folder: Path, before: str = "") -> Path:
    """A Python with the engine that is nobody else's, so that it can be taken away or kept short."""
    path = folder / "python"
    path.write_text(f'#!/bin/sh\n{before}\nexec {shlex.quote(str(ENGINE_PYTHON))} "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def wide_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Speckle of five windows, wider than high."""
    path = tmp_path_factory.mktemp("scene") / "wide.tif"
    width, height = 2048 * 5, 700
    file = gdal.GetDriverByName("GTiff").Create(str(path), width, height, 1, gdal.GDT_Byte, ["TILED=YES"])
    file.GetRasterBand(1).WriteArray(np.random.default_rng(0).integers(1, 255, (height, width)).astype("uint8"))
    file.SetGeoTransform((500_000, 10, 0, 4_000_000, 0, -10))
    return path


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where embeddings go, shared by the tests that do not mind."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def open_office(qtbot: Any, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes offices; none of their processes is left."""
    offices: list[Office] = []
    project = QgsProject.instance()
    project.clear()
    monkeypatch.setenv(INTERPRETER_VARIABLE, str(ENGINE_PYTHON))

    def make(scene: Path | None = None, folder: Path | None = None, **client: Any) -> Office:
        scene = scene or write_scene(tmp_path / f"scene{len(offices)}.tif")
        offices.append(Office(qtbot, scene, folder or cache, **client))
        return offices[-1]

    yield make
    for office in offices:
        office.close()
    offices[0].controller.settings.cache_folder = ""
    project.clear()


def test_an_engine_killed_during_the_encode_goes_on(open_office: Any, wide_scene: Path, tmp_path: Path) -> None:
    office = open_office(wide_scene, tmp_path)
    office.begin_encoding()
    left = office.dock.scene.progress.maximum() - office.dock.scene.progress.value()
    totals: list[int] = []
    office.dock.bench.progressed.connect(lambda step: totals.append((step or {}).get("total") or 0))
    killed = office.client.pid
    os.kill(killed, signal.SIGKILL)
    office.wait(lambda: office.dock.bench.is_encoded)
    assert len(office.said) == 1
    assert office.said[0].endswith("It is started again.")
    assert office.client.pid != killed
    assert 0 < totals[-2] <= left  # what was encoded before was not encoded again
    office.ask("ship")
    office.wait_for_heatmap("ship")


def test_an_engine_killed_during_a_question_answers_it(open_office: Any) -> None:
    office = open_office()
    office.encode()
    office.ask("ship")
    office.wait_for_heatmap("ship")
    killed = office.client.pid
    os.kill(killed, signal.SIGSTOP)  # so that the question is under way when it dies
    office.ask("urban area")
    office.wait(lambda: office.client._sent)
    os.kill(killed, signal.SIGKILL)
    office.wait_for_heatmap("urban area")
    assert office.said[0].endswith("It is started again.")


def test_a_frozen_engine_is_replaced_while_the_window_lives(open_office: Any) -> None:
    office = open_office()
    office.encode()
    os.kill(office.client.pid, signal.SIGSTOP)
    office.ask("ship")
    beats: list[float] = []
    timer = _beat(office, beats)
    office.wait_for_heatmap("ship")
    timer.stop()
    assert "did not answer" in office.said[0]
    assert len(beats) > 5 * SILENCE_S  # the window was never held up


def test_an_engine_that_never_answers_can_be_cancelled_and_left(open_office: Any, tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text(SILENT)
    office = open_office(timing=replace(QUICK, cancel_s=SILENCE_S), arguments=(str(tmp_path / "silent.py"),))
    scene = office.dock.scene
    office.wait(scene.encode_button.isEnabled)
    office.qtbot.mouseClick(scene.encode_button, LEFT)
    office.wait(scene.cancel_button.isVisible)
    # a task that is cancelled while it waits for its turn ends at once, and the engine never hears of it
    office.wait(lambda: office.dock.bench._task.status() == QgsTask.Running)
    first = office.client.pid
    beats: list[float] = []
    timer = _beat(office, beats)
    office.qtbot.mouseClick(scene.cancel_button, LEFT)
    office.wait(scene.encode_button.isVisible)  # the engine does not heed the cancel, so it is ended
    timer.stop()
    assert len(beats) > 5
    assert not alive(first)
    assert scene.encode_button.isEnabled()
    assert scene.layer_box.isEnabled()


def test_an_environment_that_is_deleted_is_a_sentence_and_can_come_back(
    open_office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = interpreter(tmp_path)
    monkeypatch.setenv(INTERPRETER_VARIABLE, str(python))
    office = open_office()
    office.encode()
    python.unlink()
    os.kill(office.client.pid, signal.SIGKILL)
    office.wait(lambda: office.client.state == "failed")
    office.wait(lambda: any("set up the engine again" in text for text in office.said))
    office.ask("ship")
    office.wait(lambda: any("Set Up Engine" in text for text in office.said))
    interpreter(tmp_path)
    office.ask("urban area")
    office.wait_for_heatmap("urban area")


def test_a_scene_file_that_is_gone_is_a_sentence(open_office: Any, tmp_path: Path) -> None:
    scene = write_scene(tmp_path / "short-lived.tif")
    office = open_office(scene)
    office.wait(office.dock.scene.encode_button.isEnabled)
    scene.unlink()
    office.qtbot.mouseClick(office.dock.scene.encode_button, LEFT)
    office.wait(lambda: office.said)
    assert "short-lived.tif" in office.said[0]
    assert office.dock.scene.encode_button.isVisible()
    write_scene(scene)
    office.encode()
    scene.unlink()
    office.ask("ship")  # what is encoded needs the file no more, or says so
    office.wait(lambda: office.dock.bench.results.find(HEATMAP) or office.dock.prompts.hint.text())


def test_a_layer_removed_during_the_encode_stops_it(open_office: Any, wide_scene: Path, tmp_path: Path) -> None:
    office = open_office(wide_scene, tmp_path)
    office.begin_encoding()
    office.project.removeMapLayer(office.layer.id())
    office.wait(lambda: not office.dock.bench.is_encoding)
    assert not office.dock.bench.is_encoded
    assert not office.dock.body.view_group.isEnabled()
    assert not office.said
    other = QgsRasterLayer(str(write_scene(tmp_path / "other.tif")), "other")
    office.project.addMapLayer(other)
    office.dock.scene.layer_box.setLayer(other)
    office.encode()


def test_a_layer_removed_during_a_question_leaves_nothing(open_office: Any) -> None:
    office = open_office()
    office.encode()
    os.kill(office.client.pid, signal.SIGSTOP)
    office.ask("ship")
    office.wait(lambda: office.client._sent)
    office.project.removeMapLayer(office.layer.id())
    os.kill(office.client.pid, signal.SIGCONT)
    office.wait(lambda: not office.client._sent)
    office.qtbot.wait(100)
    assert not office.project.mapLayers()


def test_two_windows_work_on_one_scene(open_office: Any, wide_scene: Path, tmp_path: Path) -> None:
    first, second = (open_office(wide_scene, tmp_path) for _ in range(2))
    assert second.dock.bench.name != first.dock.bench.name
    for office in (first, second):
        office.wait(office.dock.scene.encode_button.isEnabled)
    assert first.client.pid != second.client.pid
    for office in (first, second):
        office.qtbot.mouseClick(office.dock.scene.encode_button, LEFT)
    for office in (first, second):
        office.wait(lambda office=office: office.dock.bench.is_encoded, 120)
    stores = {office.dock.bench.session.encoded["store"] for office in (first, second)}
    assert len(stores) == 1
    for office, text in ((first, "ship"), (second, "urban area")):
        office.ask(text)
    for office, text in ((first, "ship"), (second, "urban area")):
        office.wait_for_heatmap(text)
    assert not first.said + second.said


def test_a_full_disk_is_a_sentence_with_a_remedy(
    open_office: Any, wide_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Files of at most 1 MB, in blocks of 512 bytes: for the engine that is a disk without room.
    monkeypatch.setenv(INTERPRETER_VARIABLE, str(interpreter(tmp_path, "ulimit -f 2000")))
    office = open_office(wide_scene, tmp_path / "cache")
    office.wait(office.dock.scene.encode_button.isEnabled)
    office.qtbot.mouseClick(office.dock.scene.encode_button, LEFT)
    office.wait(lambda: office.said, 120)
    assert "No room" in office.said[0]
    assert "Folder of embeddings" in office.said[0]
    assert "--" not in office.said[0]
    assert office.dock.scene.encode_button.isEnabled()


@pytest.mark.parametrize("moment", ["encode", "question"])
def test_no_process_outlives_a_plugin_that_is_reloaded(
    qtbot: Any, wide_scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    from tests.plugin.test_plugin_lifecycle import FakeInterface

    monkeypatch.setenv(INTERPRETER_VARIABLE, str(ENGINE_PYTHON))
    monkeypatch.setenv("SARCLIP_CACHE", str(tmp_path))
    project, iface, pids = QgsProject.instance(), FakeInterface(), []
    project.clear()
    scene = wide_scene if moment == "encode" else write_scene(tmp_path / "scene.tif")
    layer = QgsRasterLayer(str(scene), "scene")
    project.addMapLayer(layer)
    iface.window.show()
    patience = int(60_000 * PATIENCE)
    for _ in range(2):
        plugin = sarclip_plugin.classFactory(iface)
        plugin.initGui()
        plugin._actions[0].trigger()
        qtbot.waitUntil(lambda plugin=plugin: plugin._dock is not None and plugin._dock.isVisible(), timeout=patience)
        dock = plugin._dock
        dock.scene.layer_box.setLayer(layer)
        scene, bench = dock.scene, dock.bench
        qtbot.waitUntil(lambda s=scene, b=bench: s.encode_button.isEnabled() or b.is_encoded, timeout=patience)
        qtbot.mouseClick(dock.scene.encode_button, LEFT)
        qtbot.waitUntil(lambda dock=dock: dock.bench.is_encoding or dock.bench.is_encoded, timeout=patience)
        if moment == "question":
            qtbot.waitUntil(lambda dock=dock: dock.bench.is_encoded, timeout=patience)
            qtbot.keyClicks(dock.prompts.line, "ship")
            qtbot.waitUntil(lambda plugin=plugin: bool(plugin.controller.client._sent), timeout=patience)
        else:
            qtbot.waitUntil(lambda dock=dock: dock.scene.progress.value() > 0, timeout=patience)
        pids.append(plugin.controller.client.pid)
        began = time.monotonic()
        plugin.unload()
        assert time.monotonic() - began < 5 * PATIENCE
        for _ in range(20):
            QCoreApplication.processEvents()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            time.sleep(0.01)
    assert len(set(pids)) == 2
    assert not [pid for pid in pids if alive(pid)]
    qtbot.waitUntil(lambda: QGIS.taskManager().countActiveTasks() == 0, timeout=patience)
    project.clear()


def _beat(office: Office, beats: list[float]) -> Any:
    """A timer that shows that the event loop runs."""
    from qgis.PyQt.QtCore import QTimer

    timer = QTimer(office.dock)
    timer.timeout.connect(lambda: beats.append(time.monotonic()))
    timer.start(20)
    return timer
