"""The demo scene: a harbour on a coast that does not exist, with its truth beside it.

    python -m training.simulate.demo [FOLDER]

It lies on open ocean in UTM zone 31, so that nobody takes it for a real place.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.transform import Affine, from_origin

from training.simulate import built, layout, objects, ships
from training.simulate.canvas import Canvas
from training.simulate.layout import Frame, PortPlan
from training.simulate.noise import fractal
from training.simulate.scene import finish
from training.simulate.sensor import Sensor
from training.simulate.truth import KINDS, SimObject, SimulatedScene

VERSION = 1  # of the generator; raise it when the pixels change
SEED = 20261121
SHAPE = (1400, 1800)
GSD_M = 10.0
CRS = "EPSG:32631"
UPPER_LEFT_M = (491_000.0, 228_000.0)  # Gulf of Guinea, hundreds of kilometres from land
DN_PER_AMPLITUDE = 600.0  # open sea near 25, a town near 120
DEFAULT_FOLDER = Path(__file__).parents[2] / "resources" / "demo"

PORT = PortPlan(
    start_s=-3300,
    end_s=3300,
    depth=1000,
    piers=(
        (-2700, 340, 850, True),
        (-1900, 260, -700, False),
        (-1150, 300, 700, True),
        (-350, 380, 1000, True),
        (480, 240, 520, False),
        (1250, 320, -800, True),
        (2000, 300, 620, False),
        (2750, 360, 780, True),
    ),
    breakwater_t=1900,
    yards=("sheds", "containers", "containers", "sheds", "tanks"),
)


def simulate_demo(seed: int = SEED) -> SimulatedScene:
    """The demo scene; the same seed gives the same scene."""
    rng = np.random.default_rng(seed)
    sensor = Sensor("VH", 37.0, 5.0, (1.9, 2.1), 0.75, -27.0, -38.0, -33.0, (2, 460))
    canvas = Canvas(*SHAPE, GSD_M, sensor, rng)
    frame = Frame((300.0, 300.0), np.pi + 0.14)
    land, _, _ = layout.coast(canvas, frame, 260.0)
    _country(canvas, land)
    layout.paint(canvas, ~land, "sea")
    layout.lit_shore(canvas, ~land, 1.0)
    layout.port(canvas, frame, PORT, 0.16)
    _refinery(canvas, frame)
    for x, y, diameter_m in ((1490.0, 1130.0, 160.0), (1560.0, 1190.0, 120.0), (240.0, 1210.0, 190.0)):
        objects.island(canvas, (x, y), diameter_m)
    ships.ships_at_sea(canvas, 26, 600.0, underway=0.3)
    return finish(canvas, "demo", seed)


def _country(canvas: Canvas, land: NDArray[np.bool_]) -> None:
    """Mountains in the north-west, a town behind the port, fields and woods around it."""
    everywhere = canvas.everything()
    x, y = canvas.metres(everywhere)
    wander = 500 * fractal(canvas.rng, canvas.shape, 250, 2.4)
    layout.settle(canvas, land, {"fields": 0.75, "forest": 0.25}, 2200.0)
    layout.paint(canvas, land & (x + 0.7 * y + wander < -6800), "mountains")
    for cx, cy, radius in ((600, -2100, 3300), (-5900, -700, 900), (6600, -2600, 1000), (6300, 400, 700)):
        town = land & (np.hypot(x - cx, 1.2 * (y - cy)) + 0.6 * wander < radius)
        region = canvas.region(town)
        if region is not None:
            built.built_up(canvas, region, "urban")
    layout.paint(canvas, land & (np.hypot(x - 3600, y + 1500) + 0.3 * wander < 800), "industry")


def _refinery(canvas: Canvas, frame: Frame) -> None:
    """A tank farm on levelled ground west of the port."""
    s, t = frame.axes(canvas, canvas.everything())
    region = canvas.region((np.abs(s - 4100) < 420) & (np.abs(t + 900) < 420) & ~canvas.is_kind("sea"))
    if region is not None:
        built.paved(canvas, region, "industry")
        canvas.power[region.window][region.mask] *= 0.25
        objects.tank_farm(canvas, region, frame.angle, most_m=800.0)


def digital_numbers(scene: SimulatedScene) -> NDArray[np.uint16]:
    """Amplitude as the uint16 of a detected product; 0 is kept for nodata."""
    numbers: NDArray[np.uint16] = np.clip(np.rint(scene.amplitude * DN_PER_AMPLITUDE), 1, 65535).astype(
        np.uint16
    )
    return numbers


def write_scene(scene: SimulatedScene, path: Path) -> None:
    """Write a tiled, deflated GeoTIFF."""
    height, width = scene.amplitude.shape
    profile = {
        "driver": "GTiff",
        "dtype": "uint16",
        "count": 1,
        "height": height,
        "width": width,
        "nodata": 0,
        "crs": CRS,
        "transform": _transform(),
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "zlevel": 9,
        "predictor": 2,
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(digital_numbers(scene), 1)
        target.set_band_description(1, "VH")
        target.update_tags(
            DESCRIPTION="Simulated SAR scene of a fictive harbour, uint16 amplitude, 10 m",
            SEED=str(scene.seed),
            GENERATOR_VERSION=str(VERSION),
        )


def describe(scene: SimulatedScene) -> dict[str, object]:
    """The truth as plain data: objects with pixel and ground positions, counts, shares of ground."""
    ships_by_situation = Counter(o.attributes["situation"] for o in scene.objects if o.kind == "ship")
    shares = np.bincount(scene.kinds.ravel(), minlength=len(KINDS)) / scene.kinds.size
    return {
        "generator_version": VERSION,
        "seed": scene.seed,
        "gsd_m": scene.gsd_m,
        "shape": list(scene.amplitude.shape),
        "crs": CRS,
        "counts": dict(sorted(Counter(o.kind for o in scene.objects).items())),
        "ships_by_situation": dict(sorted(ships_by_situation.items())),
        "ground_share": {kind: round(float(s), 5) for kind, s in zip(KINDS, shares, strict=True) if s > 0},
        "objects": [_describe_object(item) for item in scene.objects],
    }


def _describe_object(item: SimObject) -> dict[str, object]:
    x, y = (UPPER_LEFT_M[0] + item.center_xy[0] * GSD_M, UPPER_LEFT_M[1] - item.center_xy[1] * GSD_M)
    return {
        "kind": item.kind,
        "col": round(item.center_xy[0], 2),
        "row": round(item.center_xy[1], 2),
        "x": round(x, 1),
        "y": round(y, 1),
        "length_m": round(item.length_m, 1),
        "width_m": round(item.width_m, 1),
        "outline_px": [[round(float(a), 2), round(float(b), 2)] for a, b in item.outline],
        **item.attributes,
    }


def _transform() -> Affine:
    return from_origin(*UPPER_LEFT_M, GSD_M, GSD_M)


def write_truth(scene: SimulatedScene, path: Path) -> None:
    """Write the truth, one object a line."""
    truth = describe(scene)
    items = truth.pop("objects")
    head = json.dumps(truth, indent=1)[:-2]
    lines = ",\n  ".join(json.dumps(item) for item in items)  # type: ignore[attr-defined]
    path.write_text(f'{head},\n "objects": [\n  {lines}\n ]\n}}\n', encoding="utf-8")


def main() -> None:
    """Write harbor.tif and truth.json."""
    parser = argparse.ArgumentParser(description="Write the demo scene and its truth.")
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    scene = simulate_demo()
    write_scene(scene, folder / "harbor.tif")
    write_truth(scene, folder / "truth.json")


if __name__ == "__main__":
    main()
