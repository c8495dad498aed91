"""What a bundled model learns last, on the validation part: its curve of probabilities, its centre of tiles.

Run it by `make model`, or as `python -m training.calibrate MODEL --data ../shared/data --simulated BANK -o FILE`.
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.torch import save_file

from engine.model.bundled import BundledSettings
from engine.model.sarclip import SarClip, load_model
from training.evaluation.points import Judged, fit_curve, judge, measure
from training.evaluation.tiles import balanced_accuracy, choose_center, known_tiles, simulated_validation, tile_vectors
from training.sources import load_simulated
from training.sources.real import chips, hrsid, ssdd
from training.splits import training_part, validation_part

USUAL = 100  # pictures of a set that its usual tile is taken from
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


def calibrate(source: Path, target: Path, data: Path, bank: Path) -> dict[str, Any]:
    """Fit curve and centre, write the model with them, and return what was measured with it."""
    settings = replace(settings_of(source), count_calibration=(1.0, 0.0), tile_center=())
    rewrite(source, target, settings)
    model = load_model(target)
    pictures = validation_part({"ssdd": list(ssdd(data)), "hrsid": list(hrsid(data)), "chips": list(chips(data))})
    known = known_tiles(model, [*pictures["chips"], *simulated_validation()])
    center = choose_center(model, known, _usual_tile(model, data, bank))
    judged = {name: judge(model, pictures[name]) for name in ("ssdd", "hrsid")}
    slope, offset = fit_curve([*judged["ssdd"], *judged["hrsid"]])
    fitted = replace(settings, count_calibration=(slope, offset), tile_center=tuple(map(float, center)))
    rewrite(source, target, fitted)
    judged["ssdd inshore"] = [item for item in judged["ssdd"] if item.land]
    points = {name: asdict(_at_half(items, slope, offset)) for name, items in judged.items()}
    balanced, shares = balanced_accuracy(model, known, center)
    plain, _ = balanced_accuracy(model, known, np.zeros_like(center))
    tiles = {"balanced_accuracy": balanced, "without_center": plain, "tiles": len(known.asked), **shares}
    return {"points": points, "tiles": tiles}


def _usual_tile(model: SarClip, data: Path, bank: Path) -> np.ndarray:
    """Mean vector of the tiles of training pictures at 10 m, each kind of picture counted alike, (D,)."""
    train = training_part({"chips": list(chips(data)), "simulated": load_simulated(bank)})
    means = [
        np.mean([tile_vectors(model, picture.pixels).mean((0, 1)) for picture in pictures[:USUAL]], axis=0)
        for pictures in train.values()
    ]
    usual: np.ndarray = np.mean(means, axis=0, dtype=np.float32)
    return usual


def _at_half(judged: list[Judged], slope: float, offset: float) -> Any:  # noqa: ANN401 - PointScores
    """Measures where the probability is one half: the product's threshold."""
    return measure(judged, float(1 / (1 + np.exp(offset / slope))))


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--simulated", type=Path, required=True, help="bank of simulated scenes of the recipe")
    parser.add_argument("-o", "--out", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    found = calibrate(args.model, args.out, args.data, args.simulated)
    args.out.with_suffix(".measures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    logger.warning("%s", json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
