"""What a verb is: its shape, and the functions that read, plan, act and tell.

A verb that reads has `look`; one that changes has `plan`, `act` and `read`. All they see comes
through a StepContext, whose ports are recorded, so that a run can be replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from mlrespond.errors import InvalidInputError
from mlrespond.model.instant import iso

if TYPE_CHECKING:
    from datetime import datetime

    from mlrespond.engine.ledger import Ledger
    from mlrespond.model.alert import Alert
    from mlrespond.model.curve import Curve
    from mlrespond.model.incident_kind import BaselineResolved
    from mlrespond.model.json import Json, Record
    from mlrespond.model.kind import Body
    from mlrespond.model.mode import Mode
    from mlrespond.model.plan import Action, Plan, Reading, Rejected
    from mlrespond.model.reading import Acknowledged
    from mlrespond.model.run_kind import ActionSettled
    from mlrespond.model.service import Service
    from mlrespond.model.shape import VerbShape
    from mlrespond.model.spec import Pace
    from mlrespond.model.word import Severity, VerdictWord
    from mlrespond.ports.service import ServicePorts

KeepFn: TypeAlias = "Callable[[Curve], None]"
TogetherFn: TypeAlias = "Callable[[Mapping[str, Callable[[], Any]], float], Mapping[str, Any]]"
"""Does several things, at once where it can; None for what takes longer than so many seconds."""
BodyModel: TypeAlias = Any  # each verb's own pydantic model; the table pairs them


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """What a verb knows of the incident; `head` is the hash of its newest event."""

    id: str
    severity: Severity
    onset: datetime
    opened_at: datetime
    title: str = ""
    alert: Alert | None = None
    alerts: tuple[Alert, ...] = ()
    baselines: Mapping[str, BaselineResolved] = field(default_factory=dict)
    acknowledged: Acknowledged | None = None
    head: str = ""

    @property
    def mark(self) -> str:
        """Return what it is known by elsewhere: others may number their incidents as we do.

        A saved plan was made before the incident was opened, so that no plan holds it.
        """
        return marked(self.id, self.opened_at)


def marked(name: str, opened_at: datetime) -> str:
    """Return a name of an incident or its run, told from the same name in other timelines."""
    return f"{name}@{iso(opened_at)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What earlier looks of this round left behind. `n` is the look to take now, from 1."""

    n: int
    data: Json
    started_at: datetime
    actions: tuple[ActionSettled, ...] = ()


def _nowhere(_: Curve) -> None: ...


def _one_by_one(
    tasks: Mapping[str, Callable[[], Any]],
    _: float,
) -> Mapping[str, Any]:
    return {name: task() for name, task in tasks.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """All that a verb can see. What it gives to `keep` stands beside what it read, as evidence."""

    name: str
    service: Service
    ports: ServicePorts
    ledger: Ledger
    incident: IncidentView
    now: datetime
    run: str
    step: str
    pace: Pace
    round: int = 1
    undo: Json = None
    dependencies: Mapping[str, str] = field(default_factory=dict)
    modes: tuple[Mode, ...] = ()
    together: TogetherFn = _one_by_one
    keep: KeepFn = _nowhere

    @property
    def replicas(self) -> tuple[str, ...]:
        """Return the names of the replicas; a balancer counts as one."""
        return tuple(one.name for one in self.service.serving.replicas) or ("balancer",)

    @property
    def key(self) -> str:
        """Return what this step's effects are known by at systems that take a key."""
        again = f".{self.round}" if self.round > 1 else ""
        return f"{marked(self.run, self.incident.opened_at)}:{self.step}{again}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Not done yet: look again after a while."""

    wait_s: float
    said: str
    data: Json = None
    verdict: VerdictWord | None = None
    facts: tuple[Body, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Done: what the step yields."""

    said: str
    verdict: VerdictWord | None = None
    yields: Record = field(default_factory=dict)
    facts: tuple[Body, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTarget:
    """There is nothing sensible to do, and why."""

    reason: str
    rejected: tuple[Rejected, ...] = ()
    facts: tuple[Body, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and what was learned while making it."""

    plan: Plan
    facts: tuple[Body, ...] = ()


LookFn: TypeAlias = "Callable[[StepContext, BodyModel, Past], Again | Done]"
PlanFn: TypeAlias = "Callable[[StepContext, BodyModel], Planned | NoTarget]"
ActFn: TypeAlias = "Callable[[StepContext, BodyModel, Action], Json]"
ReadFn: TypeAlias = "Callable[[StepContext, BodyModel, Action], Reading]"
FactsFn: TypeAlias = "Callable[[StepContext, Action, ActionSettled], tuple[Body, ...]]"


def later(where: str) -> Any:  # noqa: ANN401  # as wide as what stands there
    """Return `module:function`, imported when it is first called.

    What a team writes must be checked without loading what it does (lint, DESIGN §1.7).
    """
    module, _, name = where.partition(":")

    def call(*args: object) -> Any:  # noqa: ANN401  # as wide as what stands there
        return getattr(import_module(module), name)(*args)

    return call


def _no_facts(_: StepContext, __: Action, ___: ActionSettled) -> tuple[Body, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A verb: its shape and what it does. `facts` says what a settled action tells the ledger."""

    shape: VerbShape
    look: LookFn | None = None
    plan: PlanFn | None = None
    act: ActFn | None = None
    read: ReadFn | None = None
    facts: FactsFn = _no_facts

    def body(self, rendered: Json) -> BodyModel:
        """Return the typed body of a rendered one; InvalidInputError if it makes no sense."""
        wrong = self.shape.mistake(rendered)
        if wrong:
            raise InvalidInputError(f"{self.shape.name}: {wrong}")
        return self.shape.body.model_validate(rendered)
