"""WebDataset shards: how a sample is written, how a trainer reads it back.

A sample is three files of one key in the tar: `png`, the byte picture without loss; `mask.png`, a kind for each pixel
(indices into `training.concepts.KINDS`, 0 where nobody knows), objects painted over the ground; `json`, all that
is known in words and numbers. The same samples give the same bytes.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import shapely
import webdataset as wds
from numpy.typing import NDArray
from PIL import Image
from rasterio.features import rasterize

from training.concepts import KIND
from training.d2c import Caption
from training.mmsar.sample import PARTS, Sample

OUTLINE_DECIMALS = 2  # of a pixel


class ShardWriter:
    """One shard, under its own name only when it was closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = path.with_name(f".{path.name}.partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._temporary.open("wb")
        # one owner, one mode, one date: the same samples, the same bytes
        self._tar = wds.TarWriter(self._file, user="mmsar", group="mmsar", encoder=False, mtime=0.0)

    def write(self, sample: Sample, captions: list[Caption], facts: dict[str, Any]) -> None:
        """Add a sample.

        Args:
            sample: The picture and its objects.
            captions: Of the picture.
            facts: More fields for its json: set, part, scene, terms.
        """
        record = {**facts, **describe(sample), "captions": [caption_fields(caption) for caption in captions]}
        self._tar.write(
            {
                "__key__": key_of(sample.image.name),
                "png": _png(sample.pixels),
                "mask.png": _png(kind_mask(sample)),
                "json": json.dumps(record, ensure_ascii=False, sort_keys=True).encode(),
            }
        )

    def close(self) -> None:
        """Finish the shard and give it its name."""
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._temporary.replace(self.path)

    def discard(self) -> None:
        """Remove what there is of a shard that was not closed."""
        if not self._file.closed:
            self._tar.close()
            self._file.close()
            self._temporary.unlink()


def write_json(path: Path, content: object) -> None:
    """Write a file of JSON, whole or not at all."""
    temporary = path.with_name(f".{path.name}.partial")
    temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def key_of(name: str) -> str:
    """The key of a sample: WebDataset takes what follows the first dot for the kind of file."""
    return name.replace(".", "_")


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png", compress_level=4)  # speckle hardly shrinks beyond
    return buffer.getvalue()


def kind_mask(sample: Sample) -> NDArray[np.uint8]:
    """uint8 (H, W) of kinds: the ground, and each object's outline filled where its kind is one of the table."""
    height, width = sample.pixels.shape
    ground = sample.image.ground
    if ground is not None:
        return ground  # objects are painted into it
    mask = np.zeros((height, width), np.uint8)
    for item in sample.image.objects:
        inside = rasterize([shapely.Polygon(item.outline)], mask.shape, dtype="uint8").astype(bool)
        if not inside.any():  # thinner than a pixel
            x, y = item.centre
            inside[min(max(int(y), 0), height - 1), min(max(int(x), 0), width - 1)] = True
        mask[inside] = KIND.get(item.kind, 0)
    return mask


def describe(sample: Sample) -> dict[str, Any]:
    """What is known of a sample, as JSON holds it."""
    image = sample.image
    objects = [
        {
            "kind": item.kind,
            "label": label,
            "box": [round(value, OUTLINE_DECIMALS) for value in item.bounds],
            "outline": np.round(item.outline.astype(float), OUTLINE_DECIMALS).tolist(),
        }
        for item, label in zip(image.objects, sample.labels, strict=True)
    ]
    return {
        "name": image.name,
        "width": image.width,
        "height": image.height,
        "objects": objects,
        "complete": sorted(image.complete),
        "has_ground": image.ground is not None,
        "scene_words": list(image.scene_words),
        "gsd_m": image.gsd_m,
        "sensor": image.sensor,
        "band": image.band,
        "polarization": image.polarization,
    }


def caption_fields(caption: Caption) -> dict[str, Any]:
    """A caption as JSON holds it: text, facts as [claim, subject, value, where], negatives with what they change."""
    return {
        "text": caption.text,
        "facts": [list(fact) for fact in caption.facts],
        "negatives": [{"text": one.text, "changed": one.changed} for one in caption.negatives],
    }


@dataclass(frozen=True, eq=False)
class Example:
    """A sample as a trainer gets it.

    Attributes:
        name: "set/file".
        image: PNG bytes of the byte picture.
        captions: With text, facts and negatives, as `caption_fields` writes them.
        boxes: float32 (N, 4), x0, y0, x1, y1 in pixels.
        kinds: Of each box.
        mask: PNG bytes of the kind of each pixel.
        record: All fields of the json.
    """

    name: str
    image: bytes
    captions: list[dict[str, Any]]
    boxes: NDArray[np.float32]
    kinds: tuple[str, ...]
    mask: bytes
    record: dict[str, Any]

    def pixels(self) -> NDArray[np.uint8]:
        """The byte picture, uint8 (H, W)."""
        return np.asarray(Image.open(io.BytesIO(self.image)))

    def kind_mask(self) -> NDArray[np.uint8]:
        """The kind of each pixel, uint8 (H, W)."""
        return np.asarray(Image.open(io.BytesIO(self.mask)))


def shard_paths(folder: Path, part: str) -> list[Path]:
    """The shards of a part, in order.

    Raises:
        ValueError: The part does not exist.
        FileNotFoundError: It has no shard.
    """
    if part not in PARTS:
        raise ValueError(f"part {part!r} is none of {', '.join(PARTS)}")
    paths = sorted((folder / part).glob("*.tar"))
    if not paths:
        raise FileNotFoundError(f"no shards in {folder / part}: build them with python -m training.mmsar build")
    return paths


def read_shards(folder: Path, part: str, *, shuffle: int = 0, seed: int = 0) -> wds.WebDataset:
    """A WebDataset pipeline of `Example`s; batch, repeat and split it further as any other.

    Args:
        folder: What `python -m training.mmsar build` wrote.
        part: "train", "validation" or "test".
        shuffle: Samples to draw from at random, shards being shuffled too; 0 keeps the order.
        seed: Of the shuffling.
    """
    urls = [str(path) for path in shard_paths(folder, part)]
    pipeline = wds.WebDataset(urls, shardshuffle=len(urls) if shuffle else False, seed=seed)
    if shuffle:
        pipeline = pipeline.shuffle(shuffle, seed=seed)
    return pipeline.map(as_example)  # no webdataset decoders: some of those unpickle


class ShardLookup(Sequence[Example]):
    """The samples of some shards by number, for trainers whose batch n must not depend on the batches before it.

    Only the tars' headers are read at first; a sample is read from its file when it is asked for.

    Args:
        paths: Shards in order, see `shard_paths`.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._places: list[tuple[Path, dict[str, tuple[int, int]]]] = []
        for path in paths:
            by_key: dict[str, dict[str, tuple[int, int]]] = {}
            with tarfile.open(path) as tar:
                for member in tar:
                    folder, _, file = member.name.rpartition("/")
                    stem, _, suffix = file.partition(".")
                    by_key.setdefault(f"{folder}/{stem}", {})[suffix] = member.offset_data, member.size
            self._places += [(path, files) for files in by_key.values()]

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> list[Example]: ...
    def __getitem__(self, index: int | slice) -> Example | list[Example]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        path, files = self._places[index]
        sample = {}
        with path.open("rb") as file:
            for suffix, (offset, size) in files.items():
                file.seek(offset)
                sample[suffix] = file.read(size)
        return as_example(sample)


def as_example(sample: dict[str, Any]) -> Example:
    """The raw files of one key as an `Example`."""
    record = json.loads(sample["json"])
    boxes = np.array([item["box"] for item in record["objects"]], np.float32).reshape(-1, 4)
    kinds = tuple(item["kind"] for item in record["objects"])
    return Example(record["name"], sample["png"], record["captions"], boxes, kinds, sample["mask.png"], record)


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Only the json of each sample of a shard."""
    for sample in wds.WebDataset(str(path), shardshuffle=False, select_files=lambda name: name.endswith(".json")):
        yield json.loads(sample["json"])
