"""Weights from a file, without running anything that is in it, and the architecture they belong to.

Understood are `.safetensors`, what `torch.save` wrote (a state dict, or a training checkpoint with one
under `state_dict`), and OpenAI's TorchScript archives. `torch.jit.load` would run code that the archive
brings, so of those only the pickled tensors are read, by an unpickler that knows no other class.
"""

from __future__ import annotations

import hashlib
import io
import pickle  # nosec B403 - an unpickler that knows tensors alone
import re
import struct
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import open_clip
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from engine.errors import CheckpointError, ModelNotFoundError

StateDict = dict[str, Tensor]

# Numbers that OpenAI's archives and old open_clip versions keep beside the weights.
_NOT_WEIGHTS = frozenset({"input_resolution", "context_length", "vocab_size", "attn_mask"})
_QUICK_GELU = "-quickgelu"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in lower-case hex, read in blocks.

    Raises:
        ModelNotFoundError: There is no such file.
    """
    if not path.is_file():
        raise ModelNotFoundError(f"checkpoint {path}: no such file")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def read_state(path: Path) -> StateDict:
    """Read the weights of a checkpoint file in float32, with open_clip's names.

    Raises:
        ModelNotFoundError: There is no such file.
        CheckpointError: It is truncated, no checkpoint, or more than weights.
    """
    if not path.is_file():
        raise ModelNotFoundError(f"checkpoint {path}: no such file")
    content = _read(path)
    for wrapper in ("state_dict", "model_state_dict", "model"):
        if isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
            break
    tensors = {str(name): value for name, value in content.items() if isinstance(value, Tensor)}
    if tensors and all(name.startswith("module.") for name in tensors):  # DistributedDataParallel
        tensors = {name.removeprefix("module."): value for name, value in tensors.items()}
    state = {name: _float32(value) for name, value in tensors.items() if name not in _NOT_WEIGHTS}
    if not state:
        raise CheckpointError(
            f"checkpoint {path}: holds no weights; give a state dict or a training checkpoint"
        )
    return state


def metadata_of(path: Path) -> dict[str, str]:
    """Texts in the header of a `.safetensors` file; none for other or damaged files."""
    if path.suffix != ".safetensors" or not path.is_file():
        return {}
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (safetensors.SafetensorError, OSError):  # what is wrong is said when the weights are read
        return {}


def _float32(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _read(path: Path) -> Mapping[Any, Any]:
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        if _is_torchscript(path):
            return _read_torchscript(path)
        with warnings.catch_warnings():
            # of pickle protocols it may not know: when it does not, it says so itself
            warnings.simplefilter("ignore", UserWarning)
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"checkpoint {path}: not a plain file of weights, and nothing in it was run "
            f"({_reason(error)}); save its state dict as .safetensors"
        ) from error
    except (safetensors.SafetensorError, zipfile.BadZipFile, RuntimeError, OSError, EOFError, struct.error) as error:
        raise CheckpointError(
            f"checkpoint {path}: truncated or damaged ({_reason(error)}); fetch it again"
        ) from error
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, UnicodeDecodeError) as error:
        # Bytes that are no pickle at all make unpicklers stumble in any of these ways.
        raise CheckpointError(
            f"checkpoint {path}: not a checkpoint; give what torch.save or safetensors wrote"
        ) from error
    if not isinstance(content, Mapping):
        raise CheckpointError(f"checkpoint {path}: holds a {type(content).__name__}; save its state dict")
    return content


def _reason(error: Exception) -> str:
    """The telling part of a library's message, in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    named = re.search(r"(?:GLOBAL|global|operand) '?[\w.]+'?", text)  # out of a page of advice by torch
    return f"refused {named.group(0)}" if named else text[:160]


# TorchScript archives


class _Attributes:
    """Stands for any scripted module: keeps its attributes and can do nothing."""

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            self.__dict__.update(state)


def _tensor_from(
    storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> Tensor:
    return torch.as_strided(storage, size, stride, offset)


def _inert(*_: object) -> None:
    """Take the place of annotated lists and the like, which hold no weights."""


_DTYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "BoolStorage": torch.bool,
}


class _TensorUnpickler(pickle.Unpickler):
    """Unpickle the tensors of a TorchScript archive; every other class is inert or refused."""

    def __init__(self, data: bytes, read_storage: Callable[[str], bytes]) -> None:
        super().__init__(io.BytesIO(data))
        self._read_storage = read_storage

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - the base class's signature
        if module.startswith("__torch__"):
            return _Attributes
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor_from
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch.jit._pickle":
            return _inert
        raise pickle.UnpicklingError(f"global '{module}.{name}' is not allowed")

    def persistent_load(self, pid: Any) -> Tensor:  # noqa: ANN401 - the base class's signature
        _, dtype, key, _, _ = pid
        return torch.frombuffer(bytearray(self._read_storage(str(key))), dtype=dtype)


def _is_torchscript(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.split("/")[1:] == ["constants.pkl"] for name in archive.namelist())


def _read_torchscript(path: Path) -> StateDict:
    with zipfile.ZipFile(path) as archive:
        root = archive.namelist()[0].split("/")[0]
        data = archive.read(f"{root}/data.pkl")
        module = _TensorUnpickler(data, lambda key: archive.read(f"{root}/data/{key}")).load()
    state: StateDict = {}
    _collect(module, "", state)
    return state


def _collect(module: object, prefix: str, into: StateDict) -> None:
    for name, value in vars(module).items() if isinstance(module, _Attributes) else ():
        if isinstance(value, Tensor):
            into[prefix + name] = value
        else:
            _collect(value, f"{prefix}{name}.", into)


# Which architecture


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


# Building


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
