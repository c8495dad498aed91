"""Start the real `qgis` on a screen of its own, with an empty profile, and let a script drive it.

Standard library only: the test and `make screenshots` start QGIS from whatever Python they run in.
Usage: python tests/plugin/desktop/launch.py ENGINE_PYTHON PICTURES_FOLDER
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(__file__).resolve().parent
MOST_PICTURE_BYTES = 350_000
PICTURE_WINDOW = (1400, 860)
SCREEN = "-screen 0 1400x900x24"
MARK = "SARCLIP_DESKTOP_RUN"  # in the environment of QGIS and of every process it starts
PLAN = "SARCLIP_DESKTOP_PLAN"  # file that tells the script what to do
_NOT_FOR_QGIS = ("QT_QPA_PLATFORM", "SARCLIP_ENGINE_PYTHON", "SARCLIP_PYTHON", "PYTHONPATH", "VIRTUAL_ENV")
_START = """
import json, os, sys, traceback
sys.path.insert(0, {folder!r})
try:
    import {module}
    {module}.begin()
except Exception:
    with open({report!r}, "w") as file:
        json.dump({{"error": traceback.format_exc()}}, file)
    os._exit(3)  # QGIS would show a box and wait for ever
"""
_LEFT_AFTER_S = 5.0  # a worker whose QGIS has ended has this long to end, too


@dataclass(frozen=True)
class Outcome:
    """How a run of QGIS went.

    Attributes:
        exit_status: Of QGIS; None when it had to be ended.
        report: What the script wrote: finished, steps, error, measures.
        output: What QGIS printed.
        left: Command lines of processes of this run that outlived QGIS.
    """

    exit_status: int | None
    report: dict[str, Any]
    output: str
    left: list[str]

    def explain(self) -> str:
        """Everything that helps to see what went wrong."""
        steps = "\n".join(f"  {step}" for step in self.report.get("steps", ["none"]))
        return (
            f"exit status {self.exit_status}; processes left: {self.left or 'none'}\n"
            f"steps:\n{steps}\nerror: {self.report.get('error', 'none')}\n"
            f"QGIS printed:\n{self.output[-3000:]}"
        )


def missing() -> str:
    """Why the desktop cannot be started here; empty when it can."""
    absent = [name for name in ("qgis", "xvfb-run") if shutil.which(name) is None]
    return f"{' and '.join(absent)} not installed (see tests/plugin/apt-packages.txt)" if absent else ""


def build_package(engine_python: str, out: Path) -> Path:
    """Build the plugin's zip."""
    script = ROOT / "scripts" / "package_plugin.py"
    subprocess.run([engine_python, str(script), "--out", str(out)], check=True, capture_output=True)
    return out / "sarclip_plugin.zip"


def run_session(plan: dict[str, Any], work: Path, timeout_s: float, module: str = "session") -> Outcome:
    """Run QGIS with a module of this folder until it ends.

    Args:
        plan: For the script; paths are absolute. `work` and `report` are added.
        work: Empty folder for the profile, the results and the report.
        timeout_s: After this QGIS is ended; SARCLIP_PATIENCE multiplies it where other work has the machine.
        module: Its `begin` is called by QGIS when its window is there.
    """
    patience = float(os.environ.get("SARCLIP_PATIENCE", "1"))
    plan = {**plan, "patience": patience, "work": str(work), "report": str(work / "report.json")}
    report, mark, start = work / "report.json", uuid4().hex, work / "start.py"
    start.write_text(_START.format(folder=str(FOLDER), module=module, report=str(report)))
    (work / "plan.json").write_text(json.dumps(plan))
    temporary = work / "tmp"
    temporary.mkdir()
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_QGIS}
    environment.update({
        MARK: mark, PLAN: str(work / "plan.json"), "SARCLIP_CACHE": plan.get("cache", str(work / "cache")),
        "PATH": "/usr/bin:/bin",  # as where QGIS is started from a menu
        "TMPDIR": str(temporary),  # else QGIS would mark every layer of ours as a temporary one
        "QT_LOGGING_RULES": "*.debug=false", "PYTHONDONTWRITEBYTECODE": "1",
    })  # fmt: skip
    command = [
        "xvfb-run", "-a", "-s", SCREEN, "qgis", "--nologo", "--noversioncheck", "--lang", plan.get("language", "en_US"),
        "--profiles-path", str(work / "profile"), "--code", str(start),
    ]  # fmt: skip
    printed = work / "printed.txt"
    with printed.open("wb") as out:
        child = subprocess.Popen(
            command, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            status: int | None = child.wait(timeout_s * patience)
        except subprocess.TimeoutExpired:
            status = None
            os.killpg(child.pid, signal.SIGKILL)  # the group that we made: xvfb-run, its screen and QGIS
            child.wait()
    found = json.loads(report.read_text()) if report.is_file() else {}
    return Outcome(status, found, printed.read_text(errors="replace"), _left(mark))


def _left(mark: str) -> list[str]:
    """Command lines of what is still there of a run, after some time to end."""
    wanted, deadline = f"{MARK}={mark}".encode(), time.monotonic() + _LEFT_AFTER_S
    while True:
        found = {path.parent for path in Path("/proc").glob("[0-9]*/environ") if wanted in _bytes(path)}
        if not found or time.monotonic() > deadline:
            return [_bytes(path / "cmdline").replace(b"\0", b" ").decode(errors="replace") for path in found]
        time.sleep(0.1)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has just ended, or is another user's
        return b""


def shrink(source: Path, target: Path) -> None:
    """Write a picture with as few colours as make it small enough: radar speckle does not compress.

    The palette covers what colours there are, not how often: by numbers alone speckle would take all of it, and a
    legend's rare colour would turn grey.

    Raises:
        ValueError: It is too large for the repository nevertheless.
    """
    from PIL import Image  # of the engine's environment

    picture = Image.open(source).convert("RGB")
    for colors in (256, 128, 64):
        picture.quantize(colors, method=Image.Quantize.MAXCOVERAGE, kmeans=2).save(target, optimize=True)
        if target.stat().st_size < MOST_PICTURE_BYTES:
            return
    raise ValueError(f"{target} has {target.stat().st_size:,} bytes, {MOST_PICTURE_BYTES:,} are too many")


def main() -> int:
    """Draw the pictures of the documentation again."""
    engine_python, pictures = sys.argv[1], Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="sarclip-desktop-") as folder:
        work = Path(folder)
        plan = {
            "engine_python": engine_python,
            "package": str(build_package(engine_python, work)),
            "scene": str(ROOT / "resources" / "demo" / "harbor.tif"),
            "window": PICTURE_WINDOW,
        }
        outcome = run_session(plan, work, 600)
        if outcome.exit_status != 0 or outcome.left or not outcome.report.get("finished"):
            sys.stderr.write(outcome.explain())
            return 1
        pictures.mkdir(parents=True, exist_ok=True)
        for picture in sorted((work / "pictures").glob("*.png")):
            shrink(picture, pictures / picture.name)
    sys.stdout.write(f"{json.dumps(outcome.report['measures'], indent=1)}\npictures: {pictures}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
