"""Results never take the place of what they are about, and leave nothing half-written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine import answers
from engine.errors import Cancelled, InputError, OutputError, OutputExistsError
from engine.model.fake import FakeModel
from engine.outputs import check_output, remove_drafts, replacing
from engine.raster import Window
from engine.scan import StoredEmbedding, encode
from tests.engine.worlds import file_scene


@pytest.fixture
def asked(tmp_path: Path) -> StoredEmbedding:
    """A scene `la.tif` with a style of the analyst's, encoded."""
    (tmp_path / "data").mkdir()
    scene = file_scene(tmp_path / "data" / "la.tif")
    (tmp_path / "data" / "la.qml").write_text("mine")
    return encode(scene, FakeModel(), cache=tmp_path / "cache")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["la.tif", "link.tif", "../data/la.tif", "la.tiff"])
@pytest.mark.parametrize("door", ["heatmap", "part", "similar"])
def test_no_raster_replaces_the_scene_or_its_style(door: str, name: str, asked: StoredEmbedding) -> None:
    folder = Path(asked.scene.path).parent
    (folder / "link.tif").symlink_to(folder / "la.tif")
    before = contents(folder)
    with pytest.raises(InputError, match="choose another name"):
        if door == "similar":
            answers.similar(asked, folder / name, (20, 20), overwrite=True)
        else:
            cells = Window(0, 0, 3, 4) if door == "part" else None
            answers.heatmap(asked, folder / name, ["ship"], cells=cells, overwrite=True)
    assert contents(folder) == before


def test_no_file_of_the_scene_is_an_output(tmp_path: Path) -> None:
    """Through hard links, links of folders and names that are not there yet."""
    scene = tmp_path / "scene.gpkg"
    scene.write_text("mine")
    os.link(scene, tmp_path / "other.gpkg")
    (tmp_path / "way").symlink_to(tmp_path)
    for name in ("scene.gpkg", "other.gpkg", "way/scene.gpkg"):
        with pytest.raises(InputError, match="choose another name"):
            check_output(tmp_path / name, overwrite=True, inputs=[scene])
    with pytest.raises(InputError, match="choose another name"):
        check_output(tmp_path / "way" / "later.qml", overwrite=True, inputs=[tmp_path / "later.qml"])
    check_output(tmp_path / "free.gpkg", overwrite=True, inputs=[scene])


@pytest.mark.parametrize("name", ["x.gpkg", "x", "x.png"])
def test_a_raster_is_named_like_one(name: str, asked: StoredEmbedding, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.tif or \.tiff"):
        answers.heatmap(asked, tmp_path / name, ["ship"])
    with pytest.raises(InputError, match=r"\.gpkg"):
        answers.label_and_count(asked, tmp_path / "x.tif", count=["ship"])


def test_a_style_that_is_there_is_replaced_only_on_request(asked: StoredEmbedding, tmp_path: Path) -> None:
    (tmp_path / "heat.qml").write_text("mine")
    with pytest.raises(OutputExistsError, match=r"heat\.qml"):
        answers.heatmap(asked, tmp_path / "heat.tif", ["ship"])
    assert (tmp_path / "heat.qml").read_text() == "mine" and not (tmp_path / "heat.tif").exists()
    answers.heatmap(asked, tmp_path / "heat.tif", ["ship"], overwrite=True)
    assert (tmp_path / "heat.qml").read_text().startswith("<qgis")


def test_raster_and_style_come_together_or_not_at_all(
    asked: StoredEmbedding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    for name in ("heat.tif", "heat.qml"):
        (tmp_path / "out" / name).write_text("mine")
    before = contents(tmp_path / "out")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        with pytest.raises(OutputError, match="No space left"):
            answers.heatmap(asked, tmp_path / "out" / "heat.tif", ["ship"], overwrite=True)
    assert contents(tmp_path / "out") == before


def test_drafts_of_a_process_that_ends_are_removed(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.tif", overwrite=False) as draft:
        draft.write_text("half")
        remove_drafts()
        assert list(tmp_path.iterdir()) == []
        draft.parent.mkdir()
        draft.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


@pytest.mark.parametrize("door", ["heatmap", "part", "similar", "count", "label", "teach"])
def test_every_answer_heeds_a_cancel_and_writes_nothing(door: str, asked: StoredEmbedding, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    ask = {
        "heatmap": lambda stop: answers.heatmap(asked, out / "a.tif", ["ship"], cancel=stop),
        "part": lambda stop: answers.heatmap(asked, out / "a.tif", ["ship"], cells=Window(0, 0, 3, 4), cancel=stop),
        "similar": lambda stop: answers.similar(asked, out / "a.tif", (20, 20), overwrite=False, cancel=stop),
        "count": lambda stop: answers.label_and_count(asked, out / "a.gpkg", count=["ship"], cancel=stop),
        "label": lambda stop: answers.label_and_count(asked, out / "a.gpkg", label=["sea"], cancel=stop),
        "teach": lambda stop: answers.teach(
            asked, out / "a.gpkg", {"a": [(7, 5)], "b": [(0, 0)]}, overwrite=False, cancel=stop
        ),
    }[door]
    with pytest.raises(Cancelled):
        ask(lambda: True)
    assert list(out.iterdir()) == []
    ask(lambda: False)
    assert list(out.iterdir())
