"""Whatever is wrong: exit status 2, one line that names it and its remedy, nothing half-written."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import torch
from safetensors.torch import save_file

from engine.errors import SceneError
from engine.raster import open_scene
from tests.conftest import ROOT
from tests.engine.shell import Said, Shell, lines_of_defect, listing
from tests.engine.worlds import noise, world, write_scene

BUNDLED = ROOT / "resources" / "models" / "sarclip-s.safetensors"
WORDS = ("sea", "town")


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return write_scene(tmp_path / "scene.tif", world())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "found.gpkg"


def target_of(command: str, out: Path) -> Path:
    """The output that a command can write."""
    return out.with_suffix(".tif") if command == "heatmap" else out


def refused(said: Said, *words: str) -> str:
    """The one line, which has the words."""
    assert said.status == 2, said
    assert not lines_of_defect(said)
    assert len(said.lines) == 1, said.err
    assert said.out == ""
    for word in words:
        assert word in said.err
    return said.err


def missing(folder: Path) -> Path:
    return folder / "missing.tif"


def directory(folder: Path) -> Path:
    (folder / "directory.tif").mkdir()
    return folder / "directory.tif"


def text(folder: Path) -> Path:
    (folder / "text.tif").write_text("I am no raster.\n" * 10)
    return folder / "text.tif"


def empty(folder: Path) -> Path:
    (folder / "empty.tif").touch()
    return folder / "empty.tif"


def truncated_header(folder: Path) -> Path:
    path = write_scene(folder / "header.tif", noise())
    path.write_bytes(path.read_bytes()[:100])
    return path


def truncated_pixels(folder: Path) -> Path:
    path = write_scene(folder / "pixels.tif", noise(700, 900))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


def no_bands(folder: Path) -> Path:
    path = folder / "bands.vrt"
    path.write_text('<VRTDataset rasterXSize="20" rasterYSize="10"></VRTDataset>')
    return path


SCENES: list[Callable[[Path], Path]] = [
    missing, directory, text, empty, truncated_header, truncated_pixels, no_bands
]  # fmt: skip


@pytest.mark.parametrize("make", SCENES, ids=[make.__name__ for make in SCENES])
@pytest.mark.parametrize("command", ["info", "encode", "label", "heatmap", "count"])
def test_scenes_that_are_none(
    make: Callable[[Path], Path], command: str, tmp_path: Path, out: Path, sarclip: Shell
) -> None:
    path = make(tmp_path)
    before = listing(tmp_path)
    asked = () if command in ("info", "encode") else (*WORDS, "-o", target_of(command, out))
    cache = () if command == "info" else ("--cache", tmp_path.parent / f"{tmp_path.name}-cache")
    refused(sarclip(command, path, *asked, *cache), path.name)
    assert listing(tmp_path) == before


@pytest.mark.parametrize("band", ["2", "0", "-1", "HV", "nonsense", ""])
def test_no_such_band(band: str, scene: Path, out: Path, sarclip: Shell) -> None:
    before = listing(out.parent)
    refused(sarclip("label", scene, *WORDS, "-o", out, "--band", band), "band", str(scene))
    assert listing(out.parent) == before


def test_scene_without_a_valid_pixel_labels_nothing_and_says_so(tmp_path: Path, out: Path, sarclip: Shell) -> None:
    for name, pixels in (
        ("zero.tif", np.zeros((90, 140), np.uint8)),
        ("nan.tif", np.full((90, 140), np.nan, np.float32)),
        ("inf.tif", np.full((90, 140), -np.inf, np.float32)),
    ):
        path = write_scene(tmp_path / name, pixels)
        for command, target in (("label", out), ("count", out), ("heatmap", out.with_suffix(".tif"))):
            said = sarclip(command, path, *WORDS, "-o", target, "--overwrite", fake=False)
            assert said.status == 0 and not lines_of_defect(said)
            assert any("no valid pixel" in line for line in said.lines)
        assert len(pyogrio.read_dataframe(out, layer="tiles")) == 0
        assert "no pixel is valid" in sarclip("info", path).out


def test_real_nodata_scene(data_dir: Path, out: Path, sarclip: Shell) -> None:
    path = next((data_dir / "sentinel1" / "floods").glob("*Paraguay*[!r].tif"), None)
    if path is None or "water" in path.name:
        pytest.skip("no chip of Paraguay")
    said = sarclip("label", path, *WORDS, "-o", out, fake=False)
    assert said.status == 0 and "no valid pixel" in said.err
    assert len(pyogrio.read_dataframe(out, layer="tiles")) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1), (7, 9), (40, 33)])
def test_small_and_thin_scenes_are_fine(shape: tuple[int, int], tmp_path: Path, out: Path, sarclip: Shell) -> None:
    path = write_scene(tmp_path / "small.tif", np.full(shape, 30, np.uint8), tiled=False)
    for fake in (True, False):
        said = sarclip("count", path, "ship", "-o", out, "--overwrite", fake=fake)
        assert said.status == 0, said
        assert len(gpd.read_file(out, layer="tiles")) >= 1
    assert sarclip("heatmap", path, "sea", "-o", out.with_suffix(".tif")).status == 0


def test_nan_and_infinity_inside_are_fine(tmp_path: Path, out: Path, sarclip: Shell) -> None:
    values = np.random.default_rng(0).normal(-12, 3, (150, 260)).astype(np.float32)
    values[:40, :70], values[100:, 200:], values[60, 60] = np.nan, -np.inf, np.inf
    path = write_scene(tmp_path / "holes.tif", values, nodata=None)
    said = sarclip("label", path, *WORDS, "-o", out, fake=False)
    assert said.status == 0 and not lines_of_defect(said) and "RuntimeWarning" not in said.err


@pytest.mark.parametrize(
    ("prompts", "word"),
    [([""], "empty"), (["sea", "   "], "empty"), (["sea", "Sea"], "twice"), (["a\x07b"], "characters")],
)
@pytest.mark.parametrize("command", ["label", "heatmap", "count"])
def test_impossible_prompts(
    command: str, prompts: list[str], word: str, scene: Path, out: Path, sarclip: Shell
) -> None:
    refused(sarclip(command, scene, *prompts, "-o", target_of(command, out)), word)
    assert not out.exists()


def test_background_is_checked_too(scene: Path, out: Path, sarclip: Shell) -> None:
    refused(sarclip("label", scene, "sea", "-o", out, "--background", " "), "empty")


def test_prompt_that_is_too_long(scene: Path, out: Path, sarclip: Shell) -> None:
    refused(sarclip("label", scene, "ships near the harbor " * 60, "-o", out, fake=False), "tokens", "shorten")
    refused(sarclip("label", scene, "sea", "-o", out, "--background", "mud " * 300, fake=False), "tokens")


def test_chinese_is_refused_by_a_model_that_knows_none(scene: Path, out: Path, sarclip: Shell) -> None:
    refused(sarclip("label", scene, "海上的船", "-o", out, fake=False), "海上的船", "English")


@pytest.mark.parametrize("prompt", ["O'Brien's \"quay\"", "'; DROP TABLE tiles; --", "100% of {} {0} %s", "<b>&amp;"])
def test_any_other_characters_are_prompts(prompt: str, scene: Path, out: Path, sarclip: Shell) -> None:
    for fake in (True, False):
        said = sarclip("label", scene, prompt, "sea", "-o", out, "--overwrite", "--json", fake=fake)
        assert said.status == 0, said
        assert set(json.loads(said.out)["tiles"]) == {prompt, "sea"}
        assert pyogrio.read_dataframe(out, layer="summary").prompt.tolist() == [prompt, "sea"]


def test_two_hundred_prompts(scene: Path, out: Path, sarclip: Shell) -> None:
    prompts = [f"thing number{n}" for n in range(200)]
    assert sarclip("label", scene, *prompts, "-o", out).status == 0
    assert len(pyogrio.read_dataframe(out, layer="summary")) == 200
    assert sarclip("heatmap", scene, *prompts, "-o", out.with_suffix(".tif")).status == 0


@pytest.mark.parametrize("command", ["label", "heatmap", "count"])
def test_outputs_that_cannot_be(command: str, scene: Path, out: Path, sarclip: Shell) -> None:
    target = target_of(command, out)
    refused(sarclip(command, scene, "sea", "-o", out.parent / "no" / target.name), "does not exist")
    refused(sarclip(command, scene, "sea", "-o", out.parent), "is a folder")
    target.write_text("mine")
    before = listing(out.parent)
    refused(sarclip(command, scene, "sea", "-o", target), str(target), "--overwrite")
    assert target.read_text() == "mine" and listing(out.parent) == before


def test_the_scene_is_no_output(scene: Path, tmp_path: Path, sarclip: Shell) -> None:
    before = scene.read_bytes()
    for name in (scene, scene.with_suffix(".tiff")):
        said = sarclip("heatmap", scene, "sea", "-o", name, "--overwrite", "--cache", tmp_path / "cache")
        refused(said, "scene.", "belongs", "another name")
    assert scene.read_bytes() == before and [path.name for path in tmp_path.iterdir()] == [scene.name]


def test_an_output_of_another_kind_is_refused_before_the_work(scene: Path, tmp_path: Path, sarclip: Shell) -> None:
    refused(sarclip("heatmap", scene, "sea", "-o", tmp_path / "out.gpkg", "--cache", tmp_path / "cache"), ".tif")
    refused(sarclip("label", scene, "sea", "-o", tmp_path / "out.shp", "--cache", tmp_path / "cache"), ".gpkg")
    assert not (tmp_path / "cache").exists()


def test_read_only_folder(scene: Path, tmp_path: Path, sarclip: Shell) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    if os.geteuid() == 0:  # who may write everywhere, but in here nobody can
        said = sarclip("label", scene, "sea", "-o", "/proc/out.gpkg")
        assert said.status == 2 and "/proc" in said.lines[-1] and not lines_of_defect(said)
        return
    folder.chmod(0o555)
    refused(sarclip("label", scene, "sea", "-o", folder / "out.gpkg"), "read-only")


@pytest.mark.parametrize("command", ["label", "count", "heatmap"])
def test_full_disk(command: str, scene: Path, out: Path, tmp_path: Path, sarclip: Shell) -> None:
    """At the cache and at the result; an old result survives."""
    cache = tmp_path / "cache"
    target = target_of(command, out)
    target.write_text("mine")
    options = ("sea", "-o", target, "--cache", cache, "--overwrite")
    before = listing(out.parent)
    said = sarclip(command, scene, *options, room=500)
    assert said.status == 2 and "no room" in said.lines[-1] and not lines_of_defect(said)
    assert not [path for path in cache.rglob("*") if path.is_file()]
    assert sarclip("encode", scene, "--cache", cache).status == 0
    said = sarclip(command, scene, *options, room=500)
    assert said.status == 2 and str(target) in said.lines[-1] and not lines_of_defect(said)
    assert listing(out.parent) == before and target.read_text() == "mine"
    assert sarclip(command, scene, *options).status == 0


class Evil:
    """A pickle that would run code."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.marker),)


def test_checkpoints_that_are_none(scene: Path, out: Path, tmp_path: Path, sarclip: Shell) -> None:
    marker = tmp_path / "owned"
    whole = BUNDLED.read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "head.safetensors").write_bytes(whole[:5])
    (tmp_path / "text.safetensors").write_text("no")
    save_file({"layer.weight": torch.zeros(3, 4)}, tmp_path / "other.safetensors")
    torch.save({"layer.weight": torch.zeros(3, 4)}, tmp_path / "other.pt")
    torch.save({"state_dict": Evil(marker)}, tmp_path / "evil.pt")
    (tmp_path / "evil2.pt").write_bytes(pickle.dumps(Evil(marker)))
    before = listing(tmp_path)
    for name, family in (
        ("cut.safetensors", None), ("head.safetensors", None), ("text.safetensors", None), ("gone.safetensors", None),
        ("other.safetensors", None), ("other.safetensors", "openai"), ("other.pt", "openai"), ("other.pt", None),
        ("evil.pt", "openai"), ("evil2.pt", "openai"), ("evil.pt", None), ("other.pt", "nonsense"),
    ):  # fmt: skip
        options = ("--family", family) if family else ()
        said = sarclip("label", scene, "sea", "-o", out, "--model", tmp_path / name, *options, fake=False)
        refused(said, "nonsense" if family == "nonsense" else name)
        assert not marker.exists()
    assert listing(tmp_path) == before
    refused(sarclip("label", scene, "sea", "-o", out, "--model", "no-such-model", fake=False), "no-such-model")
    refused(sarclip("models", "add", tmp_path / "evil.pt", "mine", "--family", "openai"), "evil.pt")
    refused(sarclip("models", "show", "mine"), "mine")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--bbox", 0, 0, 1, 1), "--bbox"), (("--bbox", 5, 5, 1, 1), "--bbox"), (("--bbox", 1, 2, 3), "--bbox"),
        (("--bbox", 0, 0, 1e9, 1e9, "--bbox-crs", "EPSG:0"), "EPSG:0"), (("--aoi", "gone.gpkg"), "gone.gpkg"),
        (("--bbox", 0, 0, 1e9, 1e9, "--aoi", "a.gpkg"), "--aoi"), (("--tile", 12), "12"), (("--tile", 0), "0 px"),
        (("--tile", -8), "-8"), (("--tile", 32, "--tile-m", 320), "--tile-m"), (("--tile-m", -5), "-5"),
        (("--tile-m", 0), "0"), (("--tile-m", "nan"), "nan"), (("--device", "meta"), "meta"),
        (("--device", "cuda:99"), "cuda:99"), (("--scale", "decibel"), "decibel"),
        (("--threshold", 2), "2"), (("--min-distance-m", -1), "-1"), (("--min-distance-m", "nan"), "nan"),
        (("--device", "abacus"), "abacus"), (("--no-such-option",), "--no-such-option"),
        (("--cache", "/dev/null"), "--cache"),
    ],
)  # fmt: skip
def test_impossible_options(options: tuple[object, ...], word: str, scene: Path, out: Path, sarclip: Shell) -> None:
    said = sarclip("count", scene, "ship", "-o", out, *options, fake="--device" not in options)
    assert said.status == 2 and not lines_of_defect(said), said
    assert word in said.lines[-1]
    assert not list(out.parent.iterdir())


def test_calls_that_are_incomplete(scene: Path, sarclip: Shell) -> None:
    refused(sarclip("label", scene, "sea"), "-o")
    refused(sarclip("label", scene), "PROMPT")
    refused(sarclip("paint", scene), "paint")
    assert sarclip().status == 2


def test_demo_into_a_file(tmp_path: Path, sarclip: Shell) -> None:
    (tmp_path / "file").touch()
    refused(sarclip("demo", "-o", tmp_path / "file"), "file")
    refused(sarclip("demo", tmp_path / "gone.tif", "-o", tmp_path / "file2"), "gone.tif")


def test_a_scene_that_goes_while_it_is_open(tmp_path: Path) -> None:
    from engine.model.fake import FakeModel
    from engine.scan import encode

    scene = open_scene(write_scene(tmp_path / "scene.tif", world()))
    Path(scene.path).unlink()
    with pytest.raises(SceneError, match=r"scene\.tif"):
        encode(scene, FakeModel(), cache=tmp_path)
