"""Choose the benchmark's windows anew and write its list: python -m training.sarcount --data ../shared/data."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

from training.sarcount.benchmark import FILE
from training.sarcount.choose import choose_real, choose_simulated


def main() -> int:
    """Parse the command line and run; 0 done, 2 the call is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with ssdd and hrsid")
    parser.add_argument("-o", "--out", type=Path, default=FILE)
    parser.add_argument("--real", type=int, default=15, help="real windows of each number")
    parser.add_argument("--simulated", type=int, default=20, help="simulated windows of each number")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        chosen = {"real": choose_real(args.data, args.real), "simulated": choose_simulated(args.simulated)}
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    rows = {part: ",\n  ".join(map(json.dumps, found)) for part, found in chosen.items()}
    lines = [f" {json.dumps(part)}: [\n  {found}\n ]" for part, found in rows.items()]
    args.out.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")  # one line a window
    return 0


if __name__ == "__main__":
    sys.exit(main())
