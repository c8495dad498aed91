"""The baseline from nothing: squashed images beside sentences of names, as a CLIP learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.model.look import Look
from tests import tiny
from training.recipes import baseline
from training.recipes.baseline import Batch, Clip, Recipe, Steps
from training.recipes.captions import TextTable
from training.recipes.towers import VIEW_PX

SENTENCES = ["a sar image of ship", "a sar image of sea", "a sar image of town"]


def pictures(number: int, seed: int = 0) -> NDArray[np.uint8]:
    """Speckle of one of three brightnesses each, by turns."""
    rng = np.random.default_rng(seed)
    level = np.array([20, 90, 240])[np.arange(number) % 3, None, None]
    return np.clip(level * rng.uniform(0.8, 1.2, (number, VIEW_PX, VIEW_PX)), 1, 255).astype(np.uint8)


def test_equal_sentences_are_said_of_all_their_images() -> None:
    shown = pictures(9)
    shown[:, :, :40] = 0
    steps = Steps(shown, np.arange(9) % 3, Recipe(batch=6))
    batch, again = steps[4], steps[4]
    assert all(torch.equal(one, other) for one, other in zip(batch, again, strict=True))
    assert batch.said.shape == (6, len(batch.texts))
    assert (batch.said.sum(1) == 1).all() and (batch.said.sum(0) >= 1).all()
    assert sorted(batch.texts.tolist()) == batch.texts.tolist(), "each once"
    assert ((batch.pixels == 0).float().mean((1, 2)) == 40 / VIEW_PX).all(), "what is invalid stays so"


def test_it_learns_what_is_said_of_an_image_and_counts_nothing() -> None:
    torch.manual_seed(0)
    text = tiny.text_tower()
    table = TextTable(text, SENTENCES)
    clip = Clip(tiny.image_tower(), Look(tiny.LOOK, tiny.IMAGE), text, table)
    optimizer = torch.optim.AdamW([weight for weight in clip.parameters() if weight.requires_grad], lr=1e-2)
    said = torch.eye(3, dtype=torch.int8).repeat(4, 1)
    clip.train()
    losses = []
    for step in range(30):
        batch = Batch(torch.from_numpy(pictures(12, step)), torch.arange(3), said)
        terms = clip.losses(batch)
        assert set(terms) == {"images", "texts", "names", "names_by_image"}
        loss = torch.stack(list(terms.values())).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]
    clip.eval()
    with torch.inference_mode():
        assert torch.sigmoid(clip.image(torch.from_numpy(pictures(3))).objectness).max() < 0.05, "no objects to count"


def test_the_command_line_has_the_recipes_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taken: list[Recipe] = []
    monkeypatch.setattr(baseline, "run", lambda data, work, target, recipe: taken.append(recipe))
    call = ["baseline", "--data", str(tmp_path), "--work", str(tmp_path), "-o", str(tmp_path / "b.safetensors")]
    for more in ([], ["--steps", "300", "--images", "9", "--seed", "2"]):
        monkeypatch.setattr("sys.argv", [*call, *more])
        baseline.main()
    assert taken == [Recipe(), Recipe(images=9, steps=300, seed=2)]
