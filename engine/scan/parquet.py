"""The tiles of a store as GeoParquet, for DuckDB, geopandas and vector stores."""

from __future__ import annotations

import io
import json

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from engine.raster import Scene
from engine.scan.store import EmbeddingStore, write_whole

Places = NDArray[np.intp]

TABLE_NAME = "tiles.parquet"


def write_tiles(store: EmbeddingStore, scene: Scene) -> None:
    """Write `tiles.parquet` of all tiles that are done: row, col, valid, embedding, geometry."""
    rows, cols = np.nonzero(store.valid)
    table = tile_table(store, scene, rows, cols)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    write_whole(store.folder / TABLE_NAME, buffer.getvalue())


def has_tiles(store: EmbeddingStore) -> bool:
    """Whether `tiles.parquet` is there and holds every tile that is done."""
    return (store.folder / TABLE_NAME).exists()


def forget_tiles(store: EmbeddingStore) -> None:
    """Remove `tiles.parquet`, which would lack tiles from now on, until it is written anew."""
    (store.folder / TABLE_NAME).unlink(missing_ok=True)


def tile_table(store: EmbeddingStore, scene: Scene, rows: Places, cols: Places) -> pa.Table:
    """Tiles at (rows, cols) as a GeoParquet table; embeddings are fixed-size lists of float16."""
    windows = [store.plan.tile(int(row), int(col)) for row, col in zip(rows, cols, strict=True)]
    shapes = scene.georeference.polygons(windows)
    frame = gpd.GeoDataFrame(
        {"row": rows.astype(np.int32), "col": cols.astype(np.int32), "valid": store.valid[rows, cols]},
        geometry=gpd.GeoSeries(shapes, crs=scene.georeference.crs),
    )
    table = pa.table(frame.to_arrow(geometry_encoding="WKB"))
    flat = pa.array(np.ascontiguousarray(store.tiles[rows, cols]).reshape(-1), pa.float16())
    table = table.append_column("embedding", pa.FixedSizeListArray.from_arrays(flat, store.embed_dim))
    return table.replace_schema_metadata({"geo": json.dumps(_geo_metadata(frame))})


def _geo_metadata(frame: gpd.GeoDataFrame) -> dict[str, object]:
    """The file metadata of GeoParquet 1.0."""
    column = {
        "encoding": "WKB",
        "geometry_types": ["Polygon"],
        "crs": frame.crs.to_json_dict() if frame.crs else None,
        "bbox": [float(value) for value in frame.total_bounds] if len(frame) else None,
    }
    return {
        "version": "1.0.0",
        "primary_column": "geometry",
        "columns": {"geometry": {name: value for name, value in column.items() if name == "crs" or value is not None}},
    }
