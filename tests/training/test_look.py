"""The recipe of the second look: it begins as the tower, learns, and leaves the towers as they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.model.look import Look
from tests import tiny
from training.concepts import CONCEPT, FALSE, KIND, TRUE, UNKNOWN
from training.phrases import PhraseBank
from training.recipes.labels import specific_first
from training.recipes.look import Looking
from training.recipes.towers import VIEW_PX, Batch, Recipe, Steps
from training.sources.batches import Augment, Sampler
from training.sources.picture import Picture, paint_objects
from training.sources.views import ViewSampler

SIZE_PX = 2 * VIEW_PX


def picture(kind: str, side: int, brightness: int) -> Picture:
    """One bright object on dark ground."""
    kinds = np.full((side, side), KIND["sea" if kind == "ship" else "clutter"], np.uint8)
    objects = np.array([[side / 2, side / 2, side / 4, side / 8, 0.4, KIND[kind]]], np.float32)
    paint_objects(kinds, objects)
    pixels = np.where(kinds == KIND[kind], brightness, 40).astype(np.uint8)
    return Picture(pixels, kinds, objects, f"set/{kind}/1")


@pytest.fixture(scope="module")
def batch() -> Batch:
    chips = [picture("T72", 96, 160), picture("A330", 96, 250)]
    sampler = Sampler({"ssdd": [picture("ship", SIZE_PX, 220)]}, {"ssdd": 1.0}, SIZE_PX, Augment())
    recipe = Recipe(size_px=SIZE_PX, batch=1, per_concept=1, tiles_px=(VIEW_PX,))
    bank = PhraseBank(tiny.text_tower(context_length=tiny.LONGEST_PHRASE))
    return Steps(sampler, bank, recipe, ViewSampler(chips, SIZE_PX, VIEW_PX), 1)[0]


@pytest.fixture
def looking() -> Looking:
    torch.manual_seed(0)
    text = tiny.text_tower(context_length=tiny.LONGEST_PHRASE)
    return Looking(tiny.image_tower(), text, tiny.SETTINGS.logit_scale, Look(tiny.LOOK, tiny.IMAGE))


def test_the_look_learns_and_the_towers_stay(batch: Batch, looking: Looking) -> None:
    assert (batch.view_type >= 0).any(), "chips are in the batch"
    optimizer = torch.optim.AdamW(looking.parameters(), lr=5e-3)
    totals = []
    for _ in range(25):
        terms = looking.losses(batch)
        totals.append(sum(float(term.detach()) for term in terms.values()))
        optimizer.zero_grad()
        sum(terms.values(), torch.zeros(())).backward()
        optimizer.step()
    assert totals[-1] < 0.8 * totals[0]
    image = looking._fixed[0]
    fresh = tiny.image_tower()
    pairs = zip(image.state_dict().values(), fresh.state_dict().values(), strict=True)
    assert all(torch.equal(mine, own) for mine, own in pairs)
    assert not any("image" in name or "text" in name for name in looking.state_dict())


def test_each_second_step_sees_its_views_by_themselves(
    batch: Batch, looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There no neighbour changes what is seen of a view."""
    changed = batch.pixels.clone()
    changed[:, :VIEW_PX, :VIEW_PX] = 17
    looking.eval()
    tell, told = looking.look.tell, []
    monkeypatch.setattr(looking.look, "tell", lambda *seen: told.append(seen) or tell(*seen))
    for step in (0, 1):
        for pixels in (batch.pixels, changed):
            looking.losses(batch._replace(step=step, pixels=pixels))
    beside = [index for index in range(len(batch.tile_weight)) if index % 4]
    joined, alone = (
        [torch.allclose(one[beside], other[beside], atol=1e-6) for one, other in zip(*pair, strict=True)]
        for pair in (told[:2], told[2:])
    )
    assert joined == [False, False], "neither of the tower nor of the look"
    assert alone == [True, True]


def test_of_a_chip_that_fills_half_of_its_view_what_is_false_is_known(batch: Batch) -> None:
    truth = batch.tile_truth[batch.of_object]
    assert len(truth)
    is_vehicle, is_aircraft = truth[:, CONCEPT["vehicle"]] == TRUE, truth[:, CONCEPT["aircraft"]] == TRUE
    assert bool((is_vehicle ^ is_aircraft).all())
    assert bool((truth[:, CONCEPT["ship"]] == FALSE).all())
    assert bool((truth[is_vehicle, CONCEPT["aircraft"]] == FALSE).all())
    assert bool((truth[is_aircraft, CONCEPT["vehicle"]] == FALSE).all())


def concepts(*names: str) -> torch.Tensor:
    return torch.tensor([CONCEPT[name] for name in names])


def test_an_image_of_one_ship_is_said_to_be_one_before_its_sea() -> None:
    truth = torch.tensor([[TRUE, TRUE, TRUE, UNKNOWN, FALSE]] * 2)
    of_object = torch.tensor([True, False])
    found = specific_first(truth, concepts("ship", "sea", "harbor", "ships at sea", "vehicle"), of_object)
    assert found[0].tolist() == [TRUE, FALSE, FALSE, UNKNOWN, UNKNOWN], "what is false by itself is held elsewhere"
    assert found[1].tolist() == [UNKNOWN, FALSE, TRUE, UNKNOWN, UNKNOWN]


def test_a_harbor_is_said_before_the_town_beside_it() -> None:
    names = ("harbor", "urban", "ship", "mountains")
    truth = torch.tensor([[TRUE, TRUE, TRUE, FALSE], [FALSE, TRUE, FALSE, FALSE], [UNKNOWN, TRUE, TRUE, FALSE]])
    found = specific_first(truth, concepts(*names), torch.zeros(len(truth), dtype=torch.bool))
    assert found[0].tolist() == [TRUE, FALSE, UNKNOWN, UNKNOWN], "the ship in the harbor is none of its rivals"
    assert bool((found[1:] == UNKNOWN).all()), "where no harbor is, nothing is said"


def test_mountains_are_said_before_what_grows_on_them() -> None:
    names = ("mountains", "vegetation", "forest", "sea")
    truth = torch.tensor([[TRUE, UNKNOWN, UNKNOWN, FALSE], [FALSE, TRUE, TRUE, FALSE]])
    found = specific_first(truth, concepts(*names), torch.zeros(len(truth), dtype=torch.bool))
    assert found[0].tolist() == [TRUE, FALSE, FALSE, FALSE]
    assert bool((found[1] == UNKNOWN).all())
