"""Finish what reads the features: `python -m training.recipes.labels MODEL --data ../shared/data --work DIR -o FILE`.

Taught beside everything else, the pooling of tiles lagged behind the features it pools: of the training's own town
tiles a third were called vegetation. And the objectness forgot small ships at 10 m while it learned those of
harbours at 3 m. Here the features stay as they are, and these two alone learn on, from an even mix. Captions come
after it: they are read from what the pooling makes of a view. The other way round, types of vehicles that captions had
told apart for .77 of the chips were so for .45.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.model import registry
from engine.model.text import TextTower
from engine.model.towers import ImageTower
from engine.trainers.loop import LoopConfig, fit, numbered
from engine.trainers.losses import core_focal, partial_contrast
from training.calibrate import settings_of
from training.concepts import COMPOSITES, CONCEPT, FALSE, OBJECT_KINDS, TRUE, UNKNOWN
from training.export import export, settle
from training.phrases import PhraseBank, anchor
from training.recipes.towers import SIMULATED, ZOOMS, Batch, Recipe, Steps, real_sets
from training.sources import load_simulated
from training.sources.batches import Augment, Sampler

logger = logging.getLogger(__name__)

STEPS = 1200
SHARES = {
    "simulated": 0.30, "chips": 0.15, "ssdd": 0.17, "hrsid": 0.13, "ship_chips": 0.04, "opensarship": 0.07,
    "floods": 0.03, "landcover": 0.02, "oil_slicks": 0.02, "mstar": 0.03, "sar_acd": 0.04,
}  # fmt: skip
ALONE = 0.25  # of crops: labels are asked of small images, too
POOLING = ("attend", "value", "pooled")
OBJECTNESS = ("lateral4", "object_context", "object_mix", "objects")
# half of the ships are seen as small as those of Sentinel-1
FAR = {"hrsid": (0.2, 1.3), "ssdd": (0.35, 1.6), "opensarship": (0.5, 1.2)}
# of a tile that shows enough of it, said before what lies beside it or grows on it
SPECIFIC = ("harbor", "oil slick", "mountains")
BESIDE = ("urban", "industry", "land", "vegetation", "forest", "bare", "water", "sea", "open sea")
SPECIFIC_WEIGHT = 0.5
_SLOW = {"lateral4": 0.6, "object": 0.6}  # share of the learning rate: that part is nearly done
_OBJECTS_WEIGHT = 2.0


class Readers(nn.Module):
    """The parts of a tower that read its features; the rest of it, and the texts, stay as they are."""

    def __init__(self, image: ImageTower, text: TextTower, scale: float) -> None:
        super().__init__()
        for name in (*POOLING, *OBJECTNESS):
            setattr(self, name, getattr(image, name))
        self.requires_grad_(True)
        self._fixed = (image.eval(), text, scale)  # in a tuple: no part of the state

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Tiles against texts, both ways, and the cores of objects."""
        image, text, scale = self._fixed
        with torch.no_grad():
            asked = text.project(batch.draw.sentences)
        with torch.autocast("cpu", torch.bfloat16):
            features = image(batch.pixels)
        return tiles_and_texts(image, features.pyramid.float(), batch, scale * asked) | {
            "objects": _OBJECTS_WEIGHT * core_focal(features.objectness, batch.heat, batch.core, batch.known),
        }


def tiles_and_texts(image: ImageTower, pyramid: Tensor, batch: Batch, asked: Tensor) -> dict[str, Tensor]:
    """Terms of the loss of a batch's tiles: against texts, by text, and the specific before the general.

    Args:
        image: Tower that pools.
        pyramid: (B, C, h, w) its features of the batch.
        batch: What is true of each tile.
        asked: (P, D) vectors of the batch's phrases, each as long as logits are scaled.
    """
    tiles = image.pool(pyramid, batch.tile_valid, batch.tile_px).permute(0, 2, 3, 1).flatten(0, 2)
    return against_texts("tiles", tiles @ asked.T, batch)


def against_texts(name: str, logits: Tensor, batch: Batch) -> dict[str, Tensor]:
    """Terms of the loss, under `name`, of scaled similarities (N, P) of a batch's tiles and its phrases."""
    truth = batch.tile_truth[:, batch.draw.concepts]
    return {
        name: partial_contrast(logits, truth, batch.tile_weight),
        f"{name}_by_text": 0.5 * partial_contrast(logits.T, truth.T),
        "specific": SPECIFIC_WEIGHT
        * partial_contrast(logits, specific_first(truth, batch.draw.concepts, batch.of_object), batch.tile_weight),
    }


def specific_first(truth: Tensor, concepts: Tensor, of_object: Tensor) -> Tensor:
    """Truth (N, P) in which, where something specific is true, what is true beside it counts as false; else unknown.

    A tile a fifth of which is quays may be half a town, and woods grow on mountains. Both are true, but what it is
    called is a harbor, and mountains. And an image of one ship shows sea, most of all, but is one of a ship.

    Args:
        truth: Of each tile and phrase.
        concepts: (P,) of each phrase.
        of_object: (N,) whether a tile shows one object and little around it.
    """
    specific, beside, objects, composite = (
        torch.isin(concepts, torch.tensor([CONCEPT[name] for name in names]))
        for names in (SPECIFIC, BESIDE, OBJECT_KINDS, COMPOSITES)
    )
    specific = torch.where(of_object[:, None], objects, specific)
    beside = torch.where(of_object[:, None], ~objects & ~composite, beside)
    is_specific = (truth == TRUE) & specific
    found = torch.where(is_specific, TRUE, torch.full_like(truth, UNKNOWN))
    return torch.where(is_specific.any(1, keepdim=True) & beside, torch.full_like(truth, FALSE), found)


def run(source: Path, data: Path, work: Path, target: Path, steps: int = STEPS) -> Path:
    """Train what reads the features of the model in `source` on; writes `target` and returns it."""
    torch.manual_seed(0)
    pair, settings = registry.load(source), settings_of(source)
    image, text = pair.image, pair.text
    if not isinstance(image, ImageTower) or not isinstance(text, TextTower):
        raise TypeError(f"{source}: only a bundled model has such readers")
    settle(text)
    anchor(text)
    sets = real_sets(data)
    sets["simulated"] = load_simulated(work / "simulated", SIMULATED)
    recipe = Recipe(seed=3)
    batches = Steps(Sampler(sets, SHARES, recipe.size_px, Augment(alone=ALONE), ZOOMS | FAR), PhraseBank(text), recipe)
    config = LoopConfig(steps, 1e-3, warmup_steps=100, ema_decay=0.99, checkpoint_every=500, slow=_SLOW)

    readers = Readers(image, text, settings.logit_scale)
    trained = fit(readers, numbered(batches, steps), Readers.losses, config, work / "labels")
    for name in (*POOLING, *OBJECTNESS):
        setattr(image, name, getattr(trained, name))
    return export(image, text, settings, target, pair.reader, pair.look)


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
