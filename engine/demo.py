"""The first minute: a harbour labelled, mapped, counted and drawn; or a scene of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from engine import answers, tasks
from engine.console import Console
from engine.errors import OutputError
from engine.outputs import check_output
from engine.raster import read_window
from engine.session import Session
from engine.tasks import picture
from engine.tasks.heatmap import Heatmap
from engine.tasks.labels import TileLabels
from engine.tasks.results import check_package, check_raster, shown_range, write_heatmap, write_labels_and_counts

RESOURCES = Path(__file__).resolve().parents[1] / "resources" / "demo"
LABELS = ("open sea", "harbor", "urban area", "fields", "mountains", "ships at sea", "forest")
HEAT = "ships near harbor"
COUNTED = ("ship",)
_PICTURE_PX = 1400  # longest side of the background


def run_demo(scene: str | None, out: Path, console: Console, *, band: str | None, cache: Path | None) -> None:
    """Ask the standard questions and write labels.gpkg, heatmap.tif and demo.png into a folder."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {out} ({error.strerror}): name another") from error
    session = Session(scene or str(RESOURCES / "harbor.tif"), console, band=band, cache=cache)
    package, raster, drawing = out / "labels.gpkg", out / "heatmap.tif", out / "demo.png"
    check_package(package, session.scene, overwrite=True)
    check_raster(raster, session.scene, overwrite=True)
    check_output(drawing, overwrite=True, inputs=map(Path, session.scene.files))
    embedding = session.embedding()
    labels = tasks.label(embedding, LABELS)
    heat = tasks.heatmap(embedding, [HEAT])
    counts = tasks.count(embedding, COUNTED)
    write_labels_and_counts(package, embedding, labels, counts, overwrite=True)
    write_heatmap(raster, embedding, heat, overwrite=True)
    truth = _truth() if scene is None else {}
    shrink = max(1.0, max(session.scene.height, session.scene.width) / _PICTURE_PX)
    shape = (max(1, round(session.scene.height / shrink)), max(1, round(session.scene.width / shrink)))
    low, high = shown_range(heat)
    panels: list[picture.Panel] = [
        _label_panel(labels, embedding.plan.tile_shape, embedding.plan.tile_px),
        picture.Heat(HEAT, heat.scores[0], heat.cell_px, low, high, title=f"Heatmap: {HEAT}"),
        picture.Objects([_counted(item, truth) for item in counts]),
    ]
    gsd = session.scene.gsd_m
    picture.draw(
        read_window(session.scene, embedding.stretch, session.scene.window, shape),
        panels,
        drawing,
        pixel_px=shrink,
        gsd_m=sum(gsd) / 2 if gsd else None,
        heading=Path(session.scene.path).name,
        overwrite=True,
    )
    answer = answers.Answer(labels, counts)
    _report(console, answer, heat, truth)
    console.result(
        f"look at {drawing}; open {package} and {raster} in QGIS",
        {
            "labels": str(package), "heatmap": str(raster), "picture": str(drawing),
            "tiles": answer.tiles, "counts": answer.figures, "truth": truth,
        },
    )  # fmt: skip


def _label_panel(labels: TileLabels, shape: tuple[int, int], tile_px: int) -> picture.Labels:
    index = np.full(shape, -1)
    index[labels.rows, labels.cols] = labels.best
    score = np.zeros(shape, np.float32)
    score[labels.rows, labels.cols] = labels.scores.max(1, initial=0.0)
    return picture.Labels(labels.prompts, index, tile_px, score)


def _counted(item: tasks.ObjectCount, truth: dict[str, int]) -> picture.Count:
    return picture.Count(item.prompt, item.xy, item.low, item.high, truth.get(item.prompt))


def _truth() -> dict[str, int]:
    """How many of each kind the simulator put into the bundled scene."""
    content: dict[str, Any] = json.loads((RESOURCES / "truth.json").read_text(encoding="utf-8"))
    return {kind: int(number) for kind, number in content["counts"].items()}


def _report(console: Console, answer: answers.Answer, heat: Heatmap, truth: dict[str, int]) -> None:
    for prompt, number in answer.tiles.items():
        console.note(f"{number:7d} tiles  {prompt}")
    for item in answer.counts:
        known = f"; true count {truth[item.prompt]}" if item.prompt in truth else ""
        console.note(f"{item.count:7d} x {item.prompt} (between {item.low} and {item.high}){known}")
    top = float(np.nanmax(heat.scores)) if np.isfinite(heat.scores).any() else 0.0
    console.note(f"highest score of {HEAT!r}: {top:.2f}")
