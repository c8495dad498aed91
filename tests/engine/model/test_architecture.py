"""Weights are matched with an architecture by their shapes, and loaded whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import open_clip
import pytest
import torch
from torch import Tensor

from engine.errors import CheckpointError, ModelNotFoundError
from engine.model import architecture as architectures

State = dict[str, Tensor]
MakeState = Callable[[str], State]


@pytest.mark.parametrize(
    "architecture",
    [
        "RN50",
        "RN50x4",
        "ViT-B-32",
        "ViT-B-32-256",
        "ViT-B-16",
        "ViT-L-14",
        "ViT-L-14-336",
        "ViT-H-14",
        "ViT-g-14",
    ],
)
def test_architectures_are_told_by_their_shapes(architecture: str) -> None:
    with torch.device("meta"):  # shapes only
        model = open_clip.CLIP(**open_clip.get_model_config(architecture))
    assert architectures.infer_architecture(model.state_dict(), Path("x.pt")) == architecture
    custom = {
        name if name.startswith(("visual.", "logit")) else f"text.{name}": v
        for name, v in model.state_dict().items()
    }
    assert architectures.infer_architecture(custom, Path("x.pt")) == architecture


def test_unknown_shapes_are_refused(random_state: MakeState) -> None:
    state = random_state("tiny-vit")
    state["visual.proj"] = torch.zeros(64, 25)
    with pytest.raises(CheckpointError, match="--architecture"):
        architectures.infer_architecture(state, Path("x.pt"))
    with pytest.raises(CheckpointError, match="not a CLIP"):
        architectures.infer_architecture(
            {"vision_model.embeddings.class_embedding": torch.zeros(3)}, Path("x.pt")
        )


def test_another_architecture_names_the_first_weight_that_differs(random_state: MakeState) -> None:
    model = architectures.build_clip("tiny-resnet", quick_gelu=False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(
        CheckpointError, match=r"visual\.conv1\.weight is \(64, 3, 16, 16\), should be \(8, 3, 3, 3\)"
    ):
        architectures.load_weights(model, random_state("tiny-vit"), Path("x.pt"))
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), "nothing is loaded when something does not fit"


def test_missing_and_superfluous_weights_are_named(random_state: MakeState) -> None:
    model = architectures.build_clip("tiny-vit", quick_gelu=False)
    state = random_state("tiny-vit")
    with pytest.raises(CheckpointError, match=r"extra \(2,\) does not belong"):
        architectures.load_weights(model, state | {"extra": torch.zeros(2)}, Path("x.pt"))
    del state["visual.proj"]
    with pytest.raises(CheckpointError, match=r"visual\.proj \(64, 24\) is missing"):
        architectures.load_weights(model, state, Path("x.pt"))


def test_a_temperature_of_one_element_fits(random_state: MakeState) -> None:
    model = architectures.build_clip("tiny-vit", quick_gelu=False)
    state = random_state("tiny-vit") | {"logit_scale": torch.tensor([2.0])}
    architectures.load_weights(model, state, Path("x.pt"))
    assert model.logit_scale.item() == 2.0


def test_unknown_architectures_are_refused() -> None:
    with pytest.raises(ModelNotFoundError, match="ViT-B-33"):
        architectures.build_clip("ViT-B-33", quick_gelu=False)
    with pytest.raises(CheckpointError, match="text tower"):
        architectures.build_clip("roberta-ViT-B-32", quick_gelu=False)
