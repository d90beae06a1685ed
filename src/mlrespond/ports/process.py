"""Which process this is, and whether another one is provably gone."""

from __future__ import annotations

from typing import Protocol

from mlrespond.model.lease_kind import Process


class Processes(Protocol):
    """Processes of this machine."""

    def this(self) -> Process:
        """Return the running process."""
        ...

    def provably_dead(self, process: Process) -> bool:
        """Return whether a process is certainly gone: same boot, same machine, no such process."""
        ...
