"""Every measure's page and headlines, from results made up."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.evaluation.__main__ import MEASURES
from training.evaluation.any_reader import SIDES, AnyReaderResult, Reading
from training.evaluation.bench import BASELINE
from training.evaluation.caption_counts import NUMBERS, PeakScore, rank_score
from training.evaluation.cfar import Cfar
from training.evaluation.counting import CountingResult, Curve
from training.evaluation.los_angeles import LosAngelesResult, SceneScore
from training.evaluation.metrics import Spread
from training.evaluation.points import PointScores
from training.evaluation.probes import ProbeScore, ProbeSet, ProbesResult
from training.evaluation.retrieval import CHANCE, Recalls, RetrievalResult
from training.evaluation.sarcount import SarCountResult, SubsetResult
from training.evaluation.zero_shot import Score, SetResult, ZeroShotResult

WHO = ("model", BASELINE)
HALF = Spread(0.5, 0.125, 3)
RANKED = rank_score(np.eye(NUMBERS), np.arange(1, NUMBERS + 1))


def retrieval() -> RetrievalResult:
    some = Recalls({1: 0.1, 5: 0.2, 10: 0.3}, {1: 0.1, 5: 0.2, 10: 0.3}, 0.2)
    whos = (*WHO, CHANCE)
    by_set, true = {"ssdd": dict.fromkeys(whos, 0.25)}, dict.fromkeys(whos, 0.5)
    return RetrievalResult({"ssdd": 9}, 30, dict.fromkeys(whos, some), by_set, true, [])


def zero_shot() -> ZeroShotResult:
    score = Score(0.75, HALF, HALF, {"yacht": 0.5}, {"ship": 1.0, "sea": 0.5}, {"ssdd": 0.75}, [[2, 0], [1, 1]])
    made = SetResult("kinds", {"ship": 2, "sea": 2}, {"ssdd": 4}, 0.5, dict.fromkeys(WHO, score))
    return ZeroShotResult((made,), {"model": 0.75, BASELINE: 0.5}, {"model": 0.5, BASELINE: 0.5})


def probes() -> ProbesResult:
    low, high = (ProbeScore(full, HALF, {1: HALF, 4: HALF}, 0.03, full, 64) for full in (0.25, 0.875))
    scores = {"model": {"embedding 1x": low, "pyramid 2x": high}, "no training": {"HOG": low}}
    return ProbesResult((ProbeSet("mstar", 10, 300, 60, scores),))


def points() -> CountingResult:
    scores = dict.fromkeys((*WHO, "CFAR"), PointScores(9, 0.75, 0.5, 0.6, 1.5, 0.25))
    words = {who: {"ship": 0.75, "yacht": 0.5} for who in WHO}
    curves = {"model": Curve([0.1, 0.5], [1.0, 0.75]), "CFAR": Curve([], [])}
    return CountingResult({"SSDD": scores, "HRSID": scores}, words, curves, Cfar(3.0, 20))


def sarcount() -> SarCountResult:
    ranked = {who: {"words": RANKED, "digits": RANKED} for who in WHO}
    return SarCountResult({"real": SubsetResult(dict.fromkeys(range(1, 11), 3), ranked, {"model": PeakScore(0.5, 1)})})


def los_angeles() -> LosAngelesResult:
    return LosAngelesResult(11, 3, dict.fromkeys(WHO, SceneScore(9, 0, 1, 0, 2, 17, {"open sea": 1.0}, 0.8)))


def any_reader() -> AnyReaderResult:
    readings = {way: {side: Reading(0.5, None, 0.25) for side in SIDES} for way in ("AnyReader", "squash")}
    return AnyReaderResult(readings, dict.fromkeys(SIDES, 8), 12.5, -1.25)


MADE = {found.__name__: found for found in (retrieval, zero_shot, probes, points, sarcount, los_angeles, any_reader)}


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_page_shows_what_was_found_and_its_plots(measure: Any, tmp_path: Path) -> None:
    result = MADE[measure.name]()
    page = measure.page(result, tmp_path)
    plots = {path.name for path in tmp_path.iterdir()}
    assert {name for name in plots if f"]({name})" in page} == plots
    assert page.count("](") == len(plots)
    assert "model" in page or measure.name == "any_reader"
    assert "nan" not in page
    json.dumps(asdict(result), allow_nan=False)


@pytest.mark.parametrize(
    ("name", "figure", "value"),
    [
        ("retrieval", "retrieval, mean recall above the baseline, points", 0.0),
        ("zero_shot", "zero-shot average above the baseline, points", 25.0),
        ("probes", "MSTAR, linear probe", 0.875),
        ("points", "F1 lost by the worst word never trained on", 0.25),
        ("sarcount", "SARCount, top-1", 1.0),
        ("los_angeles", "Los Angeles, clear ships missed", 2),
        ("any_reader", "AnyReader above squash from 1,024 px, mean recall, points", -1.25),
    ],
)
def test_headlines_are_of_the_model(name: str, figure: str, value: float) -> None:
    measure = next(measure for measure in MEASURES if measure.name == name)
    assert measure.headlines(MADE[name]())[figure] == value
