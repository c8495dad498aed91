"""SARCount: as many of each number, validation pictures only, windows that show what the list says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.d2c import AnnotatedImage
from training.d2c.annotation import GONE_SHARE, SEEN_SHARE, box
from training.sarcount import NUMBERS, candidates, load
from training.sarcount.benchmark import FILE, FIRST_SEED, simulated_image, simulated_name
from training.sarcount.choose import MAX_OVERLAP, choose_simulated
from training.sarcount.windows import Window, look, overlap, windows
from training.splits import is_validation

LIST = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("subset", LIST)
def test_the_list_is_balanced(subset: str) -> None:
    counts = Counter(entry["count"] for entry in LIST[subset])
    assert set(counts) == set(NUMBERS)
    assert len(set(counts.values())) == 1
    assert min(counts.values()) >= 10
    assert all(len(entry["boxes"]) == entry["count"] for entry in LIST[subset])


@pytest.mark.parametrize("subset", LIST)
def test_no_window_is_asked_twice_and_none_of_one_number_is_nearly_another(subset: str) -> None:
    taken: dict[tuple[str, int], list[Window]] = {}
    for entry in LIST[subset]:
        window = Window(tuple(entry["crop"]), entry["count"], ())
        others = taken.setdefault((entry["name"], entry["count"]), [])
        assert all(overlap(window, other) < MAX_OVERLAP for other in others)
        others.append(window)
    assert len(taken) > 0.8 * len(LIST[subset])


def test_real_pictures_validate_and_simulated_ones_train_nothing() -> None:
    assert all(is_validation(entry["name"]) for entry in LIST["real"])
    seeds = [int(entry["name"].rsplit("-", 1)[1]) for entry in LIST["simulated"]]
    assert min(seeds) >= FIRST_SEED


def test_the_list_holds_no_pixels() -> None:
    assert {key for part in LIST.values() for entry in part for key in entry} == {
        "name", "kind", "count", "crop", "boxes",
    }  # fmt: skip


@pytest.mark.parametrize(("style", "three"), [("words", "three"), ("digits", "3")])
def test_candidates_differ_in_the_number_alone(style: str, three: str) -> None:
    texts = candidates("ship", style)  # type: ignore[arg-type]
    assert len(set(texts)) == len(NUMBERS)
    assert texts[2] == f"a SAR image of {three} ships"
    assert texts[0].endswith(" ship")
    assert {text.split()[-1] for text in texts[1:]} == {"ships"}


def test_what_is_not_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="kind 'bridge'"):
        candidates("bridge")
    with pytest.raises(ValueError, match="style 'roman'"):
        candidates("ship", "roman")  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 380), st.floats(0, 280)), min_size=1, max_size=14))
def test_no_object_is_in_doubt_in_any_window(places: list[tuple[float, float]]) -> None:
    ships = tuple(box("ship", x, y, x + 20, y + 12) for x, y in places)
    image = AnnotatedImage("a/b", 400, 300, ships, complete=frozenset({"ship"}))
    for window in windows(image, "ship"):
        x0, y0, width, height = window.crop
        shares = [
            max(min(x + 20, x0 + width) - max(x, x0), 0) * max(min(y + 12, y0 + height) - max(y, y0), 0) / 240
            for x, y in places
        ]
        assert not any(GONE_SHARE + 1e-4 < share < SEEN_SHARE - 1e-4 for share in shares)
        assert window.count == len(window.boxes) == sum(share >= SEEN_SHARE - 1e-4 for share in shares)


def test_windows_of_a_kind_that_is_not_annotated_throughout_are_not_asked() -> None:
    image = AnnotatedImage("a/b", 200, 200, (box("ship", 10, 10, 30, 30),))
    assert look(image, "ship", (0, 0, 200, 200)) is None


@pytest.fixture
def short_list(tmp_path: Path) -> Path:
    path = tmp_path / "short.json"
    path.write_text(json.dumps({"real": LIST["real"][::50], "simulated": LIST["simulated"][::70]}))
    return path


def test_simulated_items_show_what_the_list_says(short_list: Path) -> None:
    entries = json.loads(short_list.read_text())["simulated"]
    items, again = load(None, ["simulated"], short_list), load(None, ["simulated"], short_list)
    assert [(item.count, item.kind) for item in items] == [(entry["count"], entry["kind"]) for entry in entries]
    for item, repeated, entry in zip(items, again, entries, strict=True):
        assert item.simulated
        assert item.pixels.shape == (entry["crop"][3], entry["crop"][2])
        np.testing.assert_array_equal(item.pixels, repeated.pixels)
        np.testing.assert_allclose(item.boxes, entry["boxes"], atol=0.11)


def test_real_items_show_what_the_list_says(short_list: Path, data_dir: Path) -> None:
    items = load(data_dir, ["real"], short_list)
    entries = json.loads(short_list.read_text())["real"]
    assert [item.count for item in items] == [entry["count"] for entry in entries]
    for item in items:
        corners = item.boxes.clip(0).astype(int).tolist()
        inside = [item.pixels[y0 : y1 + 1, x0 : x1 + 1].max() for x0, y0, x1, y1 in corners]
        assert min(inside) > np.median(item.pixels), "a ship is brighter than what is around it"
        assert not item.simulated


def test_a_list_that_no_longer_fits_is_refused(short_list: Path) -> None:
    content = json.loads(short_list.read_text())
    content["simulated"][0]["count"] += 1
    short_list.write_text(json.dumps(content))
    with pytest.raises(ValueError, match="rebuild with python -m training.sarcount"):
        load(None, ["simulated"], short_list)


def test_missing_data_is_refused(short_list: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="are missing"):
        load(tmp_path, ["real"], short_list)
    with pytest.raises(ValueError, match="needs the data folder"):
        load(None, file=short_list)
    with pytest.raises(ValueError, match="subset 'drawn'"):
        load(None, ["drawn"], short_list)


def test_choosing_is_deterministic_and_balanced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.sarcount.choose.SIMULATED", (("ship", "harbor", 3.0), ("ship", "islands", 10.0)))
    chosen = choose_simulated(1)
    assert [entry["count"] for entry in chosen] == list(NUMBERS)
    assert chosen == choose_simulated(1)


def test_a_name_says_how_to_simulate_the_scene_again() -> None:
    name = simulated_name("open_sea", 2.5, FIRST_SEED)
    image, pixels = simulated_image(name)
    assert image.name == name
    assert image.gsd_m == 2.5
    assert pixels.shape == (image.height, image.width)
