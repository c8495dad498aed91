"""Labels of tiles against what is known of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.model.sarclip import SarClip
from training.concepts import KIND, KINDS
from training.simulate import simulate_scene
from training.sources.picture import Picture
from training.sources.simulated import as_picture, stretched

Floats = NDArray[np.float32]

TILE_PX = 128
# prompt, kind, and the share of a tile from which the tile is called so
ASKED = (
    ("open sea", "sea", 0.98),
    ("harbor", "harbor", 0.2),
    ("urban area", "urban", 0.7),
    ("mountains", "mountains", 0.7),
)
HARBOR = 1  # a tile with quays is a harbour, whatever else it shows
SIMULATED = ("harbor", "coast", "town", "mountains", "mixed", "harbor", "harbor", "mountains")
_FIRST_SEED = 900_000  # beyond the seeds of the training bank


class KnownTiles(NamedTuple):
    """Tiles that can be called one thing only."""

    vectors: Floats  # (n, D) unit vectors
    asked: NDArray[np.intp]  # (n,) index into ASKED


def simulated_validation() -> list[Picture]:
    """Scenes at 10 m that no training saw, stretched as the product does."""
    made = [simulate_scene(recipe, 512, 512, 10.0, _FIRST_SEED + number) for number, recipe in enumerate(SIMULATED)]
    return [as_picture(scene, stretched(scene.amplitude)) for scene in made]


def tile_vectors(model: SarClip, pixels: NDArray[np.uint8]) -> Floats:
    """Vectors (rows, cols, D) of the whole tiles of a picture."""
    height, width = (side // TILE_PX * TILE_PX for side in pixels.shape)
    framed = np.pad(pixels[:height, :width], model.spec.margin_px)
    found: Floats = model.encode_windows(framed[None], tile_px=TILE_PX).tiles[0]
    return found


def known_tiles(model: SarClip, pictures: Iterable[Picture]) -> KnownTiles:
    """Tiles of pictures that are sea, harbour, town or mountains beyond doubt."""
    vectors, asked = [], []
    for picture in pictures:
        of_picture = tile_vectors(model, picture.pixels)
        for row, col in np.ndindex(*of_picture.shape[:2]):
            kinds = picture.kinds[row * TILE_PX : (row + 1) * TILE_PX, col * TILE_PX : (col + 1) * TILE_PX]
            share = np.bincount(kinds.ravel(), minlength=len(KINDS)) / kinds.size
            fits = [index for index, (_, kind, least) in enumerate(ASKED) if share[KIND[kind]] > least]
            if fits:
                vectors.append(of_picture[row, col])
                asked.append(HARBOR if HARBOR in fits else fits[0])
    return KnownTiles(np.stack(vectors), np.array(asked))


def balanced_accuracy(model: SarClip, tiles: KnownTiles) -> tuple[float, dict[str, float]]:
    """Mean over prompts of the share of their tiles that are called so; and each share."""
    texts = model.encode_text([prompt for prompt, _, _ in ASKED])
    best = (tiles.vectors @ texts.T).argmax(1)
    shares = {
        prompt: float((best[tiles.asked == index] == index).mean()) for index, (prompt, _, _) in enumerate(ASKED)
    }
    return float(np.mean(list(shares.values()))), shares
