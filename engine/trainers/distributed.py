"""One run on several processes, as torchrun starts them: who is who, whose batches are whose, and features of all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
import torch.distributed.nn.functional as differentiable
from torch import Tensor


@dataclass(frozen=True, slots=True)
class World:
    """The processes of a run."""

    rank: int = 0  # of this one
    size: int = 1

    @property
    def writes(self) -> bool:
        """Whether this process writes checkpoints and logs: only the first does."""
        return self.rank == 0


def world() -> World:
    """The run that this process is part of; a world of one where nothing was started."""
    if not (dist.is_available() and dist.is_initialized()):
        return World()
    return World(dist.get_rank(), dist.get_world_size())


@contextmanager
def started() -> Iterator[torch.device]:
    """Join the run that torchrun started and give the device of this process; without torchrun, be one process.

    NCCL between GPUs, gloo between CPUs; the address comes from torchrun's environment.
    """
    gpus = torch.cuda.is_available()
    if "WORLD_SIZE" not in os.environ or "RANK" not in os.environ:
        yield torch.device("cuda" if gpus else "cpu")
        return
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if gpus else torch.device("cpu")
    if gpus:
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if gpus else "gloo")
    try:
        yield device
    finally:
        dist.destroy_process_group()


def own_batches(start: int, stop: int) -> range:
    """Numbers of the batches from `start` to before `stop` that are this process's: every size-th, by rank.

    All processes together see what one alone would, so that the number of processes changes no batch.
    """
    here = world()
    return range(start + here.rank, stop, here.size)


def gather(rows: Tensor) -> Tensor:
    """Rows (n, ...) of all processes, (size * n, ...) in order of rank; gradients flow back to where they came from.

    Every process must bring as many. In a world of one, the rows themselves.
    """
    if world().size == 1:
        return rows
    if not rows.requires_grad:
        parts = [torch.empty_like(rows) for _ in range(world().size)]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)
    return torch.cat(differentiable.all_gather(rows.contiguous()))  # type: ignore[no-untyped-call]


def mean_of(values: Tensor) -> Tensor:
    """Mean of a tensor over all processes, without gradient."""
    here = world()
    if here.size == 1:
        return values
    total = values.detach().clone()
    dist.all_reduce(total)
    return total / here.size
