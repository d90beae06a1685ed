"""`python -m mlrespond.lab.freeze`: freezes a window of labelled predictions, prints its name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mlrespond.errors import Error
from mlrespond.lab.folder import Folder
from mlrespond.lab.snapshot import freeze
from mlrespond.model.instant import parse_iso


def main(argv: Sequence[str] | None = None) -> int:
    """Freeze once, and print the snapshot's name on the last line."""
    arguments = argparse.ArgumentParser(prog="python -m mlrespond.lab.freeze")
    arguments.add_argument("--folder", type=Path, required=True, help="the lab's folder")
    arguments.add_argument("--from", dest="since", required=True, help="ISO 8601, included")
    arguments.add_argument("--to", dest="until", required=True, help="ISO 8601, excluded")
    arguments.add_argument("--key", required=True, help="the same key freezes once")
    asked = arguments.parse_args(argv)
    try:
        window = parse_iso(asked.since), parse_iso(asked.until)
        name = freeze(Folder(asked.folder.resolve()), *window, asked.key)
    except Error as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  # a command's own output
        return error.exit_code
    print(name)  # noqa: T201  # what the caller asked for
    return 0


if __name__ == "__main__":
    sys.exit(main())
