"""Teach the second look: `python -m training.recipes.look MODEL --data ../shared/data --work DIR -o FILE`.

The towers stay as they are; the look (`engine.model.look`) learns what they leave: what a view shows, types of
vehicles and airliners above all. Five eighths of the pixels are views of one chip each, the others crops of ground,
which each second step sees cut into views, as an image of one view is asked about.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.model import registry
from engine.model.look import LOOK_STRIDE_PX, Look, LookConfig, seen
from engine.model.text import TextTower
from engine.model.towers import DENSE_STRIDE_PX, ImageTower
from engine.trainers.loop import LoopConfig, fit, numbered
from training.calibrate import settings_of
from training.concepts import TYPES
from training.export import export, settle
from training.phrases import PhraseBank, anchor
from training.recipes.labels import FAR, against_texts
from training.recipes.towers import (
    SIMULATED,
    VIEW_PX,
    ZOOMS,
    Batch,
    Recipe,
    Steps,
    afloat,
    each_alone,
    real_sets,
    transplanted,
    typed,
)
from training.sources import as_seen, load_simulated
from training.sources.batches import Augment, Sampler
from training.sources.views import SmallImages, ViewSampler

logger = logging.getLogger(__name__)

STEPS = 8500
SHARES = {
    "simulated": 0.14, "as_seen": 0.12, "chips": 0.24, "ssdd": 0.12, "hrsid": 0.10, "transplanted": 0.02,
    "ship_chips": 0.02, "floods": 0.06, "landcover": 0.08, "oil_slicks": 0.08, "opensarship": 0.02,
}  # fmt: skip
CROPS, CROPS_OF_VIEWS = 6, 10  # of a step
ALONE, AS_IS = 0.15, 0.3  # of crops
SMALL = 0.35  # of the crops of ground, which are cut to small images
# simulated scenes as the product stretches them
GROUND = ("town", "industry", "farmland", "forest", "mountains", "foothills", "harbor", "waterfront", "coast")
GROUND_SEEDS = range(820_000, 820_020)  # below those of any evaluation


class Looking(nn.Module):
    """The look, and linear readers of types that are not shipped: what they teach it is."""

    def __init__(self, image: ImageTower, text: TextTower, scale: float, look: Look) -> None:
        super().__init__()
        self.look = look.requires_grad_()
        self.types = nn.Linear(look.config.pool_width, len(TYPES))
        self.told_types = nn.Linear(image.config.embed_dim, len(TYPES))
        self._fixed = (image.eval(), text, scale)  # in a tuple: no part of the state

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Views against texts both ways, the specific before the general, and types by themselves."""
        assert batch.tile_px == VIEW_PX  # noqa: S101 - the recipe asks for tiles of that side
        image, text, scale = self._fixed
        if batch.step % 2:  # mountains need no valley beside them
            batch = each_alone(batch)
        with torch.no_grad():
            asked = text.project(batch.draw.sentences)
            with torch.autocast("cpu", torch.bfloat16):
                features, start = seen(image, batch.pixels)
            pooled = image.pool(features.pyramid.float(), batch.tile_valid, VIEW_PX).permute(0, 2, 3, 1).flatten(0, 2)
            valid = nn.functional.avg_pool2d(batch.tile_valid[:, None], LOOK_STRIDE_PX // DENSE_STRIDE_PX)[:, 0]
        with torch.autocast("cpu", torch.bfloat16):
            shown = self.look.views(self.look.read(start)[1], valid, VIEW_PX)
        told = self.look.tell(pooled, shown.float())
        of_type, kind = batch.view_type >= 0, batch.view_type[batch.view_type >= 0]
        return against_texts("views", scale * told @ asked.T, batch) | {
            "types": nn.functional.cross_entropy(self.types(shown[of_type].float()), kind),
            "told_types": nn.functional.cross_entropy(8.0 * self.told_types(told[of_type]), kind),
        }


def run(
    source: Path,
    data: Path,
    work: Path,
    target: Path,
    *,
    steps: int = STEPS,
    seed: int = 0,
    further: bool = False,
) -> Path:
    """Teach a look to the model in `source`; writes `target` and returns it.

    Args:
        source: Model whose towers are trained.
        data: Folder of the real data sets.
        work: Folder for checkpoints, log and simulated scenes.
        target: File to write.
        steps: To take.
        seed: Of the batches, and of a new look.
        further: Go on with the look that the model has, at half the learning rate; else it gets a new one.
    """
    torch.manual_seed(seed)
    pair, settings = registry.load(source), settings_of(source)
    image, text = pair.image, pair.text
    if not isinstance(image, ImageTower) or not isinstance(text, TextTower):
        raise TypeError(f"{source}: only a bundled model can be given a second look")
    settle(text)
    anchor(text)
    look = pair.look if further else Look(LookConfig(), image.config)
    if look is None:
        raise TypeError(f"{source}: has no look to go on with")
    looking = Looking(image.to(memory_format=torch.channels_last), text, settings.logit_scale, look)
    looking.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    steps_of = _steps(data, work, PhraseBank(text), seed)
    config = LoopConfig(steps, 1e-3 if further else 2e-3, ema_decay=0.998, checkpoint_every=250)

    trained = fit(looking, numbered(steps_of, steps), Looking.losses, config, work / ("further" if further else "look"))
    return export(image, text, settings, target, pair.reader, trained.look)  # type: ignore[arg-type]


def _steps(data: Path, work: Path, bank: PhraseBank, seed: int) -> Steps:
    """The batches: crops of everything that shows ground, and views of chips."""
    sets = real_sets(data)
    marine = [*sets["ssdd"], *sets["hrsid"]]
    sets["transplanted"] = transplanted(marine, seed + 11)
    sets["simulated"] = load_simulated(work / "simulated", SIMULATED)
    sets["as_seen"] = as_seen(GROUND, GROUND_SEEDS)
    chips = [chip for name in ("mstar", "sar_acd") for chip in typed(sets.get(name, []))]
    recipe = Recipe(batch=CROPS, per_concept=1, seed=seed + 21, tiles_px=(VIEW_PX,))
    sampler = Sampler(sets, SHARES, recipe.size_px, Augment(alone=ALONE, as_is=AS_IS), ZOOMS | FAR)
    views = ViewSampler([*chips, *afloat(sets["ship_chips"])], recipe.size_px, VIEW_PX)
    return Steps(SmallImages(sampler, VIEW_PX, SMALL), bank, recipe, views, CROPS_OF_VIEWS)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, log and simulated scenes")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--further", action="store_true", help="go on with the look that the model has")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = {"steps": args.steps, "seed": args.seed, "further": args.further}
    logger.info("wrote %s", run(args.model, args.data, args.work, args.out, **settings))


if __name__ == "__main__":
    main()
