"""What the ground map proves: shares of the image, what surrounds an object, what is near it."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.concepts import CONCEPT, CONCEPTS, KIND, KIND_TRUTH, KINDS, OBJECT_KINDS, TRUE, UNKNOWN
from training.d2c.annotation import AnnotatedObject, box

GROUNDS: tuple[str, ...] = (
    *("sea", "water", "land", "harbor", "urban", "industry", "vegetation", "forest", "fields", "mountains", "bare"),
    *("inland water", "flood", "airport", "breakwater", "island", "oil slick", "bridge"),
)
"""Concepts that may be said of the ground."""

NEAR_SHARE = 0.04  # of the image's longer side: an object nearer than this, or than its own length, is near
MOSTLY, NOT_MOSTLY = 0.6, 0.45  # share of the image: surely mostly, surely not
HALF_MOSTLY, HALF_NOT = 0.9, 0.5  # the same for half of it
PRESENT_SHARE = 0.01  # of the image: less of it is not worth saying, and may be a slip of the pen
RING_SURE, RING_NOT = 0.97, 0.3
RING_LEAST_PX = 12  # pixels around an object from which its surroundings can be told
COMPACT_SHARE = 0.5  # of a side: only ground smaller than this has a left and a right

_NEUTRAL = [KIND[kind] for kind in ("ship", "vehicle", "wind turbine", "oil platform")]
_THINGS = np.isin(np.arange(len(KINDS)), [KIND[kind] for kind in OBJECT_KINDS])
_WATER = [KIND[kind] for kind in ("sea", "inland water", "flood", "oil slick")]
_AFLOAT = [KIND[kind] for kind in ("ship", "oil platform", "wind turbine")]
_NEVER_AT_SEA = ("tank", "vehicle")
_DRY = [
    KIND[kind]
    for kind in ("urban", "industry", "forest", "fields", "mountains", "bare", "airport", "tank", "aircraft", "vehicle")
]
_NOTHING_BUT_WATER = np.isin(np.arange(len(KINDS)), [*_WATER, *_AFLOAT])
_NOTHING_BUT_DRY = np.isin(np.arange(len(KINDS)), _DRY)
# (kinds) whether the sea's emptiness is in doubt or broken there: neither water nor what floats on it
_SHORE = ~_NOTHING_BUT_WATER


def _tables(name: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(kinds) true, (kinds) unknown, of one concept; an object afloat hides no ground worth a doubt."""
    column = KIND_TRUTH[:, CONCEPT[name]]
    unknown = column == UNKNOWN
    unknown[_NEUTRAL] = False
    return column == TRUE, unknown


_TABLES = {name: _tables(name) for name in GROUNDS}


class Ground:
    """A ground map and what has been worked out of it."""

    def __init__(self, kinds: NDArray[np.uint8]) -> None:
        self.kinds = kinds
        self._maps: dict[str, NDArray[np.bool_]] = {}

    @cached_property
    def _quarters(self) -> NDArray[np.float64]:
        """(2, 2, kinds) pixels of every kind in the quarters of the image, down and across."""
        height, width = self.kinds.shape
        rows = (slice(0, height // 2), slice(height // 2, height))
        columns = (slice(0, width // 2), slice(width // 2, width))
        return np.array([[_histogram(self.kinds[r, c]) for c in columns] for r in rows])

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """(kinds) share of the image."""
        return self._quarters.sum((0, 1)) / self.kinds.size

    @cached_property
    def _half_shares(self) -> dict[str, NDArray[np.float64]]:
        quarters = self._quarters
        halves = {
            "upper half": quarters[0].sum(0), "lower half": quarters[1].sum(0),
            "left half": quarters[:, 0].sum(0), "right half": quarters[:, 1].sum(0),
        }  # fmt: skip
        return {name: pixels / max(pixels.sum(), 1) for name, pixels in halves.items()}

    @cached_property
    def present(self) -> tuple[str, ...]:
        """Kinds of ground that are surely there."""
        return tuple(name for name in GROUNDS if self.holds(name, "some", ()))

    @cached_property
    def absent(self) -> tuple[str, ...]:
        """Kinds of ground that are surely not there."""
        return tuple(name for name in GROUNDS if self.holds(name, "none", ()))

    def rules_out(self, kind: str) -> bool:
        """Whether the ground leaves no room for an object of the kind."""
        return self._all_water if kind in _NEVER_AT_SEA else kind == "ship" and self._all_dry

    @cached_property
    def _all_water(self) -> bool:
        return not self.shares[~_NOTHING_BUT_WATER].any()

    @cached_property
    def _all_dry(self) -> bool:
        return not self.shares[~_NOTHING_BUT_DRY].any()

    def holds(self, name: str, word: str, where: tuple[str, ...]) -> bool | None:
        """Whether the image, or half of it, is "mostly" that ground, has "some" or "none" of it."""
        true, unknown = _TABLES[name]
        shares = self._half_shares[where[0]] if where else self.shares
        share, doubt = float(shares[true].sum()), float(shares[unknown].sum())
        if word == "mostly":
            sure, not_sure = (HALF_MOSTLY, HALF_NOT) if where else (MOSTLY, NOT_MOSTLY)
            return True if share >= sure else False if share + doubt < not_sure else None
        if word == "some":
            return True if share >= PRESENT_SHARE else False if share + doubt == 0 else None
        return True if share + doubt == 0 else False if share >= PRESENT_SHARE else None

    def _window(self, item: AnnotatedObject, reach: float) -> NDArray[np.uint8]:
        """Pixels whose square lies less than `reach` from the object's upright box, in x and in y."""
        height, width = self.kinds.shape
        x0, y0, x1, y1 = item.bounds
        rows = slice(max(0, int(np.floor(y0 - reach))), min(height, int(np.ceil(y1 + reach))))
        return self.kinds[rows, max(0, int(np.floor(x0 - reach))) : min(width, int(np.ceil(x1 + reach)))]

    def surrounds(self, item: AnnotatedObject, name: str) -> int:
        """Whether the ground right around an object, within half its width, is of that kind."""
        if name not in _TABLES:
            return 0
        true, unknown = _TABLES[name]
        counts = np.bincount(self._window(item, max(2.0, item.width_px / 2)).ravel(), minlength=len(KINDS))
        counts[_THINGS] = 0
        total = int(counts.sum())
        if total < RING_LEAST_PX:
            return 0
        share, doubt = counts[true].sum() / total, counts[unknown].sum() / total
        return 1 if share >= RING_SURE else -1 if share + doubt <= RING_NOT else 0

    def near_or_far(self, item: AnnotatedObject, relation: str, name: str, near_px: float, far_px: float) -> int:
        """Whether the nearest pixel of that ground is near an object, or far from it; unknown where there is none."""
        if name not in self.present:
            return 0
        true, unknown = _TABLES[name]
        if relation == "near":
            if true[self._window(item, near_px)].any():
                return 1
            return 0 if (true | unknown)[self._window(item, 2 * near_px)].any() else -1
        if true[self._window(item, 0.5 * far_px)].any():
            return -1
        return 0 if (true | unknown)[self._window(item, far_px)].any() else 1

    def out_at_sea(self, item: AnnotatedObject, far_px: float) -> int:
        """Whether there is only sea around an object, as far as "far" reaches within the image."""
        on_sea = self.surrounds(item, "sea")
        if on_sea < 1:
            return on_sea
        if not _SHORE[self._window(item, far_px)].any():
            return 1
        land = _TABLES["land"][0] | _TABLES["harbor"][0]
        return -1 if land[self._window(item, max(item.length_px, NEAR_SHARE * max(self.kinds.shape)))].any() else 0

    def region(self, name: str) -> AnnotatedObject | None:
        """The upright box of all ground of that kind; None where it is absent, in doubt or stretches over the image."""
        if name not in self.present:  # which a kind of object never is
            return None
        true, unknown = _TABLES[name]
        if self.shares[unknown].any():
            return None
        mask = true[self.kinds]
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        height, width = mask.shape
        if np.ptp(rows) > COMPACT_SHARE * height or np.ptp(columns) > COMPACT_SHARE * width:
            return None
        return box(name, columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)


def _histogram(kinds: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Pixels of every kind; Pillow counts bytes five times faster than `bincount`."""
    if not kinds.size:
        return np.zeros(len(KINDS))
    return np.array(Image.fromarray(np.ascontiguousarray(kinds)).histogram()[: len(KINDS)], np.float64)


assert set(GROUNDS) <= set(CONCEPTS), "every kind of ground is a concept"  # noqa: S101
