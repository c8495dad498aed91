"""The picture: every mark where it belongs, whatever the scene's shape."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.errors import InputError, OutputError, OutputExistsError
from engine.tasks.colors import OKABE_ITO, rgb
from engine.tasks.picture import Count, Heat, Labels, Objects, _round_length, _shorten, draw

WIDTH = 1200
EDGE = 50  # pixels of margin left and right at 200 dots an inch


def grey(rows: int, cols: int) -> np.ndarray:
    """Return an even grey scene."""
    return np.full((rows, cols), 120, dtype=np.uint8)


def drawn(
    path: Path, background: np.ndarray, panel: Labels | Heat | Objects, pixel_px: float = 1.0
) -> np.ndarray:
    """Return the scene part of a picture of one panel, cut out by its grey or its paper."""
    draw(background, [panel], path, pixel_px=pixel_px, width_px=WIDTH, overwrite=True)
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert picture.shape[1] == WIDTH
    rows, cols = background.shape
    height = round((WIDTH - 2 * EDGE) * rows / cols)
    top = 124 + 20  # the titles above a panel and the space where a heading would be
    return picture[top : top + height, EDGE : WIDTH - EDGE]


def at(scene: np.ndarray, x: float, y: float) -> np.ndarray:
    """Return the colour at a place given as a share of width and height."""
    return scene[int(y * scene.shape[0]), int(x * scene.shape[1])]


def test_labels_lie_on_their_tiles(tmp_path: Path) -> None:
    index = np.array([[0, 1, 2], [-1, -1, 0]])
    scene = drawn(tmp_path / "a.png", grey(200, 300), Labels(["sea", "port", "town"], index, 100.0))
    for (row, col), label in np.ndenumerate(index):
        expected = np.array([120, 120, 120.0])
        if label >= 0:
            expected = 0.4 * expected + 0.6 * np.array(rgb(OKABE_ITO[label]))
        assert at(scene, (col + 0.5) / 3, (row + 0.5) / 2) == pytest.approx(expected, abs=4), (row, col)


def test_the_surer_the_more_solid(tmp_path: Path) -> None:
    panel = Labels(["sea"], np.zeros((1, 2), dtype=int), 100.0, score=np.array([[0.1, 0.9]]))
    scene = drawn(tmp_path / "a.png", grey(100, 200), panel)
    plain = np.full(3, 120)
    assert np.abs(at(scene, 0.75, 0.5) - plain).sum() > 1.5 * np.abs(at(scene, 0.25, 0.5) - plain).sum()


def test_heat_is_clear_below_its_threshold_and_where_it_is_unknown(tmp_path: Path) -> None:
    values = np.full((4, 8), 0.3)
    values[:, :2] = np.nan
    values[:, 6:] = 1.0
    scene = drawn(tmp_path / "a.png", grey(200, 400), Heat("ships", values, 50.0, low=0.5, high=1.0))
    assert list(at(scene, 0.1, 0.5)) == [120, 120, 120]
    assert list(at(scene, 0.5, 0.5)) == [120, 120, 120]
    assert at(scene, 0.95, 0.5) == pytest.approx([239, 242, 160], abs=5)


@pytest.mark.parametrize("pixel_px", [1.0, 4.0])
def test_a_ring_lies_around_its_object(tmp_path: Path, pixel_px: float) -> None:
    background = grey(150, 300)
    x, y = 60 * pixel_px, 105 * pixel_px
    scene = drawn(
        tmp_path / "a.png", background, Objects([Count("ship", np.array([[x, y]]), 1, 2)]), pixel_px
    )
    marked = np.argwhere(np.abs(scene - 120).sum(axis=2) > 30)
    rows, cols = scene.shape[:2]
    assert marked.mean(axis=0) == pytest.approx([rows * 0.7, cols * 0.2], abs=2)
    assert list(at(scene, 0.2, 0.7)) == [120, 120, 120]


def test_the_invalid_corner_is_paper(tmp_path: Path) -> None:
    background = grey(200, 300)
    background[100:, :100] = 0
    scene = drawn(tmp_path / "a.png", background, Objects())
    assert list(at(scene, 0.1, 0.9)) == [0xE9, 0xEC, 0xEF]
    assert list(at(scene, 0.9, 0.9)) == [120, 120, 120]


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (37, 61)])
def test_any_shape_and_any_prompt(tmp_path: Path, shape: tuple[int, int]) -> None:
    names = [f"$ \\frac{{ 港口 'quoted' \n {index}" for index in range(200)]
    panels = [
        Labels(names, np.array([[0, 199, -1]]), 16.0),
        Heat("x" * 300, np.full((2, 3), np.nan), 8.0, 0.5, 0.5),
        Objects([Count(names[3], np.zeros((0, 2)), 0, 0, truth=0)]),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(np.zeros(shape, np.uint8), panels, tmp_path / "a.png", gsd_m=10.0, heading="$", width_px=WIDTH)
    assert Image.open(tmp_path / "a.png").size[0] == WIDTH


def test_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("precious")
    with pytest.raises(OutputExistsError):
        draw(grey(10, 20), [Objects()], path)
    with pytest.raises(InputError, match="nothing to draw"):
        draw(grey(10, 20), [], path, overwrite=True)
    with pytest.raises(OutputError, match="does not exist"):
        draw(grey(10, 20), [Objects()], tmp_path / "missing" / "a.png")
    assert path.read_text() == "precious"
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


@given(st.floats(1e-3, 1e9))
def test_a_scale_bar_has_a_round_length(metres: float) -> None:
    length = _round_length(metres)
    assert metres / 2.5001 <= length <= metres * 1.00001
    assert f"{length:e}"[0] in "125"


@settings(max_examples=50)
@given(st.text(max_size=80), st.floats(0.3, 5))
def test_a_shortened_text_is_a_beginning(text: str, width: float) -> None:
    short = _shorten(text, width)
    assert " ".join(text.split()).startswith(short.rstrip("…"))
    assert "\n" not in short
