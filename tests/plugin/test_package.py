"""The zip against the rules of the QGIS plugin repository, and the plugin's code against QGIS 3.22 to 4."""

from __future__ import annotations

import ast
import configparser
import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "sarclip_plugin"
SOURCES = sorted(PLUGIN.rglob("*.py"))
BINARY = {".pyc", ".pyo", ".so", ".dll", ".dylib", ".exe", ".bat", ".sh", ".whl", ".pyd", ".jar"}


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("package_plugin", ROOT / "scripts" / "package_plugin.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return load_script().build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(package: Path) -> Path:
    """The plugin's folder as QGIS unpacks it."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(package.parent)
    return package.parent / "sarclip_plugin"


def run_tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the engine's development environment, or skip where there is none."""
    python = os.environ.get("SARCLIP_PYTHON") or sys.executable
    found = subprocess.run([python, "-c", f"import {arguments[0]}"], capture_output=True)
    if found.returncode:
        pytest.skip(f"{arguments[0]} is not installed in {python}: pip install -e .[dev]")
    return subprocess.run([python, "-m", *arguments], capture_output=True, text=True)


def test_size_and_one_folder(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    assert package.stat().st_size < 25_000_000
    assert {name.split("/")[0] for name in names} == {"sarclip_plugin"}
    assert len(names) == len(set(names))
    for required in ("__init__.py", "metadata.txt", "LICENSE", "icons/sarclip.svg", "help/index.html",
                     *(f"i18n/sarclip_{language}.qm" for language in ("en", "es", "zh_CN"))):  # fmt: skip
        assert f"sarclip_plugin/{required}" in names


def test_nothing_that_runs_by_itself(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        for entry in archive.infolist():
            path = Path(entry.filename)
            assert path.suffix.lower() not in BINARY, path
            assert "__pycache__" not in path.parts
            assert not any(part.startswith(".") for part in path.parts), path
            assert not entry.external_attr >> 16 & 0o111, f"{path} is executable"
            assert archive.read(entry)[:4] != b"\x7fELF", path


def test_the_same_input_gives_the_same_zip(package: Path, tmp_path: Path) -> None:
    assert load_script().build(tmp_path).read_bytes() == package.read_bytes()


def test_metadata(installed: Path) -> None:
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(installed / "metadata.txt", encoding="utf-8")
    general = metadata["general"]
    for key in ("name", "description", "version", "author", "email", "about", "tracker", "repository"):
        assert general[key].strip(), key
    assert general["qgisMinimumVersion"] == "3.22"
    assert general["qgisMaximumVersion"] == "4.99"
    assert general["hasProcessingProvider"] == "yes"
    assert "supportsQt6" not in general
    assert (installed / general["icon"]).is_file()
    project = re.search(
        r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert general["version"] == project.group(1)


def test_license_is_the_one_that_is_declared(installed: Path) -> None:
    text = (installed / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 2, June 1991" in text


def test_engine_can_be_built_from_the_zip(installed: Path) -> None:
    source = installed / "engine_source"
    assert (source / "pyproject.toml").is_file()
    assert (source / "engine" / "worker" / "__main__.py").is_file()
    assert (source / "resources" / "demo" / "harbor.tif").is_file()
    assert re.fullmatch(r"[0-9a-f]{64}", (source / "digest.txt").read_text(encoding="utf-8"))


def test_bandit_finds_nothing(installed: Path) -> None:
    """The repository's scan blocks on any finding, in the engine's source, too."""
    answer = run_tool("bandit", "-r", "-q", "-f", "json", str(installed))
    found = [f"{hit['filename']}:{hit['line_number']} {hit['test_id']} {hit['issue_text']}"
             for hit in json.loads(answer.stdout)["results"]]  # fmt: skip
    assert not found, "\n".join(found)


def test_no_secrets(installed: Path) -> None:
    answer = run_tool("detect_secrets", "scan", "--all-files", str(installed))
    found = {name for name in json.loads(answer.stdout)["results"] if name.endswith(".py")}
    assert not found


each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(PLUGIN)))


@each_source
def test_only_qgis_s_own_qt(source: Path) -> None:
    for name in imported(source):
        assert not name.startswith(("PyQt", "PySide", "sip")), name


@each_source
def test_no_engine_in_qgis(source: Path) -> None:
    heavy = {
        "engine",
        "training",
        "torch",
        "rasterio",
        "pandas",
        "geopandas",
        "scipy",
        "sklearn",
        "numpy",
    }
    assert not {name.split(".")[0] for name in imported(source)} & heavy


@each_source
def test_qt_enums_are_written_in_full(source: Path) -> None:
    """`Qt.Checked` is gone in Qt 6; `Qt.CheckState.Checked` works in both."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and qt_class(node.value.id):
            short = node.attr[:1].isupper() and not is_scope(node.value.id, node.attr)
            assert not short, f"line {node.lineno}: {node.value.id}.{node.attr}"


def imported(source: Path) -> set[str]:
    """Absolute names that a file imports anywhere."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module or "")
    return names


def qt_class(name: str) -> bool:
    """Whether a name is Qt's: `Qt` or `QWidget`, and not `QgsTask`."""
    return name == "Qt" or bool(re.fullmatch(r"Q[A-Z]\w+", name))


def is_scope(owner: str, name: str) -> bool:
    """Whether `owner.name` is an enumeration itself, as far as Qt 5 tells, and not a member of one."""
    for module in ("QtCore", "QtGui", "QtWidgets", "QtNetwork"):
        try:
            value = getattr(importlib.import_module(f"qgis.PyQt.{module}"), owner, None)
        except ImportError:
            return True  # no QGIS here; the run with QGIS's Python tells
        if value is not None:
            return isinstance(getattr(value, name, None), type)
    return False
