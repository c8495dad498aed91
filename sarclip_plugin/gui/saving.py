"""Saving what is seen as one GeoPackage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from qgis.core import QgsProject
from qgis.PyQt.QtWidgets import QFileDialog

from ..compat import INFO, SUCCESS, WARNING
from ..layers.results import OBJECTS, TILES, Look
from ..layers.saved import store_styles
from ..translation import tr
from .body import DockBody
from .presenter import Presenter
from .workbench import Workbench


class Saving:
    """Asks for a file, lets the engine write it, and stores the looks in it."""

    def __init__(
        self,
        body: DockBody,
        bench: Workbench,
        presenter: Presenter,
        settings: Any,  # noqa: ANN401 - Settings or fake ones
        say: Callable[[str, Any], None],
    ) -> None:
        """Args: the panels, the workbench, what knows the looks, the settings, and what tells people something."""
        self._body, self._bench, self._presenter = body, bench, presenter
        self._settings, self._say = settings, say
        self._looks: dict[str, Look] = {}  # of what is being saved

    def choose_file(self) -> None:
        """Ask where to, and save."""
        if not self._body.prompts.asked():
            self._say(tr("There is nothing to save yet: type a prompt first; taught ones are not saved."), INFO)
            return
        start = Path(self._settings.value("save/folder", QgsProject.instance().homePath()) or "") / "results.gpkg"
        kinds = tr("GeoPackage (*.gpkg)")
        path, _kind = QFileDialog.getSaveFileName(self._body, tr("Save to GeoPackage"), str(start), kinds)
        if path:
            self._settings.set_value("save/folder", str(Path(path).parent))
            self.save_to(path if path.lower().endswith(".gpkg") else f"{path}.gpkg")

    def save_to(self, path: str) -> None:
        """Save tiles, objects, counts, provenance and styles; the dialog has asked about replacing a file."""
        prompts, look = self._body.prompts, self._presenter.look
        texts = [prompt.text for prompt in prompts.asked()]
        params: dict[str, Any] = {
            "label_prompts": texts, "count_prompts": texts, "out": path, "overwrite": True,
            "threshold": self._body.view.thresholds[OBJECTS],
        }  # fmt: skip
        if prompts.background_prompts():
            params["background"] = prompts.background_prompts()
        self._looks = {"tiles": look(TILES), "objects": look(OBJECTS)}
        self._body.show_saving(saving=True)
        self._bench.save(params)

    def show_saved(self, result: dict[str, Any] | None) -> None:
        """Store the looks in what the engine has written, and say so; None when it has not."""
        self._body.show_saving(saving=False)
        if result is None:
            return
        path = result["out"]
        if store_styles(path, self._looks):
            self._say(tr("Saved to {}, but not how it looks: QGIS cannot write to the file.").format(path), WARNING)
        else:
            self._say(tr("Saved to {}").format(path), SUCCESS)
