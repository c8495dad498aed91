"""What trains never validates: scenes, products and blocks stay whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.repeats import find_repeats, write_lists
from training.sources import Picture
from training.sources.picture import no_objects
from training.sources.real import load_real
from training.splits import REPEATS_FOLDER, is_training, is_validation, repeated, training_part, validation_part


def picture(name: str) -> Picture:
    return Picture(np.ones((3, 5), np.uint8), np.zeros((3, 5), np.uint8), no_objects(), name)


def test_the_two_parts_share_no_picture_and_lose_none() -> None:
    sets = {
        "chips": [picture(f"chips/{name}") for name in ("034", "272", "003")],
        "hrsid": [picture(f"hrsid/P{n:04d}_0_800_0_800") for n in range(1, 12)],
        "simulated": [picture(f"simulated/{n:05d}") for n in range(4)],
    }
    train, validate = training_part(sets), validation_part(sets)
    for name, pictures in sets.items():
        names = [p.name for p in (*train[name], *validate[name])]
        assert sorted(names) == sorted(p.name for p in pictures)
    assert [p.name for p in validate["chips"]] == ["chips/034", "chips/272"]
    assert not validate["simulated"]


@given(scene=st.integers(1, 9999), row=st.integers(0, 9000), col=st.integers(0, 9000))
def test_pieces_of_an_hrsid_scene_go_together(scene: int, row: int, col: int) -> None:
    piece = f"hrsid/P{scene:04d}_{row}_{row + 800}_{col}_{col + 800}"
    assert is_validation(piece) == is_validation(f"hrsid/P{scene:04d}_0_800_0_800")
    assert not (is_validation(piece) and scene % 4 == 0), "multiples of four are the final test"


@pytest.mark.parametrize("band", [0, 1])
def test_both_bands_of_a_scene_go_together(band: int) -> None:
    assert is_validation(f"floods/India_1018327_S1/{band}")
    assert not is_validation(f"floods/Ghana_83483_S1/{band}")
    assert is_validation(f"opensarship/product_4/ship_12/{band}")
    assert not is_validation(f"opensarship/product_1/ship_12/{band}")


def test_neighbours_by_number_go_together() -> None:
    """At most one change in any twenty chips in a row."""
    held = [is_validation(f"sar_acd/A220/A220_{number}") for number in range(600)]
    changes = np.flatnonzero(np.diff(np.array(held, int)))
    assert len(changes)
    assert np.diff(changes).min() >= 20
    assert 0.1 < np.mean(held) < 0.25


def test_the_lists_of_the_real_data(data_dir: Path) -> None:
    """Every set that is split gives something to both parts, and no scene to both."""
    hrsid = [path.stem for path in (data_dir / "hrsid" / "images").iterdir()]
    held = {name.split("_")[0] for name in hrsid if is_validation(f"hrsid/{name}")}
    kept = {name.split("_")[0] for name in hrsid if not is_validation(f"hrsid/{name}")}
    assert held
    assert kept
    assert not held & kept
    oil = [path.stem for path in (data_dir / "oil_slicks" / "images").iterdir()]
    assert 0 < sum(is_validation(f"oil_slicks/{name}") for name in oil) < len(oil)
    ssdd = [path.stem for path in (data_dir / "ssdd" / "annotations").glob("*.xml")]
    assert 0.1 < np.mean([is_validation(f"ssdd/{name}") for name in ssdd]) < 0.3


def test_the_lists_in_the_project_are_what_the_rule_gives() -> None:
    folder = Path(__file__).parents[2] / "training" / "validation_lists"
    lists = {path.stem: path.read_text().split() for path in folder.glob("*.txt")}
    assert len(lists["ssdd"]) == 229
    assert len(lists["hrsid"]) == 156
    for name, items in lists.items():
        assert all(is_validation(f"{name}/{item}") for item in items), name


def textured(name: str, seed: int, gain: float = 1.0, turn: int = 0) -> Picture:
    """A picture with coarse structure of its own."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.integers(20, 200, (8, 8)), np.ones((12, 12)))
    pixels = np.rot90(np.clip(gain * (coarse + rng.normal(0, 4, coarse.shape)), 1, 255), turn).astype(np.uint8)
    return Picture(pixels, np.zeros_like(pixels), no_objects(), name)


def test_what_repeats_a_validation_picture_is_found_whatever_its_brightness_and_turn(tmp_path: Path) -> None:
    pictures = [
        textured("ssdd/000005", 1),
        textured("ssdd/000002", 1, gain=0.8, turn=1),
        textured("ssdd/000003", 2),
        textured("chips/003", 1, gain=1.1),
        textured("mstar/T72/HB00001", 3),
    ]
    found = find_repeats(pictures)
    assert [(one.name, one.repeats) for one in found] == [("chips/003", "ssdd/000005"), ("ssdd/000002", "ssdd/000005")]
    (tmp_path / "mstar.txt").write_text("of an older run\n")
    write_lists(found, ("ssdd", "chips", "mstar"), tmp_path)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "ssdd.txt": "000002\n",
        "chips.txt": "003\n",
    }


def test_repeats_are_in_neither_part() -> None:
    named = sorted(repeated())
    assert named
    pictures = {"sar_acd": [picture(name) for name in named]}
    assert training_part(pictures) == validation_part(pictures) == {"sar_acd": []}
    assert not any(is_training(name) or is_validation(name) for name in named)
    assert all(is_training(name, repeats=True) for name in named)
    assert not is_training("ssdd/000005", repeats=True), "what validates never trains"
    assert is_training("ssdd/000002")


@pytest.mark.slow
def test_the_lists_of_repeats_are_current(data_dir: Path) -> None:
    """Made anew, they name the same pictures; `python -m training.repeats` writes them."""
    sets = load_real(data_dir)
    found = {one.name for one in find_repeats(picture for pictures in sets.values() for picture in pictures)}
    listed = {f"{file.stem}/{item}" for file in REPEATS_FOLDER.glob("*.txt") for item in file.read_text().split()}
    assert found == listed == repeated()
