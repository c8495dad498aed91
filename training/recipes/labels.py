"""Finish the pooling of tiles: `python -m training.recipes.labels MODEL --data ../shared/data --work DIR -o FILE`.

Taught beside everything else, the pooling lagged behind the features it pools: of the training's own town
tiles a third were called vegetation. Here the features stay as they are and it alone learns on.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from engine.model import registry
from engine.model.text import TextTower
from engine.model.towers import ImageTower
from engine.trainers.loop import LoopConfig, fit
from engine.trainers.losses import partial_contrast
from training.calibrate import settings_of
from training.export import export
from training.phrases import PhraseBank
from training.recipes.towers import SIMULATED, ZOOMS, Batch, Recipe, Steps, real_sets
from training.sources import load_simulated
from training.sources.batches import Augment, Sampler

logger = logging.getLogger(__name__)

STEPS = 1000
SHARES = {
    "simulated": 0.30, "chips": 0.25, "ssdd": 0.09, "hrsid": 0.09, "ship_chips": 0.06, "floods": 0.05,
    "landcover": 0.03, "oil_slicks": 0.03, "opensarship": 0.02, "mstar": 0.03, "sar_acd": 0.05,
}  # fmt: skip
ALONE = 0.25  # of crops: labels are asked of small images, too
POOLING = ("attend", "value", "pooled")


class Pooling(nn.Module):
    """The parts of a tower that pool tiles; the rest of it, and the texts, stay as they are."""

    def __init__(self, image: ImageTower, text: TextTower, scale: float) -> None:
        super().__init__()
        self.attend, self.value, self.pooled = image.attend, image.value, image.pooled
        self._fixed = (image.eval(), text, scale)  # in a tuple: no part of the state

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Tiles against texts, both ways."""
        image, text, scale = self._fixed
        with torch.no_grad():
            with torch.autocast("cpu", torch.bfloat16):
                pyramid = image(batch.pixels).pyramid.float()
            asked = text.project(batch.draw.sentences)
        tiles = image.pool(pyramid, batch.tile_valid, batch.tile_px).permute(0, 2, 3, 1).flatten(0, 2)
        logits, truth = scale * tiles @ asked.T, batch.tile_truth[:, batch.draw.concepts]
        return {
            "tiles": partial_contrast(logits, truth, batch.tile_weight),
            "tiles_by_text": 0.5 * partial_contrast(logits.T, truth.T),
        }


def run(source: Path, data: Path, work: Path, target: Path, steps: int = STEPS) -> Path:
    """Train the pooling of the model in `source` on; writes `target` and returns it."""
    torch.manual_seed(0)
    pair, settings = registry.load(source), settings_of(source)
    image, text = pair.image, pair.text
    if not isinstance(image, ImageTower) or not isinstance(text, TextTower):
        raise TypeError(f"{source}: only a bundled model has tiles to pool")
    for parameter in (*image.attend.parameters(), *image.value.parameters(), *image.pooled.parameters()):
        parameter.requires_grad_(True)
    sets = real_sets(data)
    sets["simulated"] = load_simulated(work / "simulated", SIMULATED)
    recipe = Recipe(seed=3)
    batches = Steps(Sampler(sets, SHARES, recipe.size_px, Augment(alone=ALONE), ZOOMS), PhraseBank(text), recipe)
    config = LoopConfig(steps, 1e-3, warmup_steps=100, ema_decay=0.99, checkpoint_every=500)

    def batches_from(start: int) -> Iterable[Batch]:
        return DataLoader(batches, batch_size=None, sampler=range(start, steps), num_workers=1, prefetch_factor=4)

    trained = fit(Pooling(image, text, settings.logit_scale), batches_from, Pooling.losses, config, work / "labels")
    image.attend, image.value, image.pooled = (getattr(trained, part) for part in POOLING)
    return export(image, text, settings, target, pair.reader)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, log and simulated scenes")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logger.info("wrote %s", run(args.model, args.data, args.work, args.out, args.steps))


if __name__ == "__main__":
    main()
