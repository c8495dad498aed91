"""MMSAR to a tuned open_clip model: views that keep captions true, batches by number, one command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.model import registry
from engine.trainers import finetune
from engine.trainers.finetune import key_of
from tests.training.mmsar.worlds import noise, source_of
from training.finetune import CaptionSteps, main, parser, run, view
from training.mmsar import Settings, build
from training.mmsar.shards import ShardLookup, read_shards, shard_paths

SIDE, ARCHITECTURE = 32, "tiny-tuned"


@pytest.fixture(scope="module", autouse=True)
def architecture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make open_clip know a small model; the folder is what another process is told."""
    folder = tmp_path_factory.mktemp("open_clip")
    vision = {"image_size": SIDE, "layers": 2, "width": 32, "patch_size": 8, "head_width": 16}
    text = {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
    config = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}
    (folder / f"{ARCHITECTURE}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)
    return folder


@pytest.fixture(scope="module")
def mmsar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eleven pictures of all shapes in three shards."""
    folder = tmp_path_factory.mktemp("mmsar")
    pictures = {f"train{n}-0": ("train", noise(n, 40 + 8 * (n % 3), 60)) for n in range(11)}
    build([source_of("alpha", pictures)], folder, Settings(shard_items=5))
    return folder


def test_samples_by_number_are_those_of_the_stream(mmsar: Path) -> None:
    lookup = ShardLookup(shard_paths(mmsar, "train"))
    streamed = list(read_shards(mmsar, "train"))
    assert len(lookup) == len(streamed) == 11
    for one, other in zip(lookup, streamed, strict=True):
        assert (one.name, one.image, one.mask, one.captions) == (other.name, other.image, other.mask, other.captions)
    assert [one.name for one in lookup[7:3:-2]] == [streamed[7].name, streamed[5].name]
    assert lookup[-1].name == streamed[-1].name


@given(height=st.integers(5, 90), width=st.integers(5, 90), seed=st.integers(0, 99))
def test_a_view_holds_the_whole_picture(height: int, width: int, seed: int) -> None:
    """Bright corners stay in it, at their places; what is beyond is invalid."""
    pixels = np.full((height, width), 60, np.uint8)
    seen = view(pixels, SIDE)
    assert seen.shape == (SIDE, SIDE)
    rows, cols = np.nonzero(seen)
    spans = np.ptp(rows) + 1, np.ptp(cols) + 1
    assert max(spans) == SIDE
    assert spans == pytest.approx((SIDE * height / max(height, width), SIDE * width / max(height, width)), abs=1.01)
    assert (seen[seen > 0] == 60).all()
    stretched = view(pixels, SIDE, np.random.default_rng(seed))
    assert np.array_equal(stretched > 0, seen > 0), "no measurement becomes nodata"


def test_every_epoch_shows_every_picture_and_a_batch_depends_on_its_number_alone(mmsar: Path) -> None:
    encoder = finetune.start_from(ARCHITECTURE, "laion")
    examples = ShardLookup(shard_paths(mmsar, "train"))
    steps = CaptionSteps(examples, encoder, 4, seed=1)
    fresh = CaptionSteps(examples, encoder, 4, seed=1)
    for number in (6, 2):
        assert all(torch.equal(a, b) for a, b in zip(steps[number], fresh[number], strict=True))
    assert not torch.equal(steps[2].pixels, CaptionSteps(examples, encoder, 4, seed=2)[2].pixels)
    shown = [steps._example(place).name for place in range(22)]
    assert sorted(shown[:11]) == sorted(shown[11:]) == sorted(example.name for example in examples)
    assert shown[:11] != shown[11:]
    with pytest.raises(ValueError, match="11 pictures are fewer than a batch of 12"):
        CaptionSteps(examples, encoder, 12, seed=1)


def test_texts_are_captions_and_near_misses(mmsar: Path) -> None:
    encoder = finetune.start_from(ARCHITECTURE, "laion")
    examples = ShardLookup(shard_paths(mmsar, "train"))
    true = {key_of(caption["text"]) for example in examples for caption in example.captions}
    false = {key_of(no["text"]) for example in examples for caption in example.captions for no in caption["negatives"]}
    steps = CaptionSteps(examples, encoder, 4, seed=0)
    for number in range(8):
        batch = steps[number]
        assert set(batch.keys[:4].tolist()) <= true
        assert set(batch.keys[4:].tolist()) <= false | set(batch.keys[:4].tolist())
        assert batch.owner.tolist() == [0, 1, 2, 3] * 2
        assert batch.pixels.shape == (4, SIDE, SIDE)
        assert batch.tokens.shape == (8, encoder.context_length)


def call(mmsar: Path, folder: Path, *more: str) -> list[str]:
    return [
        str(mmsar), "--architecture", ARCHITECTURE, "--family", "laion", "--work", str(folder / "work"),
        "-o", str(folder / "tuned.safetensors"), "--batch", "4", "--warmup", "1", "--workers", "0",
        "--checkpoint-every", "2", *more,
    ]  # fmt: skip


def test_a_run_goes_on_where_it_was(mmsar: Path, tmp_path: Path) -> None:
    """Stopped half-way and started again, it writes the same weights."""
    whole = run(parser().parse_args(call(mmsar, tmp_path / "whole", "--steps", "6", "--accumulate", "2")))
    args = parser().parse_args(call(mmsar, tmp_path / "killed", "--steps", "6", "--accumulate", "2"))

    class StopError(Exception):
        pass

    def stops(path: Path, *_: object) -> None:
        original(path, *_)
        raise StopError

    import engine.trainers.loop as loop

    original = loop._save
    try:
        loop._save = stops
        with pytest.raises(StopError):
            run(args)
    finally:
        loop._save = original
    assert run(args).read_bytes() == whole.read_bytes()
    assert registry.load(whole).image.encode_views(torch.ones(1, SIDE, SIDE, dtype=torch.uint8)).pooled.shape == (1, 16)


def test_the_log_is_drawn(mmsar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["finetune", *call(mmsar, tmp_path, "--steps", "25")])
    assert main() == 0
    assert (tmp_path / "work/losses.png").stat().st_size > 1000


def test_a_wrong_call_is_one_line(
    mmsar: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["finetune", *call(tmp_path / "nowhere", tmp_path)])
    assert main() == 2
    assert "python -m training.mmsar build" in capsys.readouterr().err


@pytest.mark.slow
def test_torchrun_starts_the_same_command_on_several_processes(mmsar: Path, tmp_path: Path, architecture: Path) -> None:
    """That gradients and losses are those of one process is tested with the trainers."""
    arguments = ["--steps", "3", "--seed", "5"]
    script = tmp_path / "tune.py"
    script.write_text(
        "import sys, open_clip\n"
        f"open_clip.add_model_config({str(architecture)!r})\n"
        "from training.finetune import main\n"
        "sys.exit(main())\n"
    )
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
    env = {"PYTHONPATH": str(Path(__file__).parents[2]), "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*torchrun, *call(mmsar, tmp_path / "two", *arguments)],
        env={**os.environ, **env}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    files = sorted(path.name for path in (tmp_path / "two").rglob("*") if path.is_file())
    assert "tuned.safetensors" in files
    assert "last.pt" in files
    state = torch.load(tmp_path / "two/work/last.pt", weights_only=True)
    assert state["step"] == 3
    assert registry.load(tmp_path / "two/tuned.safetensors").spec.embed_dim == 16
