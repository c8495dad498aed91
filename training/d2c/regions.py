"""Where in the image: centre and edge, nine regions, halves."""

from __future__ import annotations

from training.d2c.annotation import AnnotatedObject

_T, _TT = 1 / 3, 2 / 3
# x0, y0, x1, y1 as shares of width and height. The centre is RemoteCLIP's middle as A2C mends it, a quarter to three
# quarters; "edge" is the rest. The middle one of the nine regions has no name of its own, "centre" means the larger.
REGIONS: dict[str, tuple[float, float, float, float]] = {
    "centre": (0.25, 0.25, 0.75, 0.75),
    "edge": (0.25, 0.25, 0.75, 0.75),
    "upper left": (0, 0, _T, _T),
    "upper middle": (_T, 0, _TT, _T),
    "upper right": (_TT, 0, 1, _T),
    "middle left": (0, _T, _T, _TT),
    "middle right": (_TT, _T, 1, _TT),
    "lower left": (0, _TT, _T, 1),
    "lower middle": (_T, _TT, _TT, 1),
    "lower right": (_TT, _TT, 1, 1),
    "left half": (0, 0, 0.5, 1),
    "right half": (0.5, 0, 1, 1),
    "upper half": (0, 0, 1, 0.5),
    "lower half": (0, 0.5, 1, 1),
}
MIDDLE, NINE, HALVES = ("centre", "edge"), tuple(REGIONS)[2:10], tuple(REGIONS)[10:]
MARGIN_SHARE = 0.015  # of a side: so near to a line, annotators may have meant the other region
WIDE_SHARE = 0.5  # of a side: an object this wide lies in no third or half, wherever its centre is


def in_region(item: AnnotatedObject, name: str, width: int, height: int) -> int:
    """1 if the centre of the box, as far as it is seen, surely lies in the region, -1 if surely not, 0 if unclear."""
    x0, y0, x1, y1 = REGIONS[name]
    left, top, right, bottom = item.bounds
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    across = _within((left + right) / 2 / width, x0, x1)
    down = _within((top + bottom) / 2 / height, y0, y1)
    if name in HALVES or name in NINE:
        if x1 - x0 < 1 and right - left > WIDE_SHARE * width:
            across = min(across, 0)
        if y1 - y0 < 1 and bottom - top > WIDE_SHARE * height:
            down = min(down, 0)
    verdict = min(across, down)
    return -verdict if name == "edge" else verdict


def _within(share: float, low: float, high: float) -> int:
    inner_low = low + MARGIN_SHARE if low > 0 else -1.0
    inner_high = high - MARGIN_SHARE if high < 1 else 2.0
    if inner_low <= share <= inner_high:
        return 1
    return -1 if share < low - MARGIN_SHARE or share > high + MARGIN_SHARE else 0
