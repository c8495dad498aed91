"""The plugin as QGIS sees it: menu, button, dock, Processing provider, and nothing left after unloading."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, Qt, QTranslator
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction

from .controller import EngineController
from .pieces import Pieces
from .translation import language_of_qgis, load_translator, tr

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from .gui.dock import SarclipDock
    from .gui.setup_dialog import SetupDialog
    from .processing.provider import SarclipProvider

FOLDER = Path(__file__).resolve().parent
MENU = "SARCLIP"


class SarclipPlugin:
    """Puts SARCLIP into QGIS and takes it out again.

    The dock and the dialog are imported and made when they are first wanted, so that QGIS starts quickly.

    Args:
        iface: QGIS's interface; None in qgis_process, where only the provider exists.
    """

    def __init__(self, iface: QgisInterface | None) -> None:
        self._iface = iface
        self._controller: EngineController | None = None
        self._provider: SarclipProvider | None = None
        self._dock: SarclipDock | None = None
        self._opening: Pieces | None = None
        self._dialog: SetupDialog | None = None
        self._translator: QTranslator | None = None
        self._actions: list[QAction] = []

    @property
    def controller(self) -> EngineController:
        """The engine's owner, made when it is first wanted."""
        if self._controller is None:
            self._controller = EngineController(self._iface)
        return self._controller

    def initProcessing(self) -> None:  # noqa: N802 - the name QGIS calls
        """Register the provider; all that qgis_process needs."""
        from .processing.provider import SarclipProvider

        self._install_translator()
        self._provider = SarclipProvider(self.controller)
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self) -> None:  # noqa: N802
        """Add menu, button and provider."""
        self.initProcessing()
        icon = QIcon(str(FOLDER / "icons" / "sarclip.svg"))
        panel = self._action("SarclipTogglePanel", icon, tr("SARCLIP Panel"), self._toggle_dock)
        panel.setCheckable(True)
        panel.setToolTip(tr("Ask a radar scene in words"))
        set_up = QgsApplication.getThemeIcon("/mActionOptions.svg")
        self._action("SarclipSetUp", set_up, tr("Set Up Engine…"), self.show_setup)
        manual = QgsApplication.getThemeIcon("/mActionHelpContents.svg")
        self._action("SarclipHelp", manual, tr("Help"), self._show_help)
        self._iface.addToolBarIcon(panel)
        for action in self._actions:
            self._iface.addPluginToRasterMenu(MENU, action)

    def unload(self) -> None:
        """Take everything out again and end the engine."""
        if self._dialog is not None:
            self._dialog.shut_down()
            self._dialog.close()
            self._dialog.deleteLater()
        if self._opening is not None:
            self._opening.stop()
            self._opening.deleteLater()
        if self._dock is not None:
            self._dock.close_down()
            self._iface.removeDockWidget(self._dock)
            self._dock.deleteLater()
        for action in self._actions:
            self._iface.removePluginRasterMenu(MENU, action)
            self._iface.removeToolBarIcon(action)
            action.deleteLater()
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
        if self._controller is not None:
            self._controller.close()
            self._controller.deleteLater()
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
        self._dialog = self._dock = self._opening = self._provider = self._controller = self._translator = None
        self._actions.clear()

    def show_setup(self) -> None:
        """Open “Set Up Engine…”, or bring it to the front."""
        from .gui.setup_dialog import SetupDialog

        if self._dialog is None:
            self._dialog = SetupDialog(self.controller, self._iface.mainWindow())
            self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._dialog.destroyed.connect(self._forget_dialog)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _action(self, name: str, icon: QIcon, text: str, run: object) -> QAction:
        action = QAction(icon, text, self._iface.mainWindow())
        action.setObjectName(name)
        action.triggered.connect(run)
        self._actions.append(action)
        return action

    def _toggle_dock(self, shown: bool) -> None:
        if self._opening is None:
            self._opening = Pieces(self._open_dock(), self._iface.mainWindow())
        elif self._opening.over and self._dock is not None:  # else it comes as the button says
            self._dock.setUserVisible(shown)  # to the front, too, where it is tabbed behind another

    def _open_dock(self) -> Generator[None, None, None]:
        """Import, make and place the dock; QGIS breathes in between, for all of it takes more than a moment."""
        from .gui import map_tools  # noqa: F401

        yield
        from .layers import results  # noqa: F401

        yield
        from .gui import area  # noqa: F401

        yield
        from .gui import scene_panel  # noqa: F401

        yield
        from .gui import prompt_list, view_panel  # noqa: F401

        yield
        from .layers import folder  # noqa: F401

        yield
        from .gui import workbench  # noqa: F401

        yield
        from .gui import pointing  # noqa: F401

        yield
        from .gui.body import DockBody

        yield
        from .gui import presenter, saving  # noqa: F401

        yield
        from .gui.dock import SarclipDock

        yield
        body = DockBody()
        yield
        self._dock = SarclipDock(self._iface, self.controller, body)
        self._dock.setup_wanted.connect(self.show_setup)
        yield
        self._iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self._dock)
        self._dock.visibilityChanged.connect(self._actions[0].setChecked)
        self._dock.setVisible(self._actions[0].isChecked())
        yield
        self._dock.suggest(self._iface.activeLayer())

    def _show_help(self) -> None:
        from qgis.PyQt.QtCore import QUrl
        from qgis.PyQt.QtGui import QDesktopServices

        QDesktopServices.openUrl(QUrl.fromLocalFile(str(FOLDER / "help" / tr("index.html"))))

    def _install_translator(self) -> None:
        if self._translator is None:
            self._translator = load_translator(language_of_qgis())
            if self._translator is not None:
                QCoreApplication.installTranslator(self._translator)
