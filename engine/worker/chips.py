"""Tiles as the model sees them, as pictures: the quickest check that scale and band are right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import InputError, OutputError
from engine.raster import Scene, Stretch, Window, grid, read_window

_LOOKED_AT = 4  # tiles that are read for each one that is shown; the fullest is


def write_chips(scene: Scene, stretch: Stretch, folder: Path, count: int, tile_px: int) -> list[Path]:
    """Write tiles spread over a scene as grey PNG files.

    Args:
        scene: To look at.
        stretch: Of the scene.
        folder: To write into; made when missing.
        count: How many, at most 64.
        tile_px: Side of a tile, px.

    Returns:
        The files; fewer where the scene has fewer tiles with valid pixels.

    Raises:
        InputError: A number is out of its range.
        OutputError: The folder cannot be written.
    """
    if not 1 <= count <= 64 or tile_px < 1:
        raise InputError(f"{count} chips of {tile_px} px: give 1 to 64, of at least one pixel")
    windows = grid(scene.height, scene.width, tile_px)
    picks = np.unique(np.linspace(0, len(windows) - 1, count * _LOOKED_AT).round().astype(int))
    chosen = [_fullest(scene, stretch, [windows[at] for at in part]) for part in np.array_split(picks, count)]
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, pixels in enumerate((found for found in chosen if found is not None), 1):
            files.append(folder / f"chip-{number}.png")
            Image.fromarray(pixels).save(files[-1])
    except OSError as error:
        raise OutputError(f"cannot write into {folder} ({error.strerror}): choose another folder") from error
    return files


def _fullest(scene: Scene, stretch: Stretch, windows: list[Window]) -> NDArray[np.uint8] | None:
    """The byte picture with most valid pixels, None where none has any."""
    pictures = [read_window(scene, stretch, window) for window in windows]
    best = max(pictures, key=np.count_nonzero, default=None)
    return best if best is not None and best.any() else None
