"""Pictures of what a run logged: `python -m engine.trainers.plots RUN/log.csv -o losses.png`."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.errors import InputError

NOT_TERMS = ("step", "seconds")
SMOOTH_OVER = 0.05  # of a curve's length: the running mean drawn over it
COLUMNS = 3
PANEL_INCHES = (4.2, 2.6)


def read_log(path: Path) -> dict[str, list[float]]:
    """Columns of a log that `loop.fit` wrote: "step", each loss term, "seconds".

    Raises:
        InputError: There is no such file, or it holds no line.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        columns = {name: [float(row[name]) for row in rows] for name in (rows[0] if rows else ())}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"log {path}: {error}; give the log.csv that a training wrote") from error
    if not columns.get("step"):
        raise InputError(f"log {path}: no line yet; the first comes after `log_every` steps")
    return columns


def smoothed(values: Sequence[float]) -> list[float]:
    """Running mean over the twentieth of a curve that ends at each point."""
    span = max(1, round(SMOOTH_OVER * len(values)))
    starts = (max(0, end - span) for end in range(1, len(values) + 1))
    return [sum(values[start:end]) / (end - start) for end, start in enumerate(starts, 1)]


def plot_logs(logs: Mapping[str, Path], out: Path) -> Path:
    """One panel a loss term and one for the speed, one curve a run; returns the file.

    Args:
        logs: `log.csv` by the name that each run is to have.
        out: PNG, PDF or SVG.

    Raises:
        InputError: A log cannot be read.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    runs = {name: read_log(path) for name, path in logs.items()}
    terms = list(dict.fromkeys(term for run in runs.values() for term in run if term not in NOT_TERMS))
    panels = [*terms, "seconds"]
    rows = -(-len(panels) // COLUMNS)
    size = PANEL_INCHES[0] * min(COLUMNS, len(panels)), PANEL_INCHES[1] * rows
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    for number, term in enumerate(panels, 1):
        axes = figure.add_subplot(rows, min(COLUMNS, len(panels)), number)
        axes.set_title("seconds a line of the log" if term == "seconds" else term, fontsize=9)
        axes.set_xlabel("step", fontsize=8)
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.3)
        for index, (name, run) in enumerate(runs.items()):
            if term in run:
                axes.plot(run["step"], run[term], color=f"C{index}", alpha=0.25, linewidth=0.8)
                axes.plot(run["step"], smoothed(run[term]), color=f"C{index}", linewidth=1.4, label=name)
        if len(runs) > 1 and number == 1:
            axes.legend(fontsize=7)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=120)
    return out


def main() -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", type=Path, nargs="+", help="log.csv of one run or of several to compare")
    parser.add_argument("-o", "--out", type=Path, required=True, help="PNG, PDF or SVG")
    args = parser.parse_args()
    try:
        plot_logs({str(path.parent): path for path in args.logs}, args.out)
    except InputError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
