"""What a bundled model learns last, on the validation part: its curves from scores to probabilities.

Run it by `make model`, or as `python -m training.calibrate MODEL --data ../shared/data -o FILE`.
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import asdict, astuple, replace
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import save_file

from engine.model.bundled import BundledSettings
from engine.model.calibration import UNCALIBRATED
from engine.model.sarclip import load_model
from training.concepts import KIND
from training.evaluation.points import GROUNDS, Judged, fit_curve, judge, measure, on_ground
from training.evaluation.tiles import balanced_accuracy, known_tiles, simulated_validation
from training.sources.opensarship import opensarship
from training.sources.picture import Picture
from training.sources.real import chips, hrsid, ssdd
from training.splits import validation_part

logger = logging.getLogger(__name__)

# the first by what has pixels of 1 to 3 m for the most part, the second by what has 10 m
FINE, COARSE = ("ssdd", "hrsid"), ("opensarship", "simulated at 10 m")
CURVES = {  # by what each is fitted on, and whether that was read with care
    (FINE, False): "count_calibration",
    (COARSE, False): "coarse_calibration",
    (FINE, True): "careful_calibration",
    (COARSE, True): "careful_coarse_calibration",
}


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
    """Fit the curves, write the model with them, and return what was measured with it."""
    curves: dict[str, tuple[float, ...] | None] = dict.fromkeys(CURVES.values())
    settings = replace(settings_of(source), **curves | {"count_calibration": astuple(UNCALIBRATED)})
    rewrite(source, target, settings)
    model = load_model(target)
    sets = {"ssdd": ssdd, "hrsid": hrsid, "chips": chips, "opensarship": opensarship}
    pictures = validation_part({name: list(read(data)) for name, read in sets.items()})
    far = simulated_validation()
    shown = {name: pictures[name] for name in (*FINE, "opensarship")} | {"simulated at 10 m": far}
    judged = {
        care: {name: judge(model, items, careful=care) for name, items in shown.items()} for care in (False, True)
    }
    for of in judged.values():  # where its authors drew one ship of several, no point on the others is wrong
        of["opensarship"] = list(map(_on_known, of["opensarship"], shown["opensarship"]))
    half = {}
    for (names, care), curve in CURVES.items():
        fitted = fit_curve([item for name in names for item in judged[care][name]])
        curves[curve] = astuple(fitted)
        half |= {(name, care): fitted.half() for name in names}
    rewrite(source, target, replace(settings, **curves))
    for care, of in judged.items():
        inshore = [item for item in of["ssdd"] if item.land]
        of |= {f"ssdd inshore{ground}": [on_ground(item, ground) for item in inshore] for ground in GROUNDS}
        half |= {(f"ssdd inshore{ground}", care): half["ssdd", care] for ground in GROUNDS}
    known = known_tiles(model, [*pictures["chips"], *far])
    balanced, shares = balanced_accuracy(model, known)
    points = {
        f"{name}, careful" if care else name: asdict(measure(items, half[name, care]))
        for care, of in judged.items()
        for name, items in of.items()
    }
    return {"points": points, "tiles": {"balanced_accuracy": balanced, "tiles": len(known.asked), **shares}}


def _on_known(judged: Judged, picture: Picture) -> Judged:
    """What lies where it is known what is there."""
    known = picture.kinds != KIND["unknown"]
    return judged.within(lambda x, y: bool(known[int(y), int(x)]))


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("-o", "--out", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    found = calibrate(args.model, args.out, args.data)
    args.out.with_suffix(".measures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    logger.warning("%s", json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
