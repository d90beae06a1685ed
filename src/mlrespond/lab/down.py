"""Stopping a lab: exactly the processes that it started, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mlrespond.lab.folder import Folder
from mlrespond.lab.process import stop
from mlrespond.lab.state import load, locked, save


def down(folder: Path) -> tuple[str, ...]:
    """Stop the lab, and return the names of the processes that were running.

    A lab that is down already, or never was, is fine: nothing is stopped then.
    """
    place = Folder(folder.resolve())
    if not place.state.exists():
        return ()
    with locked(place):
        return stop_all(place)


def stop_all(folder: Folder) -> tuple[str, ...]:
    """Stop everything that the state names, traffic first; the lab must be locked."""
    state = load(folder)
    if state is None:
        return ()
    save(folder, replace(state, phase="down"))
    stopped = stop(reversed(state.processes))
    save(folder, replace(state, phase="down", processes=()))
    return stopped
