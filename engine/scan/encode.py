"""The one costly step: a scene through a model into a store, once."""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.background import step_back
from engine.errors import Cancelled, StoreError
from engine.model.allocator import keep_freed_memory
from engine.model.sarclip import SarClip, WindowFeatures
from engine.raster import Scene, Stretch, Swath, measure_stretch, pad, read_swaths, read_window
from engine.scan.codec import INVALID, DenseCodec, dims_allowed, fitted_codec, leading_codec
from engine.scan.embedding import StoredEmbedding
from engine.scan.parquet import forget_tiles, has_tiles, write_tiles
from engine.scan.plan import Extent, Plan, make_plan
from engine.scan.store import EmbeddingStore, StoreKey, default_cache

logger = logging.getLogger(__name__)

OBJECT_CELLS = 2  # object cells along one side of a cell
CELL_VALID = 0.5  # share of valid pixels from which a cell counts
SMALL_PX = 1024 * 1024  # pixels of a scene that is read with care unless that is declined
_SAMPLE_SIDE = 4  # the codec of a foreign model is fitted to this many tiles a side, spread over the scene


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an encode has come."""

    done: int  # blocks, of those asked for
    total: int
    seconds: float  # since this run began
    seconds_left: float | None  # None while nothing is measured


def encode(
    scene: Scene,
    model: SarClip,
    *,
    scale: str = "auto",
    tile_px: int | None = None,
    extent: Extent | None = None,
    cache: Path | None = None,
    careful: bool | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> StoredEmbedding:
    """Encode a scene, or what of it is still missing.

    Args:
        scene: To encode.
        model: To encode it with.
        scale: What the scene's numbers are; "auto" decides by documented rules.
        tile_px: Side of a tile in pixels; None for the model's own.
        extent: Region to encode, in pixels; None for the whole scene. A later call with another extent
            adds what is missing and keeps what is there.
        cache: Folder of stores; None for the system's place.
        careful: Whether every window is read four times, mirrored and resized, and the mean kept: finds somewhat more,
            in five times the time (`docs/model.md`). None does so where objects can be looked for and the scene has
            no more than `SMALL_PX`, whose four readings nobody waits for.
        progress: Told after every block.
        cancel: Asked before every block; what is done stays done.

    Raises:
        InputError: The tile does not fit the model.
        SceneError: The scene cannot be read.
        StoreError: The store cannot be written, or another process is adding to it, and something of what
            is asked for is missing.
        Cancelled: `cancel` said so.
    """
    stretch = measure_stretch(scene, scale, model.spec.stretch, model.spec.stretch_unit)
    logger.info("%s: scale %s, %s", scene.path, stretch.scale.value, stretch.reason)
    plan = make_plan(scene.height, scene.width, model.spec, tile_px)
    if careful is None:
        careful = model.spec.has_objectness and scene.height * scene.width <= SMALL_PX
    key = _key(scene, stretch, plan, model, careful=careful)
    folder = EmbeddingStore.folder_of(cache or default_cache(), Path(scene.path).stem, key)
    store = EmbeddingStore.open(folder, key)
    if store is None:
        codec = _choose_codec(scene, stretch, plan, model)
        store = EmbeddingStore.create(folder, key, plan, codec, _about(scene, stretch, model))
    asked = plan.blocks(extent)
    if not stretch.is_empty and store.missing(asked):
        with store.writing(), keep_freed_memory():
            # asked again: another process may have added some while we waited for the right to write
            _encode_blocks(store, scene, stretch, model, store.missing(asked), progress, cancel, careful=careful)
            write_tiles(store, scene)
    elif not stretch.is_empty and not has_tiles(store):
        _mend_tiles(store, scene)
    return StoredEmbedding(scene, model, stretch, store, extent, careful)


def _mend_tiles(store: EmbeddingStore, scene: Scene) -> None:
    """Write the table that a run which was cut short left out, if that can be done now.

    It is for other programs, our answers do without: neither a process that adds blocks, and will write the
    table itself, nor a folder that may only be read is a reason to refuse them.
    """
    try:
        with store.writing():
            write_tiles(store, scene)
    except StoreError as error:
        logger.info("the table of tiles is left out: %s", error)


def _encode_blocks(
    store: EmbeddingStore,
    scene: Scene,
    stretch: Stretch,
    model: SarClip,
    blocks: list[int],
    progress: Callable[[Progress], None] | None,
    cancel: Callable[[], bool] | None,
    *,
    careful: bool,
) -> None:
    start = time.monotonic()
    coarse = model.spec.coarse_factor if model.reads_context else None
    windows = [store.plan.window(block) for block in blocks]
    with (
        contextlib.closing(read_swaths(scene, stretch, windows, coarse_factor=coarse, cancel=cancel)) as swaths,
        ThreadPoolExecutor(1, "sarclip-writer", step_back) as writer,
    ):
        written = writer.submit(lambda: None)

        def settle(number: int) -> None:
            """Wait until the last block is safe on the disk, and only then tell that so many are done."""
            written.result()
            if progress is not None and number:
                seconds = time.monotonic() - start
                progress(Progress(number, len(blocks), seconds, seconds / number * (len(blocks) - number)))

        # not strict: after the last block nobody is to be asked whether to go on
        for number, (block, swath) in enumerate(zip(blocks, swaths, strict=False), 1):
            found = _encode_swath(swath, model, store.plan.tile_px, careful=careful)
            settle(number - 1)
            # while the next block is computed: the disk takes its time to say that a block is safe
            written = writer.submit(_put, store, block, found)
            if cancel is not None and number < len(blocks) and cancel():
                settle(number)
                raise Cancelled(f"stopped after {number} of {len(blocks)} windows; what is done is kept")
        settle(len(blocks))


def _encode_swath(swath: Swath, model: SarClip, tile_px: int, *, careful: bool) -> WindowFeatures | None:
    """What the model sees in one window; None, and nothing is computed, where no pixel is valid."""
    if not swath.pixels.any():
        return None
    coarse = None if swath.coarse is None else swath.coarse[None]
    return model.encode_windows(swath.pixels[None], coarse, tile_px, careful=careful)


def _put(store: EmbeddingStore, block: int, found: WindowFeatures | None) -> None:
    """Write one block; without features it is marked invalid."""
    plan = store.plan
    forget_tiles(store)
    if found is None:
        core = plan.core(block)
        cells = (-(-core.height // plan.cell_px), -(-core.width // plan.cell_px), store.codec.depth)
        tiles = (-(-core.height // plan.tile_px), -(-core.width // plan.tile_px))
        empty = np.full(cells, INVALID, np.int8)
        store.put(block, empty, np.zeros((*tiles, store.embed_dim), np.float32), np.zeros(tiles, np.float32))
    else:
        objectness = None if found.objectness is None else found.objectness[0]
        codes = store.codec.encode(found.dense[0], found.dense_valid[0] >= CELL_VALID, objectness)
        store.put(block, codes, found.tiles[0], found.tile_valid[0])
    store.release()


def _choose_codec(scene: Scene, stretch: Stretch, plan: Plan, model: SarClip) -> DenseCodec:
    objects = OBJECT_CELLS if model.spec.has_objectness else 0
    dims = dims_allowed(_bytes_per_pixel(scene), plan.cell_px, objects)
    if model.spec.has_objectness or stretch.is_empty:  # our own models sort their dimensions
        return leading_codec(model.spec.embed_dim, dims, objects)
    return fitted_codec(_sample_vectors(scene, stretch, plan, model), dims, objects)


def _sample_vectors(scene: Scene, stretch: Stretch, plan: Plan, model: SarClip) -> NDArray[np.float32]:
    """Vectors of tiles on a lattice over the scene, (n, D)."""
    rows, cols = (
        sorted({(2 * step + 1) * count // (2 * _SAMPLE_SIDE) for step in range(_SAMPLE_SIDE)})
        for count in plan.tile_shape
    )
    vectors = []
    for row, col in itertools.product(rows, cols):
        pixels = read_window(scene, stretch, pad(plan.tile(row, col), plan.margin_px))
        if pixels.any():
            found = model.encode_windows(pixels[None], None, plan.tile_px)
            vectors.append(found.dense[0][found.dense_valid[0] >= CELL_VALID])
    depth = model.spec.embed_dim
    return np.concatenate(vectors) if vectors else np.eye(depth, dtype=np.float32)


def _bytes_per_pixel(scene: Scene) -> int:
    sizes = {"complex_int16": 4, "complex_int32": 8}
    return sizes.get(scene.dtype) or np.dtype(scene.dtype).itemsize


def _key(scene: Scene, stretch: Stretch, plan: Plan, model: SarClip, *, careful: bool) -> StoreKey:
    return StoreKey(
        scene=scene.fingerprint,
        band=scene.band,
        scale=stretch.scale.value,
        stretch=(round(stretch.low, 6), round(stretch.high, 6)),
        gain=stretch.gain,
        offset=stretch.offset,
        grid=(plan.tile_px, plan.cell_px, plan.core_px, plan.margin_px),
        shape=(plan.height, plan.width),
        model=model.spec.sha256,
        precision=model.precision,
        careful=careful,
    )


def _about(scene: Scene, stretch: Stretch, model: SarClip) -> dict[str, Any]:
    """What the store says of itself, in the fields of the STAC embedding extension."""
    return {
        "emb:model": model.spec.name,
        "emb:dimensions": model.spec.embed_dim,
        "emb:created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "emb:source": scene.path,
        "emb:quantization": "int8 on leading axes (dense), float16 (tiles)",
        "emb:gsd": scene.gsd_m,
        "stretch": {
            "scale": stretch.scale.value,
            "low": stretch.low,
            "high": stretch.high,
            "reason": stretch.reason,
        },
    }
