"""Fixtures shared by all tests. Also loaded by QGIS's own Python: nothing heavy is imported here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real data, from `SARCLIP_DATA` or beside the repository."""
    path = Path(os.environ.get("SARCLIP_DATA") or ROOT.parent / "shared" / "data")
    if not path.is_dir():
        pytest.skip(f"no real data: {path} is absent (set SARCLIP_DATA)")
    return path


@pytest.fixture(scope="session")
def los_angeles(data_dir: Path) -> Path:
    """The Sentinel-1 scene that is the test of the whole product."""
    path = data_dir / "sentinel1" / "los_angeles_s1_vh.tif"
    if not path.is_file():
        pytest.skip(f"no test scene: {path} is absent")
    return path
