"""The training loop: cosine schedule, weight averaging, a log, and resuming to the step.

Started by torchrun inside `distributed.started`, the same call trains on several processes: gradients are averaged by
DistributedDataParallel, the first process writes.
"""

from __future__ import annotations

import csv
import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset

from engine.trainers.distributed import mean_of, world

logger = logging.getLogger(__name__)

Batch = TypeVar("Batch")


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """Settings of a run; two runs with equal settings and seeds take the same steps."""

    steps: int
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup_steps: int = 200
    clip_norm: float = 1.0
    end_share: float = 0.0  # of the learning rate, at the last step
    ema_decay: float = 0.998
    checkpoint_every: int = 250
    log_every: int = 25
    slow: Mapping[str, float] = field(default_factory=dict)  # share of the learning rate by prefix of a name
    accumulate: int = 1  # batches whose gradients make one step, on each process

    def __post_init__(self) -> None:
        """Refuse settings that would train nothing."""
        if self.steps <= self.warmup_steps:
            raise ValueError(f"steps {self.steps} must be more than warmup_steps {self.warmup_steps}")
        if self.accumulate < 1:
            raise ValueError(f"accumulate {self.accumulate} must be at least 1")


def numbered(
    batches: Dataset[Batch], steps: int, workers: int = 1, prefetch: int = 4
) -> Callable[[int], Iterable[Batch]]:
    """The batches of a data set by their number, from any on, as `fit` asks for them.

    Args:
        batches: Batch n is a function of n alone.
        steps: How many there are.
        workers: Processes that make them.
        prefetch: Batches that each makes ahead.
    """

    def batches_from(start: int) -> Iterable[Batch]:
        return DataLoader(
            batches, batch_size=None, sampler=range(start, steps), num_workers=workers, prefetch_factor=prefetch
        )

    return batches_from


def schedule(config: LoopConfig, step: int) -> float:
    """Share of the learning rate at a step: linear warm-up, then a cosine to `end_share`."""
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    done = (step - config.warmup_steps) / (config.steps - config.warmup_steps)
    return config.end_share + (1 - config.end_share) * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def parameter_groups(model: nn.Module, config: LoopConfig) -> list[dict[str, Any]]:
    """Weight matrices and kernels are decayed; biases, norms and scalars are not, nor what learns slowly."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        slow = next((factor for prefix, factor in config.slow.items() if name.startswith(prefix)), 1.0)
        decay = config.weight_decay if parameter.ndim > 1 and slow == 1.0 else 0.0
        groups.setdefault((slow, decay), []).append(parameter)
    return [
        {"params": parameters, "weight_decay": decay, "factor": slow}
        for (slow, decay), parameters in groups.items()
    ]


def fit(
    model: nn.Module,
    batches_from: Callable[[int], Iterable[Batch]],
    losses: Callable[[nn.Module, Batch], Mapping[str, Tensor]],
    config: LoopConfig,
    folder: Path,
) -> nn.Module:
    """Train `model` and return its moving average.

    Args:
        model: Trained in place.
        batches_from: Gives the batches from a number on; batch n must depend on n alone, so that a run
            that was killed and resumed sees what an uninterrupted one would. A step takes `accumulate` of
            them on each process: on several, give those of `distributed.own_batches`.
        losses: Named terms of the loss; their sum is minimised. The same names in every batch.
        config: Settings.
        folder: Holds `last.pt` and `log.csv`; a run resumes from what is there.
    """
    here = world()
    folder.mkdir(parents=True, exist_ok=True)
    optimizer = torch.optim.AdamW(parameter_groups(model, config), lr=config.learning_rate)
    ema = get_ema_multi_avg_fn(config.ema_decay)  # type: ignore[no-untyped-call]
    average = AveragedModel(model, multi_avg_fn=ema, use_buffers=True)
    start = _resume(folder / "last.pt", model, average, optimizer)
    log = _Log(folder / "log.csv", config, start) if here.writes else None
    terms_of = _Losses(model, losses)
    forward = _shared(terms_of) if here.size > 1 else terms_of
    batches = batches_from(start * config.accumulate * here.size)
    for step, taken in enumerate(_in_groups(batches, config.accumulate), start):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * group["factor"] * schedule(config, step)
        model.train()
        optimizer.zero_grad(set_to_none=True)
        terms = _backward(forward, taken)
        nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm)
        optimizer.step()
        average.update_parameters(model)
        if log is not None:
            log.add(step, terms)
        if here.writes and ((step + 1) % config.checkpoint_every == 0 or step + 1 == config.steps):
            _save(folder / "last.pt", step + 1, model, average, optimizer)
        if step + 1 == config.steps:
            break
    averaged: nn.Module = average.module
    _copy_constants(model, averaged)
    return averaged


def _copy_constants(model: nn.Module, averaged: nn.Module) -> None:
    """Give the average the buffers that no checkpoint holds: infinite ones, as of attention masks, have no average."""
    kept = model.state_dict().keys()
    constants = {name: buffer for name, buffer in model.named_buffers() if name not in kept}
    for name, buffer in averaged.named_buffers():
        if name in constants:
            buffer.copy_(constants[name])


class _Losses(nn.Module, Generic[Batch]):
    """The losses of a model as a module's forward pass, which DistributedDataParallel hooks into."""

    def __init__(self, model: nn.Module, losses: Callable[[nn.Module, Batch], Mapping[str, Tensor]]) -> None:
        super().__init__()
        self.model, self.losses = model, losses

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        return dict(self.losses(self.model, batch))


def _shared(terms_of: nn.Module) -> DistributedDataParallel:
    """Average gradients over all processes; a term that a batch gives nothing for may leave weights without one."""
    device = next(terms_of.parameters()).device
    devices = [device] if device.type == "cuda" else None
    return DistributedDataParallel(terms_of, device_ids=devices, find_unused_parameters=True)


def _in_groups(batches: Iterable[Batch], number: int) -> Iterator[list[Batch]]:
    """Batches by as many as a step takes; those left over at the end make none."""
    group: list[Batch] = []
    for batch in batches:
        group.append(batch)
        if len(group) == number:
            yield group
            group = []


def _backward(forward: nn.Module, group: list[Batch]) -> dict[str, Tensor]:
    """Add up the gradients of the mean over a group's batches; the mean of each term, over all processes."""
    means: dict[str, Tensor] = {}
    for number, batch in enumerate(group, 1):
        waits = number < len(group) and isinstance(forward, DistributedDataParallel)
        with forward.no_sync() if waits else nullcontext():  # type: ignore[operator]
            terms: dict[str, Tensor] = forward(batch)
            (sum(terms.values(), torch.zeros(())) / len(group)).backward()  # type: ignore[no-untyped-call]
        for name, value in terms.items():
            means[name] = means.get(name, torch.zeros(())) + value.detach() / len(group)
    return {name: mean_of(value) for name, value in means.items()}


def _resume(path: Path, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    average.load_state_dict(state["average"])
    optimizer.load_state_dict(state["optimizer"])
    logger.info("resumed from %s at step %d", path, state["step"])
    return int(state["step"])


def _save(
    path: Path, step: int, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    state = {
        "step": step,
        "model": model.state_dict(),
        "average": average.state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    torch.save(state, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)  # a kill leaves the old checkpoint or the new one


class _Log:
    """Mean of each loss term since the last line, as CSV."""

    def __init__(self, path: Path, config: LoopConfig, start: int) -> None:
        self.path, self.config = path, config
        self.totals: dict[str, float] = {}
        self.count, self.since = 0, time.monotonic()
        self._forget_after(start)

    def _forget_after(self, start: int) -> None:
        """Drop the lines of steps that were lost with a killed run and are taken again."""
        if not self.path.exists():
            return
        header, *lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True) or [""]
        kept = [line for line in lines if int(line.split(",", 1)[0]) <= start]
        self.path.write_text("".join([header, *kept]) if kept else "", encoding="utf-8")

    def add(self, step: int, terms: Mapping[str, Tensor]) -> None:
        for name, value in terms.items():
            self.totals[name] = self.totals.get(name, 0.0) + float(value.detach())
        self.count += 1
        if (step + 1) % self.config.log_every == 0:
            self._write(step + 1)

    def _write(self, step: int) -> None:
        means = {name: round(total / self.count, 4) for name, total in self.totals.items()}
        row = {"step": step, **means, "seconds": round(time.monotonic() - self.since, 1)}
        fresh = not self.path.exists() or not self.path.stat().st_size
        with self.path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(row))
            if fresh:
                writer.writeheader()
            writer.writerow(row)
        logger.info("%s", row)
        self.totals, self.count, self.since = {}, 0, time.monotonic()
