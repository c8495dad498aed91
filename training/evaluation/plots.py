"""Plots of the report, all of one look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLORS = ("#0b5d7a", "#e08e2b", "#7a9a3a", "#8a5aa0", "#b0453f", "#666666")
_DPI = 110


@contextmanager
def _axes(path: Path, width: float, height: float) -> Iterator[Axes]:
    """Axes whose figure is saved when done; no global state of pyplot is touched."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    yield axes
    figure.savefig(path, dpi=_DPI)


def bars(
    path: Path, values: Mapping[str, Mapping[str, float]], label: str, chance: Mapping[str, float] | None = None
) -> None:
    """Groups of bars: series, then group, to value; chance as a short line through its group."""
    groups = list(next(iter(values.values())))
    width = 0.8 / len(values)
    with _axes(path, max(5.0, 1.3 * len(groups) + 1.5), 3.4) as axes:
        for index, (series, heights) in enumerate(values.items()):
            at = np.arange(len(groups)) - 0.4 + (index + 0.5) * width
            drawn = axes.bar(at, [heights[group] for group in groups], width, label=series, color=COLORS[index % 6])
            axes.bar_label(drawn, fmt="%.2f", fontsize=7)
        for index, group in enumerate(groups):
            if chance and group in chance:
                axes.hlines(chance[group], index - 0.42, index + 0.42, color="black", linestyle=":", linewidth=1)
        axes.set_xticks(np.arange(len(groups)), [group.replace(" ", "\n") for group in groups], fontsize=8)
        axes.set_ylabel(label)
        axes.legend(fontsize=8, frameon=False, ncols=len(values), loc="upper left", bbox_to_anchor=(0, 1.14))


def lines(
    path: Path,
    values: Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[float]]],
    labels: tuple[str, str],
    *,
    logarithmic: bool = False,
) -> None:
    """Curves: x, y and deviation of each series."""
    with _axes(path, 5.6, 3.6) as axes:
        for index, (series, (x, y, deviation)) in enumerate(values.items()):
            axes.plot(x, y, marker="o", markersize=3, label=series, color=COLORS[index % 6])
            low, high = np.subtract(y, deviation), np.add(y, deviation)
            axes.fill_between(x, low, high, color=COLORS[index % 6], alpha=0.15, linewidth=0)
        if logarithmic:
            axes.set_xscale("log", base=2)
            ticks = sorted({tick for x, _, _ in values.values() for tick in x})
            axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            axes.minorticks_off()
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        axes.grid(visible=True, alpha=0.25)
        axes.legend(fontsize=8, frameon=False)


def matrix(path: Path, counts: Sequence[Sequence[float]], rows: Sequence[str], cols: Sequence[str], title: str) -> None:
    """A confusion matrix, shaded by the share of its row."""
    table = np.asarray(counts, float)
    share = table / np.maximum(table.sum(1, keepdims=True), 1)
    with _axes(path, 1.8 + 0.5 * len(cols), 1.4 + 0.42 * len(rows)) as axes:
        axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for (row, col), value in np.ndenumerate(table):
            if value:
                color = "white" if share[row, col] > 0.6 else "black"
                axes.text(col, row, f"{value:g}", ha="center", va="center", fontsize=7, color=color)
        axes.set_xticks(range(len(cols)), cols, rotation=40, ha="right", fontsize=8)
        axes.set_yticks(range(len(rows)), rows, fontsize=8)
        axes.set_xlabel("called")
        axes.set_ylabel("is")
        axes.set_title(title, fontsize=9)
