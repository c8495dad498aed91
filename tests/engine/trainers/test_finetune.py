"""Any open_clip model learns from captions: which are true, what is learnt, what is written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError, ModelNotFoundError
from engine.model import registry
from engine.trainers.finetune import (
    CaptionBatch,
    ClipTrainer,
    FinetuneConfig,
    caption_truth,
    key_of,
    save,
    start_from,
)
from engine.trainers.loop import LoopConfig, fit

SIDE = 32
TEXTS = ("a SAR image of one ship", "a SAR image of two ships", "a SAR image of a town", "a SAR image of a forest")
WRONG = ("a SAR image of four ships", "a SAR image of five ships", "a SAR image of a port", "a SAR image of a lake")


@pytest.fixture(scope="module", autouse=True)
def tiny_architectures(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make open_clip know a small transformer and a small ResNet."""
    folder = tmp_path_factory.mktemp("open_clip")
    towers = {
        "tuned-vit": {"image_size": SIDE, "layers": 2, "width": 32, "patch_size": 8, "head_width": 16},
        "tuned-resnet": {"image_size": SIDE, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None},
    }
    text = {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
    for name, vision in towers.items():
        config = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text}
        (folder / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)


def batch_of(encoder, order: tuple[int, ...]) -> CaptionBatch:  # noqa: ANN001
    """Four kinds of picture, told apart by where they are bright."""
    pixels = np.full((len(order), SIDE, SIDE), 30, np.uint8)
    for row, kind in enumerate(order):
        pixels[row, 8 * kind : 8 * kind + 8] = 220
    texts = [TEXTS[kind] for kind in order] + [WRONG[kind] for kind in order]
    tokens = encoder.tokenizer(texts, context_length=encoder.context_length)
    keys = torch.tensor([key_of(text) for text in texts])
    return CaptionBatch(torch.from_numpy(pixels), tokens, keys, torch.arange(len(order)).repeat(2))


def test_equal_texts_have_one_key() -> None:
    assert key_of("A ship ") == key_of("a  ship")
    assert len({key_of(text) for text in (*TEXTS, *WRONG)}) == 8
    assert all(0 <= key_of(text) < 2**63 for text in TEXTS)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.lists(st.integers(4, 9), min_size=8, max_size=8))
def test_truth_is_its_rule(captions: list[int], others: list[int]) -> None:
    pictures = len(captions)
    keys, owner = torch.tensor(captions + others[:pictures]), torch.arange(pictures).repeat(2)
    truth = caption_truth(torch.arange(pictures), keys, owner, pictures)
    for row in range(pictures):
        for column in range(2 * pictures):
            if keys[column] == keys[row]:
                wanted = 1
            elif column < pictures or owner[column] == row:
                wanted = 0
            else:
                wanted = -1
            assert truth[row, column] == wanted


def test_truth_of_one_process_is_its_rows_of_all() -> None:
    keys, owner = torch.tensor([1, 2, 1, 3, 7, 8, 9, 7]), torch.tensor([0, 1, 2, 3, 0, 1, 2, 3])
    whole = caption_truth(torch.arange(4), keys, owner, 4)
    assert torch.equal(caption_truth(torch.tensor([2, 3]), keys, owner, 4), whole[2:])


@pytest.mark.parametrize(
    ("architecture", "family", "steps", "rate"),
    [("tuned-vit", "laion", 100, 6e-4), ("tuned-resnet", "openai", 250, 2e-3)],
)
def test_it_learns_and_what_it_learnt_is_in_the_file(
    tmp_path: Path, architecture: str, family: str, steps: int, rate: float
) -> None:
    torch.manual_seed(0)
    encoder = start_from(architecture, family)
    model = ClipTrainer(encoder)
    rng = np.random.default_rng(0)
    batches = [batch_of(encoder, tuple(rng.permutation(4).tolist())) for _ in range(steps)]
    config = LoopConfig(steps, rate, warmup_steps=4, ema_decay=0.8, log_every=10)
    averaged = fit(model, lambda start: iter(batches[start:]), ClipTrainer.losses, config, tmp_path)
    file = save(averaged.encoder, tmp_path / "tuned.safetensors", family=family, architecture=architecture)

    pair = registry.load(file)  # by the entry beside it
    every = batch_of(encoder, (0, 1, 2, 3))
    images = pair.image.encode_views(every.pixels).pooled
    similarity = images @ pair.text.encode_text([*TEXTS, *WRONG]).T
    assert similarity.argmax(1).tolist() == [0, 1, 2, 3], "its caption before all others and its near miss"

    again = start_from(architecture, family, file)
    averaged.eval()
    with torch.no_grad():
        ours = averaged.embed(every.pixels, every.tokens)
        theirs = ClipTrainer(again).eval().embed(every.pixels, every.tokens)
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(ours, theirs, strict=True))
    assert torch.allclose(ours[0], images, atol=1e-4), "what is tuned is what is asked later"


def test_memory_is_saved_without_another_gradient() -> None:
    gradients = []
    for checkpointing in (False, True):
        torch.manual_seed(0)
        model = ClipTrainer(start_from("tuned-vit", "laion"), FinetuneConfig(checkpointing=checkpointing)).train()
        sum(model.losses(batch_of(model.encoder, (0, 1, 1, 3))).values()).backward()
        gradients.append(model.encoder.clip.visual.conv1.weight.grad)
    assert torch.allclose(*gradients, atol=1e-6)


def test_a_frozen_text_tower_stays_as_it_is() -> None:
    model = ClipTrainer(start_from("tuned-vit", "laion"), FinetuneConfig(freeze_text=True)).train()
    sum(model.losses(batch_of(model.encoder, (0, 1, 2))).values()).backward()
    clip = model.encoder.clip
    assert clip.token_embedding.weight.grad is None
    assert clip.text_projection.grad is None
    assert clip.visual.proj.grad is not None
    assert clip.logit_scale.grad is not None


def test_what_cannot_be_started_from_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="family 'clip'"):
        start_from("tuned-vit", "clip")
    with pytest.raises(ModelNotFoundError, match="tuned-nothing"):
        start_from("tuned-nothing", "laion")
    with pytest.raises(InputError, match="safetensors"):
        save(start_from("tuned-vit", "laion"), tmp_path / "x.pt", family="laion", architecture="tuned-vit")
