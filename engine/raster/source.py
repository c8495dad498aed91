"""Where pixels come from: a contract, files through rasterio, and arrays in memory."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window as RasterioWindow

from engine.errors import SceneError
from engine.raster.scene import Scene
from engine.raster.windows import Window, intersection

GDAL_OPTIONS: dict[str, str | int] = {
    "GDAL_CACHEMAX": 32 * 1024 * 1024,
    # Bytes: rasterio does not take GDAL's megabytes, and 512 would mean no cache at all. A block row of a full
    # Sentinel-1 scene fits; more is never asked for again, because swaths read whole block rows, each once.
    "GDAL_HTTP_MAX_RETRY": 4,
    "GDAL_HTTP_RETRY_DELAY": 1,
    # Object stores answer 503 under load; a scene of hours should not fail on one of thousands of reads.
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    # A swath's blocks lie side by side in a tiled file: one request instead of dozens.
    # Not GDAL_NUM_THREADS: a process that is forked from one where GDAL has threads would wait for them for ever.
}
# Headers and block tables of remote files are read many times over. Of local ones the system keeps copies anyway,
# and GDAL would keep 25 MB more of each file of a mosaic.
_REMOTE_OPTIONS: dict[str, str | int] = {"VSI_CACHE": "TRUE"}


class Reader(Protocol):
    """Gives stored numbers of one band of one scene.

    Opened, used and closed by one thread; another thread opens its own. `read` is not called after
    `close`, and `close` may be called twice.
    """

    def read(self, window: Window) -> NDArray[Any]:
        """Stored numbers of a window that lies inside the scene, shape (height, width), the scene's dtype.

        Raises:
            SceneError: the pixels cannot be read; the message names window and scene.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class RasterioReader:
    """Reads a file with a dataset handle of its own."""

    def __init__(self, scene: Scene) -> None:
        """Open the scene's file.

        Raises:
            SceneError: it cannot be opened any more.
        """
        self._scene = scene
        self._stack = contextlib.ExitStack()
        options = GDAL_OPTIONS if Path(scene.path).exists() else GDAL_OPTIONS | _REMOTE_OPTIONS
        self._stack.enter_context(rasterio.Env(**options))
        # Not catch_warnings, which no two threads may use at once; the scene's notes say the same.
        warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)
        try:
            self._dataset = self._stack.enter_context(rasterio.open(scene.path))
        except RasterioError as e:
            self._stack.close()
            raise SceneError(f"cannot open '{scene.path}' again: {one_line(e)}") from e

    def read(self, window: Window) -> NDArray[Any]:
        """See Reader."""
        box = RasterioWindow(window.col, window.row, window.width, window.height)
        try:
            values: NDArray[Any] = self._dataset.read(self._scene.band_index, window=box)
        except RasterioError as e:
            cause = one_line(e.__cause__ or e)
            raise SceneError(
                f"cannot read {window} of '{self._scene.path}': {cause}; the file may be truncated or damaged"
            ) from e
        return values

    def close(self) -> None:
        """See Reader."""
        self._stack.close()


class ArrayReader:
    """Reads an array in memory: for scenes made by array_scene, and for tests."""

    def __init__(self, values: NDArray[Any]) -> None:
        """Take the band's numbers, shape (H, W)."""
        self._values = values

    def read(self, window: Window) -> NDArray[Any]:
        """See Reader."""
        whole = Window(0, 0, *self._values.shape)
        if intersection(whole, window) != window:
            raise SceneError(f"cannot read {window} of an array of {whole}")
        return np.array(self._values[window.slices(whole)])

    def close(self) -> None:
        """See Reader."""


def open_reader(scene: Scene) -> Reader:
    """A reader for the calling thread.

    Raises:
        SceneError: the scene cannot be opened.
    """
    return RasterioReader(scene) if scene.values is None else ArrayReader(scene.values)


def one_line(error: BaseException) -> str:
    """An error's message with its line breaks taken out."""
    return " ".join(str(error).split())
