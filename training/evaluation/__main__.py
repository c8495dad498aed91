"""Measure a model: the five tasks and the product's own measures, each against baselines in the same run.

python -m training.evaluation --data ../shared/data -o runs/evaluation [--model NAME|FILE]
    [--baseline FILE] [--clip ARCHITECTURE:FILE --clip-family FAMILY] [--only retrieval,points] [--quick]
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from engine.errors import SarclipError
from engine.model.registry import FAMILIES
from engine.model.sarclip import load_model
from training.evaluation.any_reader import AnyReaderMeasure
from training.evaluation.bench import BASELINE, FULL, QUICK, Bench, Measure
from training.evaluation.contestants import Contestant, View
from training.evaluation.counting import Counting
from training.evaluation.los_angeles import LosAngeles
from training.evaluation.probes import Probes
from training.evaluation.report import assemble, write_part
from training.evaluation.retrieval import Retrieval
from training.evaluation.sarcount import SarCount
from training.evaluation.zero_shot import ZeroShot

logger = logging.getLogger("training.evaluation")

MEASURES: tuple[Measure, ...] = (
    Retrieval(), ZeroShot(), Probes(), SarCount(), Counting(), LosAngeles(), AnyReaderMeasure(),
)  # fmt: skip


def contestants(args: argparse.Namespace) -> tuple[Contestant, ...]:
    """The model that is judged and those it is compared with.

    Raises:
        SarclipError: A model cannot be loaded.
    """
    found = [Contestant("model", load_model(args.model))]
    if args.baseline:
        found.append(Contestant(BASELINE, load_model(args.baseline), View(args.baseline_view), args.baseline_px))
    if args.clip:
        architecture, _, file = args.clip.partition(":")
        clip = load_model(file, family=args.clip_family, architecture=architecture)
        found.append(Contestant("CLIP", clip, View.SQUASH))
    return tuple(found)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser("training.evaluation", description=__doc__.split("\n", maxsplit=1)[0])
    made.add_argument("--data", type=Path, required=True, help="folder of the real data sets")
    made.add_argument("--model", help="name or file of the model to judge; the bundled one if left out")
    made.add_argument("--baseline", help="file of a model trained with class names and squash resize")
    made.add_argument("--baseline-view", choices=[view.value for view in View], default=View.SQUASH.value)
    made.add_argument("--baseline-px", type=int, help="side the baseline is shown; its own view if left out")
    made.add_argument("--clip", metavar="ARCHITECTURE:FILE", help="an open_clip checkpoint, such as ViT-B-32:clip.pt")
    made.add_argument("--clip-family", choices=list(FAMILIES), default="openai")
    made.add_argument("-o", "--out", type=Path, default=Path("runs/evaluation"))
    made.add_argument("--only", metavar="NAMES", help=f"of {','.join(measure.name for measure in MEASURES)}")
    made.add_argument("--quick", action="store_true", help="few images: to see that it works, not what it gives")
    made.add_argument("--seed", type=int, default=0)
    return made


def chosen(names: str | None) -> tuple[Measure, ...]:
    """The measures of those names, in their own order; all where none is named.

    Raises:
        ValueError: There is no such measure.
    """
    wanted = names.split(",") if names else [measure.name for measure in MEASURES]
    unknown = set(wanted) - {measure.name for measure in MEASURES}
    if unknown:
        known = ", ".join(measure.name for measure in MEASURES)
        raise ValueError(f"no measure {', '.join(sorted(unknown))}: there are {known}")
    return tuple(measure for measure in MEASURES if measure.name in wanted)


def run(bench: Bench, measures: Sequence[Measure], folder: Path) -> list[str]:
    """Take the measures one by one, each written as it is done; returns what the report holds."""
    for measure in measures:
        started = time.monotonic()
        logger.info("%s", measure.title)
        result = measure.run(bench)
        if result is None:
            logger.warning("%s: left out, its data is not below %s", measure.name, bench.data)
            continue
        write_part(folder, bench, measure, result, time.monotonic() - started)
        assemble(folder, [each.name for each in MEASURES])
    return assemble(folder, [each.name for each in MEASURES])


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run. Exit status 0 done, 2 the call is wrong."""
    args = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("engine").setLevel(logging.WARNING)  # it tells the stretch of every picture
    try:
        measures = chosen(args.only)
        if not args.data.is_dir():
            raise ValueError(f"data folder {args.data}: there is none; give --data")
        bench = Bench(args.data, contestants(args), QUICK if args.quick else FULL, args.seed)
    except (SarclipError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    logger.info("in the report: %s", ", ".join(run(bench, measures, args.out)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
