"""What a run does next: a pure function of its state and the time given to the next event."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mlrespond.engine.agenda import Halt, chosen, next_final, next_step
from mlrespond.engine.ask import plain_question, settled_or
from mlrespond.engine.begin import begin, begin_block
from mlrespond.engine.change import decide_change, evidence_of, refresh
from mlrespond.engine.finish import close, next_look
from mlrespond.engine.intent import Intent, Over, Said, Sleep, Write
from mlrespond.engine.names import condition, holds, names
from mlrespond.engine.state import QuestionState, RunState, StepState
from mlrespond.errors import Error
from mlrespond.model.evaluate import INCONCLUSIVE, fill, shown
from mlrespond.model.incident_kind import IncidentMitigated
from mlrespond.model.instant import parse_duration
from mlrespond.model.json import record, text
from mlrespond.model.run_kind import (
    CriterionMet,
    EndingDecided,
    QuestionAsked,
    RunEnded,
    StepFinished,
)
from mlrespond.model.shape import VerbShape, VerbTable
from mlrespond.model.spec import StepSpec
from mlrespond.model.word import Ending


def decide(state: RunState, verbs: VerbTable, now: datetime) -> Intent:
    """Return what the run wants next."""
    if state.ended is not None:
        return Over()
    if state.ending is None:
        return _main(state, verbs, now)
    final = next_final(state)
    if final is not None:
        return _step(state, _read_first(state, final), verbs, now)
    return Write(
        (
            Said(
                RunEnded(
                    ending=state.ending.ending, reason=state.ending.reason, flags=_flags(state)
                )
            ),
        )
    )


def _read_first(state: RunState, final: StepSpec) -> StepSpec:
    """Return the evidence that a final step waits for, as it is being read again, or the step."""
    begun = state.steps.get(final.id)
    if begun is None or not begun.open:
        return final
    again = (one.spec for one in state.steps.values() if one.refresh and one.open)
    return next(again, final)


def _main(state: RunState, verbs: VerbTable, now: datetime) -> Intent:
    if state.stop_asked is not None and _safe(state):
        return _ending("stopped", state.stop_asked)
    following = next_step(state)
    if isinstance(following, StepSpec):
        return _step(state, following, verbs, now)
    if following is not None and following.explicit:
        return _ending(following.ending, following.reason)
    return _conclusion(state, following, now)


def _safe(state: RunState) -> bool:
    """Return whether no action is under way: an intent must first be settled."""
    return not any(
        action.try_ and action.settled is None
        for step in state.steps.values()
        if step.result is None
        for action in step.actions
    )


def _conclusion(state: RunState, halt: Halt | None, now: datetime) -> Intent:
    """Decide the ending when the main steps are over: the criterion comes before any halt."""
    criterion = state.requested.runbook.mitigated_when
    if criterion is not None and holds(state, criterion):
        return _mitigation(state, criterion, now)
    if state.criterion is not None:
        return _ending("not_mitigated", "the criterion was met, but did not hold")
    if halt is not None:
        return _ending(halt.ending, halt.reason)
    if any(step.spec.verb == state.requested.escalation for step in _done(state)):
        return _ending("escalated", "somebody was paged, and the criterion is not met")
    if criterion is None:
        return _ending("done", "every step is over")
    return _ending("not_mitigated", f"not met: {criterion}")


def _done(state: RunState) -> list[StepState]:
    finals = {spec.id for spec in state.requested.runbook.finally_steps}
    return [
        step
        for step in state.steps.values()
        if step.spec.id not in finals and step.result and step.result.outcome == "ok"
    ]


def _mitigation(state: RunState, criterion: str, now: datetime) -> Intent:
    if state.criterion is None:
        return Write((Said(CriterionMet(criterion=criterion, hold_s=_hold_s(state))),))
    held = state.criterion.met_at + timedelta(seconds=state.criterion.hold_s)
    if now < held:
        return Sleep(held, f"`{criterion}` must hold")
    if state.criterion.hold_s > 0:
        for evidence in evidence_of(state, criterion, ""):
            if evidence.finished_at is not None and evidence.finished_at < held:
                return refresh(evidence)
    mitigated = IncidentMitigated(criterion=criterion, held_s=state.criterion.hold_s)
    return Write(
        (Said(mitigated), Said(EndingDecided(ending="mitigated", reason=f"`{criterion}` held")))
    )


def _hold_s(state: RunState) -> float:
    try:
        return parse_duration(shown(fill(state.requested.runbook.mitigated_for, names(state))))
    except Error:
        return parse_duration("5m")


def _ending(ending: Ending, reason: str) -> Intent:
    return Write((Said(EndingDecided(ending=ending, reason=reason)),))


def _step(state: RunState, spec: StepSpec, verbs: VerbTable, now: datetime) -> Intent:
    step = state.steps.get(spec.id)
    if step is None or step.started is None or spec.block:
        return _begin(state, spec, verbs, now)
    if spec.block:
        return Write((Said(begin_block(state, spec)[1], spec.id),))
    shape = verbs.shape(spec.verb)
    if shape.family == "end":
        return _end(step)
    if shape.family == "ask":
        return _ask(state, step, now)
    if step.started.effect == "read":
        return _read(state, step, now)
    return decide_change(state, step, shape, now)


def _begin(state: RunState, spec: StepSpec, verbs: VerbTable, now: datetime) -> Intent:
    skipped = _skipped(state, spec)
    if skipped is not None:
        return skipped
    shape = None if spec.block else verbs.shape(spec.verb)
    doubt = _doubt(state, spec, shape, now)
    if doubt is not None:
        return doubt
    if shape is None:
        return Write(tuple(Said(one, spec.id) for one in begin_block(state, spec)))
    return Write((Said(begin(state, spec, shape), spec.id),))


def _skipped(state: RunState, spec: StepSpec) -> Intent | None:
    if spec.parent is not None:
        parent = state.steps.get(spec.parent)
        if parent is None or parent.result is None or parent.result.outcome != "ok":
            return _skip(spec, f"{spec.parent} did not run")
    if spec.when is None or condition(state, spec.when, spec.scope) is not False:
        return None
    return _skip(spec, f"not so: {spec.when}")


def _skip(spec: StepSpec, reason: str) -> Intent:
    skipped = StepFinished(title=spec.title or spec.id, outcome="skipped", reason=reason)
    return Write((Said(skipped, spec.id),))


def _doubt(
    state: RunState, spec: StepSpec, shape: VerbShape | None, now: datetime
) -> Intent | None:
    """Ask a person where `when` is inconclusive, unless the step only reads or pages."""
    if spec.when is None or condition(state, spec.when, spec.scope) is not INCONCLUSIVE:
        return None
    if shape is not None and shape.family != "end" and shape.effect(record(spec.body)) != "change":
        return None
    said = f"it is not known whether `{spec.when}`; run {spec.id}?"
    answer = settled_or(state, plain_question(state, spec, "when", 1, said), spec.id, now)
    if not isinstance(answer, QuestionState):
        return answer
    choice = answer.answer.choice if answer.answer else "skip"
    if choice == "run":
        return None
    if choice == "stop" and state.ending is None:
        return _ending("stopped", f"stopped at {spec.id}")
    return _skip(spec, "a person chose to skip it")


def _end(step: StepState) -> Intent:
    assert step.started is not None
    body = record(step.started.body)
    said = text(body.get("say")) or ""
    finished = StepFinished(
        title=step.started.title, outcome="ok", said=said, yields={"as": body.get("as")}
    )
    return Write((Said(finished, step.spec.id),))


def _ask(state: RunState, step: StepState, now: datetime) -> Intent:
    assert step.started is not None
    body = record(step.started.body)
    question = replace(
        plain_question(state, step.spec, "ask", step.round, text(body.get("say")) or ""),
        choices=("answer", "stop"),
        by=tuple(str(one) for one in body.get("by") or ()) or (),  # type: ignore[union-attr]  # a list, by the verb's model
        fields=record(body.get("answers")),
        order=step.spec.asks,
        expires_at=now + timedelta(seconds=parse_duration(text(body.get("within")) or "10m")),
        otherwise=text(body.get("otherwise")) or "stop",
    )
    answer = settled_or(state, question, step.spec.id, now)
    if not isinstance(answer, QuestionState):
        return answer
    if answer.expired or answer.answer is None or answer.answer.choice == "stop":
        escalate = answer.expired and answer.asked.otherwise == "escalate"
        outcome = "expired" if answer.expired else "denied"
        return close(step, outcome, "no answer", handled_by="escalate" if escalate else None)
    who = answer.answered_by.handle if answer.answered_by else ""
    finished = StepFinished(
        title=step.started.title,
        outcome="ok",
        yields={"answers": answer.answer.values, "by": who},
        round=step.round,
    )
    return Write((Said(finished, step.spec.id),))


def _read(state: RunState, step: StepState, now: datetime) -> Intent:
    intent = _read_on(state, step, now)
    ended = intent.said[0].body if isinstance(intent, Write) else None
    if not isinstance(ended, StepFinished) or not _is_asked_about(state, step, ended):
        return intent
    question = _inconclusive(state, step, ended.said)
    answer = settled_or(state, question, step.spec.id, now)
    if not isinstance(answer, QuestionState):
        return answer
    who = answer.answered_by.handle if answer.answered_by else "somebody"
    if chosen(state, step, "inconclusive") == "again":
        assert step.started is not None
        return Write((Said(replace(step.started, round=step.round + 1), step.spec.id),))
    return Write((Said(replace(ended, handled_by=who), step.spec.id),))


def _read_on(state: RunState, step: StepState, now: datetime) -> Intent:
    look = step.look
    if look is None or not look.done:
        return next_look(state, step, now)
    return close(step, "ok", said=look.said, verdict=look.verdict)


def _is_asked_about(state: RunState, step: StepState, ended: StepFinished) -> bool:
    """Return whether a person is asked about a read: it could not tell, or not in time."""
    broken = ended.outcome == "failed" and ended.reason != "timed_out"
    asks = step.spec.on_inconclusive == "ask" and not step.refresh and state.ending is None
    return asks and ended.verdict == "inconclusive" and not broken


def _inconclusive(state: RunState, step: StepState, said: str) -> QuestionAsked:
    title = step.started.title if step.started else step.spec.id
    return plain_question(
        state, step.spec, "inconclusive", step.round, f"{title} could not tell: {said}; what now?"
    )


def _flags(state: RunState) -> tuple[str, ...]:
    """Return what the exit code must know beyond the ending."""
    flags = set()
    for step in state.steps.values():
        if step.result is None:
            continue
        if step.result.outcome == "unknown":
            flags.add("unknown")
        if step.result.reason in {"stale_plan", "access_refused"}:
            flags.add(step.result.reason)
    return tuple(sorted(flags))
