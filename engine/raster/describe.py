"""A scene in plain data, for programs: what `sarclip info --json` and the worker's `open` say of it."""

from __future__ import annotations

from typing import Any

from engine.raster.radiometry import Stretch
from engine.raster.scene import Scene


def scene_facts(scene: Scene, stretch: Stretch) -> dict[str, Any]:
    """Everything about a scene that is JSON."""
    place = scene.georeference
    return {
        "path": scene.path,
        "height": scene.height,
        "width": scene.width,
        "dtype": scene.dtype,
        "bands": list(scene.bands),
        "band": scene.band,
        "gsd_m": list(scene.gsd_m) if scene.gsd_m else None,
        "crs_wkt": place.crs,
        "georeference": place.kind,
        "transform": None if place.kind == "gcp" else list(place.pixel_to_plane[:6]),
        "scale": stretch.scale.value,
        "stretch": [stretch.low, stretch.high],
        "unit": stretch.unit,
        "reason": stretch.reason,
        "valid": not stretch.is_empty,
        "notes": list(scene.notes),
        "fingerprint": scene.fingerprint,
    }
