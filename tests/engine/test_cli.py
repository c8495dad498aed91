"""The command line: statuses, JSON, Ctrl-C, and how quickly it is there."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio

from engine import cli, session
from engine.model.fake import FakeModel
from engine.model.sarclip import WindowFeatures
from tests.conftest import ROOT
from tests.engine.shell import Shell, lines_of_defect
from tests.engine.worlds import world, write_scene


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return write_scene(tmp_path / "scene.tif", world())


def python(*code: str, **options: object) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter in the project's folder."""
    return subprocess.run(
        [sys.executable, *code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def loaded(arguments: list[str], modules: set[str]) -> set[str]:
    """Those of `modules` that a command imports."""
    code = (
        f"import sys; from engine.cli import run; run({arguments!r}); print('\\n', *({modules!r} & set(sys.modules)))"
    )
    return set(python("-c", code).stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["label", "--help"], ["worker", "--help"], ["--version"], ["label"], ["models", "list"]]
)
def test_help_waits_for_nothing(arguments: list[str]) -> None:
    assert not loaded(arguments, {"torch", "rasterio", "geopandas", "open_clip", "matplotlib", "pandas", "scipy"})


def test_info_does_not_wait_for_torch(scene: Path) -> None:
    assert not loaded(["info", str(scene)], {"torch", "open_clip", "matplotlib"})
    assert loaded(["info", str(scene)], {"rasterio"})


def test_the_bundled_model_needs_neither_open_clip_nor_a_compiler(scene: Path, tmp_path: Path) -> None:
    """They would take 250 MB, and the time of their import."""
    label = ["label", str(scene), "sea", "-o", str(tmp_path / "a.gpkg"), "--cache", str(tmp_path / "cache")]
    assert not loaded(label, {"open_clip", "timm", "transformers", "torchvision", "torch._dynamo", "sympy"})
    assert loaded(label, {"torch", "geopandas"}) == {"torch", "geopandas"}, "the command did its work"


def test_info_says_what_a_scene_is(scene: Path, sarclip: Shell) -> None:
    said = sarclip("info", scene)
    assert said.status == 0 and said.err == ""
    for word in ("230 rows x 358 columns", "uint8", "10.0", "EPSG:32631", "affine"):
        assert word in said.out
    facts = json.loads(sarclip("info", scene, "--json").out)
    assert (facts["height"], facts["width"], facts["scale"], facts["valid"]) == (230, 358, "uint8", True)


@pytest.mark.parametrize("nodata", [None, 0, float("nan"), -9999.0])
def test_info_in_json_is_json(nodata: float | None, tmp_path: Path, sarclip: Shell) -> None:
    """Which has no NaN, however common it is as nodata."""
    path = write_scene(tmp_path / "scene.tif", np.full((20, 30), -12, np.float32), nodata=nodata)

    def fail(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    facts = json.loads(sarclip("info", path, "--json").out, parse_constant=fail)
    assert facts["nodata"] == ("nan" if nodata is not None and np.isnan(nodata) else nodata)


def test_the_main_job(scene: Path, tmp_path: Path, sarclip: Shell) -> None:
    """Encode once, then ask: each answer in its file, in words and in JSON."""
    cache, gpkg, tif = tmp_path / "cache", tmp_path / "a.gpkg", tmp_path / "b.tif"
    said = sarclip("encode", scene, "--cache", cache, "--json")
    assert said.status == 0 and json.loads(said.out)["tiles"] == 96
    assert Path(json.loads(said.out)["store"]).parent == cache
    assert "12 of 12 windows" in said.err

    said = sarclip("label", scene, "sea", "fields", "town", "-o", gpkg, "--cache", cache, "--json")
    tiles = json.loads(said.out)["tiles"]
    assert said.status == 0 and sum(tiles.values()) == 96 and tiles["sea"] > tiles["town"] > 0
    assert "windows" not in said.err  # nothing is encoded twice
    assert gpd.read_file(gpkg, layer="tiles").label.value_counts().to_dict() == tiles

    said = sarclip("count", scene, "ship", "-o", gpkg, "--overwrite", "--cache", cache, "--json")
    assert json.loads(said.out)["counts"]["ship"]["count"] == 6
    assert len(gpd.read_file(gpkg, layer="objects")) == 6

    said = sarclip("count", scene, "ship", "-o", tmp_path / "once.gpkg", "--no-careful", "--cache", cache, "--json")
    assert said.status == 0 and "12 of 12 windows" in said.err  # small scenes are read with care unless one declines
    runs = [gpd.read_file(path, layer="run").readings.tolist() for path in (gpkg, tmp_path / "once.gpkg")]
    assert runs == [["4"], ["1"]]

    said = sarclip("heatmap", scene, "ships near town", "sea", "-o", tif, "--cache", cache)
    assert said.status == 0 and str(tif) in said.out
    with rasterio.open(tif) as file:
        assert file.descriptions == ("ships near town", "sea")


def test_answers_in_words(scene: Path, tmp_path: Path, sarclip: Shell) -> None:
    said = sarclip("count", scene, "ship", "-o", tmp_path / "a.gpkg")
    assert "6  ship" in said.out and "between" in said.out and "a.gpkg" in said.out
    assert not lines_of_defect(said)


def test_chinese_with_a_model_that_knows_it(scene: Path, tmp_path: Path, sarclip: Shell) -> None:
    """Into the file and onto the screen as it was typed."""
    said = sarclip("label", scene, "sea 海", "-o", tmp_path / "a.gpkg", "--json")
    assert said.status == 0 and "sea 海" in json.loads(said.out)["tiles"]
    assert pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="summary").prompt.item() == "sea 海"


def test_only_inside(scene: Path, tmp_path: Path, sarclip: Shell) -> None:
    """Part now, all later; tiles in metres."""
    gpkg, cache = tmp_path / "a.gpkg", tmp_path / "cache"
    box = ("--bbox", 500_000, 3_999_000, 501_000, 4_000_000)
    assert sarclip("label", scene, "sea", "town", "-o", gpkg, "--cache", cache, *box).status == 0
    assert gpd.read_file(gpkg, layer="tiles").total_bounds[2] <= 501_280
    said = sarclip("label", scene, "sea", "town", "-o", gpkg, "--cache", cache, "--overwrite")
    assert "9 of 9 windows" in said.err or "10 of 10 windows" in said.err or "8 of 8 windows" in said.err
    assert sarclip("label", scene, "sea", "-o", gpkg, "--tile-m", 640, "--overwrite").status == 0
    assert gpd.read_file(gpkg, layer="tiles").geometry.area.max() == pytest.approx(640**2)


def test_models(sarclip: Shell) -> None:
    listed = json.loads(sarclip("models", "list", "--json").out)
    assert "sarclip-s" in {entry["name"] for entry in listed}
    shown = json.loads(sarclip("models", "show", "sarclip-s", "--json").out)
    assert shown["bundled"] and Path(shown["file"]).is_file()
    assert sarclip("models", "check", "sarclip-s").status == 0
    checked = json.loads(sarclip("models", "check", "sarclip-s", "--json").out)
    assert checked["ok"] and checked["name"] == "sarclip-s"
    added = sarclip("models", "add", shown["file"], "mine", "--overwrite", "--json")
    assert json.loads(added.out)["name"] == "mine"


def test_a_defect_of_ours_is_status_1(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_: object) -> FakeModel:
        raise ZeroDivisionError("oh\nno")

    monkeypatch.setattr(session, "load_model", broken)
    assert cli.run(["encode", str(scene), "--cache", str(tmp_path)]) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert "defect" in last and "ZeroDivisionError: oh no" in last


class Slow(FakeModel):
    """Takes its time."""

    def encode_windows(self, *arguments: object, **options: object) -> WindowFeatures:  # type: ignore[override]
        """Wait first."""
        time.sleep(0.3)
        return super().encode_windows(*arguments, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_is_status_130_and_keeps_what_is_done(times: int, scene: Path, tmp_path: Path) -> None:
    """Once: after the window in work. Twice: at once."""
    cache = tmp_path / "cache"

    def work() -> None:
        session.load_model = lambda **_: Slow()  # type: ignore[assignment]
        os.dup2(os.open(tmp_path / "err", os.O_CREAT | os.O_WRONLY), 2)
        sys.stderr = os.fdopen(2, "w")
        os._exit(cli.run(["encode", str(scene), "--cache", str(cache)]))

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    done = lambda: sum(sum(path.read_bytes()) for path in cache.glob("*/blocks.uint8"))  # noqa: E731
    deadline = time.monotonic() + 30
    while done() < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    for _ in range(times):
        os.kill(process.pid or 0, signal.SIGINT)
        time.sleep(0.05)
    process.join(10)
    assert process.exitcode == 130
    assert 2 <= done() < 12
    text = (tmp_path / "err").read_text()
    assert "kept" in text.splitlines()[-1] and "Traceback" not in text


@pytest.mark.parametrize("encoded_before", [True, False])
def test_ctrl_c_is_status_130_also_when_nobody_asks(
    encoded_before: bool,
    scene: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """While the model is loaded, or with all encoded: nothing is answered then."""
    arguments = ["heatmap", str(scene), "ship", "-o", str(tmp_path / "a.tif"), "--cache", str(tmp_path / "cache")]
    monkeypatch.setattr(session, "load_model", lambda **_: FakeModel())
    if encoded_before:
        assert cli.run(["encode", str(scene), "--cache", str(tmp_path / "cache")]) == 0

    def extent(_: session.Session) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(session.Session, "_extent", extent)
    assert cli.run(arguments) == 130
    assert "cancelled" in capsys.readouterr().err.splitlines()[-1] and not (tmp_path / "a.tif").exists()


def test_ctrl_c_at_the_very_end_of_an_encode(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "load_model", lambda **_: FakeModel())
    encode = session.encode

    def late(*arguments: object, **options: object) -> object:
        found = encode(*arguments, **options)  # type: ignore[arg-type]
        signal.raise_signal(signal.SIGINT)
        return found

    monkeypatch.setattr(session, "encode", late)
    assert cli.run(["encode", str(scene), "--cache", str(tmp_path / "cache")]) == 130


def test_a_reader_that_has_seen_enough() -> None:
    """`sarclip … | head`: no complaint and no failure."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "engine", "--help"],
        cwd=ROOT,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_demo(tmp_path: Path, sarclip: Shell) -> None:
    """The first minute, with the bundled model; what it finds is judged elsewhere."""
    said = sarclip("demo", "-o", tmp_path / "out", fake=False)
    assert said.status == 0 and not lines_of_defect(said)
    assert {"labels.gpkg", "heatmap.tif", "demo.png"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert "true count" in said.err


def test_demo_of_ones_own_scene(scene: Path, tmp_path: Path, sarclip: Shell) -> None:
    said = sarclip("demo", scene, "-o", tmp_path / "out")
    assert said.status == 0 and "true count" not in said.err
    assert (tmp_path / "out" / "demo.png").stat().st_size > 10_000
    found = json.loads(sarclip("demo", scene, "-o", tmp_path / "out", "--json").out)
    assert Path(found["heatmap"]).is_file() and found["counts"]["ship"]["count"] == 6 and found["truth"] == {}


def test_a_demo_does_not_replace_its_scene(tmp_path: Path, sarclip: Shell) -> None:
    path = write_scene(tmp_path / "heatmap.tif", world())
    before = path.read_bytes()
    assert sarclip("demo", path, "-o", tmp_path).status == 2
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["heatmap.tif"]
