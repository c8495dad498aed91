"""Styles and colours: XML that holds any prompt, colours that eyes tell apart."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tasks.colors import appearances, colors_of, distinct_colors, rgb
from engine.tasks.styles import heatmap_style, object_style, result_styles, sidecar_of, tile_style

PRINTABLE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1
)


@given(st.lists(PRINTABLE, unique=True, max_size=12), st.lists(PRINTABLE, unique=True, max_size=3))
def test_any_prompt_comes_out_of_the_xml_as_it_went_in(labels: list[str], counted: list[str]) -> None:
    styles = result_styles(labels, counted, {"score_x": "".join(labels)})
    for name, prompts in (("tiles", labels), ("objects", counted)):
        root = ElementTree.fromstring(styles[name].qml)
        categories = root.findall("renderer-v2/categories/category")
        assert [category.get("value") for category in categories] == prompts
        assert [category.get("label") for category in categories] == prompts
        symbols = [symbol.get("name") for symbol in root.findall("renderer-v2/symbols/symbol")]
        assert [category.get("symbol") for category in categories] == symbols
    assert root.find("aliases/alias").attrib == {"field": "score_x", "name": "".join(labels)}


def test_control_characters_do_not_break_the_file() -> None:
    root = ElementTree.fromstring(tile_style({"a\0b\x1f\ufffe": "#0072b2"}).qml)
    assert root.find("renderer-v2/categories/category").get("value") == "ab"


def test_a_prompt_has_one_colour_in_both_layers() -> None:
    styles = result_styles(["sea", "ships"], ["tanks", "ships"])
    ships = ",".join(map(str, rgb(distinct_colors(2)[1])))
    assert f"{ships},255" in styles["tiles"].qml
    assert f"{ships},255" in styles["objects"].qml
    assert len(set(colors_of(["sea", "ships"], ["tanks", "ships"]).values())) == 3


def test_scale_of_opacity_is_written_with_the_scores() -> None:
    root = ElementTree.fromstring(tile_style({"sea": "#0072b2"}, score_range=(0.2, 0.9)).qml)
    assert [option.get("value") for option in root.iter("Option") if option.get("name") == "expression"] == [
        'coalesce(scale_linear("score", 0.2, 0.9, 20, 60), 40)'
    ]


def test_rings_leave_their_middle_free() -> None:
    root = ElementTree.fromstring(object_style({"ships": "#d55e00"}).qml)
    fills = [option.get("value") for option in root.iter("Option") if option.get("name") == "color"]
    assert fills == ["0,0,0,0", "0,0,0,0"]


@pytest.mark.parametrize(("low", "high"), [(-1.5, 2.5), (0.0, 1e-6), (0.1, 0.1)])
def test_heatmap_is_clear_at_its_threshold_and_denser_above(low: float, high: float) -> None:
    items = ElementTree.fromstring(heatmap_style(low, high, band=3)).findall(".//item")
    values = [float(item.get("value", "nan")) for item in items]
    opacity = [int(item.get("alpha", "-1")) for item in items]
    assert (values[0], opacity[0], opacity[-1]) == (low, 0, 255)
    assert values[-1] == pytest.approx(high)
    assert values == sorted(values)
    assert opacity == sorted(opacity)


def test_the_sidecar_lies_where_qgis_looks(tmp_path: Path) -> None:
    assert sidecar_of(tmp_path / "heat.tif") == sidecar_of(tmp_path / "heat.tiff") == tmp_path / "heat.qml"


@given(st.integers(0, 60), st.integers(0, 60))
def test_colours_are_different_and_do_not_depend_on_how_many_are_asked(few: int, more: int) -> None:
    few, more = sorted((few, more))
    assert distinct_colors(more)[:few] == distinct_colors(few)
    assert len(set(distinct_colors(more))) == more


def test_colour_blind_eyes_tell_a_dozen_colours_apart() -> None:
    looks = appearances(distinct_colors(12))
    nearest = min(
        np.linalg.norm(looks[:, a] - looks[:, b], axis=1).min() for a, b in combinations(range(12), 2)
    )
    assert nearest > 0.07  # OKLab; some three times a just noticeable difference


def test_red_and_green_of_one_lightness_look_alike_to_the_colour_blind() -> None:
    normal, _, deuteranopic = np.linalg.norm(
        np.diff(appearances(["#c83c3c", "#7a7a00"]), axis=1)[:, 0], axis=1
    )
    assert deuteranopic < normal / 2


def test_known_oklab_values() -> None:
    white, red = appearances(["#ffffff", "#ff0000"])[0]
    assert white == pytest.approx([1, 0, 0], abs=1e-3)
    assert red == pytest.approx([0.628, 0.225, 0.126], abs=1e-3)
