"""From data sets on this machine to shards: fingerprints, duplicates, captions, tars.

Every step leaves whole files under their final names and skips those it finds, so that a build that was killed goes
on where it was. One picture at a time is in memory, beside 1.1 kB a picture of fingerprints.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import training.concepts
import training.d2c
from training.d2c import captions
from training.mmsar.duplicates import MAX_DISTANCE, MIN_CORRELATION, Dropped, Prints, across_parts
from training.mmsar.index import Index, make_index
from training.mmsar.sample import PARTS, Item, Source
from training.mmsar.shards import ShardWriter, write_json

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Settings:
    """What a build is made with; another choice is another data set."""

    seed: int = 0
    captions_each: int = 5
    shard_items: int = 500  # pictures in a shard

    def __post_init__(self) -> None:
        """Refuse numbers that make no data set."""
        if self.captions_each < 1 or self.shard_items < 1:
            raise ValueError(f"captions_each {self.captions_each} and shard_items {self.shard_items} must be positive")


def build(sources: Sequence[Source], out: Path, settings: Settings | None = None) -> dict[str, Any]:
    """Write the shards of `sources` below `out`, with `mmsar.json`, which says what they hold.

    Args:
        sources: Each with a name of its own.
        out: Made if need be. What an earlier build of the same sources and settings left there is kept.
        settings: Of the build.

    Returns:
        The contents of `mmsar.json`.

    Raises:
        ValueError: No sources, two pictures of one name, a scene in two parts, or `out` holds another build.
    """
    settings = settings or Settings()
    if not sources:
        raise ValueError("no data set was found: give --data or --set NAME=FOLDER")
    out.mkdir(parents=True, exist_ok=True)
    index = make_index(sources, out / "index")
    check_scenes(index)
    plan = _plan(index, sources, settings)
    _claim(out, plan)
    dropped = find_dropped(index, out / "duplicates.json")
    homes = assign(index, {one.name for one in dropped}, settings)
    write_shards(sources, homes, out, settings)
    manifest = {**plan, "dropped": len(dropped), "shards": _shard_table(homes, out)}
    write_json(out / "mmsar.json", manifest)
    return manifest


def check_scenes(index: Index) -> None:
    """Refuse sources that put one scene into two parts."""
    seen: dict[tuple[str, str], str] = {}
    for source, scene, part in zip(index.sources, index.scenes, index.parts, strict=True):
        first = seen.setdefault((source, scene), part)
        if first != part:
            both = f"both {first} and {part}"
            raise ValueError(f"{source}: scene {scene!r} is in {both}; its split rule must keep it whole")


def find_dropped(index: Index, path: Path) -> list[Dropped]:
    """What is left out: exact repeats within a part, and likenesses across parts; kept in a file beside the shards."""
    fingerprint = _digest([*index.names, *index.parts, *index.digests, MAX_DISTANCE, MIN_CORRELATION])
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["of"] == fingerprint:
            return [Dropped(**entry) for entry in found["dropped"]]
    dropped = _exact_repeats(index)
    gone = {one.name for one in dropped}
    rows = {
        part: [row for row, name in enumerate(index.names) if index.parts[row] == part and name not in gone]
        for part in PARTS
    }
    dropped += across_parts(
        {part: [index.names[row] for row in rows[part]] for part in PARTS},
        {part: Prints(index.prints.hashes[rows[part]], index.prints.thumbnails[rows[part]]) for part in PARTS},
        PARTS,
    )
    dropped.sort(key=lambda one: one.name)
    write_json(path, {"of": fingerprint, "dropped": [asdict(one) for one in dropped]})
    return dropped


def _exact_repeats(index: Index) -> list[Dropped]:
    """Pictures equal to the last byte to an earlier one of their part."""
    first: dict[tuple[str, str], str] = {}
    repeats = []
    for name, part, digest in zip(index.names, index.parts, index.digests, strict=True):
        kept = first.setdefault((part, digest), name)
        if kept != name:
            repeats.append(Dropped(name, kept, 1.0))
    return repeats


def assign(index: Index, dropped: set[str], settings: Settings) -> dict[str, str]:
    """The shard of each picture that is kept, "part/source-number.tar", by name in the order of the sources."""
    placed: Counter[tuple[str, str]] = Counter()
    homes = {}
    for name, part, source in zip(index.names, index.parts, index.sources, strict=True):
        if name not in dropped:
            homes[name] = f"{part}/{source}-{placed[part, source] // settings.shard_items:05d}.tar"
            placed[part, source] += 1
    return homes


def write_shards(sources: Sequence[Source], homes: Mapping[str, str], out: Path, settings: Settings) -> None:
    """Write the shards that are not there yet; a picture of one that is there is not read again."""
    last_of = {home: name for name, home in homes.items()}
    for source in sources:
        with ExitStack() as stack:
            open_shards: dict[str, ShardWriter] = {}
            for item in source.items():
                home = homes.get(item.name)
                if home is None or (home not in open_shards and (out / home).exists()):
                    continue
                if home not in open_shards:
                    open_shards[home] = ShardWriter(out / home)
                    stack.callback(open_shards[home].discard)  # nothing, once closed
                _write(open_shards[home], item, source, settings)
                if last_of[home] == item.name:
                    open_shards.pop(home).close()
                    logger.info("wrote %s", home)


def _write(shard: ShardWriter, item: Item, source: Source, settings: Settings) -> None:
    sample = item.load()
    made = captions(sample.image, generator(item.name, settings.seed), settings.captions_each)
    shard.write(sample, made, {"set": source.name, "part": item.part, "scene": item.scene, "terms": source.terms})


def generator(name: str, seed: int) -> np.random.Generator:
    """Random numbers of one picture, whatever else is built and in whatever order."""
    return np.random.default_rng([seed, int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")])


def _digest(values: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()


def _plan(index: Index, sources: Sequence[Source], settings: Settings) -> dict[str, Any]:
    pictures = Counter(zip(index.sources, index.parts, strict=True))
    listing = list(zip(index.names, index.parts, index.digests, strict=True))
    return {
        "format_version": FORMAT_VERSION,
        **asdict(settings),
        "duplicates": {"max_distance_bits": MAX_DISTANCE, "min_correlation": MIN_CORRELATION},
        "caption_code": _caption_code(),
        "sets": {
            source.name: {
                "terms": source.terms,
                "pictures": {part: pictures[source.name, part] for part in PARTS},
                "digest": _digest([row for row, of in zip(listing, index.sources, strict=True) if of == source.name]),
            }
            for source in sources
        },
    }


def _caption_code() -> str:
    """Digest of the code that writes captions: shards of another grammar do not belong beside these."""
    folder = Path(training.d2c.__file__).parent
    files = [*sorted(folder.glob("*.py")), Path(training.concepts.__file__)]
    return _digest([file.read_text(encoding="utf-8") for file in files])


def _claim(out: Path, plan: dict[str, Any]) -> None:
    """Mark the folder as this build's; refuse one that holds another's."""
    path = out / "plan.json"
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        differing = [key for key in plan if found.get(key) != plan[key]]
        if differing:
            what = ", ".join(differing)
            raise ValueError(f"{out} holds a build that differs in {what}: remove it or choose another folder")
    write_json(path, plan)


def _shard_table(homes: Mapping[str, str], out: Path) -> list[dict[str, Any]]:
    """Name, pictures, bytes and sha256 of every shard."""
    pictures = Counter(homes.values())
    return [
        {
            "file": home,
            "pictures": pictures[home],
            "bytes": (out / home).stat().st_size,
            "sha256": _file_digest(out / home),
        }
        for home in sorted(pictures)
    ]


def _file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
