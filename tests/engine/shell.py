"""A fresh Python that runs `sarclip` again and again: what it says is caught where the system writes it.

One interpreter for many commands, because torch takes seconds to import; not pytest's own, whose logging
and output are not those of a user's shell. Run as a script it is the inner side.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Said:
    """What a command left."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Of standard error."""
        return self.err.splitlines()


class Shell:
    """Runs commands; see the module's docstring."""

    def __init__(self, home: Path) -> None:
        environment = {**os.environ, "SARCLIP_HOME": str(home / "home"), "SARCLIP_CACHE": str(home / "cache")}
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.shell"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=root,
        )  # fmt: skip

    def __call__(self, *arguments: object, fake: bool = True, room: int | None = None) -> Said:
        """Run `sarclip ARGUMENTS`.

        Args:
            arguments: Of the command.
            fake: Use the model whose answers are known instead of the bundled one.
            room: Bytes that no file may grow beyond, as on a full disk; None for as it is.
        """
        assert self._process.stdin and self._process.stdout
        request = {"arguments": [str(item) for item in arguments], "fake": fake, "room": room}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Said(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def _serve() -> None:
    from engine import session
    from engine.cli import run
    from engine.model.fake import FakeModel

    loaded = session.load_model
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        request = json.loads(line)
        session.load_model = (lambda **_: FakeModel()) if request["fake"] else loaded  # type: ignore[assignment]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            limits = resource.getrlimit(resource.RLIMIT_FSIZE)
            if request["room"] is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (request["room"], limits[1]))
            status = run(request["arguments"])
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            sys.stdout.flush()
            sys.stderr.flush()
            said = {"status": status, "out": _read(out), "err": _read(err)}
        answers.write(json.dumps(said) + "\n")
        answers.flush()


def _read(file: object) -> str:
    file.seek(0)  # type: ignore[attr-defined]
    content: bytes = file.read()  # type: ignore[attr-defined]
    return content.decode()


def listing(folder: Path) -> dict[str, int]:
    """Every path under a folder and its time of change."""
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def lines_of_defect(said: Said) -> Sequence[str]:
    """Lines of standard error that no user should see."""
    return [line for line in said.lines if "Traceback" in line or line.startswith(("  File", "Exception"))]


if __name__ == "__main__":
    _serve()
