"""Start: from the shell to the first result, and what a command that computes nothing may import."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.child import run_child
from benchmarks.results import Figure, PartResult
from benchmarks.scenes import cropped
from benchmarks.turns import Seconds, in_turns, seconds_of

FIRST_PX = 2048
MOST_HELP_S, MOST_FIRST_S = 0.25, 6.0
_SARCLIP = (sys.executable, "-m", "engine")


class Start:
    """What everyone waits for each time."""

    name = "start"
    title = "Start, from the shell"

    def run(self, bench: Bench) -> PartResult:
        """Measure three commands."""
        side = min(FIRST_PX, bench.small.height, bench.small.width)
        scene = cropped(bench.source, side, bench.folder, f"{side} x {side} px").path
        cache, out = bench.folder / "stores" / "start", bench.folder / "first.gpkg"

        def first() -> None:
            shutil.rmtree(cache, ignore_errors=True)
            prompts, places = ("open sea", "harbor"), ("-o", str(out), "--overwrite", "--cache", str(cache))
            run_child([*_entry(), "label", str(scene), *prompts, *places])

        commands: dict[str, Callable[[], object]] = {
            "sarclip --help": lambda: run_child([*_entry(), "--help"]),
            "sarclip info SCENE": lambda: run_child([*_entry(), "info", str(scene)]),
            f"sarclip label, first result on {side} x {side} px": first,
        }
        for command in commands.values():
            command()  # files and compiled modules are on every machine that ran it once
        taken = in_turns({name: _timed(work) for name, work in commands.items()}, bench.sizes.short_repeats, bench.say)
        imports = {"--help": imports_torch(["--help"]), "info": imports_torch(["info", str(scene)])}
        return PartResult(
            tuple(
                Figure(name, "the engine", "wall clock", "s", values, most=most)
                for (name, values), most in zip(taken.items(), (MOST_HELP_S, None, MOST_FIRST_S), strict=True)
            ),
            notes=tuple(
                f"`sarclip {name}` {'imports' if found else 'does not import'} torch."
                for name, found in imports.items()
            ),
        )


def imports_torch(arguments: Sequence[str]) -> bool:
    """Whether a command of `sarclip` imports torch, as the interpreter's own log of imports says."""
    done = run_child([sys.executable, "-X", "importtime", "-m", "engine", *arguments])
    return any(line.rpartition("|")[2].strip() == "torch" for line in done.stderr.splitlines())


def _timed(work: Callable[[], object]) -> Callable[[], Seconds]:
    return lambda: seconds_of(work)


def _entry() -> Sequence[str]:
    """`sarclip` as it was installed beside this Python, or the module where it was not."""
    script = Path(sys.executable).with_name("sarclip")
    return (str(script),) if script.is_file() else _SARCLIP
