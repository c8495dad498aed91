"""Ships once more, all else held: `python -m training.recipes.ships MODEL --data ../shared/data --work DIR -o FILE`.

What telling hulls from quays lacked was training: of the training's own pictures of ports the towers found no more
than four fifths. Here the whole image tower learns objects on, mostly at the sizes and stretches that pictures have,
while a frozen copy of it holds the dense map, the pyramid and the features at stride 4 where they were, each kind of
ground as firmly as any other, for what else reads those. Without islands of real land (`training.sources.islets`)
real ones became ships. The second look learns beside it to say of views what it said before; and once objects are
learned, dense map and look follow what has moved nonetheless, on all kinds of ground, and tiles learn what they are.
"""

from __future__ import annotations

import argparse
import copy
import logging
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn
from torch.utils.data import Dataset

from engine.model import registry
from engine.model.look import LOOK_STRIDE_PX, Look, Seen, seen
from engine.model.text import TextTower
from engine.model.towers import DENSE_STRIDE_PX, DenseFeatures, ImageTower
from engine.trainers.loop import LoopConfig, fit, numbered
from engine.trainers.losses import core_focal
from training.calibrate import settings_of
from training.concepts import KINDS
from training.evaluation.points import is_inshore
from training.export import export, settle
from training.phrases import PhraseBank, anchor
from training.recipes import labels, look, towers
from training.recipes.towers import SIMULATED, ZOOMS, afloat, pasted, real_sets, transplanted
from training.sources import as_seen, load_simulated
from training.sources.batches import Augment, Sampler
from training.sources.islets import strew_islets
from training.sources.views import SmallImages, ViewSampler

logger = logging.getLogger(__name__)

STEPS, LEARNING_RATE = 7000, 6e-4
LOOK_SHARE = 0.3  # of the learning rate
SIZE_PX, VIEW_PX = 256, 128
CROPS, CROPS_OF_VIEWS = 13, 2  # of a step; the last and those of views are what the look says something of


SHARES = {
    "hrsid": 0.27, "ssdd": 0.19, "simulated": 0.07, "transplanted": 0.09, "islets": 0.14, "chips": 0.05, "far": 0.05,
    "opensarship": 0.05, "pasted": 0.02, "floods": 0.02, "oil_slicks": 0.02, "ship_chips": 0.02, "landcover": 0.01,
}  # fmt: skip
NEAR = {"hrsid": (0.6, 1.6), "ssdd": (0.65, 1.75), "transplanted": (0.65, 1.65)}  # readings are at .75 to 1.5
FAR = {"far": (0.2, 0.6), "islets": (0.4, 1.5)}  # as coarse pixels see them
TRANSPLANTED = 3  # draws of all pictures with ships of others at their quays
ALONE, AS_IS = 0.1, 0.5  # of crops
_VIEWS_HELD = 8.0  # times as firmly: that is how they are asked about
_LOOKED_AT = 1  # crop of ground
FOLLOW_STEPS, FOLLOW_RATE = 1200, 1e-3
GROUNDS, GROUNDS_OF_VIEWS = 9, 4  # crops of a step then, all of which the look reads
GROUNDS_TILES_PX = (64, 128, 128, 128, 256)  # sides tiles are asked at, mostly that of views, which are asked beside
FOLLOWERS = ("image.dense.", "image.attend.", "image.value.", "image.pooled.", "look.")
TILES_PX = (64, 128, 256)  # their pools follow
_FOLLOWED_WEIGHT = 1.0  # of what views said before, once they learn
_OBJECTS_WEIGHT, _DENSE_WEIGHT, _HELD_WEIGHT, _TOLD_WEIGHT, _TILES_WEIGHT = 4.0, 4.0, 0.5, 4.0, 4.0
_LEAST_VARIANCE = 1e-3  # of a channel: one that is always 0 would weigh infinitely


class Batch(NamedTuple):
    """One step's crops (B, S, S) and what is known of the objects in them, at stride 4."""

    pixels: Tensor  # B, S, S uint8
    heat: Tensor  # B, S/4, S/4
    core: Tensor  # B, S/4, S/4
    known: Tensor  # B, S/4, S/4
    kinds: Tensor  # B, S/8, S/8 uint8
    firmly: Tensor  # B: how much holding each weighs
    looked_at: int  # number of crops, the last, that the look reads


class Steps(Dataset[Batch]):
    """Batch n is a function of n and the seed alone."""

    def __init__(
        self, sampler: Sampler, views: ViewSampler, crops: int, crops_of_views: int, looked_at: int, seed: int
    ) -> None:
        self.sampler, self.views, self.seed = sampler, views, seed
        self.crops, self.crops_of_views, self.looked_at = crops, crops_of_views, looked_at

    def __getitem__(self, step: int) -> Batch:
        """Draw the crops of a step."""
        rng = np.random.default_rng((self.seed, step))
        samples = [self.sampler.draw(rng) for _ in range(self.crops)]
        samples += [self.views.draw(rng) for _ in range(self.crops_of_views)]
        pixels, heat, core, known, kinds = (
            torch.from_numpy(np.stack([getattr(sample, name) for sample in samples]))
            for name in ("pixels", "heat", "core", "known", "cell_kinds")
        )
        firmly = torch.ones(len(samples))
        firmly[self.crops :] = _VIEWS_HELD
        return Batch(pixels, heat, core, known, kinds, firmly, self.looked_at)


class Held(nn.Module):
    """An image tower that learns objects and the look on it, and their frozen selves, which hold the rest.

    Args:
        image: Tower, which stays as it is: the one that learns is a copy.
        look: Of that tower; the same holds of it.
        text: Tower that tiles are asked by.
        scale: Of their logits.
    """

    def __init__(self, image: ImageTower, look: Look, text: TextTower, scale: float) -> None:
        super().__init__()
        self.image, self.look = (copy.deepcopy(part).requires_grad_() for part in (image, look))
        self._before = (image.eval(), look.eval(), text, scale)  # in a tuple: no part of the state

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Objects, and how far moved what others read: 1 - cosine of what is said, shares of the variance of maps."""
        now, fine, told = _read(self.image, self.look, batch.pixels, batch.looked_at)
        with torch.no_grad():
            before, fine_before, told_before = _read(*self._before[:2], batch.pixels, batch.looked_at)
        apart = 1 - (now.dense * before.dense).sum(1)
        return {
            "objects": _OBJECTS_WEIGHT * core_focal(now.objectness, batch.heat, batch.core, batch.known),
            "dense": _DENSE_WEIGHT * (batch.firmly * apart.mean((1, 2))).mean(),
            "rare": _DENSE_WEIGHT * by_kind(apart, batch.kinds),
            "pyramid": _HELD_WEIGHT * moved(now.pyramid, before.pyramid, batch.firmly),
            "fine": _HELD_WEIGHT * moved(fine, fine_before, batch.firmly),
            "tiles": _TILES_WEIGHT * self._tiles_apart(now, before, batch.pixels),
            "told": _TOLD_WEIGHT * (1 - (told * told_before).sum(-1)).mean(),
        }

    def follow(self, batch: towers.Batch) -> dict[str, Tensor]:
        """Tiles and views against texts, and how far from what they said before dense map and views are, 1 - cosine."""
        before_image, before_look, text, scale = self._before
        if batch.tile_px == VIEW_PX and batch.step % 2:
            batch = towers.each_alone(batch)
        looked_at = len(batch.pixels)
        now, _, told = _read(self.image, self.look, batch.pixels, looked_at)
        with torch.no_grad():
            before, _, told_before = _read(before_image, before_look, batch.pixels, looked_at)
            asked = text.project(batch.draw.sentences)
        losses = labels.tiles_and_texts(self.image, now.pyramid.float(), batch, scale * asked)
        if batch.tile_px == VIEW_PX:  # of views, which are read through the same pooling, the same is true
            of_views = labels.against_texts("tiles", scale * told @ asked.T, batch)
            losses = {name: loss + of_views[name] for name, loss in losses.items()}
        return losses | {
            "dense": _DENSE_WEIGHT * (1 - (now.dense * before.dense).sum(1)).mean(),
            "told": _FOLLOWED_WEIGHT * (1 - (told * told_before).sum(-1)).mean(),
        }

    def _tiles_apart(self, now: DenseFeatures, before: DenseFeatures, pixels: Tensor) -> Tensor:
        """1 - cosine of what tiles of all sides say now and said before; it does not pull at the features."""
        valid = F.avg_pool2d((pixels != 0).float()[:, None], DENSE_STRIDE_PX)[:, 0]
        apart = torch.zeros(())
        for tile_px in TILES_PX:
            pooled = self.image.pool(now.pyramid.detach().float(), valid, tile_px)
            with torch.no_grad():
                pooled_before = self._before[0].pool(before.pyramid.float(), valid, tile_px)
            apart = apart + (1 - (pooled * pooled_before).sum(1)).mean() / len(TILES_PX)
        return apart


def _read(image: ImageTower, look: Look, pixels: Tensor, looked_at: int) -> tuple[DenseFeatures, Tensor, Tensor]:
    """What a tower sees, its features at stride 4, and what it and a look say of the views of the last crops."""
    with torch.autocast("cpu", torch.bfloat16):
        features, read = seen(image, pixels)
    return features, read.fine, _told(image, look, read, looked_at)


def _told(image: ImageTower, look: Look, read: Seen, number: int) -> Tensor:
    """What tower and look say of the views of a batch's last crops, (number * views, D) unit vectors.

    Whatever pools follows the features and does not pull at them.
    """
    last = Seen(*(part[-number:].detach() for part in read))
    valid = (last.pixels != 0).float()[:, None]
    at_dense, at_look = (F.avg_pool2d(valid, stride)[:, 0] for stride in (DENSE_STRIDE_PX, LOOK_STRIDE_PX))
    pooled = image.pool(last.pyramid.float(), at_dense, VIEW_PX).permute(0, 2, 3, 1).flatten(0, 2)
    with torch.autocast("cpu", torch.bfloat16):
        shown = look.views(look.read(last)[1], at_look, VIEW_PX)
    return look.tell(pooled, shown.float())


def by_kind(apart: Tensor, kinds: Tensor) -> Tensor:
    """Mean over kinds of the mean of each kind's cells (B, h, w): an island in a sea of sea weighs as much as that."""
    kind = kinds.flatten().long()
    total = torch.zeros(len(KINDS)).index_add(0, kind, apart.flatten())
    cells = torch.bincount(kind, minlength=len(KINDS))
    return (total / cells.clamp_min(1)).sum() / (cells > 0).sum()


def moved(now: Tensor, before: Tensor, firmly: Tensor) -> Tensor:
    """Mean squared difference of maps (B, C, h, w), of each channel as a share of its variance before.

    Each map of the batch counts by its weight (B,) in `firmly`.
    """
    squared = (now.float() - before.float()).square().mean((2, 3))
    variance = before.float().var((0, 2, 3)).clamp_min(_LEAST_VARIANCE)
    return (firmly[:, None] * squared / variance).mean()


def run(
    source: Path, data: Path, work: Path, target: Path, *, start: Path | None = None, steps: int = STEPS, seed: int = 0
) -> Path:
    """Train the image tower of the model in `source` on, and its look; writes `target` and returns it.

    Args:
        source: The model that is held on to.
        data: Folder of the real data sets.
        work: Folder for checkpoints, log and simulated scenes.
        target: File to write.
        start: A model of an earlier run, whose tower and look training begins from; else those of `source`.
        steps: Of objects.
        seed: Of crops.
    """
    torch.manual_seed(seed)
    pair, settings = registry.load(source), settings_of(source)
    if not isinstance(pair.image, ImageTower) or not isinstance(pair.text, TextTower) or pair.look is None:
        raise TypeError(f"{source}: only a bundled model with a look has what this trains")
    settle(pair.text)
    anchor(pair.text)
    for part in (pair.image, pair.look):
        part.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    held = Held(pair.image, pair.look, pair.text, settings.logit_scale)
    if start is not None:
        begun = registry.load(start)
        held.image.load_state_dict(begun.image.state_dict())
        held.look.load_state_dict(begun.look.state_dict())  # type: ignore[union-attr]
    objects, ground = _steps(data, work, PhraseBank(pair.text), seed)
    # folded norms leave kernels whose lengths matter: none is decayed
    config = LoopConfig(steps, LEARNING_RATE, weight_decay=0.0, slow={"look.": LOOK_SHARE})
    trained = fit(held, numbered(objects, steps), Held.losses, config, work / "ships")  # type: ignore[arg-type]
    held.load_state_dict(trained.state_dict())
    for name, parameter in held.named_parameters():
        parameter.requires_grad_(name.startswith(FOLLOWERS))
    config = LoopConfig(FOLLOW_STEPS, FOLLOW_RATE, weight_decay=0.0, slow={"look.": LOOK_SHARE})
    trained = fit(held, numbered(ground, FOLLOW_STEPS), Held.follow, config, work / "followers")  # type: ignore[arg-type]
    return export(trained.image, pair.text, settings, target, pair.reader, trained.look)


def _steps(data: Path, work: Path, bank: PhraseBank, seed: int) -> tuple[Steps, towers.Steps]:
    """The batches: ships where they are, on other quays and far away, and what is taken for them; then all ground."""
    sets = real_sets(data)
    marine = [*sets["ssdd"], *sets["hrsid"]]
    sets["simulated"] = load_simulated(work / "simulated", SIMULATED)
    sets["as_seen"] = as_seen(look.GROUND, look.GROUND_SEEDS)
    sets["pasted"] = pasted(marine, seed + 100)
    sets["transplanted"] = [
        picture for turn in range(1, TRANSPLANTED + 1) for picture in transplanted(marine, seed + 100 * turn)
    ]
    sets["far"] = [*marine, *sets["transplanted"]]
    grounds = [*sets["chips"], *(picture for picture in marine if is_inshore(picture))]
    sets["islets"] = [
        strew_islets(picture, grounds, np.random.default_rng((seed + 200, number)))
        for number, picture in enumerate(marine)
    ]
    chips = [*sets["mstar"], *sets["sar_acd"]]
    views = ViewSampler(chips, SIZE_PX, VIEW_PX)
    objects = Sampler(sets, SHARES, SIZE_PX, Augment(alone=ALONE, as_is=AS_IS), ZOOMS | NEAR | FAR)
    recipe = towers.Recipe(size_px=SIZE_PX, batch=GROUNDS, tiles_px=GROUNDS_TILES_PX, seed=seed + 78)
    ground = Sampler(sets, look.SHARES, SIZE_PX, Augment(alone=ALONE, as_is=AS_IS), ZOOMS | labels.FAR)
    return (
        Steps(objects, views, CROPS, CROPS_OF_VIEWS, CROPS_OF_VIEWS + _LOOKED_AT, seed + 77),
        towers.Steps(
            SmallImages(ground, VIEW_PX, look.SMALL),
            bank,
            recipe,
            ViewSampler([*chips, *afloat(sets["ship_chips"])], SIZE_PX, VIEW_PX),
            GROUNDS_OF_VIEWS,
        ),
    )


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, log and simulated scenes")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="begin from the weights of this one, of an earlier run")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logger.info(
        "wrote %s", run(args.model, args.data, args.work, args.out, start=args.start, steps=args.steps, seed=args.seed)
    )


if __name__ == "__main__":
    main()
