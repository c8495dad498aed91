"""What the recipe of the towers makes of the data sets before it draws from them."""

from __future__ import annotations

import numpy as np
import torch

from training.concepts import CONCEPT, FALSE, KIND, KINDS, TRUE, UNKNOWN
from training.recipes import towers
from training.recipes.towers import blended, ship_chips
from training.sources.picture import SQUARE_PX, Picture, paint_objects


def test_every_ship_has_a_chip_with_its_neighbours_and_nothing_beyond() -> None:
    ships = np.array(
        [[60, 70, 40, 10, 0.3, KIND["ship"]], [90, 80, 8, 3, 0, KIND["ship"]], [250, 30, 300, 30, 0, KIND["ship"]]],
        np.float32,
    )
    kinds = np.full((200, 300), KIND["sea"], np.uint8)
    paint_objects(kinds, ships)
    picture = Picture(np.arange(200 * 300, dtype=np.uint32).reshape(200, 300).astype(np.uint8), kinds, ships, "ssdd/1")
    chips = ship_chips([picture])
    assert [chip.pixels.shape for chip in chips] == [(100, 100), (48, 48), (192, 146)]
    assert max(max(chip.pixels.shape) for chip in chips) <= SQUARE_PX[1]
    for chip, ship in zip(chips, ships, strict=True):
        row, col = (int(part) for part in chip.name.split("/")[2:])
        height, width = chip.pixels.shape
        assert np.array_equal(chip.pixels, picture.pixels[row : row + height, col : col + width])
        unknown = chip.kinds == KIND["unknown"]
        assert np.array_equal(chip.kinds[~unknown], picture.kinds[row : row + height, col : col + width][~unknown])
        assert unknown.any() == (chip is not chips[2]), "the others show a part of a hull whose middle they do not"
        assert (chip.objects[:, :2] >= 0).all()
        assert (chip.objects[:, :2] < (width, height)).all()
        offset = np.array([col, row, 0, 0, 0, 0], np.float32)
        assert (chip.objects + offset == ship).all(1).any(), "its own ship is in it"
    assert len(chips[0].objects) == 2
    assert not ship_chips([Picture(picture.pixels, kinds, ships[:0], "ssdd/2")])


def test_weights_between_two_lie_on_their_line() -> None:
    before = {"weight": torch.tensor([0.0, 4.0]), "seen": torch.tensor(3)}
    after = {"weight": torch.tensor([2.0, 0.0]), "seen": torch.tensor(9)}
    found = blended(before, after, 0.25)
    assert found["weight"].tolist() == [1.5, 1.0] and int(found["seen"]) == 9
    assert blended(before, after, 0.0)["weight"].tolist() == [2.0, 0.0]


def test_a_tile_is_what_can_be_seen_of_it() -> None:
    shares = np.zeros((1, 16, 48, len(KINDS)), np.float32)  # three tiles
    shares[..., KIND["unknown"]] = 1
    shares[0, :4, :16] = np.eye(len(KINDS))[KIND["sea"]]
    valid = np.zeros((1, 16, 48), np.float32)
    valid[0, :4, :16] = 1  # a quarter of the first, which is sea
    valid[0, :, 16:32] = 1  # the second, of which nobody said what it is
    truth = towers._tiles(shares, np.zeros_like(shares), valid, 128)
    assert truth[0, CONCEPT["sea"]] == TRUE and truth[0, CONCEPT["forest"]] == FALSE
    assert (truth[1:] == UNKNOWN).all()
