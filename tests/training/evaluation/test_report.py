"""The report is put together from what was measured, and of one model only."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.model.fake import SPEC, FakeModel
from training.evaluation import targets
from training.evaluation.__main__ import MEASURES, chosen, main, run
from training.evaluation.bench import QUICK, Bench
from training.evaluation.contestants import Contestant
from training.evaluation.report import assemble, write_part


@dataclass(frozen=True)
class Found:
    """A result."""

    value: float


class Made:
    """A measure with a known result."""

    title = "Something | measured"

    def __init__(self, name: str, value: float | None) -> None:
        self.name, self.value = name, value

    def run(self, bench: Bench) -> Found | None:
        return None if self.value is None else Found(self.value)

    def headlines(self, result: Found) -> dict[str, float]:
        return {targets.SSDD_F1: result.value}

    def page(self, result: Found, folder: Path) -> str:
        return f"It is {result.value}."


def bench_of(data: Path, model: FakeModel | None = None) -> Bench:
    return Bench(data, (Contestant("model", model or FakeModel()),), QUICK)


def test_a_report_holds_every_measure(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)
    for name, value in (("retrieval", 0.5), ("points", 0.25)):
        write_part(tmp_path, bench, Made(name, value), Found(value), 1.5)
    assert assemble(tmp_path, ["points", "retrieval", "zero_shot"]) == ["points", "retrieval"]
    results = json.loads((tmp_path / "results.json").read_text())["measures"]
    assert results["retrieval"]["result"] == {"value": 0.5}
    assert results["points"]["contestants"][0]["sha256"] == SPEC.sha256
    assert {"date", "seed", "machine", "versions", "sizes"} <= set(results["points"])
    page = (tmp_path / "report.md").read_text()
    assert "| SSDD, F1 of points | 0.25 | 0.92 | 0.96 | missed |" in page
    assert page.index("It is 0.25.") < page.index("It is 0.5.")
    assert str(tmp_path) not in page


def test_what_was_measured_on_another_model_is_left_out(tmp_path: Path) -> None:
    write_part(tmp_path, bench_of(tmp_path), Made("points", 1.0), Found(1.0), 1)
    part = tmp_path / "parts/points.json"
    older = part.read_text().replace('"date": "20', '"date": "19')
    part.write_text(older)
    other = FakeModel(replace(SPEC, sha256="0" * 64))
    write_part(tmp_path, bench_of(tmp_path, other), Made("retrieval", 0.5), Found(0.5), 1)
    assert assemble(tmp_path, ["points", "retrieval"]) == ["retrieval"]
    assert "It is 1.0." not in (tmp_path / "report.md").read_text()


def test_a_measure_without_its_data_is_left_out(tmp_path: Path) -> None:
    assert run(bench_of(tmp_path), [Made("points", None)], tmp_path) == []
    assert not (tmp_path / "report.md").exists()


def test_measures_that_need_data_say_that_there_is_none(tmp_path: Path) -> None:
    needs = {"retrieval", "points", "probes", "los_angeles"}
    for measure in (measure for measure in MEASURES if measure.name in needs):
        assert measure.run(bench_of(tmp_path)) is None, measure.name


def test_verdicts_know_which_way_is_better() -> None:
    assert targets.verdict(targets.SSDD_F1, 0.97) == "aim reached"
    assert targets.verdict(targets.SSDD_F1, 0.92) == "must reached"
    assert targets.verdict(targets.COUNT_MAE, 0.5) == "missed"
    assert targets.verdict(targets.COUNT_MAE, 0.25) == "must reached"
    assert targets.verdict("retrieval, mean recall", 0.5) == ""


def test_measures_by_name() -> None:
    assert [measure.name for measure in chosen("points,retrieval")] == ["retrieval", "points"]
    assert chosen(None) == MEASURES
    with pytest.raises(ValueError, match="no measure speed: there are retrieval"):
        chosen("speed")


def test_a_wrong_call_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "none")]) == 2
    assert main(["--data", str(tmp_path), "--only", "speed"]) == 2
    assert "no measure speed" in capsys.readouterr().err
