"""Build dist/sarclip_plugin.zip, the plugin as QGIS installs it.

One folder `sarclip_plugin` holds the plugin's code and, as plain data that QGIS never imports, the engine's
source with its resources in `engine_source`; pip installs that into the engine's own environment. The same
input gives the same zip, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAME = "sarclip_plugin"
MAX_BYTES = 25_000_000  # the plugin repository refuses a larger zip
_TOP_LEVEL = ("metadata.txt", "LICENSE", "CHANGELOG.md")  # of the repository, into the plugin's folder
_ENGINE = ("engine", "resources", "pyproject.toml", "README.md", "LICENSE")
_LEFT_OUT_FOLDERS = {"__pycache__", "engine_source"}
_LEFT_OUT_SUFFIXES = {".pyc", ".pyo", ".ts", ".part"}  # of translations QGIS loads the compiled files only
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold
_FILE_MODE = 0o644 << 16


def files_below(root: Path) -> Iterator[Path]:
    """Yield what belongs into the zip, in a fixed order; hidden files and leftovers do not."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") or part in _LEFT_OUT_FOLDERS for part in parts)
        if path.is_file() and not hidden and path.suffix not in _LEFT_OUT_SUFFIXES:
            yield path


def plugin_files() -> dict[str, Path]:
    """Name in the plugin's folder -> file of the repository."""
    found = {name: ROOT / name for name in _TOP_LEVEL}
    found |= {str(path.relative_to(ROOT / NAME).as_posix()): path for path in files_below(ROOT / NAME)}
    return found


def engine_files() -> dict[str, Path]:
    """Name in `engine_source` -> file of the repository."""
    found: dict[str, Path] = {}
    for name in _ENGINE:
        path = ROOT / name
        below = files_below(path) if path.is_dir() else [path] if path.is_file() else []
        found |= {str(file.relative_to(ROOT).as_posix()): file for file in below}
    return found


def digest(files: dict[str, Path]) -> str:
    """SHA-256 over names and contents: what tells one engine from another after an update."""
    total = hashlib.sha256()
    for name, path in sorted(files.items()):
        total.update(name.encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def build(out: Path) -> Path:
    """Write the zip into the folder `out`.

    Raises:
        ValueError: The zip is larger than the plugin repository takes.
    """
    out.mkdir(parents=True, exist_ok=True)
    engine = engine_files()
    content = plugin_files() | {f"engine_source/{name}": path for name, path in engine.items()}
    target = out / f"{NAME}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in sorted(content.items()):
            _add(archive, name, path.read_bytes())
        _add(archive, "engine_source/digest.txt", digest(engine).encode())
    size = target.stat().st_size
    if size >= MAX_BYTES:
        raise ValueError(f"{target} has {size:,} bytes, {MAX_BYTES:,} are too many; shrink model or demo scene")
    return target


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(f"{NAME}/{name}", _TIMESTAMP)
    entry.external_attr = _FILE_MODE
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def main() -> None:
    """Build the zip and say how large it is."""
    parser = argparse.ArgumentParser(description="Build the plugin's zip")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the zip")
    target = build(parser.parse_args().out)
    sys.stdout.write(f"{target}: {target.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
