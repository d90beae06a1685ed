"""Where an adapter stands: the folders it may use, the secrets and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlrespond.ports.clock import Clock
from mlrespond.ports.person import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What an adapter is built with besides its own configuration.

    `folder` is where relative paths start (that of `mlir.yaml`); `state` is private to this user
    and machine, and may be lost without loss of truth.
    """

    folder: Path
    secrets: Secrets
    clock: Clock
    state: Path
    service: str

    def path(self, written: str) -> Path:
        """Return an absolute path for one that was written in a file."""
        return self.folder / Path(written).expanduser()
