import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.concepts import KIND
from training.d2c import AnnotatedImage, AnnotatedObject, from_picture
from training.d2c.annotation import box, rotated_box
from training.sources.picture import Picture

sizes = st.floats(2, 200)


@given(sizes, sizes, st.floats(0, np.pi), st.floats(-50, 500), st.floats(-50, 500))
def test_a_turned_box_keeps_its_sides_and_middle(length: float, width: float, angle: float, x: float, y: float) -> None:
    item = rotated_box("ship", x, y, length, width, angle)
    assert item.length_px == pytest.approx(max(length, width), rel=0.02, abs=0.05)
    assert item.width_px == pytest.approx(min(length, width), rel=0.02, abs=0.05)
    assert item.centre == pytest.approx((x, y), abs=0.01)


def test_a_polygon_is_measured_by_the_smallest_rectangle_around_it() -> None:
    bent = AnnotatedObject("ship", np.array([[0, 0], [10, 0], [10, 5], [5, 2], [0, 5]], np.float32))
    assert (bent.length_px, bent.width_px) == (10, 5)
    line = AnnotatedObject("ship", np.array([[0, 0], [3, 4], [6, 8]], np.float32))
    assert (line.length_px, line.width_px) == (pytest.approx(10), 0)


@pytest.mark.parametrize("outline", [np.zeros((2, 2)), np.zeros((4, 3)), np.full((4, 2), np.nan)])
def test_an_outline_that_is_none_is_refused(outline: np.ndarray) -> None:
    with pytest.raises(ValueError, match="ship"):
        AnnotatedObject("ship", outline)


def test_ground_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="differ"):
        AnnotatedImage("a", 30, 20, ground=np.zeros((30, 20), np.uint8))


def test_a_crop_leaves_counts_open_only_where_it_cuts_an_object_in_half() -> None:
    ground = np.arange(60 * 100, dtype=np.uint8).reshape(60, 100) % 2
    image = AnnotatedImage("a", 100, 60, (box("ship", 20, 10, 40, 20),), ground, frozenset({"ship", "tank"}))
    whole = image.crop(10, 5, 50, 40)
    assert whole.objects[0].bounds == (10, 5, 30, 15)
    assert whole.complete == {"ship", "tank"}
    assert np.array_equal(whole.ground, ground[5:45, 10:60])
    assert image.crop(34, 5, 50, 40).complete == {"tank"}, "30 % of the ship are seen: one ship or none"
    assert image.crop(34, 5, 50, 40).objects == ()
    assert image.crop(50, 5, 50, 40).complete == {"ship", "tank"}, "nothing of it is seen"
    with pytest.raises(ValueError, match="leaves"):
        image.crop(60, 0, 50, 40)


def test_a_picture_hands_on_its_objects_and_its_ground() -> None:
    kinds = np.full((40, 60), KIND["sea"], np.uint8)
    objects = np.array([[30, 20, 12, 4, 0.5, KIND["ship"]]], np.float32)
    image = from_picture(Picture(kinds, kinds, objects, "set/1"), ["ship"], gsd_m=10.0)
    assert (image.width, image.height, image.complete) == (60, 40, {"ship"})
    assert image.objects[0].kind == "ship"
    assert image.objects[0].length_px == pytest.approx(12, rel=1e-3)
    assert image.objects[0].centre == pytest.approx((30, 20))
