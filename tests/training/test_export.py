"""From a trained module to the file: nothing is lost but bytes."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import nn

from engine.model import bundled
from engine.model.anyreader import AnyReader, AnyReaderConfig
from engine.model.towers import ImageTower
from tests import tiny
from training.export import export, sort_dimensions

SHA256 = "0" * 64


@pytest.fixture
def reader() -> AnyReader:
    torch.manual_seed(1)
    reader = AnyReader(AnyReaderConfig(tiny.IMAGE.embed_dim)).eval()
    nn.init.normal_(reader.residual.weight, std=0.3)
    return reader


def test_the_file_holds_all_parts(tmp_path: Path) -> None:
    with safe_open(tiny.model_file(tmp_path), framework="pt") as file:
        metadata, names = file.metadata(), set(file.keys())
    assert metadata["format"] == bundled.FORMAT
    assert json.loads(metadata["settings"])["tile_px"] == tiny.SETTINGS.tile_px
    assert json.loads(metadata["reader"])["embed_dim"] == tiny.IMAGE.embed_dim
    assert metadata["vocabulary"].split("\n") == list(tiny.VOCABULARY)
    assert {name.split(".")[0] for name in names} == {"image", "text", "reader"}
    assert "text.sentences.words.weight:int4" in names, "most of the bytes are word vectors"
    assert not any("running_mean" in name for name in names), "normalisations are folded in"


def test_a_trained_reader_travels(tmp_path: Path, reader: AnyReader) -> None:
    tower = tiny.image_tower()
    path = export(tower, tiny.text_tower(), tiny.SETTINGS, tmp_path / "m.safetensors", reader)
    loaded = bundled.load(path, name="m", sha256=SHA256).reader
    assert loaded is not None
    views = nn.functional.normalize(torch.randn(1, 6, tiny.IMAGE.embed_dim), dim=-1)
    places, weight = torch.rand(1, 6, 3), torch.rand(1, 6)
    with torch.inference_mode():
        assert float(loaded(views, places, weight) @ reader(views, places, weight).T) > 0.999


def test_exporting_twice_gives_the_same_model(tmp_path: Path) -> None:
    """But for the order of the header's metadata, which safetensors draws anew each time."""
    (tmp_path / "again").mkdir()
    first, second = tiny.model_file(tmp_path), tiny.model_file(tmp_path / "again")
    assert header_and_tensors(first) == header_and_tensors(second)


def header_and_tensors(path: Path) -> tuple[dict[str, Any], bytes]:
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def test_sorted_dimensions_keep_every_cosine() -> None:
    image, text = tiny.image_tower(), tiny.text_tower()
    turned, turned_text = copy.deepcopy(image), copy.deepcopy(text)
    sort_dimensions(turned, turned_text, [tiny.tensor(2, 64, 96, seed) for seed in range(2)])
    pixels, texts = tiny.tensor(1, 64, 96, seed=5), ["ship", "open sea", "town near the harbor"]

    def cosines(image: ImageTower, text: tiny.TextTower) -> torch.Tensor:
        found, prompts = image(pixels), text.encode_text(texts)
        tiles = image.pool(found.pyramid, torch.ones(1, 8, 12), 32)
        return torch.cat([(prompts @ part.flatten(2)[0]) for part in (found.dense, tiles)], dim=1)

    with torch.inference_mode():
        assert torch.allclose(cosines(image, text), cosines(turned, turned_text), atol=1e-5)
        vectors = turned(tiny.tensor(2, 64, 96, seed=1)).dense.movedim(1, -1).flatten(0, 2)
        energy = vectors.pow(2).mean(0)
    assert float(energy[:4].sum()) > 0.6 > 4 / tiny.IMAGE.embed_dim
    assert energy.argmax() == 0
