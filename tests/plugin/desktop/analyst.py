"""An analyst at the real QGIS: mouse, keys, eyes and a stop-watch."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, Qt, QTimer
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAction,
    QApplication,
    QDialog,
    QDialogButtonBox,
    QDockWidget,
    QFileDialog,
    QLineEdit,
    QToolBar,
    QWidget,
)
from qgis.utils import iface

_BEAT_MS = 2  # between two looks at whether the main thread is free
_TOOL_BARS = ("mFileToolBar", "mMapNavToolBar", "mPluginToolBar")
_LAYERS_PX = 290  # shows the names of results whole


class Gap(NamedTuple):
    """A time in which the main thread was not free for events."""

    cpu_ms: float  # that the main thread worked: what the gap would be on a machine that does nothing else
    wall_ms: float
    doing: str


class Pulse(QObject):
    """How long the main thread was not free for events."""

    def __init__(self) -> None:
        super().__init__()
        self._gaps: list[Gap] = []
        self._last, self._last_cpu = time.perf_counter(), time.thread_time()
        self.doing = ""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(_BEAT_MS)

    def begin(self) -> None:
        """Forget what was measured."""
        self._gaps, self._last, self._last_cpu = [], time.perf_counter(), time.thread_time()

    def longest(self, count: int = 5) -> list[Gap]:
        """The longest gaps since `begin`, longest first, with what was going on."""
        return sorted(self._gaps, reverse=True)[:count]

    def _beat(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        worked, passed = 1000 * (cpu - self._last_cpu), 1000 * (now - self._last)
        self._gaps.append(Gap(round(worked, 1), round(passed, 1), self.doing))
        self._last, self._last_cpu = now, cpu


class Analyst:
    """Drives QGIS and keeps a report of it.

    Args:
        plan: What `launch` was given.
    """

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan, self.work = plan, Path(plan["work"])
        self.window, self.canvas, self.project = iface.mainWindow(), iface.mapCanvas(), QgsProject.instance()
        self.pulse = Pulse()
        self.report: dict[str, Any] = {"finished": False, "steps": [], "measures": {}}
        self.window.move(0, 0)
        self.window.resize(*plan.get("window", (1080, 700)))
        if "window" in plan:
            self._tidy()

    def run(self, story: Callable[[Analyst], None]) -> None:
        """Live through a story, and leave QGIS whatever happens."""
        try:
            story(self)
            self.report["finished"] = True
        except Exception:  # noqa: BLE001 - the boundary: everything goes into the report
            self.report["error"] = traceback.format_exc()
            self.window.grab().save(str(self.work / "failure.png"))
        self._write()
        self.leave()

    def step(self, text: str) -> None:
        """Say what comes next; the report is written, so that a hanging run tells where it was."""
        self.report["steps"].append(text)
        self.pulse.doing = text
        self._write()

    def measure(self, name: str, value: Any) -> None:
        """Keep a figure."""
        self.report["measures"][name] = value

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
        """Let QGIS go on until the condition holds, and return it.

        Raises:
            AssertionError: It did not in time.
        """
        seconds *= self.plan.get("patience", 1.0)
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
            QTest.qWait(10)
        return found

    def action(self, name: str) -> QAction:
        """An action of the menu, by its object name."""
        found = self.window.findChild(QAction, name)
        assert found is not None, f"no action {name}"
        return found

    def dock(self, name: str) -> QDockWidget | None:
        """A dock of the window, by its object name.

        Asked again and again, so only the window's own children are gone through: a search among all that they
        hold keeps the main thread, whose time is measured, for 35 ms.
        """
        return self.window.findChild(QDockWidget, name, Qt.FindChildOption.FindDirectChildrenOnly)

    def click(self, widget: QWidget) -> None:
        """Click with the left button."""
        assert widget.isVisible() and widget.isEnabled(), f"{widget} cannot be clicked"
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def type(self, widget: QWidget, text: str, pause_ms: int = 40) -> None:
        """Type with the keyboard, at the speed of a quick typist."""
        widget.setFocus()
        QTest.keyClicks(widget, text, Qt.KeyboardModifier.NoModifier, pause_ms)

    def enter(self, widget: QWidget) -> None:
        """Press Enter."""
        QTest.keyClick(widget, Qt.Key.Key_Return)

    def answer_file_dialog(self, path: str) -> None:
        """Type a path into the file dialog that is about to open."""

        def answer() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QFileDialog):
                QTimer.singleShot(50, answer)
                return
            line = dialog.findChild(QLineEdit)
            line.clear()
            self.type(line, path, 0)
            confirm()

        def confirm() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QFileDialog):
                return
            line, box = dialog.findChild(QLineEdit), dialog.findChild(QDialogButtonBox)
            if box.button(QDialogButtonBox.StandardButton.Save).isEnabled():
                self.enter(line)
            else:  # Qt looks at a folder in a thread, and at the name again only when a key is pressed
                QTest.keyClick(line, Qt.Key.Key_Backspace)
                self.type(line, path[-1], 0)
            QTimer.singleShot(200, confirm)

        QTimer.singleShot(50, answer)

    def settle(self, seconds: float = 30.0) -> None:
        """Wait until the map is drawn and stays so."""
        still = 0

        def quiet() -> bool:
            nonlocal still
            still = 0 if self.canvas.isDrawing() else still + 1
            return still > 20

        self.wait(quiet, "the map", seconds)

    def wait_for_map(self, image: QImage) -> None:
        """Wait until the map looks like this."""
        self.wait(lambda: not self.canvas.isDrawing() and self.map_image() == image, "the map as it was before")

    def map_image(self) -> QImage:
        """What the map shows."""
        return self.canvas.grab().toImage()

    def picture(self, name: str, widget: QWidget | None = None) -> None:
        """Take a picture of the window, or of a part."""
        self.settle()
        path = self.work / "pictures" / f"plugin_{name}.png"
        path.parent.mkdir(exist_ok=True)
        assert (widget or self.window).grab().save(str(path)), f"{path} cannot be written"

    def leave(self) -> None:
        """End QGIS as its user does."""
        for _ in range(5):
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QDialog):
                break
            dialog.reject()
        self.project.setDirty(False)  # else QGIS asks whether to save
        self.action("mActionExit").trigger()

    def _tidy(self) -> None:
        """Arrange the window as one does for a long day's work with layers: what is not needed is put away."""
        for panel in self.window.findChildren(QDockWidget):
            if panel.objectName().startswith("Browser"):
                panel.hide()
        for bar in self.window.findChildren(QToolBar):
            if bar.objectName() not in _TOOL_BARS:
                bar.hide()
        layers = self.window.findChild(QDockWidget, "Layers")
        self.window.resizeDocks([layers], [_LAYERS_PX], Qt.Orientation.Horizontal)

    def _write(self) -> None:
        Path(self.plan["report"]).write_text(json.dumps(self.report))
