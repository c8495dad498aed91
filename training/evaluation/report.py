"""Results as files: one part a measure as soon as it is done, then one JSON and one page of Markdown.

Parts stay, so that one measure can be taken again without the others. What was measured on another model is left out.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch

from engine.versions import package_versions
from training.evaluation.bench import FULL, QUICK, Bench, Measure
from training.evaluation.contestants import Contestant
from training.evaluation.page import table
from training.evaluation.targets import TARGETS, verdict

logger = logging.getLogger(__name__)

PARTS = "parts"
PACKAGES = ("sarclip", "torch", "open_clip_torch", "numpy", "scipy", "scikit-learn", "scikit-image", "rasterio")


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of one measure.

    Attributes:
        name: Of the measure.
        title: Of its part of the page.
        date: When it was done, UTC.
        seconds: How long it took.
        seed: Of everything random in it.
        sizes: How much was measured.
        contestants: Name, model, sha256 and way of reading of each.
        machine: Where.
        versions: Of packages.
        headlines: Its figures for the first table.
        result: The measure's own.
        page: Its Markdown.
    """

    name: str
    title: str
    date: str
    seconds: float
    seed: int
    sizes: dict[str, int]
    contestants: list[dict[str, Any]]
    machine: dict[str, Any]
    versions: dict[str, str]
    headlines: dict[str, float]
    result: dict[str, Any]
    page: str


def machine() -> dict[str, Any]:
    """What it was measured on; no names of hosts, users or folders."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
        "python": platform.python_version(),
    }


def described(contestant: Contestant) -> dict[str, Any]:
    """What identifies a contestant."""
    spec = contestant.model.spec
    return {
        "name": contestant.name,
        "model": spec.name,
        "sha256": spec.sha256,
        "view": contestant.view.value,
        "view_px": contestant.view_px or contestant.model.windows.view_px,
        "precision": contestant.model.precision,
    }


def write_part(folder: Path, bench: Bench, measure: Measure, result: Any, seconds: float) -> None:  # noqa: ANN401
    """Write one measure's result and its plots.

    Args:
        folder: Of the report.
        bench: That was measured.
        measure: That measured.
        result: What it found.
        seconds: How long it took.
    """
    folder.mkdir(parents=True, exist_ok=True)  # the page writes its plots there
    part = Part(
        measure.name,
        measure.title,
        datetime.now(timezone.utc).isoformat(timespec="seconds"),
        round(seconds, 1),
        bench.seed,
        asdict(bench.sizes),
        [described(contestant) for contestant in bench.contestants],
        machine(),
        package_versions(PACKAGES),
        measure.headlines(result),
        asdict(result),
        measure.page(result, folder),
    )
    _write(folder / PARTS / f"{measure.name}.json", json.dumps(asdict(part), indent=1) + "\n")


def assemble(folder: Path, order: Sequence[str]) -> list[str]:
    """Write `results.json` and `report.md` from the parts of the model that was measured last.

    Returns:
        Names of the measures in the report.
    """
    paths = [folder / PARTS / f"{name}.json" for name in order]
    parts = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]
    if not parts:
        return []
    newest = max(parts, key=lambda part: str(part["date"]))
    kept = [part for part in parts if part["contestants"][0]["sha256"] == newest["contestants"][0]["sha256"]]
    for part in parts:
        if part not in kept:
            logger.warning("%s was measured on another model and is left out; measure it again", part["name"])
    measures = {part["name"]: {key: part[key] for key in part if key not in ("name", "page")} for part in kept}
    _write(folder / "results.json", json.dumps({"measures": measures}, indent=1) + "\n")
    _write(folder / "report.md", _page(kept, newest))
    return list(measures)


def _page(parts: Sequence[dict[str, Any]], newest: dict[str, Any]) -> str:
    model = newest["contestants"][0]
    where = newest["machine"]
    rows = [
        [part["title"], part["date"], f"{part['seconds']:.0f} s", _size(part), "; ".join(map(_short, found))]
        for part, found in ((part, part["contestants"]) for part in parts)
    ]
    headlines = [_headline(*pair) for part in parts for pair in part["headlines"].items()]
    pieces = [
        f"# Evaluation of {model['model']}",
        f"Model {model['model']}, sha256 {model['sha256'][:12]}…, read in {model['precision']}. Seed {newest['seed']}. "
        f"{where['system']} on {where['processor']}, {where['cores']} cores, {where['threads']} threads, "
        f"{where['gpu'] or 'no GPU'}, Python {where['python']}; "
        + ", ".join(f"{name} {number}" for name, number in newest["versions"].items())
        + ". Made by `python -m training.evaluation`; all figures are in `results.json`.",
        table(["figure", "found", "must", "aim", "verdict"], headlines),
        table(["measure", "date", "took", "size", "contestants"], rows),
        *(f"## {part['title']}\n\n{part['page']}" for part in parts),
    ]
    return "\n\n".join(pieces) + "\n"


def _headline(name: str, value: float) -> list[str]:
    target = TARGETS.get(name)
    wanted = [f"{target.must:g}", f"{target.aim:g}"] if target else ["", ""]
    return [name, f"{value:.3g}", *wanted, verdict(name, value)]


def _size(part: dict[str, Any]) -> str:
    return "quick" if part["sizes"] == asdict(QUICK) else "full" if part["sizes"] == asdict(FULL) else "other"


def _short(who: dict[str, Any]) -> str:
    return f"{who['name']}: {who['model']} ({who['view']}, {who['sha256'][:8]})"


def _write(path: Path, text: str) -> None:
    """Write a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
