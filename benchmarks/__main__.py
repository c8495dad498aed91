"""The engine beside what a user would pick instead: one command, one table.

python -m benchmarks --data ../shared/data -o runs/benchmark [--quick] [--only encode,ask] [--into docs/performance.md]
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.ask import Ask
from benchmarks.bench import FULL, QUICK, Bench, Part, real_source
from benchmarks.encode import Encode
from benchmarks.gpu import Gpu
from benchmarks.machine import PACKAGES, this_machine
from benchmarks.memory import Memory
from benchmarks.reading import Read
from benchmarks.report import PartRecord, assemble, now, put_into, write_part
from benchmarks.start import Start
from engine.versions import package_versions

PARTS: tuple[Part, ...] = (Encode(), Ask(), Read(), Memory(), Start(), Gpu())


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser("benchmarks", description=__doc__.split("\n", maxsplit=1)[0])
    made.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the real data")
    made.add_argument("-o", "--out", type=Path, default=Path("runs/benchmark"), help="folder of the results")
    made.add_argument("--work", type=Path, help="folder for some 15 GB of scenes and stores, deleted afterwards")
    made.add_argument("--only", metavar="NAMES", help=f"of {','.join(part.name for part in PARTS)}; others stay")
    made.add_argument("--quick", action="store_true", help="a minute or two: to see that it works, not how fast it is")
    made.add_argument("--into", type=Path, metavar="FILE", help="put the page between the marks of this document, too")
    return made


def chosen(names: str | None) -> tuple[Part, ...]:
    """The parts of those names, in their own order; all where none is named.

    Raises:
        ValueError: There is no such part.
    """
    wanted = names.split(",") if names else [part.name for part in PARTS]
    unknown = set(wanted) - {part.name for part in PARTS}
    if unknown:
        known = ", ".join(part.name for part in PARTS)
        raise ValueError(f"no part {', '.join(sorted(unknown))}: there are {known}")
    return tuple(part for part in PARTS if part.name in wanted)


def run(bench: Bench, parts: Sequence[Part], out: Path, console: Console) -> str:
    """Take the parts one by one, each written as it is done; returns the page of all that were ever taken."""
    order = [part.name for part in PARTS]
    page = ""
    for part in parts:
        machine, started = this_machine(), time.monotonic()
        result = part.run(bench)
        seconds = round(time.monotonic() - started, 1)
        quick, packages = bench.sizes == QUICK, package_versions(PACKAGES)
        record = PartRecord(part.name, part.title, now(), seconds, quick, machine, packages, result)
        write_part(out, record)
        page = assemble(out, order)
        console.log(f"{part.name}: {seconds:.0f} s")
    return page


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run. Exit status 0 done, 2 the call is wrong."""
    args = parser().parse_args(arguments)
    console = Console(stderr=True)
    logging.getLogger("engine").setLevel(logging.WARNING)  # it tells the stretch of every scene
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"torch\.onnx|onnxscript|copyreg")  # of the exporter's own making
    try:
        parts, source = chosen(args.only), real_source(args.data)
    except (FileNotFoundError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sizes = QUICK if args.quick else FULL
    scratch = tempfile.TemporaryDirectory(prefix="sarclip-benchmark-", dir=args.work)
    with scratch as folder, console.status("starting") as status:

        def say(text: str) -> None:
            status.update(text)
            if not console.is_terminal:
                console.log(text)

        page = run(Bench(source, Path(folder), sizes, say), parts, args.out, console)
    if args.into:
        put_into(args.into, page)
    console.log(f"{args.out / 'benchmark.md'} and {args.out / 'benchmark.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
