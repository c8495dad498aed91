"""The bundled model over a scene in pieces: no seams, within stated tolerances. Its quality is judged elsewhere.

The model's deepest features are 32 px apart, so that reading from an origin moved by less changes a score
more than reading from one moved by a multiple of them; windows of a scene only ever move by multiples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import tasks
from engine.model import SarClip, load_model
from engine.raster import Window, measure_stretch, open_scene, read_window
from engine.scan import StoredEmbedding, encode
from tests.conftest import ROOT
from tests.engine.worlds import scene_of

PROMPTS = ["ship", "harbor", "open sea"]
SEAM_SCORE = 0.03  # 999 of 1000 scores differ by less wherever windows begin
SEAM_COSINE = 0.99  # of every cell's and every tile's vector
STEP_PX = 32  # of the deepest features
BORDER_CELLS = 20  # at the scene's edges, where crops see other neighbours

Encode = Callable[[NDArray[np.uint8], int], StoredEmbedding]


@pytest.fixture(scope="module")
def pixels() -> NDArray[np.uint8]:
    """Part of the demo scene: sea, harbour and town; not square."""
    scene = open_scene(ROOT / "resources" / "demo" / "harbor.tif")
    return read_window(scene, measure_stretch(scene), Window(200, 300, 520, 776))


@pytest.fixture(scope="module")
def encode_in_windows(tmp_path_factory: pytest.TempPathFactory) -> Encode:
    """A function that encodes pixels in windows of so many tiles a side."""
    model: SarClip = load_model()
    spec = replace(model.spec, stretch=(1.0, 255.0), stretch_unit="DN")  # bytes stay what they are

    def run(pixels: NDArray[np.uint8], tiles_per_window: int) -> StoredEmbedding:
        model.spec = replace(spec, tiles_per_window=tiles_per_window)
        cache: Path = tmp_path_factory.mktemp("cache")
        return encode(scene_of(pixels), model, scale="uint8", cache=cache)

    return run


@pytest.fixture(scope="module")
def in_one(pixels: NDArray[np.uint8], encode_in_windows: Encode) -> StoredEmbedding:
    found = encode_in_windows(pixels, 16)
    assert len(found.store.done) == 1
    return found


@pytest.fixture(scope="module")
def in_many(pixels: NDArray[np.uint8], encode_in_windows: Encode) -> StoredEmbedding:
    found = encode_in_windows(pixels, 2)
    assert len(found.store.done) == 12
    return found


def vectors(found: StoredEmbedding) -> NDArray[np.float32]:
    return found.store.codec.vectors(np.asarray(found.store.dense))


def test_streaming_equals_one_shot(in_one: StoredEmbedding, in_many: StoredEmbedding) -> None:
    assert (vectors(in_one) * vectors(in_many)).sum(-1).min() > SEAM_COSINE
    assert (in_one.tiles.vectors * in_many.tiles.vectors).sum(-1).min() > SEAM_COSINE
    one, many = (tasks.heatmap(item, PROMPTS).scores for item in (in_one, in_many))
    assert one.std() > 0.02  # the maps say something
    assert np.percentile(np.abs(one - many), 99.9) < SEAM_SCORE


@pytest.mark.parametrize(("down", "across"), [(32, 0), (0, 64), (96, 160)])
def test_another_origin_gives_the_same_heatmap(
    down: int, across: int, pixels: NDArray[np.uint8], in_one: StoredEmbedding, encode_in_windows: Encode
) -> None:
    part = encode_in_windows(pixels[down:, across:], 16)
    expected = tasks.heatmap(in_one, PROMPTS).scores[:, down // 8 :, across // 8 :]
    found = tasks.heatmap(part, PROMPTS).scores
    inside = (slice(None), slice(BORDER_CELLS, None), slice(BORDER_CELLS, None))
    assert np.percentile(np.abs(found - expected)[inside], 99.9) < SEAM_SCORE


def test_origin_moved_by_one_cell(
    pixels: NDArray[np.uint8], in_one: StoredEmbedding, encode_in_windows: Encode
) -> None:
    """Between the steps of the deepest features scores move, by little on average."""
    part = encode_in_windows(pixels[8:, 8:], 16)
    inside = (slice(None), slice(BORDER_CELLS, None), slice(BORDER_CELLS, None))
    difference = np.abs(tasks.heatmap(part, PROMPTS).scores - tasks.heatmap(in_one, PROMPTS).scores[:, 1:, 1:])
    assert difference[inside].mean() < 0.05


@pytest.mark.parametrize("axis", [1, 2])
def test_no_grid_in_the_heatmap(axis: int, in_many: StoredEmbedding, in_one: StoredEmbedding) -> None:
    """Borders of windows add no more to the mean jump between cells than lies in any other place.

    Added to what one window shows there: a ship on the border is a jump, too, and no grid.
    """
    jumps = [
        np.abs(np.diff(np.moveaxis(tasks.heatmap(item, PROMPTS).scores, axis, 0), axis=0)).mean((1, 2))
        for item in (in_many, in_one)
    ]
    added = jumps[0] - jumps[1]  # between cell i and i + 1
    places = np.arange(1, len(added) + 1)
    per_core = in_many.plan.core_px // 8
    border, step = places % per_core == 0, places % (STEP_PX // 8) == 0
    usual = np.abs(added[step & ~border])
    assert border.sum() >= 2
    assert added[border].mean() < usual.mean() + 3 * usual.std()


def test_the_same_again_is_the_same(pixels: NDArray[np.uint8], encode_in_windows: Encode) -> None:
    first, second = (encode_in_windows(pixels[:200, :333], 1) for _ in range(2))
    for name in ("dense.int8", "tiles.float16"):
        assert (first.store.folder / name).read_bytes() == (second.store.folder / name).read_bytes()
