"""Which arithmetic is chosen, and that the choice stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from engine.errors import InputError
from engine.model import precision, registry
from engine.model.anyreader import AnyReader, AnyReaderConfig
from engine.model.precision import BFLOAT16, FLOAT32, LEAST_COSINE, choose_precision, precision_of
from engine.model.sarclip import cosine_of_precisions
from engine.model.towers import ImageTower

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder of its own."""
    monkeypatch.setenv("SARCLIP_HOME", str(tmp_path))
    monkeypatch.delenv("SARCLIP_PRECISION", raising=False)
    return tmp_path


@pytest.fixture
def bfloat16_gain(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """A machine on which bf16 is so many times faster, and how often it was measured."""
    state = {"gain": 3.0, "measured": 0.0}

    def seconds(dtype: torch.dtype) -> float:
        state["measured"] += 1
        return 1.0 if dtype == torch.float32 else 1 / state["gain"]

    monkeypatch.setattr(precision, "_seconds", seconds)
    return state


@pytest.mark.parametrize(("gain", "choice"), [(3.0, BFLOAT16), (1.1, FLOAT32), (1 / 80, FLOAT32)])
def test_the_faster_is_chosen(bfloat16_gain: dict[str, float], gain: float, choice: str) -> None:
    bfloat16_gain["gain"] = gain
    assert choose_precision(CPU) == choice


def test_the_choice_stays_when_the_load_changes(bfloat16_gain: dict[str, float]) -> None:
    assert choose_precision(CPU) == BFLOAT16
    bfloat16_gain["gain"] = 0.5
    assert choose_precision(CPU) == BFLOAT16
    assert bfloat16_gain["measured"] == 2


@pytest.mark.parametrize("content", ["{", "[]", "", '{"another machine": "float32"}'])
def test_a_damaged_memory_is_measured_anew(
    home: Path, bfloat16_gain: dict[str, float], content: str
) -> None:
    (home / "precision.json").write_text(content)
    assert choose_precision(CPU) == BFLOAT16
    assert bfloat16_gain["measured"] == 2
    assert BFLOAT16 in json.loads((home / "precision.json").read_text()).values()


def test_a_remembered_precision_that_is_none_is_measured_anew(
    home: Path, bfloat16_gain: dict[str, float]
) -> None:
    choose_precision(CPU)
    path = home / "precision.json"
    path.write_text(path.read_text().replace(BFLOAT16, "float8"))
    assert choose_precision(CPU) == BFLOAT16


def test_a_folder_that_cannot_be_written_is_no_obstacle(
    home: Path, bfloat16_gain: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("SARCLIP_HOME", str(home / "file"))
    assert choose_precision(CPU) == BFLOAT16


@pytest.mark.parametrize("forced", [FLOAT32, BFLOAT16])
def test_the_environment_overrules(
    bfloat16_gain: dict[str, float], monkeypatch: pytest.MonkeyPatch, forced: str
) -> None:
    monkeypatch.setenv("SARCLIP_PRECISION", forced)
    assert choose_precision(CPU) == forced
    assert bfloat16_gain["measured"] == 0


def test_an_unknown_precision_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SARCLIP_PRECISION", "fp16")
    with pytest.raises(InputError, match="SARCLIP_PRECISION='fp16': give float32 or bfloat16"):
        choose_precision(CPU)


def test_the_probe_runs_here() -> None:
    assert choose_precision(CPU) in (FLOAT32, BFLOAT16)


@pytest.mark.parametrize(("cosine", "choice"), [(0.9999, BFLOAT16), (0.9, FLOAT32), (-1.0, FLOAT32)])
def test_a_checkpoint_that_bfloat16_changes_runs_in_float32(
    bfloat16_gain: dict[str, float], cosine: float, choice: str
) -> None:
    assert precision_of("1234", CPU, lambda: cosine) == choice
    assert precision_of("1234", CPU, lambda: pytest.fail("it is known by now")) == choice
    assert precision_of("5678", CPU, lambda: 1.0) == BFLOAT16, "another checkpoint is asked for itself"
    assert choose_precision(CPU) == BFLOAT16, "the machine's own answer stays"


def test_where_float32_is_faster_nothing_is_compared(bfloat16_gain: dict[str, float]) -> None:
    bfloat16_gain["gain"] = 1.0
    assert precision_of("1234", CPU, lambda: pytest.fail("there is nothing to compare")) == FLOAT32


def test_what_the_environment_says_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SARCLIP_PRECISION", BFLOAT16)
    assert precision_of("1234", CPU, lambda: 0.0) == BFLOAT16


def test_the_bundled_model_is_equal_and_a_spoiled_one_is_not() -> None:
    pair = registry.load(None)
    reader = AnyReader(AnyReaderConfig(pair.spec.embed_dim)).eval()
    assert cosine_of_precisions(pair, reader, CPU) > 0.9999
    assert next(pair.image.parameters()).dtype == torch.float32, "the comparison leaves the model as it was"
    image = pair.image
    assert isinstance(image, ImageTower)
    with torch.no_grad():  # an offset that the next convolution takes away again: eight bits lose the picture beside it
        image.lateral8.bias += 1e5
        image.smooth.bias -= 1e5 * image.smooth.weight.sum((1, 2, 3))
    assert cosine_of_precisions(pair, reader, CPU) < LEAST_COSINE
