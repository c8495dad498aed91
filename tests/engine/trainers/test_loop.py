"""The training loop: a killed run that goes on is the uninterrupted one, to the bit."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from engine.trainers.loop import LoopConfig, fit, parameter_groups, schedule

CONFIG = LoopConfig(
    steps=24, warmup_steps=3, checkpoint_every=5, log_every=2, ema_decay=0.8, slow={"1": 0.1}
)


class KilledError(Exception):
    """Stands for the signal that ends a run."""


def make_model() -> nn.Module:
    torch.manual_seed(0)
    # normalisation: its running statistics are state, too
    return nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))


def batches_from(start: int) -> Iterator[Tensor]:
    """Batch n depends on n alone."""
    for step in range(start, 1000):
        yield torch.randn(6, 3, generator=torch.Generator().manual_seed(step))


def losses(model: nn.Module, batch: Tensor) -> dict[str, Tensor]:
    out = model(batch)
    return {"fit": (out - batch[:, :2]).pow(2).mean(), "small": 0.01 * out.abs().mean()}


def kill_at(step: int, start: int = 0) -> Callable[[nn.Module, Tensor], dict[str, Tensor]]:
    """Losses of a run that starts at `start` and ends in the middle of `step`."""
    seen = start

    def broken(model: nn.Module, batch: Tensor) -> dict[str, Tensor]:
        nonlocal seen
        if seen == step:
            raise KilledError
        seen += 1
        return losses(model, batch)

    return broken


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().items(), other.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


def log_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


@pytest.mark.parametrize("steps", [[3], [5], [13], [23], [7, 12, 22]])
def test_killed_and_resumed_equals_uninterrupted(tmp_path: Path, steps: list[int]) -> None:
    whole_model = make_model()
    whole = fit(whole_model, batches_from, losses, CONFIG, tmp_path / "whole")
    for step in steps:
        resumed_at = _checkpointed(tmp_path / "killed")
        with pytest.raises(KilledError):
            fit(make_model(), batches_from, kill_at(step, resumed_at), CONFIG, tmp_path / "killed")
    model = make_model()
    resumed = fit(model, batches_from, losses, CONFIG, tmp_path / "killed")
    assert same(whole, resumed)
    assert same(whole_model, model)


def _checkpointed(folder: Path) -> int:
    path = folder / "last.pt"
    return int(torch.load(path, weights_only=True)["step"]) if path.exists() else 0


def test_the_log_has_every_line_once(tmp_path: Path) -> None:
    config = replace(CONFIG, checkpoint_every=4)  # of whole lines of the log
    fit(make_model(), batches_from, losses, config, tmp_path / "whole")
    with pytest.raises(KilledError):
        fit(make_model(), batches_from, kill_at(15), config, tmp_path / "killed")
    assert [row["step"] for row in log_of(tmp_path / "killed")][-1] == "14"
    fit(make_model(), batches_from, losses, config, tmp_path / "killed")
    assert log_of(tmp_path / "killed") == log_of(tmp_path / "whole")
    assert [int(row["step"]) for row in log_of(tmp_path / "whole")] == list(range(2, 25, 2))


def test_a_run_killed_before_its_first_checkpoint_starts_its_log_anew(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        fit(make_model(), batches_from, kill_at(4), CONFIG, tmp_path)
    fit(make_model(), batches_from, losses, CONFIG, tmp_path)
    assert [int(row["step"]) for row in log_of(tmp_path)] == list(range(2, 25, 2))


def test_a_finished_run_is_left_as_it_is(tmp_path: Path) -> None:
    first = fit(make_model(), batches_from, losses, CONFIG, tmp_path)

    def nothing_left(start: int) -> Iterator[Tensor]:
        assert start == CONFIG.steps
        return iter(())

    again = fit(make_model(), nothing_left, losses, CONFIG, tmp_path)
    assert same(first, again)


def test_it_learns(tmp_path: Path) -> None:
    config = replace(CONFIG, steps=300, learning_rate=2e-2, ema_decay=0.95)
    averaged = fit(make_model(), batches_from, losses, config, tmp_path)
    log = log_of(tmp_path)
    assert float(log[-1]["fit"]) < 0.3 * float(log[0]["fit"])
    test = torch.randn(64, 3, generator=torch.Generator().manual_seed(5000))
    with torch.no_grad():
        assert float(losses(averaged.eval(), test)["fit"]) < 0.3


def test_the_average_is_an_exponential_one(tmp_path: Path) -> None:
    model, seen = nn.Linear(3, 2), []

    def watched(model: nn.Module, batch: Tensor) -> dict[str, Tensor]:
        seen.append(model.weight.detach().clone())  # type: ignore[union-attr]
        return losses(model, batch)

    averaged = fit(model, batches_from, watched, replace(CONFIG, slow={}), tmp_path)
    after = [*seen[1:], model.weight.detach()]
    expected = after[0]
    for weight in after[1:]:
        expected = CONFIG.ema_decay * expected + (1 - CONFIG.ema_decay) * weight
    assert torch.allclose(averaged.weight, expected, atol=1e-6)  # type: ignore[arg-type]


def test_the_schedule_warms_up_and_ends_at_nothing() -> None:
    config = LoopConfig(steps=1000, warmup_steps=100)
    shares = [schedule(config, step) for step in range(1001)]
    assert shares[0] == 0.01
    assert shares[99] == shares[100] == 1.0
    assert all(a < b for a, b in pairwise(shares[:100]))
    assert all(a > b for a, b in pairwise(shares[100:]))
    assert shares[550] == pytest.approx(0.5)
    assert shares[999] < 1e-5
    assert shares[1000] == 0


def test_no_warm_up_starts_at_once() -> None:
    assert schedule(LoopConfig(steps=10, warmup_steps=0), 0) == 1.0


def test_a_run_shorter_than_its_warm_up_is_refused() -> None:
    with pytest.raises(ValueError, match="steps 200 must be more than warmup_steps 200"):
        LoopConfig(steps=200)


def test_only_matrices_that_learn_at_full_rate_are_decayed() -> None:
    model = make_model()
    groups = parameter_groups(model, replace(CONFIG, weight_decay=0.5, slow={"3": 0.1}))
    of = {id(p): (group["weight_decay"], group["factor"]) for group in groups for p in group["params"]}
    found = {name: of[id(parameter)] for name, parameter in model.named_parameters()}
    assert found == {
        "0.weight": (0.5, 1.0),
        "0.bias": (0.0, 1.0),
        "1.weight": (0.0, 1.0),
        "1.bias": (0.0, 1.0),
        "3.weight": (0.0, 0.1),
        "3.bias": (0.0, 0.1),
    }
    assert sum(len(group["params"]) for group in groups) == 6


def test_constants_that_have_no_average_are_kept(tmp_path: Path) -> None:
    """An attention mask is minus infinity, of which the moving average would be no number."""

    class Masked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(3, 2)
            self.register_buffer("mask", torch.tensor([0.0, float("-inf")]), persistent=False)

        def forward(self, rows: Tensor) -> Tensor:
            return self.inner(rows) + torch.softmax(self.mask, 0)

    torch.manual_seed(0)
    averaged = fit(Masked(), batches_from, losses, replace(CONFIG, slow={}), tmp_path)
    assert torch.isfinite(averaged(torch.ones(1, 3))).all()
