"""Set a bundled model's curve from scores to probabilities, on the validation part.

python -m training.calibrate runs/first/model.safetensors --data ../shared/data -o sarclip-s.safetensors
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file

from engine.model.bundled import BundledSettings
from engine.model.sarclip import load_model
from training.evaluation.points import Judged, fit_curve, judge, measure
from training.sources.real import hrsid, ssdd
from training.splits import validation_part

logger = logging.getLogger(__name__)


def rewrite(source: Path, target: Path, settings: BundledSettings) -> None:
    """Copy a bundled model with other settings."""
    with safe_open(source, framework="pt") as file:  # type: ignore[no-untyped-call]
        metadata = dict(file.metadata())
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    draft = target.with_suffix(".tmp")
    save_file(tensors, draft, metadata | {"settings": json.dumps(asdict(settings))})
    draft.replace(target)


def settings_of(path: Path) -> BundledSettings:
    """The settings that a bundled model's file carries."""
    with safe_open(path, framework="pt") as file:  # type: ignore[no-untyped-call]
        return BundledSettings(**json.loads(file.metadata()["settings"]))


def calibrate(source: Path, target: Path, data: Path) -> dict[str, Any]:
    """Fit the curve, write the model with it, and return what was measured with it."""
    settings = replace(settings_of(source), count_calibration=(1.0, 0.0))
    rewrite(source, target, settings)
    pictures = validation_part({"ssdd": list(ssdd(data)), "hrsid": list(hrsid(data))})
    model = load_model(target)
    judged = {name: judge(model, items) for name, items in pictures.items()}
    slope, offset = fit_curve([*judged["ssdd"], *judged["hrsid"]])
    rewrite(source, target, replace(settings, count_calibration=(slope, offset)))
    judged["ssdd inshore"] = [item for item in judged["ssdd"] if item.land]
    return {name: asdict(_at_half(items, slope, offset)) for name, items in judged.items()}


def _at_half(judged: list[Judged], slope: float, offset: float) -> Any:  # noqa: ANN401 - PointScores
    """Measures where the probability is one half: the product's threshold."""
    from math import exp

    return measure(judged, 1 / (1 + exp(offset / slope)))


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    found = calibrate(args.model, args.out, args.data)
    args.out.with_suffix(".measures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    logger.info("%s", json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
