"""Restarting one replica; `python -m mlrespond.lab.restart` is the service's restart hook."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mlrespond.errors import Error, UsageError
from mlrespond.lab.folder import REPLICAS, Folder
from mlrespond.lab.process import LabProcess, stop
from mlrespond.lab.start import await_port, start
from mlrespond.lab.state import LabState, changing, known


def restart_replica(folder: Path, name: str) -> LabProcess:
    """Restart a replica on its port, with the versions it served before; its faults are gone.

    It answers when this returns. While the registry is away it is live, but it serves nothing.
    Raises UsageError for what is no replica of a lab that is up.
    """
    place = Folder(folder.resolve())
    if name not in REPLICAS:
        raise UsageError(f"`{name}` is no replica", hint=f"one of {', '.join(REPLICAS)}")
    from mlrespond.lab.platforms import platform_of  # which needs `restart` itself

    with changing(place) as state:
        platform_of(place, state).revive(name)
        return known(place).process(name)


def restart(folder: Folder, state: LabState, name: str) -> LabProcess:
    """See restart_replica; the lab must be locked."""
    stop([state.process(name)])
    start(folder, name, "replica", "--port", str(state.port(name)), "--version", state.good)
    await_port(folder, name, "/v2/health/live")
    return known(folder).process(name)


def main(argv: Sequence[str] | None = None) -> int:
    """Restart the replica that the arguments name."""
    arguments = argparse.ArgumentParser(prog="python -m mlrespond.lab.restart")
    arguments.add_argument("--folder", type=Path, required=True, help="the lab's folder")
    arguments.add_argument("replica", help="its name")
    asked = arguments.parse_args(argv)
    try:
        restart_replica(asked.folder, asked.replica)
    except Error as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  # a command's own output
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
