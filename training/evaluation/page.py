"""Pieces of a Markdown page."""

from __future__ import annotations

from collections.abc import Sequence

from training.evaluation.metrics import Spread


def number(value: float, digits: int = 3) -> str:
    """A figure, or a dash where there is none."""
    return "–" if value != value else f"{value:.{digits}f}"


def plus_minus(value: Spread) -> str:
    """Mean and deviation."""
    return f"{value.mean:.3f} ± {value.deviation:.3f}" if value.draws > 1 else number(value.mean)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; a bar inside a cell would end it, so it is escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def figure(file: str, text: str) -> str:
    """A plot that lies beside the page."""
    return f"![{text}]({file})"
