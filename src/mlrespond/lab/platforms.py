"""Which platform a lab stands on."""

from __future__ import annotations

from mlrespond.lab.embedded import Embedded
from mlrespond.lab.folder import Folder
from mlrespond.lab.platform import Catalogue, Platform
from mlrespond.lab.registry import LabRegistry
from mlrespond.lab.state import LabState, load


def platform_of(folder: Folder, state: LabState) -> Platform:
    """Return the platform of a lab that is up."""
    if not state.stack:
        return Embedded(folder, state)
    from mlrespond.lab.stack.platform import Stack

    return Stack(folder, state)


def catalogue_of(folder: Folder) -> Catalogue:
    """Return the registry that a training writes to; without a lab it is the folder's own."""
    state = load(folder)
    return platform_of(folder, state).catalogue if state else LabRegistry(folder.registry)
