"""The byte picture of a scene, swath by swath, in bounded memory: every pixel is decoded once."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.background import step_back
from engine.errors import Cancelled, InputError
from engine.raster.radiometry import Stretch, pool_bytes, to_bytes
from engine.raster.scene import Scene
from engine.raster.source import Reader, open_reader
from engine.raster.windows import Window, intersection

_POLL_S = 0.1  # how often the two threads look whether the other has gone
_MAX_BLOCK_ROW_BYTES = 256 * 1024 * 1024  # a taller block row is read in parts, whatever it costs
_FRESH_PX = 1 << 23  # pixels that are read at a time, or a block row where that is more
_STRIP_PX = 1 << 22  # pixels in memory at a time while a window is decimated

Bytes = NDArray[np.uint8]
Edges = NDArray[np.intp]
OpenReader = Callable[[Scene], Reader]


@dataclass(frozen=True, eq=False)
class Swath:
    """The byte picture of one window."""

    window: Window
    pixels: Bytes  # (height, width) of the window; 0 where invalid or beyond the scene
    coarse: Bytes | None  # (ceil(height / f), ceil(width / f)): mean in power over f x f, then stretched


def read_swaths(
    scene: Scene,
    stretch: Stretch,
    windows: Sequence[Window],
    *,
    coarse_factor: int | None = None,
    queue_depth: int = 2,
    cancel: Callable[[], bool] | None = None,
    open_reader: OpenReader = open_reader,
) -> Generator[Swath, None, None]:
    """Byte pictures of windows, read ahead in a thread of its own.

    Rows are decoded in whole blocks, once each, between the outermost columns that any window asks
    for; rows that the next window needs again are kept. Memory holds the rows of the tallest window,
    plus two block rows, as bytes, what is read at a time as it is stored, and `queue_depth` + 2 swaths.
    Closing the iterator ends the thread.

    Args:
        scene: to read.
        stretch: of the scene.
        windows: with ascending first rows; they may overlap and reach beyond the scene.
        coarse_factor: side in pixels of the bins of `Swath.coarse`, from the window's first pixel on;
            None for no coarse picture.
        queue_depth: swaths that wait for the consumer at most.
        cancel: asked between swaths; True stops.
        open_reader: how the thread opens its reader.

    Returns:
        One swath a window, in order.

    Raises:
        InputError: windows that go back, a factor or depth below 1.
        SceneError: while iterating, when pixels cannot be read; it names window and file.
        Cancelled: while iterating, when `cancel` says so.
    """
    for before, after in itertools.pairwise(windows):
        if after.row < before.row:
            raise InputError(
                f"window at row {after.row} follows one at row {before.row}: sort windows by row"
            )
    if queue_depth < 1 or (coarse_factor is not None and coarse_factor < 1):
        raise InputError(f"queue depth {queue_depth}, coarse factor {coarse_factor}: both must be at least 1")

    def produce() -> Generator[Swath, None, None]:
        reader = open_reader(scene)
        try:
            # what is averaged in power must be kept as it was stored
            rows = _RowBuffer(reader, scene, windows, stretch if coarse_factor is None else None)
            for window in windows:
                yield _swath(rows, scene, stretch, window, coarse_factor)
        finally:
            reader.close()

    return _read_ahead(produce, queue_depth, cancel or (lambda: False))


def read_window(
    scene: Scene, stretch: Stretch, window: Window, shape: tuple[int, int] | None = None
) -> Bytes:
    """The byte picture of one window, for quicklooks and chips.

    Args:
        scene: to read.
        stretch: of the scene.
        window: may reach beyond the scene; 0 there.
        shape: (h, w) of the picture, at most the window's; pixels are averaged in power. None for
            the window's own. Every pixel of the window is decoded either way, in bounded memory.

    Returns:
        uint8, of `shape`.

    Raises:
        InputError: a shape that is empty or larger than the window.
        SceneError: the pixels cannot be read.
    """
    shape = shape or window.shape
    if not (1 <= shape[0] <= window.height and 1 <= shape[1] <= window.width):
        raise InputError(f"picture of {shape} px from a window of {window.shape} px: it can only be smaller")
    reader = open_reader(scene)
    try:
        if shape == window.shape:
            return _swath(_RowBuffer(reader, scene, [window], stretch), scene, stretch, window, None).pixels
        rows = _RowBuffer(reader, scene, [window])
        row_edges = window.row + np.arange(shape[0] + 1) * window.height // shape[0]
        col_edges = window.col + np.arange(shape[1] + 1) * window.width // shape[1]
        out = np.zeros(shape, np.uint8)
        step = max(1, _STRIP_PX * shape[0] // (window.height * window.width))
        for first in range(0, shape[0], step):
            edges = row_edges[first : first + step + 1]
            strip = Window(int(edges[0]), window.col, int(edges[-1] - edges[0]), window.width)
            out[first : first + step] = _pooled(rows, scene, stretch, strip, edges, col_edges)
        return out
    finally:
        reader.close()


class _RowBuffer:
    """A scene's rows as windows go down it: each block row is read once and dropped when passed.

    It holds stored numbers, or with a stretch the bytes made of them: less memory, and no pixel of two
    windows is converted twice. The rows lie in one array, made once: of a wide scene they are what takes
    most memory, and new ones beside the old would double that.
    """

    def __init__(
        self, reader: Reader, scene: Scene, windows: Sequence[Window], stretch: Stretch | None = None
    ) -> None:
        """Find the columns that the windows need, in whole blocks."""
        block_height, block_width = scene.block_shape
        inside = [box for w in windows if (box := intersection(w, scene.window)) is not None]
        first = min((box.col for box in inside), default=0) // block_width * block_width
        stop = -(-max((box.col_stop for box in inside), default=1) // block_width) * block_width
        self.stretch = stretch
        self._reader = reader
        self._scene = scene
        self._col, self._width = first, min(stop, scene.width) - first
        row_bytes = self._width * np.dtype(scene.dtype.replace("complex_int16", "complex64")).itemsize
        self._step = block_height if block_height * row_bytes <= _MAX_BLOCK_ROW_BYTES else 1
        tallest = max((box.height for box in inside), default=0)
        self._room = min(tallest + 2 * self._step, scene.height)
        self._values: NDArray[Any] | None = None  # rows from `_first_row` on; made when the dtype is known
        self._first_row = self._stop_row = 0

    def read(self, window: Window) -> NDArray[Any]:
        """Numbers or bytes of a window inside the scene that begins no higher than the one before."""
        if window.row_stop > self._stop_row:
            self._read_on(window)
        if self._values is None or window.row < self._first_row:
            raise InputError(f"{window} follow lower ones: sort windows by row")
        held = Window(self._first_row, self._col, self._stop_row - self._first_row, self._width)
        return self._values[window.slices(held)]

    def _read_on(self, window: Window) -> None:
        """Drop the rows above the window and read the block rows down to its end."""
        start = max(self._stop_row, window.row // self._step * self._step)
        stop = min(-(-window.row_stop // self._step) * self._step, self._scene.height)
        kept = max(0, self._stop_row - window.row)
        if self._values is not None and kept:
            self._values[:kept] = self._values[window.row - self._first_row :][:kept]
        self._first_row, self._stop_row = start - kept, start
        rows = max(1, _FRESH_PX // (self._width * self._step)) * self._step
        for row in range(start, stop, rows):
            self._append(self._reader.read(Window(row, self._col, min(rows, stop - row), self._width)))

    def _append(self, fresh: NDArray[Any]) -> None:
        """Add rows below those that are held."""
        if self.stretch is not None:
            fresh = to_bytes(fresh, self.stretch, self._scene.nodata)
        if self._values is None:
            self._values = np.empty((self._room, self._width), fresh.dtype)
        held = self._stop_row - self._first_row
        self._values[held : held + len(fresh)] = fresh
        self._stop_row += len(fresh)


def _swath(rows: _RowBuffer, scene: Scene, stretch: Stretch, window: Window, factor: int | None) -> Swath:
    """The byte picture of a window, and its coarse one."""
    pixels = np.zeros(window.shape, np.uint8)
    inside = intersection(window, scene.window)
    if inside is not None:
        values = rows.read(inside)
        pixels[inside.slices(window)] = values if rows.stretch else to_bytes(values, stretch, scene.nodata)
    coarse = None
    if factor is not None:
        row_edges = window.row + factor * np.arange(-(-window.height // factor) + 1)
        col_edges = window.col + factor * np.arange(-(-window.width // factor) + 1)
        coarse = _pooled(rows, scene, stretch, window, row_edges, col_edges)
    return Swath(window, pixels, coarse)


def _pooled(
    rows: _RowBuffer, scene: Scene, stretch: Stretch, window: Window, row_edges: Edges, col_edges: Edges
) -> Bytes:
    """The byte picture of bins between edges, in the scene's pixels; what is not in the window is invalid."""
    out = np.zeros((len(row_edges) - 1, len(col_edges) - 1), np.uint8)
    inside = intersection(window, scene.window)
    if inside is not None:
        bins_down, row_starts = _bins(row_edges, inside.row, inside.row_stop)
        bins_across, col_starts = _bins(col_edges, inside.col, inside.col_stop)
        values = rows.read(inside)
        out[bins_down, bins_across] = pool_bytes(values, stretch, scene.nodata, row_starts, col_starts)
    return out


def _bins(edges: Edges, start: int, stop: int) -> tuple[slice, Edges]:
    """Bins that meet [start, stop), and where each begins in it, counted from `start`."""
    first = int(np.searchsorted(edges, start, side="right")) - 1
    last = int(np.searchsorted(edges, stop, side="left"))
    return slice(first, last), np.maximum(edges[first:last], start) - start


def _read_ahead(
    produce: Callable[[], Generator[Swath, None, None]], queue_depth: int, cancel: Callable[[], bool]
) -> Generator[Swath, None, None]:
    """What `produce` yields in a thread of its own; its errors come out here."""
    ready: queue.Queue[Swath | None] = queue.Queue(queue_depth)
    gone = threading.Event()

    def put(item: Swath | None) -> None:
        waiting = True
        while waiting and not gone.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=_POLL_S)
                waiting = False

    def fill() -> None:
        try:
            # closing: the reader is closed in this thread even when the consumer leaves midway
            with contextlib.closing(produce()) as swaths:
                for swath in swaths:
                    put(swath)
                    if gone.is_set():
                        return
        finally:
            put(None)

    with ThreadPoolExecutor(1, "sarclip-reader", step_back) as pool:
        work = pool.submit(fill)
        try:
            while True:
                if cancel():
                    raise Cancelled("reading stopped: the caller cancelled")
                try:
                    swath = ready.get(timeout=_POLL_S)
                except queue.Empty:
                    continue
                if swath is None:
                    return work.result()
                yield swath
        finally:
            gone.set()
