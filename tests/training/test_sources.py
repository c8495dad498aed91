"""Pictures, crops and targets: whatever is cut, turned or zoomed, labels stay on their pixels."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from training.concepts import KIND, KINDS
from training.d2c.annotation import rotated_box
from training.simulate.truth import SimObject, SimulatedScene
from training.sources import Picture, as_bytes, picture_labels, real
from training.sources.batches import (
    ALONE_PX,
    CORE_CELLS,
    CORE_LEAST,
    Augment,
    Sample,
    Sampler,
    _cut,
    _masked,
    _mosaic,
    _nearest,
    _turn,
    _zoom,
    core_heat,
    targets,
)
from training.sources.chip_labels import CHIP_LABELS, LETTERS
from training.sources.picture import ellipse_mask, enclosing_rectangle, no_objects, paint_objects
from training.sources.simulated import as_picture, told_apart

PLAIN = Augment(zoom=(0.7, 1.5), gamma=(1, 1), gain=(1, 1), offset=0, speckle=0, blank=0, dropout=0)
SHIP = np.array([[180.0, 90.0, 100.0, 24.0, 0.5, KIND["ship"]]], np.float32)


def one_ship(height: int = 200, width: int = 310) -> Picture:
    """A bright ship on dark water."""
    kinds = np.full((height, width), KIND["sea"], np.uint8)
    paint_objects(kinds, SHIP)
    pixels = np.where(kinds == KIND["ship"], 240, 20).astype(np.uint8)
    return Picture(pixels, kinds, SHIP, "synthetic/ship")


def drawn(seed: int, augment: Augment = PLAIN) -> Sample:
    sampler = Sampler({"synthetic": [one_ship()]}, {"synthetic": 1.0}, 128, augment)
    return sampler.draw(np.random.default_rng(seed))


def test_no_picture_is_drawn_for_all_others() -> None:
    rare, empty = np.full((64, 64), KIND["sea"], np.uint8), np.zeros((64, 64), np.uint8)
    rare[:32] = KIND["mountains"]
    common = np.full((64, 64), KIND["sea"], np.uint8)
    many = np.array([[x, 20, 8, 3, 0, KIND["ship"]] for x in (8, 24, 40, 56)], np.float32)
    pictures = [Picture(np.full((64, 64), 1, np.uint8), rare, no_objects(), "set/rare")]
    pictures += [Picture(np.full((64, 64), 2, np.uint8), empty, no_objects(), "set/unknown")]
    pictures += [Picture(np.full((64, 64), 3, np.uint8), common, many, "set/many")]
    pictures += [Picture(np.full((64, 64), 4, np.uint8), common, many[:1], f"set/{n}") for n in range(60)]
    sampler = Sampler({"set": pictures}, {"set": 1.0}, 64, PLAIN)
    rng = np.random.default_rng(0)
    seen = np.bincount([int(sampler.draw(rng).pixels.max()) for _ in range(1500)], minlength=5) / 1500
    assert seen[2] == 0, "of which nothing is known teaches nothing"
    assert 0.03 < seen[1] < 0.12, "the only one of its kind is drawn oftener than one of many, but not for a third"
    assert 1.2 / 60 < seen[3] < 2.5 / 60, "and one of many ships oftener than one of one"
    assert seen[4] > 0.8


def test_a_hull_between_the_pixels_that_are_asked_is_known() -> None:
    """Around a ship of OpenSARShip nobody says what is bright; its own cells are known, however thin it is."""
    for row in range(40, 44):
        kinds = np.full((64, 64), KIND["unknown"], np.uint8)
        thin = np.array([[32, row + 0.5, 24, 2, 0, KIND["ship"]]], np.float32)
        paint_objects(kinds, thin)
        made = targets(np.full((64, 64), 90, np.uint8), kinds, thin)
        assert made.core.any() and made.known[made.core > 0].all()
        assert not made.known[:8].any()


def test_ships_that_nobody_could_see_or_part_are_unknown() -> None:
    boxes = [(30, 30, 20, 6), (60, 30, 20, 6), (33, 30, 12, 4), (30, 80, 20, 6), (30, 100, 20, 6)]
    objects = np.array([(x, y, length, width, 0, KIND["ship"]) for y, x, length, width in boxes], np.float32)
    tank = np.array([[100, 20, 8, 8, 0, KIND["tank"]]], np.float32)
    kinds, pixels = np.full((120, 120), KIND["sea"], np.uint8), np.full((120, 120), 40, np.uint8)
    kinds[:, 92:], pixels[:, 92:] = KIND["harbor"], 160
    paint_objects(kinds, np.concatenate([objects, tank]))
    pixels[np.isin(kinds, [KIND["ship"], KIND["tank"]])] = 200
    pixels[52:68, 10:50] = np.minimum(pixels[52:68, 10:50], 45)  # the second is as dim as the sea
    pixels[20:40, 90:] = np.minimum(pixels[20:40, 90:], 150)  # and the last no brighter than its quay
    pixels[24:36, 90:112] = np.where(kinds[24:36, 90:112] == KIND["ship"], 120, 160)
    found = told_apart(Picture(pixels, kinds, np.concatenate([objects, tank]), "simulated/1"))
    assert found.objects[:, :2].tolist() == [[30, 30], [80, 30], [100, 20]], "the third lies on the first"
    assert found.kinds[60, 30] == found.kinds[30, 100] == KIND["unknown"]
    assert found.kinds[30, 30] == KIND["ship"] and found.kinds[20, 100] == KIND["tank"]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_heat_of_a_ship_lies_on_its_pixels(seed: int) -> None:
    sample = drawn(seed)
    bright = sample.pixels[2::4, 2::4] > 120  # of the heat's cells
    assert sample.core.max() <= 1
    assert sample.core.sum() <= CORE_CELLS + 1e-4, "of one ship"
    assert np.array_equal(sample.core > 0, sample.heat == 1)
    assert bright[sample.heat > 0.75].all(), "the long axis of the bump is that of the ship"
    assert not sample.centers[..., [k for k in range(len(KINDS)) if k != KIND["ship"]]].any()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_kinds_lie_on_their_pixels(seed: int) -> None:
    sample = drawn(seed)
    ship = sample.cell_shares[..., KIND["ship"]]
    mean = sample.pixels.reshape(16, 8, 16, 8).mean((1, 3))
    assert (mean[ship == 1] > 200).all()
    assert (mean[sample.cell_shares[..., KIND["sea"]] == 1] < 70).all()
    assert np.allclose(sample.cell_shares.sum(-1), 1)
    invalid = (sample.pixels == 0).reshape(16, 8, 16, 8).mean((1, 3))
    assert np.allclose(sample.cell_shares[..., KIND["unknown"]], invalid)


@pytest.mark.parametrize("zoom", [0.7, 1.5])
def test_zooming_takes_the_sizes_of_objects_along(zoom: float) -> None:
    zooms = {"synthetic": (zoom, zoom)}
    sampler = Sampler({"synthetic": [one_ship()]}, {"synthetic": 1.0}, 128, PLAIN, zooms)
    *_, objects = sampler._crop(one_ship(), KIND["ship"], sampler.augment["synthetic"], np.random.default_rng(0))
    assert objects[0, 2:4].tolist() == pytest.approx([100 * zoom, 24 * zoom], rel=0.02)


def test_crops_find_the_ship_and_do_not_always() -> None:
    found = [drawn(seed).centers.sum() for seed in range(60)]
    assert 0.4 < np.mean(found) < 1


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_augmented_crops_keep_to_the_byte_picture(seed: int) -> None:
    sample = drawn(seed, Augment(blank=0.7, dropout=0.7))
    assert sample.pixels.shape == (128, 128)
    assert sample.pixels.dtype == np.uint8
    assert sample.heat.shape == sample.known.shape == (32, 32)
    assert sample.cell_kinds.shape == (16, 16)
    valid = sample.pixels[2::4, 2::4] != 0
    assert not (sample.known & ~valid).any(), "nodata is known nowhere"
    assert sample.centers.any() or (valid & ~sample.known).mean() < 0.3, "only of a hull cut off nothing is known"
    assert not sample.centers.any() or sample.known[valid].all()
    blank = (sample.pixels == 0).reshape(16, 8, 16, 8).all((1, 3))
    assert (sample.cell_kinds[blank] == KIND["unknown"]).all()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_square_that_is_left_alone_lies_on_the_lattice_of_windows(seed: int) -> None:
    left = _masked(np.ones((256, 256), bool), replace(PLAIN, alone=1.0), np.random.default_rng(seed))
    rows, cols = np.nonzero(left)
    side = np.ptp(rows) + 1
    assert side == np.ptp(cols) + 1
    assert side in ALONE_PX
    assert left.sum() == side**2
    assert (rows.min() % 32, cols.min() % 32) == (0, 0)


def test_a_square_without_a_valid_pixel_is_not_left_alone() -> None:
    valid = np.zeros((256, 256), bool)
    valid[0, 255] = True
    for seed in range(20):
        assert _masked(valid.copy(), replace(PLAIN, alone=1.0), np.random.default_rng(seed)).any()


def test_a_seed_gives_one_crop() -> None:
    one, other = drawn(7, Augment()), drawn(7, Augment())
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert not np.array_equal(one.pixels, drawn(8, Augment()).pixels)


@pytest.mark.parametrize("turn", range(8))
def test_turning_takes_the_objects_along(turn: int) -> None:
    size = 128
    ship = np.array([[40.0, 85.0, 50.0, 12.0, 0.4, KIND["ship"]]], np.float32)
    kinds = np.full((size, size), KIND["sea"], np.uint8)
    paint_objects(kinds, ship)
    _, turned, moved = _turn(kinds, kinds, ship, turn)
    again = np.full((size, size), KIND["sea"], np.uint8)
    paint_objects(again, moved)
    both, either = (again == turned) & (turned == KIND["ship"]), (again == 2) | (turned == KIND["ship"])
    assert KIND["ship"] == 2
    assert both.sum() / either.sum() > 0.75  # the ellipse is drawn half a pixel beside
    assert np.array_equal(ship[0], [40.0, 85.0, 50.0, np.float32(12), np.float32(0.4), 2]), "not in place"


def test_the_eight_turns_differ() -> None:
    picture = np.arange(16, dtype=np.uint8).reshape(4, 4)
    assert len({_turn(picture, picture, no_objects(), turn)[0].tobytes() for turn in range(8)}) == 8


@given(row=st.integers(-40, 40), col=st.integers(-60, 60), span=st.integers(1, 50))
def test_a_cut_is_that_of_the_padded_picture(row: int, col: int, span: int) -> None:
    plane = np.random.default_rng(0).integers(1, 255, (20, 33), dtype=np.uint8)
    padded = np.pad(plane, 200)
    expected = padded[200 + row : 200 + row + span, 200 + col : 200 + col + span]
    assert np.array_equal(_cut(plane, row, col, span), expected)


@given(span=st.integers(40, 200))
@settings(max_examples=20, deadline=None)
def test_zooming_keeps_places_and_validity(span: int) -> None:
    """An edge stays where it is, within a pixel; nodata stays nodata."""
    pixels = np.full((span, span), 20, np.uint8)
    pixels[:, span // 2 :] = 220
    pixels[: span // 4] = 0
    zoomed = _zoom(pixels, 96)
    assert np.array_equal(zoomed == 0, _nearest(pixels, 96) == 0)
    edge = np.argmax(zoomed[-10] > 120)
    assert abs(edge - (span // 2) * 96 / span) <= 1


def test_small_chips_are_laid_side_by_side() -> None:
    chip = Picture(
        np.full((30, 40), 9, np.uint8),
        np.full((30, 40), KIND["clutter"], np.uint8),
        np.array([[20, 15, 8, 4, 0, KIND["vehicle"]]], np.float32),
        "mstar/x",
    )
    mosaic = _mosaic([chip] * 9, 128)
    assert len(mosaic.objects) == 9
    assert (mosaic.pixels != 0).sum() == 9 * 30 * 40
    xs, ys = mosaic.objects[:, 0].astype(int), mosaic.objects[:, 1].astype(int)
    assert (mosaic.pixels[ys, xs] == 9).all()
    assert len(set(zip(xs, ys, strict=True))) == 9


def test_targets_of_an_object_on_nodata() -> None:
    pixels, kinds = np.full((64, 64), 50, np.uint8), np.full((64, 64), KIND["sea"], np.uint8)
    pixels[:32], kinds[:32] = 0, KIND["unknown"]
    objects = np.repeat(SHIP, 3, axis=0)
    objects[:, :2] = [(20, 10), (20, 50), (90, 50)]  # on nodata, seen, outside
    sample = targets(pixels, kinds, objects)
    assert sample.centers.sum() == 1
    assert sample.centers[50 // 8, 20 // 8, KIND["ship"]] == 1
    assert sample.heat[50 // 4, 20 // 4] == 1
    assert (sample.core > 0).any()
    assert sample.core.sum() <= CORE_CELLS + 1e-4, "of the one that is seen"
    assert not sample.known[:8].any()
    assert not sample.known[34 // 4, 62 // 4], "the end of a hull whose middle is outside"
    assert sample.known[50 // 4, 20 // 4]
    assert sample.known[8:, :4].all()
    outside = objects[2:].copy()
    assert not targets(pixels, kinds, outside).known[34 // 4, 62 // 4]
    outside[0, 5] = KIND["island"]
    assert targets(pixels, kinds, outside).known[34 // 4, 62 // 4], "what is no object is none when a crop cuts it off"
    assert sample.cell_kinds[50 // 8, 20 // 8] == KIND["ship"], "an object outweighs the sea around"


def test_every_core_holds_its_centre_and_only_a_point_outweighs_a_wrong_one() -> None:
    ships = np.repeat(SHIP, 3, axis=0)
    ships[:, :2] = [(43, 90), (100, 41), (20, 20)]
    ships[2, 2:4] = 3, 2  # smaller than a cell
    heat, core = core_heat(ships, 32)
    assert core.sum() == pytest.approx(2 * CORE_CELLS + CORE_LEAST), "two that are capped and a point"
    for x, y in ships[:, :2].astype(int) // 4:
        assert heat[y, x] == 1
        assert core[y, x] > 0
    assert core[20 // 4, 20 // 4] == CORE_LEAST, "a point has one cell"
    assert core[core != CORE_LEAST].max() <= 1
    assert (core[22] > 0).sum() > (core[:, 10] > 0).sum(), "the ship points along x"
    assert heat.min() >= 0
    assert ((heat < 1) == (core == 0)).all()


def test_what_nobody_counted_is_no_empty_sea() -> None:
    pixels, kinds = np.full((64, 64), 50, np.uint8), np.full((64, 64), KIND["sea"], np.uint8)
    kinds[:, 32:] = KIND["urban"]
    assert targets(pixels, kinds, no_objects()).known.all()
    known = targets(pixels, kinds, no_objects(), counted=False).known
    assert not known[:, :8].any(), "a ship may lie there"
    assert known[:, 8:].all(), "but not in a town"


def test_the_sampler_knows_which_sets_were_counted() -> None:
    for name, counted in (("ssdd", True), ("chips", False)):
        sampler = Sampler({name: [one_ship()]}, {name: 1.0}, 128, PLAIN)
        sample = sampler.draw(np.random.default_rng(3))
        assert sample.known[sample.pixels[2::4, 2::4] < 100].any() == counted


def test_as_bytes_keeps_zero_for_the_invalid() -> None:
    values = np.array([[-40.0, -20.0, -10.0], [0.0, np.nan, 99.0]], np.float32)
    valid = np.array([[True, True, True], [True, False, True]])
    assert as_bytes(values, valid, -20, 0).tolist() == [[1, 1, 128], [255, 0, 255]]


def test_a_picture_of_mismatched_parts_is_refused() -> None:
    pixels = np.ones((4, 6), np.uint8)
    with pytest.raises(ValueError, match="differ in shape"):
        Picture(pixels, pixels.T, no_objects(), "x")
    with pytest.raises(ValueError, match="objects"):
        Picture(pixels, pixels, np.zeros((2, 5), np.float32), "x")
    with pytest.raises(ValueError, match="not below"):
        Picture(pixels, np.full((4, 6), 99, np.uint8), no_objects(), "x")


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.2, 2.5])
def test_a_simulated_outline_becomes_axes(angle: float) -> None:
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    center = np.array([60.0, 30.0])
    signs = ((1, 1), (1, -1), (-1, -1), (-1, 1))
    corners = np.stack([center + 20 * s * along + 5 * t * across for s, t in signs])
    ship = SimObject("ship", corners, (60.0, 30.0), 400.0, 100.0)
    kinds = np.full((64, 128), KIND["sea"], np.uint8)
    scene = SimulatedScene(np.ones((64, 128), np.float32), kinds, (ship,), 10.0, "open_sea", 0)
    x, y, length, width, found, kind = as_picture(scene, np.ones((64, 128), np.uint8)).objects[0]
    assert (x, y, kind) == (60, 30, KIND["ship"])
    assert (length, width) == pytest.approx((40, 10), abs=1e-3)
    assert abs(np.sin(found - angle)) < 1e-4


def test_the_ellipse_of_a_ship_at_the_edge() -> None:
    rows, cols, mask = ellipse_mask((40, 60), np.array([0, 39, 30, 10, 0], np.float32))
    assert mask.shape == (rows.stop - rows.start, cols.stop - cols.start)
    assert mask.any()


@pytest.mark.parametrize("name", CHIP_LABELS)
def test_chip_letters_fill_eight_rows_of_eight(name: str) -> None:
    rows = CHIP_LABELS[name].split()
    assert [len(row) for row in rows] == [8] * 8
    assert set("".join(rows)) <= set(LETTERS)


@pytest.mark.parametrize(
    ("table", "count"), [(picture_labels.HRSID_CELLS, 8), (picture_labels.SSDD_CELLS, 4)], ids=["hrsid", "ssdd"]
)
def test_picture_letters_fill_square_grids(table: dict[str, str], count: int) -> None:
    for name, letters in table.items():
        rows = letters.split()
        assert letters == "H" or [len(row) for row in rows] == [count] * count, name
        assert set("".join(rows)) <= set(picture_labels.LETTERS), name


def test_a_picture_is_labelled_once() -> None:
    pieces = [f"{scene} {place}" for scene, line in picture_labels.HRSID_SEA.items() for place in line.split()]
    assert len(set(pieces)) == len(pieces)
    assert not set(pieces) & set(picture_labels.HRSID_CELLS)
    assert set(picture_labels.HRSID_HARBORS) <= set(picture_labels.HRSID_CELLS)


@pytest.mark.parametrize("name", picture_labels.HRSID_HARBORS)
def test_outlines_of_harbors_lie_in_their_picture(name: str) -> None:
    for outline in picture_labels.HRSID_HARBORS[name]:
        corners = [[int(value) for value in corner.split(",")] for corner in outline.split()]
        assert len(corners) >= 3
        assert np.array(corners).shape == (len(corners), 2)
        assert 0 <= np.min(corners) <= np.max(corners) <= 800


@given(height=st.integers(4, 90), width=st.integers(4, 90))
def test_cells_divide_a_picture_evenly(height: int, width: int) -> None:
    kinds = picture_labels.kinds_of_cells("HSSS SSSS SSSS SSSU", (height, width))
    assert kinds.shape == (height, width)
    top, left = -(-height // 4), -(-width // 4)
    assert (kinds[:top, :left] == KIND["harbor"]).all()
    assert (kinds == KIND["harbor"]).sum() == top * left
    assert kinds[-1, -1] == KIND["urban"]


def test_picture_labels_name_pictures_that_exist(data_dir: Path) -> None:
    stems = {path.stem for path in (data_dir / "hrsid/images").iterdir()}
    labelled = {stem for stem in stems if picture_labels.hrsid_letters(stem)}
    places = sum(len(line.split()) for line in picture_labels.HRSID_SEA.values())
    assert len(labelled) == places + len(picture_labels.HRSID_CELLS)
    ssdd = {path.stem for path in (data_dir / "ssdd/images").iterdir()}
    assert set(picture_labels.SSDD_CELLS) | picture_labels.SSDD_WRONG_MASKS <= ssdd


def test_letters_reach_the_pixels_and_ships_stay_on_top(data_dir: Path) -> None:
    picture = next(p for p in real.hrsid(data_dir, {"P0087"}) if p.name.endswith("P0087_1200_2000_2400_3200"))
    assert picture.kinds[450, 450] == KIND["harbor"], "a container terminal in the middle"
    assert picture.kinds[350, 300] == KIND["harbor"], "the quay, by its outline"
    assert picture.kinds[750, 50] == KIND["sea"]
    assert (picture.kinds == KIND["ship"]).any()
    port = next(real.ssdd(data_dir, {"000392"}))
    assert port.kinds[port.kinds.shape[0] * 5 // 8, 20] == KIND["harbor"]
    assert (port.kinds == KIND["sea"]).any()
    assert (port.kinds == KIND["ship"]).any()
    doubtful = next(real.ssdd(data_dir, {"000236"}))
    assert not (doubtful.kinds == KIND["sea"]).any()


def test_labelled_sea_is_darker_than_labelled_harbor_and_town(data_dir: Path) -> None:
    """Grids read with rows and columns swapped would fail."""
    bright = [KIND["harbor"], KIND["urban"]]
    gains = [
        float(p.pixels[np.isin(p.kinds, bright)].mean()) - float(p.pixels[p.kinds == KIND["sea"]].mean())
        for p in real.hrsid(data_dir, {"P0019", "P0085", "P0087", "P0103", "P0126"})
        if np.isin(p.kinds, bright).any() and (p.kinds == KIND["sea"]).any()
    ]
    assert len(gains) >= 6
    assert min(gains) > 0
    assert np.median(gains) > 30


def chip_corners(data_dir: Path) -> dict[str, NDArray[np.float64]]:
    index = json.loads((data_dir / "sentinel1" / "chips" / "index.json").read_text())
    return {Path(entry["file"]).stem: np.array(entry["corners_epsg3395"]) for entry in index}


def test_no_chip_shows_los_angeles(data_dir: Path) -> None:
    """What is left of every chip lies outside the test scene; only the three that overlap it are cut."""
    west, south, east, north = real.LOS_ANGELES_BOUNDS
    corners = chip_corners(data_dir)
    cut = []
    for picture in real.chips(data_dir):
        x, y = corners[picture.name.removeprefix("chips/")].T
        metres = (x.max() - x.min()) / 1024
        left = x.max() - picture.pixels.shape[1] * metres  # the western columns are those dropped
        across, down = min(x.max(), east) - max(left, west), min(y.max(), north) - max(y.min(), south)
        assert min(across, down) < 1, f"{picture.name} shows a metre of it"
        assert picture.pixels.shape[0] == 1024
        if picture.pixels.shape[1] < 1024:
            cut.append(picture.name)
            assert left - east < metres, "not a column more than needed"
        assert picture.kinds.shape == picture.pixels.shape
    assert len(cut) == 3


def test_polarimetric_scenes_have_both_bands(data_dir: Path) -> None:
    pictures = [*real.floods(data_dir), *real.landcover(data_dir)]
    names = [picture.name for picture in pictures]
    assert len(set(names)) == len(names) >= 2 * 6
    for picture in pictures:
        valid = picture.pixels != 0
        assert valid.mean() > 0.2
        assert 60 < picture.pixels[valid].mean() < 220, "a stretch of dB, not of power"
    flooded = [p for p in pictures if (p.kinds == KIND["flood"]).mean() > 0.02]
    for picture in flooded:
        land = picture.pixels[(picture.kinds == KIND["land"]) & (picture.pixels != 0)].mean()
        assert picture.pixels[picture.kinds == KIND["flood"]].mean() < land - 50, "water is darker than land"


def test_ships_of_ssdd_are_brighter_than_their_surroundings(data_dir: Path) -> None:
    """Boxes read with x and y swapped would fail."""
    names = {f"{number:06d}" for number in range(2, 60)}
    pictures = list(real.ssdd(data_dir, names))
    assert len(pictures) > 20
    assert any(picture.pixels.shape[0] != picture.pixels.shape[1] for picture in pictures)
    gain = [
        p.pixels[p.kinds == KIND["ship"]].mean() - p.pixels[p.kinds == KIND["sea"]].mean()
        for p in pictures
        if (p.kinds == KIND["sea"]).mean() > 0.5 and len(p.objects)
    ]
    assert min(gain) > 0
    assert np.median(gain) > 40


def test_no_mstar_chip_tells_its_class_by_its_size(tmp_path: Path) -> None:
    """Chips of any size come out alike: one shape, no frame, the same box, the middle in the middle."""
    for number, (height, width) in enumerate(((128, 128), (173, 172), (193, 192))):
        pixels = np.full((height, width), 40 + number, np.uint8)
        pixels[height // 2 - 3 : height // 2 + 3, width // 2 - 3 : width // 2 + 3] = 250
        folder = tmp_path / f"mstar/type{number}"
        folder.mkdir(parents=True)
        Image.fromarray(pixels).save(folder / "HB00001.jpeg", quality=100)
    found = list(real.mstar(tmp_path))
    assert {picture.pixels.shape for picture in found} == {(real.MSTAR_PX, real.MSTAR_PX)}
    assert len({picture.objects.tobytes() for picture in found}) == 1
    assert len({picture.kinds.tobytes() for picture in found}) == 1
    for picture in found:
        assert picture.pixels.min() > 30, "no frame of nodata"
        ys, xs = np.nonzero(picture.pixels > 150)
        assert (ys.mean() + 0.5, xs.mean() + 0.5) == pytest.approx((48, 48), abs=1)


def test_upright_boxes_lie_along_their_long_side(tmp_path: Path) -> None:
    """What a YOLO line and a VOC file say, as objects whose length is the longer side."""
    for folder in ("images", "labels"):
        (tmp_path / "hrsid" / folder).mkdir(parents=True)
    Image.fromarray(np.full((100, 200), 9, np.uint8)).save(tmp_path / "hrsid/images/P0001_0_800_0_800.png")
    (tmp_path / "hrsid/labels/P0001_0_800_0_800.txt").write_text("0 0.5 0.5 0.05 0.4\n0 0.25 0.5 0.2 0.1\n")
    (found,) = real.hrsid(tmp_path)
    tall, wide = found.objects
    assert tall[:4].tolist() == pytest.approx([100, 50, 40, 10])
    assert wide[:4].tolist() == pytest.approx([50, 50, 40, 10])
    assert abs(np.sin(tall[4])) == pytest.approx(1)
    assert abs(np.sin(wide[4])) == pytest.approx(0, abs=1e-6)
    assert found.kinds[65, 100] == found.kinds[50, 65] == KIND["ship"]


@given(angle=st.floats(-1.5, 1.5), length=st.floats(25, 90))
@settings(max_examples=60, deadline=None)
def test_an_upright_box_is_turned_along_the_hull_in_it(angle: float, length: float) -> None:
    """As HRSID draws them: of a slender hull only the box around it is known, and its brightness."""
    slender = real.HULL_SLENDERNESS
    hull = np.array([[100, 90, length, slender * length, angle, KIND["ship"]]], np.float32)
    cos, sin = abs(np.cos(angle)), abs(np.sin(angle))
    across, down = length * (cos + slender * sin), length * (sin + slender * cos)
    upright = (across, down, 0.0) if across >= down else (down, across, np.pi / 2)
    kinds = np.zeros((200, 200), np.uint8)
    rows, cols, mask = ellipse_mask(kinds.shape, hull[0])
    pixels = np.full((200, 200), 30, np.uint8)
    pixels[rows, cols][mask] = 220
    boxed = np.array([[100, 90, *upright, KIND["ship"]]], np.float32)
    (turned,) = real.along_hulls(Picture(pixels, kinds, boxed, "hrsid/P9999_0_800_0_800")).objects
    assert turned[2:4].tolist() == pytest.approx([length, slender * length], rel=0.02)
    off = abs((turned[4] - angle + np.pi / 2) % np.pi - np.pi / 2)
    assert off < 0.02 or min(cos, sin) * length < 4, "all but upright: either diagonal will do"


@given(
    length=st.floats(4, 80),
    share=st.floats(0.1, 0.95),
    angle=st.floats(-3, 3),
    x=st.floats(-50, 50),
    y=st.floats(0, 90),
)
def test_the_rectangle_around_a_rotated_box_is_that_box(
    length: float, share: float, angle: float, x: float, y: float
) -> None:
    outline = rotated_box("ship", x, y, length, share * length, angle).outline
    long, short, turned = enclosing_rectangle(outline)
    assert (long, short) == pytest.approx((length, share * length), rel=1e-3, abs=1e-3)
    assert abs(np.sin(turned - angle)) < 0.02


@pytest.mark.parametrize("reader", [real.ssdd, real.hrsid])
def test_boxes_lie_on_their_ships(reader: Callable[[Path], Iterator[Picture]], data_dir: Path) -> None:
    """Brightest where the boxes are: as SSDD is published, its ships lie .7 px right of and below them."""
    pictures = list(islice(reader(data_dir), 0, 300, 3))

    def brightness(shift_px: float) -> float:
        inside = []
        for picture in pictures:
            for ship in picture.objects[(picture.objects[:, 2] > 12) & (picture.objects[:, 2] < 60)]:
                moved = ship.copy()
                moved[:2] += shift_px
                rows, cols, mask = ellipse_mask(picture.pixels.shape, moved)
                inside.append(picture.pixels[rows, cols][mask].mean())
        return float(np.mean(inside))

    here = brightness(0)
    assert here > brightness(-0.7)
    assert here > brightness(0.7)
