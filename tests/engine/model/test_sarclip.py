"""The public face of a model, on a tiny one that was exported and loaded like the real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import InputError
from engine.model import sarclip
from engine.model.sarclip import SarClip
from tests import tiny

MARGIN, TILE, DEPTH = tiny.SETTINGS.margin_px, tiny.SETTINGS.tile_px, tiny.IMAGE.embed_dim


@pytest.fixture(scope="module")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model_file(tmp_path_factory.mktemp("model"))


@pytest.fixture
def model(model_path: Path, monkeypatch: pytest.MonkeyPatch) -> SarClip:
    monkeypatch.setenv("SARCLIP_PRECISION", "float32")
    return sarclip.load_model(model_path, device="cpu")


@pytest.fixture
def trained(model: SarClip) -> SarClip:
    """The same with an AnyReader whose residual is not zero."""
    torch.manual_seed(0)
    nn.init.normal_(model.reader.residual.weight, std=0.3)
    nn.init.normal_(model.reader.context.weight, std=0.3)
    return model


def test_texts_are_the_mean_of_the_templates(model: SarClip) -> None:
    vectors = model.encode_text(["ship", "open sea", "ship"])
    assert vectors.shape == (3, DEPTH)
    assert vectors.dtype == np.float32
    with torch.inference_mode():
        both = model.text.encode_text(["ship", "a sar image of ship"]).mean(0)
    assert np.allclose(vectors[0], both / both.norm(), atol=1e-5)
    assert np.array_equal(vectors[0], vectors[2])
    assert model.encode_text([]).shape == (0, DEPTH)


def test_a_remembered_prompt_cannot_be_spoiled(model: SarClip) -> None:
    first = model.encode_text(["ship"])
    expected = first.copy()
    first[:] = 0
    assert np.array_equal(model.encode_text(["ship"]), expected)


@pytest.mark.parametrize("prompt", ["", "   ", "\t\n"])
def test_an_empty_prompt_is_refused(model: SarClip, prompt: str) -> None:
    with pytest.raises(InputError, match="prompt is empty"):
        model.encode_text(["ship", prompt])


def test_a_prompt_longer_than_the_context_is_refused(model: SarClip) -> None:
    assert model.encode_text(["ship sea " * 3]).shape == (1, DEPTH)
    with pytest.raises(InputError, match="18 tokens, the model reads 12; shorten it"):
        model.encode_text(["ship sea " * 6])


@pytest.mark.parametrize("prompt", ["ship {}", "{0} ship", "ship {name", "'ship';"])
def test_braces_and_quotes_are_plain_text(model: SarClip, prompt: str) -> None:
    assert np.isfinite(model.encode_text([prompt])).all()


@pytest.mark.parametrize(("height", "width"), [(64, 128), (70, 129), (5, 200)])
def test_shapes_of_windows(model: SarClip, height: int, width: int) -> None:
    pixels = tiny.picture(2, height + 2 * MARGIN, width + 2 * MARGIN)
    found = model.encode_windows(pixels)
    rows, cols = -(-height // TILE), -(-width // TILE)
    down, across = -(-height // 8), -(-width // 8)
    assert found.tiles.shape == (2, rows, cols, DEPTH)
    assert found.tile_valid.shape == (2, rows, cols)
    assert found.dense.shape == (2, down, across, DEPTH)
    assert found.dense_valid.shape == (2, down, across)
    assert found.objectness is not None
    assert found.objectness.shape == (2, 2 * down, 2 * across)
    assert np.allclose(np.linalg.norm(found.tiles, axis=-1), 1, atol=1e-4)
    assert found.tile_valid.sum() * TILE**2 == pytest.approx(2 * height * width)


def test_the_share_of_valid_pixels_is_that_of_the_core(model: SarClip) -> None:
    pixels = tiny.picture(1, 64 + 2 * MARGIN, 128 + 2 * MARGIN)
    pixels[:, :MARGIN] = 0
    pixels[:, MARGIN : MARGIN + 32, MARGIN : MARGIN + 64] = 0
    found = model.encode_windows(pixels)
    assert found.tile_valid.tolist() == [[[0.5, 1.0]]]
    assert (found.dense_valid[0, :4, :8] == 0).all()
    assert found.dense_valid[0].sum() == 16 * 8 - 4 * 8


def test_the_batch_around_a_window_changes_nothing(model: SarClip) -> None:
    pixels = tiny.picture(3, 64 + 2 * MARGIN, 128 + 2 * MARGIN)
    together = model.encode_windows(pixels)
    for index in range(3):
        alone = model.encode_windows(pixels[index : index + 1])
        assert np.allclose(together.tiles[index], alone.tiles[0], atol=1e-5)
        assert np.allclose(together.dense[index], alone.dense[0], atol=1e-5)


def test_an_image_of_one_view_has_the_encoders_own_embedding(trained: SarClip) -> None:
    image = tiny.picture(1, TILE, TILE)
    with torch.inference_mode():
        own = trained.windows.encode_views(torch.from_numpy(image))
    assert np.allclose(trained.encode_image(image[0]), own[0], atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (64, 64), (65, 64), (30, 300), (200, 90)])
def test_an_image_of_any_size_has_an_embedding(trained: SarClip, height: int, width: int) -> None:
    vector = trained.encode_image(tiny.picture(1, height, width)[0])
    assert vector.shape == (DEPTH,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("size", [(64, 64), (100, 200)])
def test_an_image_without_valid_pixels_has_none(trained: SarClip, size: tuple[int, int]) -> None:
    assert not trained.encode_image(np.zeros(size, np.uint8)).any()


def test_an_image_may_be_any_view_of_memory(model: SarClip) -> None:
    image = tiny.picture(1, 128, 192)[0]
    turned = np.ascontiguousarray(image.T)
    assert np.array_equal(model.encode_image(image.T), model.encode_image(turned))
    assert not np.allclose(model.encode_image(image), model.encode_image(turned), atol=1e-4)


@pytest.mark.parametrize(
    "image",
    [
        np.ones((64, 64), np.float32),
        np.ones((64, 64), np.uint16),
        np.ones((1, 64, 64), np.uint8),
        np.ones((0, 64), np.uint8),
    ],
    ids=["float", "uint16", "three axes", "empty"],
)
def test_anything_but_a_byte_picture_is_refused(model: SarClip, image: np.ndarray) -> None:
    with pytest.raises(InputError, match="give uint8"):
        model.encode_image(image)


@pytest.mark.parametrize("tile_px", [0, -64, 12])
def test_a_tile_off_the_lattice_is_refused(model: SarClip, tile_px: int) -> None:
    with pytest.raises(InputError, match="multiple of the model's cell of 8 px"):
        model.encode_windows(tiny.picture(1, 128, 192), tile_px=tile_px)


@pytest.mark.parametrize("shape", [(128, 192), (1, 2 * MARGIN, 192)])
def test_windows_without_a_core_are_refused(model: SarClip, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="65 px a side"):
        model.encode_windows(np.ones(shape, np.uint8))


def test_context_counts_once_the_reader_is_trained(model: SarClip) -> None:
    pixels = tiny.picture(2, 64 + 2 * MARGIN, 128 + 2 * MARGIN)
    pixels[:, :, MARGIN + 64 :] = 0
    coarse = tiny.picture(2, 32, 48, seed=3)
    plain = model.encode_windows(pixels).tiles
    assert not model.reads_context
    assert np.array_equal(model.encode_windows(pixels, coarse).tiles, plain)
    nn.init.normal_(model.reader.residual.weight, std=0.3)
    assert not model.reads_context, "what fuses the views of an image is no reason to read context"
    nn.init.normal_(model.reader.context.weight, std=0.3)
    assert model.reads_context
    beside = model.encode_windows(pixels, coarse).tiles
    assert not np.allclose(beside[:, :, 0], plain[:, :, 0], atol=1e-3)
    assert np.array_equal(beside[:, :, 1], plain[:, :, 1]), "a tile without valid pixels is left alone"


def test_each_tile_is_told_its_own_place(trained: SarClip) -> None:
    pixels, coarse = tiny.picture(2, 128 + 2 * MARGIN, 192 + 2 * MARGIN), tiny.picture(2, 32, 48, seed=3)
    with torch.inference_mode():
        context = trained.windows.encode_views(torch.from_numpy(coarse))
        tiles = torch.from_numpy(trained.encode_windows(pixels).tiles)
        beside = trained.encode_windows(pixels, coarse).tiles
        for window, row, col in ((0, 0, 2), (1, 1, 0)):
            place = torch.tensor([[(row + 0.5) / 2, (col + 0.5) / 3, 0.0]])
            parts = tiles[window, row, col][None], context[window][None]
            alone = trained.reader.with_context(*parts, place, tiny.SETTINGS.coarse_factor)
            assert np.allclose(beside[window, row, col], alone[0], atol=1e-5)


def test_bfloat16_stays_close(
    model_path: Path, trained: SarClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SARCLIP_PRECISION", "bfloat16")
    rough = sarclip.load_model(model_path, device="cpu")
    rough.reader.load_state_dict(trained.reader.state_dict())
    pixels, coarse = tiny.picture(1, 64 + 2 * MARGIN, 128 + 2 * MARGIN), tiny.picture(1, 32, 48)
    one, other = trained.encode_windows(pixels, coarse), rough.encode_windows(pixels, coarse)
    assert one.tiles.dtype == other.tiles.dtype == np.float32
    assert (one.tiles * other.tiles).sum(-1).min() > 0.99
    assert (one.dense * other.dense).sum(-1).min() > 0.98
    image = tiny.picture(1, 100, 200)[0]
    assert trained.encode_image(image) @ rough.encode_image(image) > 0.99


def test_a_model_without_captions_compares_them_by_name(model: SarClip) -> None:
    image = tiny.picture(1, 100, 200)[0]
    assert np.array_equal(model.encode_image_for_captions(image), model.encode_image(image))
    assert np.allclose(model.encode_captions(["sea"])[0], model.text.encode_text(["sea"])[0], atol=1e-6)


@pytest.mark.parametrize("size", [(64, 64), (100, 200), (20, 30)])
def test_captions_and_images_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    monkeypatch.setenv("SARCLIP_PRECISION", "float32")
    told = sarclip.load_model(tiny.captioning_file(tmp_path), device="cpu")
    image, texts = tiny.picture(1, *size)[0], ["a ship near the town", "calm sea"]
    vector, captions = told.encode_image_for_captions(image), told.encode_captions(texts)
    assert vector.shape == captions[0].shape == (DEPTH + tiny.CAPTION_DEPTH,)
    assert np.allclose(np.linalg.norm(captions, axis=1), 1, atol=1e-5)
    name = vector[:DEPTH] / np.linalg.norm(vector[:DEPTH])
    assert np.allclose(name, told.encode_image(image), atol=1e-5), "the first numbers are the name"
    assert told.encode_text(["ship"]).shape == (1, DEPTH), "prompts keep to them"


def test_the_order_of_words_matters_to_captions_alone(tmp_path: Path) -> None:
    told = sarclip.load_model(tiny.captioning_file(tmp_path), device="cpu")
    one, other = told.encode_captions(["town near sea", "sea near town"])
    assert one @ other < 0.9999
