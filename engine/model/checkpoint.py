"""Weights from a file, without running anything that is in it.

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
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from engine.errors import CheckpointError, ModelNotFoundError

StateDict = dict[str, Tensor]

# Numbers that OpenAI's archives and old open_clip versions keep beside the weights.
_NOT_WEIGHTS = frozenset({"input_resolution", "context_length", "vocab_size", "attn_mask"})


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
