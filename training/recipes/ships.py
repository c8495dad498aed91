"""Ships once more, all else held: `python -m training.recipes.ships MODEL --data ../shared/data --work DIR -o FILE`.

What telling hulls from quays lacked was training: of the training's own pictures of ports the towers found no more
than four fifths. Here the whole image tower learns objects on, mostly at the sizes and stretches that pictures have,
while a frozen copy of it holds the dense map, the pyramid and the features at stride 4 where they were, for what
else reads those. The second look learns beside it to say of views what it said before.
"""

from __future__ import annotations

import argparse
import copy
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from engine.model import registry
from engine.model.look import LOOK_STRIDE_PX, Look, Seen, seen
from engine.model.towers import DENSE_STRIDE_PX, ImageTower
from engine.trainers.loop import LoopConfig, fit
from engine.trainers.losses import core_focal
from training.calibrate import settings_of
from training.export import export
from training.recipes.towers import SIMULATED, ZOOMS, pasted, real_sets, transplanted
from training.sources import load_simulated
from training.sources.batches import Augment, Sampler
from training.sources.views import ViewSampler

logger = logging.getLogger(__name__)

STEPS, LEARNING_RATE = 7500, 5e-4
SIZE_PX, VIEW_PX = 256, 128
CROPS, CROPS_OF_VIEWS = 13, 2  # of a step; the last and those of views are what the look says something of


SHARES = {
    "hrsid": 0.25, "ssdd": 0.22, "simulated": 0.15, "transplanted": 0.10, "chips": 0.08, "far": 0.06,
    "opensarship": 0.04, "pasted": 0.02, "floods": 0.02, "oil_slicks": 0.02, "ship_chips": 0.02, "landcover": 0.02,
}  # fmt: skip
NEAR = {"hrsid": (0.6, 1.6), "ssdd": (0.65, 1.75), "transplanted": (0.65, 1.65)}  # readings are at .75 to 1.5
FAR = {"far": (0.2, 0.6)}  # SSDD and HRSID as coarse pixels see them
TRANSPLANTED = 3  # draws of all pictures with ships of others at their quays
ALONE, AS_IS = 0.1, 0.5  # of crops
_VIEWS_HELD = 8.0  # times as firmly: that is how they are asked about
_LOOKED_AT = 1  # crop of ground
_OBJECTS_WEIGHT, _DENSE_WEIGHT, _HELD_WEIGHT, _TOLD_WEIGHT = 4.0, 4.0, 0.5, 20.0
_LEAST_VARIANCE = 1e-3  # of a channel: one that is always 0 would weigh infinitely


class Batch(NamedTuple):
    """One step's crops (B, S, S) and what is known of the objects in them, at stride 4."""

    pixels: Tensor  # B, S, S uint8
    heat: Tensor  # B, S/4, S/4
    core: Tensor  # B, S/4, S/4
    known: Tensor  # B, S/4, S/4
    firmly: Tensor  # B: how much holding each weighs
    looked_at: int  # number of crops, the last, that the look reads


class Steps(Dataset[Batch]):
    """Batch n is a function of n and the seed alone."""

    def __init__(self, sampler: Sampler, views: ViewSampler, crops: int, crops_of_views: int, seed: int) -> None:
        self.sampler, self.views, self.seed = sampler, views, seed
        self.crops, self.crops_of_views = crops, crops_of_views

    def __getitem__(self, step: int) -> Batch:
        """Draw the crops of a step."""
        rng = np.random.default_rng((self.seed, step))
        samples = [self.sampler.draw(rng) for _ in range(self.crops)]
        samples += [self.views.draw(rng) for _ in range(self.crops_of_views)]
        pixels, heat, core, known = (
            torch.from_numpy(np.stack([getattr(sample, name) for sample in samples]))
            for name in ("pixels", "heat", "core", "known")
        )
        firmly = torch.ones(len(samples))
        firmly[self.crops :] = _VIEWS_HELD
        return Batch(pixels, heat, core, known, firmly, self.crops_of_views + _LOOKED_AT)


class Held(nn.Module):
    """An image tower that learns objects and the look on it, and their frozen selves, which hold the rest."""

    def __init__(self, image: ImageTower, look: Look) -> None:
        super().__init__()
        self.image, self.look = (copy.deepcopy(part).requires_grad_() for part in (image, look))
        self._before = (image.eval(), look.eval())  # in a tuple: no part of the state

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Objects, and how far moved what others read: 1 - cosine of dense map and views, shares of the variance."""
        with torch.autocast("cpu", torch.bfloat16):
            now, read_now = seen(self.image, batch.pixels)
            with torch.no_grad():
                before, read_before = seen(self._before[0], batch.pixels)
        told = _told(self.image, self.look, read_now, batch.looked_at)
        with torch.no_grad():
            told_before = _told(*self._before, read_before, batch.looked_at)
        apart = (1 - (now.dense * before.dense).sum(1)).mean((1, 2))
        return {
            "objects": _OBJECTS_WEIGHT * core_focal(now.objectness, batch.heat, batch.core, batch.known),
            "dense": _DENSE_WEIGHT * (batch.firmly * apart).mean(),
            "pyramid": _HELD_WEIGHT * moved(read_now.pyramid, read_before.pyramid, batch.firmly),
            "fine": _HELD_WEIGHT * moved(read_now.fine, read_before.fine, batch.firmly),
            "told": _TOLD_WEIGHT * (1 - (told * told_before).sum(-1)).mean(),
        }


def _told(image: ImageTower, look: Look, read: Seen, number: int) -> Tensor:
    """What tower and look say of the views of a batch's last crops, (number * views, D) unit vectors."""
    last = Seen(*(part[-number:] for part in read))
    valid = (last.pixels != 0).float()[:, None]
    at_dense, at_look = (F.avg_pool2d(valid, stride)[:, 0] for stride in (DENSE_STRIDE_PX, LOOK_STRIDE_PX))
    pooled = image.pool(last.pyramid.float(), at_dense, VIEW_PX).permute(0, 2, 3, 1).flatten(0, 2)
    with torch.autocast("cpu", torch.bfloat16):
        shown = look.views(look.read(last)[1], at_look, VIEW_PX)
    return look.tell(pooled, shown.float())


def moved(now: Tensor, before: Tensor, firmly: Tensor) -> Tensor:
    """Mean squared difference of maps (B, C, h, w), of each channel as a share of its variance before.

    Each map of the batch counts by its weight (B,) in `firmly`.
    """
    squared = (now.float() - before.float()).square().mean((2, 3))
    variance = before.float().var((0, 2, 3)).clamp_min(_LEAST_VARIANCE)
    return (firmly[:, None] * squared / variance).mean()


def run(source: Path, data: Path, work: Path, target: Path, *, steps: int = STEPS, seed: int = 0) -> Path:
    """Train the image tower of the model in `source` on, and its look; writes `target` and returns it."""
    torch.manual_seed(seed)
    pair = registry.load(source)
    if not isinstance(pair.image, ImageTower) or pair.look is None:
        raise TypeError(f"{source}: only a bundled model with a look has what this trains")
    for part in (pair.image, pair.look):
        part.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    held = Held(pair.image, pair.look)
    batches = _steps(data, work, seed)

    def batches_from(start: int) -> Iterable[Batch]:
        return DataLoader(batches, batch_size=None, sampler=range(start, steps), num_workers=1, prefetch_factor=4)

    config = LoopConfig(steps, LEARNING_RATE)
    trained = fit(held, batches_from, Held.losses, config, work / "ships")  # type: ignore[arg-type]
    return export(trained.image, pair.text, settings_of(source), target, pair.reader, trained.look)


def _steps(data: Path, work: Path, seed: int) -> Steps:
    """The batches: ships where they are, on other quays and far away, what is taken for ships, and views of chips."""
    sets = real_sets(data)
    marine = [*sets["ssdd"], *sets["hrsid"]]
    sets["simulated"] = load_simulated(work / "simulated", SIMULATED)
    sets |= {"far": marine, "pasted": pasted(marine, seed + 100)}
    sets["transplanted"] = [
        picture for turn in range(1, TRANSPLANTED + 1) for picture in transplanted(marine, seed + 100 * turn)
    ]
    sampler = Sampler(sets, SHARES, SIZE_PX, Augment(alone=ALONE, as_is=AS_IS), ZOOMS | NEAR | FAR)
    views = ViewSampler([*sets["mstar"], *sets["sar_acd"]], SIZE_PX, VIEW_PX)
    return Steps(sampler, views, CROPS, CROPS_OF_VIEWS, seed + 77)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, log and simulated scenes")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logger.info("wrote %s", run(args.model, args.data, args.work, args.out, steps=args.steps, seed=args.seed))


if __name__ == "__main__":
    main()
