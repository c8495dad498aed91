"""Results as files: one a part as soon as it is done, then one JSON and one page of Markdown from all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks.machine import Machine
from benchmarks.results import Agreement, Figure, PartResult, Ratio

PARTS = "parts"
BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"


@dataclass(frozen=True, slots=True)
class PartRecord:
    """What is known of one part.

    Attributes:
        name: Of the part.
        title: Of its part of the page.
        date: When it was done, UTC.
        seconds: How long it took.
        quick: Whether the sizes were those of a trial.
        machine: Where, with the load when it began.
        versions: Of packages.
        result: What it found.
    """

    name: str
    title: str
    date: str
    seconds: float
    quick: bool
    machine: Machine
    versions: dict[str, str]
    result: PartResult

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PartRecord:
        """Undo `to_json`."""
        found = data["result"]
        result = PartResult(
            tuple(Figure(**_tuples(item, "values")) for item in found["figures"]),
            tuple(Ratio(**_tuples(item, "values")) for item in found["ratios"]),
            tuple(Agreement(**_tuples(item, "tiles", "cells")) for item in found["agreements"]),
            tuple(found["notes"]),
        )
        return cls(**{**data, "machine": Machine(**_tuples(data["machine"], "bf16")), "result": result})

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def _tuples(item: dict[str, Any], *names: str) -> dict[str, Any]:
    return item | {name: tuple(item[name]) for name in names}


def now() -> str:
    """Date and time, UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def write_part(folder: Path, record: PartRecord) -> None:
    """Keep one part."""
    (folder / PARTS).mkdir(parents=True, exist_ok=True)
    text = json.dumps(record.to_json(), indent=1, ensure_ascii=False) + "\n"
    (folder / PARTS / f"{record.name}.json").write_text(text, encoding="utf-8")


def assemble(folder: Path, order: Sequence[str]) -> str:
    """Write `benchmark.json` and `benchmark.md` from the parts that are there; returns the page."""
    paths = [folder / PARTS / f"{name}.json" for name in order]
    records = [_read_part(path) for path in paths if path.is_file()]
    text = json.dumps({record.name: record.to_json() for record in records}, indent=1, ensure_ascii=False)
    (folder / "benchmark.json").write_text(text + "\n", encoding="utf-8")
    page = "\n\n".join(_sections(records)) + "\n"
    (folder / "benchmark.md").write_text(page, encoding="utf-8")
    return page


def _read_part(path: Path) -> PartRecord:
    try:
        return PartRecord.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: was written by another version ({error}); delete it and measure again") from error


def put_into(path: Path, page: str) -> None:
    """Replace what stands between the marks of a document.

    Raises:
        ValueError: It has no such marks.
    """
    text = path.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path}: has no lines {BEGIN} and {END}; add them where the tables should stand")
    path.write_text(f"{head}{BEGIN}\n\n{page}\n{END}{tail}", encoding="utf-8")


def _sections(records: Sequence[PartRecord]) -> list[str]:
    """The page: machine, what was asked, then part by part."""
    if not records:
        return ["Nothing was measured yet."]
    found = [_head(records)]
    asked = [row for record in records for row in _asked(record)]
    if asked:
        found += ["### What was asked", table(("part", "what", "asked", "found", "holds"), asked)]
    for record in records:
        found.append(f"### {record.title}")
        result = record.result
        if result.figures:
            header = ("on", "contestant", "what", "median", "lowest to highest", "how")
            found.append(table(header, [_figure(item) for item in result.figures]))
        if result.ratios:
            header = ("ratio (median of the turns)", "median", "lowest to highest")
            found.append(table(header, [_ratio(item) for item in result.ratios]))
        if result.agreements:
            found.append("Cosine with what the engine stored:")
            header = ("on", "contestant", "tiles: lowest", "median", "above 0.999", "cells: 1 %", "median", "tiles")
            found.append(table(header, [_agreement(item) for item in result.agreements]))
        found += ["\n".join(f"- {note}" for note in result.notes)] if result.notes else []
    return found


def _head(records: Sequence[PartRecord]) -> str:
    """Machine, versions, dates and load."""
    newest = max(records, key=lambda record: record.date)
    machine = newest.machine
    bf16 = f"bf16 ({', '.join(machine.bf16)})" if machine.bf16 else "no bf16"
    gpu = f", {machine.gpu}" if machine.gpu else ", no GPU"
    versions = ", ".join(f"{name} {number}" for name, number in newest.versions.items() if number != "not installed")
    lines = [
        f"{machine.processor}, {machine.cores} cores ({machine.threads} threads a runtime), {bf16}, "
        f"{machine.memory_gb:.0f} GB{gpu}; {machine.system}, Python {machine.python}; {versions}.",
        "Measured " + "; ".join(
            f"{item.name} {item.date[:16].replace('T', ' ')} (load {item.machine.load:.1f}, {item.seconds:.0f} s)"
            for item in records
        ) + ", UTC.",
    ]  # fmt: skip
    if any(record.machine.processor != machine.processor or record.versions != newest.versions for record in records):
        lines.append("**The parts are of different machines or versions: compare within a part only.**")
    if any(record.quick for record in records):
        lines.append("**A trial with small sizes: it shows that everything works, not how fast it is.**")
    return "\n\n".join(lines)


def _asked(record: PartRecord) -> list[tuple[str, ...]]:
    """A row for every figure and ratio of which something was asked."""
    rows = []
    for item in record.result.ratios:
        if item.holds is not None:
            bound = f"at least {item.least:g}" if item.least is not None else f"at most {item.most:g}"
            rows.append((record.name, item.name, bound, number(item.median), _yes(item.holds)))
    for figure in record.result.figures:
        if figure.holds is not None:
            what, bound = f"{figure.subject}: {figure.quantity}", f"at most {figure.most:g} {figure.unit}"
            rows.append((record.name, what, bound, f"{number(figure.median)} {figure.unit}", _yes(figure.holds)))
    return rows


def _yes(holds: bool) -> str:
    return "yes" if holds else "**no**"


def _figure(item: Figure) -> tuple[str, ...]:
    low, high = item.spread
    spread = f"{number(low)} to {number(high)}" if len(item.values) > 1 else "one run"
    return item.subject, item.contestant, item.quantity, f"{number(item.median)} {item.unit}", spread, item.note


def _ratio(item: Ratio) -> tuple[str, ...]:
    return item.name, number(item.median), f"{number(min(item.values))} to {number(max(item.values))}"


def _agreement(item: Agreement) -> tuple[str, ...]:
    tiles, cells = (tuple(f"{value:.5f}" for value in pair) for pair in (item.tiles, item.cells))
    return item.subject, item.contestant, *tiles, f"{item.equal:.1%}", *cells, str(item.compared)


def number(value: float) -> str:
    """Three digits that tell."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1 else f"{value:.3f}"



def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown; a bar inside a cell would end it, so it is escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
