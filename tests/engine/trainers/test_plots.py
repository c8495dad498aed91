"""Logs as pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import InputError
from engine.trainers.plots import main, plot_logs, read_log, smoothed


def write_log(path: Path, terms: dict[str, list[float]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["step," + ",".join(terms) + ",seconds"]
    for number, values in enumerate(zip(*terms.values(), strict=True), 1):
        lines.append(f"{25 * number}," + ",".join(map(str, values)) + ",3.5")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_log_is_read_as_its_columns(tmp_path: Path) -> None:
    log = read_log(write_log(tmp_path / "log.csv", {"cells": [2.0, 1.5], "tiles": [1.0, 0.5]}))
    assert log == {"step": [25, 50], "cells": [2.0, 1.5], "tiles": [1.0, 0.5], "seconds": [3.5, 3.5]}


def test_the_running_mean_looks_back_only() -> None:
    assert smoothed([1.0, 2.0, 3.0]) == [1.0, 2.0, 3.0]
    values = [0.0] * 50 + [1.0] * 50
    assert smoothed(values)[:50] == [0.0] * 50
    assert smoothed(values)[52] == pytest.approx(0.6)


def test_every_run_is_drawn_in_every_panel_it_has(tmp_path: Path) -> None:
    one = write_log(tmp_path / "a/log.csv", {"loss": [3.0, 1.0]})
    other = write_log(tmp_path / "b/log.csv", {"loss": [1.0, 3.0], "aside": [0.0, 1.0]})

    def ink(logs: dict[str, Path]) -> int:
        picture = np.asarray(Image.open(plot_logs(logs, tmp_path / "losses.png")).convert("RGB")).astype(int)
        return int((np.ptp(picture, axis=-1) > 60).sum())  # coloured pixels

    assert 0 < ink({"a": one}) < ink({"a": one, "b": other})


def test_the_command_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = write_log(tmp_path / "log.csv", {"loss": [3.0, 1.0]})
    monkeypatch.setattr("sys.argv", ["plots", str(log), "-o", str(tmp_path / "out/losses.svg")])
    main()
    assert "<svg" in (tmp_path / "out/losses.svg").read_text()


@pytest.mark.parametrize("content", [None, "", "step,loss,seconds\n", "a,b\nc,d\n"])
def test_what_is_no_log_is_refused_by_name(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "log.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"log\.csv"):
        plot_logs({"run": path}, tmp_path / "losses.png")
