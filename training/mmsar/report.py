"""What a build holds, as Markdown, JSON and plots."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.mmsar.sample import PARTS
from training.mmsar.shards import write_json
from training.mmsar.statistics import PartCounts, gather, mean_of, ordered

Counts = dict[str, PartCounts]
Rows = list[tuple[str, list[object]]]
COLORS = {"train": "#1b6ca8", "validation": "#e08e2b", "test": "#7a4e9c"}


def report(folder: Path) -> Path:
    """Write `report/report.md`, `report.json` and the plots below a build.

    Returns:
        The page of Markdown.

    Raises:
        FileNotFoundError: There is no finished build.
    """
    manifest_path = folder / "mmsar.json"
    if not manifest_path.is_file():
        raise FileNotFoundError(f"{folder} holds no finished build: run python -m training.mmsar build first")
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    dropped = json.loads((folder / "duplicates.json").read_text(encoding="utf-8"))["dropped"]
    counts = gather(folder)
    out = folder / "report"
    out.mkdir(exist_ok=True)
    lost = _lost(dropped)
    write_json(out / "report.json", {"parts": {part: vars(one) for part, one in counts.items()}, "dropped": lost})
    plots = _plots(counts, out)
    page = out / "report.md"
    page.write_text(_page(counts, manifest["sets"], lost, plots), encoding="utf-8")
    return page


def _lost(dropped: list[dict[str, str | float]]) -> dict[str, int]:
    """Pictures left out, by data set."""
    return Counter(str(entry["name"]).split("/")[0] for entry in dropped)


def _page(counts: Counts, sets: dict[str, dict[str, object]], lost: dict[str, int], plots: list[str]) -> str:
    parts = [part for part in PARTS if part in counts]
    lines = ["# MMSAR build", "", "## Pictures", "", *_table("data set", parts, _by_set(counts, sets, lost))]
    kinds = sorted({kind for one in counts.values() for kind in one.objects})
    objects: Rows = [(kind, [counts[part].objects[kind] for part in parts]) for kind in kinds]
    lines += ["", "## Objects", "", *_table("kind", parts, objects)]
    for kind in sorted({kind for one in counts.values() for kind in one.per_picture}):
        merged = [counts[part].per_picture.get(kind, Counter()) for part in parts]
        bins = [key for key, _ in ordered(sum(merged, Counter()))]
        rows: Rows = [(key, [histogram[key] for histogram in merged]) for key in bins]
        lines += ["", f"## Pictures by their number of objects: {kind}", "", *_table("number", parts, rows)]
    for title, field in (
        ("Longer side of pictures, px", "sides_px"),
        ("Longer side of objects, px", "object_px"),
        ("Metres a pixel", "gsd_m"),
        ("Sensor, band, polarisation", "sensors"),
        ("Negative captions by what they change", "negatives"),
    ):
        merged = [getattr(counts[part], field) for part in parts]
        rows = [(key, [histogram[key] for histogram in merged]) for key, _ in ordered(sum(merged, Counter()))]
        lines += ["", f"## {title}", "", *_table("", parts, rows)]
    lines += ["", "## Captions", "", *_table("", parts, _caption_rows(counts, parts)), ""]
    lines += [f"![{Path(plot).stem.replace('_', ' ')}]({plot})" for plot in plots]
    return "\n".join(lines) + "\n"


def _by_set(counts: Counts, sets: dict[str, dict[str, object]], lost: dict[str, int]) -> Rows:
    rows: Rows = []
    for name in sets:
        label = f"{name} ({lost[name]} repeats left out)" if lost.get(name) else name
        rows.append((label, [counts[part].pictures[name] for part in counts]))
    rows.append(("**all**", [sum(one.pictures.values()) for one in counts.values()]))
    rows.append(("scenes", [one.scenes for one in counts.values()]))
    return rows


def _caption_rows(counts: Counts, parts: list[str]) -> Rows:
    chosen = [counts[part] for part in parts]
    return [
        ("captions", [one.captions for one in chosen]),
        ("different texts", [one.distinct for one in chosen]),
        ("words, mean", [f"{mean_of(one.caption_words):.1f}" for one in chosen]),
        ("pictures of which nothing can be said", [one.wordless for one in chosen]),
    ]


def _table(head: str, columns: list[str], rows: Rows) -> list[str]:
    lines = [f"| {head} | {' | '.join(columns)} |", "|---" + "|---:" * len(columns) + "|"]
    return lines + [f"| {name} | {' | '.join(str(value) for value in values)} |" for name, values in rows]


def _plots(counts: Counts, out: Path) -> list[str]:
    """Two figures: what is in the pictures, and what is said of them."""
    mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "font.size": 8})
    kinds = sorted({kind for one in counts.values() for kind in one.per_picture})
    shown = {kind: {p: one.per_picture.get(kind, Counter()) for p, one in counts.items()} for kind in kinds}
    panels: list[tuple[str, dict[str, Counter[str]]]] = [
        ("pictures by data set", {part: one.pictures for part, one in counts.items()}),
        ("objects by kind", {part: one.objects for part, one in counts.items()}),
        *((f"pictures by number of objects: {kind}", histograms) for kind, histograms in shown.items()),
        ("longer side of objects, px", {part: one.object_px for part, one in counts.items()}),
    ]
    said: list[tuple[str, dict[str, Counter[str]]]] = [
        ("longer side of pictures, px", {part: one.sides_px for part, one in counts.items()}),
        ("metres a pixel", {part: one.gsd_m for part, one in counts.items()}),
        ("words in a caption", {part: one.caption_words for part, one in counts.items()}),
        ("negative captions by what they change", {part: one.negatives for part, one in counts.items()}),
    ]
    return [_figure(panels, out / "objects.png"), _figure(said, out / "pictures_and_captions.png")]


def _figure(panels: list[tuple[str, dict[str, Counter[str]]]], path: Path) -> str:
    rows = (len(panels) + 1) // 2
    figure = Figure(figsize=(10, 2.4 * rows), layout="constrained")
    for number, (title, histograms) in enumerate(panels):
        _bars(figure.add_subplot(rows, 2, number + 1), title, histograms)
    figure.savefig(path, dpi=110)
    return path.name


def _bars(axes: Axes, title: str, histograms: dict[str, Counter[str]]) -> None:
    """Bars side by side, one colour a part; a logarithmic scale where the tallest would hide the rest."""
    bins = [key for key, _ in ordered(sum(histograms.values(), Counter()))]
    width = 0.8 / max(len(histograms), 1)
    for number, (part, histogram) in enumerate(histograms.items()):
        places = [place + number * width for place in range(len(bins))]
        axes.bar(places, [histogram[key] for key in bins], width, color=COLORS[part], label=part)
    heights = [histogram[key] for histogram in histograms.values() for key in bins if histogram[key]]
    if heights and max(heights) > 50 * min(heights):
        axes.set_yscale("log")
    axes.set_xticks([place + 0.4 - width / 2 for place in range(len(bins))], bins)
    long = max((len(key) for key in bins), default=0) * len(bins) > 60
    axes.tick_params(axis="x", labelrotation=40 if long else 0)
    axes.set_title(title, loc="left")
    axes.legend(frameon=False)
