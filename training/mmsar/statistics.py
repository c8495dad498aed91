"""Counts over all shards of a build, from their json alone."""

from __future__ import annotations

import statistics as numbers
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.mmsar.sample import PARTS
from training.mmsar.shards import read_records

MANY = 11  # as in captions: from here on, one bin


@dataclass
class PartCounts:
    """What one part of the build holds. Bins are strings, so that JSON and memory agree.

    Attributes:
        pictures: By data set.
        objects: By kind.
        labels: Objects by class name as the sets spell it, where that is another than the kind.
        per_picture: By kind, how many pictures show so many of it; only of kinds annotated without exception.
        sides_px: Pictures by longer side, in bins that double.
        object_px: Objects by longer side of the upright box, in bins that double.
        gsd_m: Pictures by metres a pixel.
        sensors: Pictures by sensor, band and polarisation.
        caption_words: Captions by number of words.
        captions: All captions.
        distinct: Different texts among them.
        negatives: By what they change.
        wordless: Pictures of which every caption says nothing.
        scenes: Different scenes.
    """

    pictures: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    per_picture: dict[str, Counter[str]] = field(default_factory=dict)
    sides_px: Counter[str] = field(default_factory=Counter)
    object_px: Counter[str] = field(default_factory=Counter)
    gsd_m: Counter[str] = field(default_factory=Counter)
    sensors: Counter[str] = field(default_factory=Counter)
    caption_words: Counter[str] = field(default_factory=Counter)
    captions: int = 0
    distinct: int = 0
    negatives: Counter[str] = field(default_factory=Counter)
    wordless: int = 0
    scenes: int = 0


def gather(folder: Path) -> dict[str, PartCounts]:
    """Counts of each part below `folder`; a part without shards is left out."""
    found = {}
    for part in PARTS:
        paths = sorted((folder / part).glob("*.tar"))
        if paths:
            found[part] = _count(paths)
    return found


def _count(paths: list[Path]) -> PartCounts:
    counts = PartCounts()
    texts: set[str] = set()
    scenes: set[tuple[str, str]] = set()
    for path in paths:
        for record in read_records(path):
            scenes.add((record["set"], record["scene"]))
            texts.update(caption["text"] for caption in record["captions"])
            _add(counts, record)
    counts.distinct, counts.scenes = len(texts), len(scenes)
    return counts


def _add(counts: PartCounts, record: dict[str, Any]) -> None:
    counts.pictures[record["set"]] += 1
    counts.sides_px[_doubling(max(record["width"], record["height"]))] += 1
    counts.gsd_m["unknown" if record["gsd_m"] is None else f"{record['gsd_m']:g}"] += 1
    known = [record[key] for key in ("sensor", "band", "polarization") if record[key]]
    counts.sensors[" ".join(known) or "unknown"] += 1
    kinds = Counter(item["kind"] for item in record["objects"])
    counts.objects.update(kinds)
    counts.labels.update(item["label"] for item in record["objects"] if item["label"] != item["kind"])
    for kind in record["complete"]:
        number = kinds[kind]
        counts.per_picture.setdefault(kind, Counter())[f"{MANY}+" if number >= MANY else str(number)] += 1
    for item in record["objects"]:
        x0, y0, x1, y1 = item["box"]
        counts.object_px[_doubling(max(x1 - x0, y1 - y0))] += 1
    for caption in record["captions"]:
        counts.captions += 1
        counts.caption_words[str(len(caption["text"].split()))] += 1
        counts.negatives.update(negative["changed"] for negative in caption["negatives"])
    counts.wordless += not any(caption["facts"] for caption in record["captions"])


def _doubling(pixels: float) -> str:
    """The bin of a size: "64-127"."""
    low = 1
    while low * 2 <= pixels:
        low *= 2
    return f"{low}-{2 * low - 1}"


def mean_of(histogram: Counter[str]) -> float:
    """Mean of a histogram over whole numbers."""
    return numbers.fmean([int(key) for key, times in histogram.items() for _ in range(times)]) if histogram else 0.0


def ordered(histogram: Counter[str]) -> list[tuple[str, int]]:
    """Bins in the order of the numbers they begin with; words come last, the commonest first."""

    def place(entry: tuple[str, int]) -> tuple[int, float, int]:
        head = entry[0].split("-")[0].rstrip("+")
        try:
            return 0, float(head), 0
        except ValueError:
            return 1, 0.0, -entry[1]

    return sorted(histogram.items(), key=place)
