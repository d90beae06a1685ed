"""What a lab's releases and faults need of what serves: a catalogue of versions, and replicas.

The embedded lab has its own; a lab on a stack has real servers instead, behind the same seam.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from mlrespond.lab.model import Model


class Catalogue(Protocol):
    """A registry as releases and trainings write it."""

    def versions(self) -> tuple[str, ...]:
        """Return the names of all versions, oldest first."""
        ...

    def wanted(self) -> str | None:
        """Return the version behind the alias."""
        ...

    def want(self, version: str) -> None:
        """Move the alias."""
        ...

    def with_key(self, key: str) -> str | None:
        """Return the version that was trained under a key, if there is one."""
        ...

    def add(self, model: Model, tags: Mapping[str, str], metrics: Mapping[str, float]) -> str:
        """Register a model as the next version, and return that."""
        ...


class Platform(Protocol):
    """What serves a lab's model."""

    @property
    def catalogue(self) -> Catalogue:
        """Return the registry."""
        ...

    def serve(self, replica: str, version: str) -> None:
        """Make a version the one that a replica serves."""
        ...

    def misbehave(self, replica: str, *, errors: float = 0.0, delay_s: float = 0.0) -> None:
        """Make a replica fail or dawdle; without arguments: make it behave."""
        ...

    def registry_away(self) -> None:
        """Make the registry unreachable."""
        ...

    def registry_back(self) -> None:
        """Bring the registry back, if it is away."""
        ...

    def revive(self, replica: str) -> None:
        """Start a replica again that has died."""
        ...
