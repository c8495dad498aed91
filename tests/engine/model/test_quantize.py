"""Weights in few bytes: what is lost is bounded, what is packed comes back."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.quantize import INT4_GROUP, pack, unpack

SPREADS = st.sampled_from([1e-6, 1e-4, 1e-2, 1.0, 50.0])


def rows_of(count: int, length: int, spread: float) -> torch.Tensor:
    torch.manual_seed(count)
    return torch.randn(count, length) * spread * torch.rand(count, 1)


@given(count=st.integers(64, 90), spread=SPREADS)
@settings(max_examples=20, deadline=None)
def test_int8_is_off_by_less_than_a_step(count: int, spread: float) -> None:
    matrix = rows_of(count, 96, spread)
    packed = pack({"m": matrix})
    assert packed["m:int8"].dtype == torch.int8
    scale = packed["m:scale"].float()[:, None]
    error = (unpack(packed)["m"] - matrix).abs()
    # half a step by rounding, and 127 times the error of a scale that is a float16 of 11 bits
    assert (error <= 0.5 * scale + 127 * (scale * 2**-11).clamp_min(2.0**-25)).all()


@given(count=st.integers(1, 9), spread=SPREADS.filter(lambda spread: spread >= 1e-2))
@settings(max_examples=20, deadline=None)
def test_int4_is_off_by_less_than_plain_rounding(count: int, spread: float) -> None:
    matrix = rows_of(count, 3 * INT4_GROUP, spread)
    packed = pack({"m": matrix}, frozenset({"m"}))
    assert packed["m:int4"].shape == (count, 3 * INT4_GROUP // 2)
    groups = matrix.reshape(count, 3, INT4_GROUP)
    error = (unpack(packed)["m"].reshape(groups.shape) - groups).pow(2).sum(-1)
    step = groups.abs().amax(-1, keepdim=True) / 7.5
    plain = (groups - (groups / step).round().clamp(-8, 7) * step).pow(2).sum(-1)
    assert (error <= 1.01 * plain).all()


def test_values_on_the_levels_come_back_exactly() -> None:
    levels8 = torch.randint(-127, 128, (64, 64)).float()
    levels8[:, 0] = 127
    assert torch.equal(unpack(pack({"m": levels8 / 8}))["m"], levels8 / 8)
    levels4 = torch.randint(-7, 8, (5, 2 * INT4_GROUP)).float()
    levels4[:, ::INT4_GROUP] = -7.5  # the peak that makes the step 1
    back = unpack(pack({"m": levels4}, frozenset({"m"})))["m"]
    inner = levels4.abs() < 7.5
    assert torch.equal(back[inner], levels4[inner])


@pytest.mark.parametrize("int4", [frozenset[str](), frozenset({"m"})])
@given(seed=st.integers(0, 1000), spread=SPREADS.filter(lambda spread: spread >= 1e-2))  # below, scales are coarse
@settings(max_examples=20, deadline=None)
def test_what_was_packed_is_packed_as_it_was(int4: frozenset[str], seed: int, spread: float) -> None:
    """A model that one recipe writes and the next reads loses nothing more each time."""
    torch.manual_seed(seed)
    once = unpack(pack({"m": torch.randn(80, 2 * INT4_GROUP) * spread}, int4))
    assert torch.equal(unpack(pack(once, int4))["m"], once["m"])


def test_half_bytes_keep_their_order() -> None:
    row = torch.zeros(1, INT4_GROUP)
    row[0, 0], row[0, 1], row[0, -1] = 7.5, -3.0, 2.0
    back = unpack(pack({"m": row}, frozenset({"m"})))["m"][0]
    assert back[1] < -2
    assert back[-1] > 1
    assert (back[2:-1] == 0).all()


@pytest.mark.parametrize("int4", [frozenset[str](), frozenset({"m"})])
def test_zeros_stay_zeros(int4: frozenset[str]) -> None:
    """An untrained residual must stay exactly zero: `SarClip.reads_context` relies on it."""
    matrix = torch.randn(64, 64)
    matrix[::2] = 0
    packed = pack({"m": matrix}, int4)
    assert (packed["m:scale"] > 0).all()
    assert (unpack(packed)["m"][::2] == 0).all()


def test_small_tensors_and_shapes_are_kept() -> None:
    state = {"bias": torch.randn(7), "scalar": torch.tensor(0.45), "kernel": torch.randn(32, 16, 3, 3)}
    packed = pack(state)
    assert {"bias", "scalar", "kernel:int8", "kernel:scale"} == set(packed)
    back = unpack(packed)
    assert {name: tensor.shape for name, tensor in back.items()} == {n: t.shape for n, t in state.items()}
    assert all(tensor.dtype == torch.float32 for tensor in back.values())
    assert torch.allclose(back["bias"], state["bias"], rtol=2**-11)
    assert float((back["kernel"] - state["kernel"]).abs().max()) < 0.03
