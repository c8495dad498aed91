"""Loading, reloading and unloading: nothing of the plugin is left in QGIS."""

from __future__ import annotations

# ruff: noqa: E402, N802 - QGIS must run before the plugin is imported; the fake has QGIS's names
import os
from collections.abc import Iterator

import pytest

from tests.plugin.application import start_qgis, wait_until

QGIS = start_qgis()

from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QCoreApplication, QEvent, Qt
from qgis.PyQt.QtWidgets import QAction, QDockWidget, QMainWindow, QToolBar

import sarclip_plugin
from sarclip_plugin.controller import INTERPRETER_VARIABLE
from sarclip_plugin.gui.setup_dialog import SetupDialog


class FakeInterface:
    """As much of QgisInterface as a plugin's frame needs."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.bar: QToolBar = self.window.addToolBar("Plugins")
        self.menu: list[tuple[str, QAction]] = []
        self.canvas, self.messages = QgsMapCanvas(self.window), QgsMessageBar(self.window)

    def mainWindow(self) -> QMainWindow:
        return self.window

    def mapCanvas(self) -> QgsMapCanvas:
        return self.canvas

    def activeLayer(self) -> None:
        return None

    def messageBar(self) -> QgsMessageBar:
        return self.messages

    def addDockWidget(self, area: Qt.DockWidgetArea, dock: QDockWidget) -> None:
        self.window.addDockWidget(area, dock)

    def addToolBarIcon(self, action: QAction) -> None:
        self.bar.addAction(action)

    def removeToolBarIcon(self, action: QAction) -> None:
        self.bar.removeAction(action)

    def addPluginToRasterMenu(self, name: str, action: QAction) -> None:
        self.menu.append((name, action))

    def removePluginRasterMenu(self, name: str, action: QAction) -> None:
        self.menu.remove((name, action))

    def removeDockWidget(self, dock: QDockWidget) -> None:
        self.window.removeDockWidget(dock)


def settle() -> None:
    """Let deleteLater happen."""
    for _ in range(3):
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def iface() -> Iterator[FakeInterface]:
    interface = FakeInterface()
    yield interface
    interface.window.deleteLater()
    settle()


def providers() -> list[str]:
    return [provider.id() for provider in QGIS.processingRegistry().providers()]


def test_load_and_unload_three_times(iface: FakeInterface) -> None:
    for _ in range(3):
        plugin = sarclip_plugin.classFactory(iface)
        plugin.initGui()
        assert providers().count("sarclip") == 1
        assert [name for name, _ in iface.menu] == ["SARCLIP"] * 3
        assert len(iface.bar.actions()) == 1
        assert not iface.bar.actions()[0].icon().pixmap(16, 16).isNull()
        plugin.unload()
        settle()
        assert "sarclip" not in providers()
        assert not iface.menu
        assert not iface.bar.actions()
        assert not [
            action for action in iface.window.findChildren(QAction) if "Sarclip" in action.objectName()
        ]
        assert not iface.window.findChildren(QDockWidget)


def test_unload_with_the_dock_open(iface: FakeInterface) -> None:
    for _ in range(2):
        plugin = sarclip_plugin.classFactory(iface)
        plugin.initGui()
        assert not iface.window.findChildren(QDockWidget), "the dock is made on first use"
        iface.bar.actions()[0].trigger()
        wait_until(lambda plugin=plugin: plugin._opening.over)
        assert len(iface.window.findChildren(QDockWidget, "SarclipDock")) == 1
        plugin.unload()
        settle()
        assert not iface.window.findChildren(QDockWidget)


def test_the_dock_opens_in_pieces_and_can_be_left_at_each(iface: FakeInterface) -> None:
    pieces = 0
    while True:
        plugin = sarclip_plugin.classFactory(iface)
        plugin.initGui()
        button = iface.bar.actions()[0]
        button.trigger()
        for _ in range(pieces):
            plugin._opening._go_on()
        over = plugin._opening.over
        plugin.unload()
        settle()
        assert not iface.window.findChildren(QDockWidget), f"after {pieces} pieces"
        assert not iface.menu
        if over:
            break
        pieces += 1
    assert pieces > 4


def test_a_panel_that_is_closed_while_it_opens_stays_closed(iface: FakeInterface) -> None:
    iface.window.show()
    plugin = sarclip_plugin.classFactory(iface)
    plugin.initGui()
    button = iface.bar.actions()[0]
    for shown in (False, True):
        button.trigger()
        if not shown:
            button.trigger()
        wait_until(lambda: plugin._opening.over)
        settle()
        assert plugin._dock.isVisible() == shown
        assert button.isChecked() == shown
    plugin.unload()
    settle()


def test_unload_ends_the_engine(iface: FakeInterface) -> None:
    if not os.environ.get(INTERPRETER_VARIABLE):
        pytest.skip(f"no engine: {INTERPRETER_VARIABLE} is not set")
    plugin = sarclip_plugin.classFactory(iface)
    plugin.initGui()
    plugin.controller.ensure_running()
    wait_until(lambda: plugin.controller.client.pid is not None)
    pid = plugin.controller.client.pid
    plugin.unload()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_unload_while_the_dialog_is_open(iface: FakeInterface) -> None:
    plugin = sarclip_plugin.classFactory(iface)
    plugin.initGui()
    plugin.show_setup()
    plugin.show_setup()
    assert len(iface.window.findChildren(SetupDialog)) == 1
    plugin.unload()
    settle()
    assert not iface.window.findChildren(SetupDialog)


def test_a_closed_dialog_can_be_opened_again(iface: FakeInterface) -> None:
    plugin = sarclip_plugin.classFactory(iface)
    plugin.initGui()
    plugin.show_setup()
    iface.window.findChild(SetupDialog).reject()
    wait_until(lambda: (settle(), not iface.window.findChildren(SetupDialog))[1], 5_000)
    plugin.show_setup()
    assert iface.window.findChild(SetupDialog).isVisible()
    plugin.unload()
    settle()


def test_processing_alone_needs_no_interface() -> None:
    plugin = sarclip_plugin.classFactory(None)
    plugin.initProcessing()
    assert "sarclip" in providers()
    assert all(
        algorithm.shortHelpString()
        for algorithm in QGIS.processingRegistry().providerById("sarclip").algorithms()
    )
    plugin.unload()
    assert "sarclip" not in providers()
