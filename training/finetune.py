"""Fine-tune an open_clip model on MMSAR.

python -m training.finetune runs/mmsar --architecture ViT-B-32 --family laion --weights FILE --work runs/b32 \
    -o runs/b32/model.safetensors

This repeats the paper's sizes for who has a GPU: ViT-B-32, ViT-B-16, ViT-L-14. On several GPUs or machines:
`torchrun --nproc-per-node 8 -m training.finetune ...`, with the same arguments; `--batch` is then of each process.
Killed and started again with as many processes, a run goes on where it was. The settings are those that worked for
other CLIPs of SAR (SARVLM, arXiv 2510.22665): AdamW, 5e-5, cosine, 1,000 steps of warm-up, weight decay 0.01.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from engine.model.openclip import OpenClipEncoder
from engine.model.registry import FAMILIES
from engine.trainers import distributed, finetune
from engine.trainers.finetune import CaptionBatch, ClipTrainer, FinetuneConfig, key_of
from engine.trainers.loop import LoopConfig, fit
from engine.trainers.plots import plot_logs
from training.evaluation.contestants import resized
from training.mmsar.shards import Example, ShardLookup, shard_paths
from training.sources.picture import centre

logger = logging.getLogger(__name__)

Bytes = NDArray[np.uint8]

GAIN, GAMMA = (0.6, 1.6), (0.7, 1.4)  # of the stretch, which nobody knows of a public picture
NUMBER_SHARE = 0.7  # how often the wrong caption is one of a wrong number, where there is one


class CaptionSteps(Dataset[CaptionBatch]):
    """Batch n is a function of n and the seed alone: every picture once an epoch, with one of its captions.

    Args:
        examples: Of MMSAR, each with at least one caption, as D2C always writes.
        encoder: Says how large a view is, and reads texts.
        batch: Pictures in a batch.
        seed: Of everything random.
    """

    def __init__(self, examples: Sequence[Example], encoder: OpenClipEncoder, batch: int, seed: int) -> None:
        if len(examples) < batch:
            raise ValueError(f"{len(examples)} pictures are fewer than a batch of {batch}")
        self.examples, self.batch, self.seed = examples, batch, seed
        self.side, self.length, self.tokenizer = encoder.view_px, encoder.context_length, encoder.tokenizer
        self.order = lru_cache(maxsize=2)(self._order)

    def __getitem__(self, number: int) -> CaptionBatch:
        """Draw a batch."""
        rng = np.random.default_rng((self.seed, 1, number))
        first = number * self.batch
        chosen = [self._example(place) for place in range(first, first + self.batch)]
        pairs = [_texts(example, rng) for example in chosen]
        texts = [true for true, _ in pairs] + [wrong for _, wrong in pairs]
        return CaptionBatch(
            pixels=torch.from_numpy(np.stack([view(example.pixels(), self.side, rng) for example in chosen])),
            tokens=self.tokenizer(texts, context_length=self.length),
            keys=torch.tensor([key_of(text) for text in texts]),
            owner=torch.arange(self.batch).repeat(2),
        )

    def _example(self, place: int) -> Example:
        epoch, index = divmod(place, len(self.examples))
        return self.examples[int(self.order(epoch)[index])]

    def _order(self, epoch: int) -> NDArray[np.intp]:
        return np.random.default_rng((self.seed, 0, epoch)).permutation(len(self.examples))


def _texts(example: Example, rng: np.random.Generator) -> tuple[str, str]:
    """One caption of a picture and one that is false of it; itself again where none is known."""
    caption: dict[str, Any] = example.captions[int(rng.integers(len(example.captions)))]
    wrong = [negative["text"] for negative in caption["negatives"]]
    numbers = [negative["text"] for negative in caption["negatives"] if negative["changed"] == "number"]
    choices = numbers if numbers and rng.random() < NUMBER_SHARE else wrong
    true = str(caption["text"])
    return true, str(choices[int(rng.integers(len(choices)))]) if choices else true


def view(pixels: Bytes, side: int, rng: np.random.Generator | None = None) -> Bytes:
    """A whole picture in one view: scaled by its longer side, so that counts and places stay true, the rest invalid.

    Args:
        pixels: uint8 (H, W), 0 = invalid.
        side: Of the view.
        rng: For another gain and gamma; None leaves the values as they are.
    """
    scale = side / max(pixels.shape)
    height, width = (max(1, round(scale * length)) for length in pixels.shape)
    fitted = centre(resized(pixels, (height, width)), side)
    return fitted if rng is None else restretched(fitted, rng)


def restretched(pixels: Bytes, rng: np.random.Generator) -> Bytes:
    """Valid pixels under another gain and gamma."""
    gain, gamma = (np.exp(rng.uniform(*np.log(limits))) for limits in (GAIN, GAMMA))
    stretched = np.clip(gain * 255 * (pixels / 255.0) ** gamma, 1, 255)
    return np.where(pixels > 0, stretched, 0).astype(np.uint8)


def run(args: argparse.Namespace) -> Path:
    """Tune and write the model; returns its file."""
    torch.manual_seed(args.seed)
    with distributed.started() as device:
        encoder = finetune.start_from(args.architecture, args.family, args.weights).to(device)
        examples = ShardLookup(shard_paths(args.mmsar, "train"))
        logger.info("%d pictures to train on, %s", len(examples), device)
        steps = CaptionSteps(examples, encoder, args.batch, args.seed)
        model = ClipTrainer(encoder, FinetuneConfig(args.bf16, args.checkpointing, args.freeze_text))
        config = LoopConfig(
            args.steps, args.learning_rate, args.weight_decay, args.warmup,
            ema_decay=args.ema, checkpoint_every=args.checkpoint_every, accumulate=args.accumulate,
        )  # fmt: skip
        total = args.steps * args.accumulate * distributed.world().size

        def batches_from(start: int) -> Iterable[CaptionBatch]:
            own = distributed.own_batches(start, total)
            return DataLoader(steps, batch_size=None, sampler=own, num_workers=args.workers)

        averaged = fit(model, batches_from, ClipTrainer.losses, config, args.work)
        if distributed.world().writes:
            finetune.save(averaged.encoder, args.out, family=args.family, architecture=args.architecture)
            if (args.work / "log.csv").is_file():
                plot_logs({args.architecture: args.work / "log.csv"}, args.work / "losses.png")
    return Path(args.out)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("mmsar", type=Path, help="what `python -m training.mmsar build` wrote")
    found.add_argument("--architecture", required=True, help="open_clip's name: ViT-B-32, ViT-B-16, ViT-L-14, RN50 ...")
    found.add_argument("--family", required=True, choices=sorted(FAMILIES), help="activation and input statistics")
    found.add_argument("--weights", help="checkpoint file, or a tag of open_clip's, which is fetched; else random")
    found.add_argument("--work", type=Path, required=True, help="folder for the checkpoint, the log and its plot")
    found.add_argument("-o", "--out", type=Path, required=True, help="the tuned model, .safetensors")
    found.add_argument("--steps", type=int, default=20_000)
    found.add_argument("--batch", type=int, default=128, help="pictures in a batch, of each process")
    found.add_argument("--accumulate", type=int, default=1, help="batches whose gradients make one step")
    found.add_argument("--learning-rate", type=float, default=5e-5)
    found.add_argument("--weight-decay", type=float, default=0.01)
    found.add_argument("--warmup", type=int, default=1000)
    found.add_argument("--ema", type=float, default=0.998)
    found.add_argument("--checkpoint-every", type=int, default=500)
    found.add_argument("--workers", type=int, default=2, help="processes that read pictures")
    found.add_argument("--seed", type=int, default=0)
    found.add_argument("--bf16", action="store_true", help="run the towers in bfloat16")
    found.add_argument("--checkpointing", action="store_true", help="less memory, a third slower")
    found.add_argument("--freeze-text", action="store_true")
    return found


def main() -> int:
    """Parse the command line and run; 0 done, 2 the call is wrong."""
    args = parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        logger.info("wrote %s", run(args))
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
