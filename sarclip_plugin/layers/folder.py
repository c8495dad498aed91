"""Where the files of results lie while the analyst tries prompts."""

from __future__ import annotations

import logging
from pathlib import Path

from qgis.core import QgsApplication, QgsProject

LOG = logging.getLogger(__name__)

_GENERATIONS_KEPT = 3  # the map may still be drawing the one before


class ResultFolder:
    """A folder of numbered files, swept while new ones come.

    It lies in the user's profile, so that the layers of a saved project are found again.
    """

    def __init__(self, name: str, project: QgsProject) -> None:
        """Args: a name that belongs to the project, and the project whose layers keep files from being swept."""
        self.path = Path(QgsApplication.qgisSettingsDirPath()) / "sarclip" / "results" / name
        self._project = project
        self._number = 0

    def new(self, stem: str, suffix: str) -> str:
        """Return the path of a file that does not exist yet."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._sweep(stem, suffix)
        path = self.path / f"{stem}-{self._number}{suffix}"
        while path.exists():
            self._number += 1
            path = self.path / f"{stem}-{self._number}{suffix}"
        self._number += 1
        return str(path)

    def _sweep(self, stem: str, suffix: str) -> None:
        """Delete the files of a kind that no layer shows, but for the newest ones."""
        shown = {layer.source().split("|")[0] for layer in self._project.mapLayers().values()}
        files = sorted(self.path.glob(f"{stem}-*{suffix}"), key=lambda path: path.stat().st_mtime)
        for path in files[:-_GENERATIONS_KEPT]:
            if str(path) not in shown:
                for each in (path, path.with_suffix(".qml"), *self.path.glob(f"{path.name}-*")):
                    _delete(each)


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:  # Windows keeps files that are open; they go next time
        LOG.debug("%s stays for now: %s", path, error)
