"""The Los Angeles scene, the test of the whole product: nothing is fitted on it.

What is where in it was written down by eye (`tests/product/los_angeles_truth.py`). It was looked at between trainings,
and what was seen decided what to try and once a share (docs/model.md), so its figures are not blind.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.model.sarclip import SarClip
from engine.raster import open_scene
from engine.scan import StoredEmbedding, encode
from engine.tasks.counting import count
from engine.tasks.labels import label
from tests.product.los_angeles_truth import BREAKWATER, CLEAR_SHIPS, OIL_ISLANDS, OPEN_WATER, TILES
from training.evaluation import targets
from training.evaluation.bench import CAREFUL, Bench
from training.evaluation.page import number, table

SCENE = "sentinel1/los_angeles_s1_vh.tif"
TILE_PX = 128  # of the truth, whatever tile a model has
REACH_PX = 20.0  # a point this near to the middle of a ship is on it
BREAKWATER_PX = 6.0
Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class SceneScore:
    """One contestant on the scene.

    Attributes:
        ships_found: Of the clear ships at anchor.
        ships_twice: Of them with two points or more.
        islands_taken: Islands with a point.
        breakwater_points: Points on the breakwater.
        open_water_false: Points on open water that are no ship.
        points: In the whole scene.
        tiles: Share right of the tiles labelled by eye, by label.
        tiles_right: Share right of all of them.
    """

    ships_found: int
    ships_twice: int
    islands_taken: int
    breakwater_points: int
    open_water_false: int
    points: int
    tiles: dict[str, float]
    tiles_right: float


@dataclass(frozen=True, slots=True)
class LosAngelesResult:
    """All contestants."""

    ships: int
    islands: int
    scores: dict[str, SceneScore]


class LosAngeles:
    """See the module's docstring and `Measure`."""

    name = "los_angeles"
    title = "The Los Angeles scene"

    def run(self, bench: Bench) -> LosAngelesResult | None:
        """See `Measure`."""
        path = bench.data / SCENE
        if not path.is_file():
            return None
        scores = {contestant.name: score(contestant.model, path) for contestant in bench.contestants}
        first = bench.contestants[0]
        scores[first.name + CAREFUL] = score(first.model, path, careful=True)
        return LosAngelesResult(len(CLEAR_SHIPS), len(OIL_ISLANDS), scores)

    def headlines(self, result: LosAngelesResult) -> dict[str, float]:
        """See `Measure`."""
        found = next(iter(result.scores.values()))
        return {
            targets.SHIPS_MISSED: result.ships - found.ships_found,
            targets.ISLANDS_TAKEN: found.islands_taken,
            targets.OPEN_WATER_FALSE: found.open_water_false,
        }

    def page(self, result: LosAngelesResult, folder: Path) -> str:
        """See `Measure`."""
        header = ["who", f"of {result.ships} clear ships", "twice", f"of {result.islands} islands", "on breakwater"]
        rows = [
            [who, *map(str, (s.ships_found, s.ships_twice, s.islands_taken, s.breakwater_points, s.open_water_false)),
             str(s.points), number(s.tiles_right, 2)]
            for who, s in result.scores.items()
        ]  # fmt: skip
        tiles = "; ".join(
            f"{who}: " + ", ".join(f"{name} {number(share, 2)}" for name, share in s.tiles.items())
            for who, s in result.scores.items()
        )
        return "\n\n".join(
            (
                "Prompt “ship” at the preset threshold; tiles of 128 px labelled by eye. Nothing was fitted on the "
                "scene, but it was looked at between trainings, and that no island is taken decided once.",
                table([*header, "false on open water", "points in all", "tiles right"], rows),
                f"Tiles right by label. {tiles}.",
            )
        )


def score(model: SarClip, path: Path, *, careful: bool = False) -> SceneScore:
    """Encode the scene as the product does, with care or without, and compare with the truth."""
    with tempfile.TemporaryDirectory() as cache:
        embedding = encode(open_scene(path), model, tile_px=TILE_PX, cache=Path(cache), careful=careful)
        points = count(embedding, ["ship"])[0].xy[:, ::-1]  # row, column
        right = _tiles(embedding)
    on_ship = np.array([_near(points, ship).sum() for ship in CLEAR_SHIPS])
    is_ship = np.array([any(_near(point[None], ship)[0] for ship in CLEAR_SHIPS) for point in points], bool)
    row, col, row_stop, col_stop = OPEN_WATER
    inside = (points >= (row, col)).all(1) & (points < (row_stop, col_stop)).all(1)
    every = [hit for hits in right.values() for hit in hits]
    return SceneScore(
        ships_found=int((on_ship > 0).sum()),
        ships_twice=int((on_ship > 1).sum()),
        islands_taken=sum(bool(_near(points, island).any()) for island in OIL_ISLANDS),
        breakwater_points=sum(int((_distance(points, *ends) <= BREAKWATER_PX).sum()) for ends in BREAKWATER),
        open_water_false=int((inside & ~is_ship).sum()) if len(points) else 0,
        points=len(points),
        tiles={name: float(np.mean(hits)) for name, hits in right.items()},
        tiles_right=float(np.mean(every)),
    )


def _tiles(embedding: StoredEmbedding) -> dict[str, list[bool]]:
    """Whether each tile labelled by eye gets its label, the labels competing."""
    found = label(embedding, list(TILES))
    places = zip(found.rows.tolist(), found.cols.tolist(), strict=True)
    said = {place: found.prompts[best] for place, best in zip(places, found.best, strict=True)}
    return {name: [said.get(place) == name for place in known] for name, known in TILES.items()}


def _near(points: Floats, place: tuple[int, int]) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = np.linalg.norm(points - np.array(place, float), axis=1) <= REACH_PX
    return near


def _distance(points: Floats, start: tuple[int, int], stop: tuple[int, int]) -> Floats:
    """Distance in pixels of points (n, 2) from a segment."""
    a, b = np.array(start, float), np.array(stop, float)
    along = np.clip(((points - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
    found: Floats = np.linalg.norm(points - (a + along[:, None] * (b - a)), axis=1)
    return found
