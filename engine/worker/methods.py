"""What the worker can be asked, and what it keeps open between questions.

Every public method of `Workbench` is a method of the protocol: its keyword-only arguments are the parameters,
its dictionary the result. IDs are digests of what they stand for, so that the same scene opened by another
worker has the same ID.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from engine import answers
from engine.api import SceneEmbedding, encode
from engine.errors import InputError, NotOpenError, StoreBusyError
from engine.model import ModelEntry, list_models
from engine.model.precision import choose_precision
from engine.model.registry import DEFAULT_MODEL
from engine.model.sarclip import SarClip, default_device, load_model
from engine.raster import Scene, Window, intersection, measure_stretch, open_scene
from engine.raster.describe import scene_facts
from engine.scan import Extent, Progress, default_cache
from engine.scan.extent import bbox_extent, pixel_at, wkt_extent
from engine.tasks.heatmap import THRESHOLD
from engine.versions import versions
from engine.worker.chips import write_chips
from engine.worker.params import ParameterError
from engine.worker.rpc import Job, Method
from engine.worker.vocabulary import Vocabulary, phrases

PROTOCOL = 1
_MODELS_OPEN = 2  # each may take gigabytes
_KEPT = 8  # scenes, and embeddings: each has a map of megabytes to gigabytes, and its tiles in memory
_BUSY_S = 1.0  # between two looks at a store that another process is adding to


class Workbench:
    """Scenes, models and embeddings that are open.

    Args:
        log: File of the log, None where there is none.
    """

    def __init__(self, log: Path | None = None) -> None:
        self._log = log
        self._scenes: dict[str, tuple[Scene, str]] = {}  # with the scale that was asked for
        self._models: dict[str, SarClip] = {}  # the one used last is last
        self._embeddings: dict[str, SceneEmbedding] = {}
        self._vocabularies: dict[str, Vocabulary] = {}

    def methods(self) -> dict[str, Method]:
        """Everything that can be asked, by name."""
        names = [name for name in vars(type(self)) if not name.startswith("_") and name != "methods"]
        return {name: getattr(self, name) for name in names}

    def hello(self, job: Job, *, protocol: int) -> dict[str, Any]:
        """Who answers here; loads no model."""
        if protocol != PROTOCOL:
            raise InputError(
                f"protocol {protocol}: this engine speaks {PROTOCOL}; update the plugin and engine"
            )
        device = default_device()
        found = versions()
        return {
            "protocol": PROTOCOL,
            "engine": found["sarclip"],
            "versions": found,
            "device": str(device),
            "precision": choose_precision(device),
            "models": _models(),
            "default_model": DEFAULT_MODEL,
            "cache": str(default_cache()),
            "log": str(self._log) if self._log else None,
        }

    def models(self, job: Job) -> dict[str, Any]:
        """Models that a name can be given for."""
        return {"models": _models()}

    def open(
        self, job: Job, *, path: str, band: str | int | None = None, scale: str | None = None
    ) -> dict[str, Any]:
        """Open a scene and say how its numbers are read."""
        scene, scale = open_scene(path, band), scale or "auto"
        stretch = measure_stretch(scene, scale)
        handle = _digest(scene.path, scene.band, scale, scene.fingerprint)
        _keep(self._scenes, handle, (scene, scale))
        return {"scene": handle, **scene_facts(scene, stretch)}

    def chips(
        self,
        job: Job,
        *,
        scene: str,
        out_dir: str,
        count: int = 4,
        tile_px: int | None = None,
        model: str | None = None,
    ) -> dict[str, Any]:
        """Draw some tiles as the model sees them."""
        opened, scale = self._scene(scene)
        spec = self._model(model).spec
        stretch = measure_stretch(opened, scale, spec.stretch, spec.stretch_unit)
        side = tile_px or spec.tile_px
        return {"files": [str(path) for path in write_chips(opened, stretch, Path(out_dir), count, side)]}

    def vocabulary(self, job: Job, *, model: str | None = None) -> dict[str, Any]:
        """Phrases worth suggesting: those the bundled models were trained on."""
        return {"words": phrases()}

    def check(self, job: Job, *, prompts: list[str], model: str | None = None) -> dict[str, Any]:
        """Say which prompts the model can read, and what it knows that is near."""
        loaded = self._model(model)
        words = self._vocabularies.get(loaded.spec.sha256) or Vocabulary(loaded)
        self._vocabularies[loaded.spec.sha256] = words
        return {"prompts": [words.check(prompt) for prompt in prompts]}

    def encode(
        self,
        job: Job,
        *,
        scene: str,
        model: str | None = None,
        tile_px: int | None = None,
        tile_m: float | None = None,
        extent: dict[str, Any] | None = None,
        careful: bool | None = None,
        cache: str | None = None,
    ) -> dict[str, Any]:
        """Encode a scene, or what of it is still missing."""
        opened, scale = self._scene(scene)
        loaded = self._model(model)
        side = answers.tile_size_px(opened, loaded.spec, tile_px, tile_m)
        region = _extent(opened, extent)
        folder = Path(cache) if cache else None
        encoded = False

        def report(progress: Progress) -> None:
            nonlocal encoded
            encoded = True
            job.progress(progress.done, progress.total, progress.seconds_left, "encoding")

        while True:
            try:
                found = encode(
                    opened, loaded, scale=scale, tile_px=side, extent=region, careful=careful, cache=folder,
                    progress=report, cancel=job.is_cancelled,
                )  # fmt: skip
                break
            except StoreBusyError:
                job.progress(0, 0, None, "another program is encoding this scene; waiting for it")
                job.wait(_BUSY_S)
        loaded.encode_text(loaded.spec.background)  # the first question finds them ready
        handle = _digest(found.store.folder.name, str(folder), region.wkt if region is not None else "")
        _keep(self._embeddings, handle, found)
        plan = found.plan
        return {
            "embedding": handle,
            "store": str(found.store.folder),
            "tile_px": plan.tile_px,
            "cell_px": plan.cell_px,
            "tiles": len(found.tiles.rows),
            "blocks": len(plan.blocks(region)),
            "readings": found.readings,
            "encoded": encoded,
        }

    def label(
        self,
        job: Job,
        *,
        embedding: str,
        prompts: list[str],
        out: str,
        background: list[str] | None = None,
        overwrite: bool = False,
    ) -> dict[str, Any]:
        """Label every tile with the prompt that fits it best."""
        return self.save(
            job, embedding=embedding, label_prompts=prompts, count_prompts=[], out=out, background=background,
            overwrite=overwrite,
        )  # fmt: skip

    def count(
        self,
        job: Job,
        *,
        embedding: str,
        prompts: list[str],
        out: str,
        background: list[str] | None = None,
        threshold: float = 0.5,
        min_distance_m: float | None = None,
        overwrite: bool = False,
    ) -> dict[str, Any]:
        """Count objects."""
        return self.save(
            job, embedding=embedding, label_prompts=[], count_prompts=prompts, out=out, background=background,
            threshold=threshold, min_distance_m=min_distance_m, overwrite=overwrite,
        )  # fmt: skip

    def save(
        self,
        job: Job,
        *,
        embedding: str,
        label_prompts: list[str],
        count_prompts: list[str],
        out: str,
        background: list[str] | None = None,
        threshold: float = 0.5,
        min_distance_m: float | None = None,
        overwrite: bool = False,
    ) -> dict[str, Any]:
        """Label and count into one GeoPackage; see `answers.label_and_count`."""
        answer = answers.label_and_count(
            self._embedding(embedding), Path(out), label=label_prompts, count=count_prompts,
            background=background or (), threshold=threshold, min_distance_m=min_distance_m,
            overwrite=overwrite, cancel=job.is_cancelled,
        )  # fmt: skip
        return {"out": out, "tiles": answer.tiles, "counts": answer.figures}

    def heatmap(
        self,
        job: Job,
        *,
        embedding: str,
        prompts: list[str],
        out: str,
        background: list[str] | None = None,
        window: list[int] | None = None,
        overwrite: bool = False,
    ) -> dict[str, Any]:
        """Score prompts in every cell of a scene or of a window of it."""
        asked = self._embedding(embedding)
        cells = None if window is None else _cells(asked, window)
        result = answers.heatmap(
            asked, Path(out), prompts, background or (), cells=cells, overwrite=overwrite, cancel=job.is_cancelled
        )
        return _shown(out, result)

    def similar(
        self,
        job: Job,
        *,
        embedding: str,
        out: str,
        point: list[float] | None = None,
        box: list[float] | None = None,
        crs: str | None = None,
        overwrite: bool = False,
    ) -> dict[str, Any]:
        """Show where the scene looks like a place in it."""
        asked = self._embedding(embedding)
        place = _place(asked.scene, point, box, crs)
        result = answers.similar(asked, Path(out), place, overwrite=overwrite, cancel=job.is_cancelled)
        return _shown(out, result)

    def teach(
        self,
        job: Job,
        *,
        embedding: str,
        examples: dict[str, list[list[int]]],
        out: str,
        overwrite: bool = False,
    ) -> dict[str, Any]:
        """Label tiles by examples."""
        places = {name: [_pair(place) for place in found] for name, found in examples.items()}
        answer = answers.teach(
            self._embedding(embedding), Path(out), places, overwrite=overwrite, cancel=job.is_cancelled
        )
        return {"out": out, "tiles": answer.tiles}

    def _scene(self, handle: str) -> tuple[Scene, str]:
        if handle not in self._scenes:
            raise NotOpenError(handle, "open the scene first")
        return _keep(self._scenes, handle, self._scenes[handle])

    def _embedding(self, handle: str) -> SceneEmbedding:
        if handle not in self._embeddings:
            raise NotOpenError(handle, "encode the scene first")
        return _keep(self._embeddings, handle, self._embeddings[handle])

    def _model(self, name: str | None) -> SarClip:
        """The model, kept open; the one that was not used for longest is let go with what it encoded."""
        key = name or DEFAULT_MODEL
        if key not in self._models:
            if len(self._models) >= _MODELS_OPEN:  # before the new one needs the room
                self._let_go(next(iter(self._models)))
            self._models[key] = load_model(name)
        return _keep(self._models, key, self._models[key])

    def _let_go(self, key: str) -> None:
        gone = self._models.pop(key)
        self._vocabularies.pop(gone.spec.sha256, None)
        self._embeddings = {at: kept for at, kept in self._embeddings.items() if kept.model is not gone}


_Open = TypeVar("_Open")


def _keep(opened: dict[str, _Open], handle: str, item: _Open) -> _Open:
    """Make something the last used of what is open; all but the last ones are let go."""
    opened.pop(handle, None)
    opened[handle] = item
    while len(opened) > _KEPT:
        del opened[next(iter(opened))]
    return item


def _models() -> list[dict[str, Any]]:
    def described(entry: ModelEntry) -> dict[str, Any]:
        return {"name": entry.name, "family": entry.family, "bundled": entry.bundled}

    return [described(entry) for entry in list_models()]


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _extent(scene: Scene, extent: dict[str, Any] | None) -> Extent | None:
    """EXTENT of the protocol as a region in pixels."""
    if extent is None:
        return None
    crs, bbox, wkt = extent.get("crs"), extent.get("bbox"), extent.get("wkt")
    one_of_two = (bbox is None) != (wkt is None) and set(extent) <= {"bbox", "wkt", "crs"}
    if not (one_of_two and isinstance(crs, str | None)):
        raise ParameterError('extent is {"bbox": [w, s, e, n], "crs": …} or {"wkt": polygon, "crs": …}')
    if bbox is not None:
        west, south, east, north = _numbers(bbox, 4, "bbox")
        return bbox_extent(scene, (west, south, east, north), crs)
    return wkt_extent(scene, str(wkt), crs)


def _place(
    scene: Scene, point: list[float] | None, box: list[float] | None, crs: str | None
) -> tuple[float, float] | Window:
    """A point or box on the ground as one of the scene's pixels or a window of them."""
    if (point is None) == (box is None):
        raise ParameterError("give either 'point' or 'box'")
    if point is not None:
        x, y = _numbers(point, 2, "point")
        return pixel_at(scene, (x, y), crs)
    west, south, east, north = _numbers(box, 4, "box")
    inside = intersection(scene.georeference.window((west, south, east, north), crs), scene.window)
    if inside is None:
        raise InputError(f"box {box} does not touch the scene: choose a place inside its data")
    return inside


def _cells(embedding: SceneEmbedding, window: list[int]) -> Window:
    """Cells that a window in pixels of the scene touches."""
    row, col, height, width = _numbers(window, 4, "window")
    inside = intersection(Window(int(row), int(col), int(height), int(width)), embedding.scene.window)
    if inside is None:
        raise InputError(f"window {window} does not touch the scene: show a part of it")
    return embedding.plan.cells(inside)


def _pair(place: list[int]) -> tuple[int, int]:
    row, col = _numbers(place, 2, "a tile")
    return int(row), int(col)


def _numbers(values: object, count: int, name: str) -> list[float]:
    if not (isinstance(values, list) and len(values) == count):
        raise ParameterError(f"{name} {values!r}: give {count} numbers")
    if not all(isinstance(value, int | float) for value in values):
        raise ParameterError(f"{name} {values!r}: give {count} numbers")
    return [float(value) for value in values]


def _shown(out: str, shown: answers.Shown) -> dict[str, Any]:
    return {
        "out": out,
        "prompts": list(shown.prompts),
        "threshold": THRESHOLD,
        "range": list(shown.bounds),
    }
