"""The embedded lab's own platform: a registry in a folder, and replicas that are ours."""

from __future__ import annotations

from mlrespond.errors import UsageError
from mlrespond.lab.client import ask
from mlrespond.lab.folder import MODEL, Folder
from mlrespond.lab.platform import Catalogue
from mlrespond.lab.registry import LabRegistry
from mlrespond.lab.restart import restart
from mlrespond.lab.state import LabState
from mlrespond.model.json import Json


class Embedded:
    """See Platform."""

    def __init__(self, folder: Folder, state: LabState) -> None:
        self._folder = folder
        self._state = state

    @property
    def catalogue(self) -> Catalogue:
        """See Platform.catalogue."""
        return LabRegistry(self._folder.registry)

    def serve(self, replica: str, version: str) -> None:
        """See Platform.serve."""
        load(self._state.port(replica), version)

    def misbehave(self, replica: str, *, errors: float = 0.0, delay_s: float = 0.0) -> None:
        """See Platform.misbehave."""
        set_fault(self._state.port(replica), errors=errors, delay_s=delay_s)

    def registry_away(self) -> None:
        """See Platform.registry_away: its folder goes by another name."""
        if not self._folder.registry_away.exists():
            self._folder.registry.rename(self._folder.registry_away)

    def registry_back(self) -> None:
        """See Platform.registry_back."""
        if not self._folder.registry_away.exists():
            return
        if self._folder.registry.exists():
            raise UsageError(
                f"{self._folder.registry} was made while the registry was away",
                hint=f"move it, then {self._folder.registry_away} to its place",
            )
        self._folder.registry_away.rename(self._folder.registry)

    def revive(self, replica: str) -> None:
        """See Platform.revive."""
        restart(self._folder, self._state, replica)


def load(port: int, version: str) -> None:
    """Make a version the one that a replica serves."""
    asked: Json = {"parameters": {"version": version, "default": True}}
    ask(port, "POST", f"/v2/repository/models/{MODEL}/load", asked)


def set_fault(port: int, *, errors: float = 0.0, delay_s: float = 0.0) -> None:
    """Make a replica misbehave; without arguments: make it behave."""
    ask(port, "POST", "/lab/fault", {"errors": errors, "delay_s": delay_s})
