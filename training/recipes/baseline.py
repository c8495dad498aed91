"""What SARCLIP is measured against: `python -m training.recipes.baseline --data DATA --work DIR -o FILE`.

The same networks, taught as a CLIP is: each image squashed to one view, beside one sentence that names what there is.
No caption of D2C, no box, no mask, no view of its own for each part. It starts from nothing, so that nothing it knows
comes from what it is compared with; `training.recipes.captions --plain` makes another that stands on the same towers
and lacks the last stage alone.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn
from torch.utils.data import Dataset

from engine.model.anyreader import PEAK_LEVELS, AnyReader, AnyReaderConfig, ViewGrid, join
from engine.model.bundled import BundledSettings
from engine.model.look import LOOK_STRIDE_PX, Look, LookConfig, seen
from engine.model.text import CaptionHead, TextTower, pool
from engine.model.towers import DENSE_STRIDE_PX, ImageConfig, ImageTower
from engine.model.windows import share_valid
from engine.trainers.loop import LoopConfig, fit, numbered
from engine.trainers.losses import partial_contrast
from training.captioned import draw_images
from training.evaluation.contestants import resized
from training.export import export, settle
from training.finetune import restretched
from training.minilm import load_minilm
from training.recipes.captions import SHARES, TextTable, plain_sentence
from training.recipes.captions import Recipe as CaptionRecipe
from training.recipes.towers import BACKGROUND, SIMULATED, TEMPLATES, VIEW_PX, pasted
from training.sources import load_real, load_simulated
from training.splits import training_part

logger = logging.getLogger(__name__)

CAPTION_DIM = CaptionRecipe().caption_dim


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of the run."""

    images: int = 12_000
    batch: int = 64
    steps: int = 4000
    learning_rate: float = 2e-3
    seed: int = 0


class Batch(NamedTuple):
    """Squashed images, sentences, and which is said of which."""

    pixels: Tensor  # B, VIEW_PX, VIEW_PX uint8
    texts: Tensor  # T: rows of the table of texts
    said: Tensor  # B, T: 1 or 0


class Steps(Dataset[Batch]):
    """Batch n is a function of n and the seed alone."""

    def __init__(self, images: np.ndarray, texts: Sequence[int], recipe: Recipe) -> None:
        """Args: images (N, VIEW_PX, VIEW_PX) uint8, the row of each one's text, and the recipe."""
        self.images, self.texts, self.recipe = images, np.asarray(texts), recipe

    def __getitem__(self, step: int) -> Batch:
        """Draw images, turned, mirrored and stretched at random."""
        rng = np.random.default_rng((self.recipe.seed, step))
        chosen = rng.choice(len(self.images), min(self.recipe.batch, len(self.images)), replace=False)
        turned = [np.rot90(self.images[row], rng.integers(4))[:: rng.choice((-1, 1))] for row in chosen]
        shown = [restretched(pixels, rng) for pixels in turned]
        texts = np.unique(self.texts[chosen])
        said = (self.texts[chosen][:, None] == texts).astype(np.int8)
        return Batch(torch.from_numpy(np.stack(shown)), torch.from_numpy(texts), torch.from_numpy(said))


class Clip(nn.Module):
    """Every part of the model that learns, from an image's pixels to its vector and from a sentence's states to its."""

    def __init__(self, image: ImageTower, look: Look, text: TextTower, table: TextTable) -> None:
        super().__init__()
        self.image, self.look = image, look
        self.reader = AnyReader(AnyReaderConfig(text.config.embed_dim, CAPTION_DIM))
        self.caption = CaptionHead(text.config.width, CAPTION_DIM)
        self.head = text.head
        self.log_scale = nn.Parameter(torch.tensor(2.6))
        self._fixed = (table,)  # in a tuple: no part of the state
        # nobody tells it of objects: there is no peak to count
        self.image.objects.requires_grad_(False).get_parameter("weight").zero_()

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Contrast of images and sentences both ways, of the whole vectors and of the names' half alone."""
        image = self._images(batch.pixels)
        states, present = self._fixed[0].padded(batch.texts)
        named = F.normalize(self.head(pool(states, present)), dim=-1)
        text = join(named, self.caption(states, present))
        scale = self.log_scale.clamp(max=4.0).exp()
        whole = scale * image @ text.T
        names = scale * F.normalize(image[:, : named.shape[1]], dim=-1) @ named.T
        return {
            "images": partial_contrast(whole, batch.said),
            "texts": partial_contrast(whole.T, batch.said.T),
            "names": partial_contrast(names, batch.said),
            "names_by_image": partial_contrast(names.T, batch.said.T),
        }

    def _images(self, pixels: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            features, start = seen(self.image, pixels)
            coarse = self.look.read(start)[1]
        pooled = self.image.pool(features.pyramid.float(), share_valid(pixels, DENSE_STRIDE_PX), VIEW_PX)[:, :, 0, 0]
        shown = self.look.views(coarse.float(), share_valid(pixels, LOOK_STRIDE_PX), VIEW_PX)
        views = self.look.tell(pooled, shown)[:, None]
        places = ViewGrid(VIEW_PX, VIEW_PX, VIEW_PX).places().expand(len(pixels), -1, -1)
        peaks = views.new_zeros(len(pixels), 1, len(PEAK_LEVELS))
        return self.reader.with_caption(views, places, views.new_ones(len(pixels), 1), peaks)


def run(data: Path, work: Path, target: Path, recipe: Recipe) -> Path:
    """Train and export; writes `target` and returns it."""
    torch.manual_seed(recipe.seed)
    image_config = ImageConfig()
    text = load_minilm(image_config.embed_dim)
    settle(text)
    sets = training_part(load_real(data))
    sets["pasted"] = pasted([*sets["ssdd"], *sets["hrsid"]], recipe.seed + 7)
    sets["simulated"] = load_simulated(work / "simulated", SIMULATED)
    shown, said = [], []
    for image in draw_images(sets, SHARES, recipe.images, np.random.default_rng(recipe.seed)):
        shown.append(resized(image.pixels, (VIEW_PX, VIEW_PX)))
        said.append(plain_sentence(image))
    table = TextTable(text, said)
    logger.info("%d images, %d different sentences", len(shown), len(table.row))
    steps = Steps(np.stack(shown), [table.row[words] for words in said], recipe)
    config = LoopConfig(recipe.steps, recipe.learning_rate, checkpoint_every=200)

    clip = Clip(ImageTower(image_config), Look(LookConfig(), image_config), text, table)
    clip.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    trained = fit(clip, numbered(steps, recipe.steps), Clip.losses, config, work / "baseline")
    text.head, text.caption = trained.head, trained.caption  # type: ignore[assignment]
    text.config = replace(text.config, caption_dim=CAPTION_DIM)
    scale = float(trained.log_scale.detach().clamp(max=4.0).exp())  # type: ignore[union-attr, operator]
    settings = BundledSettings(TEMPLATES, BACKGROUND, scale)
    return export(trained.image, text, settings, target, trained.reader, trained.look)  # type: ignore[arg-type]


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, log and simulated scenes")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--images", type=int, default=Recipe().images)
    parser.add_argument("--steps", type=int, default=Recipe().steps)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    recipe = Recipe(images=args.images, steps=args.steps, seed=args.seed)
    logger.info("wrote %s", run(args.data, args.work, args.out, recipe))


if __name__ == "__main__":
    main()
