"""The scene under construction: backscatter, kinds and objects, always painted together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from training.simulate import geometry
from training.simulate.sensor import Sensor
from training.simulate.truth import KIND_INDEX, BoolArray, FloatArray, SimObject

# Mean sigma nought in dB: VV, VH, and the deviation from scene to scene. C band at about 35 degrees;
# after Ulaby and Dobson, "Handbook of Radar Scattering Statistics for Terrain", 1989, rounded.
BACKSCATTER_DB: dict[str, tuple[float, float, float]] = {
    "unknown": (-14, -21, 1.5),
    "sea": (-19, -29, 3.0),
    "ship": (-1, -8, 1.5),
    "harbor": (-9, -15, 1.5),
    "urban": (-7.5, -14, 1.2),
    "industry": (-6, -12, 1.5),
    "forest": (-8.5, -14.5, 1.0),
    "fields": (-12, -19, 1.5),
    "mountains": (-10, -16.5, 1.5),
    "bare": (-14, -21.5, 2.0),
    "inland water": (-21, -29, 2.0),
    "tank": (-12, -19, 1.5),
    "aircraft": (-4, -11, 1.5),
    "airport": (-14, -21, 1.5),
    "bridge": (-5, -12, 1.5),
    "breakwater": (-5, -13, 2.0),
    "island": (-8, -14, 2.0),
    "wind turbine": (0, -8, 2.0),
    "oil platform": (1, -6, 2.0),
    "vehicle": (-2, -9, 2.0),
    "flood": (-20, -28, 2.0),
    "oil slick": (-27, -31, 1.0),
}


STRIPS = ("breakwater", "bridge")
LEAST_SEEN = 0.12  # of an object cut by the border: of a smaller part nobody could tell what it is


# What other bands see beside C, in dB: short waves answer to small roughness and leaves, long ones pass through.
BAND_DB: dict[str, dict[str, float]] = {
    "C": {},
    "X": {"sea": 1.5, "inland water": 1.5, "fields": 2.0, "bare": 1.5, "forest": 0.5, "airport": 1.0},
    "L": {"sea": -4.0, "inland water": -4.0, "fields": -4.0, "bare": -6.0, "airport": -6.0, "urban": 1.0},
}


@dataclass(frozen=True)
class Region:
    """Some pixels of the canvas: the window that holds them, and a mask of that window's shape."""

    rows: slice
    cols: slice
    mask: BoolArray

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the window."""
        return self.mask.shape[0], self.mask.shape[1]

    @property
    def window(self) -> tuple[slice, slice]:
        """Index of the window in an array of the canvas."""
        return self.rows, self.cols


class Canvas:
    """Layers of one scene: later paint covers earlier paint, in the picture and in the truth alike."""

    def __init__(
        self,
        height: int,
        width: int,
        gsd_m: float,
        sensor: Sensor,
        rng: np.random.Generator,
        *,
        cut_at_border: bool = False,
    ) -> None:
        """Start with nothing known, at the backscatter of nondescript ground.

        Args:
            height: Rows.
            width: Columns.
            gsd_m: Metres a pixel.
            sensor: The instrument.
            rng: Source of everything random.
            cut_at_border: Record of an object what the picture shows of it, as annotators do, instead of
                whole objects whose centre lies in the picture.
        """
        self.height, self.width, self.gsd_m, self.sensor, self.rng = height, width, gsd_m, sensor, rng
        self.cut_at_border = cut_at_border
        self._levels = {kind: self._draw_level(kind) for kind in BACKSCATTER_DB}
        self.power: FloatArray = np.full((height, width), self._levels["unknown"], dtype=np.float32)
        self.points: FloatArray = np.zeros((height, width), dtype=np.float32)
        self.kinds = np.zeros((height, width), dtype=np.uint8)
        self.objects: list[SimObject] = []

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.height, self.width

    @property
    def extent_m(self) -> tuple[float, float]:
        """Width and height in metres."""
        return self.width * self.gsd_m, self.height * self.gsd_m

    def _draw_level(self, kind: str) -> float:
        vv_db, vh_db, spread_db = BACKSCATTER_DB[kind]
        mean_db = vv_db if self.sensor.polarisation == "VV" else vh_db
        mean_db += BAND_DB[self.sensor.band].get(kind, 0.0)
        return float(10 ** (self.rng.normal(mean_db, spread_db) / 10))

    def level(self, kind: str) -> np.float32:
        """Mean sigma nought of a kind in this scene, linear."""
        return np.float32(self._levels[kind])

    @property
    def point_gain(self) -> float:
        """Factor on radar cross-sections: corners answer weakly in cross-polarisation."""
        return 1.0 if self.sensor.polarisation == "VV" else 0.12

    def everything(self) -> Region:
        """The whole canvas."""
        return Region(slice(0, self.height), slice(0, self.width), np.ones(self.shape, dtype=bool))

    def region(self, mask: BoolArray) -> Region | None:
        """The pixels of a full-size mask, or None when there are none."""
        rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if rows.size == 0:
            return None
        window = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(cols[0]), int(cols[-1]) + 1)
        return Region(*window, mask[window])

    def polygon(self, outline: FloatArray) -> Region | None:
        """The pixels whose centre lies in an outline, or None when there are none."""
        rows, cols = geometry.bounds(outline, self.shape)
        if rows.stop <= rows.start or cols.stop <= cols.start:
            return None
        mask = geometry.coverage(outline, (rows, cols), samples=1) > 0
        return Region(rows, cols, mask) if mask.any() else None

    def is_kind(self, *names: str) -> BoolArray:
        """Mask of the pixels of any of these kinds."""
        return np.isin(self.kinds, [KIND_INDEX[name] for name in names])

    def metres(self, region: Region, angle: float = 0.0) -> tuple[FloatArray, FloatArray]:
        """Coordinates of the region's pixel centres in metres from the canvas's centre, turned by `angle`."""
        x = (np.arange(region.cols.start, region.cols.stop, dtype=np.float32) + 0.5 - self.width / 2)[None]
        y = (np.arange(region.rows.start, region.rows.stop, dtype=np.float32) + 0.5 - self.height / 2)[
            :, None
        ]
        cos, sin = np.float32(np.cos(angle) * self.gsd_m), np.float32(np.sin(angle) * self.gsd_m)
        return x * cos + y * sin, y * cos - x * sin

    def to_px(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Pixel coordinates of a place in metres from the centre."""
        return x_m / self.gsd_m + self.width / 2, y_m / self.gsd_m + self.height / 2

    def paint(self, region: Region, power: FloatArray | np.float32, kind: str) -> None:
        """Replace the backscatter and the kind of the region's pixels; point targets there vanish."""
        self.power[region.window] = np.where(region.mask, power, self.power[region.window])
        self.points[region.window][region.mask] = 0
        self.kinds[region.window][region.mask] = KIND_INDEX[kind]

    def blend(self, outline: FloatArray, power: FloatArray | np.float32, kind: str) -> None:
        """Paint an outline with soft edges; pixels covered by half, or else the fullest, get the kind."""
        rows, cols = geometry.bounds(outline, self.shape)
        if rows.stop <= rows.start or cols.stop <= cols.start:
            return
        share = geometry.coverage(outline, (rows, cols), samples=4)
        self.power[rows, cols] += share * (power - self.power[rows, cols])
        self.points[rows, cols] *= 1 - share
        self.kinds[rows, cols][(share > 0) & (share >= min(0.5, float(share.max())))] = KIND_INDEX[kind]

    def scatter(self, x_px: FloatArray, y_px: FloatArray, rcs_m2: FloatArray) -> None:
        """Add point targets of a radar cross-section in square metres."""
        cols, rows = np.floor(x_px).astype(int), np.floor(y_px).astype(int)
        ok = (cols >= 0) & (cols < self.width) & (rows >= 0) & (rows < self.height)
        gain = self.point_gain / self.gsd_m**2
        np.add.at(self.points, (rows[ok], cols[ok]), (np.asarray(rcs_m2)[ok] * gain).astype(np.float32))

    def record(self, item: SimObject) -> None:
        """Keep an object of which at least the centre lies on the canvas, or a fair part if cut at the border."""
        if self.cut_at_border:
            cut = self._cut(item)
            if cut is not None:
                self.objects.append(cut)
            return
        x, y = item.center_xy
        if 0 <= x < self.width and 0 <= y < self.height:
            self.objects.append(item)

    def _cut(self, item: SimObject) -> SimObject | None:
        """The part of an object that the picture shows; None when that is hardly anything."""
        outline = np.asarray(item.outline, dtype=np.float64)
        if (outline >= 0).all() and (outline <= (self.width, self.height)).all():
            return item
        whole = shapely.make_valid(shapely.Polygon(outline))
        seen = whole.intersection(shapely.box(0, 0, self.width, self.height))
        if seen.area < max(2.0, LEAST_SEEN * whole.area):
            return None
        part = max(getattr(seen, "geoms", [seen]), key=lambda piece: piece.area)
        corners = np.asarray(part.exterior.coords)[:-1].astype(np.float32)
        at = part.centroid if part.contains(part.centroid) else part.representative_point()
        if item.kind in STRIPS:  # their centre is a pixel that was painted
            at = shapely.Point(item.center_xy)
        attributes = {**item.attributes, "cut": "yes"}
        return replace(item, outline=corners, center_xy=(float(at.x), float(at.y)), attributes=attributes)
