"""Stand-ins for the engine and for QGIS's window: real files, real widgets, no process."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from osgeo import gdal, ogr, osr
from qgis.core import QgsCoordinateReferenceSystem, QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMessageBar
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QMainWindow

from sarclip_plugin.controller import EngineNotReadyError
from sarclip_plugin.engine_client import EngineCancelled, EngineError

gdal.UseExceptions()

EPSG = 32631
WEST, NORTH, PIXEL_M = 500_000.0, 4_000_000.0, 10.0
HEIGHT, WIDTH, TILE_PX, CELL_PX = 256, 384, 64, 8


def write_scene(path: Path, height: int = HEIGHT, width: int = WIDTH, crs: bool = True) -> Path:
    """Write a scene that is wider than high."""
    values = np.random.default_rng(0).gamma(1.0, 100.0, (height, width)).astype(np.uint16)
    _write(path, values[None], gdal.GDT_UInt16, PIXEL_M, (WEST, NORTH), crs=crs)
    return path


def write_heatmap(path: Path, bands: int, window: list[int] | None = None) -> None:
    """Write bands that grow from 0 in the west to 1 in the east of the scene."""
    row, col, height, width = window or [0, 0, HEIGHT, WIDTH]
    ramp = np.linspace(0, 1, WIDTH // CELL_PX, dtype=np.float32)[col // CELL_PX : (col + width) // CELL_PX]
    values = np.tile(ramp, (bands, height // CELL_PX, 1))
    corner = (WEST + col * PIXEL_M, NORTH - row * PIXEL_M)
    _write(path, values, gdal.GDT_Float32, PIXEL_M * CELL_PX, corner)


def write_package(path: Path, prompts: list[str], objects: list[str]) -> None:
    """Write tiles that take the labels in turn, and two objects per counted prompt."""
    package = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    system = osr.SpatialReference()
    system.ImportFromEPSG(EPSG)
    tiles = package.CreateLayer("tiles", system, ogr.wkbPolygon)
    for name, kind in (
        ("row", ogr.OFTInteger),
        ("col", ogr.OFTInteger),
        ("label", ogr.OFTString),
        ("score", ogr.OFTReal),
    ):
        tiles.CreateField(ogr.FieldDefn(name, kind))
    side = TILE_PX * PIXEL_M
    for row in range(HEIGHT // TILE_PX):
        for col in range(WIDTH // TILE_PX):
            feature = ogr.Feature(tiles.GetLayerDefn())
            feature["row"], feature["col"] = row, col
            feature["label"] = prompts[col % len(prompts)] if prompts else None
            feature["score"] = (col + 1) / 6
            x, y = WEST + col * side, NORTH - row * side
            ring = f"{x} {y},{x + side} {y},{x + side} {y - side},{x} {y - side},{x} {y}"
            feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POLYGON(({ring}))"))
            tiles.CreateFeature(feature)
    points = package.CreateLayer("objects", system, ogr.wkbPoint)
    points.CreateField(ogr.FieldDefn("prompt", ogr.OFTString))
    points.CreateField(ogr.FieldDefn("score", ogr.OFTReal))
    for index, prompt in enumerate(objects):
        for number, score in enumerate((0.6, 0.9)):
            feature = ogr.Feature(points.GetLayerDefn())
            feature["prompt"], feature["score"] = prompt, score
            x, y = WEST + 500 + 300 * number, NORTH - 500 - 200 * index
            feature.SetGeometry(ogr.CreateGeometryFromWkt(f"POINT({x} {y})"))
            points.CreateFeature(feature)


def _write(path: Path, values: Any, kind: int, pixel_m: float, corner: tuple[float, float], crs: bool = True) -> None:
    bands, height, width = values.shape
    file = gdal.GetDriverByName("GTiff").Create(str(path), width, height, bands, kind)
    file.SetGeoTransform((corner[0], pixel_m, 0, corner[1], 0, -pixel_m))
    if crs:
        system = osr.SpatialReference()
        system.ImportFromEPSG(EPSG)
        file.SetProjection(system.ExportToWkt())
    for band in range(bands):
        file.GetRasterBand(band + 1).WriteArray(values[band])


class FakeHandle:
    """What `FakeClient.call` returns."""

    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        """Drop the answer."""
        self.cancelled = True


class FakeClient(QObject):
    """Answers as the protocol says, with small real files; remembers what it was asked."""

    message = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.delay_ms = 1
        self.errors: dict[str, EngineError] = {}  # by method
        self.answers: dict[str, dict[str, Any]] = {}  # by method, instead of the usual ones
        self.step = {"done": 1, "total": 2, "seconds_left": 3.0, "message": "working"}
        self._held: dict[str, threading.Event] = {}

    @contextmanager
    def holding(self, method: str) -> Iterator[None]:
        """Answer a method, which another thread waits for, only when this is over."""
        self._held[method] = event = threading.Event()
        try:
            yield
        finally:
            del self._held[method]
            event.set()

    def asked(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of all calls of a method."""
        return [params for name, params in self.calls if name == method]

    def call(
        self, method: str, params: Any = None, on_result: Any = None, on_error: Any = None, on_progress: Any = None
    ) -> FakeHandle:
        """Answer soon."""
        handle = FakeHandle()

        def answer() -> None:
            try:
                result = self.call_blocking(method, params, cancelled=lambda: handle.cancelled)
            except EngineError as error:
                on_error(error)
            else:
                on_result(result)

        QTimer.singleShot(self.delay_ms, answer)
        return handle

    def call_blocking(
        self, method: str, params: Any = None, *, cancelled: Any = None, progress: Any = None
    ) -> dict[str, Any]:
        """Answer now."""
        if cancelled is not None and cancelled():
            raise EngineCancelled("cancelled")
        self.calls.append((method, dict(params or {})))
        if method in self.errors:
            raise self.errors[method]
        if progress is not None:
            progress(self.step)
        if method in self._held:
            self._held[method].wait(10)
            if cancelled is not None and cancelled():
                raise EngineCancelled("cancelled")
        if method in self.answers:
            return self.answers[method]
        return getattr(self, f"_{method}")(**(params or {}))

    def _hello(self, protocol: int) -> dict[str, Any]:
        return {
            "protocol": 1, "engine": "0.0", "versions": {}, "device": "cpu", "precision": "float32",
            "models": [{"name": "fake-s", "family": "sarclip", "bundled": True}], "default_model": "fake-s",
            "cache": "/c",
        }  # fmt: skip

    def _open(self, path: str, band: str = "", scale: str = "auto") -> dict[str, Any]:
        return {
            "scene": "s1", "path": path, "height": HEIGHT, "width": WIDTH, "dtype": "uint16", "bands": ["VH", "VV"],
            "band": band or "VH", "gsd_m": [PIXEL_M, PIXEL_M], "crs_wkt": None, "georeference": "affine",
            "transform": [PIXEL_M, 0, WEST, 0, -PIXEL_M, NORTH],
            "scale": "amplitude" if scale == "auto" else scale, "stretch": [10.0, 50.0], "unit": "dB",
            "reason": "it is", "valid": True, "notes": [],
        }  # fmt: skip

    def _chips(self, scene: str, out_dir: str, count: int, **_: Any) -> dict[str, Any]:
        return {"files": []}

    def _vocabulary(self, **_: Any) -> dict[str, Any]:
        return {"words": ["ship", "ships near harbor", "urban area"]}

    def _check(self, prompts: list[str], **_: Any) -> dict[str, Any]:
        known = [prompt.split()[0] in ("ship", "ships", "urban") for prompt in prompts]
        return {
            "prompts": [
                {"prompt": p, "known": k, "message": "" if k else "unknown word", "near": ["ship"]}
                for p, k in zip(prompts, known)  # noqa: B905 - Python 3.9
            ]
        }

    def _encode(self, scene: str, tile_px: int = TILE_PX, **_: Any) -> dict[str, Any]:
        return {
            "embedding": "e1",
            "store": "/store",
            "tile_px": TILE_PX,
            "cell_px": CELL_PX,
            "tiles": 24,
            "blocks": 1,
            "encoded": True,
        }

    def _heatmap(self, embedding: str, prompts: list[str], out: str, window: Any = None, **_: Any) -> dict[str, Any]:
        write_heatmap(Path(out), len(prompts), window)
        return {"out": out, "prompts": prompts, "threshold": 0.5, "range": [0.25, 0.9]}

    def _similar(self, embedding: str, out: str, **_: Any) -> dict[str, Any]:
        return self._heatmap(embedding, ["similar"], out)

    def _label(self, embedding: str, prompts: list[str], out: str, **_: Any) -> dict[str, Any]:
        Path(out).unlink(missing_ok=True)
        write_package(Path(out), prompts, [])
        return {"out": out, "tiles": dict.fromkeys(prompts, 4)}

    def _teach(self, embedding: str, examples: dict[str, Any], out: str, **_: Any) -> dict[str, Any]:
        return self._label(embedding, list(examples), out)

    def _count(self, embedding: str, prompts: list[str], out: str, **_: Any) -> dict[str, Any]:
        Path(out).unlink(missing_ok=True)
        write_package(Path(out), prompts, prompts)
        return {"out": out, "counts": {prompt: {"count": 2, "low": 1, "high": 3} for prompt in prompts}}

    def _save(
        self, embedding: str, label_prompts: list[str], count_prompts: list[str], out: str, **_: Any
    ) -> dict[str, Any]:
        return {"tiles": {}, **self._count(embedding, count_prompts, out)}


class FakeSettings:
    """Settings that are forgotten."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def value(self, key: str, default: Any = None) -> Any:
        """Return what was set."""
        return self._values.get(key, default)

    def set_value(self, key: str, value: Any) -> None:
        """Set."""
        self._values[key] = value


class FakeController(QObject):
    """Owns a fake engine that is ready, unless there is trouble."""

    state_changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.client, self.settings = FakeClient(), FakeSettings()
        self.trouble, self.wants_card = "", False

    @property
    def hello(self) -> dict[str, Any]:
        """Return what the engine says of itself."""
        return self.client._hello(1)

    def problem(self) -> str:
        """Return why the engine cannot run."""
        return self.trouble

    def ensure_running(self) -> FakeClient:
        """Return the client."""
        if self.trouble:
            raise EngineNotReadyError(self.trouble)
        return self.client

    def is_slower_than_chosen(self, hello: dict[str, Any]) -> bool:
        """Whether a graphics card was chosen, and is not used."""
        return self.wants_card and hello["device"] == "cpu"


class FakeIface:
    """A window with a map and a message bar, as a plugin sees them."""

    def __init__(self) -> None:
        self._window = QMainWindow()
        self._canvas = QgsMapCanvas(self._window)
        self._bar = QgsMessageBar(self._window)
        self._window.setCentralWidget(self._canvas)
        self._canvas.setDestinationCrs(QgsCoordinateReferenceSystem(f"EPSG:{EPSG}"))
        self._window.resize(900, 600)

    def mainWindow(self) -> QMainWindow:  # noqa: N802 - QGIS's name
        """Return the window."""
        return self._window

    def mapCanvas(self) -> QgsMapCanvas:  # noqa: N802
        """Return the map."""
        return self._canvas

    def messageBar(self) -> QgsMessageBar:  # noqa: N802
        """Return the bar."""
        return self._bar

    def show_pixels(self, row: int, col: int, height: int, width: int) -> None:
        """Show a part of the scene on the map."""
        self._canvas.setExtent(
            QgsRectangle(
                WEST + col * PIXEL_M,
                NORTH - (row + height) * PIXEL_M,
                WEST + (col + width) * PIXEL_M,
                NORTH - row * PIXEL_M,
            )
        )


def copy(source: Path, target: Path) -> Path:
    """Copy a file."""
    return Path(shutil.copy(source, target))
