"""Sentence vectors of every training phrase in every template, and draws from them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name the field uses
from torch import Tensor

from engine.model.text import TextTower
from training.concepts import COMPOSITES, CONCEPT_NAMES, CONCEPTS, TEMPLATES


def phrases_of(name: str) -> tuple[str, ...]:
    """The training phrases of a concept."""
    return CONCEPTS[name].phrases if name in CONCEPTS else COMPOSITES[name]


class Draw(NamedTuple):
    """Sentences drawn for one step."""

    sentences: Tensor  # P, width
    concepts: Tensor  # P: index into CONCEPT_NAMES


class PhraseBank:
    """Vectors of all training sentences, computed once: the sentence encoder is frozen."""

    def __init__(self, tower: TextTower) -> None:
        self.vectors: list[Tensor] = []
        templates = tuple(dict.fromkeys(TEMPLATES))
        for name in CONCEPT_NAMES:
            texts = [template.format(phrase) for phrase in phrases_of(name) for template in templates]
            with torch.inference_mode():
                encoded = tower.sentences(tower.tokenize(texts))
            self.vectors.append(encoded.clone().reshape(len(phrases_of(name)), len(templates), -1))
        counts = [TEMPLATES.count(template) for template in templates]
        self.template_share = np.array(counts) / len(TEMPLATES)

    def draw(self, rng: np.random.Generator, per_concept: int, noise: float) -> Draw:
        """Sentences of every concept, moved a little so that their neighbours mean the same.

        Args:
            rng: Source of the draw.
            per_concept: Sentences for each concept.
            noise: Length of the random vector added to each (unit) sentence vector.
        """
        rows, concepts = [], []
        for index, vectors in enumerate(self.vectors):
            for _ in range(per_concept):
                phrase = int(rng.integers(len(vectors)))
                rows.append(vectors[phrase, int(rng.choice(len(self.template_share), p=self.template_share))])
                concepts.append(index)
        sentences = torch.stack(rows)
        shift = torch.from_numpy(rng.standard_normal(sentences.shape).astype(np.float32))
        sentences = F.normalize(sentences + noise * rng.random() * F.normalize(shift, dim=-1), dim=-1)
        return Draw(sentences, torch.tensor(concepts))

    def discriminant(self, dims: int, ridge: float = 3e-3) -> tuple[Tensor, Tensor]:
        """Linear discriminant analysis of the phrases: a head to start from, (dims, width) and (dims,).

        MiniLM's vectors all point one way and move with the template more than with the meaning. Here they
        are centred, whitened by how phrases of one concept differ, and turned so that the first dimensions
        tell concepts apart. Started from a random head instead, the texts first collapsed onto each other.

        Args:
            dims: Of the joint space.
            ridge: Added to the variance within concepts; chosen by words held out of the phrases, of which
                32 of 38 then lie nearest their own concept.
        """
        everything = torch.cat([vectors.flatten(0, 1) for vectors in self.vectors])
        center = everything.mean(0)
        means = torch.stack([vectors.mean((0, 1)) for vectors in self.vectors]) - center
        spread = torch.cat(
            [(v - v.mean((0, 1))).flatten(0, 1) / (v.shape[0] * v.shape[1]) ** 0.5 for v in self.vectors]
        )
        within = spread.T @ spread / len(self.vectors)
        values, vectors = torch.linalg.eigh(within + ridge * torch.eye(len(within)))
        whiten = vectors @ torch.diag(values**-0.5) @ vectors.T
        between = torch.linalg.svd(means @ whiten, full_matrices=False).Vh
        rest = (everything - center) @ whiten
        rest = rest - rest @ between.T @ between
        axes = torch.cat((between, torch.linalg.svd(rest, full_matrices=False).Vh))[:dims]
        weight = axes @ whiten
        return weight, -weight @ center


def anchor(tower: TextTower) -> None:
    """Give the text tower the phrases of the training, in place: a text is drawn to the concept of those it is like."""
    phrases = [F.normalize(vectors.mean(1), dim=-1) for vectors in PhraseBank(tower).vectors]
    tower.anchors = torch.cat(phrases)
    tower.config = replace(tower.config, anchors=len(tower.anchors), meanings=tuple(map(len, phrases)))
