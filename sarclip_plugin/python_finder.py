"""Which Pythons of this machine can carry the engine."""

from __future__ import annotations

import glob
import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .translation import tr

OLDEST, NEWEST = (3, 10), (3, 14)  # that the pinned packages offer wheels for
PROBE_CODE = (
    "import importlib.util as u, json, sys; print(json.dumps({'version': sys.version_info[:3], "
    "'bits': 64 if sys.maxsize > 2**32 else 32, "
    "'venv': bool(u.find_spec('venv') and u.find_spec('ensurepip'))}))"
)


@dataclass(frozen=True)
class FoundPython:
    """An interpreter and what it said of itself."""

    path: str
    version: tuple[int, ...]  # (3, 11, 2); empty when it did not answer
    problem: str = ""  # why it cannot carry the engine

    @property
    def name(self) -> str:
        """What a list shows."""
        version = ".".join(map(str, self.version))
        return f"Python {version} – {self.path}" if self.version else self.path


def candidates(
    platform: str = sys.platform,
    environment: Mapping[str, str] = os.environ,
    prefix: str = sys.base_prefix,
    executable: str = sys.executable,
) -> list[str]:
    """Existing files that may be a Python, QGIS's own first, each once."""
    own = _of_qgis(platform, prefix, executable)
    return list(_existing([*own, *_on_path(environment), *_usual_places(platform, environment)]))


def _of_qgis(platform: str, prefix: str, executable: str) -> list[str]:
    """QGIS's own Python: `sys.executable` is QGIS itself on Windows and macOS."""
    if platform == "win32":
        return [str(Path(prefix) / name) for name in ("python.exe", "python3.exe")]
    beside = [executable] if Path(executable).name.startswith("python") else []
    folders = (Path(prefix) / "bin", Path(executable).parent / "bin", Path(executable).parent)
    return [*beside, *(str(folder / "python3") for folder in folders)]


def _on_path(environment: Mapping[str, str]) -> list[str]:
    newest_first = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    names = (*newest_first, "python3", "python")
    found = [shutil.which(name, path=environment.get("PATH")) for name in names]
    # the Windows store's stand-in opens a shop window instead of running
    return [path for path in found if path and "WindowsApps" not in path]


def _usual_places(platform: str, environment: Mapping[str, str]) -> list[str]:
    if platform == "win32":
        roots = [environment.get("LOCALAPPDATA", ""), environment.get("ProgramFiles", "")]
        patterns = [rf"{roots[0]}\Programs\Python\Python3*\python.exe", rf"{roots[1]}\Python3*\python.exe"]
    elif platform == "darwin":
        framework = "/Library/Frameworks/Python.framework/Versions/3.*/bin/python3"
        patterns = [framework, "/opt/homebrew/bin/python3.??", "/usr/local/bin/python3.??"]
    else:
        patterns = ["/usr/bin/python3", "/usr/local/bin/python3"]
    return [path for pattern in patterns for path in sorted(glob.glob(pattern), reverse=True)]  # noqa: PTH207 - absolute


def _existing(places: Iterable[str]) -> Iterable[str]:
    seen: set[str] = set()
    for place in places:
        if Path(place).is_file() and os.path.realpath(place) not in seen:
            seen.add(os.path.realpath(place))
            yield place


def read_probe(path: str, output: str) -> FoundPython:
    """Judge an interpreter by what it printed when it ran `PROBE_CODE`."""
    try:
        answer = json.loads(output.strip().splitlines()[-1])
        version = tuple(int(part) for part in answer["version"])
    except (IndexError, KeyError, TypeError, ValueError):
        return FoundPython(path, (), tr("does not run as a Python"))
    if not OLDEST <= version[:2] <= NEWEST:
        oldest, newest = (".".join(map(str, bound)) for bound in (OLDEST, NEWEST))
        return FoundPython(path, version, tr("Python {0} to {1} is needed").format(oldest, newest))
    if answer.get("bits") != 64:
        return FoundPython(path, version, tr("it is a 32 bit Python; 64 bit is needed"))
    if not answer.get("venv"):
        return FoundPython(path, version, tr("its part python3-venv is not installed"))
    return FoundPython(path, version)


def best(found: Iterable[FoundPython]) -> FoundPython | None:
    """The first that has no problem: QGIS's own where it will do."""
    return next((python for python in found if not python.problem), None)
