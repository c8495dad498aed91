"""Embeddings equal open_clip's own, whatever file the weights come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import open_clip
import pytest
import safetensors.torch
import torch
import torch.nn.functional as F  # noqa: N812
from PIL import Image
from torch import Tensor

from engine.errors import InputError
from engine.model import checkpoint, openclip
from engine.model.registry import FAMILIES
from engine.model.spec import EncoderPair, Family

State = dict[str, Tensor]
MakeState = Callable[[str], State]
MakePixels = Callable[[int, int], Tensor]
TEXTS = ["a ship near the harbour", "农田", "O'Brien\"; DROP TABLE tiles; --", "forest"]


def save_plain(state: State, folder: Path) -> Path:
    torch.save(state, path := folder / "plain.pt")
    return path


def save_training(state: State, folder: Path) -> Path:
    wrapped = {f"module.{name}": value for name, value in state.items()}
    content = {"epoch": 3, "state_dict": wrapped, "optimizer": {"state": {0: torch.ones(3)}}, "name": "run"}
    torch.save(content, path := folder / "epoch_3.pth")
    return path


def save_safetensors(state: State, folder: Path) -> Path:
    safetensors.torch.save_file(state, path := folder / "model.safetensors")
    return path


FORMATS = [save_plain, save_training, save_safetensors]


def load(path: Path, family: Family, architecture: str | None = None) -> EncoderPair:
    return openclip.load(path, name="test", sha256="0" * 64, family=family, architecture=architecture)


def reference_image(model: open_clip.CLIP, pixels: Tensor, family: Family) -> Tensor:
    """open_clip's own way from a grey picture to an embedding."""
    transform = open_clip.image_transform(pixels.shape[1], is_train=False, mean=family.mean, std=family.std)
    batch = torch.stack([transform(Image.fromarray(picture.numpy())) for picture in pixels])
    with torch.no_grad():
        return F.normalize(model.encode_image(batch), dim=1)


def reference_text(model: open_clip.CLIP, architecture: str) -> Tensor:
    with torch.no_grad():
        return F.normalize(model.encode_text(open_clip.get_tokenizer(architecture)(TEXTS)), dim=1)


@pytest.mark.parametrize("save", FORMATS)
@pytest.mark.parametrize("family", ["openai", "caesar-sarclip"])
@pytest.mark.parametrize("architecture", ["tiny-vit", "tiny-resnet"])
def test_equals_open_clip(
    architecture: str,
    family: str,
    save: Callable[[State, Path], Path],
    tmp_path: Path,
    random_state: MakeState,
    random_pixels: MakePixels,
) -> None:
    path = save(random_state(architecture), tmp_path)
    known = FAMILIES[family]
    quick = known.uses_quick_gelu(architecture)
    theirs = open_clip.create_model(architecture, str(path), force_quick_gelu=quick).eval()
    ours = load(path, known)
    pixels = random_pixels(3, 64)

    image_cosine = (ours.image.encode_views(pixels).pooled * reference_image(theirs, pixels, known)).sum(1)
    text_cosine = (ours.text.encode_text(TEXTS) * reference_text(theirs, architecture)).sum(1)

    assert image_cosine.min() > 0.99999
    assert text_cosine.min() > 0.99999


def test_vit_b_32_equals_open_clip(tmp_path: Path, random_pixels: MakePixels) -> None:
    """The architecture people use, at its real size, found by its shapes and kept in half precision."""
    torch.manual_seed(1)
    model = open_clip.CLIP(**open_clip.get_model_config("ViT-B-32"), quick_gelu=True).eval()
    state = {name: value.half() for name, value in model.state_dict().items()}
    path = save_safetensors(state, tmp_path)
    model.load_state_dict({name: value.float() for name, value in state.items()})
    pixels = random_pixels(2, 224)

    pair = load(path, FAMILIES["remoteclip"])
    path.unlink()
    found = pair.image.encode_views(pixels)

    assert (found.pooled * reference_image(model, pixels, FAMILIES["openai"])).sum(1).min() > 0.9999
    assert (pair.text.encode_text(TEXTS) * reference_text(model, "ViT-B-32")).sum(1).min() > 0.9999
    assert found.dense.shape == (2, 512, 7, 7)
    assert (pair.spec.tile_px, pair.spec.dense_stride_px, pair.spec.window_px) == (224, 32, 896)


def test_wrong_activation_is_visible(vit_file: Path, random_pixels: MakePixels) -> None:
    """GELU for QuickGELU is the silent loss that families are there to prevent."""
    pixels = random_pixels(2, 64)
    quick, plain = load(vit_file, FAMILIES["openai"]), load(vit_file, FAMILIES["laion"])
    image = (quick.image.encode_views(pixels).pooled * plain.image.encode_views(pixels).pooled).sum(1)
    text = (quick.text.encode_text(TEXTS) * plain.text.encode_text(TEXTS)).sum(1)
    assert image.max() < 0.9996
    assert text.max() < 0.9996


@pytest.mark.parametrize(
    ("family", "white", "black"),
    [
        ("openai", (1.9303, 2.0749, 2.1459), (-1.7923, -1.7521, -1.4802)),
        ("laion", (1.9303, 2.0749, 2.1459), (-1.7923, -1.7521, -1.4802)),
        ("remoteclip", (1.9303, 2.0749, 2.1459), (-1.7923, -1.7521, -1.4802)),
        ("georsclip", (1.9303, 2.0749, 2.1459), (-1.7923, -1.7521, -1.4802)),
        ("caesar-sarclip", (1.0, 1.0, 1.0), (-1.0, -1.0, -1.0)),
    ],
)
def test_input_statistics(
    vit_file: Path, family: str, white: tuple[float, ...], black: tuple[float, ...]
) -> None:
    """White and the black below the lowest byte go where the published preprocessing puts them."""
    encoder = load(vit_file, FAMILIES[family]).image
    assert isinstance(encoder, openclip.OpenClipEncoder)
    row = encoder.normalise(torch.tensor([[[255, 1, 0]]], dtype=torch.uint8))[0, :, 0]  # channel, pixel
    low = torch.tensor(black) + (torch.tensor(white) - torch.tensor(black)) / 255
    assert torch.allclose(row[:, 0], torch.tensor(white), atol=1e-4)
    assert torch.allclose(row[:, 1], low, atol=1e-4)
    assert torch.equal(row[:, 2], torch.zeros(3)), "invalid pixels are neutral"


def test_statistics_move_with_the_model(vit_file: Path) -> None:
    encoder = load(vit_file, FAMILIES["openai"]).image
    assert isinstance(encoder, openclip.OpenClipEncoder)
    assert {name for name, _ in encoder.named_buffers()} >= {"mean", "std"}
    assert not {"mean", "std"} & set(encoder.state_dict())


def test_batch_changes_nothing(vit_file: Path, random_pixels: MakePixels) -> None:
    image = load(vit_file, FAMILIES["openai"]).image
    pixels = random_pixels(5, 64)
    together = image.encode_views(pixels)
    alone = [image.encode_views(one[None]) for one in pixels]
    assert torch.allclose(together.pooled, torch.cat([one.pooled for one in alone]), atol=1e-5)
    assert torch.allclose(together.dense, torch.cat([one.dense for one in alone]), atol=1e-5)


@pytest.mark.parametrize(("architecture", "cells"), [("tiny-vit", 4), ("tiny-resnet", 2)])
def test_features_are_unit_vectors_and_described(
    architecture: str, cells: int, tmp_path: Path, random_state: MakeState, random_pixels: MakePixels
) -> None:
    pair = load(save_plain(random_state(architecture), tmp_path), FAMILIES["caesar-sarclip"])
    features = pair.image.encode_views(random_pixels(2, 64))
    assert features.pooled.shape == (2, 24)
    assert features.dense.shape == (2, 24, cells, cells)
    assert features.objectness is None
    assert torch.allclose(features.pooled.norm(dim=1), torch.ones(2))
    assert torch.allclose(features.dense.norm(dim=1), torch.ones(2, cells, cells))
    assert not features.pooled.requires_grad
    spec = pair.spec
    assert (spec.embed_dim, spec.tile_px, spec.dense_stride_px) == (24, 64, 64 // cells)
    assert (spec.tiles_per_window, spec.margin_px, spec.coarse_factor) == (4, 0, 4)
    assert spec.window_px // spec.coarse_factor == spec.tile_px, "the coarse view is one view"
    assert spec.logit_scale == pytest.approx(1 / 0.07, rel=1e-5)
    assert spec.stretch == (-25.0, 0.0)
    assert spec.context_length == 77


@pytest.mark.parametrize(
    "pixels",
    [
        torch.ones(1, 64, 48, dtype=torch.uint8),
        torch.ones(1, 3, 64, 64, dtype=torch.uint8),
        torch.ones(1, 64, 64),
    ],
)
def test_other_views_are_refused(vit_file: Path, pixels: Tensor) -> None:
    with pytest.raises(InputError, match=r"give uint8 \(B, 64, 64\)"):
        load(vit_file, FAMILIES["openai"]).image.encode_views(pixels)


def test_long_prompts_are_counted_and_refused(vit_file: Path) -> None:
    text = load(vit_file, FAMILIES["openai"]).text
    assert text.count_tokens("ship") == 3
    longest = " ".join(["ship"] * 75)
    assert text.count_tokens(longest) == 77
    assert text.encode_text([longest]).shape == (1, 24)
    too_long = longest + " ship"
    assert text.count_tokens(too_long) == 78
    with pytest.raises(InputError, match="78 tokens"):
        text.encode_text(["harbour", too_long])


def test_no_prompts_give_no_embeddings(vit_file: Path) -> None:
    assert load(vit_file, FAMILIES["openai"]).text.encode_text([]).shape == (0, 24)


def test_architecture_with_a_foreign_tokenizer_is_refused(tmp_path: Path) -> None:
    config = open_clip.get_model_config("ViT-B-16-SigLIP")
    assert config["text_cfg"]["hf_tokenizer_name"], "the example must need a tokenizer from elsewhere"
    with pytest.raises(checkpoint.CheckpointError, match="tokenizer"):
        openclip._tokenizer("ViT-B-16-SigLIP", tmp_path / "x.pt")
