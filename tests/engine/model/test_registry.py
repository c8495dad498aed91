"""Names, files and tags become models; what a file does not say is asked for, never guessed."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import open_clip
import pytest
import safetensors.torch
import torch

from engine.errors import (
    CheckpointError,
    InputError,
    ModelNotFoundError,
    OutputError,
    OutputExistsError,
)
from engine.model import bundled, openclip, registry
from engine.model.spec import EncoderPair, Family, ModelSpec

SPEC = ModelSpec(
    name="test",
    sha256="0" * 64,
    embed_dim=8,
    tile_px=64,
    tiles_per_window=4,
    margin_px=16,
    coarse_factor=4,
    dense_stride_px=8,
    has_objectness=False,
    templates=("a {}.",),
    background=("sea",),
    logit_scale=14.0,
    stretch=(-25.0, 0.0),
    context_length=77,
)


@pytest.fixture(autouse=True)
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests away from the models of whoever runs them."""
    monkeypatch.setenv("SARCLIP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(registry, "BUNDLED_FOLDER", tmp_path / "bundled")


def clip_of(pair: EncoderPair) -> openclip.OpenClipEncoder:
    assert isinstance(pair.image, openclip.OpenClipEncoder)
    return pair.image


def activation(pair: EncoderPair) -> str:
    return type(clip_of(pair).clip.visual.transformer.resblocks[0].mlp.gelu).__name__


def test_names_and_descriptions_come_without_torch() -> None:
    code = (
        "import sys, engine.model.spec, engine.model.registry as r; r.list_models(); "
        "print([m for m in ('torch', 'open_clip', 'rasterio', 'numpy') if m in sys.modules])"
    )
    root = Path(registry.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("family", "architecture", "quick"),
    [
        ("openai", "ViT-B-32", True),
        ("openai", "RN50", True),
        ("laion", "ViT-H-14", False),
        ("laion", "ViT-B-32-quickgelu", True),
        ("remoteclip", "ViT-B-32", True),
        ("remoteclip", "ViT-L-14", True),
        ("remoteclip", "RN50", True),
        ("georsclip", "ViT-B-32", True),
        ("georsclip", "ViT-H-14", False),
        ("caesar-sarclip", "ViT-L-14", False),
        ("caesar-sarclip", "RN101", True),
    ],
)
def test_activations_of_the_families(family: str, architecture: str, quick: bool) -> None:
    assert registry.FAMILIES[family].uses_quick_gelu(architecture) is quick


def test_families_are_complete() -> None:
    for name, family in registry.FAMILIES.items():
        assert name == family.name
        assert family.about
        assert all(template.count("{}") == 1 for template in family.templates)
    assert registry.FAMILIES["caesar-sarclip"].stretch == (-25.0, 0.0)
    assert registry.OWN_FAMILY not in registry.FAMILIES


def test_add_list_show_check_load(vit_file: Path) -> None:
    added = registry.add(vit_file, "mine", "remoteclip")
    assert added.architecture == "tiny-vit"
    assert added.file == vit_file
    assert registry.list_models() == [added]
    assert registry.show("mine") == added
    assert [path.name for path in registry.models_folder().iterdir()] == ["mine.json"], "nothing is copied"
    for pair in (registry.check("mine"), registry.load("mine")):
        assert (pair.spec.name, pair.spec.sha256) == ("mine", added.sha256)
        assert activation(pair) == "QuickGELU"


def test_taken_names(vit_file: Path, tmp_path: Path) -> None:
    registry.add(vit_file, "mine", "remoteclip")
    with pytest.raises(OutputExistsError, match="--overwrite"):
        registry.add(vit_file, "mine", "laion")
    assert registry.add(vit_file, "mine", "laion", overwrite=True).family == "laion"
    (tmp_path / "bundled").mkdir()
    (tmp_path / "bundled" / "mine.safetensors").touch()
    with pytest.raises(OutputExistsError, match="choose another"):
        registry.add(vit_file, "mine", "openai", overwrite=True)
    assert [entry.bundled for entry in registry.list_models()] == [True]


@pytest.mark.parametrize("name", ["", "a b", "../evil", "a/b", ".hidden", "船"])
def test_names_that_cannot_be_files_are_refused(name: str, vit_file: Path) -> None:
    with pytest.raises(InputError, match="model name"):
        registry.add(vit_file, name, "laion")


def test_what_cannot_be_loaded_is_not_added(vit_file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"family 'siglip'.*openai"):
        registry.add(vit_file, "mine", "siglip")
    with pytest.raises(CheckpointError, match="another architecture"):
        registry.add(vit_file, "mine", "laion", "tiny-resnet")
    vit_file.write_bytes(vit_file.read_bytes()[:1000])
    with pytest.raises(CheckpointError):
        registry.add(vit_file, "mine", "laion")
    assert registry.list_models() == []
    with pytest.raises(ModelNotFoundError, match="no such file"):
        registry.add(tmp_path / "none.pt", "mine", "laion")


def test_a_folder_that_cannot_be_written(vit_file: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="SARCLIP_HOME"):
        registry.add(vit_file, "mine", "laion")


def test_a_changed_file_is_refused(vit_file: Path) -> None:
    registry.add(vit_file, "mine", "laion")
    content = bytearray(vit_file.read_bytes())
    content[len(content) // 2] ^= 1
    vit_file.write_bytes(content)
    for load in (registry.check, registry.load):
        with pytest.raises(CheckpointError, match="sha256"):
            load("mine")


def test_a_file_gone_is_named(vit_file: Path) -> None:
    registry.add(vit_file, "mine", "laion")
    vit_file.unlink()
    with pytest.raises(ModelNotFoundError, match=r"vit\.pt: no such file"):
        registry.check("mine")


def test_a_file_needs_its_family(vit_file: Path) -> None:
    with pytest.raises(InputError, match=r"--family openai\|laion.*vit\.json"):
        registry.load(vit_file)
    assert activation(registry.load(vit_file, family="openai")) == "QuickGELU"
    assert activation(registry.load(str(vit_file), family="laion")) == "GELU"


def test_a_sidecar_says_the_family(vit_file: Path) -> None:
    vit_file.with_suffix(".json").write_text('{"family": "caesar-sarclip", "name": "theirs"}')
    pair = registry.load(vit_file)
    assert pair.spec.name == "theirs"
    assert pair.spec.stretch == (-25.0, 0.0)
    assert clip_of(pair).mean.flatten().tolist() == [0.5, 0.5, 0.5]
    vit_file.with_suffix(".json").write_text('{"family": "caesar-sarclip", "name": "a b"}')
    with pytest.raises(CheckpointError, match=r"vit\.json.*'a b'"):
        registry.load(vit_file)
    vit_file.with_suffix(".json").write_text('{"learning_rate": 0.1}')
    with pytest.raises(CheckpointError, match='has no "family"'):
        registry.load(vit_file)


def test_a_registered_model_has_its_own_family(vit_file: Path) -> None:
    registry.add(vit_file, "mine", "laion")
    with pytest.raises(InputError, match="leave them out"):
        registry.load("mine", family="openai")


def test_unknown_names_say_what_there_is(vit_file: Path, tmp_path: Path) -> None:
    registry.add(vit_file, "mine", "laion")
    with pytest.raises(ModelNotFoundError, match=r"'yours': not registered.*mine"):
        registry.load("yours")
    with pytest.raises(ModelNotFoundError, match="sarclip-s"):
        registry.load()
    with pytest.raises(ModelNotFoundError, match="no such file"):
        registry.load(tmp_path / "none.safetensors")
    with pytest.raises(ModelNotFoundError, match="laion2b_s34b_b79k"):
        registry.load("ViT-B-32/none")


def test_a_broken_entry_spoils_no_other(vit_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    good = registry.add(vit_file, "mine", "laion")
    (registry.models_folder() / "broken.json").write_text("{")
    (registry.models_folder() / "list.json").write_text("[]")
    wrong: dict[str, dict[str, object]] = {
        "name": {"name": "a b"}, "file": {"file": 3}, "null": {"file": None}, "nul": {"file": "\0"},
    }  # fmt: skip
    for name, fields in wrong.items():
        text = json.dumps({"family": "laion", **fields})
        (registry.models_folder() / f"{name}.json").write_text(text)
    assert registry.list_models() == [good]
    for name in ("broken", "list", *wrong):
        assert f"{name}.json" in caplog.text


def test_relative_files_are_meant_from_the_entry(vit_file: Path) -> None:
    """So that a folder of models can be moved or shared."""
    folder = registry.models_folder()
    folder.mkdir(parents=True)
    shutil.move(vit_file, folder / "small.pt")
    (folder / "small.json").write_text(json.dumps({"family": "laion", "file": "small.pt"}))
    (entry,) = registry.list_models()
    assert (entry.name, entry.file, entry.bundled) == ("small", folder / "small.pt", False)
    assert registry.load("small").spec.name == "small"


@pytest.fixture
def own_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load models of this project without weights: what is tested here is the way to them."""

    def load(_: Path, *, name: str, sha256: str) -> EncoderPair:
        return EncoderPair(replace(SPEC, name=name, sha256=sha256), None, lambda: None)  # type: ignore[arg-type]

    monkeypatch.setattr(bundled, "load", load)


def save_own(path: Path, value: float = 0.0) -> str:
    """Write a file that says it is of this project; returns its digest."""
    path.parent.mkdir(exist_ok=True)
    content = {"weight": torch.full((3,), value)}
    safetensors.torch.save_file(content, path, metadata={"format": bundled.FORMAT})
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.usefixtures("own_format")
def test_a_bundled_model_is_found_and_its_digest_checked(tmp_path: Path) -> None:
    file = tmp_path / "bundled" / f"{registry.DEFAULT_MODEL}.safetensors"
    digest = save_own(file)
    assert registry.load().spec.name == registry.DEFAULT_MODEL
    file.with_suffix(".sha256").write_text(f"{digest}  {file.name}\n")
    assert registry.show(registry.DEFAULT_MODEL).sha256 == digest
    assert registry.check(registry.DEFAULT_MODEL).spec.sha256 == digest
    save_own(file, 1.0)
    with pytest.raises(CheckpointError, match="sha256"):
        registry.load()


@pytest.mark.usefixtures("own_format")
def test_a_file_of_this_project_needs_no_family(tmp_path: Path) -> None:
    digest = save_own(tmp_path / "ours.safetensors")
    assert registry.load(tmp_path / "ours.safetensors").spec.name == "ours"
    entry = registry.add(tmp_path / "ours.safetensors", "trained")
    assert (entry.family, entry.architecture, entry.sha256) == (registry.OWN_FAMILY, "", digest)
    assert registry.load("trained").spec.name == "trained"


def test_a_tag_brings_its_own_facts(vit_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What open_clip knows of a tag is used: statistics and activation, not a family's."""
    config = {"mean": (0.1, 0.2, 0.3), "std": (0.5, 0.6, 0.7), "quick_gelu": True}
    monkeypatch.setattr(open_clip, "get_pretrained_cfg", lambda *_: config)
    monkeypatch.setattr(open_clip, "download_pretrained", lambda *_: str(vit_file))
    pair = registry.load("tiny-vit/some_tag")
    assert pair.spec.name == "tiny-vit-some_tag"
    assert activation(pair) == "QuickGELU"
    assert clip_of(pair).mean.flatten().tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert clip_of(pair).std.flatten().tolist() == pytest.approx([0.5, 0.6, 0.7])


def test_a_tag_without_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object) -> str:
        raise FileNotFoundError("no connection")

    monkeypatch.setattr(open_clip, "download_pretrained", offline)
    with pytest.raises(ModelNotFoundError, match="network"):
        registry.load("ViT-B-32/laion2b_s34b_b79k")


def test_the_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.models_folder() == tmp_path / "home" / "models"
    monkeypatch.delenv("SARCLIP_HOME")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert registry.models_folder() == tmp_path / "data" / "sarclip" / "models"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a b"),
        ("sha256", "abc"),
        ("embed_dim", 0),
        ("tile_px", 60),
        ("tiles_per_window", -1),
        ("margin_px", 12),
        ("margin_px", -8),
        ("coarse_factor", 0),
        ("dense_stride_px", 0),
        ("templates", ()),
        ("templates", ("no place",)),
        ("background", (" ",)),
        ("logit_scale", float("nan")),
        ("logit_scale", 0.0),
        ("stretch", (0.0, -25.0)),
        ("stretch", (float("-inf"), 0.0)),
        ("context_length", 0),
        ("stretch_unit", "Np"),
    ],
)
def test_a_spec_refuses_wrong_values_by_name(field: str, value: object) -> None:
    with pytest.raises(InputError) as caught:
        replace(SPEC, **{field: value})
    assert field in str(caught.value)
    assert repr(value) in str(caught.value)


def test_a_window_is_tiles_and_margins() -> None:
    assert SPEC.window_px == 4 * 64 + 2 * 16


def test_a_family_refuses_to_divide_by_zero() -> None:
    with pytest.raises(InputError, match="std"):
        Family("odd", "", (0.5,) * 3, (0.5, 0.0, 0.5), (), ("a {}",), ("sea",))
