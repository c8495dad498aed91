"""The parts of the benchmark that compute nothing: turns, scenes, pages."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray

from benchmarks.child import run_child
from benchmarks.machine import Machine
from benchmarks.report import BEGIN, END, PartRecord, assemble, put_into, write_part
from benchmarks.results import Agreement, Figure, PartResult, Ratio, ratio
from benchmarks.scenes import FILE_KINDS, FileKind, make_pieces, mosaic, sparse_scene, written_as
from benchmarks.turns import in_turns

PLACE = Affine(10, 0, 500_000, 0, -10, 4_000_000)


def scene(path: Path, height: int = 70, width: int = 110) -> NDArray[np.uint8]:
    """An 8-bit scene with a corner that is invalid."""
    values = np.random.default_rng(0).integers(1, 256, (height, width), dtype=np.uint8)
    values[:20, :30] = 0
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "height": height, "width": width, "nodata": 0}
    with rasterio.open(path, "w", crs="EPSG:32611", transform=PLACE, **profile) as made:
        made.write(values, 1)
    return values


def record(name: str = "encode") -> PartRecord:
    ours = Figure("scene", "ours", "encode", "s", (1.0, 2.0, 3.0), most=2.5)
    other = Figure("scene", "a", "encode", "s", (8.0, 8.0, 9.0))
    result = PartResult(
        (ours, other),
        (ratio("a | ours", other, ours, least=8.0), Ratio("growth", (1.0, 1.05, 1.3), most=1.1)),
        (Agreement("scene", "a", (0.9991, 0.9999), 1.0, (0.998, 0.9998), 40),),
        ("A note.",),
    )
    machine = Machine("Linux", "a processor", 2, ("avx512_bf16",), 2, 25.0, None, 0.1, "3.11")
    versions = {"torch": "2", "onnx": "not installed"}
    return PartRecord(name, "Encode", "2026-01-02T03:04:05+00:00", 12.5, False, machine, versions, result)


def test_every_contestant_runs_once_a_turn_and_another_begins_each() -> None:
    order: list[str] = []

    def contestant(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    said: list[str] = []
    names = {"a": lambda: contestant("a", 1.0), "b": lambda: contestant("b", 2.0), "c": lambda: contestant("c", 3.0)}
    found = in_turns(names, 4, said.append)
    assert found == {"a": (1.0,) * 4, "b": (2.0,) * 4, "c": (3.0,) * 4}
    assert "".join(order) == "abcbcacababc"
    assert len(said) == 12


def test_a_ratio_is_taken_within_the_turns() -> None:
    slow = Figure("s", "a", "q", "s", (10.0, 40.0, 9.0))
    quick = Figure("s", "b", "q", "s", (1.0, 4.0, 3.0))
    assert ratio("a / b", slow, quick).values == (10.0, 10.0, 3.0)
    with pytest.raises(ValueError, match="3 turns against 1"):
        ratio("a / b", slow, Figure("s", "b", "q", "s", (1.0,)))


def test_what_was_asked_is_judged_by_the_median() -> None:
    first, growth = record().result.ratios
    assert first.median == 4.0
    assert first.holds is False
    assert growth.holds is True
    assert Ratio("nothing asked", (1.0,)).holds is None
    assert record().result.figures[0].holds is True


def test_a_part_survives_its_file(tmp_path: Path) -> None:
    write_part(tmp_path, record())
    data = json.loads((tmp_path / "parts" / "encode.json").read_text(encoding="utf-8"))
    assert PartRecord.from_json(data) == record()


def test_the_page_holds_every_figure_and_the_order_of_the_parts(tmp_path: Path) -> None:
    write_part(tmp_path, record("ask"))
    write_part(tmp_path, record("encode"))
    page = assemble(tmp_path, ["encode", "read", "ask"])
    assert page == (tmp_path / "benchmark.md").read_text(encoding="utf-8")
    assert list(json.loads((tmp_path / "benchmark.json").read_text(encoding="utf-8"))) == ["encode", "ask"]
    assert "| scene | ours | encode | 2 s | 1 to 3 |" in page
    assert "a \\| ours | at least 8 | 4 | **no** |" in page
    assert "scene: encode | at most 2.5 s | 2 s | yes |" in page
    assert "a processor, 2 cores" in page
    assert "onnx" not in page


def test_the_page_goes_between_the_marks(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    put_into(document, "new\n")
    put_into(document, "newer\n")
    assert document.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\nnewer\n\n{END}\nafter\n"
    document.write_text("no marks\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no lines"):
        put_into(document, "new\n")


def test_a_mosaic_is_the_scene_again_and_again_under_another_speckle(tmp_path: Path) -> None:
    values = scene(tmp_path / "scene.tif")
    pieces = make_pieces(tmp_path / "scene.tif", (150, 200), tmp_path)
    assert pieces.grid == (3, 2)
    made = mosaic(pieces, (150, 200), tmp_path, "large")
    with rasterio.open(made.path) as dataset:
        found = dataset.read(1)
        assert dataset.nodata == 0
        assert dataset.transform == PLACE
    assert found.shape == (150, 200)
    assert len(made.files) == 6
    repeats = [found[:70, :110], found[70:140, :110]]
    for repeat in repeats:
        assert np.array_equal(repeat == 0, values == 0)
        valid = values > 0
        assert (repeat[valid] / (4.0 * values[valid])).mean() == pytest.approx(1, abs=0.05)
    assert not np.array_equal(*repeats)
    with pytest.raises(ValueError, match="do not cover"):
        mosaic(pieces, (211, 200), tmp_path, "too large")


def test_a_sparse_scene_is_nearly_empty(tmp_path: Path) -> None:
    scene(tmp_path / "scene.tif")
    made = sparse_scene(tmp_path / "scene.tif", 4096, tmp_path)
    with rasterio.open(made.path) as dataset:
        share = (dataset.read(1) > 0).mean()
    assert 0 < share < 5 * 70 * 110 / 4096**2
    assert made.path.stat().st_size < 4096**2 / 20


@pytest.mark.parametrize("kind", FILE_KINDS, ids=lambda kind: kind.name)
def test_every_kind_of_file_holds_the_same_pixels(kind: FileKind, tmp_path: Path) -> None:
    values = scene(tmp_path / "scene.tif", 700, 1100)
    made = written_as(tmp_path / "scene.tif", kind, tmp_path)
    with rasterio.open(made.path) as dataset:
        assert np.array_equal(dataset.read(1), values)
        assert (dataset.block_shapes[0][1] < dataset.width) == (not kind.name.startswith("striped"))


def test_the_peak_of_a_process_is_its_own() -> None:
    """Linux tells of a child what its parent had used when it was born."""
    ballast = np.ones(500_000_000, np.uint8)
    done = run_child([sys.executable, "-c", "from benchmarks.child import _peak_mb; print(_peak_mb())"])
    assert 5 < float(done.stdout) < 250, f"beside a parent of more than {ballast.nbytes / 1e6:.0f} MB"
