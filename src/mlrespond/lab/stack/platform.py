"""A lab's platform on real servers: what releases and faults do to them."""

from __future__ import annotations

import os

from mlrespond.adapters.secrets import EnvSecrets
from mlrespond.adapters.site import Site
from mlrespond.adapters.system import SystemClock
from mlrespond.adapters.table import build
from mlrespond.lab.embedded import set_fault
from mlrespond.lab.folder import MODEL, Folder
from mlrespond.lab.json_file import write_json
from mlrespond.lab.model import Model
from mlrespond.lab.platform import Catalogue
from mlrespond.lab.process import stop
from mlrespond.lab.stack.catalogue import MlflowCatalogue
from mlrespond.lab.stack.kind import kind_of
from mlrespond.lab.stack.place import MLFLOW, StackPlace, front
from mlrespond.lab.stack.run import restart_server
from mlrespond.lab.stack.settings import serving
from mlrespond.lab.state import LabState
from mlrespond.lab.web import LOOPBACK
from mlrespond.model.codec import encode


class Stack:
    """See Platform."""

    def __init__(self, folder: Folder, state: LabState) -> None:
        self._folder = folder
        self._state = state
        self._place = StackPlace(folder)
        self._kind = kind_of(state.stack, self._place)

    @property
    def catalogue(self) -> Catalogue:
        """See Platform.catalogue."""
        return catalogue(self._folder, self._state)

    def serve(self, replica: str, version: str) -> None:
        """See Platform.serve: as a deployment does it, on disk and in memory."""
        site = Site(
            folder=self._folder.root,
            secrets=EnvSecrets(self._folder.root, dict(os.environ)),
            clock=SystemClock(),
            state=self._place.root,
            service=MODEL,
        )
        self._kind.settle(replica, version)
        build("serving", serving(self._folder, self._state), site).activate(replica, version)

    def misbehave(self, replica: str, *, errors: float = 0.0, delay_s: float = 0.0) -> None:
        """See Platform.misbehave: what stands before the server does."""
        set_fault(self._state.port(front(replica)), errors=errors, delay_s=delay_s)

    def registry_away(self) -> None:
        """See Platform.registry_away: the server is stopped."""
        stop([self._state.process(MLFLOW)])

    def registry_back(self) -> None:
        """See Platform.registry_back."""
        if not self._state.process(MLFLOW).alive:
            restart_server(self._folder, MLFLOW)

    def revive(self, replica: str) -> None:
        """See Platform.revive."""
        restart_server(self._folder, replica)


def catalogue(folder: Folder, state: LabState) -> MlflowCatalogue:
    """Return the registry; versions that are added to it are placed on the servers' disks."""
    place = StackPlace(folder)
    kind = kind_of(state.stack, place)

    def add(version: str, model: Model) -> None:
        place.artefact(version).parent.mkdir(parents=True, exist_ok=True)
        write_json(place.artefact(version), encode(model))
        kind.add(version, model)

    return MlflowCatalogue(f"http://{LOOPBACK}:{state.port(MLFLOW)}", add)
