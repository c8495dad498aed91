"""Ground that two pieces of one scene share, and how much of the validation part it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from training.overlaps import EVERY, LEAST_CORRELATION, _correlation, find_seen, write_seen
from training.sources import Picture
from training.sources.picture import no_objects
from training.sources.real import ssdd
from training.splits import Seen, is_training, is_validation, seen_ground


def scene(seed: int) -> NDArray[np.uint8]:
    """Speckled ground with structure of all sizes."""
    rng = np.random.default_rng(seed)
    ground = sum(ndimage.gaussian_filter(rng.normal(size=(500, 700)), size) * size for size in (3, 10, 30))
    speckled = np.exp(ground) * rng.gamma(4, 0.25, ground.shape)
    return np.clip(60 * speckled / np.median(speckled), 1, 255).astype(np.uint8)


def piece(of: NDArray[np.uint8], row: int, col: int, name: str) -> Picture:
    pixels = of[row : row + 300, col : col + 400].copy()
    return Picture(pixels, np.zeros_like(pixels), no_objects(), f"ssdd/{name}")


def test_a_shifted_piece_of_the_same_scene_is_found_to_the_pixel(tmp_path: Path) -> None:
    here, there = scene(1), scene(2)
    pictures = [
        piece(here, 100, 50, "000005"),
        piece(here, 163, 222, "000006"),
        piece(here, 0, 100, "000007"),
        piece(there, 0, 0, "000008"),
    ]
    found = find_seen(pictures)
    assert found == [
        Seen("ssdd/000005", "ssdd/000006", 63, 172, 300, 400),
        Seen("ssdd/000007", "ssdd/000006", 163, 122, 300, 400),
    ], "of two that validate nothing is said, nor of another scene"
    assert found[0].holds(172, 63) and not found[0].holds(171.9, 63) and not found[0].holds(172, 62)
    write_seen(found, tmp_path / "seen.csv")
    assert (tmp_path / "seen.csv").read_text().splitlines() == [
        "name,shown_by,row,col,rows,cols",
        "ssdd/000005,ssdd/000006,63,172,300,400",
        "ssdd/000007,ssdd/000006,163,122,300,400",
    ]


def test_what_is_listed_is_of_both_parts() -> None:
    listed = [seen for places in seen_ground().values() for seen in places]
    assert listed
    assert all(is_validation(seen.name) and is_training(seen.shown_by, repeats=True) for seen in listed)


@pytest.mark.slow
def test_what_is_listed_is_the_same_ground(data_dir: Path) -> None:
    listed = [seen for places in seen_ground().values() for seen in places][::20]
    names = {name.split("/")[1] for seen in listed for name in seen[:2]}
    pictures = {picture.name: picture.pixels.astype(np.float32) for picture in ssdd(data_dir, names)}
    for seen in listed:
        mine, its = pictures[seen.name], pictures[seen.shown_by]
        assert its.shape == (seen.rows, seen.cols)
        assert _correlation(mine, its, (seen.row, seen.col), EVERY) >= LEAST_CORRELATION, seen
