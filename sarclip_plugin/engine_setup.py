"""What setting up the engine means, as plain data: where it lies, what it takes, which commands make it.

Nothing here starts a process or knows a widget; `installer` runs the steps and `gui.setup_dialog` shows them.
"""

from __future__ import annotations

import enum
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .engine_client import WORKER
from .engine_failures import hello_failure
from .translation import tr

PLUGIN_FOLDER = Path(__file__).resolve().parent
REQUIREMENTS = PLUGIN_FOLDER / "requirements"
MARKER = "sarclip.json"  # written last, so that an interrupted set-up is never taken for a finished one
SOURCE_PARTS = (
    "engine",
    "resources",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)  # all the engine is built from
TORCH_INDEX = "https://download.pytorch.org/whl/"
CUDA_TAG = "cu132"  # of the torch release that engine-torch.txt pins

_REMOVE = "import shutil, sys; shutil.rmtree(sys.argv[1], ignore_errors=True)"
_COPY = """
import pathlib, shutil, sys
source, copy = map(pathlib.Path, sys.argv[1:3])
shutil.rmtree(copy, ignore_errors=True)
copy.mkdir()
for part in filter(pathlib.Path.exists, (source / name for name in sys.argv[3:])):
    if part.is_dir():
        shutil.copytree(part, copy / part.name, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(part, copy)
"""


class EnvironmentState(enum.Enum):
    """What is found where the engine's environment should be."""

    READY = "ready"
    MISSING = "missing"  # never made
    DELETED = "deleted"  # made once, gone now, wholly or its Python
    INCOMPLETE = "incomplete"  # the set-up did not come to its end
    OUTDATED = "outdated"  # made by another version of the plugin


class Compute(enum.Enum):
    """Which build of torch is installed."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


@dataclass(frozen=True)
class Size:
    """What a set-up costs, in megabytes (10^6 bytes); measured on Linux with the pinned versions."""

    download_mb: int
    disk_mb: int


SIZES = {Compute.CPU: Size(download_mb=400, disk_mb=2900), Compute.CUDA: Size(download_mb=2800, disk_mb=6800)}


PACKAGES_MB = 200  # of the download: everything but torch, torchvision and CUDA


@dataclass(frozen=True)
class Step:
    """One command of the set-up."""

    title: str  # what it does, for the analyst
    arguments: tuple[str, ...]  # program first
    share: float  # of the progress bar, in proportion to the other steps'
    download_mb: int = 0  # expected, for the progress within the step
    stdin: str = ""  # a request of the worker's protocol; its answer ends the command
    check: Callable[[str], str] | None = None  # output -> sentence of what is wrong, or empty


@dataclass(frozen=True)
class Request:
    """What the analyst chose."""

    folder: Path  # of the environment
    base_python: str
    compute: Compute
    wheel_folder: Path | None = None  # install from here, without network
    fresh: bool = True  # False: keep what is there and add what is missing


def environment_python(folder: Path, platform: str = sys.platform) -> Path:
    """The interpreter of the virtual environment in `folder`."""
    return folder / "Scripts" / "python.exe" if platform == "win32" else folder / "bin" / "python"


def source_folder() -> Path:
    """The engine's source: inside the installed plugin, or the checkout around it."""
    packed = PLUGIN_FOLDER / "engine_source"
    return packed if packed.is_dir() else PLUGIN_FOLDER.parent


def source_digest() -> str:
    """What tells one engine from another: the packed source's digest and the pinned versions'."""
    digest = hashlib.sha256()
    for path in (source_folder() / "digest.txt", *sorted(REQUIREMENTS.glob("engine-*.txt"))):
        if path.is_file():  # a checkout has no digest.txt: developers install the engine themselves
            digest.update(path.read_bytes())
    return digest.hexdigest()


def inspect(folder: Path, *, was_made: bool) -> EnvironmentState:
    """Look at the environment in `folder` without starting anything.

    Args:
        folder: Of the virtual environment.
        was_made: Whether an environment was made there before, which tells "deleted" from "missing".
    """
    python, marker = environment_python(folder), folder / MARKER
    if not folder.is_dir():
        return EnvironmentState.DELETED if was_made else EnvironmentState.MISSING
    if not marker.is_file():
        return EnvironmentState.INCOMPLETE
    if not python.is_file() or not _base_exists(folder):
        return EnvironmentState.DELETED
    made_from = _read_marker(marker).get("source")
    return EnvironmentState.READY if made_from == source_digest() else EnvironmentState.OUTDATED


def _base_exists(folder: Path) -> bool:
    """Whether the Python behind the environment is there; an update of QGIS takes its own along."""
    try:
        lines = (folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    home = [line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == "home"]
    return not home or Path(home[0]).is_dir()


def _read_marker(marker: Path) -> Mapping[str, str]:
    try:
        content = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_marker(request: Request) -> None:
    """Say that the environment is whole."""
    content = {"source": source_digest(), "python": request.base_python, "compute": request.compute.value}
    (request.folder / MARKER).write_text(json.dumps(content, indent=1), encoding="utf-8")


def resolve_compute(compute: Compute, platform: str = sys.platform) -> Compute:
    """What `AUTO` means here: CUDA where NVIDIA's driver is installed, else CPU."""
    if platform == "darwin":
        return Compute.CPU
    if compute is not Compute.AUTO:
        return compute
    return Compute.CUDA if shutil.which("nvidia-smi") else Compute.CPU


def torch_index(compute: Compute, platform: str = sys.platform) -> str:
    """The index that holds this build of torch; empty where the usual one does.

    PyPI has the CUDA build for Linux and the CPU build for Windows and macOS; torch's own index the others.
    """
    if platform.startswith("linux") and compute is Compute.CPU:
        return TORCH_INDEX + "cpu"
    if platform == "win32" and compute is Compute.CUDA:
        return TORCH_INDEX + CUDA_TAG
    return ""


def plan(request: Request, platform: str = sys.platform) -> list[Step]:
    """The commands that make the environment, in order; the last one verifies it."""
    python = str(environment_python(request.folder, platform))
    compute = resolve_compute(request.compute, platform)
    offline = request.wheel_folder is not None
    clear = ("--clear",) if request.fresh else ()
    make = (request.base_python, "-m", "venv", *clear, str(request.folder))
    steps = [Step(tr("Making the environment"), make, 0.03)]
    pip = (python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
    wheels = (*pip, "--only-binary", ":all:")
    if offline:
        wheels = (*wheels, "--no-index", "--find-links", str(request.wheel_folder))
    else:
        steps.append(Step(tr("Updating pip"), (*wheels, "-r", _pinned("pip")), 0.02))
        wheels = (*wheels, "--progress-bar", "raw")  # known to the pip pinned above
    steps += _package_steps(wheels, compute, "" if offline else torch_index(compute, platform), offline)
    steps += _engine_steps(pip, python, request.folder)
    return steps


def _pinned(part: str) -> str:
    return str(REQUIREMENTS / f"engine-{part}.txt")


def _package_steps(wheels: tuple[str, ...], compute: Compute, index: str, offline: bool) -> list[Step]:
    """Torch and torchvision from one place, then everything else."""
    download_mb = 0 if offline else SIZES[compute].download_mb
    everything = (*wheels, "-r", _pinned("torch"), "-r", _pinned("packages"))
    if not index:
        return [Step(tr("Installing torch and the other packages"), everything, 0.80, download_mb)]
    torch = (*wheels, "--no-deps", "--index-url", index, "-r", _pinned("torch"))
    torch_mb = download_mb - PACKAGES_MB
    share = 0.80 * torch_mb / download_mb if download_mb else 0.40
    return [
        Step(tr("Installing torch"), torch, share, torch_mb),
        Step(tr("Installing the other packages"), everything, 0.80 - share, PACKAGES_MB),
    ]


def _engine_steps(pip: tuple[str, ...], python: str, folder: Path) -> list[Step]:
    """The engine itself, from the plugin's folder, and the proof that it answers.

    It is built from a copy, since building writes beside the source and the plugin's folder may be read-only.
    """
    copy = str(folder / "engine_source")
    install = (*pip, "--no-index", "--no-deps", "--no-build-isolation", "--force-reinstall", copy)
    copying = (python, "-c", _COPY, str(source_folder()), copy, *SOURCE_PARTS)
    return [
        Step(tr("Copying the engine"), copying, 0.01),
        Step(tr("Installing the engine"), install, 0.06),
        Step(tr("Tidying up"), (python, "-c", _REMOVE, copy), 0.01),
        _hello_step(python, share=0.07),
    ]


def verify_steps(python: str) -> list[Step]:
    """Only the proof that the engine of an existing interpreter answers."""
    return [_hello_step(python, share=1.0)]


def _hello_step(python: str, share: float) -> Step:
    hello = {"jsonrpc": "2.0", "id": 1, "method": "hello", "params": {"protocol": 1}}
    command = (python, *WORKER)
    return Step(tr("Starting the engine"), command, share, stdin=json.dumps(hello) + "\n", check=hello_failure)


def free_mb(folder: Path) -> int:
    """Free space where `folder` is or will be, in megabytes."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return int(shutil.disk_usage(existing).free // 1_000_000)


def space_problem_mb(request: Request) -> int:
    """How many megabytes are missing for this set-up; 0 when there is room.

    What an environment that is there takes already is needed no second time: it is cleared first, or kept.
    """
    size = SIZES[resolve_compute(request.compute)]
    needed_mb = size.disk_mb + (0 if request.wheel_folder else size.download_mb)
    missing_mb = needed_mb - free_mb(request.folder)
    return max(0, missing_mb - _taken_mb(request.folder)) if missing_mb > 0 else 0


def _taken_mb(folder: Path) -> int:
    """Megabytes of the files in a folder."""
    sizes = (path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
    return sum(sizes) // 1_000_000
