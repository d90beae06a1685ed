"""Where things are in the folder of a lab on a stack, beside what every lab has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlrespond.lab.folder import Folder

MLFLOW = "mlflow"
PROMETHEUS = "prometheus"
ALERTMANAGER = "alertmanager"
RECEIVER = "receiver"


@dataclass(frozen=True, slots=True)
class StackPlace:
    """The paths of a stack."""

    folder: Folder

    @property
    def root(self) -> Path:
        """Return the stack's own folder."""
        return self.folder.stack

    @property
    def artefacts(self) -> Path:
        """Return the folder of the models, one folder a version."""
        return self.root / "artefacts"

    def artefact(self, version: str) -> Path:
        """Return the file of one model."""
        return self.artefacts / version / "model.json"

    def home(self, server: str) -> Path:
        """Return the folder of one server."""
        return self.root / server

    def repository(self, replica: str) -> Path:
        """Return the model repository of a Triton."""
        return self.home(replica) / "repository"

    def slot(self, replica: str) -> Path:
        """Return the settings file of an MLServer's model."""
        return self.home(replica) / "slot" / "model-settings.json"

    def launch(self, server: str) -> Path:
        """Return the file that says how a server was started."""
        return self.folder.run / f"{server}.launch.json"


def front(replica: str) -> str:
    """Return the name of the process before a replica."""
    return f"{replica}-front"
