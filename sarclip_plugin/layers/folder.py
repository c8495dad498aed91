"""Where the files of results lie while the analyst tries prompts, and when they go again."""

from __future__ import annotations

import logging
import os
import re
import shutil
import threading
from pathlib import Path

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QLockFile

LOG = logging.getLogger(__name__)

_GENERATIONS_KEPT = 3  # the map may still be drawing the one before
_OURS = re.compile(r"[0-9a-f]{32}")  # names of folders that `workbench.new_name` makes
_LOCK, _PROJECT = "in-use", "project.txt"


class ResultFolder:
    """A folder of numbered files, swept while new ones come.

    It lies in the user's profile, so that the layers of a saved project are found again. A folder whose project
    was never saved is deleted when it is left, or by a later QGIS where this one had no time for it.
    """

    def __init__(self, name: str, project: QgsProject) -> None:
        """Args: a name that belongs to the project, and the project whose layers keep files from being swept."""
        self.path = results_root() / name
        self._project = project
        self._number = 0
        self._lock: QLockFile | None = None
        self._is_shared = False  # another window has the same project open, and sweeps
        self._saved: set[str] = set()  # sources of layers of the project as it lies on disk

    def make(self) -> Path:
        """Make the folder where there is none, and mark it as used by this QGIS."""
        self.path.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            lock = QLockFile(str(self.path / _LOCK))
            lock.setStaleLockTime(0)  # only the end of its process makes a lock stale, not its age
            self._is_shared = not lock.tryLock(0)
            self._lock = lock
            if self._project.fileName():
                self._saved = _files_of(self._project)
        return self.path

    def new(self, stem: str, suffix: str) -> str:
        """Return the path of a file that does not exist yet."""
        self.make()
        if self._is_shared:
            stem = f"{stem}-{os.getpid()}"
        else:
            self._sweep(stem, suffix)
        path = self.path / f"{stem}-{self._number}{suffix}"
        while path.exists():
            self._number += 1
            path = self.path / f"{stem}-{self._number}{suffix}"
        self._number += 1
        return str(path)

    def keep(self) -> None:
        """Keep the files beyond this QGIS: the project that shows them was saved."""
        file = self._project.fileName()
        if file and self.path.is_dir():
            (self.path / _PROJECT).write_text(file, encoding="utf-8")
            self._saved = _files_of(self._project)

    def leave(self) -> None:
        """Use the folder no more; it goes unless a saved project shows it."""
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None
            saved = (self.path / _PROJECT).exists()
            if not self._is_shared and not saved and self.path.name not in _on_map(self._project):
                shutil.rmtree(self.path, ignore_errors=True)

    def _sweep(self, stem: str, suffix: str) -> None:
        """Delete the files of a kind that no layer shows, here or in the saved project, but for the newest ones."""
        shown = _files_of(self._project) | self._saved
        name = re.compile(rf"{stem}-\d+{re.escape(suffix)}")  # other windows' files have two numbers
        own = (path for path in self.path.glob(f"{stem}-*{suffix}") if name.fullmatch(path.name))
        files = sorted(own, key=lambda path: path.stat().st_mtime)
        for path in files[:-_GENERATIONS_KEPT]:
            if str(path) not in shown:
                for each in (path, path.with_suffix(".qml"), *self.path.glob(f"{path.name}-*")):
                    _delete(each)


def results_root() -> Path:
    """Where the folders of all projects lie."""
    return Path(QgsApplication.qgisSettingsDirPath()) / "sarclip" / "results"


def sweep_folders(project: QgsProject) -> threading.Thread:
    """Delete, in a thread, what was left by a QGIS that crashed and by projects that are gone.

    Args:
        project: That is open; what its layers show stays.
    """
    kept = _on_map(project)
    thread = threading.Thread(target=_sweep_all, args=(results_root(), kept), name="sarclip-sweep", daemon=True)
    thread.start()
    return thread


def _files_of(project: QgsProject) -> set[str]:
    """Files that layers of a project show."""
    return {layer.source().split("|")[0] for layer in project.mapLayers().values()}


def _on_map(project: QgsProject) -> set[str]:
    """Names of the folders that layers of a project show."""
    return {Path(file).parent.name for file in _files_of(project)}


def _sweep_all(root: Path, kept: set[str]) -> None:
    for folder in root.glob("*"):
        if not _OURS.fullmatch(folder.name) or folder.name in kept or _is_shown(folder):
            continue
        lock = QLockFile(str(folder / _LOCK))
        lock.setStaleLockTime(0)
        if lock.tryLock(0):  # no QGIS that runs has it
            lock.unlock()
            shutil.rmtree(folder, ignore_errors=True)


def _is_shown(folder: Path) -> bool:
    """Whether a saved project shows what is in a folder; one on a drive that is away may."""
    try:
        project = Path((folder / _PROJECT).read_text(encoding="utf-8").strip())
    except OSError:
        return False
    return project.exists() or not project.parent.exists()


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:  # Windows keeps files that are open; they go next time
        LOG.debug("%s stays for now: %s", path, error)
