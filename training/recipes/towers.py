"""The towers of the bundled model: `python -m training.recipes.towers --data ../shared/data --work runs/model`.

Image tower and text head are trained together, from nothing and from MiniLM's sentence vectors. Three
things are asked at once of every crop: each cell of the dense map must match what is true of it, each
tile what is true of the tile, and the objectness map must peak at the centres of objects. Killed and
started again, a run goes on where it was. `training.recipes.captions` teaches the result whole captions.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from engine.model.bundled import BundledSettings
from engine.model.text import TextTower
from engine.model.towers import DENSE_STRIDE_PX, ImageConfig, ImageTower
from engine.model.windows import native_views
from engine.trainers.loop import LoopConfig, fit, numbered
from engine.trainers.losses import core_focal, partial_contrast
from training.concepts import (
    INSHORE_LAND,
    KIND,
    KINDS,
    LEAST_ASHORE,
    TRUE,
    TYPES,
    VEHICLE_TYPES,
    cell_truth,
    tile_truth,
)
from training.export import export, sort_dimensions
from training.minilm import load_minilm
from training.phrases import Draw, PhraseBank
from training.sources import load_real, load_simulated
from training.sources.batches import Augment, Sampler, Source, cut_off
from training.sources.pasted import paste_ships
from training.sources.picture import Picture, centred_in, moved, share_ashore, square_around
from training.sources.real import along_hulls
from training.sources.transplanted import cutouts, transplant_ships
from training.sources.views import ViewSampler
from training.splits import training_part

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of the loop; the second goes on from the average of the first."""

    name: str
    steps: int
    learning_rate: float
    end_share: float  # of the learning rate, at the last step
    objects: float  # weight of the objectness term
    shares: dict[str, float]  # how often each data set is drawn
    tiles: float = 1.0  # weight of the terms of tiles
    types: float = 0.15  # weight of the term of types
    views: int = 0  # crops of each batch that hold chips alone in their views
    kept: float = 0.0  # share of what the stage began with in the weights that it ends with


STAGES = (
    Stage(
        "start", 4500, 2e-3, 0.8, 1.5,
        {
            "simulated": 0.26, "ssdd": 0.27, "hrsid": 0.20, "chips": 0.12, "floods": 0.02, "landcover": 0.015,
            "oil_slicks": 0.02, "opensarship": 0.04, "mstar": 0.025, "sar_acd": 0.03,
        },
    ),
    Stage(
        "steady", 3000, 1.4e-3, 0.75, 1.5,
        {
            "simulated": 0.27, "ssdd": 0.255, "hrsid": 0.205, "pasted": 0.07, "chips": 0.12, "floods": 0.015,
            "landcover": 0.01, "oil_slicks": 0.02, "opensarship": 0.04, "mstar": 0.035, "sar_acd": 0.03,
        },
    ),
    # tiles of the chips, even those trained on, were still mixed up: mountains with vegetation, fields with industry
    Stage(
        "tiles", 6000, 1.1e-3, 0.0, 1.5,
        {
            "simulated": 0.27, "ssdd": 0.215, "hrsid": 0.175, "pasted": 0.06, "chips": 0.21, "floods": 0.015,
            "landcover": 0.015, "oil_slicks": 0.02, "opensarship": 0.035, "mstar": 0.03, "sar_acd": 0.025,
        },
        tiles=1.6,
    ),
    Stage(
        "cores", 6500, 1.2e-3, 0.0, 3.0,
        {
            "simulated": 0.23, "ssdd": 0.25, "hrsid": 0.21, "pasted": 0.07, "chips": 0.14, "floods": 0.01,
            "landcover": 0.01, "oil_slicks": 0.015, "opensarship": 0.03, "mstar": 0.02, "sar_acd": 0.015,
        },
        tiles=1.6,
    ),
    # long hulls had been dim, as the cells of a core shared the weight of one; single ships were called vehicles
    Stage(
        "hulls", 7750, 1.2e-3, 0.2, 4.0,
        {
            "simulated": 0.20, "ssdd": 0.25, "hrsid": 0.20, "pasted": 0.05, "ship_chips": 0.05, "chips": 0.10,
            "floods": 0.04, "landcover": 0.02, "oil_slicks": 0.02, "opensarship": 0.025, "mstar": 0.025,
            "sar_acd": 0.03,
        },
        tiles=1.6,
    ),
    # what a ship is in a harbour takes longest: of the training's own, half had been missed
    Stage(
        "ships", 3750, 6e-4, 0.0, 4.0,
        {
            "simulated": 0.13, "ssdd": 0.33, "hrsid": 0.27, "pasted": 0.06, "ship_chips": 0.05, "chips": 0.06,
            "floods": 0.025, "landcover": 0.01, "oil_slicks": 0.01, "opensarship": 0.02, "mstar": 0.02,
            "sar_acd": 0.015,
        },
        tiles=1.6,
    ),
    # F1 on the training's inshore pictures had still been rising
    Stage(
        "ports", 3000, 1e-3, 0.7, 4.0,
        {
            "simulated": 0.14, "ssdd": 0.29, "hrsid": 0.25, "pasted": 0.07, "ship_chips": 0.05, "chips": 0.07,
            "floods": 0.035, "landcover": 0.015, "oil_slicks": 0.015, "opensarship": 0.025, "mstar": 0.02,
            "sar_acd": 0.02,
        },
        tiles=1.6,
    ),
    # known quays gave known ships away: here they lie at others; and types had been seen too seldom
    Stage(
        "quays", 5500, 9e-4, 0.0, 4.0,
        {
            "simulated": 0.10, "ssdd": 0.21, "hrsid": 0.17, "pasted": 0.03, "transplanted": 0.12, "ship_chips": 0.03,
            "chips": 0.10, "floods": 0.03, "landcover": 0.015, "oil_slicks": 0.015, "opensarship": 0.02,
            "mstar": 0.09, "sar_acd": 0.06,
        },
        tiles=1.6, types=0.6,
    ),
    # types were still told apart for half of the chips: seen as they are asked about, they are seen enough
    Stage(
        "types", 3000, 8e-4, 0.0, 4.0,
        {
            "simulated": 0.12, "ssdd": 0.26, "hrsid": 0.21, "pasted": 0.03, "transplanted": 0.15, "ship_chips": 0.03,
            "chips": 0.11, "floods": 0.03, "landcover": 0.015, "oil_slicks": 0.015, "opensarship": 0.03,
        },
        tiles=1.6, types=1.0, views=4, kept=0.3,
    ),
)  # fmt: skip
# pictures of known fine pixels are also seen as coarser ones see the same ground; SSDD mixes 1 to 15 m
ZOOMS = {
    "hrsid": (0.35, 1.5), "ssdd": (0.6, 1.8), "chips": (0.7, 1.4), "opensarship": (0.6, 1.4), "floods": (0.7, 2.2),
}  # fmt: skip
ALONE = 0.1  # of crops, of which a small square is left
SIMULATED = 900  # scenes in the bank
TRANSPLANTS = 3  # versions of such a picture
PORT_CLUTTER = 0.1  # of a picture of HRSID: its quays and basins are one kind
TEMPLATES = ("{}", "a SAR image of {}", "a radar image showing {}")
BACKGROUND = (
    *("sea", "lake or river", "town", "industrial area", "forest", "fields", "mountains", "bare ground", "harbor"),
    *("ship", "aircraft", "airport", "breakwater", "small island", "storage tank", "bridge", "vehicle"),
)
_LEAST_SEEN = 0.03  # of a tile: the rest tells nothing
_AFTER = 1_000_000  # step numbers that no stage uses
AXES_STEPS = 12  # batches that the joint space is turned by before export
VIEW_PX = 128  # of the model: an image no larger is one view, which is asked for its type


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of the run that are not the loop's."""

    size_px: int = 256
    batch: int = 16  # crops a step, those of views not counted
    cells: int = 3072  # cells of a batch that enter the dense loss
    per_concept: int = 2
    noise: float = 0.35
    tiles_px: tuple[int, ...] = (64, 128, 256)  # sides that tiles are asked at, one a step
    seed: int = 0


class Batch(NamedTuple):
    """One step's crops (B, S, S), their targets, and the sentences asked of them."""

    step: int  # number of this one, for recipes whose steps take turns
    pixels: Tensor  # B, S, S uint8
    cell_index: Tensor  # N: cells of the batch, flattened over B, h, w
    cell_truth: Tensor  # N, concepts
    cell_weight: Tensor  # N
    tile_px: int
    tile_truth: Tensor  # B * ty * tx, concepts
    tile_weight: Tensor  # B * ty * tx
    tile_valid: Tensor  # B, h, w: share of valid pixels
    heat: Tensor  # B, 2h, 2w
    core: Tensor  # B, 2h, 2w
    known: Tensor  # B, 2h, 2w
    view_type: Tensor  # B * vy * vx: index into TYPES of the only object of a view, or -1
    of_object: Tensor  # B * ty * tx: whether the tile is the view of a chip around an object
    draw: Draw


class Steps(Dataset[Batch]):
    """Batch n is a function of n and the seed alone."""

    def __init__(
        self, sampler: Source, bank: PhraseBank, recipe: Recipe, views: ViewSampler | None = None, crops: int = 0
    ) -> None:
        """Of each batch, `crops` more are drawn from `views`."""
        self.sampler, self.bank, self.recipe = sampler, bank, recipe
        self.views, self.crops = views, crops

    def __getitem__(self, step: int) -> Batch:
        """Draw and label the crops of a step."""
        recipe = self.recipe
        rng = np.random.default_rng((recipe.seed, step))
        samples = [self.sampler.draw(rng) for _ in range(recipe.batch)]
        samples += [self.views.draw(rng) for _ in range(self.crops)] if self.views else []
        shares = np.stack([sample.cell_shares for sample in samples])
        centers = np.stack([sample.centers for sample in samples])
        kinds = np.stack([sample.cell_kinds for sample in samples])
        tile_px = int(rng.choice(recipe.tiles_px))
        pixels = np.stack([sample.pixels for sample in samples])
        cells = (len(samples), recipe.size_px // DENSE_STRIDE_PX, DENSE_STRIDE_PX, -1, DENSE_STRIDE_PX)
        valid = (pixels != 0).reshape(cells).mean((2, 4), dtype=np.float32)
        tiles = _tiles(shares, centers, valid, tile_px)
        # a cell's composites are judged by its neighbourhood of 128 px
        around = _tiles(shares, centers, valid, 128)
        around = around.reshape(len(samples), recipe.size_px // 128, recipe.size_px // 128, -1)
        around = around.repeat(16, axis=1).repeat(16, axis=2).reshape(-1, around.shape[-1])
        chosen, weight = _choose_cells(kinds.ravel(), recipe.cells, rng)
        return Batch(
            step=step,
            pixels=torch.from_numpy(pixels),
            cell_index=torch.from_numpy(chosen),
            cell_truth=torch.from_numpy(cell_truth(kinds.ravel()[chosen], around[chosen])),
            cell_weight=torch.from_numpy(weight),
            tile_px=tile_px,
            tile_truth=torch.from_numpy(tiles),
            tile_weight=tile_weight(torch.from_numpy(tiles)),
            tile_valid=torch.from_numpy(valid),
            heat=torch.from_numpy(np.stack([sample.heat for sample in samples])),
            core=torch.from_numpy(np.stack([sample.core for sample in samples])),
            known=torch.from_numpy(np.stack([sample.known for sample in samples])),
            view_type=torch.from_numpy(_types(centers, VIEW_PX)),
            of_object=torch.from_numpy(_of_object(centers, recipe.batch, tile_px)),
            draw=self.bank.draw(rng, recipe.per_concept, recipe.noise),
        )


def each_alone(batch: Batch) -> Batch:
    """Each view of a batch's crops by itself, (B * vy * vx, V, V), as an image of one view is read.

    Its tiles must be views. What is known of its cells and objects is left as it was, and fits no longer.
    """
    if batch.tile_px != VIEW_PX:
        raise ValueError(f"tiles of {batch.tile_px} px: those of a batch cut into views must be views, {VIEW_PX} px")
    return batch._replace(
        pixels=native_views(batch.pixels, VIEW_PX).flatten(0, 1),
        tile_valid=native_views(batch.tile_valid, VIEW_PX // DENSE_STRIDE_PX).flatten(0, 1),
    )


def _tiles(shares: np.ndarray, centers: np.ndarray, valid: np.ndarray, tile_px: int) -> np.ndarray:
    """Truth of all tiles of a batch, (B * ty * tx, concepts), from cells (B, h, w, kinds) and what is valid of each.

    What is no data hides nothing: a tile is what can be seen of it, as pooling takes it. Of a chip that fills half
    of its view, all that is false would else be unknown.
    """
    cells = tile_px // DENSE_STRIDE_PX
    batch, height, width, kinds = shares.shape
    shape = (batch, height // cells, cells, width // cells, cells, kinds)
    share = shares.reshape(shape).mean((2, 4)).reshape(-1, kinds)
    count = centers.reshape(shape).sum((2, 4)).reshape(-1, kinds)
    seen = valid.reshape(shape[:-1]).mean((2, 4)).reshape(-1, 1)
    share[:, KIND["unknown"]] -= 1 - seen[:, 0]
    share /= np.maximum(seen, 1e-6)
    share[seen[:, 0] < _LEAST_SEEN] = np.eye(kinds, dtype=np.float32)[KIND["unknown"]]
    return tile_truth(share, count)


def _types(centers: np.ndarray, tile_px: int) -> np.ndarray:
    """Index into TYPES of the object of each tile (B * ty * tx), -1 where there is none or more than one."""
    cells = tile_px // DENSE_STRIDE_PX
    batch, height, width, kinds = centers.shape
    count = centers.reshape(batch, height // cells, cells, width // cells, cells, kinds).sum((2, 4)).reshape(-1, kinds)
    of_type = count[:, [KIND[name] for name in TYPES]]
    alone = (of_type.sum(1) == 1) & (count.sum(1) == 1)
    return np.where(alone, of_type.argmax(1), -1)


def _of_object(centers: np.ndarray, crops: int, tile_px: int) -> np.ndarray:
    """Whether each tile (B * ty * tx) is the view of a chip around an object; the first `crops` hold no such views."""
    cells = tile_px // DENSE_STRIDE_PX
    batch, height, width, _ = centers.shape
    count = centers.sum(3).reshape(batch, height // cells, cells, width // cells, cells).sum((2, 4))
    count[:crops] = 0
    return (count > 0).ravel() & (tile_px == VIEW_PX)


def real_sets(data: Path) -> dict[str, list[Picture]]:
    """The training part of the real data sets below `data`, and chips of their ships."""
    sets = training_part(load_real(data))
    sets["hrsid"] = [along_hulls(picture) for picture in sets.get("hrsid", [])]
    sets["ship_chips"] = ship_chips([*sets.get("ssdd", []), *sets["hrsid"]])
    return sets


def typed(pictures: list[Picture]) -> list[Picture]:
    """Chips whose folder names the type of their object, with the type as its kind."""
    return [_typed(picture, KIND[picture.name.split("/")[1]]) for picture in pictures]


def pasted(pictures: list[Picture], seed: int) -> list[Picture]:
    """Pictures with simulated ships among the real ones, those left out on which none found room."""
    drawn = (paste_ships(picture, np.random.default_rng((seed, number))) for number, picture in enumerate(pictures))
    return [found for picture, found in zip(pictures, drawn, strict=True) if found is not picture]


def transplanted(pictures: list[Picture], seed: int) -> list[Picture]:
    """Pictures of shores with ships of others at their quays, each a few times over."""
    ships = cutouts(pictures)
    shores = [picture for picture in pictures if share_ashore(picture.kinds) > INSHORE_LAND or _is_port(picture)]
    drawn = [
        (picture, transplant_ships(picture, ships, np.random.default_rng((seed, number, turn))))
        for number, picture in enumerate(shores)
        for turn in range(TRANSPLANTS)
    ]
    return [found for picture, found in drawn if found is not picture]


def _is_port(picture: Picture) -> bool:
    """Whether much of it is quays and basins that nobody parted."""
    return bool((picture.kinds == KIND["clutter"]).mean() > PORT_CLUTTER)


def ship_chips(pictures: list[Picture]) -> list[Picture]:
    """A square around every ship, as far as its picture reaches: what is asked about when a ship is all there is."""
    return [crop for picture in pictures for crop in _ship_chips(picture)]


def _ship_chips(picture: Picture) -> Iterator[Picture]:
    for ship in picture.objects[picture.objects[:, 5] == KIND["ship"]]:
        row, col, side = square_around(ship)
        row, col = max(row, 0), max(col, 0)
        place = slice(row, row + side), slice(col, col + side)
        pixels = picture.pixels[place]
        objects = moved(picture.objects, -col, -row)
        inside = centred_in(objects, pixels.shape)
        kinds = picture.kinds[place].copy()
        kinds[cut_off(objects[~inside], kinds.shape)] = KIND["unknown"]
        yield Picture(pixels, kinds, objects[inside], f"{picture.name}/{row}/{col}")


def afloat(chips: list[Picture]) -> list[Picture]:
    """Those chips of ships that show little land: with more of it they are of a harbor as well."""
    return [chip for chip in chips if share_ashore(chip.kinds) < LEAST_ASHORE]


def _typed(picture: Picture, kind: int) -> Picture:
    objects = picture.objects.copy()
    of_object = picture.kinds == int(objects[0, 5])
    objects[:, 5] = kind
    return replace(picture, kinds=np.where(of_object, kind, picture.kinds).astype(np.uint8), objects=objects)


def tile_weight(truth: Tensor) -> Tensor:
    """Weight of each tile, (n,): more where something is true of it (n, concepts) that is true of few others."""
    true = truth == TRUE
    weight = (true / true.sum(0).clamp_min(1).sqrt()).amax(1)
    return weight / weight.mean().clamp_min(1e-6)


def _choose_cells(kinds: np.ndarray, number: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Cells for the dense loss, rare kinds more often, and weights that even out what is left."""
    kinds = _BASE[kinds]
    frequency = np.bincount(kinds, minlength=len(KINDS)) / len(kinds)
    wanted = 1 / np.sqrt(np.maximum(frequency, 1e-4))
    wanted[0] = 0  # unknown
    probability = wanted[kinds]
    chosen = rng.choice(len(kinds), number, p=probability / probability.sum()) if probability.sum() else np.arange(1)
    count = np.bincount(kinds[chosen], minlength=len(KINDS))
    weight = 1 / np.sqrt(np.maximum(count, 1))[kinds[chosen]]
    return chosen, (weight / weight.mean()).astype(np.float32)


# a type of vehicle is as rare as vehicles are
_BASE = np.array(
    [KIND["vehicle" if name in VEHICLE_TYPES else "aircraft"] if name in TYPES else KIND[name] for name in KINDS]
)


class Trained(nn.Module):
    """The parts that learn."""

    def __init__(self, image: ImageTower, text: TextTower) -> None:
        super().__init__()
        self.image = image
        self.head = text.head
        self.log_scale = nn.Parameter(torch.tensor(2.6))
        self.types = nn.Linear(image.config.embed_dim, len(TYPES))  # not shipped: what it teaches the tower is
        self.objects_weight = self.tiles_weight = self.types_weight = 1.0

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Dense, tile and objectness terms; the first two both ways, pictures to texts and texts to pictures."""
        with torch.autocast("cpu", torch.bfloat16):
            features = self.image(batch.pixels)
        text = nn.functional.normalize(self.head(batch.draw.sentences), dim=-1)
        scale = self.log_scale.clamp(max=4.0).exp()
        dense = features.dense.permute(0, 2, 3, 1).flatten(0, 2)[batch.cell_index]
        pyramid = features.pyramid.float()
        tiles = self.image.pool(pyramid, batch.tile_valid, batch.tile_px).permute(0, 2, 3, 1).flatten(0, 2)
        cell = batch.cell_truth[:, batch.draw.concepts]
        tile = batch.tile_truth[:, batch.draw.concepts]
        of_type = batch.view_type >= 0
        views = self.image.pool(pyramid, batch.tile_valid, VIEW_PX).permute(0, 2, 3, 1).flatten(0, 2)[of_type]
        dense_logits, tile_logits = scale * dense @ text.T, scale * tiles @ text.T
        return {
            "cells": partial_contrast(dense_logits, cell, batch.cell_weight),
            "cells_by_text": 0.3 * partial_contrast(dense_logits.T, cell.T),
            "tiles": self.tiles_weight * partial_contrast(tile_logits, tile, batch.tile_weight),
            "tiles_by_text": self.tiles_weight * 0.5 * partial_contrast(tile_logits.T, tile.T),
            "types": self.types_weight * nn.functional.cross_entropy(8.0 * self.types(views), batch.view_type[of_type])
            if len(views)
            else torch.zeros(()),
            "objects": self.objects_weight * core_focal(features.objectness, batch.heat, batch.core, batch.known),
        }


def run(data: Path, work: Path, recipe: Recipe) -> Path:
    """Train all stages and export; returns the model's file."""
    torch.manual_seed(recipe.seed)
    image_config = ImageConfig()
    text = load_minilm(image_config.embed_dim)
    sets = real_sets(data)
    for name in {"mstar", "sar_acd"} & set(sets):
        sets[name] = typed(sets[name])
    sets["pasted"] = pasted([*sets.get("ssdd", []), *sets.get("hrsid", [])], recipe.seed)
    sets["transplanted"] = transplanted([*sets.get("ssdd", []), *sets.get("hrsid", [])], recipe.seed)
    sets["simulated"] = load_simulated(work / "simulated", SIMULATED)
    for name, pictures in sets.items():
        logger.info("%s: %d pictures", name, len(pictures))
    bank = PhraseBank(text)
    weight, bias = bank.discriminant(image_config.embed_dim)
    text.head.load_state_dict({"weight": weight, "bias": bias})
    views = ViewSampler([*sets.get("mstar", []), *sets.get("sar_acd", [])], recipe.size_px, VIEW_PX)
    model = Trained(ImageTower(image_config), text).to(memory_format=torch.channels_last)
    for stage in STAGES:
        sampler = Sampler(sets, stage.shares, recipe.size_px, Augment(alone=ALONE), ZOOMS)
        before = {name: value.clone() for name, value in model.state_dict().items()}
        averaged = _train(model, Steps(sampler, bank, recipe, views, stage.views), stage, work / stage.name)
        model.load_state_dict(blended(before, averaged.state_dict(), stage.kept))
    text.head = model.head
    pictures = Steps(Sampler(sets, STAGES[0].shares, recipe.size_px, Augment()), bank, recipe)
    sort_dimensions(model.image, text, (pictures[_AFTER + index].pixels for index in range(AXES_STEPS)))
    settings = BundledSettings(TEMPLATES, BACKGROUND, float(model.log_scale.detach().clamp(max=4.0).exp()))
    return export(model.image, text, settings, work / "towers.safetensors")


def blended(before: Mapping[str, Tensor], after: Mapping[str, Tensor], kept: float) -> dict[str, Tensor]:
    """Weights between two of one path of training, `kept` of the way back; whole numbers are those after."""
    return {
        name: torch.lerp(value, before[name], kept) if value.is_floating_point() else value
        for name, value in after.items()
    }


def _train(model: Trained, steps: Steps, stage: Stage, folder: Path) -> nn.Module:
    model.objects_weight, model.tiles_weight, model.types_weight = stage.objects, stage.tiles, stage.types
    config = LoopConfig(stage.steps, stage.learning_rate, end_share=stage.end_share, slow={"head": 0.02})

    return fit(model, numbered(steps, stage.steps), Trained.losses, config, folder)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the real data sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, log and the model")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logger.info("wrote %s", run(args.data, args.work, Recipe(seed=args.seed)))


if __name__ == "__main__":
    main()
