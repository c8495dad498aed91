"""What importing the plugin costs QGIS: little time, and none of the engine's libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytest.importorskip("qgis.core", reason="needs the interpreter that QGIS's bindings belong to")

LIMIT_S = 0.150
HEAVY = {"torch", "rasterio", "engine", "training", "numpy", "scipy", "pandas", "geopandas", "sklearn"}
START = """
import json, sys, time
import qgis.core, qgis.gui, qgis.PyQt.QtWidgets, qgis.PyQt.QtNetwork
before = set(sys.modules)
began = time.perf_counter()
import sarclip_plugin
plugin = sarclip_plugin.classFactory(None)
seconds = time.perf_counter() - began
print(json.dumps([seconds, sorted(set(sys.modules) - before)]))
"""
EVERYTHING = """
import importlib, json, pkgutil, sys
import qgis.core, qgis.gui
import sarclip_plugin
before = set(sys.modules)
for module in pkgutil.walk_packages(sarclip_plugin.__path__, "sarclip_plugin."):
    if ".engine_source" not in module.name:
        importlib.import_module(module.name)
print(json.dumps([0, sorted(set(sys.modules) - before)]))
"""


def run(code: str) -> tuple[float, set[str]]:
    """Seconds and the new top-level modules of a fresh QGIS Python."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    seconds, modules = json.loads(answer.stdout.splitlines()[-1])
    return seconds, {name.split(".")[0] for name in modules}


def test_import_is_quick() -> None:
    runs = [run(START)[0] for _ in range(3)]
    assert min(runs) < LIMIT_S, f"seconds: {runs}"  # the quickest: others share this machine


def test_start_imports_nothing_heavy() -> None:
    assert not run(START)[1] & HEAVY


def test_no_module_imports_anything_heavy() -> None:
    assert not run(EVERYTHING)[1] & HEAVY
