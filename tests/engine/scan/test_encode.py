"""Encoding: each pixel once, whatever the windows, the interruptions and the order of calls."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine import tasks
from engine.errors import Cancelled, InputError, SceneError, StoreBusyError, StoreError, StoreMismatchError
from engine.model.fake import SPEC, FakeModel, FakeTowers
from engine.model.sarclip import SarClip, WindowFeatures
from engine.model.spec import EncoderPair
from engine.raster import Scene, Stretch, Window, array_scene, to_bytes
from engine.scan import Progress, StoredEmbedding, encode
from engine.scan.codec import INVALID
from engine.scan.store import EmbeddingStore
from engine.tasks.results import run_record
from tests.engine.worlds import file_scene, noise, scene_of, world, write_scene

FILES = ("dense.int8", "tiles.float16", "valid.uint8", "blocks.uint8")
BLOCKS = 12  # of the world: 3 x 4 cores of 96 px
MODULE = sys.modules["engine.scan.encode"]  # the package has a function of that name
PROMPTS = ["sea", "fields", "town", "ship"]


class Counting(FakeModel):
    """Counts the windows it encodes."""

    def __init__(self, pause_s: float = 0.0) -> None:
        super().__init__()
        self.calls = 0
        self.options: dict[str, object] = {}
        self.pause_s = pause_s

    def encode_windows(self, *arguments: object, **options: object) -> WindowFeatures:  # type: ignore[override]
        """Count, and take a while."""
        self.calls += 1
        self.options = options
        time.sleep(self.pause_s)
        return super().encode_windows(*arguments, **options)  # type: ignore[arg-type]


def content(embedding: StoredEmbedding) -> dict[str, bytes]:
    """Everything that answers are made of."""
    return {name: (embedding.store.folder / name).read_bytes() for name in FILES}


def in_a_process(work: Callable[[], object]) -> multiprocessing.Process:
    """Start a copy of this process that does `work`."""
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    return process


def test_windows_change_nothing(tmp_path: Path, fake: FakeModel) -> None:
    """The store of many windows is what the model says of the whole scene at once, to the last bit."""
    pixels = noise()
    found = encode(scene_of(pixels), fake, cache=tmp_path)
    assert len(found.store.done) == BLOCKS
    once = fake.encode_windows(np.pad(pixels, SPEC.margin_px)[None])
    expected = found.store.codec.encode(once.dense[0], once.dense_valid[0] >= 0.5, once.objectness[0])
    assert np.array_equal(found.store.dense, expected)
    np.testing.assert_allclose(found.store.tiles, once.tiles[0], atol=2e-3)  # float16
    assert len(np.unique(expected[..., 0])) > 50  # the scene is no constant


def test_what_is_read_with_care_is_another_store(tmp_path: Path) -> None:
    """And what was read without keeps its name from before there was a choice."""
    model, scene = Counting(), scene_of(noise())
    plain = encode(scene, model, cache=tmp_path, careful=False)
    assert (model.calls, model.options) == (BLOCKS, {"careful": False})
    careful = encode(scene, model, cache=tmp_path, careful=True)
    assert (model.calls, model.options) == (2 * BLOCKS, {"careful": True})
    assert careful.store.folder != plain.store.folder
    assert (plain.careful, careful.careful) == (False, True)
    for again, care in ((plain, False), (careful, True)):
        assert encode(scene, model, cache=tmp_path, careful=care).store.folder == again.store.folder
    assert model.calls == 2 * BLOCKS
    keys = [json.loads((found.store.folder / "embedding.json").read_text())["key"] for found in (plain, careful)]
    assert "careful" not in keys[0] and keys[1]["careful"] is True
    records = [run_record(found, PROMPTS)["readings"] for found in (plain, careful)]
    assert records == ["1", "4"]


def test_small_scenes_are_read_with_care_unless_that_is_declined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody waits for it, and where it is of use: a model without objectness finds nothing more."""
    scene, blind = scene_of(noise()), FakeModel(replace(SPEC, has_objectness=False))
    pixels = scene.height * scene.width
    for limit, model, careful, expected in (
        (pixels, FakeModel(), None, 4),
        (pixels, FakeModel(), False, 1),
        (pixels - 1, FakeModel(), None, 1),
        (pixels - 1, FakeModel(), True, 4),
        (pixels, blind, None, 1),
    ):
        monkeypatch.setattr(MODULE, "SMALL_PX", limit)
        assert encode(scene, model, cache=tmp_path, careful=careful).readings == expected


@pytest.mark.parametrize("shape", [(1, 300), (300, 1), (7, 9), (96, 96), (97, 1), (32, 500)])
def test_scenes_smaller_or_thinner_than_a_window(shape: tuple[int, int], tmp_path: Path, fake: FakeModel) -> None:
    found = encode(scene_of(np.full(shape, 30, np.uint8)), fake, cache=tmp_path)
    rows, cols = found.plan.tile_shape
    assert len(found.tiles.rows) == rows * cols
    np.testing.assert_allclose(found.tiles.vectors[:, 0], 1, atol=1e-3)
    assert np.nanmin(tasks.heatmap(found, ["sea"]).scores) > 0.9
    assert len(tasks.tile_frame(found, tasks.label(found, ["sea", "town"]))) == rows * cols


@given(rows=st.integers(0, 6), cols=st.integers(0, 6))
@settings(max_examples=12)
def test_another_origin_gives_the_same_map(rows: int, cols: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cropped by whole cells, a scene gives the same cells and objects where both see the same neighbours."""
    pixels, fake = noise(), FakeModel()
    cache = tmp_path_factory.mktemp("cache")
    whole = encode(scene_of(pixels), fake, cache=cache)
    part = encode(scene_of(pixels[8 * rows :, 8 * cols :]), fake, cache=cache)
    assert np.array_equal(whole.store.dense[rows + 1 :, cols + 1 :], part.store.dense[1:, 1:])


def test_nodata_changes_nothing_elsewhere(tmp_path: Path, fake: FakeModel) -> None:
    pixels = noise()
    holed = pixels.copy()
    holed[64:160, 128:256] = 0
    full, part = (encode(scene_of(p), fake, cache=tmp_path) for p in (pixels, holed))
    inside = np.zeros(full.plan.cell_shape, bool)
    inside[8:20, 16:32] = True
    reach = np.zeros_like(inside)
    reach[7:21, 15:33] = True
    assert np.array_equal(full.store.dense[~reach], part.store.dense[~reach])
    assert (part.store.dense[inside, 0] == INVALID).all()
    near = reach & ~inside  # see the hole, yet are told by the valid pixels they have left
    assert (part.store.dense[near, 0] != INVALID).all()
    heat = tasks.heatmap(part, ["sea"]).scores[0]
    assert np.isnan(heat[inside]).all() and np.isfinite(heat[~inside]).all()


def test_nan_and_infinity_are_nodata(tmp_path: Path, fake: FakeModel) -> None:
    values = noise().astype(np.float32)
    values[:96, :96], values[100:120, 200:240], values[0, 357] = np.nan, -np.inf, np.inf
    pixels = np.where(np.isfinite(values), noise(), 0).astype(np.uint8)
    found, expected = (
        encode(scene_of(p), fake, scale="uint8", cache=tmp_path)
        for p in (values, pixels)  # type: ignore[arg-type]
    )
    same = found.store.dense[..., :8].astype(int) - expected.store.dense[..., :8]
    assert np.abs(same).max() <= 1
    assert np.array_equal(found.store.dense[..., 0] == INVALID, expected.store.dense[..., 0] == INVALID)


def test_scene_without_a_valid_pixel(tmp_path: Path) -> None:
    """Nothing is labelled, mapped or counted, and asking again is no error; with and without fixed limits."""
    for limits in (None, (1.0, 255.0)):
        model = Counting()
        model.spec = replace(SPEC, stretch=limits)
        for _ in range(2):
            found = encode(scene_of(np.zeros((100, 40), np.uint8)), model, cache=tmp_path)
            assert model.calls == 0
            assert len(found.tiles.rows) == 0
            assert len(tasks.tile_frame(found, tasks.label(found, PROMPTS))) == 0
            assert np.isnan(tasks.heatmap(found, ["sea"]).scores).all()
            assert tasks.count(found, ["ship"])[0].count == 0
            with pytest.raises(InputError, match="nothing is encoded"):
                tasks.similar(found, (3, 5))


def test_the_second_time_reads_no_pixel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, scene = Counting(), scene_of(world())
    first = encode(scene, model, cache=tmp_path)
    told: list[Progress] = []

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("pixels were read")

    monkeypatch.setattr(MODULE, "read_swaths", fail)
    monkeypatch.setattr(MODULE, "read_window", fail)
    again = encode(scene, model, cache=tmp_path, progress=told.append)
    assert model.calls == BLOCKS and not told
    assert content(again) == content(first)


def test_an_open_embedding_is_asked_without_the_scene(tmp_path: Path, fake: FakeModel) -> None:
    path = tmp_path / "scene.tif"
    found = encode(file_scene(path), fake, cache=tmp_path)
    before = tasks.heatmap(found, ["ship"]).scores
    path.unlink()
    assert np.array_equal(tasks.heatmap(found, ["ship"]).scores, before, equal_nan=True)
    assert tasks.count(found, ["ship"])[0].count == 6


def test_cancelled_keeps_what_is_done(tmp_path: Path, fake: FakeModel) -> None:
    model, scene = Counting(), scene_of(noise())
    with pytest.raises(Cancelled, match=f"5 of {BLOCKS}.*kept"):
        encode(scene, model, cache=tmp_path / "a", cancel=lambda: model.calls >= 5)
    assert model.calls == 5
    found = encode(scene, model, cache=tmp_path / "a")
    assert model.calls == BLOCKS
    assert content(found) == content(encode(scene, fake, cache=tmp_path / "b"))


def test_cancelled_at_the_last_window_is_done(tmp_path: Path) -> None:
    model = Counting()
    found = encode(scene_of(world()), model, cache=tmp_path, cancel=lambda: model.calls >= BLOCKS)
    assert found.store.done.all() and (found.store.folder / "tiles.parquet").exists()


def test_cancelled_before_the_first_window(tmp_path: Path) -> None:
    model = Counting()
    with pytest.raises(Cancelled):
        encode(scene_of(world()), model, cache=tmp_path, cancel=lambda: True)
    assert model.calls <= 1


def test_progress_counts_to_the_end(tmp_path: Path, fake: FakeModel) -> None:
    told: list[Progress] = []
    encode(scene_of(world()), fake, cache=tmp_path, progress=told.append)
    assert [item.done for item in told] == list(range(1, BLOCKS + 1))
    assert {item.total for item in told} == {BLOCKS}
    assert told[-1].seconds_left == 0 and all(item.seconds >= 0 for item in told)


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_and_resumed_equals_uninterrupted(seed: int, tmp_path: Path, fake: FakeModel) -> None:
    """Killed without warning, several times, at random moments; the results are the same, byte for byte."""
    scene, rng = file_scene(tmp_path / "scene.tif", noise()), random.Random(seed)  # noqa: S311
    kills = 0
    for _ in range(4):
        process = in_a_process(lambda: encode(scene, Counting(pause_s=0.1), cache=tmp_path / "killed"))
        time.sleep(rng.uniform(0.02, 0.3))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        kills += process.exitcode == -signal.SIGKILL
    assert kills >= 2
    model = Counting()
    resumed = encode(scene, model, cache=tmp_path / "killed")
    whole = encode(scene, fake, cache=tmp_path / "whole")
    assert content(resumed) == content(whole)
    assert tables_equal(resumed, whole)
    assert np.array_equal(tasks.heatmap(resumed, ["ship"]).scores, tasks.heatmap(whole, ["ship"]).scores)
    frames = [tasks.tile_frame(item, tasks.label(item, PROMPTS)) for item in (resumed, whole)]
    assert frames[0].equals(frames[1])


@pytest.mark.parametrize("block", [0, 4, BLOCKS - 1])
def test_killed_between_a_blocks_bytes_and_its_mark(block: int, tmp_path: Path, fake: FakeModel) -> None:
    scene = scene_of(noise())

    def work() -> None:
        put = EmbeddingStore.put

        def cut_short(store: EmbeddingStore, at: int, codes: NDArray[np.int8], *rest: NDArray[np.float32]) -> None:
            if at == block:
                plan = store.plan
                core = plan.core(at)
                store.dense[core.row // plan.cell_px, core.col // plan.cell_px :][:3] = 77
                os.kill(os.getpid(), signal.SIGKILL)
            put(store, at, codes, *rest)

        EmbeddingStore.put = cut_short  # type: ignore[method-assign,assignment]
        encode(scene, FakeModel(), cache=tmp_path / "killed")

    process = in_a_process(work)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    model = Counting()
    resumed = encode(scene, model, cache=tmp_path / "killed")
    assert model.calls == BLOCKS - block
    assert content(resumed) == content(encode(scene, fake, cache=tmp_path / "whole"))


def test_killed_before_the_table_is_written(tmp_path: Path, fake: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks are there but `tiles.parquet` is not, or is that of a smaller extent: it is made."""
    scene = scene_of(noise())
    part = encode(scene, fake, cache=tmp_path, extent=shapely.box(0, 0, 90, 90))
    small = (part.store.folder / "tiles.parquet").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(MODULE, "write_tiles", lambda *_: pull_the_plug())
        with pytest.raises(RuntimeError, match="pulled"):
            encode(scene, fake, cache=tmp_path)
    found = encode(scene, fake, cache=tmp_path)
    assert len((found.store.folder / "tiles.parquet").read_bytes()) > len(small)
    assert tables_equal(found, encode(scene, fake, cache=tmp_path / "whole"))


def pull_the_plug() -> None:
    """Stand for a plug that is pulled."""
    raise RuntimeError("plug pulled")


def tables_equal(one: StoredEmbedding, other: StoredEmbedding) -> bool:
    """Whether two stores have the same `tiles.parquet`."""
    first, second = ((item.store.folder / "tiles.parquet").read_bytes() for item in (one, other))
    return first == second


def test_extents_are_extended_without_redoing_anything(tmp_path: Path, fake: FakeModel) -> None:
    model, scene = Counting(), scene_of(noise())
    west = encode(scene, model, cache=tmp_path / "a", extent=shapely.box(1, 1, 100, 229))
    assert model.calls == 6  # 3 x 2 cores
    assert set(west.tiles.cols) == {0, 1, 2} and len(west.tiles.rows) == 8 * 3  # by their centres
    middle = encode(scene, model, cache=tmp_path / "a", extent=shapely.box(50, 1, 250, 95))
    assert model.calls == 7
    east = shapely.union_all([shapely.box(260, 100, 357, 200), shapely.box(10, 10, 20, 20)])
    encode(scene, model, cache=tmp_path / "a", extent=east)
    whole = encode(scene, model, cache=tmp_path / "a")
    assert model.calls == BLOCKS
    assert west.store.folder == middle.store.folder == whole.store.folder
    assert content(whole) == content(encode(scene, fake, cache=tmp_path / "b"))


def test_a_small_extent_has_the_tile_it_lies_in(tmp_path: Path, fake: FakeModel) -> None:
    """Though that tile's centre lies outside."""
    found = encode(scene_of(world()), fake, cache=tmp_path, extent=shapely.box(1, 2, 12, 11))
    assert (found.tiles.rows.tolist(), found.tiles.cols.tolist()) == ([0], [0])
    assert found.has_valid_pixels
    assert tasks.label(found, PROMPTS).best.tolist() == [2]


def test_valid_pixels_are_told_from_tiles_that_have_enough(tmp_path: Path, fake: FakeModel) -> None:
    pixels = np.zeros((100, 100), np.uint8)
    pixels[:32, :10] = 120
    for box, expected in (((0, 0, 32, 32), True), ((40, 40, 90, 90), False)):
        found = encode(scene_of(pixels), fake, cache=tmp_path, extent=shapely.box(*box))
        assert len(found.tiles.rows) == 0 and found.has_valid_pixels is expected


def test_answers_stay_inside_the_extent(tmp_path: Path, fake: FakeModel) -> None:
    scene = scene_of(world())
    area = shapely.Polygon([(180, 100), (340, 120), (200, 228)])
    found = encode(scene, fake, cache=tmp_path, extent=area)
    encode(scene, fake, cache=tmp_path)  # the rest is there too, and still not asked for
    for place in tasks.count(found, ["ship"])[0].xy:
        assert area.buffer(8).contains(shapely.Point(place))
    assert tasks.count(found, ["ship"])[0].count == 1  # of (191, 192), (96, 200) and the others, one lies inside
    rows, cols = np.nonzero(np.isfinite(tasks.heatmap(found, ["sea"]).scores[0]))
    assert len(rows) == pytest.approx(area.area / 64, rel=0.1)
    assert shapely.contains_xy(area.buffer(1e-6), cols * 8 + 4, rows * 8 + 4).all()


def test_two_processes_one_writes(tmp_path: Path) -> None:
    """The second gets one clear line, at once, and may ask again when the first has ended."""
    scene = file_scene(tmp_path / "scene.tif", noise())
    process = in_a_process(lambda: encode(scene, Counting(pause_s=0.3), cache=tmp_path / "cache"))
    try:
        while not list(tmp_path.glob("cache/*/blocks.uint8")) or not any(
            path.read_bytes().strip(b"\0") for path in tmp_path.glob("cache/*/blocks.uint8")
        ):
            time.sleep(0.02)
        start = time.monotonic()
        with pytest.raises(StoreBusyError, match="another process") as told:
            encode(scene, FakeModel(), cache=tmp_path / "cache")
        assert time.monotonic() - start < 2
        assert "\n" not in str(told.value)
    finally:
        process.kill()
        process.join()
    assert encode(scene, FakeModel(), cache=tmp_path / "cache").store.done.all()


def test_what_is_done_can_be_asked_while_another_process_adds(tmp_path: Path) -> None:
    """The table of tiles is gone meanwhile; it is that process which will write it."""
    scene, west = file_scene(tmp_path / "scene.tif", noise()), shapely.box(0, 0, 90, 229)
    first = encode(scene, FakeModel(), cache=tmp_path / "cache", extent=west)
    table = first.store.folder / "tiles.parquet"
    process = in_a_process(lambda: encode(scene, Counting(pause_s=0.3), cache=tmp_path / "cache"))
    try:
        while table.exists():
            time.sleep(0.02)
        again = encode(scene, Counting(), cache=tmp_path / "cache", extent=west)
        assert not table.exists()
        assert np.array_equal(again.tiles.vectors, first.tiles.vectors)
    finally:
        process.kill()
        process.join()
    encode(scene, FakeModel(), cache=tmp_path / "cache", extent=west)
    assert table.exists()  # made again, now that nobody is writing


def test_a_store_that_may_only_be_read(tmp_path: Path, fake: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = scene_of(noise())
    found = encode(scene, fake, cache=tmp_path)
    (found.store.folder / "tiles.parquet").unlink()

    def refuse(_: EmbeddingStore) -> None:
        raise StoreError("read-only")

    monkeypatch.setattr(EmbeddingStore, "writing", refuse)
    assert len(encode(scene, fake, cache=tmp_path).tiles.rows) == len(found.tiles.rows)


def test_what_the_key_says_is_compared(tmp_path: Path, fake: FakeModel) -> None:
    """A store of the right name made from something else is refused, and the message says what differs."""
    scene = scene_of(world())
    found = encode(scene, fake, cache=tmp_path)
    path = found.store.folder / "embedding.json"
    text = path.read_text()
    for field, old, new in (
        ("model", SPEC.sha256, "0" * 64),
        ("precision", "float32", "bfloat16"), ("band", '"1"', '"VV"'),
        ("scale", '"scale": "uint8"', '"scale": "db"'),
        ("format_version", '"format_version": 1', '"format_version": 0'),
        ("careful", '"careful": true', '"careful": false'),
    ):  # fmt: skip
        assert old in text
        path.write_text(text.replace(old, new))
        with pytest.raises(StoreMismatchError, match=field):
            encode(scene, fake, cache=tmp_path)


def test_what_changes_the_embedding_changes_its_folder(tmp_path: Path, fake: FakeModel) -> None:
    other = FakeModel(replace(SPEC, sha256="0" * 64))
    precise = FakeModel()
    precise.precision = "bfloat16"
    folders = {
        encode(scene, model, cache=tmp_path, tile_px=tile, scale=scale).store.folder
        for scene, model, tile, scale in (
            (scene_of(world()), fake, None, "auto"),
            (scene_of(noise()), fake, None, "auto"),
            (scene_of(world()), other, None, "auto"),
            (scene_of(world()), precise, None, "auto"),
            (scene_of(world()), fake, 64, "auto"),
            (scene_of(world()), fake, None, "amplitude"),
        )
    }
    assert len(folders) == 6


def test_the_step_of_whole_numbers_changes_the_folder(tmp_path: Path) -> None:
    """With fixed limits the same numbers, as dB and as hundredths of dB, differ in nothing else."""
    model = FakeModel(replace(SPEC, stretch=(-25.0, 0.0), stretch_unit="dB"))
    scene = array_scene(np.linspace(-2500, 0, 230 * 358).reshape(230, 358).astype(np.int16), name="ramp")
    declared, guessed = (encode(scene, model, scale=scale, cache=tmp_path) for scale in ("db", "auto"))
    assert (declared.stretch.low, guessed.stretch.low) == (-25, -25)
    assert (declared.stretch.gain, guessed.stretch.gain) == (1, 0.01)
    assert declared.store.folder != guessed.store.folder


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_limits_in_db_do_not_whiten_what_is_no_db(dtype: str, tmp_path: Path) -> None:
    model = FakeModel(replace(SPEC, stretch=(-25.0, 0.0), stretch_unit="dB"))
    found = encode(scene_of(noise().astype(dtype)), model, cache=tmp_path)
    assert "not the fixed stretch" in found.stretch.reason
    assert len(np.unique(to_bytes(noise().astype(dtype), found.stretch))) > 100


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["gone", "short"])
def test_damaged_store_is_said_to_be(name: str, damage: str, tmp_path: Path, fake: FakeModel) -> None:
    scene = scene_of(world())
    path = encode(scene, fake, cache=tmp_path).store.folder / name
    path.write_bytes(path.read_bytes()[:-5]) if damage == "short" else path.unlink()
    with pytest.raises(StoreError, match=r"delete .*made again") as told:
        encode(scene, fake, cache=tmp_path)
    assert str(told.value).count("delete") == 1 and "\n" not in str(told.value)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"key": {}}'])
def test_damaged_description(content: str, tmp_path: Path, fake: FakeModel) -> None:
    scene = scene_of(world())
    (encode(scene, fake, cache=tmp_path).store.folder / "embedding.json").write_text(content)
    with pytest.raises(StoreError) as told:
        encode(scene, fake, cache=tmp_path)
    assert "delete" in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize(("dtype", "objects"), [("uint8", True), ("uint16", True), ("float32", True), ("uint8", False)])
def test_dense_map_is_at_most_half_the_scene(dtype: str, objects: bool, tmp_path: Path) -> None:
    """Whatever the model's dimensions: here there are 512."""
    spec = replace(SPEC, embed_dim=512, has_objectness=objects, stretch=None)
    pixels = noise(192, 288).astype(dtype)

    class Wide(FakeModel):
        def encode_windows(self, *args: object, **options: object) -> WindowFeatures:  # type: ignore[override]
            found = super().encode_windows(*args, **options)  # type: ignore[arg-type]
            wide = [(0, 0)] * 3 + [(0, 504)]
            return replace(found, dense=np.pad(found.dense, wide), tiles=np.pad(found.tiles, wide))

    found = encode(scene_of(pixels), Wide(spec), cache=tmp_path, scale="amplitude")
    assert 0.4 * pixels.nbytes < found.store.dense.nbytes <= pixels.nbytes / 2
    assert (found.store.folder / "dense.int8").stat().st_size == found.store.dense.nbytes


def test_any_clip_works(tmp_path: Path) -> None:
    """An encoder of views, no objectness, no context: the same labels, and counts of clusters."""
    spec = replace(SPEC, has_objectness=False, margin_px=0, name="foreign")
    towers = FakeTowers()
    model = SarClip(EncoderPair(spec, towers, lambda: towers))
    found = encode(scene_of(world()), model, cache=tmp_path)
    assert found.store.codec.object_cells == 0
    labels = tasks.label(found, PROMPTS[:3])
    assert labels.best[(labels.rows == 0) & (labels.cols == 0)] == 2
    assert labels.best[(labels.rows == 5) & (labels.cols == 8)] == 0
    counted = tasks.count(found, ["ship"])[0]
    assert counted.count == 6


def test_codec_of_a_foreign_model_sees_all_of_the_scene(tmp_path: Path) -> None:
    """The sample spreads over rows and columns; a direction seen in one corner only is kept too."""
    seen: list[tuple[int, int]] = []

    class Watching(FakeModel):
        def encode_windows(  # type: ignore[override]
            self, pixels: NDArray[np.uint8], *rest: object, **options: object
        ) -> WindowFeatures:
            seen.append(pixels.shape[1:])
            return super().encode_windows(pixels, *rest, **options)  # type: ignore[arg-type]

    places: list[Window] = []
    original = MODULE.read_window

    def watched(scene: Scene, stretch: Stretch, window: Window) -> NDArray[np.uint8]:
        places.append(window)
        return original(scene, stretch, window)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODULE, "read_window", watched)
        spec = replace(SPEC, has_objectness=False)
        encode(scene_of(noise(32 * 8, 32 * 16)), Watching(spec), cache=tmp_path)
    assert len({place.row for place in places}) == 4
    assert len({place.col for place in places}) == 4


def test_context_is_read_when_the_model_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[tuple[int, ...] | None] = []

    class Watching(FakeModel):
        def encode_windows(
            self, pixels: NDArray[np.uint8], coarse: NDArray[np.uint8] | None = None, *rest: object, **options: object
        ) -> WindowFeatures:
            shapes.append(None if coarse is None else coarse.shape)
            return super().encode_windows(pixels, None, *rest, **options)  # type: ignore[arg-type]

    encode(scene_of(world()), Watching(), cache=tmp_path / "without")
    assert set(shapes) == {None}
    shapes.clear()
    monkeypatch.setattr(Watching, "reads_context", True)
    encode(scene_of(world()), Watching(), cache=tmp_path / "with")
    assert shapes[0] == (1, 32, 32)  # (96 + 2 * 16) / 4


@pytest.mark.parametrize("tile", [0, -8, 12, 5000])
def test_impossible_tiles_are_refused(tile: int, tmp_path: Path, fake: FakeModel) -> None:
    with pytest.raises(InputError, match=rf"tile of {tile} px"):
        encode(scene_of(world()), fake, tile_px=tile, cache=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("tile", [8, 16, 40, 96, 128, 512])
def test_any_tile_of_whole_cells(tile: int, tmp_path: Path, fake: FakeModel) -> None:
    """Tiles partition the scene, and the dense map does not depend on them."""
    scene = scene_of(noise())
    found = encode(scene, fake, tile_px=tile, cache=tmp_path)
    usual = encode(scene, fake, cache=tmp_path)
    assert np.array_equal(found.store.dense, usual.store.dense)
    frame = tasks.tile_frame(found, tasks.label(found, ["sea", "town"]))
    assert shapely.union_all(frame.geometry.values).area == pytest.approx(230 * 358 * 100)
    assert frame.geometry.area.sum() == pytest.approx(230 * 358 * 100)


def test_a_scene_that_breaks_off(tmp_path: Path, fake: FakeModel) -> None:
    """What was read before stays; the error names the file."""
    path = write_scene(tmp_path / "scene.tif", noise(1024, 640))
    whole = path.read_bytes()
    scene = file_scene(tmp_path / "other.tif", noise(1024, 640))
    Path(scene.path).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SceneError, match=r"other\.tif"):
        encode(scene, fake, cache=tmp_path)


def test_bytes_are_settled_before_the_model(tmp_path: Path, fake: FakeModel) -> None:
    """A model sees the byte picture of the whole scene's one stretch, not of each window."""
    levels = np.linspace(-25, 0, 230 * 358, dtype=np.float32).reshape(230, 358)
    model = FakeModel(replace(SPEC, stretch=(-25.0, 0.0), stretch_unit="dB"))
    found = encode(array_scene(levels, name="ramp"), model, scale="db", cache=tmp_path)
    expected = fake.encode_windows(np.pad(to_bytes(levels, found.stretch), SPEC.margin_px)[None])
    np.testing.assert_allclose(found.store.tiles, expected.tiles[0], atol=2e-3)
