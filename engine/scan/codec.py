"""How the dense map is kept: a few bytes a cell, at most half of what the scene itself takes.

A cell's vector is projected onto its first principal axes and each number becomes one byte. A text's
score is linear in the vector, so it is taken in the bytes' own space: nothing is ever decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Codes = NDArray[np.int8]

INVALID = np.int8(-128)  # first byte of a cell without enough valid pixels; values use -127..127
OBJECT_LEVELS = 127  # an objectness of 1
_LEAST_LARGEST = 0.2  # of the numbers of a sample, so that a monotonous one leaves room for other vectors
_CLIP = 1.25  # room above the largest value of the sample


@dataclass(frozen=True, eq=False)
class DenseCodec:
    """Between unit vectors and bytes.

    Attributes:
        mean: (D,) taken off before the projection.
        basis: (D, d) orthonormal columns.
        step: (d,) value of one level of each number.
        object_cells: Object cells along one side of a cell; their bytes follow the vector's. 0 for none.
    """

    mean: Floats
    basis: Floats
    step: Floats
    object_cells: int

    @property
    def dims(self) -> int:
        """Numbers kept of each vector."""
        return int(self.basis.shape[1])

    @property
    def depth(self) -> int:
        """Bytes a cell."""
        return self.dims + self.object_cells**2

    def encode(self, vectors: Floats, valid: NDArray[np.bool_], objectness: Floats | None) -> Codes:
        """Bytes (h, w, depth) of unit vectors (h, w, D) and objectness (h * n, w * n)."""
        h, w = valid.shape
        codes = np.empty((h, w, self.depth), np.int8)
        levels = self._project(vectors)
        np.rint(levels, out=levels)
        np.clip(levels, -127, 127, out=levels)
        codes[..., : self.dims] = levels
        if objectness is not None:
            n = self.object_cells
            folded = objectness.reshape(h, n, w, n).transpose(0, 2, 1, 3).reshape(h, w, n * n)
            codes[..., self.dims :] = np.rint(folded * OBJECT_LEVELS)
        codes[~valid] = INVALID
        return codes

    def _project(self, vectors: Floats) -> Floats:
        """Numbers (..., d) of unit vectors (..., D) in levels, as a fresh array."""
        kept = vectors[..., : self.dims] if self._leading else (vectors - self.mean) @ self.basis
        levels: Floats = np.divide(kept, self.step, dtype=np.float32)
        return levels

    @cached_property
    def _leading(self) -> bool:
        """Whether the numbers kept are simply the first: then nothing needs to be multiplied."""
        return not self.mean.any() and np.array_equal(self.basis, np.eye(*self.basis.shape))

    def query(self, texts: Floats) -> tuple[Floats, Floats]:
        """Texts (N, D) as weights (d, N) and offsets (N,), so that bytes @ weights + offsets are cosines."""
        return (self.basis * self.step).T @ texts.T, texts @ self.mean

    def vectors(self, codes: Codes) -> Floats:
        """Approximate unit vectors (..., D) of bytes (..., depth)."""
        found = (codes[..., : self.dims].astype(np.float32) * self.step) @ self.basis.T + self.mean
        length = np.linalg.norm(found, axis=-1, keepdims=True)
        unit: Floats = found / np.maximum(length, 1e-6)
        return unit

    def objectness(self, codes: Codes) -> Floats:
        """Objectness (h * n, w * n) in 0..1 of bytes (h, w, depth); 0 where invalid."""
        h, w, _ = codes.shape
        n = self.object_cells
        folded = np.maximum(codes[..., self.dims :], 0).reshape(h, w, n, n)
        unfolded: Floats = folded.transpose(0, 2, 1, 3).reshape(h * n, w * n) / np.float32(OBJECT_LEVELS)
        return unfolded

    def to_json(self) -> dict[str, Any]:
        """Plain data for `embedding.json`."""
        return {
            "mean": self.mean.tolist(),
            "basis": self.basis.tolist(),
            "step": self.step.tolist(),
            "object_cells": self.object_cells,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> DenseCodec:
        """Undo `to_json`."""
        mean, basis, step = (np.asarray(data[key], np.float32) for key in ("mean", "basis", "step"))
        return cls(mean, basis, step, int(data["object_cells"]))


def dims_allowed(bytes_per_pixel: int, cell_px: int, object_cells: int) -> int:
    """Numbers a cell may keep so that the map takes at most half the bytes of the scene."""
    return max(1, bytes_per_pixel * cell_px**2 // 2 - object_cells**2)


def leading_codec(embed_dim: int, dims: int, object_cells: int) -> DenseCodec:
    """For a model whose dimensions are already sorted by how much they tell: the first are kept."""
    dims = min(dims, embed_dim)
    basis = np.eye(embed_dim, dims, dtype=np.float32)
    return DenseCodec(np.zeros(embed_dim, np.float32), basis, np.full(dims, 1 / 127, np.float32), object_cells)


def fitted_codec(sample: Floats, dims: int, object_cells: int) -> DenseCodec:
    """For any other model: principal axes of a sample (n, D) of the scene's own vectors."""
    mean = sample.mean(0)
    centred = sample - mean
    _, axes = np.linalg.eigh(centred.T @ centred)
    basis = np.ascontiguousarray(axes[:, ::-1][:, : min(dims, sample.shape[1])]).astype(np.float32)
    # one step for all axes: what is small along an axis here may be large in a place that was not sampled
    largest = max(float(np.abs(centred @ basis).max()), _LEAST_LARGEST)
    step = np.full(basis.shape[1], largest * _CLIP / 127, np.float32)
    return DenseCodec(mean, basis, step, object_cells)
