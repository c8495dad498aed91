"""The project's own data: names, scenes and parts as the split rules say, and nothing of the test scene."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.d2c import words
from training.mmsar.class_names import class_words
from training.mmsar.shared import FACTS, scene_of, shared_sources
from training.sources.real import READERS
from training.splits import is_validation


def test_every_reader_has_its_facts() -> None:
    assert set(FACTS) == set(READERS)


@pytest.mark.parametrize(
    ("name", "scene"),
    [
        ("hrsid/P0003_0_800_8400_9200", "P0003"),
        ("floods/India_900498_S1/1", "India"),
        ("opensarship/product_4/Cargo_x1_y2/0", "product_4"),
        ("sar_acd/A220/119", "A220/block 5"),
        ("ssdd/000005", "000005"),
    ],
)
def test_scenes(name: str, scene: str) -> None:
    assert scene_of(name) == scene


def test_a_block_never_straddles_the_split() -> None:
    parts: dict[str, set[bool]] = {}
    for number in range(1000):
        name = f"sar_acd/A220/{number:03d}"
        parts.setdefault(scene_of(name), set()).add(is_validation(name))
    assert all(len(found) == 1 for found in parts.values())


@pytest.mark.parametrize(
    ("label", "word"), [("BTR60", "BTR_60"), ("T72", "T72"), ("A320", "A320321"), ("Cargo", "cargo ship")]
)
def test_types_are_said_in_the_words_of_captions(label: str, word: str) -> None:
    assert class_words(label) == (word,)
    assert words.class_words(word), "captions can say it"
    assert not words.held_out_in(" ".join(words.class_words(word)))


def test_a_type_without_a_word_is_not_said() -> None:
    assert class_words("Other Type") == class_words("ship") == ()


def test_absent_sets_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "mstar/T72").mkdir(parents=True)
    assert [source.name for source in shared_sources(tmp_path)] == ["mstar"]


def test_opensarship_gives_the_length_that_the_ship_reported(data_dir: Path) -> None:
    source = next(source for source in shared_sources(data_dir) if source.name == "opensarship")
    samples = (item.load() for item in source.items())
    ship = next(sample for sample in samples if "Cargo_x4674_y3400" in sample.image.name)
    assert ship.image.gsd_m == 10
    assert ship.image.objects[0].length_px == pytest.approx(20.8, abs=0.01)  # CSCL Callao, 208 m
    assert ship.image.objects[0].width_px == pytest.approx(2.9, abs=0.01)
    assert ship.image.scene_words == ("cargo ship",)
    assert ship.image.complete == {"ship"}


def test_floods_say_their_polarisation(data_dir: Path) -> None:
    source = next(source for source in shared_sources(data_dir) if source.name == "floods")
    found = {item.name: item.load().image.polarization for item in source.items()}
    assert {name[-1]: polarization for name, polarization in found.items()} == {"0": "VV", "1": "VH"}
