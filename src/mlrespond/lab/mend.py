"""Mending a lab: whatever was broken, it is as it was when it came up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mlrespond.lab.control import Control
from mlrespond.lab.folder import REPLICAS, Folder
from mlrespond.lab.json_file import write_json
from mlrespond.lab.platform import Platform
from mlrespond.lab.platforms import platform_of
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
        platform = platform_of(place, state)
        platform.registry_back()
        platform.catalogue.want(state.good)
        for name in REPLICAS:
            _mend_replica(platform, state, name)
        save(place, replace(known(place), faults=()))
    return state.faults


def _mend_replica(platform: Platform, state: LabState, name: str) -> None:
    if not state.process(name).alive:
        platform.revive(name)
    platform.misbehave(name)
    platform.serve(name, state.good)
