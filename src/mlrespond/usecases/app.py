"""What every use case works with: a frozen record of ports and authored files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mlrespond.authoring.lint import Files
from mlrespond.errors import UsageError
from mlrespond.model.event import Actor
from mlrespond.model.json import Record
from mlrespond.model.mode import Mode
from mlrespond.model.service import Project, Service
from mlrespond.model.shape import Vocabulary
from mlrespond.ports.clock import Clock
from mlrespond.ports.person import Approver, Progress
from mlrespond.ports.process import Processes
from mlrespond.ports.service import ServicePorts
from mlrespond.ports.timeline import History, Timeline
from mlrespond.ports.trace import Tracer, Untraced
from mlrespond.verbs.interface import Verb


class Store(Timeline, History, Protocol):
    """The timeline, both ways of asking it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long a process waits before it parks a run, and how often it looks up while it waits."""

    park_after_s: float = 300.0
    slice_s: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The program, composed: bootstrap makes it, use cases take it."""

    store: Store
    clock: Clock
    processes: Processes
    approver: Approver
    progress: Progress
    me: Actor
    project: Project
    files: Files
    vocabulary: Vocabulary
    verb: Callable[[str], Verb]
    ports: Callable[[str, Record], ServicePorts]
    pace: Pace = field(default_factory=Pace)
    versions: Mapping[str, str] = field(default_factory=dict)
    tracer: Tracer = field(default_factory=Untraced)
    traceparent: str = ""
    modes: tuple[Mode, ...] = ()

    @property
    def teams(self) -> Mapping[str, list[str]]:
        """Return the members of each team."""
        return {name: team.members for name, team in self.project.teams.items()}

    def service(self, name: str) -> Service:
        """Return a service by name; UsageError where mlir.yaml has none of that name (any more)."""
        known = self.project.services
        if name not in known:
            names = ", ".join(known) or "none"
            raise UsageError(f"there is no service `{name}`", hint=f"known: {names}")
        return known[name]
