"""Which of open_clip's architectures weights belong to, and a model of that architecture that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import open_clip
from torch import Tensor, nn

from engine.errors import CheckpointError, ModelNotFoundError

_QUICK_GELU = "-quickgelu"


@dataclass(frozen=True, slots=True)
class _Sizes:
    """The numbers that tell open_clip's architectures apart."""

    embed_dim: int
    width: int  # of the image tower
    patch_px: int  # of a vision transformer; 0 for a ResNet
    positions: int  # rows of the image tower's positional embedding
    hidden: int  # of a vision transformer's feed-forward part; 0 for a ResNet
    blocks: tuple[int, ...]  # of the image tower, per stage
    text: tuple[int, int, int, int]  # vocabulary, context, width, blocks


def infer_architecture(state: Mapping[str, Tensor], path: Path) -> str:
    """Find the open_clip architecture whose sizes are those of `state`.

    Architectures that differ by QuickGELU alone have the same sizes; the plain name is returned, the
    activation being the family's business.

    Raises:
        CheckpointError: The weights are not a CLIP's, or no known architecture has these sizes.
    """
    sizes = _sizes_of_state(state, path)
    for name in open_clip.list_models():
        if not name.endswith(_QUICK_GELU) and _sizes_of_config(open_clip.get_model_config(name)) == sizes:
            return str(name)
    raise CheckpointError(
        f"checkpoint {path}: no open_clip architecture has {sizes}; name one with --architecture"
    )


def _sizes_of_state(state: Mapping[str, Tensor], path: Path) -> _Sizes:
    prefix = "text." if "text.token_embedding.weight" in state else ""
    try:
        vocabulary, text_width = state[f"{prefix}token_embedding.weight"].shape
        context = state[f"{prefix}positional_embedding"].shape[0]
        text = (vocabulary, context, text_width, _count_blocks(state, f"{prefix}transformer.resblocks."))
        if "visual.attnpool.positional_embedding" in state:
            blocks = tuple(_count_blocks(state, f"visual.layer{stage}.") for stage in (1, 2, 3, 4))
            positions, features = state["visual.attnpool.positional_embedding"].shape
            embed_dim = state["visual.attnpool.c_proj.weight"].shape[0]
            return _Sizes(embed_dim, features // 32, 0, positions, 0, blocks, text)
        width, _, patch, _ = state["visual.conv1.weight"].shape
        positions = state["visual.positional_embedding"].shape[0]
        hidden = state["visual.transformer.resblocks.0.mlp.c_fc.weight"].shape[0]
        blocks = (_count_blocks(state, "visual.transformer.resblocks."),)
        return _Sizes(state["visual.proj"].shape[1], width, patch, positions, hidden, blocks, text)
    except (KeyError, ValueError, IndexError) as error:
        raise CheckpointError(
            f"checkpoint {path}: not a CLIP with open_clip's names ({error} is missing or odd, first is "
            f"{next(iter(state))!r}); name it with --architecture or convert it"
        ) from error


def _count_blocks(state: Mapping[str, Tensor], prefix: str) -> int:
    return len({name.removeprefix(prefix).split(".")[0] for name in state if name.startswith(prefix)})


def _sizes_of_config(config: Mapping[str, Any]) -> _Sizes | None:
    """Sizes of an open_clip configuration; None for towers of timm or Hugging Face, and odd views."""
    vision, text = config["vision_cfg"], config["text_cfg"]
    if "timm_model_name" in vision or "hf_model_name" in text or not isinstance(vision["image_size"], int):
        return None
    layers, width, image = vision["layers"], vision["width"], vision["image_size"]
    resnet = isinstance(layers, list)
    patch = 32 if resnet else vision["patch_size"]  # a ResNet's attention pool sees one position in 32 x 32
    return _Sizes(
        embed_dim=config["embed_dim"],
        width=width,
        patch_px=0 if resnet else patch,
        positions=(image // patch) ** 2 + 1,
        hidden=0 if resnet else int(width * vision.get("mlp_ratio", 4.0)),
        blocks=tuple(layers) if resnet else (layers,),
        text=(text.get("vocab_size", 49408), text.get("context_length", 77), text["width"], text["layers"]),
    )


def build_clip(architecture: str, *, quick_gelu: bool) -> nn.Module:
    """Build open_clip's model of that name with random weights, fetching nothing.

    Raises:
        ModelNotFoundError: open_clip has no such architecture.
        CheckpointError: It needs files from the network, or is no plain pair of towers.
    """
    config = open_clip.get_model_config(architecture)
    if config is None:
        near = [name for name in open_clip.list_models() if name.startswith(architecture[:5])]
        raise ModelNotFoundError(f"architecture {architecture!r}: not in open_clip; near it are {near[:6]}")
    if "hf_model_name" in config["text_cfg"] or "multimodal_cfg" in config:
        raise CheckpointError(
            f"architecture {architecture}: only CLIPs with open_clip's own text tower are supported"
        )
    config["quick_gelu"] = quick_gelu
    if "timm_model_name" in config["vision_cfg"]:
        config["vision_cfg"]["timm_model_pretrained"] = False
    custom_text = config.pop("custom_text", False)
    model: nn.Module = (open_clip.CustomTextCLIP if custom_text else open_clip.CLIP)(**config)
    return model.eval()


def load_weights(model: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Load `state` into `model`, all of it or nothing.

    Raises:
        CheckpointError: A weight is missing, superfluous or of another shape; the first is named.
    """
    expected = model.state_dict()
    found = {name: _reshaped(value, expected.get(name)) for name, value in state.items()}
    mismatch = first_mismatch(expected, found)
    if mismatch is not None:
        raise CheckpointError(f"checkpoint {path}: of another architecture: {mismatch}; check --architecture")
    model.load_state_dict(found)


def _reshaped(value: Tensor, like: Tensor | None) -> Tensor:
    """Give scalars the model's shape: logit_scale is () in some versions and (1,) in others."""
    return value.reshape(like.shape) if like is not None and value.numel() == like.numel() == 1 else value


def first_mismatch(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> str | None:
    """Name the first weight that keeps `found` from being loaded as `expected`, or None."""
    for name, value in expected.items():
        if name not in found:
            return f"{name} {tuple(value.shape)} is missing"
        if found[name].shape != value.shape:
            return f"{name} is {tuple(found[name].shape)}, should be {tuple(value.shape)}"
    superfluous = next((name for name in found if name not in expected), None)
    return f"{superfluous} {tuple(found[superfluous].shape)} does not belong" if superfluous else None
