"""The engine's word list is the training's."""

from __future__ import annotations

import json
from pathlib import Path

from training.concepts import CONCEPTS
from training.vocabulary import FILE, phrases, write


def test_the_word_list_is_up_to_date() -> None:
    written = json.loads(FILE.read_text(encoding="utf-8"))["phrases"]
    assert written == phrases(), "run python -m training.vocabulary"
    assert len(set(written)) == len(written) > 100


def test_words_held_out_for_measurement_are_not_suggested() -> None:
    held_out = {word for concept in CONCEPTS.values() for word in concept.held_out}
    assert held_out
    assert not held_out & set(phrases())


def test_writing_it_anew_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path / "words.json")
    assert (tmp_path / "words.json").read_bytes() == FILE.read_bytes()
