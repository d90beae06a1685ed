"""`python -m mlrespond.lab.train`: trains a version on a snapshot, registers it, prints which."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mlrespond.adapters.durable import locked
from mlrespond.errors import Error, InvalidInputError
from mlrespond.lab.fit import Example, fit
from mlrespond.lab.folder import Folder
from mlrespond.lab.model import accuracy
from mlrespond.lab.platform import Catalogue
from mlrespond.lab.platforms import catalogue_of
from mlrespond.lab.snapshot import read_snapshot
from mlrespond.model.json import dump

_FEWEST_ROWS = 40
_HELD_OUT = 4  # one part in four, the newest
_SEED = 7


def train(folder: Folder, snapshot: str, key: str) -> str:
    """Return the version that was trained on the snapshot under the key.

    A key trains once, also when two processes ask at the same time. Raises InvalidInputError for
    a snapshot that cannot be learnt from, UnreachableError while the registry is away.
    """
    registry = catalogue_of(folder)
    with locked(folder.root / "train.lock", within_s=60.0):
        trained = registry.with_key(key)
        if trained is None:
            rows = read_snapshot(folder, snapshot)
            trained = _train(registry, rows, {"mlir.key": key, "snapshot": snapshot})
    return trained


def _train(registry: Catalogue, rows: Sequence[Example], tags: dict[str, str]) -> str:
    if len(rows) < _FEWEST_ROWS or len({label for _, label in rows}) == 1:
        raise InvalidInputError(
            f"{len(rows)} rows of `{tags['snapshot']}` are too few, or all alike",
            hint="freeze a longer window, or wait for labels",
        )
    cut = len(rows) - len(rows) // _HELD_OUT
    metrics = {"accuracy": round(accuracy(fit(rows[:cut], seed=_SEED), rows[cut:]), 4)}
    return registry.add(fit(rows, seed=_SEED), tags, metrics)


def main(argv: Sequence[str] | None = None) -> int:
    """Train once, and print the version as JSON on the last line."""
    arguments = argparse.ArgumentParser(prog="python -m mlrespond.lab.train")
    arguments.add_argument("--folder", type=Path, required=True, help="the lab's folder")
    arguments.add_argument("--snapshot", required=True, help="its name, as freeze printed it")
    arguments.add_argument("--key", required=True, help="the same key trains once")
    asked = arguments.parse_args(argv)
    try:
        version = train(Folder(asked.folder.resolve()), asked.snapshot, asked.key)
    except Error as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  # a command's own output
        return error.exit_code
    print(dump({"version": version}))  # noqa: T201  # what the caller asked for
    return 0


if __name__ == "__main__":
    sys.exit(main())
