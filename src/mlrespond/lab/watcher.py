"""The watcher of a lab: `mlir watch` itself, so that the lab has a real ledger."""

from __future__ import annotations

from pathlib import Path

from mlrespond.lab.folder import Folder
from mlrespond.lab.process import LabProcess, python, spawn
from mlrespond.lab.state import changing, known, save

NAME = "watch"
EVERY = "1s"


def start_watcher(folder: Path) -> LabProcess:
    """Start watching the lab's service; UsageError if the lab is not up."""
    place = Folder(folder.resolve())
    command = python("mlrespond", "-C", str(place.root), "watch", "--every", EVERY)
    with changing(place):
        process = spawn(NAME, command, place.output(NAME))
        save(place, known(place).with_process(process))
    return process
