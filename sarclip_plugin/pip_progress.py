"""Reading pip's output: how far it is, and what it is doing."""

from __future__ import annotations

import re

from .translation import tr

_RAW = re.compile(r"^Progress (\d+) of (\d+)")
_SIZED = re.compile(r"^\s*(Downloading|Using cached) (\S+) \(([\d.]+) (bytes|kB|MB|GB)\)")
_MB = {"bytes": 1e-6, "kB": 1e-3, "MB": 1.0, "GB": 1e3}
_INSTALL_SHARE = 0.15  # of a step, for unpacking what was downloaded


class PipProgress:
    """How far one step of the set-up is; feed it every line.

    Attributes:
        fraction: From 0 to 1, never falling.
        text: What is being done, for people.
    """

    def __init__(self, expected_mb: float) -> None:
        self.fraction = 0.0
        self.text = ""
        self._expected_mb = expected_mb
        self._done_mb = self._current_mb = self._current_size_mb = 0.0

    def feed(self, line: str) -> bool:
        """Take in one line; returns whether it is worth showing in the log."""
        raw = _RAW.match(line)
        if raw:
            self._current_mb = int(raw.group(1)) / 1e6
            self._advance()
            return False
        sized = _SIZED.match(line)
        if sized:
            self._begin(sized.group(2), float(sized.group(3)) * _MB[sized.group(4)])
            if sized.group(1) == "Using cached":
                self._current_mb = self._current_size_mb
            self._advance()
        elif line.startswith("Installing collected packages"):
            self.text = tr("Unpacking; this takes some minutes")
            self.fraction = max(self.fraction, 1 - _INSTALL_SHARE)
        return True

    def _begin(self, file: str, size_mb: float) -> None:
        self._done_mb += self._current_size_mb  # the one before is whole: pip takes them one by one
        self._current_mb, self._current_size_mb = 0.0, size_mb
        self.text = tr("Downloading {package} ({size:.0f} MB)").format(
            package=file.rpartition("/")[2].split("-")[0], size=size_mb
        )

    def _advance(self) -> None:
        done = (self._done_mb + self._current_mb) / self._expected_mb if self._expected_mb else 0.0
        self.fraction = max(self.fraction, min(done, 1.0) * (1 - _INSTALL_SHARE))
