"""The phrases of the training: what a text tower is given of them."""

from __future__ import annotations

import torch

from tests import tiny
from training.concepts import CONCEPT_NAMES
from training.phrases import anchor, phrases_of


def test_the_phrases_of_a_concept_mean_the_same() -> None:
    """A tower is drawn to concepts, in their order, and a phrase of the training to its own."""
    tower = tiny.text_tower(context_length=tiny.LONGEST_PHRASE)
    anchor(tower)
    assert tower.anchors is not None and tower.config.anchors == len(tower.anchors)
    assert tower.config.meanings == tuple(len(phrases_of(name)) for name in CONCEPT_NAMES)
    meant = tower._meant(tower.anchors)
    first = tower.config.meanings[0]
    assert torch.equal(meant[0], meant[first - 1]) and not torch.equal(meant[0], meant[first])
