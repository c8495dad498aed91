"""What the command line says: a progress bar on a terminal, plain lines elsewhere, JSON for programs."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from engine.raster import Scene, Stretch
    from engine.scan import Progress

_LINE_EVERY_S = 5.0  # between plain lines of progress


class Console:
    """Results go to standard output, everything else to standard error."""

    def __init__(self, *, as_json: bool = False, verbose: bool = False) -> None:
        self.as_json = as_json
        level = logging.INFO if verbose else logging.WARNING
        logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")

    def note(self, text: str) -> None:
        """Say something by the way."""
        click.echo(text, err=True)

    def result(self, text: str, data: object) -> None:
        """Give a result: text for people or data for programs."""
        click.echo(json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) if self.as_json else text)

    @contextlib.contextmanager
    def progress(self, title: str) -> Iterator[Callable[[Progress], None]]:
        """Show how far an encode has come; nothing is shown when nothing is left to do."""
        shown = _Bar(title) if sys.stderr.isatty() else _Lines(title)
        try:
            yield shown.update
        finally:
            shown.close()

    def describe_scene(self, scene: Scene, stretch: Stretch) -> None:
        """What `sarclip info` says."""
        from engine.raster.describe import scene_facts

        crs = _crs_name(scene.georeference.crs)
        data = {**scene_facts(scene, stretch), "nodata": _json_number(scene.nodata), "crs": crs}
        gsd = (
            f"{scene.gsd_m[0]:.2f} x {scene.gsd_m[1]:.2f} m a pixel" if scene.gsd_m else "pixel size unknown"
        )
        lines = [
            scene.path,
            f"  size      {scene.height} rows x {scene.width} columns, {scene.dtype}, {gsd}",
            f"  bands     {', '.join(scene.bands)} (reads {scene.band})",
            f"  place     {scene.georeference.kind}, {crs or 'no coordinate system'}",
            f"  nodata    {scene.nodata if scene.nodata is not None else 'none declared'}",
            f"  scale     {stretch.scale.value}: {stretch.reason}",
            f"  stretch   {stretch.low:.2f} to {stretch.high:.2f} {stretch.unit}"
            if not stretch.is_empty
            else "  stretch   none: no pixel is valid",
            *(f"  note      {note}" for note in scene.notes),
        ]
        self.result("\n".join(lines), data)


def _json_number(value: float | None) -> float | str | None:
    """A number as JSON has it: not-a-number and the infinities, which it has not, as text."""
    return value if value is None or math.isfinite(value) else str(value)


def _crs_name(wkt: str | None) -> str | None:
    if wkt is None:
        return None
    import pyproj

    crs = pyproj.CRS(wkt)
    code = crs.to_epsg()
    return f"EPSG:{code} {crs.name}" if code else crs.name


class _Bar:
    """A bar with the time left, by rich."""

    def __init__(self, title: str) -> None:
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=RichConsole(stderr=True))
        self._task = self._progress.add_task(title, total=None)
        self._started = False

    def update(self, progress: Progress) -> None:
        if not self._started:
            self._progress.start()
            self._started = True
        self._progress.update(self._task, completed=progress.done, total=progress.total)

    def close(self) -> None:
        if self._started:
            self._progress.stop()


class _Lines:
    """A plain line now and then."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._last = time.monotonic()

    def update(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last >= _LINE_EVERY_S or progress.done == progress.total:
            self._last = now
            left = f", {progress.seconds_left:.0f} s left" if progress.seconds_left else ""
            click.echo(f"{self.title}: {progress.done} of {progress.total} windows{left}", err=True)

    def close(self) -> None:
        return


class Interrupt:
    """Ctrl-C as a request: the first stops after the window in work, the second at once."""

    def __init__(self) -> None:
        self.asked = False
        self._previous: Any = None

    def __enter__(self) -> Interrupt:
        with contextlib.suppress(ValueError):  # not in the main thread: the caller has other means
            self._previous = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def __call__(self) -> bool:
        """Whether to stop."""
        return self.asked

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        click.echo("stopping after this window; press Ctrl-C again to stop at once", err=True)
