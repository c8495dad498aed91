"""`tiles.parquet` is GeoParquet that other programs read."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.model.fake import SPEC, FakeModel
from engine.raster import array_scene
from engine.scan import StoredEmbedding, encode
from tests.engine.worlds import UTM, scene_of, world


def test_schema_and_values(encoded: StoredEmbedding) -> None:
    table = pq.read_table(encoded.store.folder / "tiles.parquet")
    assert table.schema.field("embedding").type == pa.list_(pa.float16(), SPEC.embed_dim)
    assert table.schema.names == ["row", "col", "valid", "geometry", "embedding"]
    rows, cols = (table[name].to_numpy() for name in ("row", "col"))
    vectors = np.stack(table["embedding"].to_numpy())
    assert np.array_equal(vectors, encoded.store.tiles[rows, cols])
    assert len(table) == 8 * 12


def test_geopandas_reads_it_as_geoparquet(encoded: StoredEmbedding) -> None:
    frame = gpd.read_parquet(encoded.store.folder / "tiles.parquet")
    assert frame.crs == UTM
    assert frame.geometry.area.sum() == pytest.approx(230 * 358 * 100)
    first = frame[(frame.row == 0) & (frame.col == 2)].geometry.item()
    assert first.bounds == (500_640, 3_999_680, 500_960, 4_000_000)
    metadata = json.loads(pq.read_metadata(encoded.store.folder / "tiles.parquet").metadata[b"geo"])
    assert metadata["version"].startswith("1.") and metadata["primary_column"] == "geometry"
    assert metadata["columns"]["geometry"]["bbox"] == list(frame.total_bounds)


def test_without_a_place_on_earth(tmp_path: Path, fake: FakeModel) -> None:
    found = encode(array_scene(world()), fake, cache=tmp_path)
    frame = gpd.read_parquet(found.store.folder / "tiles.parquet")
    assert frame.crs is None and frame.total_bounds.tolist() == [0, -230, 358, 0]


def test_only_tiles_with_pixels(tmp_path: Path, fake: FakeModel) -> None:
    pixels = world()
    pixels[:, 96:] = 0
    found = encode(scene_of(pixels), fake, cache=tmp_path)
    assert set(gpd.read_parquet(found.store.folder / "tiles.parquet").col) == {0, 1, 2}


def test_description_says_what_it_is(encoded: StoredEmbedding) -> None:
    said = json.loads((encoded.store.folder / "embedding.json").read_text())
    assert said["emb:model"] == "fake" and said["emb:dimensions"] == SPEC.embed_dim
    assert said["key"]["model"] == SPEC.sha256
    assert {"emb:created", "emb:source", "emb:quantization", "stretch", "plan", "codec"} <= said.keys()
