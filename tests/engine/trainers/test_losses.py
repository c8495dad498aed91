"""The losses against their formulas written out, and what must cost nothing."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.trainers.losses import MOST_CORE, core_focal, partial_contrast


def naive_contrast(logits: Tensor, truth: Tensor, weight: list[float]) -> float:
    """The formula of `partial_contrast`, pair by pair."""
    total = divisor = 0.0
    for row, (values, says) in enumerate(zip(logits.tolist(), truth.tolist(), strict=True)):
        against = sum(math.exp(v) for v, s in zip(values, says, strict=True) if s == 0)
        true = [math.exp(v) for v, s in zip(values, says, strict=True) if s == 1]
        if true:
            total += weight[row] * sum(-math.log(v / (v + against)) for v in true) / len(true)
            divisor += weight[row]
    return total / divisor if divisor else 0.0


@given(seed=st.integers(0, 1000), rows=st.integers(1, 7), columns=st.integers(1, 9), weighted=st.booleans())
@settings(max_examples=60, deadline=None)
def test_contrast_is_its_formula(seed: int, rows: int, columns: int, weighted: bool) -> None:
    torch.manual_seed(seed)
    logits, truth = 3 * torch.randn(rows, columns).double(), torch.randint(-1, 2, (rows, columns))
    weight = torch.rand(rows).double() + 0.1 if weighted else torch.ones(rows).double()
    found = partial_contrast(logits, truth, weight if weighted else None)
    assert float(found) == pytest.approx(naive_contrast(logits, truth, weight.tolist()), abs=1e-6)


@given(seed=st.integers(0, 1000), copies=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_a_false_pair_of_weight_n_is_n_false_pairs(seed: int, copies: int) -> None:
    torch.manual_seed(seed)
    logits, truth = 3 * torch.randn(5, 6).double(), torch.randint(-1, 2, (5, 6))
    repeated = partial_contrast(logits.repeat(1, copies), truth.repeat(1, copies))
    weighed = partial_contrast(logits, truth, false_weight=torch.full((5, 6), float(copies)).double())
    assert float(weighed) == pytest.approx(float(repeated), abs=1e-6)
    nothing = partial_contrast(logits, truth, false_weight=torch.zeros(5, 6).double())
    # a weight of nothing counts as a billionth, and softplus(x) is at most e^x
    most = 6 * 1e-9 * float((logits.max() - logits.min()).exp())
    assert 0 <= float(nothing) <= most, "nothing is left to be told from"


@given(seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_unknown_pairs_have_no_gradient(seed: int) -> None:
    torch.manual_seed(seed)
    logits = (10 * torch.randn(5, 8)).requires_grad_()
    truth = torch.randint(-1, 2, (5, 8))
    partial_contrast(logits, truth).backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()
    assert (logits.grad[truth == -1] == 0).all()
    assert (logits.grad[truth == 1] <= 0).all(), "true pairs are pulled"
    assert (logits.grad[truth == 0] >= 0).all(), "false pairs are pushed"


def test_equal_captions_are_never_negatives() -> None:
    """Two captions of one concept have one column of truth: neither pushes the other away."""
    logits = torch.tensor([[2.0, 9.0, -1.0], [0.5, -3.0, 1.0]], requires_grad=True)
    truth = torch.tensor([[1, 1, 0], [0, 0, 1]])
    loss = partial_contrast(logits, truth)
    swapped = partial_contrast(logits[:, [1, 0, 2]], truth[:, [1, 0, 2]])
    assert torch.equal(loss, swapped)
    loss.backward()
    assert logits.grad is not None
    assert (logits.grad[0, :2] <= 0).all()


@pytest.mark.parametrize("says", [0, -1])
def test_without_a_true_pair_the_loss_is_zero(says: int) -> None:
    logits = torch.randn(3, 4, requires_grad=True)
    loss = partial_contrast(logits, torch.full((3, 4), says))
    loss.backward()
    assert float(loss.detach()) == 0
    assert logits.grad is not None
    assert (logits.grad == 0).all()


def test_a_row_without_a_false_pair_costs_nothing() -> None:
    logits = torch.randn(2, 3, requires_grad=True)
    truth = torch.tensor([[1, 1, -1], [1, 0, 0]])
    loss = partial_contrast(logits, truth)
    loss.backward()
    expected = 0.5 * partial_contrast(logits.detach()[1:], truth[1:])
    assert torch.allclose(loss.detach(), expected, atol=1e-6)
    assert logits.grad is not None
    assert (logits.grad[0] == 0).all()


def test_extreme_logits_stay_finite() -> None:
    logits = torch.tensor([[-300.0, 300.0], [300.0, -300.0]], requires_grad=True)
    loss = partial_contrast(logits, torch.tensor([[1, 0], [1, 0]]))
    loss.backward()
    assert float(loss.detach()) == pytest.approx(300.0)
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def naive_focal(logits: Tensor, heat: Tensor, core: Tensor, known: Tensor) -> float:
    """Equation 1 of arXiv 1904.07850 with weighted positives, cell by cell."""
    total = objects = 0.0
    for logit, h, c, k in zip(*(part.ravel().tolist() for part in (logits, heat, core, known)), strict=True):
        p = 1 / (1 + math.exp(-logit))
        if k and c:
            total -= c * (1 - p) ** 2 * math.log(p)
            objects += c
        elif k:
            total -= (1 - h) ** 4 * p**2 * math.log(1 - p)
    return total / max(objects, 1)


@given(seed=st.integers(0, 1000), cells=st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_focal_is_its_formula(seed: int, cells: int) -> None:
    torch.manual_seed(seed)
    logits, heat = 2 * torch.randn(2, 4, 6).double(), 0.99 * torch.rand(2, 4, 6).double()
    core = torch.zeros_like(heat)
    core.ravel()[torch.randperm(heat.numel())[:cells]] = torch.rand(cells).double() + 0.01
    known = torch.rand(2, 4, 6) > 0.3
    assert float(core_focal(logits, heat, core, known)) == pytest.approx(naive_focal(logits, heat, core, known))


def test_focal_of_what_nobody_labelled_is_nothing() -> None:
    logits = (5 * torch.randn(1, 4, 6)).requires_grad_()
    heat, known = torch.zeros(1, 4, 6), torch.ones(1, 4, 6, dtype=torch.bool)
    heat[0, 1, 2], heat[0, 3, 3] = 1, 1
    known[0, 1] = False
    core_focal(logits, heat, heat.clone(), known).backward()
    assert logits.grad is not None
    assert (logits.grad[0, 1] == 0).all()
    assert logits.grad[0, 3, 3] < 0
    assert (logits.grad[0, 0] > 0).all()


def test_focal_is_finite_for_sure_answers() -> None:
    logits = torch.tensor([[[-200.0, 200.0]]], requires_grad=True)
    heat = torch.tensor([[[1.0, 0.0]]])
    loss = core_focal(logits, heat, heat, torch.ones(1, 1, 2, dtype=torch.bool))
    loss.backward()
    assert loss.isfinite()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_a_crop_full_of_objects_counts_as_one_that_has_many() -> None:
    """More than `MOST_CORE` has no more say, whatever its weights are; less is left as it is."""
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn((2, 16, 16), generator=generator)
    heat = torch.zeros(2, 16, 16)
    known = torch.ones(2, 16, 16, dtype=torch.bool)
    core = torch.zeros(2, 16, 16)
    core[0, 2, 2], core[1] = 1.0, 1.0
    for weight in (1.0, 3.0):
        scaled = torch.stack([weight * core[0], core[1] * MOST_CORE / 256])
        assert torch.allclose(
            core_focal(logits, heat, weight * core, known), core_focal(logits, heat, scaled, known)
        )
