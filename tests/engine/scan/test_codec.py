"""The codec: cosines survive, in the room that is allowed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.scan.codec import INVALID, DenseCodec, dims_allowed, fitted_codec, leading_codec

Floats = NDArray[np.float32]


def units(*shape: int, seed: int = 0) -> Floats:
    vectors = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def codecs(depth: int, dims: int) -> list[DenseCodec]:
    return [leading_codec(depth, dims, 2), fitted_codec(units(500, depth, seed=9), dims, 2)]


@given(rows=st.integers(1, 5), cols=st.integers(1, 7), depth=st.integers(2, 16), seed=st.integers(0, 99))
def test_cosines_survive(rows: int, cols: int, depth: int, seed: int) -> None:
    vectors, texts = units(rows, cols, depth, seed=seed), units(3, depth, seed=seed + 1)
    for codec in codecs(depth, depth):
        codes = codec.encode(vectors, np.ones((rows, cols), bool), None)
        weights, offsets = codec.query(texts)
        found = codes[..., : codec.dims].astype(np.float32) @ weights + offsets
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, vectors @ texts.T, atol=0.03)
        np.testing.assert_allclose(codec.vectors(codes), vectors, atol=0.03)


@given(rows=st.integers(1, 5), cols=st.integers(1, 7), cells=st.integers(1, 3))
def test_objectness_survives(rows: int, cols: int, cells: int) -> None:
    """Each cell's own, in its own place: rows and columns are not swapped."""
    objectness = np.random.default_rng(0).random((rows * cells, cols * cells), np.float32)
    codec = leading_codec(4, 4, cells)
    codes = codec.encode(units(rows, cols, 4), np.ones((rows, cols), bool), objectness)
    assert codes.shape == (rows, cols, 4 + cells**2)
    np.testing.assert_allclose(codec.objectness(codes), objectness, atol=0.5 / 127 + 1e-6)


def test_invalid_cells_are_marked_and_no_valid_one_is() -> None:
    valid = np.array([[True, False, True], [False, True, True]])
    vectors = -np.eye(6, dtype=np.float32).reshape(2, 3, 6)  # -1 is the lowest there is
    for codec in codecs(6, 6):
        codes = codec.encode(vectors, valid, np.ones((4, 6), np.float32))
        assert np.array_equal(codes[..., 0] != INVALID, valid)
        assert (codec.objectness(codes)[~valid.repeat(2, 0).repeat(2, 1)] == 0).all()


def test_a_foreign_codec_keeps_what_its_sample_did_not_show() -> None:
    """Rare objects are not in the sample: they must not be cut off at what is."""
    sample = np.zeros((200, 8), np.float32)
    sample[:, :2] = units(200, 2)
    rare = np.eye(8, dtype=np.float32)[[5]][None]
    codec = fitted_codec(sample, 8, 0)
    weights, offsets = codec.query(rare[0])
    found = codec.encode(rare, np.ones((1, 1), bool), None) @ weights + offsets
    assert found.item() == pytest.approx(1, abs=0.05)


def test_constant_sample() -> None:
    codec = fitted_codec(np.tile(units(1, 8), (50, 1)), 3, 0)
    assert np.isfinite(codec.vectors(codec.encode(units(2, 3, 8), np.ones((2, 3), bool), None))).all()


def test_codec_travels_as_json() -> None:
    codec = fitted_codec(units(100, 8), 5, 2)
    again = DenseCodec.from_json(json.loads(json.dumps(codec.to_json())))
    vectors = units(3, 4, 8)
    assert np.array_equal(
        again.encode(vectors, np.ones((3, 4), bool), None)[..., :5],
        codec.encode(vectors, np.ones((3, 4), bool), None)[..., :5],
    )
    assert again.depth == codec.depth == 9


@pytest.mark.parametrize(("size", "allowed"), [(1, 28), (2, 60), (4, 124), (8, 252)])
def test_half_the_bytes_of_the_scene(size: int, allowed: int) -> None:
    assert dims_allowed(size, 8, 2) == allowed
    assert allowed + 4 == size * 64 / 2
