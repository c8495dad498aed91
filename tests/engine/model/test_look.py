"""The second look corrects what it is shown, where it is shown it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.model.look import Look, Seen
from engine.model.sarclip import load_model
from engine.model.windows import HALO_PX, LOOK_BLOCK_PX, PyramidWindows, look_again
from tests import tiny

VIEW_PX = 64
MARGIN_PX = tiny.REACH_PX + HALO_PX  # so that a window sees all that bears on its core
SHY, SURE = -8.0, 2.0  # logits of an objectness without a sign, and with one


@pytest.fixture(scope="module")
def untrained() -> Look:
    torch.manual_seed(0)
    return Look(tiny.LOOK, tiny.IMAGE).eval()


def features_of(pixels: Tensor) -> Seen:
    with torch.inference_mode():
        features = tiny.image_tower()(pixels)
    return Seen(pixels, features.fine, features.around)


def test_an_untrained_look_is_the_tower_alone(untrained: Look) -> None:
    alone, both = (PyramidWindows(tiny.image_tower(), VIEW_PX, look) for look in (None, untrained))
    window, view = tiny.tensor(2, 128, 96), tiny.tensor(2, VIEW_PX, VIEW_PX)
    with torch.inference_mode():
        read = (windows.encode_windows(window, 16, 32) for windows in (both, alone))
        for found, expected in zip(*read, strict=True):
            assert found is not None and expected is not None
            assert torch.allclose(found, expected, atol=1e-6)
        assert torch.allclose(both.encode_views(view), alone.encode_views(view), atol=1e-6)
        told, expected = both.encode_picture(window[0]), alone.encode_picture(window[0])
    assert torch.allclose(told[0], expected[0], atol=1e-6)
    assert torch.equal(told[1], expected[1])


@pytest.mark.parametrize("shape", [(64, 64), (128, 192), (96, 160)])
def test_only_blocks_with_a_sign_are_looked_at(shape: tuple[int, int]) -> None:
    seen, cells = features_of(tiny.tensor(2, *shape)), LOOK_BLOCK_PX // 4
    objectness = torch.full((2, shape[0] // 4, shape[1] // 4), SHY)
    objectness[1, -1, -1] = SURE
    with torch.inference_mode():
        found = look_again(tiny.look(), objectness, seen, 0)
    changed = found != objectness
    first = (shape[0] // 4 - 1) // cells * cells, (shape[1] // 4 - 1) // cells * cells
    assert changed[1, first[0] :, first[1] :].float().mean() > 0.9
    assert changed.sum() == changed[1, first[0] :, first[1] :].sum()


def test_nothing_is_computed_where_there_is_no_sign() -> None:
    objectness = torch.full((1, 16, 16), SHY)
    seen = Seen(*(torch.empty(0) for _ in range(3)))  # would not do for any computation
    assert look_again(tiny.look(), objectness, seen, 0) is objectness


def test_blocks_give_what_the_whole_picture_gives() -> None:
    """Inside, where no padding reaches: cutting into blocks changes nothing."""
    side, seen = 256, features_of(tiny.tensor(1, 256, 320))
    look, inner = tiny.look(), slice(HALO_PX // 4, (side - HALO_PX) // 4)
    objectness = torch.full((1, 64, 80), SURE)
    with torch.inference_mode():
        by_blocks = look_again(look, objectness, seen, 0)
        whole = look.correct(objectness, look.find(*look.read(seen)))
    assert torch.allclose(by_blocks[:, inner, inner], whole[:, inner, inner], atol=1e-4)
    assert whole.std() > 0.1


def test_windows_with_a_look_have_no_seams() -> None:
    windows = PyramidWindows(tiny.image_tower(), VIEW_PX, tiny.look())
    scene = tiny.tensor(1, 64 + 2 * MARGIN_PX, 128 + 2 * MARGIN_PX)
    with torch.inference_mode():
        whole = windows.encode_windows(scene, MARGIN_PX, 32).objectness
        parts = [
            windows.encode_windows(part, MARGIN_PX, 32).objectness
            for part in (scene[:, :, : 64 + 2 * MARGIN_PX], scene[:, :, 64:])
        ]
        alone = PyramidWindows(tiny.image_tower(), VIEW_PX).encode_windows(scene, MARGIN_PX, 32).objectness
    assert whole is not None and alone is not None
    assert torch.allclose(torch.cat([part for part in parts if part is not None], dim=2), whole, atol=1e-4)
    assert not torch.allclose(whole, alone, atol=0.01)


def test_a_batch_changes_nothing() -> None:
    windows, pixels = PyramidWindows(tiny.image_tower(), VIEW_PX, tiny.look()), tiny.tensor(3, 160, 96)
    with torch.inference_mode():
        together = windows.encode_windows(pixels, 16, 32).objectness
        alone = [windows.encode_windows(one[None], 16, 32).objectness for one in pixels]
    assert together is not None
    assert torch.allclose(together, torch.cat([one for one in alone if one is not None]), atol=1e-5)


def test_invalid_pixels_do_not_matter() -> None:
    """A view of which nothing is valid stays finite, and a picture's rest is filled up as invalid."""
    windows = PyramidWindows(tiny.image_tower(), VIEW_PX, tiny.look())
    pixels = tiny.picture(1, 40, 100)[0]
    with torch.inference_mode():
        views, peaks = windows.encode_picture(torch.from_numpy(pixels))
        nothing = windows.encode_views(torch.zeros(1, VIEW_PX, VIEW_PX, dtype=torch.uint8))
    assert views.shape == (2, tiny.IMAGE.embed_dim)
    assert peaks is not None and len(peaks) == 2
    assert nothing.isfinite().all()


def test_an_image_of_one_view_is_its_encoders_own_embedding() -> None:
    look, tower = tiny.look(), tiny.image_tower()
    windows, pixels = PyramidWindows(tower, VIEW_PX, look), tiny.tensor(1, VIEW_PX, VIEW_PX, seed=3)
    with torch.inference_mode():
        views, _ = windows.encode_picture(pixels[0])
        assert torch.allclose(views, windows.encode_views(pixels), atol=1e-6)


def test_a_model_takes_its_look_along(tmp_path: Path) -> None:
    """Of a file: the same towers with a look and without read an image differently, and a scene's tiles alike."""
    with_look, without = (load_model(write(tmp_path)) for write in (tiny.looking_file, tiny.model_file))
    image = tiny.picture(1, with_look.spec.tile_px, with_look.spec.tile_px)[0]
    assert float(with_look.encode_image(image) @ without.encode_image(image)) < 0.99
    window = tiny.picture(1, 256, 256)
    tiles = [model.encode_windows(window).tiles for model in (with_look, without)]
    assert np.allclose(*tiles, atol=1e-6)
