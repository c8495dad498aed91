"""AnyReader: plain pooling until it is trained, and what no training may change."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.errors import InputError
from engine.model.anyreader import PEAK_LEVELS, AnyReader, AnyReaderConfig, ViewGrid, masked_mean, tally

DEPTH = 16
CAPTION_DEPTH = 6
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
    reader = AnyReader(AnyReaderConfig(DEPTH, CAPTION_DEPTH)).eval()
    nn.init.normal_(reader.residual.weight, std=0.3)
    nn.init.normal_(reader.residual.bias, std=0.1)
    nn.init.normal_(reader.context.weight, std=0.3)
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


def spots(count: int, height: int = 32, width: int = 64, seed: int = 0) -> Tensor:
    """An objectness map (1, H, W) with so many peaks of 0.9, six cells apart at least."""
    places = [(row, col) for row in range(2, height, 6) for col in range(2, width, 6)]
    chosen = torch.randperm(len(places), generator=torch.Generator().manual_seed(seed))[:count]
    levels = torch.full((1, height, width), 0.01)
    for index in chosen.tolist():
        levels[0, places[index][0], places[index][1]] = 0.9
    return levels


@pytest.mark.parametrize("count", [0, 1, 7, 30])
def test_a_tally_counts_peaks(count: int) -> None:
    found = tally(spots(count), 32)
    assert found.shape == (1, 2, len(PEAK_LEVELS))
    assert found.sum(1).tolist() == [[count] * len(PEAK_LEVELS)]


def test_a_long_hull_is_one_object_and_neighbours_are_two() -> None:
    """As the product counts: a ridge joins two peaks, a valley between them parts them."""
    levels = torch.full((1, 32, 32), 0.01)
    levels[0, 4, 3:14] = 0.8
    levels[0, 4, 3], levels[0, 4, 13] = 0.9, 0.85
    levels[0, 20, 10], levels[0, 20, 14] = 0.9, 0.9
    assert tally(levels, 32)[0, 0].tolist() == [3] * len(PEAK_LEVELS)


def test_a_tally_tells_views_and_levels_apart() -> None:
    levels = torch.full((1, 32, 48), 0.01)
    levels[0, 4, 20], levels[0, 20, 40] = 0.9, 0.4
    found = tally(levels, 16)
    assert found.shape == (1, 6, len(PEAK_LEVELS)), "the last column of views is whole here, the rows are two"
    assert found[0, 1].tolist() == [1, 1, 1, 1]
    assert found[0, 5].tolist() == [1, 1, 0, 0], "row by row"
    assert found[0, [0, 2, 3, 4]].sum() == 0


def test_cut_views_count_too() -> None:
    levels = torch.full((1, 20, 35), 0.01)
    levels[0, 19, 34] = 0.9
    assert tally(levels, 16)[0, :, 0].tolist() == [0, 0, 0, 0, 0, 1]


def test_a_caption_vector_holds_the_name_and_the_rest(trained: AnyReader) -> None:
    places, tokens, weight = grid().places().expand(2, -1, -1), views(2, 7), torch.rand(2, 7) + 0.1
    peaks = torch.randint(0, 4, (2, 7, len(PEAK_LEVELS))).float()
    told = trained.with_caption(tokens, places, weight, peaks)
    assert told.shape == (2, DEPTH + CAPTION_DEPTH)
    assert torch.allclose(told.norm(dim=-1), torch.ones(2), atol=CLOSE)
    name = F.normalize(told[:, :DEPTH], dim=-1)
    assert torch.allclose(name, trained(tokens, places, weight, peaks), atol=CLOSE)
    more = trained.with_caption(tokens, places, weight, peaks + 1)
    assert not torch.allclose(more[:, DEPTH:], told[:, DEPTH:], atol=1e-3), "counts are heard"


def test_a_single_view_has_a_caption_too(trained: AnyReader) -> None:
    places = ViewGrid(32, 32, 32).places()[None]
    told = trained.with_caption(views(1, 1), places, torch.ones(1, 1), torch.ones(1, 1, len(PEAK_LEVELS)))
    assert told.isfinite().all()
    assert float(told[0, DEPTH:].norm().detach()) == pytest.approx(0.5**0.5, abs=1e-4)


def test_masked_views_change_no_caption(trained: AnyReader) -> None:
    places, tokens, weight = grid().places()[None], views(1, 7), torch.rand(1, 7)
    weight[0, [1, 4]] = 0
    peaks = torch.ones(1, 7, len(PEAK_LEVELS))
    peaks[0, [1, 4]] = 0
    kept = weight[0] > 0
    told = trained.with_caption(tokens, places, weight, peaks)
    fewer = trained.with_caption(tokens[:, kept], places[:, kept], weight[:, kept], peaks[:, kept])
    assert torch.allclose(told, fewer, atol=CLOSE)
