"""The GeoPackage of results: layers `tiles` and `objects`, tables `summary` and `run`, styles inside.

One file holds one run, written in one step: readers see the old file or the whole new one.
"""

from __future__ import annotations

import shutil
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from pyogrio.errors import CRSError, DataLayerError, DataSourceError

from engine.errors import InputError, OutputError
from engine.outputs import replacing
from engine.tasks.styles import LayerStyle

GEOMETRY_COLUMN = "geom"  # GDAL's name for it in a GeoPackage; the styles refer to it

_LONGEST_NAME_BYTES = 63  # PostgreSQL cuts longer names off; SQLite and QGIS take any
_FILE_OPTIONS = {"VERSION": "1.2"}  # newer ones bring nothing here and make the GDAL of QGIS 3.22 warn
_UNDEFINED_CARTESIAN = "-1"  # the GeoPackage standard's srs_id for coordinates of no place on earth
_COLUMN_TYPES: Mapping[str, Mapping[str, str]] = {
    "tiles": {"row": "int32", "col": "int32", "label": "str", "score": "float32", "margin": "float32"},
    "objects": {"prompt": "str", "score": "float32"},
    "summary": {
        "prompt": "str", "count": "Int32", "count_low": "float64", "count_high": "float64",
        "tiles": "Int32", "threshold": "float64",
    },
    "layer_styles": {
        "f_table_catalog": "str", "f_table_schema": "str", "f_table_name": "str", "f_geometry_column": "str",
        "styleName": "str", "styleQML": "str", "styleSLD": "str", "useAsDefault": "bool",
        "description": "str", "owner": "str", "ui": "str", "update_time": "datetime64[ms, UTC]",
    },
}  # fmt: skip
_PREFIX_TYPES = {"score_": "float32", "count_": "int32"}


def column_names(prompts: Sequence[str], prefix: str) -> list[str]:
    """Return one column name per prompt, all different also where case does not count, as in SQL.

    Letters, marks and digits of any script stay, everything else becomes one underscore; the name is cut to
    63 bytes of UTF-8; a name that is taken gets `_2`, `_3` and so on. So "ships near harbor" gives
    `score_ships_near_harbor`. The full prompt goes into the alias of the field and the table `summary`.

    Args:
        prompts: Any texts.
        prefix: Beginning of each name, such as "score_".
    """
    names: list[str] = []
    taken: set[str] = set()
    for prompt in prompts:
        words = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in _normal(prompt))
        stem = prefix + ("_".join(words.split()) or "prompt")
        name, number = _cut(stem), 1
        while name.casefold() in taken:
            number += 1
            name = _cut(stem, f"_{number}")
        taken.add(name.casefold())
        names.append(name)
    return names


def write_results(
    path: Path,
    *,
    tiles: gpd.GeoDataFrame | None,
    objects: gpd.GeoDataFrame | None,
    summary: pd.DataFrame,
    run: Mapping[str, str],
    styles: Mapping[str, LayerStyle],
    overwrite: bool = False,
) -> None:
    """Write the results of one run to a GeoPackage that opens in QGIS as it was seen.

    Args:
        path: File to make, ending in `.gpkg`.
        tiles: Polygons with `row`, `col`, `label`, `score`, `margin`, `score_*`, `count_*`; an empty frame
            gives an empty layer of the right columns, None no layer. Without a CRS the layer's coordinates
            are declared to be of no place on earth.
        objects: Points with `prompt` and `score`; empty and None as for `tiles`.
        summary: One row per prompt: `prompt`, `count`, `count_low`, `count_high`, `tiles`, `threshold`; what
            was not asked (the count of a label, the tiles of a count) is missing: NaN or None.
        run: What the results come from, one text per column: scene, model, model_sha256, stretch, band,
            prompts, versions, date.
        styles: Style per layer name; styles of layers that are not written are left out.
        overwrite: Whether an existing file may be replaced.

    Raises:
        InputError: `path` does not end in `.gpkg`.
        OutputExistsError: `path` exists and `overwrite` is false.
        OutputError: The file cannot be written; nothing half-written is left.
    """
    if path.suffix.lower() != ".gpkg":
        raise InputError(f"{path} is no name for a GeoPackage: let it end in .gpkg")
    _refuse_file_in_use(path)
    layers = {name: frame for name, frame in (("tiles", tiles), ("objects", objects)) if frame is not None}
    used = {name: style for name, style in styles.items() if name in layers}
    tables = {
        "summary": summary,
        "run": pd.DataFrame([dict(run)], dtype="str"),
        "layer_styles": _style_rows(used),
    }
    with replacing(path, overwrite=overwrite) as draft:
        try:
            for name, frame in layers.items():
                _write_layer(draft, name, _typed(frame, name))
            for name, table in tables.items():
                _write_table(draft, name, _typed(table, name))
            _check_complete(draft, {name: len(frame) for name, frame in (layers | tables).items()})
        except (DataSourceError, DataLayerError, CRSError, OSError) as error:
            raise OutputError(_failure(path, error)) from error


def _normal(text: str) -> str:
    """Return the text in NFKC, where full-width letters and composed accents have one form."""
    return unicodedata.normalize("NFKC", text)


def _cut(stem: str, suffix: str = "") -> str:
    room = _LONGEST_NAME_BYTES - len(suffix.encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip("_") + suffix


def _refuse_file_in_use(path: Path) -> None:
    # SQLite would replay a write-ahead log that belongs to the old file into the new one.
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size > 0:
        raise OutputError(f"{path} has unsaved changes in another program ({log.name}): close it there first")


def _typed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the frame with the columns' types settled, so that an empty layer has the same schema."""
    types = dict(_COLUMN_TYPES.get(name, {}))
    if name == "tiles":
        for prefix, kind in _PREFIX_TYPES.items():
            types |= {column: kind for column in frame.columns if str(column).startswith(prefix)}
    typed: pd.DataFrame = frame.astype({column: kind for column, kind in types.items() if column in frame.columns})
    return typed


def _write_layer(path: Path, name: str, frame: pd.DataFrame) -> None:
    geometry_type = "Polygon" if name == "tiles" else "Point"
    options = {"GEOMETRY_NAME": GEOMETRY_COLUMN}
    if frame.crs is None:
        options["SRID"] = _UNDEFINED_CARTESIAN
    with warnings.catch_warnings():
        # Pixel coordinates have no CRS on purpose.
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        pyogrio.write_dataframe(
            frame, path, layer=name, driver="GPKG", geometry_type=geometry_type,
            layer_options=options, dataset_options=_FILE_OPTIONS,
        )  # fmt: skip


def _write_table(path: Path, name: str, frame: pd.DataFrame) -> None:
    options = {"FID": "id"} if name == "layer_styles" else {}
    pyogrio.write_dataframe(
        frame, path, layer=name, driver="GPKG", layer_options=options, dataset_options=_FILE_OPTIONS
    )


def _style_rows(styles: Mapping[str, LayerStyle]) -> pd.DataFrame:
    """Return QGIS's table `layer_styles`, one default style per layer.

    Source: `QgsOgrProviderMetadata::saveStyle` in QGIS, src/core/providers/ogr/qgsogrprovidermetadata.cpp.
    """
    columns = _COLUMN_TYPES["layer_styles"]
    blank = {column: "" for column, kind in columns.items() if kind == "str"}
    now = datetime.now(timezone.utc)
    rows = [
        {
            **blank, "f_table_name": layer, "f_geometry_column": GEOMETRY_COLUMN, "styleName": style.name,
            "styleQML": style.qml, "useAsDefault": True, "description": style.description, "update_time": now,
        }
        for layer, style in styles.items()
    ]  # fmt: skip
    table: pd.DataFrame = pd.DataFrame(rows, columns=list(columns))
    return table


def _check_complete(path: Path, rows: Mapping[str, int]) -> None:
    """Read the counts back: on a full disk SQLite may fail only when GDAL closes the file, unheard."""
    for layer, count in rows.items():
        found = pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"]
        if found != count:
            raise DataLayerError(f"layer {layer} holds {found} of {count} rows")


def _failure(path: Path, error: Exception) -> str:
    reason = " ".join(str(error).split())
    free_mb = shutil.disk_usage(path.parent).free // 1_000_000
    return f"cannot write {path}: {reason} ({free_mb} MB free in its folder): make room or write elsewhere"
