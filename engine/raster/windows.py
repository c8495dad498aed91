"""Windows of a raster and the grids they form: pure arithmetic, no input or output."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import InputError


@dataclass(frozen=True, order=True)
class Window:
    """A rectangle of pixels; sorts by row, then column. It may reach beyond the scene, on any side."""

    row: int  # first row, px
    col: int  # first column, px
    height: int  # px
    width: int  # px

    def __post_init__(self) -> None:
        """Check the size.

        Raises:
            InputError: the window has no pixel.
        """
        if self.height < 1 or self.width < 1:
            raise InputError(f"window of {self.height} x {self.width} px is empty: give at least 1 x 1")

    @property
    def row_stop(self) -> int:
        """The row after the last one, px."""
        return self.row + self.height

    @property
    def col_stop(self) -> int:
        """The column after the last one, px."""
        return self.col + self.width

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, px."""
        return self.height, self.width

    def slices(self, origin: Window) -> tuple[slice, slice]:
        """Index of this window in an array that holds the pixels of `origin`, which contains it."""
        row, col = self.row - origin.row, self.col - origin.col
        return slice(row, row + self.height), slice(col, col + self.width)

    def __str__(self) -> str:
        """Rows and columns, for messages."""
        return f"rows {self.row}-{self.row_stop}, columns {self.col}-{self.col_stop}"


def intersection(a: Window, b: Window) -> Window | None:
    """The pixels that lie in both windows, or None when there are none."""
    row, col = max(a.row, b.row), max(a.col, b.col)
    height = min(a.row_stop, b.row_stop) - row
    width = min(a.col_stop, b.col_stop) - col
    return Window(row, col, height, width) if height > 0 and width > 0 else None


def pad(window: Window, margin_px: int) -> Window:
    """The window with `margin_px` more pixels on each of its four sides."""
    return Window(
        window.row - margin_px,
        window.col - margin_px,
        window.height + 2 * margin_px,
        window.width + 2 * margin_px,
    )


def grid_shape(height: int, width: int, size_px: int) -> tuple[int, int]:
    """Rows and columns of the grid that covers a scene: ceil(height / size), ceil(width / size).

    It is ceil, not floor: the last row and column are clipped, never dropped.

    Raises:
        InputError: a size is below one pixel.
    """
    if min(height, width, size_px) < 1:
        raise InputError(f"grid of {size_px} px over {height} x {width} px: all three must be at least 1")
    return -(-height // size_px), -(-width // size_px)


def grid(
    height: int, width: int, size_px: int, *, clip: bool = True, within: Window | None = None
) -> list[Window]:
    """Windows of a lattice anchored at pixel (0, 0), row by row.

    Window (i, j) is rows [i s, (i + 1) s) and columns [j s, (j + 1) s), for 0 <= i < ceil(height / s)
    and 0 <= j < ceil(width / s). Clipped to the scene they partition it.

    Args:
        height: of the scene, px.
        width: of the scene, px.
        size_px: the side s of a window.
        clip: cut the last row and column at the scene's edge; otherwise all windows are s x s and the
            last ones reach beyond it.
        within: keep only windows that share a pixel with this one.

    Raises:
        InputError: a size is below one pixel.
    """
    n_rows, n_cols = grid_shape(height, width, size_px)
    rows, cols = range(n_rows), range(n_cols)
    if within is not None:
        rows = _touching(rows, within.row, within.row_stop, size_px)
        cols = _touching(cols, within.col, within.col_stop, size_px)
    return [
        Window(
            i * size_px,
            j * size_px,
            min(size_px, height - i * size_px) if clip else size_px,
            min(size_px, width - j * size_px) if clip else size_px,
        )
        for i in rows
        for j in cols
    ]


def _touching(indices: range, start: int, stop: int, size_px: int) -> range:
    """Those of the lattice's indices whose cells meet the half-open interval [start, stop)."""
    return range(max(indices.start, start // size_px), min(indices.stop, -(-stop // size_px)))
