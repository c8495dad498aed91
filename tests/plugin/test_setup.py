"""Setting up the engine for real: virtual environments and pip, a folder of tiny wheels, no network."""

from __future__ import annotations

# ruff: noqa: E402 - QGIS must run before the plugin is imported
import base64
import hashlib
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.plugin.application import start_qgis, wait_until

start_qgis()

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QPushButton

from sarclip_plugin import engine_setup, installer
from sarclip_plugin.controller import INTERPRETER_VARIABLE, EngineController, EngineNotReadyError
from sarclip_plugin.engine_setup import Compute, EnvironmentState, Request
from sarclip_plugin.gui.setup_dialog import SetupDialog
from sarclip_plugin.setup_run import SetupRun

PYTHON = shutil.which("python3", path="/usr/bin") or sys.executable
ANSWERING = """
import sys
for line in sys.stdin:
    print("a line of the log", file=sys.stderr, flush=True)
    print('{"jsonrpc": "2.0", "id": 1, "result": {"protocol": 1, "engine": "0.1.0"}}', flush=True)
"""
# A build of wheels without setuptools, so that nothing but pip is needed.
BACKEND = """
import base64, hashlib, pathlib, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "sarclip-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        for path in sorted(pathlib.Path("engine").rglob("*.py")):
            wheel.write(path)
        info = "sarclip-0.1.0.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: sarclip\\nVersion: 0.1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""


def write_wheel(folder: Path, name: str) -> None:
    """A wheel with one empty module."""
    content = {
        f"{name}.py": "",
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},"
        for path, text in content.items()
    ]
    content[f"{name}-1.0.dist-info/RECORD"] = "\n".join([*record, f"{name}-1.0.dist-info/RECORD,,"])
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in content.items():
            wheel.writestr(path, text)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    write_wheel(folder, "tinytorch")
    write_wheel(folder, "tinypackage")
    return folder


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An engine that only says hello, and its two requirements."""
    folder, requirements = tmp_path / "source", tmp_path / "requirements"
    for path, text in {
        folder / "engine" / "__init__.py": "",
        folder / "engine" / "worker" / "__init__.py": "",
        folder / "engine" / "worker" / "__main__.py": ANSWERING,
        folder / "resources" / "backend.py": BACKEND,
        folder / "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\n'
        'backend-path = ["resources"]\n',
        requirements / "engine-torch.txt": "tinytorch==1.0\n",
        requirements / "engine-packages.txt": "tinypackage==1.0\n",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(engine_setup, "REQUIREMENTS", requirements)
    monkeypatch.setattr(engine_setup, "source_folder", lambda: folder)
    return folder


@pytest.fixture
def controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineController]:
    monkeypatch.delenv(INTERPRETER_VARIABLE, raising=False)
    owner = EngineController()
    owner.settings.clear()
    owner.environment_folder = tmp_path / "profile" / "sarclip" / "engine"
    yield owner
    owner.close()
    owner.settings.clear()


class Watched:
    """A run whose end is remembered."""

    def __init__(self, controller: EngineController) -> None:
        self.run = SetupRun(controller)
        self.ends: list[tuple[bool, str]] = []
        self.log: list[str] = []
        self.fractions: list[float] = []
        self.run.finished.connect(lambda success, reason: self.ends.append((success, reason)))
        self.run.runner.logged.connect(self.log.append)
        self.run.runner.progressed.connect(lambda fraction, _text: self.fractions.append(fraction))
        self.texts: list[str] = []
        self.run.runner.progressed.connect(lambda _fraction, text: self.texts.append(text))

    def end(self) -> tuple[bool, str]:
        """Wait for it; whether it succeeded, and why not."""
        wait_until(lambda: bool(self.ends))
        return self.ends.pop()


def request(controller: EngineController, wheels: Path, *, fresh: bool = True) -> Request:
    return Request(controller.environment_folder, PYTHON, Compute.CPU, wheels, fresh)


def test_set_up_from_a_wheel_folder(controller: EngineController, source: Path, wheels: Path) -> None:
    watched = Watched(controller)
    assert controller.state() is EnvironmentState.MISSING
    watched.run.install(request(controller, wheels))
    assert watched.end() == (True, ""), "\n".join(watched.log)
    assert controller.state() is EnvironmentState.READY
    assert controller.problem() == ""
    assert controller.interpreter().startswith(str(controller.environment_folder))
    assert watched.fractions == sorted(watched.fractions)
    assert watched.fractions[-1] == 1.0
    assert sorted(path.name for path in controller.environment_folder.parent.iterdir()) == ["engine"]
    assert not list(source.rglob("*.egg-info")), "the plugin's folder may be read-only"

    (source / "digest.txt").write_text("another engine", encoding="utf-8")
    assert controller.state() is EnvironmentState.OUTDATED
    watched.run.install(request(controller, wheels, fresh=False))
    assert watched.end() == (True, "")
    assert controller.state() is EnvironmentState.READY

    shutil.rmtree(controller.environment_folder)
    assert controller.state() is EnvironmentState.DELETED
    with pytest.raises(EngineNotReadyError, match="Set Up Engine"):
        controller.ensure_running()


def test_the_window_lives_while_the_engine_ends(
    controller: EngineController, source: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, ended = Watched(controller), []
    stops: list[bool] = []
    monkeypatch.setattr(controller.client, "stop", lambda wait=True: stops.append(wait))
    monkeypatch.setattr(type(controller.client), "has_ended", property(lambda _self: bool(ended)))
    watched.run.install(request(controller, wheels))
    wait_until(lambda: watched.texts == ["Ending the engine…"])
    assert watched.run.runner.running
    assert not controller.environment_folder.exists()
    watched.run.runner.cancel()
    assert watched.end() == (False, "")
    watched.run.install(request(controller, wheels))
    ended.append(True)
    assert watched.end() == (True, ""), "\n".join(watched.log)
    assert stops and not any(stops), "the main thread waits for nothing"


def test_the_controller_tells_that_the_engine_is_another(
    controller: EngineController, source: Path, wheels: Path
) -> None:
    told: list[str] = []
    controller.state_changed.connect(lambda: told.append(controller.problem()))
    watched = Watched(controller)
    watched.run.install(request(controller, wheels))
    assert watched.end() == (True, ""), "\n".join(watched.log)
    assert told == [""]
    controller.settings.compute = "cuda"
    assert controller.is_slower_than_chosen({"device": "cpu"})
    assert not controller.is_slower_than_chosen({"device": "cuda"})
    controller.settings.interpreter = PYTHON  # the analyst's own: nothing was chosen for it
    assert not controller.is_slower_than_chosen({"device": "cpu"})


def test_cancelled_then_repaired(controller: EngineController, source: Path, wheels: Path) -> None:
    watched = Watched(controller)
    watched.run.runner.logged.connect(lambda line: watched.run.runner.cancel() if "tinytorch" in line else None)
    watched.run.install(request(controller, wheels))
    assert watched.end() == (False, "")
    assert controller.state() is EnvironmentState.INCOMPLETE
    assert "Repair" in controller.problem()

    (controller.environment_folder / "bin" / "python").unlink(missing_ok=True)  # worse than cancelled
    again = Watched(controller)
    again.run.install(request(controller, wheels))
    assert again.end() == (True, ""), "\n".join(again.log)
    assert controller.state() is EnvironmentState.READY


def test_an_incomplete_wheel_folder_names_the_package(controller: EngineController, source: Path, wheels: Path) -> None:
    (wheels / "tinypackage-1.0-py3-none-any.whl").unlink()
    watched = Watched(controller)
    watched.run.install(request(controller, wheels))
    success, reason = watched.end()
    assert not success
    assert "tinypackage==1.0" in reason
    assert controller.state() is EnvironmentState.INCOMPLETE


def test_a_damaged_wheel(controller: EngineController, source: Path, wheels: Path) -> None:
    (wheels / "tinypackage-1.0-py3-none-any.whl").write_bytes(b"PK cut off")
    watched = Watched(controller)
    watched.run.install(request(controller, wheels))
    success, reason = watched.end()
    assert not success
    assert "damaged" in reason


def test_an_engine_that_does_not_start(controller: EngineController, source: Path, wheels: Path) -> None:
    (source / "engine" / "worker" / "__main__.py").write_text("import torch", encoding="utf-8")
    watched = Watched(controller)
    watched.run.install(request(controller, wheels))
    success, reason = watched.end()
    assert not success
    assert "packages are not in this Python" in reason
    assert controller.state() is EnvironmentState.INCOMPLETE


def test_a_full_disk_starts_nothing(
    controller: EngineController, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=100_000_000))
    watched = Watched(controller)
    watched.run.install(Request(controller.environment_folder, PYTHON, Compute.CPU))
    success, reason = watched.end()
    size = engine_setup.SIZES[Compute.CPU]
    assert not success
    assert str(size.disk_mb + size.download_mb - 100) in reason
    assert not watched.run.runner.running
    assert not controller.environment_folder.exists()


def test_a_profile_that_cannot_be_written(controller: EngineController, source: Path, wheels: Path) -> None:
    controller.environment_folder.parent.parent.mkdir(parents=True)
    controller.environment_folder.parent.write_text("a file in the way", encoding="utf-8")
    watched = Watched(controller)
    watched.run.install(request(controller, wheels))
    success, reason = watched.end()
    assert not success
    assert "cannot be written" in reason


def test_a_python_that_does_not_exist(controller: EngineController, source: Path, wheels: Path) -> None:
    watched = Watched(controller)
    watched.run.install(Request(controller.environment_folder, "/no/such/python", Compute.CPU, wheels))
    success, reason = watched.end()
    assert not success
    assert "/no/such/python" in reason


def test_an_existing_python_without_the_engine_is_not_taken(controller: EngineController) -> None:
    watched = Watched(controller)
    watched.run.use_existing(PYTHON)
    success, reason = watched.end()
    assert not success
    assert "packages are not in this Python" in reason
    assert controller.settings.interpreter == ""


def script(path: Path, text: str) -> str:
    path.write_text(f"#!{PYTHON}\n{text}", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_an_existing_python_with_the_engine(controller: EngineController, tmp_path: Path) -> None:
    python = script(tmp_path / "python", ANSWERING)
    watched = Watched(controller)
    watched.run.use_existing(python)
    assert watched.end() == (True, "")
    assert controller.interpreter() == python
    Path(python).unlink()
    assert controller.state() is EnvironmentState.DELETED
    assert python in controller.problem()


def test_an_engine_that_never_answers(
    controller: EngineController, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "ANSWER_WITHIN_MS", 300)
    watched = Watched(controller)
    watched.run.use_existing(script(tmp_path / "python", "import time\ntime.sleep(600)"))
    success, reason = watched.end()
    assert not success
    assert "Starting the engine" in reason


def test_closing_ends_the_process(controller: EngineController, tmp_path: Path) -> None:
    watched = Watched(controller)
    watched.run.use_existing(script(tmp_path / "python", "import time\ntime.sleep(600)"))
    wait_until(lambda: watched.run.runner.running)
    watched.run.close()
    assert not watched.run.runner.running
    assert not watched.ends, "nobody is told when QGIS ends"


def test_the_dialog_from_choice_to_success(
    controller: EngineController, source: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.settings.wheel_folder = str(wheels)
    monkeypatch.setattr("sarclip_plugin.python_finder.candidates", lambda: [PYTHON])
    dialog = SetupDialog(controller)
    dialog.show()
    wait_until(lambda: dialog._start.isEnabled())
    assert "Nothing is downloaded" in dialog._costs.text()
    assert dialog._box.isCollapsed(), "there are no details yet"
    dialog._start.click()
    assert not dialog._box.isCollapsed()
    assert dialog._stop.isVisible()
    assert not dialog._options.isEnabled()
    wait_until(lambda: not dialog._run.runner.running)
    assert dialog._state.text() == "The engine is ready.", "\n".join(dialog._log)
    assert dialog._repair.isVisible()
    assert not dialog._start.isVisible()
    assert (dialog.width(), dialog.height()) <= (1000, 580)
    dialog.reject()


def test_embeddings_can_go_to_another_disk(controller: EngineController, tmp_path: Path) -> None:
    dialog = SetupDialog(controller)
    dialog._cache.setFilePath(str(tmp_path))
    assert controller.settings.cache_folder == str(tmp_path)
    assert dialog._cache_note.isHidden()
    dialog._cache.setFilePath(str(tmp_path / "not-there"))
    assert controller.settings.cache_folder == str(tmp_path)
    assert not dialog._cache_note.isHidden()
    assert "does not exist" in dialog._cache_note.text()
    dialog._cache.setFilePath("")
    assert controller.settings.cache_folder == ""
    assert dialog._cache_note.isHidden()
    dialog.shut_down()


def test_enter_in_a_line_of_text_begins_nothing(
    controller: EngineController, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sarclip_plugin.python_finder.candidates", lambda: [PYTHON])
    dialog = SetupDialog(controller)
    dialog.show()
    wait_until(lambda: dialog._start.isEnabled())
    clicks: list[bool] = []
    for button in dialog.findChildren(QPushButton):
        button.clicked.connect(clicks.append)
    dialog._wheels.lineEdit().setFocus()
    QTest.keyClicks(dialog._wheels.lineEdit(), str(wheels))
    QTest.keyClick(dialog._wheels.lineEdit(), Qt.Key.Key_Return)
    assert not clicks
    assert not dialog._run.runner.running
    assert dialog.isVisible()
    dialog.reject()


def test_closing_the_dialog_cancels_first(
    controller: EngineController, source: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    controller.settings.wheel_folder = str(wheels)
    monkeypatch.setattr("sarclip_plugin.python_finder.candidates", lambda: [PYTHON])
    dialog = SetupDialog(controller)
    dialog.show()
    wait_until(lambda: dialog._start.isEnabled())
    dialog._start.click()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert not dialog._run.runner.cancelled, "Escape is pressed too easily"
    dialog.close()
    assert dialog.isVisible(), "it stays until what runs has ended"
    wait_until(lambda: not dialog._run.runner.running)
    dialog.close()
    assert not dialog.isVisible()
