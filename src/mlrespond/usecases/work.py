"""Doing what the engine wants of the world: looks, plans, actions, proofs; told as bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mlrespond.engine.intent import Act, Look, MakePlan, ReadAction, Reread, Said
from mlrespond.engine.settle import verification
from mlrespond.engine.state import RunState, StepState
from mlrespond.errors import InvalidInputError
from mlrespond.model.codec import decode, encode
from mlrespond.model.evaluate import INCONCLUSIVE, holds
from mlrespond.model.event import Evidence
from mlrespond.model.incident_kind import IncidentMitigated
from mlrespond.model.json import Json, Record, dump, record
from mlrespond.model.kind import Body
from mlrespond.model.plan import Action, Plan, Reading, reversed_plan
from mlrespond.model.run_kind import (
    ActionIntended,
    ActionSent,
    ActionSettled,
    AttemptFailed,
    LookPhase,
    LookTaken,
    PlanMade,
    StepFinished,
)
from mlrespond.model.service_kind import VersionQuarantined, left, rolled_back
from mlrespond.usecases.app import App
from mlrespond.usecases.attempt import Raised, Returned, TimedOut, attempt
from mlrespond.usecases.context import known, read_ledger, step_context
from mlrespond.usecases.recorder import Transcript
from mlrespond.verbs.interface import (
    Again,
    Done,
    NoTarget,
    Past,
    Planned,
    StepContext,
    Verb,
)

READ_TIMEOUT_S = 30.0
PLAN_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is to be recorded of an attempt, and what the ledger learns from it."""

    bodies: tuple[Body, ...]
    evidence: dict[str, Evidence] = field(default_factory=dict)
    facts: tuple[Body, ...] = ()
    service: str = ""


class Worker:
    """Carries out one intent for a run."""

    def __init__(self, app: App, state: RunState) -> None:
        self._app = app
        self._state = state

    def do(
        self, intent: Look | MakePlan | Reread | ReadAction, meanwhile: Callable[[], None]
    ) -> Told:
        """Return what came of a look, a plan, or a reading."""
        match intent:
            case Look(step_id, n):
                return self._look(self._step(step_id), n, meanwhile)
            case MakePlan(step_id):
                return self._plan(self._step(step_id), meanwhile)
            case Reread(step_id):
                return self._reread(self._step(step_id), meanwhile)
            case ReadAction():
                return self._read_action(intent, meanwhile)

    def intended(self, intent: Act, now: datetime) -> ActionIntended:
        """Return the intent, as it is committed before acting."""
        step = self._step(intent.step)
        assert step.started is not None
        action = _action(step, intent.index)
        return ActionIntended(
            action=intent.index,
            summary=action.summary,
            try_=intent.try_,
            key=f"{self._state.run}:{intent.step}:{intent.index}:{intent.try_}",
            act_by=now + timedelta(seconds=step.started.pace.timeout_s),
        )

    def leases_of(self, intent: Act) -> Sequence[str]:
        """Return what must be held before acting: all that the plan changes."""
        step = self._step(intent.step)
        return step.plan.leases if step.plan else ()

    def act(self, intent: Act, within_s: float, meanwhile: Callable[[], None]) -> Told:
        """Do an action, and return what came of it; after `within_s` it is no longer waited for."""
        step = self._step(intent.step)
        assert step.started is not None
        verb, action = self._verb(step), _action(step, intent.index)
        context, transcript = self._context(step)
        assert verb.act is not None
        act = verb.act
        body = verb.body(step.started.body)
        result = attempt(lambda: act(context, body, action), within_s, meanwhile)
        evidence = {"readings": transcript.evidence()}
        if isinstance(result, Returned):
            sent = ActionSent(
                action=intent.index, summary=action.summary, try_=intent.try_, reply=result.value
            )
            return Told(bodies=(sent,), evidence=evidence)
        failed = _failed("act", result, intent.index)
        return Told(bodies=(failed,), evidence=evidence)

    def ledger_facts(self, said: Said) -> Iterator[tuple[str, Body]]:
        """Yield what the ledgers learn from what the run records, each with its service."""
        match said.body:
            case ActionSettled() as settled if said.step:
                yield from self._settled_facts(self._step(said.step), settled)
            case IncidentMitigated():
                for service in (self._state.requested.service, *self._state.requested.services):
                    yield from ((service, one) for one in self._quarantines(service))
            case _:
                pass

    def _settled_facts(self, step: StepState, settled: ActionSettled) -> Iterator[tuple[str, Body]]:
        assert step.started is not None
        context, _ = self._context(step)
        for one in self._verb(step).facts(context, _action(step, settled.action), settled):
            yield step.started.service, one

    def _quarantines(self, service: str) -> Iterator[Body]:
        """Yield that the versions that this incident suspects are quarantined: leaving helped."""
        ledger, _ = read_ledger(self._app, service)
        mine, helped = rolled_back(self._state.incident), left(self._state.incident)
        for version, reason in ledger.suspects.items():
            if reason == mine and version not in ledger.quarantined:
                yield VersionQuarantined(version=version, reason=helped)

    def _look(self, step: StepState, n: int, meanwhile: Callable[[], None]) -> Told:
        assert step.started is not None
        verb = self._verb(step)
        context, transcript = self._context(step)
        assert verb.look is not None
        look, body = verb.look, verb.body(step.started.body)
        past = Past(
            n=n,
            data=step.look.data if step.look else None,
            started_at=step.started_at or context.now,
            actions=tuple(one.settled for one in step.actions if one.settled),
        )
        result = attempt(lambda: look(context, body, past), self._look_timeout(step), meanwhile)
        if not isinstance(result, Returned):
            return self._failure("look", result, transcript)
        found = result.value
        taken = LookTaken(
            phase="look",
            n=n,
            said=found.said,
            done=isinstance(found, Done),
            wait_s=found.wait_s if isinstance(found, Again) else 0.0,
            data=found.data if isinstance(found, Again) else None,
            verdict=found.verdict,
            yields=found.yields if isinstance(found, Done) else {},
        )
        return Told(
            bodies=(taken,),
            evidence={"readings": transcript.evidence()},
            facts=found.facts,
            service=step.started.service,
        )

    def _look_timeout(self, step: StepState) -> float:
        assert step.started is not None
        reads = step.started.effect == "read"
        return step.started.pace.timeout_s if reads else PLAN_TIMEOUT_S

    def _plan(self, step: StepState, meanwhile: Callable[[], None]) -> Told:
        assert step.started is not None
        if step.spec.given_plan is not None:
            planned = Planned(plan=decode(Plan, step.spec.given_plan))
            return self._planned(planned, {}, step.started.service)
        if step.spec.undo_of is not None:
            return self._undo_plan(step)
        verb = self._verb(step)
        context, transcript = self._context(step)
        assert verb.plan is not None
        plan, body = verb.plan, verb.body(step.started.body)
        result = attempt(lambda: plan(context, body), PLAN_TIMEOUT_S, meanwhile)
        if not isinstance(result, Returned):
            return self._failure("plan", result, transcript)
        evidence = {"readings": transcript.evidence()}
        service = step.started.service
        if isinstance(result.value, NoTarget):
            finished = _no_target(step, result.value)
            return Told(
                bodies=(finished,), evidence=evidence, facts=result.value.facts, service=service
            )
        return self._planned(result.value, evidence, service)

    def _planned(self, planned: Planned, evidence: dict[str, Evidence], service: str) -> Told:
        made = PlanMade(plan=planned.plan, digest=planned.plan.digest)
        document = Evidence("application/json", "plan", dump(encode(planned.plan)).encode())
        return Told(
            bodies=(made,),
            evidence={**evidence, "plan": document},
            facts=planned.facts,
            service=service,
        )

    def _undo_plan(self, step: StepState) -> Told:
        origin = self._state.steps[step.spec.undo_of or ""]
        service = step.started.service if step.started else self._state.requested.service
        ledger, _ = read_ledger(self._app, service)
        plan = reversed_plan(origin.carried_out, f"takes back {origin.named}", ledger.bad)
        return self._planned(Planned(plan=plan), {}, service)

    def _reread(self, step: StepState, meanwhile: Callable[[], None]) -> Told:
        """Read again what every action that was not begun starts from."""
        assert step.plan is not None
        assert step.started is not None
        verb = self._verb(step)
        context, transcript = self._context(step)
        body = verb.body(step.started.body)
        todo = [
            action
            for action, state in zip(step.plan.actions, step.actions, strict=True)
            if not state.try_
        ]

        def read_all() -> list[tuple[Action, Reading]]:
            return [(one, _read(verb, context, body, one, settling=False)) for one in todo]

        result = attempt(read_all, READ_TIMEOUT_S * max(1, len(todo)), meanwhile)
        if not isinstance(result, Returned):
            return self._failure("reread", result, transcript)
        moved = [
            f"{action.target}: {reading.detail or 'it is another'}"
            for action, reading in result.value
            if reading.where == "elsewhere"
        ]
        unreadable = [reading.detail for action, reading in result.value if _lost(action, reading)]
        if unreadable:
            failed = Raised("unreachable", unreadable[0], "", definite=True)
            return self._failure("reread", failed, transcript)
        said = f"the world has moved: {moved[0]}" if moved else "as when the plan was made"
        taken = LookTaken(phase="reread", n=1, said=said, done=True, yields={"moved": moved})
        return Told(bodies=(taken,), evidence={"readings": transcript.evidence()})

    def _read_action(self, intent: ReadAction, meanwhile: Callable[[], None]) -> Told:
        step = self._step(intent.step)
        assert step.started is not None
        verb, action = self._verb(step), _action(step, intent.index)
        context, transcript = self._context(step)
        body = verb.body(step.started.body)
        result = attempt(
            lambda: self._proof(verb, context, body, action, intent), READ_TIMEOUT_S, meanwhile
        )
        phase: LookPhase = "settle" if intent.settling else "verify"
        reading = _reading_of(result)
        taken = LookTaken(
            phase=phase,
            n=intent.n,
            said=reading.detail or f"{action.target}: {reading.where}",
            wait_s=verification(step, action).every_s,
            action=intent.index,
            reading=reading,
        )
        return Told(bodies=(taken,), evidence={"readings": transcript.evidence()})

    def _proof(
        self, verb: Verb, context: StepContext, body: object, action: Action, intent: ReadAction
    ) -> Reading:
        """Read by the step's own `verify.read` where it has one, else as the verb knows.

        An undo is proven when what proved the step does not hold any more.
        """
        if context.pace.verify_read is None or context.pace.verify_until is None:
            return _read(verb, context, body, action, settling=intent.settling)
        seen = self._look_once(context, record(context.pace.verify_read))
        found = holds(context.pace.verify_until, {"read": seen})
        if found is INCONCLUSIVE:
            return Reading(where="unreadable", detail=f"not known: {context.pace.verify_until}")
        said = f"{'so it is' if found else 'not so'}: {context.pace.verify_until}"
        if bool(found) is not action.undo:
            return Reading(where="reached", detail=said)
        where = "before" if intent.settling else "pending"
        return Reading(where=where, detail=said)  # type: ignore[arg-type]  # two of its words

    def _look_once(self, context: StepContext, read: Record) -> Record:
        name, inner = next(iter(read.items()))
        reader = self._app.verb(name)
        if reader.look is None:
            raise InvalidInputError(f"`{name}` cannot be read with")
        found = reader.look(
            context,
            reader.body({} if inner is None else inner),
            Past(n=1, data=None, started_at=context.now),
        )
        yields = found.yields if isinstance(found, Done) else {}
        return {**yields, "verdict": found.verdict}

    def _failure(
        self, phase: LookPhase | str, result: Raised | TimedOut, transcript: Transcript
    ) -> Told:
        failed = _failed(phase, result, None)
        return Told(bodies=(failed,), evidence={"readings": transcript.evidence()})

    def _step(self, step_id: str) -> StepState:
        return self._state.steps[step_id]

    def _verb(self, step: StepState) -> Verb:
        return self._app.verb(step.spec.verb)

    def _context(self, step: StepState) -> tuple[StepContext, Transcript]:
        assert step.started is not None
        service = step.started.service
        self._state.definition_of(service)
        seen = known(self._app, self._state, service)
        return step_context(self._app, self._state, step, seen, self._app.clock.now())


def _read(
    verb: Verb, context: StepContext, body: object, action: Action, *, settling: bool
) -> Reading:
    if verb.read is None:
        return Reading(where="before" if not settling else "unreadable")
    return verb.read(context, body, action)


def _lost(action: Action, reading: Reading) -> bool:
    """Return whether something cannot be read that could be when the plan was made."""
    return reading.where == "unreadable" and action.before is not None


def _action(step: StepState, index: int) -> Action:
    assert step.plan is not None
    return step.plan.actions[index]


def _reading_of(result: Returned[Reading] | Raised | TimedOut) -> Reading:
    match result:
        case Returned(reading):
            return reading
        case Raised(message=message):
            return Reading(where="unreadable", detail=message)
        case TimedOut(after_s):
            return Reading(where="unreadable", detail=f"no answer within {after_s:.0f} s")


def _failed(phase: LookPhase | str, result: Raised | TimedOut, action: int | None) -> AttemptFailed:
    if isinstance(result, TimedOut):
        return AttemptFailed(
            phase=phase,  # type: ignore[arg-type]  # words of this module
            code="no-answer",
            message=f"not done within {result.after_s:.0f} s",
            timed_out=True,
            action=action,
        )
    return AttemptFailed(
        phase=phase,  # type: ignore[arg-type]  # words of this module
        code=result.code,
        message=result.message,
        hint=result.hint,
        definite=result.definite,
        action=action,
    )


def _no_target(step: StepState, found: NoTarget) -> StepFinished:
    rejected: Json = [{"version": one.candidate, "reason": one.reason} for one in found.rejected]
    return StepFinished(
        title=step.started.title if step.started else step.spec.id,
        outcome="failed",
        reason="no_target",
        said=found.reason,
        yields={"rejected": rejected},
        round=step.round,
    )
