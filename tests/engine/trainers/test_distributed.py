"""Several batches to a step, on one process or on two: the same training."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor, nn

from engine.trainers.distributed import World, gather, own_batches, started, world
from engine.trainers.loop import LoopConfig, fit
from engine.trainers.losses import partial_contrast

CONFIG = LoopConfig(steps=12, warmup_steps=2, checkpoint_every=5, log_every=2, ema_decay=0.8, learning_rate=1e-2)


def make_model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))


def batch(number: int, rows: int = 6) -> Tensor:
    return torch.randn(rows, 3, generator=torch.Generator().manual_seed(number))


def batches_from(start: int) -> Iterator[Tensor]:
    return map(batch, own_batches(start, 1000))


def losses(model: nn.Module, data: Tensor) -> dict[str, Tensor]:
    out = model(data)
    return {"fit": (out - data[:, :2]).pow(2).mean(), "small": 0.01 * out.abs().mean()}


def close(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.allclose(x, y, atol=1e-6) for x, y in pairs)


def test_two_batches_a_step_are_one_of_twice_the_size(tmp_path: Path) -> None:
    def joined(start: int) -> Iterator[Tensor]:
        return (torch.cat((batch(2 * step), batch(2 * step + 1))) for step in range(start, CONFIG.steps))

    whole = fit(make_model(), joined, losses, CONFIG, tmp_path / "whole")
    halves = fit(make_model(), batches_from, losses, replace(CONFIG, accumulate=2), tmp_path / "halves")
    assert close(whole, halves)
    logs = [(tmp_path / name / "log.csv").read_text().splitlines() for name in ("whole", "halves")]
    assert len(logs[0]) == len(logs[1]) == 7
    for one, other in zip(*(log[1:] for log in logs), strict=True):
        values = [[float(value) for value in line.split(",")[:3]] for line in (one, other)]
        assert values[0] == pytest.approx(values[1], abs=2e-4)


def test_a_run_of_several_batches_a_step_resumes(tmp_path: Path) -> None:
    config = replace(CONFIG, accumulate=3)
    whole = fit(make_model(), batches_from, losses, config, tmp_path / "whole")

    def stops(start: int) -> Iterator[Tensor]:
        return map(batch, range(start, 3 * 7 + 1))  # in the middle of step 7

    fit(make_model(), stops, losses, config, tmp_path / "killed")
    resumed = fit(make_model(), batches_from, losses, config, tmp_path / "killed")
    assert all(torch.equal(x, y) for x, y in zip(whole.parameters(), resumed.parameters(), strict=True))


def test_no_batch_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="accumulate 0"):
        replace(CONFIG, accumulate=0)


def test_alone_everything_is_ones_own() -> None:
    with started() as device:
        assert device.type in ("cpu", "cuda")
        assert world() == World(0, 1)
        assert list(own_batches(3, 7)) == [3, 4, 5, 6]
        rows = torch.randn(2, 3)
        assert gather(rows) is rows


def contrast_step(model: nn.Linear, rows: Tensor) -> Tensor:
    """A loss in which every process's images are contrasted with the texts of all."""
    images, texts = model(rows), model(rows.flip(1))
    everyone = gather(texts)
    truth = torch.zeros(len(rows), len(everyone), dtype=torch.long)
    own = world().rank * len(rows)
    truth[torch.arange(len(rows)), own + torch.arange(len(rows))] = 1
    return partial_contrast(images @ everyone.T, truth)


def as_one_of_two(rank: int, port: int, folder: str) -> None:
    """What torchrun sets, and then a training and one gathered gradient; results go into files."""
    torch.set_num_threads(1)
    os.environ |= {
        "RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": str(rank), "CUDA_VISIBLE_DEVICES": "",
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
    }  # fmt: skip
    with started():
        torch.manual_seed(rank)  # another start, which the first process's replaces
        model = make_model() if rank == 0 else nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
        fit(model, batches_from, losses, CONFIG, Path(folder) / "run")
        torch.save(model.state_dict(), Path(folder) / f"model{rank}.pt")
        torch.manual_seed(3)
        linear = nn.Linear(3, 4)
        contrast_step(linear, batch(rank)).backward()
        torch.save(linear.weight.grad, Path(folder) / f"gradient{rank}.pt")


@pytest.mark.slow
def test_two_processes_train_what_one_does(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mp.spawn(as_one_of_two, (port, str(tmp_path)), nprocs=2)
    alone = make_model()
    fit(alone, batches_from, losses, replace(CONFIG, accumulate=2), tmp_path / "alone")
    for rank in (0, 1):
        shared = make_model()
        shared.load_state_dict(torch.load(tmp_path / f"model{rank}.pt", weights_only=True))
        assert close(alone, shared)
    logs = [(tmp_path / name / "log.csv").read_text().splitlines() for name in ("run", "alone")]
    assert len(logs[0]) == len(logs[1]), "one process writes"
    assert float(logs[0][-1].split(",")[1]) == pytest.approx(float(logs[1][-1].split(",")[1]), abs=2e-4)

    torch.manual_seed(3)
    linear = nn.Linear(3, 4)
    rows = torch.cat((batch(0), batch(1)))
    partial_contrast(linear(rows) @ linear(rows.flip(1)).T, torch.eye(12, dtype=torch.long)).backward()
    gradients = [torch.load(tmp_path / f"gradient{rank}.pt", weights_only=True) for rank in (0, 1)]
    assert torch.allclose((gradients[0] + gradients[1]) / 2, linear.weight.grad, atol=1e-6)
