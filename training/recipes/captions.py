"""Teach a bundled model whole captions: `python -m training.recipes.captions MODEL --data DATA --work DIR -o FILE`.

The towers and the look stay as they are; their views of every image are computed once. What learns is
AnyReader, which fuses them, and the caption head, which reads sentences word by word. D2C says of every
caption in a batch whether it is true of every image in it, so that no true caption is ever a plain negative.
That alone draws the few texts that are true of nearly everything to every image, and whoever knows no more than
what is true finds an image's own captions no better (`docs/model.md`); so texts are also ordered by how likely
somebody is to say them. Bare names are asked, too: the mean of its views calls a harbour "open sea" where most of
its pixels are. With `--plain` it makes the baseline that D2C and AnyReader are measured against: images squashed
to one view, and captions that name what there is.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from engine.model import registry
from engine.model.anyreader import AnyReader, AnyReaderConfig, join
from engine.model.sarclip import SarClip, ViewBatch, load_model
from engine.model.text import PAD, CaptionHead, TextTower
from engine.trainers.loop import LoopConfig, fit, numbered
from engine.trainers.losses import partial_contrast
from training.calibrate import settings_of
from training.captioned import CaptionedImage, Question, Text, draw_images, questions, truth
from training.evaluation.contestants import resized
from training.export import export, settle
from training.phrases import Draw, PhraseBank, anchor
from training.recipes.labels import SPECIFIC_WEIGHT, specific_first
from training.recipes.towers import VIEW_PX, pasted, tile_weight
from training.sources import load_real, load_simulated
from training.splits import training_part

logger = logging.getLogger(__name__)

SHARES = {"ssdd": 0.22, "hrsid": 0.165, "pasted": 0.11, "simulated": 0.16, "mstar": 0.195, "sar_acd": 0.125,
          "floods": 0.008, "chips": 0.008, "oil_slicks": 0.009, "opensarship": 0.02}  # fmt: skip
RARER = 3.0  # at most, of the logarithm of how much rarer than an image's own text another is, and counts for more
# in a million pixels, between one level of the tally and the next: so many more are in pictures it did not learn from
FALSE_PEAKS = (3.0, 1.0, 0.8, 0.15)
BESIDE_OTHERS = 0.5  # share of the counts that are asked beside another image's views
NUMBER_ODDS = (0.3, 3.0)  # of a question for a number, by how rare it is, beside one for a caption
NOISE = 0.35  # of a name's vector: so that its neighbours mean the same


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of the run."""

    images: int = 8800
    batch: int = 112
    steps: int = 1800
    caption_dim: int = 64
    learning_rate: float = 1e-3
    residual: float = 0.6  # share of the learning rate of what names are changed by
    names: float = 2.0  # weight of bare names
    own: float = 1.5  # weight of what somebody says of an image before what could be said
    seed: int = 0
    plain: bool = False
    further: bool = False  # begin with what the model was taught before


class Seen(NamedTuple):
    """Every image as the tower sees it, and what may be asked of it."""

    images: list[CaptionedImage]
    views: list[ViewBatch]  # of one image each
    asked: list[list[Question]]


class Batch(NamedTuple):
    """Images, texts, and which is true of which."""

    views: ViewBatch  # B, N filled up with views of weight 0
    texts: Tensor  # T: rows of the table of texts
    truth: Tensor  # B, T
    own: Tensor  # B, T: 1 for the caption that was drawn for the image, and its equals, -1 for no captions, else 0
    beside: Tensor  # B: row of the image whose views the tally is read beside, mostly its own
    draw: Draw  # phrases of concepts
    named: Tensor  # B, concepts: which names are true of the whole image
    of_object: Tensor  # B: whether one object is what the image shows


def plain_sentence(image: CaptionedImage) -> str:
    """One sentence with the names of what an image shows, as class-name captions have it."""
    names = sorted({item.kind for item in image.known.objects})
    names += [name for name in ("sea", "harbor", "urban", "forest", "fields", "mountains") if _mostly(image, name)]
    names += list(image.known.scene_words)
    return "a SAR image of " + " and ".join(names or ["nothing"])


def _mostly(image: CaptionedImage, name: str) -> bool:
    ground = image.scene.ground
    return bool(ground and ground.holds(name, "mostly", ()))


class Views(Dataset[ViewBatch]):
    """What the model reads of every image."""

    def __init__(self, model: SarClip, images: Sequence[CaptionedImage], *, squash: bool) -> None:
        self.model, self.images, self.squash = model, images, squash

    def __len__(self) -> int:
        """Number of images."""
        return len(self.images)

    def __getitem__(self, row: int) -> ViewBatch:
        """Read one image."""
        pixels = self.images[row].pixels
        shown = resized(pixels, (self.model.spec.tile_px,) * 2) if self.squash else pixels
        return self.model.read_views(shown, counted=True)


def look(model: SarClip, images: Iterable[CaptionedImage], recipe: Recipe) -> Seen:
    """Views and questions of images; every core reads images of its own, which are too small to share."""
    rng = np.random.default_rng((recipe.seed, 1))
    seen = Seen([], [], [])
    for image in images:
        if asked := [Question(Text(plain_sentence(image), ()), ())] if recipe.plain else questions(image, rng):
            seen.images.append(image)
            seen.asked.append(asked)
    reading = Views(model, seen.images, squash=recipe.plain)
    for views in DataLoader(reading, batch_size=None, num_workers=os.cpu_count() or 1, prefetch_factor=8):
        seen.views.append(ViewBatch(*(part.clone() for part in views)))  # type: ignore[union-attr]
        if len(seen.views) % 500 == 0:
            logger.info("%d of %d images read", len(seen.views), len(seen.images))
    return seen


class TextTable:
    """Last states of every sentence: the sentence encoder is frozen."""

    def __init__(self, tower: TextTower, texts: Sequence[str]) -> None:
        self.row = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        ordered = sorted(self.row, key=len)  # batches of like length waste little
        self.states: list[Tensor] = [torch.empty(0)] * len(ordered)
        for start in range(0, len(ordered), 256):
            part = ordered[start : start + 256]
            tokens = tower.tokenize(part)
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                states = tower.sentences.states(tokens).half()
            for text, of_text, length in zip(part, states, (tokens != PAD).sum(1), strict=True):
                self.states[self.row[text]] = of_text[:length].clone()
            if start % 8192 == 0:
                logger.info("%d of %d sentences read", start, len(ordered))

    def padded(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """States (T, L, width) and which tokens are present (T, L)."""
        chosen = [self.states[row] for row in rows.tolist()]
        lengths = torch.tensor([len(states) for states in chosen])
        states = nn.utils.rnn.pad_sequence(chosen, batch_first=True).float()
        return states, torch.arange(states.shape[1]) < lengths[:, None]


class Steps(Dataset[Batch]):
    """Batch n is a function of n and the seed alone."""

    def __init__(self, seen: Seen, rows: dict[str, int], bank: PhraseBank, recipe: Recipe) -> None:
        self.seen, self.rows, self.bank, self.recipe = seen, rows, bank, recipe
        self.odds = odds(seen)

    def __getitem__(self, step: int) -> Batch:
        """Draw images and one question of each, and judge every text against every image."""
        rng = np.random.default_rng((self.recipe.seed, 2, step))
        size = min(self.recipe.batch, len(self.seen.images))
        chosen = rng.choice(len(self.seen.images), size, replace=False)
        asked = [self.seen.asked[i][int(rng.choice(len(self.odds[i]), p=self.odds[i]))] for i in chosen]
        texts = list(dict.fromkeys(text for item in asked for text in (item.true, *item.false)))
        column = {text: index for index, text in enumerate(texts)}
        table = self._judge(chosen, texts)
        own = np.array([[item.caption and text.text == item.true.text for text in texts] for item in asked], np.int8)
        beside = np.arange(size)
        is_number = np.zeros(len(texts), bool)
        for row, item in enumerate(asked):
            table[row, column[item.true]] = 1
            table[row, [column[text] for text in item.false]] = 0
            if not item.caption:  # it may be as true as what was said of the image
                columns = [column[text] for text in (item.true, *item.false)]
                own[:, columns] = np.where(own[:, columns] == 1, 1, -1)
                is_number[columns] |= bool(item.counted)
        for row, item in enumerate(asked):
            others = [at for at, other in enumerate(asked) if at != row and item.counted == other.counted]
            if item.counted and others and rng.random() < BESIDE_OTHERS:  # whose views do not tell how many there are
                beside[row] = rng.choice(others)
                table[row, ~is_number] = own[row] = -1
        return Batch(
            stack_views([mistaken(self.seen.views[i], rng) for i in chosen]),
            torch.tensor([self.rows[text.text] for text in texts]),
            torch.from_numpy(table),
            torch.from_numpy(own),
            torch.from_numpy(beside),
            self.bank.draw(rng, 1, NOISE),
            torch.from_numpy(np.stack([self.seen.images[i].names for i in chosen])),
            torch.tensor([self.seen.images[i].of_object for i in chosen]),
        )

    def _judge(self, chosen: np.ndarray, texts: Sequence[Text]) -> np.ndarray:
        if self.recipe.plain:  # equal captions are all right, others all wrong, as in CLIP
            own = [self.seen.asked[i][0].true.text for i in chosen]
            return np.array([[int(text.text == mine) for text in texts] for mine in own], np.int8)
        scenes = [self.seen.images[i].scene for i in chosen]
        return np.array([[truth(scene, text) for text in texts] for scene in scenes], np.int8)


def mistaken(views: ViewBatch, rng: np.random.Generator) -> ViewBatch:
    """Views whose tally has a few more peaks than were seen.

    The tower has learned these very pictures and takes less for an object that is none than it does in others: whoever
    counts must not believe what it sees here. Of true objects as many are dim as in others.

    Args:
        views: Of one image.
        rng: Source of where, and how high.
    """
    if views.peaks is None:
        return views
    pixels = VIEW_PX**2 * views.weight.numpy()
    if pixels.shape[1] > 1:
        pixels[:, -1] = 0  # the view of the whole
    found = rng.poisson(pixels[..., None] / 1e6 * np.array(FALSE_PEAKS))
    above = np.flip(np.flip(found, -1).cumsum(-1), -1)
    return views._replace(peaks=views.peaks + torch.from_numpy(above.astype(np.float32)))


def odds(seen: Seen) -> list[np.ndarray]:
    """How often each question of each image is drawn: of counts, the rarer numbers oftener."""
    often = np.bincount([item.number for asked in seen.asked for item in asked], minlength=2)
    each = often[1:].sum() / (often[1:] > 0).sum().clip(1) / often.clip(1)
    weight = np.append(1.0, each[1:].clip(*NUMBER_ODDS))
    found = [weight[[item.number for item in asked]] for asked in seen.asked]
    return [of_image / of_image.sum() for of_image in found]


def stack_views(views: Sequence[ViewBatch]) -> ViewBatch:
    """Batches of one image each as one batch, filled up with views of weight 0."""
    most = max(item.views.shape[1] for item in views)

    def filled(part: Tensor) -> Tensor:
        missing = most - part.shape[1]
        return F.pad(part.float(), (0, 0) * (part.ndim - 2) + (0, missing))

    return ViewBatch(*(torch.cat([filled(part) for part in parts]) for parts in zip(*views, strict=True)))


class Captioner(nn.Module):
    """The parts that learn, and the names' half of the texts, which does not."""

    def __init__(self, tower: TextTower, table: TextTable, rarity: Tensor, recipe: Recipe, scale: float) -> None:
        """Args: text tower, its texts and how rare each is as `rarity` tells, the recipe, and the scale of names."""
        super().__init__()
        depth = tower.config.embed_dim
        self.reader = AnyReader(AnyReaderConfig(depth, recipe.caption_dim))
        self.head = CaptionHead(tower.config.width, recipe.caption_dim)
        self.log_scale = nn.Parameter(torch.tensor(3.0))
        self._fixed = (table, rarity, tower, scale)  # in a tuple: no part of the state
        self._names_weight = 0.0 if recipe.plain else recipe.names
        self._own_weight = 0.0 if recipe.plain else recipe.own  # the baseline asks for nothing else already
        with torch.inference_mode():
            means = torch.stack([states.float().mean(0) for states in table.states])
            names = tower.project(F.normalize(means, dim=-1))
        self.register_buffer("names", names.clone(), persistent=False)
        self.names: Tensor

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Captions of each image against false ones, and images of each caption; the same of bare names."""
        views, places, weight, peaks = batch.views
        table, rarity, tower, scale = self._fixed
        assert peaks is not None  # noqa: S101 - the bundled models have an objectness
        mixed = self.reader.mix(views, places, weight, peaks)
        image = join(self.reader.fuse(views, weight, mixed), self.reader.told(mixed[batch.beside], peaks))
        told = self.head(*table.padded(batch.texts))
        text = F.normalize(torch.cat((self.names[batch.texts], told), dim=-1), dim=-1)
        logits = self.log_scale.clamp(max=4.6).exp() * image @ text.T
        with torch.no_grad():
            asked = tower.project(batch.draw.sentences)
        whole = F.normalize(image[:, : tower.config.embed_dim], dim=-1)
        names, named = scale * whole @ asked.T, batch.named[:, batch.draw.concepts]
        specific = specific_first(named, batch.draw.concepts, batch.of_object)
        # the names of a single view are the encoder's own; of others the rare count more
        row_weight = tile_weight(batch.named) * ((weight > 0).sum(1) > 1)
        return {
            "images": partial_contrast(logits, batch.truth),
            "texts": partial_contrast(logits.T, batch.truth.T),
            "own_text": self._own_weight * likely_first(logits, batch.own, rarity[batch.texts]),
            "own_image": self._own_weight * partial_contrast(logits.T, batch.own.T),
            "names": self._names_weight * partial_contrast(names, named, row_weight),
            "specific": SPECIFIC_WEIGHT * self._names_weight * partial_contrast(names, specific, row_weight),
            "names_by_image": 0.5 * self._names_weight * partial_contrast(names.T, named.T),
        }


def rarity(seen: Seen, rows: Mapping[str, int], batch: int) -> Tensor:
    """Minus the logarithm of how likely each text is in a batch of so many images, (texts,)."""
    often = torch.zeros(len(rows))
    for asked in seen.asked:
        for item in asked:
            for text in (item.true, *item.false):
                often[rows[text.text]] += 1 / len(asked)
    return -torch.log(-torch.expm1(-batch * often.clamp_min(1e-6) / len(seen.asked)))


def likely_first(logits: Tensor, own: Tensor, rare: Tensor) -> Tensor:
    """Contrast that orders the texts of an image by how likely they are said of it.

    A text meets others in a batch the oftener the more often it is said. Against equal weights a frequent one is
    pushed away from all images it is not said of, and what is learned is how much likelier it is here than elsewhere.
    Each weighed by its rarity, as in sampled softmax (Jean et al., arXiv 1412.2007), it is how likely it is.

    Args:
        logits: (B, T) scaled similarities.
        own: (B, T) 1 for what was said of an image, -1 for what is not said but asked, else 0.
        rare: (T,) as `rarity` gives it.
    """
    said = own == 1
    of_own = (said * rare).sum(1, keepdim=True) / said.sum(1, keepdim=True).clamp_min(1)
    return partial_contrast(logits, own, false_weight=(rare - of_own).clamp(-RARER, RARER).exp())


def run(source: Path, data: Path, work: Path, target: Path, recipe: Recipe) -> Path:
    """Teach the model in `source`; writes `target` and returns it."""
    torch.manual_seed(recipe.seed)
    model = load_model(source)
    tower = model.text
    if not isinstance(tower, TextTower):
        raise TypeError(f"{source}: only a bundled model can be taught captions")
    settle(tower)
    anchor(tower)
    sets = training_part(load_real(data))
    sets["pasted"] = pasted([*sets["ssdd"], *sets["hrsid"]], recipe.seed + 7)
    sets["simulated"] = load_simulated(work / "simulated")
    seen = look(model, draw_images(sets, SHARES, recipe.images, np.random.default_rng(recipe.seed)), recipe)
    every = [text.text for asked in seen.asked for item in asked for text in (item.true, *item.false)]
    table = TextTable(tower, every)
    settings = settings_of(source)
    captioner = Captioner(tower, table, rarity(seen, table.row, recipe.batch), recipe, settings.logit_scale)
    if recipe.further:
        taught = registry.load(source)
        captioner.reader.load_state_dict(taught.reader.state_dict())  # type: ignore[union-attr]
        captioner.head.load_state_dict(taught.text.caption.state_dict())  # type: ignore[union-attr]
    config = LoopConfig(
        recipe.steps, recipe.learning_rate, ema_decay=0.995, checkpoint_every=1000, log_every=100,
        slow={"reader.residual": recipe.residual},
    )  # fmt: skip
    steps = Steps(seen, table.row, PhraseBank(tower), recipe)

    batches_from = numbered(steps, recipe.steps, workers=2, prefetch=8)
    trained = fit(captioner, batches_from, Captioner.losses, config, work / ("plain" if recipe.plain else "captions"))
    return write(source, target, tower, trained)


def write(source: Path, target: Path, tower: TextTower, trained: nn.Module) -> Path:
    """The model of `source` with what was taught."""
    tower.config = replace(tower.config, caption_dim=trained.reader.config.caption_dim)  # type: ignore[union-attr]
    tower.caption = trained.head  # type: ignore[assignment]
    pair = registry.load(source)  # as the file has it: the loaded model computes in fewer bits
    return export(pair.image, tower, settings_of(source), target, trained.reader, pair.look)  # type: ignore[arg-type]


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="bundled model whose towers are trained")
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, log and simulated scenes")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--plain", action="store_true", help="make the baseline: squashed images, class names")
    parser.add_argument("--further", action="store_true", help="begin with what the model was taught before")
    parser.add_argument("--images", type=int, default=Recipe().images)
    parser.add_argument("--steps", type=int, default=Recipe().steps)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    recipe = Recipe(args.images, steps=args.steps, seed=args.seed, plain=args.plain, further=args.further)
    logger.info("wrote %s", run(args.model, args.data, args.work, args.out, recipe))


if __name__ == "__main__":
    main()
