"""The two servers that a lab can stand on: how each is started, fed with versions, described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mlrespond.errors import UsageError
from mlrespond.lab.folder import REPLICAS
from mlrespond.lab.json_file import write_json
from mlrespond.lab.model import Model
from mlrespond.lab.stack import mlserver, triton
from mlrespond.lab.stack.place import StackPlace
from mlrespond.lab.stack.server import Launch
from mlrespond.model.json import Record

Tell = Callable[[str], None]


class Kind(Protocol):
    """A kind of server."""

    def launch(self, replica: str, served: str, tell: Tell) -> Launch:
        """Return how a replica is started that serves a version."""
        ...

    def add(self, version: str, model: Model) -> None:
        """Put a version where every replica can load it."""
        ...

    def settle(self, replica: str, version: str) -> None:
        """Write on disk that a replica serves a version from its next start on."""
        ...

    def described(self) -> Record:
        """Return what `mlir.yaml` says of this kind."""
        ...


@dataclass(frozen=True, slots=True)
class Triton:
    """NVIDIA Triton; each replica has a repository of its own."""

    place: StackPlace

    def launch(self, replica: str, served: str, tell: Tell) -> Launch:
        """See Kind.launch."""
        self.settle(replica, served)
        home = self.place.home(replica)
        return triton.launch(self.place.repository(replica), home, tell, name=replica)

    def add(self, version: str, model: Model) -> None:
        """See Kind.add."""
        for replica in REPLICAS:
            triton.add_version(self.place.repository(replica), version, model)

    def settle(self, replica: str, version: str) -> None:
        """See Kind.settle."""
        triton.write_config(self.place.repository(replica), version)

    def described(self) -> Record:
        """See Kind.described."""
        return {"kind": "triton", "output": "decision"}


@dataclass(frozen=True, slots=True)
class MLServer:
    """Seldon's MLServer; the replicas share their artefacts."""

    place: StackPlace

    def launch(self, replica: str, served: str, tell: Tell) -> Launch:
        """See Kind.launch."""
        home = self.place.home(replica)
        return mlserver.launch(home, self.place.artefacts, served, tell, name=replica)

    def add(self, version: str, model: Model) -> None:
        """See Kind.add."""
        mlserver.write_artefact(self.place.artefacts, version, model)

    def settle(self, replica: str, version: str) -> None:
        """See Kind.settle."""
        settings = mlserver.settings(self.place.artefacts, version)
        write_json(self.place.slot(replica), settings)

    def described(self) -> Record:
        """See Kind.described."""
        return {
            "kind": "mlserver",
            "output": "decision",
            "settings": "stack/{{ replica }}/slot/model-settings.json",
            "uri": "stack/artefacts/{{ version }}/model.json",
        }


STACKS = ("mlflow+triton+prometheus", "mlflow+mlserver+prometheus")


def kind_of(stack: str, place: StackPlace) -> Kind:
    """Return the server of a stack; UsageError for a stack that there is not."""
    parts = frozenset(stack.split("+"))
    if parts == {"mlflow", "triton", "prometheus"}:
        return Triton(place)
    if parts == {"mlflow", "mlserver", "prometheus"}:
        return MLServer(place)
    raise UsageError(f"there is no stack `{stack}`", hint=f"one of {', '.join(STACKS)}")
