"""The file format of the bundled models: what was exported is what is loaded, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from engine.errors import CheckpointError
from engine.model import bundled, registry
from engine.model.look import seen
from engine.model.text import TextTower
from engine.model.towers import ImageTower, fuse
from tests import tiny

SHA256 = "0" * 64


@pytest.fixture(scope="module")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model_file(tmp_path_factory.mktemp("model"))


def rewritten(source: Path, target: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Path:
    """The file with its metadata and tensors changed."""
    with safe_open(source, framework="pt") as file:
        metadata, tensors = dict(file.metadata()), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    change(metadata, tensors)
    save_file(tensors, target, metadata)
    return target


def test_the_description_is_that_of_the_export(model_path: Path) -> None:
    spec = bundled.load(model_path, name="tiny", sha256=SHA256).spec
    assert (spec.name, spec.sha256, spec.embed_dim) == ("tiny", SHA256, tiny.IMAGE.embed_dim)
    assert (spec.tile_px, spec.tiles_per_window, spec.margin_px, spec.coarse_factor) == (64, 3, 32, 4)
    assert (spec.templates, spec.background) == (tiny.SETTINGS.templates, tiny.SETTINGS.background)
    assert spec.logit_scale == tiny.SETTINGS.logit_scale
    assert spec.context_length == tiny.TEXT.context_length
    assert spec.has_objectness


def test_the_towers_give_what_they_gave_before(model_path: Path) -> None:
    pair = bundled.load(model_path, name="tiny", sha256=SHA256)
    assert isinstance(pair.image, ImageTower)
    assert isinstance(pair.text, TextTower)
    pixels, texts = tiny.tensor(2, 64, 96), ["ships near the harbor", "open sea"]
    with torch.inference_mode():
        expected, found = fuse(tiny.image_tower())(pixels), pair.image(pixels)
        assert float((expected.dense * found.dense).sum(1).min()) > 0.995
        assert float((expected.objectness - found.objectness).abs().max()) < 0.1
        similar = (tiny.text_tower().encode_text(texts) * pair.text.encode_text(texts)).sum(1)
    assert float(similar.min()) > 0.97  # word vectors have sixteen levels


def test_a_second_look_travels_with_its_model(model_path: Path, tmp_path: Path) -> None:
    assert bundled.load(model_path, name="tiny", sha256=SHA256).look is None
    found = bundled.load(tiny.looking_file(tmp_path), name="looking", sha256=SHA256).look
    assert found is not None
    assert found.config == tiny.LOOK
    pixels, tower = tiny.tensor(2, 64, 96), tiny.image_tower()
    with torch.inference_mode():
        _, start = seen(tower, pixels)
        expected, given = (each.read(start)[1] for each in (fuse(tiny.look()), found))
    assert expected.std() > 0.01
    assert float((expected - given).abs().max()) < 0.05 * float(expected.abs().max())


def test_an_untrained_reader_stays_exactly_so(model_path: Path) -> None:
    reader = bundled.load(model_path, name="tiny", sha256=SHA256).reader
    assert reader is not None
    assert not reader.residual.weight.any()
    assert not any(parameter.requires_grad for parameter in reader.parameters())


def test_the_registry_takes_the_file_as_it_is(model_path: Path) -> None:
    spec = registry.load(model_path).spec
    assert spec.name == "tiny"
    assert spec.sha256 != SHA256


def one_line(error: pytest.ExceptionInfo[CheckpointError], path: Path) -> str:
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_refused(model_path: Path, tmp_path: Path, share: float) -> None:
    path = tmp_path / "cut.safetensors"
    content = model_path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(CheckpointError, match="not a readable safetensors file") as error:
        bundled.load(path, name="cut", sha256=SHA256)
    one_line(error, path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gone.safetensors"
    with pytest.raises(CheckpointError) as error:
        bundled.load(path, name="gone", sha256=SHA256)
    one_line(error, path)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"format": "sarclip-bundled-9"}])
def test_another_format_is_refused(tmp_path: Path, metadata: dict[str, str] | None) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"weight": torch.zeros(2, 3)}, path, metadata)
    with pytest.raises(CheckpointError, match="has format") as error:
        bundled.load(path, name="other", sha256=SHA256)
    one_line(error, path)


def set_field(part: str, field: str, value: object) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    """A change of one field of the description."""

    def change(metadata: dict[str, Any], _: dict[str, Any]) -> None:
        metadata[part] = json.dumps({**json.loads(metadata[part]), field: value})

    return change


DAMAGES: dict[str, Callable[[dict[str, Any], dict[str, Any]], Any]] = {
    "wider image tower": set_field("image", "pyramid", 16),
    "too few stages": set_field("image", "widths", [4, 8, 8]),
    "unknown setting": set_field("settings", "colour", "red"),
    "no template": set_field("settings", "templates", []),
    "margin off the lattice": set_field("settings", "margin_px", 33),
    "more text layers": set_field("text", "layers", 3),
    "a word piece more": lambda metadata, _: metadata.update(vocabulary=metadata["vocabulary"] + "\nextra"),
    "no JSON": lambda metadata, _: metadata.update(settings="{"),
    "settings absent": lambda metadata, _: metadata.pop("settings"),
    "a tensor absent": lambda _, tensors: tensors.pop("image.objects.bias"),
    "a scale absent": lambda _, tensors: tensors.pop("text.sentences.words.weight:scale"),
    "a tensor too many": lambda _, tensors: tensors.update({"image.other": torch.zeros(3)}),
}


def test_a_look_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    source = tiny.looking_file(tmp_path)
    path = rewritten(source, tmp_path / "damaged.safetensors", set_field("look", "pool_width", 7))
    with pytest.raises(CheckpointError, match="does not fit its own description") as error:
        bundled.load(path, name="damaged", sha256=SHA256)
    one_line(error, path)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_does_not_fit_its_description_is_refused(
    model_path: Path, tmp_path: Path, damage: str
) -> None:
    path = rewritten(model_path, tmp_path / "damaged.safetensors", DAMAGES[damage])
    with pytest.raises(CheckpointError, match="does not fit its own description") as error:
        _ = bundled.load(path, name="damaged", sha256=SHA256).text  # made last
    assert len(one_line(error, path)) < 400
