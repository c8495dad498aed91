"""The phrases of the training as a word list for the engine, which may not import the training.

python -m training.vocabulary
"""

from __future__ import annotations

import json
from pathlib import Path

from training.concepts import COMPOSITES, CONCEPTS

FILE = Path(__file__).resolve().parents[1] / "resources" / "vocabulary.json"


def phrases() -> list[str]:
    """Every phrase drawn in training, concept by concept; those held out for measurement are not in it."""
    plain = (phrase for concept in CONCEPTS.values() for phrase in concept.phrases)
    composite = (phrase for group in COMPOSITES.values() for phrase in group)
    return list(dict.fromkeys((*plain, *composite)))


def write(path: Path = FILE) -> None:
    """Write the word list."""
    path.write_text(json.dumps({"phrases": phrases()}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
