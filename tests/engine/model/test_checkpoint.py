"""Checkpoints are read in every format, run nothing, and fail with one clear line."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import open_clip
import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.errors import CheckpointError, ModelNotFoundError
from engine.model import checkpoint
from engine.model.architecture import infer_architecture

State = dict[str, Tensor]
MakeState = Callable[[str], State]


class Payload:
    """Pickles as a call that makes a folder: the trace that running it would leave."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        """Ask the unpickler for the call."""
        return os.mkdir, (str(self.trace),)


def malicious_zip(content: object, path: Path) -> None:
    torch.save(content, path)


def malicious_pickle(content: object, path: Path) -> None:
    path.write_bytes(pickle.dumps(content, protocol=2))


def malicious_torchscript(content: object, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(content))
        archive.writestr("model/constants.pkl", pickle.dumps(()))


@pytest.mark.parametrize("save", [malicious_zip, malicious_pickle, malicious_torchscript])
@pytest.mark.parametrize("wrap", [lambda payload: payload, lambda payload: {"state_dict": {"a": payload}}])
def test_a_pickle_that_would_run_code_runs_nothing(
    save: Callable[[object, Path], None], wrap: Callable[[object], object], tmp_path: Path
) -> None:
    path, trace = tmp_path / "evil.pt", tmp_path / "ran"
    save(wrap(Payload(trace)), path)
    with pytest.raises(CheckpointError, match="nothing in it was run") as caught:
        checkpoint.read_state(path)
    assert not trace.exists()
    assert "mkdir" in str(caught.value), "the message names what was refused"
    assert "\n" not in str(caught.value)


def test_the_payload_is_live(tmp_path: Path) -> None:
    """Were it run, the test above would see it."""
    pickle.loads(pickle.dumps(Payload(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["model.pt", "model.safetensors", "legacy.pth"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.999))
@example(share=0.05078125)  # cut inside a number of a pickle
def test_truncated_files_are_refused(name: str, share: float, tmp_path: Path) -> None:
    state = {"visual.proj": torch.arange(600.0).reshape(20, 30), "logit_scale": torch.tensor(1.0)}
    path = tmp_path / name
    if path.suffix == ".safetensors":
        safetensors.torch.save_file(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=path.suffix == ".pt")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(CheckpointError) as caught:
        checkpoint.read_state(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a checkpoint\n", b"\x80\x02.", b"PK\x03\x04", bytes(1000), pickle.dumps([1, 2], protocol=2)],
)
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_other_files_are_refused(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"odd{suffix}"
    path.write_bytes(content)
    with pytest.raises(CheckpointError):
        checkpoint.read_state(path)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pt", tmp_path):
        with pytest.raises(ModelNotFoundError, match="no such file"):
            checkpoint.read_state(path)
        with pytest.raises(ModelNotFoundError, match="no such file"):
            checkpoint.sha256_of(path)


def test_a_checkpoint_without_weights_is_refused(tmp_path: Path) -> None:
    torch.save({"epoch": 3}, tmp_path / "empty.pt")
    with pytest.raises(CheckpointError, match="no weights"):
        checkpoint.read_state(tmp_path / "empty.pt")


def test_weights_come_out_in_float32_under_their_own_names(tmp_path: Path) -> None:
    half = {"module.visual.proj": torch.ones(3, 5).half(), "module.steps": torch.tensor(7)}
    torch.save({"state_dict": half, "epoch": 1}, tmp_path / "half.pt")
    state = checkpoint.read_state(tmp_path / "half.pt")
    assert {name: value.dtype for name, value in state.items()} == {
        "visual.proj": torch.float32,
        "steps": torch.int64,
    }


@pytest.mark.filterwarnings("ignore")  # tracing warns of much; the file is what counts
def test_torchscript_archives_give_their_tensors(random_state: MakeState, tmp_path: Path) -> None:
    """The format of OpenAI's own files, read without running their code."""
    expected = random_state("tiny-vit")
    model = open_clip.CLIP(**open_clip.get_model_config("tiny-vit")).eval()
    model.load_state_dict(expected)
    example = {"encode_image": torch.rand(1, 3, 64, 64), "encode_text": torch.zeros(1, 77, dtype=torch.long)}
    torch.jit.trace_module(model, example, check_trace=False).half().save(str(tmp_path / "ViT.pt"))
    state = checkpoint.read_state(tmp_path / "ViT.pt")
    assert set(state) == set(expected)
    for name, value in expected.items():
        assert torch.equal(state[name], value.half().float()), name
    assert infer_architecture(state, tmp_path) == "tiny-vit"
