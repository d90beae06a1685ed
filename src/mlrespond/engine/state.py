"""What a run knows of itself: a pure fold over its events, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mlrespond.errors import InvalidInputError
from mlrespond.model.event import Actor
from mlrespond.model.json import Record
from mlrespond.model.plan import Action, Plan, Reading
from mlrespond.model.run_kind import (
    ActionSettled,
    AttemptFailed,
    EndingDecided,
    LookTaken,
    QuestionAnswered,
    QuestionAsked,
    RunClaimed,
    RunEnded,
    RunRequested,
    StepFinished,
    StepStarted,
)
from mlrespond.model.spec import StepSpec
from mlrespond.model.word import Severity

_CARRIED = frozenset({"ok", "reconciled", "unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionState:
    """How far one action of a plan has come. `epoch` is that of the last intent."""

    try_: int = 0
    epoch: int = 0
    act_by: datetime | None = None
    sent_at: datetime | None = None
    failure: AttemptFailed | None = None
    failed_at: datetime | None = None
    verifying_since: datetime | None = None
    verify_n: int = 0
    streak: int = 0
    last: Reading | None = None
    last_at: datetime | None = None
    settle_n: int = 0
    not_before: datetime | None = None
    settled: ActionSettled | None = None
    settled_at: datetime | None = None
    reconciled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """How far one step has come. A round is one whole run through the step.

    `earlier` are the actions that rounds before this one carried out, or may have.
    """

    spec: StepSpec
    started: StepStarted | None = None
    started_at: datetime | None = None
    attempt: int = 1
    look: LookTaken | None = None
    looked_at: datetime | None = None
    looks: int = 0
    failure: AttemptFailed | None = None
    failed_at: datetime | None = None
    plan: Plan | None = None
    plan_digest: str = ""
    planned_at: datetime | None = None
    reread: LookTaken | None = None
    reread_epoch: int = 0
    actions: tuple[ActionState, ...] = ()
    result: StepFinished | None = None
    finished_at: datetime | None = None
    refresh: bool = False
    earlier: tuple[Action, ...] = ()

    @property
    def carried_out(self) -> tuple[Action, ...]:
        """Return the actions that were, or may have been, carried out, in whatever round."""
        planned = self.plan.actions if self.plan else ()
        done = tuple(
            action
            for action, state in zip(planned, self.actions, strict=True)
            if state.settled and state.settled.outcome in _CARRIED
        )
        return (*(one for one in self.earlier if one not in done), *done)

    @property
    def named(self) -> str:
        """Return the step as a person knows it: its id, and its title if that says more."""
        title = self.started.title if self.started else self.spec.title
        return f"step `{self.spec.id}`" + (f": {title}" if title not in {"", self.spec.id} else "")

    @property
    def open(self) -> bool:
        """Return whether the step has begun and is not over."""
        return self.started is not None and self.result is None

    @property
    def round(self) -> int:
        """Return which time round this is, from 1."""
        return self.started.round if self.started else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionState:
    """A question, and what became of it."""

    asked: QuestionAsked
    step: str | None
    round: int
    asked_at: datetime
    answer: QuestionAnswered | None = None
    answered_by: Actor | None = None
    expired: bool = False
    reminded: int = 0

    @property
    def pending(self) -> bool:
        """Return whether it still waits for an answer."""
        return self.answer is None and not self.expired


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """When `mitigated_when` was first met, and for how long it must hold."""

    met_at: datetime
    hold_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """A run: all that deciding needs. `gone` are the epochs whose process provably is no more."""

    run: str
    incident: str
    requested: RunRequested
    requested_by: Actor
    requested_at: datetime
    severity: Severity = "SEV3"
    epoch: int = 0
    claim: RunClaimed | None = None
    claim_until: datetime | None = None
    released: bool = False
    gone: frozenset[int] = frozenset()
    steps: Mapping[str, StepState] = field(default_factory=dict)
    questions: Mapping[str, QuestionState] = field(default_factory=dict)
    criterion: Criterion | None = None
    ending: EndingDecided | None = None
    ended: RunEnded | None = None
    stop_asked: str | None = None
    late: tuple[str, ...] = ()
    seq: int = 0

    @property
    def acting(self) -> bool:
        """Return whether an action was begun of which no result is recorded."""
        return any(
            action.try_ and not (action.sent_at or action.failure or action.settled)
            for step in self.steps.values()
            for action in step.actions
        )

    def definition_of(self, service: str) -> Record:
        """Return the definition that the run recorded of a service; InvalidInputError without."""
        if service == self.requested.service:
            return self.requested.definition
        if service in self.requested.services:
            return self.requested.services[service]
        raise InvalidInputError(
            f"`{service}` is no service that {self.requested.service} depends on",
            hint="name it in depends_on",
        )

    def step(self, step_id: str) -> StepState | None:
        """Return the state of a step that has begun or ended."""
        return self.steps.get(step_id)
