"""Windows read through a pyramid and through fixed views: same shapes, right places, no seams."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.model.anyreader import AnyReader, AnyReaderConfig, tally
from engine.model.spec import ViewFeatures
from engine.model.towers import DenseFeatures
from engine.model.windows import (
    _CAREFUL,
    GridWindows,
    PyramidWindows,
    WindowEncoder,
    _Reading,
    crop,
    enlarged,
    fill_to,
    native_views,
    share_valid,
    whole_view,
)
from tests import tiny

VIEW_PX, STRIDE_PX = 32, 8
CLOSE = 1e-5


class MeanByte:
    """An encoder of fixed views whose vectors point where the mean of the valid bytes says."""

    def encode_views(self, pixels: Tensor) -> ViewFeatures:
        """See `ImageEncoder`."""
        assert pixels.shape[1:] == (VIEW_PX, VIEW_PX), "an encoder of fixed views takes nothing else"
        cells = torch.nn.functional.avg_pool2d(pixels.float()[:, None], STRIDE_PX)[:, 0]
        return ViewFeatures(as_angle(pixels.float().mean((1, 2))), as_angle(cells).movedim(-1, 1))


def as_angle(byte: Tensor) -> Tensor:
    """A unit vector (..., 4) that tells a byte."""
    angle = byte / 255 * torch.pi
    zero = torch.zeros_like(angle)
    return torch.stack((angle.cos(), angle.sin(), zero, zero), dim=-1)


def grid_windows() -> GridWindows:
    return GridWindows(MeanByte(), VIEW_PX, STRIDE_PX, AnyReader(AnyReaderConfig(4)).eval())


@pytest.fixture(scope="module")
def pyramid_windows() -> PyramidWindows:
    return PyramidWindows(tiny.image_tower(), VIEW_PX)


SIDES = st.integers(1, 5).map(lambda n: 24 * n - 5)


@given(
    height=SIDES, width=SIDES, tile_px=st.sampled_from([16, 32, 64]), margin_px=st.sampled_from([0, 16]),
    careful=st.booleans(),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_both_readers_agree_on_shapes(
    height: int, width: int, tile_px: int, margin_px: int, *, careful: bool
) -> None:
    pixels = tiny.tensor(2, height + 2 * margin_px, width + 2 * margin_px)
    readers: list[WindowEncoder] = [grid_windows(), PyramidWindows(tiny.image_tower(), VIEW_PX)]
    for reader in readers:
        with torch.inference_mode():
            found = reader.encode_windows(pixels, margin_px, tile_px, careful=careful)
        assert found.tiles.shape[:3] == (2, -(-height // tile_px), -(-width // tile_px))
        assert found.dense.shape[:3] == (2, -(-height // 8), -(-width // 8))
        assert torch.allclose(found.tiles.norm(dim=-1), torch.ones(1), atol=1e-4)
        assert torch.allclose(found.dense.norm(dim=-1), torch.ones(1), atol=1e-4)
        if found.objectness is not None:
            assert found.objectness.shape == (2, 2 * -(-height // 8), 2 * -(-width // 8))
            assert ((found.objectness >= 0) & (found.objectness <= 1)).all()


@pytest.mark.parametrize("tile_px", [16, 32, 64])
def test_tiles_and_cells_are_where_they_should_be(tile_px: int) -> None:
    """Every tile has one byte: a transposed or shifted grid would swap them."""
    rows, cols, margin = 2, 3, 16
    bytes_of = torch.arange(1, rows * cols + 1).reshape(1, rows, cols) * 40
    core = bytes_of.repeat_interleave(tile_px, 1).repeat_interleave(tile_px, 2).to(torch.uint8)
    window = torch.full((1, rows * tile_px + 2 * margin, cols * tile_px + 2 * margin), 7, dtype=torch.uint8)
    crop(window, margin)[:] = core
    found = grid_windows().encode_windows(window, margin, tile_px)
    if tile_px >= VIEW_PX:  # a smaller tile is a view filled up with invalid pixels
        assert torch.allclose(found.tiles, as_angle(bytes_of.float()), atol=CLOSE)
    cells = bytes_of.repeat_interleave(tile_px // 8, 1).repeat_interleave(tile_px // 8, 2)
    assert torch.allclose(found.dense, as_angle(cells.float()), atol=CLOSE)


@pytest.mark.parametrize("tile_px", [16, 32, 64, 96])
def test_cells_do_not_depend_on_the_tiles(tile_px: int) -> None:
    """Nor on the views within them: a cell is where its pixels are."""
    pixels = tiny.tensor(2, 96, 192)
    cells = torch.nn.functional.avg_pool2d(pixels.float()[:, None], STRIDE_PX)[:, 0]
    dense = grid_windows().encode_windows(pixels, 0, tile_px).dense
    assert torch.allclose(dense, as_angle(cells), atol=CLOSE)


def test_a_tile_beyond_the_scene_counts_only_what_is_inside() -> None:
    """The tile of 64 px has four views, of which only the left two hold pixels."""
    window = torch.full((1, 64, 64 + 32), 200, dtype=torch.uint8)
    window[:, :, 64:] = 90
    tiles = grid_windows().encode_windows(window, 0, 64).tiles
    whole = (window[:, :, 64:].float().sum()) / 64**2  # of MeanByte, which counts invalid pixels as 0
    native, coarse = as_angle(torch.tensor(90.0)), as_angle(whole)
    expected = torch.nn.functional.normalize(2 * native + 0.5 * coarse, dim=0)
    assert torch.allclose(tiles[0, 0, 1], expected, atol=1e-3)


def test_a_pyramid_reads_the_core_not_the_margin(pyramid_windows: PyramidWindows) -> None:
    """Dense and objectness are the crop of the map of the whole window."""
    pixels = tiny.tensor(1, 96 + 32, 64 + 32)
    with torch.inference_mode():
        features = pyramid_windows.tower(pixels)
        found = pyramid_windows.encode_windows(pixels, 16, 32)
    assert torch.equal(found.dense, features.dense[:, :, 2:14, 2:10].permute(0, 2, 3, 1))
    assert found.objectness is not None
    assert torch.equal(found.objectness, torch.sigmoid(features.objectness[:, 4:28, 4:20]))


def test_windows_of_a_pyramid_have_no_seams(pyramid_windows: PyramidWindows) -> None:
    """With a margin as wide as the tower sees, two windows give what one window of both gives."""
    margin, tile = tiny.REACH_PX, 32
    scene = tiny.tensor(1, 64 + 2 * margin, 128 + 2 * margin)
    with torch.inference_mode():
        whole = pyramid_windows.encode_windows(scene, margin, tile)
        left = pyramid_windows.encode_windows(scene[:, :, : 64 + 2 * margin], margin, tile)
        right = pyramid_windows.encode_windows(scene[:, :, 64:], margin, tile)
    for name in ("tiles", "dense", "objectness"):
        joined = torch.cat((getattr(left, name), getattr(right, name)), dim=2)
        assert torch.allclose(joined, getattr(whole, name), atol=1e-4), name


@pytest.mark.parametrize("axis", [1, 2])
def test_what_a_view_encoder_reads_with_care_does_not_depend_on_how_it_is_mirrored(axis: int) -> None:
    """And is told where it lies: a mirrored window has the mirrored maps."""
    margin, tile = 32, 32
    window = tiny.tensor(1, 96 + 2 * margin, 64 + 2 * margin)
    with torch.inference_mode():
        found = grid_windows().encode_windows(window, margin, tile, careful=True)
        mirrored = grid_windows().encode_windows(window.flip(axis), margin, tile, careful=True)
    for one, other in zip(found, mirrored, strict=True):
        assert one is None or torch.allclose(one.flip(axis), other, atol=1e-4)


def test_a_window_read_with_care_is_the_mean_of_its_readings(pyramid_windows: PyramidWindows) -> None:
    """Of directions for tiles and cells, as they are and turned by half; of logits for objects."""
    margin, tile, axes = 32, 32, ((), (1, 2))
    window = tiny.tensor(1, 64 + 2 * margin, 64 + 2 * margin)
    with torch.inference_mode():
        careful = pyramid_windows.encode_windows(window, margin, tile, careful=True)
        readings = [pyramid_windows.encode_windows(window.flip(each), margin, tile) for each in axes]
        larger, smaller = (pyramid_windows._objects(window, margin, one, (16, 16)) for one in _CAREFUL[1:3])
    for name in ("tiles", "dense"):
        turned = [getattr(found, name).flip(each) for found, each in zip(readings, axes, strict=True)]
        mean = torch.nn.functional.normalize(torch.stack(turned).mean(0), dim=-1)
        assert torch.allclose(getattr(careful, name), mean, atol=1e-4)
        assert not torch.allclose(mean, turned[0], atol=1e-4), "the tower is not symmetric by itself"
    logits = [torch.logit(found.objectness).flip(each) for found, each in zip(readings, axes, strict=True)]  # type: ignore[arg-type]
    assert careful.objectness is not None
    mean = torch.stack((*logits, larger, smaller)).mean(0)
    assert torch.allclose(careful.objectness, torch.sigmoid(mean), atol=1e-5)


class Brightness(nn.Module):
    """A tower whose objectness is how bright the pixels of a cell are: where it is read is told by what is found."""

    def forward(self, pixels: Tensor, margin_px: int = 0) -> DenseFeatures:
        """See `ImageTower`."""
        inner = crop(pixels, margin_px)[:, None].float()
        cells = torch.nn.functional.avg_pool2d(inner, 8)
        return DenseFeatures(cells, cells, torch.nn.functional.avg_pool2d(inner, 4)[:, 0], None)


@pytest.mark.parametrize("reading", _CAREFUL[1:3])
@pytest.mark.parametrize("shape", [(64, 128), (96, 160)])
def test_objects_of_a_resized_reading_lie_where_they_are(reading: _Reading, shape: tuple[int, int]) -> None:
    """A ramp keeps its values, whatever the size it is read at and how it is mirrored."""
    margin = 32
    rows, cols = (side + 2 * margin for side in shape)
    ramp = (20 + 0.5 * torch.arange(rows)[:, None] + 0.6 * torch.arange(cols)).to(torch.uint8)[None]
    cells = (shape[0] // 4, shape[1] // 4)
    found = PyramidWindows(Brightness(), 64)._objects(ramp, margin, reading, cells)  # type: ignore[arg-type]
    assert (found - Brightness()(ramp, margin).objectness).abs().max() < 0.5


def test_windows_that_meet_are_resized_in_one_phase(pyramid_windows: PyramidWindows) -> None:
    """No seam: what a window says of its cells does not depend on where it begins, but for the rounding of a byte."""
    margin = 384  # beyond what the tower sees of the smaller picture
    scene = tiny.tensor(1, 128 + 2 * margin, 256 + 2 * margin)
    for reading in _CAREFUL[1:3]:
        with torch.inference_mode():
            whole = pyramid_windows._objects(scene, margin, reading, (32, 64))
            left = pyramid_windows._objects(scene[:, :, :-128], margin, reading, (32, 32))
            right = pyramid_windows._objects(scene[:, :, 128:], margin, reading, (32, 32))
        joined = torch.cat((left, right), 2)
        assert torch.allclose(joined, whole, atol=0.03)
        assert not torch.allclose(joined, whole.roll(1, 2), atol=0.03)


def test_objects_of_a_picture_are_looked_for_in_four_readings_with_care() -> None:
    tower = tiny.image_tower()
    with torch.no_grad():
        tower.objects.get_parameter("bias").zero_()  # an untrained tower sees objects everywhere
    windows, pixels = PyramidWindows(tower, 128), tiny.tensor(1, 128, 128, seed=5)[0]
    with torch.inference_mode():
        (_, plain), (_, careful) = (windows.encode_picture(pixels, careful=care) for care in (False, True))
        found = windows.encode_windows(pixels[None], 0, 128, careful=True).objectness
    assert careful is not None and careful.sum() > 0
    assert found is not None and torch.equal(careful, tally(found, 32)[0])
    assert not torch.equal(careful, plain)


@pytest.mark.parametrize("height", [50, 64])
def test_what_lies_beyond_the_core_does_not_enter_a_tile(
    pyramid_windows: PyramidWindows, height: int
) -> None:
    """The lower tile pools the cells of its part of the core, the rest counting as invalid."""
    margin = 16
    pixels = tiny.tensor(1, height + 2 * margin, 96 + 2 * margin)
    rows = -(-(height - 32) // 8)
    valid = torch.zeros(1, 4, 4)
    valid[:, :rows] = 1
    with torch.inference_mode():
        tiles = pyramid_windows.encode_windows(pixels, margin, 32).tiles
        pyramid = pyramid_windows.tower(fill_to(pixels, 96, 128)).pyramid
        part = fill_to(pyramid[:, :, 6 : 6 + rows, 2:6], 4, 4)
        expected = pyramid_windows.tower.pool(part, valid, 32)[:, :, 0, 0]
    assert tiles.shape[:3] == (1, 2, 3)
    assert torch.allclose(tiles[:, 1, 0], expected, atol=1e-4)


@given(height=st.integers(1, 90), width=st.integers(1, 90))
@settings(max_examples=20, deadline=None)
def test_native_views_hold_every_pixel_once(height: int, width: int) -> None:
    pixels = tiny.tensor(1, height, width)
    views = native_views(pixels, VIEW_PX)
    assert int((views != 0).sum()) == height * width
    assert int(views.sum()) == int(pixels.sum())
    high, wide = min(height, VIEW_PX), min(width, VIEW_PX)
    assert torch.equal(views[0, 0, :high, :wide], pixels[0, :high, :wide])


def test_the_view_of_the_whole_keeps_the_aspect_ratio() -> None:
    pixels = torch.full((1, 128, 64), 10, dtype=torch.uint8)
    pixels[:, :64] = 200
    view = whole_view(pixels, VIEW_PX)[0]
    assert view.shape == (32, 32)
    assert (view[:16, :16] == 200).all()
    assert (view[16:, :16] == 10).all()
    assert (view[:, 16:] == 0).all()


def test_the_view_of_the_whole_averages_valid_pixels_only() -> None:
    pixels = torch.zeros(1, 64, 128, dtype=torch.uint8)
    pixels[:, ::2, ::4] = 120
    pixels[:, 32:, 64:] = 0
    view = whole_view(pixels, VIEW_PX)[0]
    assert set(view.unique().tolist()) == {0, 120}
    assert (view[8:16, 16:] == 0).all()


@given(height=st.integers(1, 40), width=st.integers(1, 40))
def test_share_valid_counts_pixels(height: int, width: int) -> None:
    pixels = tiny.tensor(1, height, width)
    pixels[:, : height // 2] = 0
    share = share_valid(pixels, 8)
    assert share.shape == (1, -(-height // 8), -(-width // 8))
    expected = float((pixels[:, :8, :8] != 0).float().mean())
    assert float(share[0, 0, 0]) == pytest.approx(expected)


@pytest.mark.parametrize(("size", "factor"), [((33, 20), 1), ((32, 32), 2), ((20, 9), 3), ((1, 1), 64), ((200, 3), 1)])
def test_what_fills_less_than_half_a_view_is_enlarged_by_whole_factors(size: tuple[int, int], factor: int) -> None:
    image = torch.randint(1, 256, size, generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    found = enlarged(image, 64)
    assert found.shape == (factor * size[0], factor * size[1])
    assert found.dtype == torch.uint8
    assert (found != 0).all(), "valid stays valid"
    assert int(image.min()) <= int(found.min()) <= int(found.max()) <= int(image.max())
    assert torch.equal(enlarged(found, 64), found), "it is not enlarged twice"


def test_invalid_pixels_do_not_darken_what_is_enlarged_beside_them() -> None:
    image = torch.full((16, 16), 200, dtype=torch.uint8)
    image[:, :8] = 0
    found = enlarged(image, 64)
    assert set(found.unique().tolist()) == {0, 200}
    assert (found[:, :32] == 0).all()
    assert (found[:, 32:] == 200).all()
