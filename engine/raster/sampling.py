"""One stretch for a whole scene, from a sample that is cheap on any layout and any size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.raster.radiometry import Scale, Stretch, fit_stretch, valid_levels, zero_is_filling
from engine.raster.scale_rules import ScaleChoice, choose_scale
from engine.raster.scene import Scene
from engine.raster.source import Reader, open_reader
from engine.raster.windows import Window

_WHOLE_PX = 1 << 22  # scenes up to this size are their own sample
_SAMPLE_PX = 1 << 21  # values that larger ones give: 10,000 lie above the upper percentile
_CELLS = 256  # places at which a larger scene is looked at, at most
_SHARE = 4  # one block in so many is looked at, at most: decoding most of a scene would tell little more
_CELL_ROWS = 512  # at most, where a file stores more rows together
# Amplitude is in dB too, but of digital numbers: nothing says that they are calibrated.
_SCALES_OF_LIMITS = {"dB": (Scale.DB, Scale.POWER), "DN": (Scale.UINT8,)}


def measure_stretch(
    scene: Scene,
    scale: str | Scale = "auto",
    limits: tuple[float, float] | None = None,
    limits_unit: str = "dB",
) -> Stretch:
    """The scene's scale and stretch: percentiles 1 and 99.5 of valid pixels all over the scene.

    The sample takes every n-th pixel of blocks spread evenly over the scene. Overviews are not used:
    nobody knows whether they average dB.

    Args:
        scene: to measure.
        scale: "auto" chooses by the rules of choose_scale; otherwise what the numbers are.
        limits: a fixed stretch (low, high) in place of the percentiles. Limits in dB are of calibrated
            backscatter, limits in DN of pictures: they are left out, and the reason says so, where the
            scene's scale is another or its levels lie elsewhere.
        limits_unit: "dB" or "DN".

    Returns:
        The stretch, with the reason in words. It is empty where no pixel is valid.

    Raises:
        InputError: no such scale, or limits that are not ascending.
        SceneError: the scene cannot be read.
    """
    declared = _parse_scale(scale)
    sample = sample_values(scene)
    if declared is None:
        choice = choose_scale(scene, sample)
    else:
        choice = ScaleChoice(declared, f"{declared.value} as asked for", *scene.value_transform)
    probe = Stretch(choice.scale, 0, 1, choice.scale.unit, choice.reason, choice.gain, choice.offset)
    levels = valid_levels(sample, probe, scene.nodata)
    if levels.size == 0 and scene.height * scene.width > _WHOLE_PX:
        levels = _search_levels(scene, probe)
    reason = choice.reason
    if zero_is_filling(choice.scale, sample.dtype, scene.nodata) and not sample.all():
        reason += "; exact zeros are taken as filling, as no nodata is declared"
    measured = fit_stretch(levels, choice.scale, reason, gain=choice.gain, offset=choice.offset)
    return measured if limits is None else _fixed_stretch(measured, limits, limits_unit)


def sample_values(scene: Scene) -> NDArray[Any]:
    """Stored numbers from all over the scene, shape (n,): all of a small one, two million of a larger one.

    Raises:
        SceneError: the scene cannot be read.
    """
    reader = open_reader(scene)
    try:
        windows = sample_windows(scene)
        count = _WHOLE_PX if windows == [scene.window] else _SAMPLE_PX // len(windows)
        return np.concatenate([_thinned(reader, window, count) for window in windows])
    finally:
        reader.close()


def sample_windows(scene: Scene) -> list[Window]:
    """Blocks of the file on a lattice over the scene; the whole of a small scene.

    With R x C blocks and a target of n = min(256, R C / 4), every block row floor((i + 1/2) R / r),
    likewise in columns, where r : c follows the scene's height : width in blocks and r c is about n.
    """
    if scene.height * scene.width <= _WHOLE_PX:
        return [scene.window]
    height = min(scene.block_shape[0], _CELL_ROWS, scene.height)
    width = min(scene.block_shape[1], scene.width)
    n_rows, n_cols = -(-scene.height // height), -(-scene.width // width)
    cells = min(_CELLS, -(-n_rows * n_cols // _SHARE))
    c = min(n_cols, max(1, round((cells * n_cols / n_rows) ** 0.5)))
    r = min(n_rows, -(-cells // c))
    c = min(n_cols, -(-cells // r))
    return [
        Window(
            i * height, j * width, min(height, scene.height - i * height), min(width, scene.width - j * width)
        )
        for i in _spread(n_rows, r)
        for j in _spread(n_cols, c)
    ]


def _spread(n: int, count: int) -> list[int]:
    """`count` of the numbers below n, evenly spread."""
    return [(2 * i + 1) * n // (2 * count) for i in range(count)]


def _thinned(reader: Reader, window: Window, count: int) -> NDArray[Any]:
    """Every k-th pixel of a window, counted along its rows, `count` at most, shape (n,)."""
    values: NDArray[Any] = reader.read(window).reshape(-1)
    return np.array(values[:: -(-values.size // count)])  # not a view, which would keep the whole window


def _search_levels(scene: Scene, probe: Stretch) -> NDArray[np.float32]:
    """Valid levels of the first rows that have any: the sample may miss a scene that is mostly nodata."""
    height = max(1, min(scene.block_shape[0], _WHOLE_PX // scene.width))
    reader = open_reader(scene)
    try:
        for row in range(0, scene.height, height):
            window = Window(row, 0, min(height, scene.height - row), scene.width)
            levels = valid_levels(reader.read(window), probe, scene.nodata)
            if levels.size:
                return levels
    finally:
        reader.close()
    return np.empty(0, np.float32)


def _parse_scale(scale: str | Scale) -> Scale | None:
    """A scale by name; None for auto."""
    if scale == "auto":
        return None
    try:
        return Scale(scale)
    except ValueError as e:
        names = ", ".join(["auto", *(s.value for s in Scale)])
        raise InputError(f"no scale '{scale}': choose one of {names}") from e


def _fixed_stretch(measured: Stretch, limits: tuple[float, float], unit: str) -> Stretch:
    """The measured stretch with limits that the caller chose, where they are for such numbers."""
    low, high = limits
    if not low < high:
        raise InputError(f"stretch from {low} to {high}: give the lower limit first")
    if measured.is_empty:
        return measured
    fixed, scales = f"the fixed stretch {low:g} to {high:g} {unit}", _SCALES_OF_LIMITS[unit]
    if measured.scale not in scales:
        reason = f"not {fixed}, which is for {' or '.join(scale.value for scale in scales)}"
    elif measured.high <= low or measured.low >= high:
        reason = f"not {fixed}, which holds hardly a level of the scene"
    else:
        measured, reason = replace(measured, low=low, high=high), fixed
    return replace(measured, reason=f"{measured.reason}; {reason}")
