"""The story of one run: a simulated runner that does what the engine wants, as a script says.

What is not scripted goes well: looks pass, plans move one thing, actions are sent and then seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar, assert_never

from tests.engine.verbs import VERBS

from mlrespond.engine.decide import decide
from mlrespond.engine.evolve import evolve, fold
from mlrespond.engine.intent import (
    Act,
    Await,
    Intent,
    Look,
    MakePlan,
    Over,
    ReadAction,
    Reread,
    Sleep,
    Write,
)
from mlrespond.engine.state import QuestionState, RunState, StepState
from mlrespond.model.event import ENGINE, Actor, Event
from mlrespond.model.incident_kind import IncidentOpened
from mlrespond.model.json import Json, Record, record
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.lease_kind import Process
from mlrespond.model.plan import Action, Plan, Reading
from mlrespond.model.run_kind import (
    ActionIntended,
    ActionSent,
    ActionSettled,
    AttemptFailed,
    LookTaken,
    PlanMade,
    QuestionAnswered,
    RunClaimed,
    RunRequested,
    StepFinished,
)
from mlrespond.model.spec import InputSpec, RunbookSpec, StepSpec
from mlrespond.model.word import Severity, VerdictWord, Where
from mlrespond.testing.clock import START

RUN = "INC-1.1"
ANA, BEN = Actor("ana", "os"), Actor("ben", "os")
WAIT_S = 5.0
Acted: TypeAlias = "str | AttemptFailed"
T = TypeVar("T")


def step(step_id: str, verb: str, **fields: object) -> StepSpec:
    """Return a step as a runbook has it."""
    known: dict[str, object] = {"title": step_id, **fields}
    return StepSpec(id=step_id, verb=verb, **known)  # type: ignore[arg-type]  # its own fields


def action(target: str = "alias", **fields: object) -> Action:
    """Return one absolute change."""
    known: dict[str, object] = {
        "kind": "alias",
        "summary": f"move {target}",
        "before": "2",
        "after": "1",
        **fields,
    }
    return Action(target=target, **known)  # type: ignore[arg-type]  # its own fields


def judged(
    verdict: VerdictWord | None, yields: Record | None = None, *, done: bool = True
) -> LookTaken:
    """Return a look that was taken."""
    wait_s = 0.0 if done else 30.0
    return LookTaken(
        phase="look",
        n=1,
        said=f"it is {verdict}",
        done=done,
        wait_s=wait_s,
        verdict=verdict,
        yields=yields or {},
    )


def failed(code: str = "unreachable", **fields: object) -> AttemptFailed:
    """Return an attempt that failed; the story says in what."""
    known: dict[str, object] = {"message": f"{code}!", **fields}
    return AttemptFailed(phase="look", code=code, **known)  # type: ignore[arg-type]  # its own fields


TIMED_OUT = failed("no-answer", timed_out=True)


@dataclass
class Story:
    """A run as it goes on. The scripts are by step; the last of each repeats."""

    requested: RunRequested
    severity: Severity = "SEV3"
    now: datetime = START
    events: list[Event] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    slept: list[Sleep] = field(default_factory=list)
    looks: dict[str, list[LookTaken | AttemptFailed]] = field(default_factory=dict)
    plans: dict[str, list[Plan | AttemptFailed | StepFinished]] = field(default_factory=dict)
    rereads: dict[str, list[tuple[str, ...] | AttemptFailed]] = field(default_factory=dict)
    acts: dict[str, list[Acted]] = field(default_factory=dict)
    reads: dict[str, list[Where]] = field(default_factory=dict)
    settles: dict[str, list[Where]] = field(default_factory=dict)
    look_takes_s: float = 0.0
    epoch: int = 0
    _folded: RunState | None = None

    @property
    def state(self) -> RunState:
        assert self._folded is not None
        return self._folded

    @property
    def intent(self) -> Intent:
        """What the engine wants now."""
        return decide(self.state, VERBS, self.now)

    def tell(self, what: Body, step_id: str | None = None, **place: object) -> Event:
        """Record something of the run, by its engine, now; `place` says otherwise."""
        whose: dict[str, object] = {"run": RUN, "epoch": self.epoch, "step": step_id, **place}
        event = recorded(what, len(self.events) + 1, self.now, **whose)
        self.events.append(event)
        known = self._folded
        self._folded = evolve(known, event) if known else fold(self.events, RUN)
        return event

    def outside(self, what: Body, actor: Actor = ANA) -> Event:
        """Record something that a person says, from outside of the run."""
        return self.tell(what, run=None, epoch=None, source="person", actor=actor)

    def claim(self, *, gone: bool = True) -> Story:
        """Let a process take the run; `gone` says that the one before is provably dead."""
        self.epoch += 1
        process = Process(host="here", boot="b", pid=self.epoch, started="s")
        until = self.now + timedelta(seconds=120)
        self.tell(RunClaimed(process=process, until=until, previous_dead=gone))
        return self

    def later(self, seconds: float) -> Story:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        return self

    def play(self) -> Intent:
        """Do what the engine wants until it awaits a person, is over, or the process crashes."""
        for _ in range(400):
            intent = self.intent
            self.intents.append(intent)
            if isinstance(intent, Await | Over) or not self._do(intent):
                return intent
        raise AssertionError("the run comes to no end")

    def play_until(self, reached: Callable[[], bool]) -> Story:
        """Do what the engine wants until the story has reached a point."""
        for _ in range(400):
            if reached():
                return self
            assert self._do(self.intent)
        raise AssertionError("that point is never reached")

    def answer(self, choice: str, *, actor: Actor = ANA, values: Record | None = None) -> Story:
        """Answer the question that waits."""
        name = self.question.asked.question
        said = QuestionAnswered(question=name, choice=choice, via="terminal", values=values or {})
        self.outside(said, actor)
        return self

    @property
    def question(self) -> QuestionState:
        """The question that waits."""
        (pending,) = (one for one in self.state.questions.values() if one.pending)
        return pending

    def played(self, *answers: str) -> Story:
        """Play to the end, answering what is asked in this order."""
        for choice in answers:
            stopped = self.play()
            assert isinstance(stopped, Await), stopped
            self.answer(choice)
        assert isinstance(self.play(), Over), self.intents[-1]
        return self

    def step(self, step_id: str) -> StepState:
        return self.state.steps[step_id]

    def result(self, step_id: str) -> StepFinished:
        found = self.step(step_id).result
        assert found is not None
        return found

    def outcome(self, step_id: str) -> str:
        """How a step ended, or that it was not reached."""
        found = self.state.steps.get(step_id)
        return found.result.outcome if found and found.result else "not_reached"

    @property
    def ending(self) -> str:
        ended = self.state.ended
        return ended.ending if ended else "none"

    @property
    def acted(self) -> list[Act]:
        return [one for one in self.intents if isinstance(one, Act)]

    def settled(self, step_id: str) -> list[str]:
        """How the actions of a step were settled, in order."""
        return [one.settled.outcome for one in self.step(step_id).actions if one.settled]

    def _do(self, intent: Intent) -> bool:
        match intent:
            case Write(said):
                for one in said:
                    self.tell(one.body, one.step)
            case Look(step_id, n):
                self.later(self.look_takes_s)
                looked = _next(self.looks, step_id, judged("pass"))
                self.tell(
                    replace(looked, n=n) if isinstance(looked, LookTaken) else looked, step_id
                )
            case MakePlan(step_id):
                self._plan(step_id)
            case Reread(step_id):
                self._reread(step_id)
            case Act():
                return self._act(intent)
            case ReadAction():
                self._read(intent)
            case Sleep():
                self.slept.append(intent)
                assert intent.until > self.now
                self.now = intent.until
            case Await() | Over():
                raise AssertionError
            case _:
                assert_never(intent)
        return True

    def _plan(self, step_id: str) -> None:
        planned = _next(self.plans, step_id, Plan(actions=(action(),)))
        if isinstance(planned, Plan):
            self.tell(PlanMade(plan=planned, digest=planned.digest), step_id)
        elif isinstance(planned, AttemptFailed):
            self.tell(replace(planned, phase="plan"), step_id)
        else:
            self.tell(planned, step_id)

    def _reread(self, step_id: str) -> None:
        moved = _next(self.rereads, step_id, ())
        if isinstance(moved, AttemptFailed):
            self.tell(replace(moved, phase="reread"), step_id)
            return
        looked = LookTaken(phase="reread", n=1, said="", done=True, yields={"moved": list(moved)})
        self.tell(looked, step_id)

    def _act(self, intent: Act) -> bool:
        running = self.step(intent.step)
        assert running.plan is not None
        assert running.started is not None
        summary = running.plan.actions[intent.index].summary
        intended = ActionIntended(
            action=intent.index,
            summary=summary,
            try_=intent.try_,
            key=f"{RUN}:{intent.step}:{intent.index}:{intent.try_}",
            act_by=self.now + timedelta(seconds=running.started.pace.timeout_s),
        )
        self.tell(intended, intent.step)
        acted = _next(self.acts, intent.step, "sent")
        if isinstance(acted, AttemptFailed):
            self.tell(replace(acted, phase="act", action=intent.index), intent.step)
        elif acted == "sent":
            sent = ActionSent(action=intent.index, summary=summary, try_=intent.try_)
            self.tell(sent, intent.step)
        return acted != "crash"

    def _read(self, intent: ReadAction) -> None:
        script = self.settles if intent.settling else self.reads
        where: Where = _next(script, intent.step, "reached")
        looked = LookTaken(
            phase="settle" if intent.settling else "verify",
            n=intent.n,
            said=where,
            wait_s=WAIT_S,
            action=intent.index,
            reading=Reading(where=where, seen=f"n{intent.n}", yields={"replicas": {}}),
        )
        self.tell(looked, intent.step)


def _next(script: Mapping[str, list[T]], step_id: str, otherwise: T) -> T:
    known = script.get(step_id, [])
    if len(known) > 1:
        return known.pop(0)
    return known[0] if known else otherwise


def recorded(what: Body, seq: int, at: datetime, **place: object) -> Event:
    """Return an event as it stands in the stream of the incident; `place` has the rest."""
    stream = str(place.pop("stream", "incident:INC-1"))
    known: dict[str, object] = {"incident": "INC-1", "actor": ENGINE, **place}
    said = draft(stream, what, at, **known)  # type: ignore[arg-type]  # fields of Place
    return Event(
        pos=seq,
        id=f"e{seq}",
        stream=said.stream,
        seq=seq,
        kind=said.kind,
        version=1,
        occurred_at=at,
        precision=said.precision,
        recorded_at=at,
        source=said.source,
        actor=said.actor,
        incident=said.incident,
        run=said.run,
        epoch=said.epoch,
        step=said.step,
        attempt=said.attempt,
        late=said.late,
        once=said.once,
        supersedes=said.supersedes,
        body_digest="",
        prev_hash="",
        hash="",
        summary=said.summary,
        data=said.data,
    )


def erased(event: Event) -> Event:
    """Return the event without its text, as `mlir erase` leaves it."""
    return replace(event, summary="", data={}, erased=True)


def story(  # noqa: PLR0913  # what a runbook says is set by its name
    *steps: StepSpec,
    finals: Sequence[StepSpec] = (),
    mitigated_when: str | None = None,
    mitigated_for: str = "0s",
    definition: Mapping[str, Json] | None = None,
    inputs: Record | None = None,
    specs: Mapping[str, InputSpec] | None = None,
    approve: tuple[str, ...] = (),
    context: Record | None = None,
    severity: Severity = "SEV3",
) -> Story:
    """Return the story of a run that was requested by ana, and claimed."""
    spec = RunbookSpec(
        name="a-runbook",
        title="a runbook",
        digest="d" * 64,
        mitigated_when=mitigated_when,
        mitigated_for=mitigated_for,
        inputs=specs or {},
        steps=steps,
        finally_steps=tuple(finals),
    )
    requested = RunRequested(
        service="fraud",
        runbook=spec,
        definition={"owner": "payments-ml", **(definition or {})},
        inputs=inputs or {},
        context=context or {},
        approve=approve,
        escalation="page",
    )
    told = Story(requested, severity)
    opened = IncidentOpened(service="fraud", title="it is bad", severity=severity)
    told.outside(opened)
    told.tell(requested, epoch=0, source="person", actor=ANA)
    return told.claim(gone=False)


__all__ = [
    "ANA",
    "BEN",
    "RUN",
    "START",
    "TIMED_OUT",
    "ActionSettled",
    "Story",
    "action",
    "erased",
    "failed",
    "judged",
    "record",
    "recorded",
    "step",
    "story",
]
