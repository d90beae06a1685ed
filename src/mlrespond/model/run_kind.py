"""What happens in a run: claims, steps, looks, plans, questions, actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mlrespond.model.instant import duration, iso
from mlrespond.model.json import Json, Record
from mlrespond.model.kind import Body, kind
from mlrespond.model.lease_kind import Process
from mlrespond.model.plan import Plan, Reading
from mlrespond.model.spec import Approve, Pace, RunbookSpec
from mlrespond.model.word import Effect, Ending, Outcome, VerdictWord

QuestionSort = Literal[
    "approval", "ask", "inconclusive", "unfenced", "unknown", "undecided", "when"
]
LookPhase = Literal["look", "verify", "reread", "settle"]


@kind("run_requested", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequested(Body):
    """A run was asked for. It holds all that it will ever read of the authored files.

    `planned` has the digest of each step's plan that was approved ahead, with a saved plan.
    """

    service: str
    runbook: RunbookSpec
    definition: Record
    services: Mapping[str, Record] = field(default_factory=dict)
    inputs: Record = field(default_factory=dict)
    context: Record = field(default_factory=dict)
    approve: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    escalation: str = ""
    from_plan: str | None = None
    planned: Mapping[str, str] = field(default_factory=dict)
    traceparent: str = ""

    def line(self) -> str:
        return f"runbook {self.runbook.name} requested ({self.runbook.digest[:12]})"


@kind("run_claimed")
@dataclass(frozen=True, slots=True, kw_only=True)
class RunClaimed(Body):
    """A process drives the run from here on, at a higher epoch than any before."""

    process: Process
    until: datetime
    previous_dead: bool = False
    interactive: bool = False

    def line(self) -> str:
        return f"driven by process {self.process.pid} on {self.process.host}"


@kind("run_renewed")
@dataclass(frozen=True, slots=True, kw_only=True)
class RunRenewed(Body):
    """The driving process is still there."""

    until: datetime


@kind("run_parked", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class RunParked(Body):
    """No process drives the run; it goes on by itself only when somebody ticks or resumes it."""

    waiting_for: str
    until: datetime | None = None

    def line(self) -> str:
        until = f", due {iso(self.until)[:19]}Z" if self.until else ""
        return f"parked, waiting for {self.waiting_for}{until}"


@kind("run_interrupted", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class RunInterrupted(Body):
    """A signal stopped the driving process at a safe point."""

    signal: str

    def line(self) -> str:
        return f"interrupted ({self.signal}); resume goes on from here"


@kind("run_stop_asked", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class RunStopAsked(Body):
    """A person wants the run to end at its next safe point."""

    target_run: str
    reason: str = ""

    def line(self) -> str:
        return f"stop asked for run {self.target_run}" + (f": {self.reason}" if self.reason else "")


@kind("run_ended", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Body):
    """The run is over."""

    ending: Ending
    reason: str = ""
    flags: tuple[str, ...] = ()

    def line(self) -> str:
        return f"run ended: {self.ending}" + (f" ({self.reason})" if self.reason else "")


@kind("ending_decided", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class EndingDecided(Body):
    """How the run ends is known; its final steps are still to come."""

    ending: Ending
    reason: str = ""

    def line(self) -> str:
        return f"the run is ending: {self.ending}" + (f" ({self.reason})" if self.reason else "")


@kind("criterion_met", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionMet(Body):
    """`mitigated_when` holds for the first time; it must go on holding."""

    criterion: str
    hold_s: float

    def line(self) -> str:
        return f"criterion met: {self.criterion}; it must hold for {duration(self.hold_s)}"


@kind("step_started")
@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted(Body):
    """A step began. Its templates are rendered once, here."""

    title: str
    body: Json
    effect: Effect
    service: str
    pace: Pace = field(default_factory=Pace)
    approve: Approve | None = None
    inputs: Record | None = None
    undo: Json = None
    round: int = 1
    refresh: bool = False

    def line(self) -> str:
        again = " again" if self.round > 1 else ""
        return f"{self.title} started{again}"


@kind("look_taken")
@dataclass(frozen=True, slots=True, kw_only=True)
class LookTaken(Body):
    """One look of a step; `data` is handed to the next look, `wait_s` later."""

    phase: LookPhase
    n: int
    said: str
    done: bool = False
    wait_s: float = 0.0
    data: Json = None
    verdict: VerdictWord | None = None
    yields: Record = field(default_factory=dict)
    action: int | None = None
    reading: Reading | None = None

    def line(self) -> str:
        return self.said or f"{self.phase} {self.n}"


@kind("attempt_failed", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFailed(Body):
    """An attempt could not do its work. `definite`: what it tried has certainly not happened."""

    phase: LookPhase | Literal["plan", "act"]
    code: str
    message: str
    hint: str = ""
    definite: bool = False
    timed_out: bool = False
    action: int | None = None

    def line(self) -> str:
        return f"{self.phase} failed: {self.message}"


@kind("plan_made", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMade(Body):
    """What the step will do, if it may."""

    plan: Plan
    digest: str
    reads: str = ""

    def line(self) -> str:
        what = "; ".join(action.summary for action in self.plan.actions)
        return f"plan {self.digest[:12]}: {what or 'nothing to do'}"


@kind("question_asked", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(Body):
    """A person must decide. Answer and expiry are settled once, under the question's id."""

    question: str
    sort: QuestionSort
    text: str
    choices: tuple[str, ...]
    by: tuple[str, ...] = ()
    not_self: bool = False
    expires_at: datetime | None = None
    digest: str | None = None
    fields: Record = field(default_factory=dict)
    otherwise: str = ""
    about: str = ""
    order: tuple[str, ...] | None = None
    remind_s: float | None = None

    @property
    def wanted(self) -> Mapping[str, Json]:
        """Return what is to be answered, in the order that the author wrote it."""
        known = [name for name in self.order or () if name in self.fields]
        return {name: self.fields[name] for name in (*known, *self.fields)}

    def line(self) -> str:
        who = f" ({', '.join(self.by)})" if self.by else ""
        return f"asked{who}: {self.text}"


@kind("question_answered", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered(Body):
    """The answer that counts, and how it was given."""

    question: str
    choice: str
    via: Literal["terminal", "command", "option", "policy"]
    because: str = ""
    values: Record = field(default_factory=dict)

    def line(self) -> str:
        because = f": {self.because}" if self.because else ""
        return f"answered {self.choice} ({self.via}){because}"


@kind("question_reminded", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReminded(Body):
    """A question has waited for another while; `n` counts the whiles that are over."""

    question: str
    n: int
    text: str
    by: tuple[str, ...] = ()

    def line(self) -> str:
        who = f" ({', '.join(self.by)})" if self.by else ""
        return f"still waits for an answer{who}: {self.text}"


@kind("question_expired", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionExpired(Body):
    """Nobody answered in time."""

    question: str
    otherwise: str

    def line(self) -> str:
        return f"nobody answered in time: {self.otherwise}"


@kind("answer_refused", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRefused(Body):
    """An answer that does not count: too late, or by somebody who may not give it."""

    question: str
    choice: str
    reason: str

    def line(self) -> str:
        return f"answer {self.choice} refused: {self.reason}"


@kind("action_intended", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class ActionIntended(Body):
    """Committed before acting: this is about to be done, at the latest by `act_by`."""

    action: int
    summary: str
    try_: int
    key: str
    act_by: datetime
    unfenced: bool = False

    def line(self) -> str:
        again = f" (try {self.try_})" if self.try_ > 1 else ""
        return f"about to {self.summary}{again}"


@kind("action_sent", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSent(Body):
    """The call returned; that proves nothing yet."""

    action: int
    summary: str
    try_: int
    reply: Json = None

    def line(self) -> str:
        return f"sent: {self.summary}"


@kind("action_settled", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSettled(Body):
    """What came of the action, proven at the data plane or not."""

    action: int
    summary: str
    outcome: Literal["ok", "reconciled", "failed", "unknown", "undecided", "passed_over"]
    detail: str = ""
    seen: Json = None
    yields: Record = field(default_factory=dict)

    def line(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.outcome}: {self.summary}{detail}"


@kind("step_finished", "curated")
@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished(Body):
    """The step is over, for this round."""

    title: str
    outcome: Outcome
    verdict: VerdictWord | None = None
    reason: str = ""
    said: str = ""
    yields: Record = field(default_factory=dict)
    handled_by: str | None = None
    round: int = 1

    def line(self) -> str:
        verdict = f", verdict {self.verdict}" if self.verdict else ""
        reason = f" ({self.reason})" if self.reason else ""
        said = f": {self.said}" if self.said else ""
        return f"{self.title}: {self.outcome}{verdict}{reason}{said}"
