"""Build MMSAR and report what is in it.

python -m training.mmsar build --data ../shared/data --set ssdd-official=/data/Official-SSDD-OPEN -o runs/mmsar
python -m training.mmsar report -o runs/mmsar
python -m training.mmsar recipes
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from training.mmsar.build import Settings, build
from training.mmsar.public import public_source
from training.mmsar.recipes import RECIPES, recipe_table
from training.mmsar.report import report
from training.mmsar.sample import Source
from training.mmsar.shared import shared_sources


def main() -> int:
    """Parse the command line and run; 0 done, 2 the call is wrong."""
    args = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        if args.command == "recipes":
            sys.stdout.write(recipe_table() + "\n")
        elif args.command == "report":
            report(args.out)
        else:
            settings = Settings(args.seed, args.captions, args.shard_items)
            build(sources_of(args.data, args.sets), args.out, settings)
            report(args.out)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def sources_of(data: Path | None, sets: list[str]) -> list[Source]:
    """The data sets that the command line names.

    Raises:
        ValueError: A set is not NAME=FOLDER, or no recipe has that name.
    """
    sources = shared_sources(data) if data is not None else []
    for entry in sets:
        name, equals, folder = entry.partition("=")
        if not equals or name not in RECIPES:
            raise ValueError(f"--set {entry!r}: give NAME=FOLDER with a name among {', '.join(RECIPES)}")
        sources.append(public_source(name, Path(folder)))
    return sources


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    build_it = commands.add_parser("build", help="write shards; killed and started again, it goes on where it was")
    build_it.add_argument("--data", type=Path, help="the project's data folder, ../shared/data")
    build_it.add_argument("--set", dest="sets", action="append", default=[], metavar="NAME=FOLDER")
    build_it.add_argument("--seed", type=int, default=0, help="of the captions")
    build_it.add_argument("--captions", type=int, default=5, help="for each picture")
    build_it.add_argument("--shard-items", type=int, default=500, help="pictures in a shard")
    tell = commands.add_parser("report", help="count what the shards hold: Markdown, JSON and plots")
    for command in (build_it, tell):
        command.add_argument("-o", "--out", type=Path, required=True)
    commands.add_parser("recipes", help="the public data sets that --set can read")
    return parser


if __name__ == "__main__":
    sys.exit(main())
