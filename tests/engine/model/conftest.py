"""Small open_clip architectures with random weights, shared by the tests of `engine.model`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from torch import Tensor

State = dict[str, Tensor]

TEXT: dict[str, Any] = {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2}
VISION: dict[str, dict[str, Any]] = {
    "tiny-vit": {"image_size": 64, "layers": 3, "width": 64, "patch_size": 16, "head_width": 32},
    "tiny-resnet": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 16, "patch_size": None},
}


@pytest.fixture(scope="session", autouse=True)
def tiny_architectures(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make open_clip know the small architectures."""
    folder = tmp_path_factory.mktemp("open_clip")
    for name, vision in VISION.items():
        config = {"embed_dim": 24, "vision_cfg": vision, "text_cfg": TEXT}
        (folder / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder)


@pytest.fixture(scope="session")
def random_state() -> Callable[[str], State]:
    """Make random weights of an architecture."""
    return _random_state


def _random_state(architecture: str) -> State:
    """Weights of which none is at an initial zero, and where the activation matters."""
    generator = torch.Generator().manual_seed(0)
    state: State = open_clip.CLIP(**open_clip.get_model_config(architecture)).state_dict()
    for name, value in state.items():
        if not value.is_floating_point() or name == "logit_scale":
            continue
        noise = torch.randn(value.shape, generator=generator)
        if "running_var" in name:
            state[name] = 0.5 + noise.abs()
        elif name.endswith("c_fc.bias"):  # where GELU and QuickGELU differ most
            state[name] = 0.1 * noise - 2.0
        elif value.ndim < 2:
            state[name] = 0.1 * noise + (1.0 if "weight" in name else 0.0)
        else:
            gain = 10.0 if name.endswith("mlp.c_proj.weight") else 1.5
            state[name] = gain * noise / value[0].numel() ** 0.5
    return state


@pytest.fixture(scope="session")
def random_pixels() -> Callable[[int, int], Tensor]:
    """Make a smooth byte picture (batch, side, side) with valid pixels only."""
    return _random_pixels


def _random_pixels(batch: int, side: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(batch, 1, side // 8, side // 8, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")[:, 0]
    return (1 + smooth * 254).to(torch.uint8)


@pytest.fixture
def vit_file(tmp_path: Path) -> Path:
    """A plain state dict of `tiny-vit`."""
    path = tmp_path / "vit.pt"
    torch.save(_random_state("tiny-vit"), path)
    return path
