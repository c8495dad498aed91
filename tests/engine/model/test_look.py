"""The second look corrects what is said of an image, and nothing of a scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.model.look import Look
from engine.model.sarclip import load_model
from engine.model.windows import PyramidWindows
from tests import tiny

VIEW_PX = 64


@pytest.fixture(scope="module")
def untrained() -> Look:
    torch.manual_seed(0)
    return Look(tiny.LOOK, tiny.IMAGE).eval()


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


def test_an_image_of_one_view_is_what_its_mirror_image_is() -> None:
    """What the look has to say of it, that is: the tower's own part is read once."""
    look, pixels = tiny.look(), tiny.tensor(1, 40, 56, seed=4)
    windows, alone = (PyramidWindows(tiny.image_tower(), VIEW_PX, found) for found in (look, None))
    with torch.inference_mode():
        corrections = []
        for view in (pixels, pixels.flip(2)):
            pooled, shown = windows._pool_views(view)
            assert torch.allclose(pooled, alone.encode_views(view), atol=1e-6)
            corrections.append(look.view(shown[0]))
            expected = torch.nn.functional.normalize(pooled + sum(corrections) / len(corrections), dim=-1)
        assert (corrections[0] - corrections[1]).abs().max() > 1e-3
        assert torch.allclose(windows.encode_views(pixels.flip(2)), expected, atol=1e-6)


def test_a_model_takes_its_look_along(tmp_path: Path) -> None:
    """Of a file: the same towers with a look and without read an image differently, and a scene's tiles alike."""
    with_look, without = (load_model(write(tmp_path)) for write in (tiny.looking_file, tiny.model_file))
    image = tiny.picture(1, with_look.spec.tile_px, with_look.spec.tile_px)[0]
    assert float(with_look.encode_image(image) @ without.encode_image(image)) < 0.99
    window = tiny.picture(1, 256, 256)
    tiles = [model.encode_windows(window).tiles for model in (with_look, without)]
    assert np.allclose(*tiles, atol=1e-6)
