"""A build is whole, repeatable, goes on after a kill, and lets nothing of one part into another."""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from weakref import WeakSet

import numpy as np
import pytest
import webdataset as wds

from tests.training.mmsar.worlds import WORLDS, noise, source_of
from training.concepts import KIND
from training.mmsar import Item, Sample, Settings, Source, build, read_shards
from training.mmsar.__main__ import main, sources_of
from training.mmsar.report import report

SETTINGS = Settings(seed=3, captions_each=4, shard_items=5)


def pictures(first: int, parts: dict[str, int]) -> dict[str, tuple[str, np.ndarray]]:
    """So many pictures of each part, each a scene of its own, of all shapes."""
    found = {}
    for part, count in parts.items():
        for number in range(count):
            seed = first + len(found)
            found[f"{part}{number}-0"] = (part, noise(seed, 40 + 4 * (seed % 3), 60))
    return found


@pytest.fixture
def sources() -> list[Source]:
    return [
        source_of("alpha", pictures(0, {"train": 12, "validation": 3})),
        source_of("beta", pictures(100, {"train": 4, "validation": 2, "test": 2})),
    ]


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*.tar"))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_shards_round_trip(tmp_path: Path, sources: list[Source]) -> None:
    manifest = build(sources, tmp_path, SETTINGS)
    loaded = {item.name: item for source in sources for item in source.items()}
    seen: dict[str, str] = {}
    for part in ("train", "validation", "test"):
        for example in read_shards(tmp_path, part):
            sample = loaded[example.name].load()
            seen[example.name] = part
            np.testing.assert_array_equal(example.pixels(), sample.pixels)
            np.testing.assert_allclose(example.boxes, [item.bounds for item in sample.image.objects])
            assert example.kinds == ("ship",)
            assert example.kind_mask().shape == sample.pixels.shape
            assert len(example.captions) == 4
            assert all(caption["text"] and caption["facts"] for caption in example.captions)
            assert example.record["terms"] == "made for tests"
    assert seen == {name: item.part for name, item in loaded.items()}
    assert sum(shard["pictures"] for shard in manifest["shards"]) == len(loaded)
    assert max(shard["pictures"] for shard in manifest["shards"]) == 5


def test_the_mask_fills_the_outline(tmp_path: Path, sources: list[Source]) -> None:
    build(sources, tmp_path, SETTINGS)
    mask = next(iter(read_shards(tmp_path, "test"))).kind_mask()  # ship from x 5 to 25, y 6 to 16
    expected = np.zeros_like(mask)
    expected[6:16, 5:25] = KIND["ship"]
    np.testing.assert_array_equal(mask, expected)


def test_two_builds_are_equal_to_the_byte(tmp_path: Path, sources: list[Source]) -> None:
    build(sources, tmp_path / "one", SETTINGS)
    build(sources, tmp_path / "two", SETTINGS)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert (tmp_path / "one/mmsar.json").read_bytes() == (tmp_path / "two/mmsar.json").read_bytes()


def test_captions_do_not_depend_on_what_else_is_built(tmp_path: Path, sources: list[Source]) -> None:
    build(sources, tmp_path / "both", SETTINGS)
    build(sources[1:], tmp_path / "one", SETTINGS)
    both, one = digests(tmp_path / "both"), digests(tmp_path / "one")
    assert one
    assert one.items() <= both.items()


class Killed(BaseException):
    """What no except clause of the build stops."""


@pytest.mark.parametrize("at", [0, 3, 11, 22, 24, 28, 35, 44])
def test_a_killed_build_goes_on_to_the_same_bytes(tmp_path: Path, at: int) -> None:
    """Killed before the `at`-th picture is read, of 23 that are read twice."""
    parts = {"alpha": pictures(0, {"train": 12, "validation": 3}), "beta": pictures(100, {"train": 6, "test": 2})}
    build([source_of(name, found) for name, found in parts.items()], tmp_path / "whole", SETTINGS)

    class Fuse(list):  # type: ignore[type-arg]
        def append(self, file: str) -> None:
            if len(self) == at:
                raise Killed
            super().append(file)

    fuse = Fuse()
    with pytest.raises(Killed):
        build([source_of(name, found, fuse) for name, found in parts.items()], tmp_path / "killed", SETTINGS)
    done = digests(tmp_path / "killed")
    assert not (tmp_path / "killed/mmsar.json").exists()
    read: list[str] = []
    build([source_of(name, found, read) for name, found in parts.items()], tmp_path / "killed", SETTINGS)
    assert digests(tmp_path / "killed") == digests(tmp_path / "whole")
    assert done.items() <= digests(tmp_path / "whole").items()
    assert not list((tmp_path / "killed").rglob(".*"))
    again: list[str] = []
    build([source_of(name, found, again) for name, found in parts.items()], tmp_path / "killed", SETTINGS)
    assert not again, "nothing is read when all is there"


def test_an_interrupted_shard_is_not_taken_for_one(tmp_path: Path, sources: list[Source]) -> None:
    build(sources, tmp_path / "whole", SETTINGS)
    (tmp_path / "hurt/train").mkdir(parents=True)
    (tmp_path / "hurt/train/.alpha-00000.tar.partial").write_bytes(b"half")
    build(sources, tmp_path / "hurt", SETTINGS)
    assert digests(tmp_path / "hurt") == digests(tmp_path / "whole")


def test_likenesses_across_parts_and_equals_within_are_left_out(tmp_path: Path) -> None:
    found = pictures(0, {"train": 6, "validation": 3})
    found["train0-0"] = ("train", np.ascontiguousarray(np.rot90(found["validation1-0"][1])))
    found["train5-0"] = ("train", found["train4-0"][1].copy())
    build([source_of("alpha", found)], tmp_path, SETTINGS)
    dropped = json.loads((tmp_path / "duplicates.json").read_text())["dropped"]
    assert [(one["name"], one["repeats"]) for one in dropped] == [
        ("alpha/train0-0", "alpha/validation1-0"), ("alpha/train5-0", "alpha/train4-0"),
    ]  # fmt: skip
    names = {example.name for part in ("train", "validation") for example in read_shards(tmp_path, part)}
    assert names == {f"alpha/{file}" for file in found} - {"alpha/train0-0", "alpha/train5-0"}


def test_a_likeness_in_another_set_is_left_out(tmp_path: Path) -> None:
    kept, taken = pictures(0, {"test": 2}), pictures(50, {"train": 3})
    taken["train1-0"] = ("train", kept["test0-0"][1][:, ::-1].copy())
    build([source_of("kept", kept), source_of("taken", taken)], tmp_path, SETTINGS)
    assert {e.name for e in read_shards(tmp_path, "train")} == {"taken/train0-0", "taken/train2-0"}


def test_a_scene_in_two_parts_is_refused(tmp_path: Path) -> None:
    found = {"port-1": ("train", noise(1)), "port-2": ("validation", noise(2))}
    with pytest.raises(ValueError, match="scene 'port' is in both train and validation"):
        build([source_of("alpha", found)], tmp_path, SETTINGS)
    assert not list(tmp_path.rglob("*.tar"))


def test_one_name_twice_is_refused(tmp_path: Path) -> None:
    found = pictures(0, {"train": 2})
    with pytest.raises(ValueError, match="occur twice"):
        build([source_of("alpha", found), source_of("alpha", found)], tmp_path, SETTINGS)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda sources: (sources, Settings(seed=4, captions_each=4, shard_items=5)), "seed"),
        (lambda sources: (sources[:1], SETTINGS), "sets"),
    ],
)
def test_another_build_in_the_folder_is_refused(
    tmp_path: Path, sources: list[Source], change: Callable, says: str  # type: ignore[type-arg]
) -> None:
    build(sources, tmp_path, SETTINGS)
    before = digests(tmp_path)
    with pytest.raises(ValueError, match=f"differs in {says}"):
        build(change(sources)[0], tmp_path, change(sources)[1])
    assert digests(tmp_path) == before


def test_nothing_to_build_and_an_unknown_part_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no data set"):
        build([], tmp_path)
    with pytest.raises(ValueError, match="part 'holdout'"):
        Item("a/b", "b", "holdout", lambda: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(FileNotFoundError, match="no shards"):
        read_shards(tmp_path, "train")


def test_one_picture_at_a_time_is_in_memory(tmp_path: Path) -> None:
    """No more samples are alive at once than are being written."""
    alive: WeakSet[Sample] = WeakSet()
    most = []
    source = source_of("alpha", pictures(0, {"train": 20, "validation": 4}))

    def load(item: Item) -> Sample:
        sample = item.load()
        alive.add(sample)
        most.append(len(alive))
        return sample

    def items():  # noqa: ANN202
        for item in source.items():
            yield Item(item.name, item.scene, item.part, lambda item=item: load(item))

    build([Source("alpha", "terms", items)], tmp_path, SETTINGS)
    assert len(most) == 2 * 24
    assert max(most) <= 2, "the one that comes, and the one that goes"


def test_shuffled_reading_loses_nothing_and_repeats_itself(tmp_path: Path, sources: list[Source]) -> None:
    build(sources, tmp_path, SETTINGS)
    plain = [example.name for example in read_shards(tmp_path, "train")]
    orders = [[e.name for e in read_shards(tmp_path, "train", shuffle=8, seed=seed)] for seed in (1, 1, 2)]
    assert sorted(orders[0]) == sorted(plain)
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != plain


def test_shards_are_plain_tars_that_webdataset_reads(tmp_path: Path, sources: list[Source]) -> None:
    manifest = build(sources, tmp_path, SETTINGS)
    path = tmp_path / manifest["shards"][0]["file"]
    with tarfile.open(path) as tar:
        assert {member.name.partition(".")[2] for member in tar} == {"png", "mask.png", "json"}
    raw = next(iter(wds.WebDataset(str(path), shardshuffle=False)))
    assert {"__key__", "png", "mask.png", "json"} <= set(raw)
    assert manifest["shards"][0]["sha256"] == digests(tmp_path)[manifest["shards"][0]["file"]]


def test_the_report_counts_what_is_there(tmp_path: Path, sources: list[Source]) -> None:
    build(sources, tmp_path, SETTINGS)
    page = report(tmp_path).read_text()
    found = json.loads((tmp_path / "report/report.json").read_text())["parts"]
    assert found["train"]["pictures"] == {"alpha": 12, "beta": 4}
    assert found["train"]["per_picture"] == {"ship": {"1": 16}}
    assert found["validation"]["objects"] == {"ship": 5}
    assert found["test"]["captions"] == 8
    assert found["test"]["gsd_m"] == {"10": 2}
    assert "| **all** | 16 | 5 | 2 |" in page
    for plot in ("objects.png", "pictures_and_captions.png"):
        assert (tmp_path / "report" / plot).read_bytes().startswith(b"\x89PNG")
        assert f"({plot})" in page


def test_no_report_without_a_build(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no finished build"):
        report(tmp_path)


def test_the_command_builds_a_public_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    WORLDS["ls-ssdd"][0](tmp_path / "raw")
    out = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["mmsar", "build", "--set", f"ls-ssdd={tmp_path / 'raw'}", "-o", str(out)])
    assert main() == 0
    assert [example.kinds for example in read_shards(out, "test")] == [("ship",)]
    assert (out / "report/report.md").is_file()
    monkeypatch.setattr(sys, "argv", ["mmsar", "build", "--set", f"ls-ssdd={tmp_path / 'none'}", "-o", str(out)])
    assert main() == 2
    assert "no picture of ls-ssdd" in capsys.readouterr().err


def test_a_wrong_set_on_the_command_line_is_refused() -> None:
    for entry in ("ls-ssdd", "xview=/data"):
        with pytest.raises(ValueError, match="NAME=FOLDER"):
            sources_of(None, [entry])
