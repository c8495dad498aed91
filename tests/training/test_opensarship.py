"""Hulls of OpenSARShip are what was drawn, whatever is bright beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from training.concepts import KIND
from training.sources.opensarship import opensarship, ship_of

ENTRY = """<ship><SARShipInformation><Head_x>{head[0]}</Head_x><Head_y>{head[1]}</Head_y><Tail_x>{tail[0]}</Tail_x>
<Tail_y>{tail[1]}</Tail_y><Center_x>1000</Center_x><Center_y>2000</Center_y></SARShipInformation>
<AISShipInformation><Length>{length}</Length><Width>{width}</Width></AISShipInformation></ship>"""


def write(root: Path, band: np.ndarray, length: float = 200, width: float = 32) -> None:
    folder = root / "opensarship/product_1/Patch_Cal"
    folder.mkdir(parents=True)
    tifffile.imwrite(folder / "Cargo_x1000_y2000.tif", band)
    # as published, the list is closed wrongly
    entry = ENTRY.format(head=(1006, 2008), tail=(994, 1992), length=length, width=width)
    (folder.parent / "Ship.xml").write_text(f"<ShipList>{entry}<\\ShipList>")


def beside_a_terminal() -> np.ndarray:
    band = np.full((2, 81, 81), 0.01, np.float32)
    band[:, :, 50:] = 1.0
    return band


def test_a_ship_beside_a_terminal_is_the_ship(tmp_path: Path) -> None:
    write(tmp_path, beside_a_terminal())
    both = list(opensarship(tmp_path))
    assert [picture.name[-1] for picture in both] == ["0", "1"]
    x, y, length, width, angle, kind = both[0].objects[0]
    assert (x, y, length, kind) == (41, 41, 21, KIND["ship"])
    assert width == pytest.approx(3.2)
    assert np.tan(angle) == pytest.approx(16 / 12)
    assert (both[0].kinds[:, 52:] == KIND["unknown"]).all(), "of a terminal nothing is told"
    assert (both[0].kinds[:20, :40] == KIND["sea"]).all()


def test_a_patch_that_the_list_lacks_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, beside_a_terminal())
    known = tmp_path / "opensarship/product_1/Patch_Cal/Cargo_x1000_y2000.tif"
    (known.parent / "Cargo_x1_y2.tif").write_bytes(known.read_bytes())
    assert {picture.name.split("/")[2] for picture in opensarship(tmp_path)} == {"Cargo_x1000_y2000"}


def test_a_ship_that_told_no_size_is_slender(tmp_path: Path) -> None:
    write(tmp_path, beside_a_terminal(), length=0, width=0)
    assert next(opensarship(tmp_path)).objects[0, 3] == pytest.approx(21 / 6)


@pytest.mark.slow
def test_hulls_lie_on_what_is_bright(data_dir: Path) -> None:
    """Moved by a tenth of the patch either way, they are darker: in nearly every patch."""
    better = []
    for picture in opensarship(data_dir):
        on_ship = picture.kinds == KIND["ship"]
        step = max(3, picture.pixels.shape[0] // 10)
        moved = [np.roll(on_ship, by, axis) for axis in (0, 1) for by in (-step, step)]
        here, away = picture.pixels[on_ship].mean(), [picture.pixels[mask].mean() for mask in moved]
        better.append(here > max(away))
    assert len(better) == 344
    assert np.mean(better) > 0.95


def test_a_patch_is_known_by_where_it_is(data_dir: Path) -> None:
    ship = ship_of(data_dir, "opensarship/product_1/Cargo_x4674_y3400/0")
    assert (ship.length_m, ship.width_m, ship.alone) == (208, 29, True)
    assert (ship.head, ship.tail) == ((10, -1), (-10, 4))
