"""The recipe that teaches ships on: objects are learned, and what others read stays where it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.model.look import Look, LookConfig
from engine.model.text import TextTower
from engine.model.towers import ImageTower, fuse
from tests import tiny
from training.concepts import KIND
from training.phrases import PhraseBank
from training.recipes import ships, towers
from training.recipes.ships import Batch, Held, Steps, moved
from training.sources.batches import Augment, Sampler, restretch
from training.sources.picture import Picture, paint_objects
from training.sources.views import ViewSampler

SIDE = 128
CROPS, VIEWS = 4, 1


@pytest.fixture(autouse=True)
def tiles_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ships, "TILES_PX", (64, SIDE))


@pytest.fixture(scope="module")
def samplers() -> tuple[Sampler, ViewSampler]:
    rng = np.random.default_rng(0)
    kinds = np.full((SIDE, SIDE), KIND["sea"], np.uint8)
    objects = np.array([[40, 40, 30, 12, 0.4, KIND["ship"]], [90, 80, 24, 10, 1.2, KIND["ship"]]], np.float32)
    paint_objects(kinds, objects)
    pixels = np.where(kinds == KIND["ship"], 220, rng.integers(20, 60, kinds.shape)).astype(np.uint8)
    sampler = Sampler({"ssdd": [Picture(pixels, kinds, objects, "ssdd/1")]}, {"ssdd": 1.0}, SIDE, Augment(as_is=0.5))
    chip = np.full((64, 64), 60, np.uint8)
    chip[24:40, 24:40] = 200
    kinds = np.where(chip == 200, KIND["vehicle"], KIND["clutter"]).astype(np.uint8)
    vehicle = np.array([[32, 32, 16, 16, 0, KIND["vehicle"]]], np.float32)
    return sampler, ViewSampler([Picture(chip, kinds, vehicle, "mstar/1")], SIDE, SIDE)


@pytest.fixture(scope="module")
def batch(samplers: tuple[Sampler, ViewSampler]) -> Batch:
    return Steps(*samplers, CROPS, VIEWS, VIEWS + 1, 0)[0]


@pytest.fixture(scope="module")
def ground(samplers: tuple[Sampler, ViewSampler]) -> towers.Batch:
    sampler, views = samplers
    recipe = towers.Recipe(size_px=SIDE, batch=CROPS, per_concept=1, tiles_px=(64,))
    return towers.Steps(sampler, PhraseBank(text_tower()), recipe, views, VIEWS)[0]


def text_tower() -> TextTower:
    return tiny.text_tower(context_length=tiny.LONGEST_PHRASE)


def parts() -> tuple[ImageTower, Look]:
    """A tower and a look that says something, the same in every call."""
    torch.manual_seed(5)
    tower = fuse(tiny.image_tower())
    look = fuse(Look(LookConfig((8, 8, 8, 16), (1, 1, 1, 1), 2, 16), tower.config).eval())
    torch.nn.init.normal_(look.view[-1].weight, std=0.2)
    return tower, look


def held_parts() -> Held:
    return Held(*parts(), text_tower(), tiny.SETTINGS.logit_scale)


def descend(held: Held, terms_of: Callable[[], dict[str, Tensor]], steps: int) -> list[dict[str, float]]:
    """Lessen the sum of losses; what they were before each step."""
    optimizer = torch.optim.AdamW([value for value in held.parameters() if value.requires_grad], lr=3e-3)
    history = []
    for _ in range(steps):
        terms = terms_of()
        history.append({name: float(term.detach()) for name, term in terms.items()})
        optimizer.zero_grad()
        sum(terms.values(), torch.zeros(())).backward()
        optimizer.step()
    return history


def test_a_step_is_a_function_of_its_number(batch: Batch) -> None:
    assert batch.pixels.shape == (CROPS + VIEWS, SIDE, SIDE)
    assert batch.heat.shape == batch.core.shape == batch.known.shape == (CROPS + VIEWS, SIDE // 4, SIDE // 4)
    assert (batch.core > 0).any()
    assert (batch.firmly[:CROPS] == 1).all() and (batch.firmly[CROPS:] > 1).all()


def test_objects_are_learned_and_the_rest_is_held(batch: Batch) -> None:
    torch.manual_seed(0)
    held = held_parts()
    history = descend(held, lambda: held.losses(batch), 40)
    copied = ("dense", "pyramid", "fine", "tiles", "told")
    assert all(history[0][name] < 1e-5 for name in copied), "it begins as its own copy"
    assert history[-1]["objects"] < 0.7 * history[0]["objects"]
    for mine, own in zip(held._before[:2], parts(), strict=True):
        before = zip(mine.state_dict().values(), own.state_dict().values(), strict=True)
        assert all(torch.equal(mine, own) for mine, own in before)
    assert not any("before" in name for name in held.state_dict())
    free = held_parts()
    descend(free, lambda: {"objects": free.losses(batch)["objects"]}, 40)
    drifted = {name: float(term.detach()) for name, term in free.losses(batch).items()}
    assert history[-1]["dense"] < 0.5 * drifted["dense"], "what is not held drifts"
    assert history[-1]["pyramid"] < 0.5 * drifted["pyramid"]
    assert history[-1]["told"] < 0.5 * drifted["told"], "the look says what it said before"
    assert history[-1]["tiles"] < 0.5 * drifted["tiles"]


@given(seed=st.integers(0, 1000), scale=st.floats(0.5, 50))
@settings(max_examples=20, deadline=None)
def test_how_far_maps_moved_has_no_unit(seed: int, scale: float) -> None:
    torch.manual_seed(seed)
    before = torch.randn(2, 3, 8, 8)
    now = before + 0.1 * torch.randn_like(before)
    alike = torch.ones(2)
    assert moved(before, before, alike) == 0
    found = float(moved(now, before, alike))
    assert float(moved(scale * now, scale * before, alike)) == pytest.approx(found, rel=1e-3)
    mean = before.mean((0, 2, 3), keepdim=True).expand_as(before)
    assert float(moved(mean, before, alike)) == pytest.approx(1, rel=0.02), "all of the variance is lost"
    assert float(moved(now, before, 3 * alike)) == pytest.approx(3 * found, rel=1e-5)


def test_a_stretch_is_left_as_it_is_as_often_as_is_said() -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(1, 256, (64, 64)).astype(np.uint8)
    same = []
    for _ in range(200):
        found = restretch(pixels, Augment(as_is=0.5), rng)
        same.append(bool((found[found != 0] == pixels[found != 0]).all()))
    assert 70 <= sum(same) <= 130


def test_the_shares_name_sets_that_there_are() -> None:
    assert sum(ships.SHARES.values()) == pytest.approx(1)
    assert set(ships.NEAR) | set(ships.FAR) <= set(ships.SHARES)


def moved_parts() -> Held:
    """A tower that moved, with what learns then."""
    torch.manual_seed(0)
    held = held_parts()
    with torch.no_grad():
        for parameter in held.image.stage8.parameters():
            parameter += 0.1 * parameter.std() * torch.randn_like(parameter) if parameter.ndim > 1 else 0
    for name, parameter in held.named_parameters():
        parameter.requires_grad_(name.startswith(ships.FOLLOWERS))
    return held


def test_heads_and_look_follow_a_tower_that_moved(ground: towers.Batch) -> None:
    held = moved_parts()
    fixed = {name: value.clone() for name, value in held.named_parameters() if not value.requires_grad}
    assert fixed and len(fixed) < len(list(held.parameters()))
    history = descend(held, lambda: held.follow(ground), 60)
    assert history[-1]["tiles"] < 0.9 * history[0]["tiles"], "tiles are called what they are"
    assert history[-1]["dense"] < history[0]["dense"]
    now = dict(held.named_parameters())
    assert all(torch.equal(now[name], value) for name, value in fixed.items())
    free = moved_parts()
    descend(free, lambda: {name: free.follow(ground)[name] for name in ("tiles", "tiles_by_text")}, 60)
    assert history[-1]["told"] < 0.5 * float(free.follow(ground)["told"].detach()), "what is said of views is held"


def test_a_rare_kind_weighs_as_much_as_a_common_one() -> None:
    kinds = torch.zeros(1, 8, 8, dtype=torch.uint8)
    kinds[0, 0, 0] = 3
    assert float(ships.by_kind((kinds == 3).float(), kinds)) == pytest.approx(0.5)
    assert float(ships.by_kind((kinds == 0).float(), kinds)) == pytest.approx(0.5)
    assert float(ships.by_kind(torch.full((1, 8, 8), 0.3), kinds)) == pytest.approx(0.3)
