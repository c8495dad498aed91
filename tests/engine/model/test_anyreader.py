"""AnyReader: plain pooling until it is trained, and what no training may change."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.errors import InputError
from engine.model.anyreader import AnyReader, AnyReaderConfig, ViewGrid, masked_mean

DEPTH = 16
CLOSE = 1e-5


@pytest.fixture(scope="module")
def untrained() -> AnyReader:
    torch.manual_seed(0)
    return AnyReader(AnyReaderConfig(DEPTH)).eval()


@pytest.fixture(scope="module")
def trained() -> AnyReader:
    return make_trained()


def make_trained() -> AnyReader:
    """A reader whose residual is not zero."""
    torch.manual_seed(0)
    reader = AnyReader(AnyReaderConfig(DEPTH)).eval()
    nn.init.normal_(reader.residual.weight, std=0.3)
    nn.init.normal_(reader.residual.bias, std=0.1)
    return reader


def views(batch: int, count: int, seed: int = 0) -> Tensor:
    torch.manual_seed(seed)
    return F.normalize(torch.randn(batch, count, DEPTH), dim=-1)


def grid(count_high: int = 2, count_wide: int = 3) -> ViewGrid:
    """An image that is not a whole number of views."""
    return ViewGrid(count_high * 32 - 5, count_wide * 32 - 20, 32)


@given(st.integers(1, 700), st.integers(1, 700), st.integers(1, 224))
def test_every_pixel_lies_in_a_view(height: int, width: int, view_px: int) -> None:
    views = ViewGrid(height, width, view_px)
    assert (views.rows - 1) * view_px < height <= views.rows * view_px
    assert (views.cols - 1) * view_px < width <= views.cols * view_px
    assert len(views.places()) == views.rows * views.cols + views.has_whole
    assert views.has_whole == (max(height, width) > view_px)


def test_places_say_where_and_how_large() -> None:
    places = ViewGrid(64, 128, 32).places()
    assert places[0].tolist() == [0.25, 0.125, 0.0]
    assert places[3].tolist() == [0.25, 0.875, 0.0], "along x first"
    assert places[4].tolist() == [0.75, 0.125, 0.0]
    assert places[-1].tolist() == [0.5, 0.5, 2.0], "128 px in a view of 32: four to one"


def test_an_image_without_pixels_is_refused() -> None:
    with pytest.raises(InputError, match="0 x 5 px"):
        ViewGrid(0, 5, 32)


@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_a_single_view_is_the_encoders_own(trained: AnyReader, weight: float) -> None:
    one = views(2, 1)
    places = ViewGrid(32, 32, 32).places().expand(2, -1, -1)
    assert torch.allclose(trained(one, places, torch.full((2, 1), weight)), one[:, 0], atol=1e-6)


def test_untrained_is_the_masked_mean(untrained: AnyReader) -> None:
    places = grid().places().expand(2, -1, -1)
    tokens, weight = views(2, 7), torch.rand(2, 7)
    weight[0, 2] = 0
    expected = F.normalize(torch.einsum("bn,bnd->bd", weight, tokens), dim=-1)
    assert torch.allclose(untrained(tokens, places, weight), expected, atol=CLOSE)
    assert torch.allclose(masked_mean(tokens, weight), expected, atol=CLOSE)


def test_trained_is_something_else(trained: AnyReader) -> None:
    places, tokens, weight = grid().places()[None], views(1, 7), torch.ones(1, 7)
    fused = trained(tokens, places, weight)
    assert torch.allclose(fused.norm(dim=-1), torch.ones(1), atol=CLOSE)
    assert float((fused @ masked_mean(tokens, weight).T).detach()) < 0.999


def test_masked_views_change_nothing(trained: AnyReader) -> None:
    places, tokens, weight = grid().places()[None], views(1, 7), torch.rand(1, 7)
    weight[0, [1, 4]] = 0
    other = tokens.clone()
    other[0, [1, 4]] = views(1, 2, seed=9)[0]
    kept = weight[0] > 0
    fused = trained(tokens, places, weight)
    assert torch.allclose(trained(other, places, weight), fused, atol=CLOSE)
    assert torch.allclose(trained(tokens[:, kept], places[:, kept], weight[:, kept]), fused, atol=CLOSE)


@given(order=st.permutations(range(7)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_views_is_nothing_their_place_is(order: list[int]) -> None:
    trained = make_trained()
    places, tokens, weight = grid().places()[None], views(1, 7), torch.rand(1, 7)
    fused = trained(tokens, places, weight)
    assert torch.allclose(trained(tokens[:, order], places[:, order], weight[:, order]), fused, atol=CLOSE)
    swapped = places[:, [1, 0, *range(2, 7)]]
    assert not torch.allclose(trained(tokens, swapped, weight), fused, atol=CLOSE)


def test_the_batch_around_an_image_changes_nothing(trained: AnyReader) -> None:
    places, tokens, weight = grid().places().expand(3, -1, -1), views(3, 7), torch.rand(3, 7)
    weight[0] = 0
    weight[1, 1:] = 0
    together = trained(tokens, places, weight)
    alone = torch.cat([trained(tokens[i : i + 1], places[i : i + 1], weight[i : i + 1]) for i in range(3)])
    assert torch.allclose(together, alone, atol=CLOSE)


def test_nothing_valid_gives_zeros(trained: AnyReader) -> None:
    fused = trained(views(2, 7), grid().places().expand(2, -1, -1), torch.zeros(2, 7))
    assert torch.equal(fused, torch.zeros(2, DEPTH))


def test_gradients_stay_finite_beside_an_image_without_valid_views(trained: AnyReader) -> None:
    tokens, weight = views(2, 7).requires_grad_(), torch.rand(2, 7)
    weight[0] = 0
    trained(tokens, grid().places().expand(2, -1, -1), weight).sum().backward()
    assert tokens.grad is not None
    assert tokens.grad.isfinite().all()
    assert tokens.grad[1].abs().max() > 0


def test_untrained_context_leaves_the_tiles(untrained: AnyReader) -> None:
    tiles, context = views(1, 6)[0], views(1, 6, seed=1)[0]
    places = ViewGrid(2, 3, 1).places()[:6]
    assert torch.allclose(untrained.with_context(tiles, context, places, 8), tiles, atol=1e-6)


def test_trained_context_moves_the_tiles(trained: AnyReader) -> None:
    tiles, context = views(1, 6)[0], views(1, 6, seed=1)[0]
    places = ViewGrid(2, 3, 1).places()[:6]
    fused = trained.with_context(tiles, context, places, 8)
    assert torch.allclose(fused.norm(dim=-1), torch.ones(6), atol=CLOSE)
    assert not torch.allclose(fused, trained.with_context(tiles, context.flip(0), places, 8), atol=1e-3)
    first = trained.with_context(tiles[:1], context[:1], places[:1], 8)
    assert torch.allclose(first, fused[:1], atol=CLOSE), "one tile does not see another"
