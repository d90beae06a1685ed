"""An App on shipped fakes: one service, a clock that stands still, any timeline."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import cast

from mlrespond.authoring.lint import Files
from mlrespond.bootstrap.authored import shipped_modes
from mlrespond.engine.ledger import LOOK_AT_MOST_EVERY
from mlrespond.model.authored import Authored
from mlrespond.model.event import Actor, Event
from mlrespond.model.json import Json, Record
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.lease_kind import Process
from mlrespond.model.run_kind import QuestionAsked
from mlrespond.model.service import Component, Project
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.model.shape import Vocabulary
from mlrespond.ports.person import Answer
from mlrespond.ports.service import ServicePorts
from mlrespond.testing.clock import START, CountingIds, FixedClock
from mlrespond.testing.fake_signals import Signals
from mlrespond.testing.fakes import fake_ports
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.testing.steady import OBJECTIVES, SteadySignals
from mlrespond.testing.world import World, WorldHolder
from mlrespond.usecases.app import App, Pace, Store
from mlrespond.usecases.respond import Call, Responded, respond
from mlrespond.usecases.runner import Driven, Runner
from mlrespond.verbs.table import Table, verb

ROOT = Path(__file__).parents[1]
ANA = Actor("ana", "os")
BEN = Actor("ben", "os")
SERVICE = "fraud-scorer"


class AnyAdapters:
    """Adapters that take any configuration: the fakes need none."""

    def config_class(self, port: str, kind: str) -> type[Authored]:
        assert port
        assert kind
        return Component


MODES = tuple(one.name for one in shipped_modes())
VOCABULARY = Vocabulary(verbs=Table(MODES), adapters=AnyAdapters(), modes=MODES)


def definition(**changes: Json) -> dict[str, Json]:
    """Return the service as `mlir.yaml` would say it."""
    return {
        "owner": "payments-ml",
        "description": "scores card payments",
        "registry": {"kind": "fake"},
        "serving": {
            "kind": "fake",
            "model": "fraud",
            "replicas": [
                {"name": "eu-1", "region": "eu", "url": "http://eu"},
                {"name": "us-1", "region": "us", "url": "http://us"},
            ],
            "routes_through": "http://router",
            "hooks": {"restart": ["restart", "{{ replica }}"]},
        },
        "metrics": {"kind": "fake"},
        "predictions": {
            "kind": "fake",
            "features": {"amount": {"type": "number", "min": 0}},
        },
        "golden": {"path": "golden.jsonl"},
        "objectives": OBJECTIVES,
        "fallbacks": {"rules": {"route": "rules-v1"}},
        "retrain": {"kind": "fake"},
        "healthy_after": "1h",
        "escalation": [
            {"page": "payments-ml", "within": "5m"},
            {"page": "cto", "within": "10m", "phone": "+1 555 0100"},
        ],
        **changes,
    }


def project(**changes: Json) -> Project:
    """Return a project with the one service."""
    return Project.model_validate(
        {
            "services": {SERVICE: definition(**changes)},
            "teams": {"payments-ml": {"members": ["ana", "ben"]}},
            "people": {"ana": {"login": ["os:ana"]}, "ben": {}, "cto": {}},
            "chats": {"ops": {"kind": "file"}},
        }
    )


@dataclass
class Talker:
    """A person at the terminal: answers are given by sort of question, or by a function."""

    answers: dict[str, str] = field(default_factory=dict)
    actor: Actor = ANA
    values: Record = field(default_factory=dict)
    asked: list[QuestionAsked] = field(default_factory=list)

    def ask(
        self, question: QuestionAsked, until: datetime | None, settled: Callable[[], bool]
    ) -> Answer | None:
        assert until is None or until.tzinfo is not None
        self.asked.append(question)
        choice = self.answers.get(question.sort)
        if choice is None or settled():
            return None
        return Answer(choice=choice, actor=self.actor, values=self.values)


@dataclass
class Silent:
    """Progress that only remembers."""

    lines: list[str] = field(default_factory=list)

    def tell(self, what: Body) -> None:
        self.lines.append(what.line())

    def note(self, line: str) -> None:
        self.lines.append(line)

    def waiting(self, line: str) -> None:
        self.lines.append(line)


@dataclass
class FakeProcesses:
    """Processes by number; those in `dead` are provably gone."""

    pid: int = 1
    dead: set[int] = field(default_factory=set)

    def this(self) -> Process:
        return Process(host="here", boot="b", pid=self.pid, started="s")

    def provably_dead(self, process: Process) -> bool:
        return process.pid in self.dead


@dataclass
class Rig:
    """Everything that a test of a run needs to touch."""

    app: App
    world: WorldHolder
    clock: FixedClock
    talker: Talker
    progress: Silent
    processes: FakeProcesses

    def respond(self, **call: object) -> Responded:
        """Respond, for the one service unless told otherwise."""
        known: dict[str, object] = {"service": SERVICE, **call}
        return respond(self.app, Call(**known))  # type: ignore[arg-type]  # fields of Call

    def resume(self, run: str = "INC-0001.1") -> Driven:
        """Drive a run on."""
        return Runner(self.app, run.partition(".")[0], run).drive()

    def events(self, incident: str = "INC-0001") -> tuple[Event, ...]:
        """Return the incident's events."""
        return self.app.store.read(f"incident:{incident}")

    def kinds(self, incident: str = "INC-0001") -> list[str]:
        """Return the kinds of the incident's events, in order."""
        return [event.kind for event in self.events(incident)]

    def finished(self, step: str, incident: str = "INC-0001") -> Event:
        """Return the last end of a step."""
        found = [
            event
            for event in self.events(incident)
            if event.step == step and event.kind == "step_finished"
        ]
        return found[-1]

    def outcome(self, step: str) -> Json:
        """Return how a step ended."""
        return self.finished(step).data["outcome"]

    def ending(self, incident: str = "INC-0001") -> Json:
        """Return how the last run ended."""
        found = [event for event in self.events(incident) if event.kind == "run_ended"]
        return found[-1].data["ending"] if found else None

    def effects(self) -> list[str]:
        """Return everything that was done to the world, in order."""
        return [" ".join(str(part) for part in entry) for entry in self.world.look().log]


def unanchored(said: str) -> str:
    """Return a message without the head of the timeline at its end."""
    return re.sub(r" \(timeline [0-9a-f]{16}\)$", "", said)


def rig(  # noqa: PLR0913  # each part of the rig can be replaced by its name
    *,
    runbooks: Mapping[str, str] | None = None,
    playbooks: Mapping[str, str] | None = None,
    world: WorldHolder | None = None,
    store: Store | None = None,
    signals: Signals | None = None,
    clock: FixedClock | None = None,
    history: Sequence[tuple[float, str]] = ((-7200.0, "1"), (-6000.0, "2")),
    service: Mapping[str, Json] | None = None,
    pace: Pace | None = None,
    pid: int = 1,
) -> Rig:
    """Return a rig. `history` says when (seconds from now) which version was first served."""
    clock = clock or FixedClock()
    holder = world or WorldHolder(World())
    known: Signals = signals or SteadySignals()
    talker, progress, processes = Talker(), Silent(), FakeProcesses(pid=pid)
    app = App(
        store=store or cast("Store", MemoryTimeline(clock.now, CountingIds())),
        clock=clock,
        processes=processes,
        approver=talker,
        progress=progress,
        me=ANA,
        project=project(**(service or {})),
        files=files(runbooks or {}, playbooks or {}),
        vocabulary=VOCABULARY,
        verb=verb,
        ports=lambda name, _: _ports(name, holder, known, clock),
        modes=shipped_modes(),
        pace=pace or Pace(park_after_s=600.0, slice_s=1e9),
    )
    ends = [*(seconds for seconds, _ in history[1:]), 0.0]
    for (since, version), until in zip(history, ends, strict=False):
        watched(app, clock, since, until, version)
    return Rig(app, holder, clock, talker, progress, processes)


def _ports(name: str, holder: WorldHolder, signals: Signals, clock: FixedClock) -> ServicePorts:
    assert name
    return fake_ports(holder, signals, clock)


def watched(app: App, clock: FixedClock, since: float, until: float, version: str) -> None:
    """Put the looks of a watcher into the ledger, of a time in which one version was served."""
    every = LOOK_AT_MOST_EVERY.total_seconds()
    for n in range(max(1, ceil((until - since) / every))):
        seen(app, clock, since + every * n, version)


def seen(app: App, clock: FixedClock, seconds: float, version: str) -> None:
    """Put a look into the ledger: all replicas served a version, and all was well."""
    from datetime import timedelta

    at = clock.now() + timedelta(seconds=seconds)
    look = ServiceLooked(
        wanted=version,
        served={"eu-1": version, "us-1": version},
        objectives={"error_ratio": "pass"},
        route="primary",
    )
    app.store.append([draft(f"service:{SERVICE}", look, at, source="poll")])


def files(runbooks: Mapping[str, str], playbooks: Mapping[str, str]) -> Files:
    """Return authored files: those given, and the library."""
    library = {one.stem: one for one in (ROOT / "runbooks").glob("*.yaml")}

    def find(name: str) -> tuple[str, bytes] | None:
        return (f"library/{name}.yaml", library[name].read_bytes()) if name in library else None

    return Files(
        runbooks=tuple((f"runbooks/{name}.yaml", text.encode()) for name, text in runbooks.items()),
        playbooks=tuple(
            (f"playbooks/{name}.md", text.encode()) for name, text in playbooks.items()
        ),
        library=find,
        library_names=tuple(library),
    )


__all__ = ["BEN", "START", "Rig", "rig"]
