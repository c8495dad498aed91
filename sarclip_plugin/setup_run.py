"""One set-up of the engine from request to marker, for a window or a test to watch."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from qgis.core import QgsNetworkAccessManager
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtNetwork import QNetworkProxy

from . import engine_setup, pip_environment
from .controller import EngineController
from .engine_process import clean_environment
from .engine_setup import Request
from .installer import StepRunner
from .translation import tr

_PROXY_KINDS = {
    QNetworkProxy.ProxyType.HttpProxy: "http",
    QNetworkProxy.ProxyType.HttpCachingProxy: "http",
    QNetworkProxy.ProxyType.Socks5Proxy: "socks5",
}


def qgis_proxy() -> pip_environment.Proxy | None:
    """The proxy of QGIS's options with its password; None when QGIS leaves it to the system."""
    manager = QgsNetworkAccessManager.instance()
    proxy = manager.fallbackProxy()
    kind = _PROXY_KINDS.get(proxy.type())
    if kind is None or not proxy.hostName():
        return None
    urls = filter(None, (*manager.excludeList(), *manager.noProxyList()))
    excluded = tuple(urlsplit(url).hostname or url for url in urls)
    return pip_environment.Proxy(kind, proxy.hostName(), proxy.port(), proxy.user(), proxy.password(), excluded)


class SetupRun(QObject):
    """Makes, repairs or verifies what the engine runs in, and tells the controller when it is there.

    Signals:
        finished: Whether the engine is ready, and if not, a sentence that says why; empty when cancelled.
    """

    finished = pyqtSignal(bool, str)

    def __init__(self, controller: EngineController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._request: Request | None = None
        self._interpreter = ""
        self.runner = StepRunner(self)
        self.runner.finished.connect(self._end)

    def install(self, request: Request) -> None:
        """Make our own environment, or mend it."""
        self._request = request
        missing_mb = engine_setup.space_problem_mb(request)
        if missing_mb:
            sentence = tr("There is not enough room in {folder}: {missing} MB more are needed.")
            self.finished.emit(False, sentence.format(folder=request.folder, missing=missing_mb))
            return
        client = self._controller.client
        client.stop(wait=False)
        temporary = self._temporary_folder
        try:
            temporary.mkdir(parents=True, exist_ok=True)
            (request.folder / engine_setup.MARKER).unlink(missing_ok=True)
        except OSError as error:
            sentence = tr("The folder {folder} cannot be written: {reason}")
            self.finished.emit(False, sentence.format(folder=request.folder, reason=error.strerror))
            return
        self._controller.settings.base_python = request.base_python
        environment = pip_environment.for_pip(os.environ, qgis_proxy(), str(temporary))
        # on Windows the files of a running engine cannot be replaced
        self.runner.start(engine_setup.plan(request), environment, lambda: client.has_ended)

    def use_existing(self, interpreter: str) -> None:
        """Verify an interpreter of the user's own and choose it."""
        self._request, self._interpreter = None, interpreter
        self._controller.client.stop(wait=False)
        self.runner.start(engine_setup.verify_steps(interpreter), clean_environment(os.environ))

    def use_own(self) -> None:
        """Verify our own environment, which is whole, and choose it again."""
        python = engine_setup.environment_python(self._controller.environment_folder)
        self.use_existing(str(python))
        self._interpreter = ""

    def close(self) -> None:
        """End what runs, for the end of QGIS; nothing is told any more."""
        self.runner.close()

    @property
    def _temporary_folder(self) -> Path:
        folder = self._controller.environment_folder
        return folder.with_name(f"{folder.name}-temporary")  # beside it: `venv --clear` empties the folder

    def _end(self, success: bool, reason: str) -> None:
        shutil.rmtree(self._temporary_folder, ignore_errors=True)
        if success:
            self._choose()
        self._controller.restart()
        self.finished.emit(success, reason)

    def _choose(self) -> None:
        """Make what was set up the engine of the next question."""
        if self._request is None:
            self._controller.settings.interpreter = self._interpreter
            return
        engine_setup.write_marker(self._request)
        self._controller.settings.interpreter = ""
