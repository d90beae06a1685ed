"""A team's restart hook: end the process of a folder and start it anew, without waiting for it."""

from __future__ import annotations

import sys
from pathlib import Path

from mlrespond.lab.json_file import parse_json, write_json
from mlrespond.lab.process import LabProcess, stop
from mlrespond.lab.stack.server import Launch, start
from mlrespond.model.codec import decode, encode


def process_of(folder: Path) -> LabProcess:
    """Return the process that was started last."""
    path = folder / "process.json"
    return decode(LabProcess, parse_json(path.read_bytes(), str(path)))


def begin(folder: Path, launch: Launch) -> LabProcess:
    """Start a process, and write down how it was started."""
    process = start(launch, folder / "scoring.out")
    write_json(folder / "launch.json", encode(launch))
    write_json(folder / "process.json", encode(process))
    return process


def main(folder: Path) -> None:
    """Restart it."""
    path = folder / "launch.json"
    launch = decode(Launch, parse_json(path.read_bytes(), str(path)))
    stop([process_of(folder)])
    begin(folder, launch)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
