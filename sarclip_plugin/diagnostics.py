"""A report for bug trackers: what runs where, without names, folders of the user, or passwords."""

from __future__ import annotations

import configparser
import getpass
import platform
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from qgis.core import Qgis
from qgis.PyQt.QtCore import PYQT_VERSION_STR, QT_VERSION_STR

from . import engine_setup
from .controller import EngineController

_LOG_LINES = 60  # of the last set-up: enough for pip's reason

_PART = r"[^\\/\s\"':]+(?: [^\\/\s\"':]+)*"  # of a path: with spaces, but not at its ends
_FOLDERS = re.compile(
    r"(?P<root>~|(?<!\w)[A-Za-z]:|(?<=file://)|(?<![\w.~/\\])(?!(?<=:)//))"  # other addresses are no paths
    rf"(?P<parts>[\\/]+(?:{_PART}[\\/]+)+)"
)
_SYSTEM = re.compile(r"(?i)/(usr|lib\w*|s?bin|etc|system|applications)/|[a-z]:[\\/]+(program files|osgeo4w|windows)")


def plugin_version() -> str:
    """The version in metadata.txt, which lies in the plugin's folder, or above it in a checkout."""
    for folder in (engine_setup.PLUGIN_FOLDER, engine_setup.PLUGIN_FOLDER.parent):
        metadata = configparser.ConfigParser(interpolation=None)
        if metadata.read(folder / "metadata.txt", encoding="utf-8"):
            return metadata.get("general", "version")
    return "?"


def redact(text: str, home: str = "", user: str = "") -> str:
    """Remove folders, the user's name and passwords from a text.

    Of a path its last part stays, and all of it where it belongs to the system: folders are named after clients.

    Args:
        text: Any text.
        home: The home folder; this user's by default.
        user: The user's name; this user's by default.
    """
    home, user = home or str(Path.home()), user or _user_name()
    text = re.sub(r"(\w+://)[^/\s@]+@", r"\1<login>@", text)
    for spelling in {home, home.replace("\\", "/"), home.replace("\\", "\\\\")}:
        if len(spelling) > 1:
            text = re.sub(re.escape(spelling) + r"(?![\w.-])", "~", text, flags=re.IGNORECASE)
    text = re.sub(r"(?i)([\\/](?:users|home)[\\/]+)[^\\/\s]+", r"\1<user>", text)
    # a short name may be part of any word: only whole words, and never "root" in plain speech
    if len(user) > 2 and user != "root":
        text = re.sub(rf"\b{re.escape(user)}\b", "<user>", text)
    return _FOLDERS.sub(_without_folders, text)


def _without_folders(path: re.Match[str]) -> str:
    if _SYSTEM.match(path.group()):
        return path.group()
    separator = path["parts"][-1]
    return f"~{separator}…{separator}" if path["root"] == "~" else f"…{separator}"


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no entry for this user in the system's list
        return ""


def report(controller: EngineController, log: Iterable[str] = ()) -> str:
    """The report as Markdown, redacted.

    Args:
        controller: Whose engine is described.
        log: Lines of the last set-up; the engine's own come after them.
    """
    settings = controller.settings
    facts = {
        "SARCLIP": plugin_version(),
        "QGIS": Qgis.QGIS_VERSION,
        "Qt, PyQt": f"{QT_VERSION_STR}, {PYQT_VERSION_STR}",
        "Python of QGIS": sys.version.split()[0],
        "System": platform.platform(),
        "Engine": f"{controller.state().value} ({'chosen' if controller.chosen_interpreter() else 'own'})",
        "Interpreter": controller.interpreter(),
        "Made with": settings.base_python or "–",
        "Compute": settings.compute,
        "Problem": controller.problem() or "none",
        "Free space": f"{engine_setup.free_mb(controller.environment_folder)} MB",
    }
    lines = [*(f"- {name}: {value}" for name, value in facts.items()), *_engine_lines(controller)]
    for tail in (list(log)[-_LOG_LINES:], controller.log.lines()):
        if tail:
            lines += ["", "```", *tail, "```"]
    return redact("\n".join(lines))


def _engine_lines(controller: EngineController) -> list[str]:
    """What the running engine said of itself."""
    hello = controller.hello
    versions = ", ".join(f"{name} {version}" for name, version in hello.get("versions", {}).items())
    keys = ("engine", "device", "precision", "default_model")
    lines = [f"- {key}: {hello[key]}" for key in keys if key in hello]
    return [*lines, f"- {versions}"] if versions else lines
