"""One picture of what was found: labels, heatmap and objects side by side over the grey scene.

Everything is in scene pixels: x to the right, y downwards, (0, 0) at the corner of the first pixel.
"""

from __future__ import annotations

import math
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib import font_manager, patheffects
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from engine.errors import InputError, OutputError
from engine.outputs import replacing
from engine.tasks.colors import HEAT_RAMP, colors_of

Extent = tuple[float, float, float, float]  # left, right, bottom, top, in scene pixels, as imshow takes it
Box = tuple[float, float, float, float]  # left, bottom, width, height, in inches

_DPI = 200
_INK, _SOFT_INK, _INVALID = "#1b2430", "#5d6875", "#e9ecef"
_EDGE, _GAP, _TITLE, _FOOT, _HEAD = 0.25, 0.25, 0.62, 0.95, 0.55  # inches around and between the panels
_ASPECT = (0.25, 1.6)  # least and most height of a panel by its width; scenes beyond are letterboxed
_LINE = 0.19  # inches from one legend line to the next
_MOST_LINES = 12  # of a legend
_LETTER = 0.070  # inches, a Latin letter at 9 points on average
# Scripts that matplotlib's own DejaVu Sans lacks, where the machine has a font for them.
_FALLBACK_FONTS = ("Noto Sans CJK SC", "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC")


@dataclass(frozen=True)
class Labels:
    """Tiles with one label each."""

    names: Sequence[str]  # the prompts, in the order of the legend
    index: NDArray[np.integer]  # (rows, cols) into `names`, -1 for a tile without a label
    tile_px: float  # side of a tile in scene pixels
    score: NDArray[np.floating] | None = None  # (rows, cols) in 0..1, shown as opacity
    title: str = "Labels"


@dataclass(frozen=True)
class Heat:
    """How well each cell matches a prompt."""

    prompt: str
    values: NDArray[np.floating]  # (rows, cols), NaN where there is nothing to say
    cell_px: float  # side of a cell in scene pixels
    low: float  # value from which the heatmap shows
    high: float  # value of the brightest colour
    title: str = "Heatmap"


@dataclass(frozen=True)
class Count:
    """The objects of one prompt."""

    prompt: str
    xy: NDArray[np.floating]  # (N, 2) x and y in scene pixels
    low: float  # interval of the count
    high: float
    truth: int | None = None  # where it is known, as in a simulated scene


@dataclass(frozen=True)
class Objects:
    """Counted objects, one entry per prompt."""

    counts: Sequence[Count] = field(default_factory=tuple)
    title: str = "Objects"


Panel = Labels | Heat | Objects


def draw(
    background: NDArray[np.uint8],
    panels: Sequence[Panel],
    out: Path,
    *,
    pixel_px: float = 1.0,
    gsd_m: float | None = None,
    heading: str = "",
    width_px: int = 2400,
    overwrite: bool = False,
) -> None:
    """Draw panels over a scene, side by side, into one PNG.

    Args:
        background: Byte picture, HW, 0 invalid; may be decimated.
        panels: What to show, from left to right; coordinates are pixels of the full scene.
        out: File to make.
        pixel_px: Side of a pixel of `background` in pixels of the full scene.
        gsd_m: Side of a scene pixel on the ground, for a scale bar; None for no bar.
        heading: One line above the panels.
        width_px: Width of the picture.
        overwrite: Whether an existing file may be replaced.

    Raises:
        InputError: There is nothing to draw.
        OutputExistsError: `out` exists and `overwrite` is false.
        OutputError: The file cannot be written.
    """
    if not panels or background.ndim != 2 or background.size == 0:
        raise InputError(f"nothing to draw: {len(panels)} panels over a picture of shape {background.shape}")
    figure = _figure(background, panels, pixel_px, gsd_m, heading, width_px / _DPI)
    with replacing(out, overwrite=overwrite) as draft:
        try:
            _save(figure, draft)
        except OSError as error:
            raise OutputError(
                f"cannot write {out} ({error.strerror}): make room or write elsewhere"
            ) from error


def _save(figure: Figure, path: Path) -> None:
    with warnings.catch_warnings():
        # A machine without a font for a script shows boxes; the layers and tables still hold the words.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(path, format="png", dpi=_DPI, facecolor="white")


def _figure(
    background: NDArray[np.uint8],
    panels: Sequence[Panel],
    pixel_px: float,
    gsd_m: float | None,
    heading: str,
    width: float,
) -> Figure:
    """Lay the panels out in inches, so that text keeps its size whatever the scene's shape."""
    rows, cols = background.shape
    side = (width - 2 * _EDGE - (len(panels) - 1) * _GAP) / len(panels)
    height = side * min(max(rows / cols, _ASPECT[0]), _ASPECT[1])
    foot = max(_FOOT, *(0.35 + _LINE * _legend_lines(panel) for panel in panels))
    head = _HEAD if heading else 0.1
    total = foot + height + _TITLE + head
    figure = Figure(figsize=(width, total), dpi=_DPI)
    FigureCanvasAgg(figure)
    if heading:
        _text(figure, _EDGE, total - 0.2, heading, size=14, weight="bold", va="top")
    colors = _panel_colors(panels)
    for number, panel in enumerate(panels):
        left = _EDGE + number * (side + _GAP)
        axes = _scene_axes(figure, background, pixel_px, (left, foot, side, height))
        title, subtitle = _draw_panel(figure, axes, panel, colors, (left, 0.0, side, foot))
        _text(figure, left, foot + height + 0.47, title, size=11, weight="bold", va="top")
        _text(figure, left, foot + height + 0.09, _shorten(subtitle, side), size=9, color=_SOFT_INK)
        if number == 0 and gsd_m:
            _scale_bar(axes, gsd_m)
    return figure


def _draw_panel(
    figure: Figure, axes: Axes, panel: Panel, colors: dict[str, str], foot: Box
) -> tuple[str, str]:
    """Draw one panel and its legend into the box below it; return its title and subtitle."""
    if isinstance(panel, Labels):
        _draw_labels(axes, panel, colors)
        entries = [(name, colors[name]) for name in panel.names]
        _legend(figure, entries, _legend_columns(panel), "s", foot)
        return panel.title, "the more solid, the surer"
    if isinstance(panel, Heat):
        _draw_heat(axes, panel)
        _color_bar(figure, panel, foot)
        return panel.title, f"“{panel.prompt}”"
    for count in panel.counts:
        _draw_rings(axes, count, colors[count.prompt])
    entries = [(_count_line(count), colors[count.prompt]) for count in panel.counts]
    _legend(figure, entries, _legend_columns(panel), "o", foot)
    return panel.title, "one ring each; counts with their interval"


def _panel_colors(panels: Sequence[Panel]) -> dict[str, str]:
    """Return one colour per prompt, the same as in the styles of the GeoPackage."""
    names = [name for panel in panels if isinstance(panel, Labels) for name in panel.names]
    counted = [count.prompt for panel in panels if isinstance(panel, Objects) for count in panel.counts]
    return colors_of(names, counted)


def _scene_axes(figure: Figure, background: NDArray[np.uint8], pixel_px: float, box: Box) -> Axes:
    """Add axes that show the scene in grey, its invalid part in the paper's tone."""
    axes = figure.add_axes(_relative(figure, box))
    rows, cols = background.shape
    picture = np.repeat((background / 255.0)[..., None], 3, axis=2).astype(np.float32)
    picture[background == 0] = to_rgb(_INVALID)
    extent = (0.0, cols * pixel_px, rows * pixel_px, 0.0)
    axes.imshow(picture, extent=extent, interpolation="antialiased")
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    axes.set_facecolor(_INVALID)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _draw_labels(axes: Axes, panel: Labels, colors: dict[str, str]) -> None:
    rows, cols = panel.index.shape
    palette = np.array([to_rgb(colors[name]) for name in panel.names] + [(0, 0, 0)])
    score = np.ones((rows, cols)) if panel.score is None else np.clip(np.nan_to_num(panel.score), 0, 1)
    alpha = np.where(panel.index >= 0, 0.25 + 0.35 * score, 0.0)
    image = np.dstack([palette[panel.index], alpha])
    axes.imshow(image, extent=_lattice_extent(rows, cols, panel.tile_px), interpolation="nearest")


def _draw_heat(axes: Axes, panel: Heat) -> None:
    rows, cols = panel.values.shape
    share = (panel.values - panel.low) / max(panel.high - panel.low, 1e-12)
    share = np.clip(np.nan_to_num(share, nan=0.0), 0, 1)
    image = _heat_map()(share)
    image[..., 3] = np.minimum(1.5 * share, 0.9)
    axes.imshow(image, extent=_lattice_extent(rows, cols, panel.cell_px), interpolation="bilinear")


def _draw_rings(axes: Axes, count: Count, color: str) -> None:
    xy = np.asarray(count.xy, dtype=np.float64).reshape(-1, 2)
    for outline, width in (("white", 2.2), (color, 1.2)):
        axes.scatter(
            xy[:, 0], xy[:, 1], s=34, marker="o", facecolors="none", edgecolors=outline, linewidths=width
        )


def _lattice_extent(rows: int, cols: int, cell_px: float) -> Extent:
    return 0.0, cols * cell_px, rows * cell_px, 0.0


def _count_line(count: Count) -> str:
    line = f"{count.prompt}: {len(count.xy)}  ({count.low:.0f} to {count.high:.0f})"
    return line if count.truth is None else f"{line}, true count {count.truth}"


def _legend_columns(panel: Panel) -> int:
    return 2 if isinstance(panel, Labels) and max(map(_cells, panel.names), default=0) <= 18 else 1


def _legend_lines(panel: Panel) -> int:
    if isinstance(panel, Heat):
        return 1
    entries = len(panel.names) if isinstance(panel, Labels) else len(panel.counts)
    return min(math.ceil(entries / _legend_columns(panel)), _MOST_LINES)


def _legend(figure: Figure, entries: Sequence[tuple[str, str]], columns: int, marker: str, box: Box) -> None:
    """Write coloured marks with their meaning below a panel, column by column."""
    left, _, width, top = box
    lines = min(math.ceil(len(entries) / columns), _MOST_LINES)
    shown = entries if len(entries) <= lines * columns else entries[: lines * columns - 1]
    axes = figure.add_axes(_relative(figure, box))
    axes.set_axis_off()
    axes.set_xlim(left, left + width)
    axes.set_ylim(0, top)
    for place, (text, color) in enumerate([*shown, *_rest(entries, shown)]):
        x = left + 0.08 + (place // lines) * width / columns
        y = top - 0.22 - (place % lines) * _LINE
        face = "none" if marker == "o" else color
        axes.scatter([x], [y], s=46, marker=marker, facecolors=face, edgecolors=color, linewidths=1.6)
        _text(figure, x + 0.14, y - 0.045, _shorten(text, width / columns - 0.25), size=9)


def _rest(entries: Sequence[tuple[str, str]], shown: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the entry that stands for those there is no room for."""
    return [] if len(entries) == len(shown) else [(f"and {len(entries) - len(shown)} more", "#ffffff")]


def _color_bar(figure: Figure, panel: Heat, box: Box) -> None:
    left, _, width, top = box
    axes = figure.add_axes(_relative(figure, (left, top - 0.27, width, 0.14)))
    axes.imshow(np.linspace(0, 1, 256)[None], aspect="auto", cmap=_heat_map(), extent=(0.0, 1.0, 0.0, 1.0))
    axes.set_axis_off()
    _text(figure, left, top - 0.44, f"{panel.low:.2f}", size=9, color=_SOFT_INK)
    _text(figure, left + width, top - 0.44, f"{panel.high:.2f}", size=9, color=_SOFT_INK, ha="right")
    _text(figure, left + width / 2, top - 0.44, "match with the words", size=9, color=_SOFT_INK, ha="center")


def _scale_bar(axes: Axes, gsd_m: float) -> None:
    """Draw a bar of a round length, about a fifth of the panel, into its lower left corner."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    length_m = _round_length((right - left) * gsd_m / 5)
    start, y = left + 0.04 * (right - left), bottom - 0.05 * (bottom - top)
    # Dark with a light halo reads on black water, white town and the paper alike.
    halo = [patheffects.withStroke(linewidth=4, foreground="white")]
    axes.plot(
        [start, start + length_m / gsd_m], [y, y], color=_INK, linewidth=2, solid_capstyle="butt",
        path_effects=halo,
    )  # fmt: skip
    name = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    axes.text(start, y - 0.015 * (bottom - top), name, color=_INK, fontsize=9, path_effects=halo, va="bottom")


def _round_length(metres: float) -> float:
    """Return the largest of 1, 2 or 5 times a power of ten that is not above `metres`."""
    power = 10.0 ** math.floor(math.log10(metres))
    return next(step * power for step in (5, 2, 1) if step * power <= metres * (1 + 1e-9))


def _text(
    figure: Figure,
    x: float,
    y: float,
    text: str,
    *,
    size: float,
    color: str = _INK,
    weight: str = "normal",
    ha: Literal["left", "center", "right"] = "left",
    va: Literal["top", "baseline"] = "baseline",
) -> None:
    """Write at a place in inches; a prompt is taken as it stands, dollar signs included."""
    width, height = figure.get_size_inches()
    figure.text(
        x / width, y / height, text, fontsize=size, color=color, fontweight=weight, ha=ha, va=va,
        fontfamily=_font_families(), parse_math=False,
    )  # fmt: skip


def _relative(figure: Figure, box: Box) -> tuple[float, float, float, float]:
    width, height = figure.get_size_inches()
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def _cells(text: str) -> int:
    """Return the width of a text in Latin letters; Chinese and its like take two each."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _shorten(text: str, width: float) -> str:
    """Return the text on one line, its end replaced by an ellipsis where it is wider than `width` inches."""
    room = int(width / _LETTER)
    text = " ".join(text.split())
    if _cells(text) <= room:
        return text
    while text and _cells(text) > room - 1:
        text = text[:-1]
    return text.rstrip() + "…"


@lru_cache(maxsize=1)
def _font_families() -> list[str]:
    installed = set(font_manager.get_font_names())
    return ["DejaVu Sans", *(name for name in _FALLBACK_FONTS if name in installed)]


@lru_cache(maxsize=1)
def _heat_map() -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list("heat", list(HEAT_RAMP))
