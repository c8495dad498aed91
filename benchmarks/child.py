"""Processes of their own, where what is measured is a whole process: its largest memory, its start."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_SECONDS_AT_MOST = 3600
_KILOBYTE = 1 if sys.platform == "darwin" else 1024  # unit of ru_maxrss


@dataclass(frozen=True, slots=True)
class Peak:
    """What a process that encodes and asks has used.

    Attributes:
        megabytes: Largest resident memory of the process.
        own_megabytes: The largest part of it that no file backs, looked at fifty times a second: what the system
            cannot take back by dropping pages of mapped libraries and stores. NaN where the system does not tell.
        encode_s: Seconds of the encoding.
        ask_s: Of all three questions.
    """

    megabytes: float
    own_megabytes: float
    encode_s: float
    ask_s: float


def measure_peak(scene: Path, cache: Path, heatmap: Path) -> Peak:
    """Encode a scene and ask all three questions in a process of its own.

    Raises:
        RuntimeError: The process failed.
    """
    done = run_child([sys.executable, "-m", "benchmarks.child", str(scene), str(cache), str(heatmap)])
    return Peak(**json.loads(done.stdout.splitlines()[-1]))


def run_child(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command from the repository's root.

    Raises:
        RuntimeError: It failed; the message holds the end of its standard error.
    """
    done = subprocess.run(  # noqa: S603 - commands of the benchmark itself
        list(command), cwd=_ROOT, capture_output=True, text=True, timeout=_SECONDS_AT_MOST, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} … ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done


def main(arguments: Sequence[str]) -> None:
    """Be the process: scene, cache and heatmap file are given."""
    from engine import encode, open_scene
    from engine.tasks.heatmap import heatmap_stream
    from engine.tasks.results import write_heatmap

    scene, cache, heatmap = arguments
    own = [_status_mb("RssAnon") or float("nan")]
    threading.Thread(target=_watch, args=(own,), daemon=True).start()
    start = time.perf_counter()
    found = encode(open_scene(scene), cache=Path(cache), careful=False)
    encoded = time.perf_counter()
    found.label(["open sea", "harbor"])
    write_heatmap(Path(heatmap), found, heatmap_stream(found, ["ship"]), overwrite=True)
    found.count(["ship"])
    asked = time.perf_counter()
    sys.stdout.write(json.dumps(asdict(Peak(_peak_mb(), max(own), encoded - start, asked - encoded))) + "\n")


def _peak_mb() -> float:
    """The largest resident memory of this program in MB.

    Linux hands `ru_maxrss` on from the process that started this one, however large that was; VmHWM begins anew.
    """
    return _status_mb("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KILOBYTE / 1e6


def _status_mb(name: str) -> float | None:
    """A field of what Linux says of this process, in MB; None elsewhere."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024 / 1e6
    return None


def _watch(own: list[float]) -> None:
    """Note the memory that no file backs, as long as the process lives."""
    while (found := _status_mb("RssAnon")) is not None:
        own.append(found)
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1:])
