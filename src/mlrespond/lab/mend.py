"""Mending a lab: whatever was broken, it is as it was when it came up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mlrespond.errors import UsageError
from mlrespond.lab.control import Control
from mlrespond.lab.faults import load, set_fault
from mlrespond.lab.folder import REPLICAS, Folder
from mlrespond.lab.json_file import write_json
from mlrespond.lab.registry import LabRegistry
from mlrespond.lab.restart import restart
from mlrespond.lab.state import Fault, LabState, changing, known, save
from mlrespond.model.codec import encode


def mend(folder: Path) -> tuple[Fault, ...]:
    """Undo every fault, and return them.

    The registry is back, replicas that died run again, the good version is wanted and served, and
    healthy traffic arrives. Routes are left as they are: those are a responder's. Raises
    UsageError if no lab is up.
    """
    place = Folder(folder.resolve())
    with changing(place) as state:
        write_json(place.control, encode(Control(seed=state.seed, rate=state.rate)))
        _bring_back_registry(place)
        LabRegistry(place.registry).want(state.good)
        for name in REPLICAS:
            _mend_replica(place, state, name)
        save(place, replace(known(place), faults=()))
    return state.faults


def _bring_back_registry(folder: Folder) -> None:
    if not folder.registry_away.exists():
        return
    if folder.registry.exists():
        raise UsageError(
            f"{folder.registry} was made while the registry was away",
            hint=f"move it, then {folder.registry_away} to its place",
        )
    folder.registry_away.rename(folder.registry)


def _mend_replica(folder: Folder, state: LabState, name: str) -> None:
    if not state.process(name).alive:
        restart(folder, state, name)
    port = state.port(name)
    set_fault(port)
    load(port, state.good)
