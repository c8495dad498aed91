"""From answers to the map: which layers show what, in which colours, from which score."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProject
from qgis.PyQt.QtGui import QColor

from ..layers.results import HEATMAP, OBJECTS, SIMILAR, TAUGHT, TILES, Look
from ..layers.vectors import PALETTE
from ..translation import tr
from .body import DockBody
from .questions import Question
from .workbench import Workbench

_TAUGHT_COLOR = PALETTE[3]  # while a lesson has no place in the list


class Presenter:
    """Shows results as the panels say."""

    def __init__(self, body: DockBody, bench: Workbench, project: QgsProject) -> None:
        """Args: the panels, the workbench, and the project that gets the layers."""
        self._body, self._bench, self._project = body, bench, project

    def look(self, role: str) -> Look:
        """Return how the layers of a role are to be drawn now."""
        view = self._body.view
        prompts = self._body.prompts.prompts() if role == TAUGHT else self._body.prompts.asked()
        colors = {prompt.text: prompt.color for prompt in prompts if prompt.taught or role != TAUGHT}
        if role == TAUGHT:
            colors.setdefault(self._body.teach.title(), QColor(_TAUGHT_COLOR))
        return Look(colors, view.thresholds[role], view.opacity)

    def show_answer(self, question: Question, result: dict[str, Any]) -> None:
        """Show the answer to what was typed."""
        results, mode = self._bench.results, question.mode
        if results is None or self._project.mapLayer(self._bench.layer_id) is None:
            return
        look = self.look(mode)
        results.facts = self.facts("; ".join(question.prompts), "; ".join(question.background))
        if mode == HEATMAP:
            results.show_heatmaps(result["out"], result["prompts"], float(result["range"][1]), look)
        elif mode == TILES:
            results.show_tiles(result["out"], look)
        else:
            results.show_objects(result["out"], look)
            self._body.counts.show_counts(result["counts"], look.colors)
        self._body.view.set_subject(mode)
        results.show_only([mode])
        self.show_ticked_lessons()

    def show_similar(self, result: dict[str, Any]) -> None:
        """Show places like the one that was pointed at."""
        self._bench.results.facts = self.facts(tr("similar places"))
        self._body.view.set_subject(SIMILAR)
        top = float(result["range"][1])
        self._bench.results.show_heatmaps(result["out"], ["similar"], top, self.look(SIMILAR), SIMILAR)
        self._bench.results.show_only([SIMILAR])

    def show_taught(self, name: str, result: dict[str, Any]) -> None:
        """Show the tiles that are like the right ones: alone while they are marked, beside the rest otherwise."""
        self._bench.results.facts = self.facts(name)
        self._bench.results.show_tiles(result["out"], self.look(TAUGHT), TAUGHT, name)
        if self._body.teach_button.isChecked():
            self._body.view.set_subject(TAUGHT)
            self._bench.results.show_only([TAUGHT])
        else:
            self.show_ticked_lessons()

    def show_mode(self) -> None:
        """Show what the buttons say, after similar places or a lesson were looked at."""
        self._body.view.set_subject(self._body.view.mode)
        if self._bench.results is not None:
            self._bench.results.show_only([self._body.view.mode])
            self.show_ticked_lessons()

    def show_nothing(self) -> None:
        """Take the answers away; nothing is asked."""
        for role in (HEATMAP, TILES, OBJECTS):
            self._bench.results.remove(role)
        self._body.counts.show_counts({}, {})

    def show_ticked_lessons(self) -> None:
        """Tick the layers of the taught prompts that are ticked in the list, and no others."""
        if self._bench.results is not None:
            ticked = {prompt.text for prompt in self._body.prompts.taught()}
            self._bench.results.tick(TAUGHT, ticked)

    def dress(self) -> None:
        """Apply threshold and opacity to what is looked at."""
        if self._bench.results is not None:
            role = self._body.view.subject
            self._bench.results.dress(role, self.look(role))

    def recolor(self) -> None:
        """Apply colours to everything."""
        if self._bench.results is not None:
            for role in (HEATMAP, TILES, OBJECTS, TAUGHT):
                self._bench.results.dress(role, self.look(role))

    def facts(self, prompts: str, background: str = "") -> dict[str, str]:
        """Return what results come from."""
        session = self._bench.session
        scene, encoded = session.scene or {}, session.encoded or {}
        return {
            "scene": session.settings.path,
            "band": str(scene.get("band", "")),
            "scale": str(scene.get("scale", "")),
            "model": session.settings.model or self._body.scene.model_box.currentText(),
            "tile_px": str(encoded.get("tile_px", "")),
            "readings": str(encoded.get("readings", "")),
            "embedding": str(encoded.get("store", "")),
            "prompts": prompts,
            "background": background,
        }
