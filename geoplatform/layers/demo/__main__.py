"""The command line of the generator: `python -m geoplatform.layers.demo [--seed N] [--facts CSV] OUT`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from geoplatform.layers.demo import SAMPLE, SEED, build, read_facts, write


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m geoplatform.layers.demo", description="Make the bundled demonstration data.")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--facts", type=Path, default=SAMPLE / "institutions.csv", help="true facts to join to their layers")
    parser.add_argument("out", type=Path, help="directory for one GeoJSON file a layer")
    options = parser.parse_args(arguments)
    try:
        write(options.out, build(options.seed, read_facts(options.facts)))
    except OSError as error:
        print(f"demo: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
