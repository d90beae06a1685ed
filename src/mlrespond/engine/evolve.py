"""Folding a run: one event after another, none of them looked at twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mlrespond.engine.evolve_step import step_after, with_action
from mlrespond.engine.pseudo import spec_of
from mlrespond.engine.state import (
    Criterion,
    QuestionState,
    RunState,
    StepState,
)
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import IncidentAcknowledged, IncidentOpened, SeveritySet
from mlrespond.model.kind import Body
from mlrespond.model.kinds import body
from mlrespond.model.run_kind import (
    ActionSent,
    AttemptFailed,
    CriterionMet,
    EndingDecided,
    QuestionAnswered,
    QuestionAsked,
    QuestionExpired,
    QuestionReminded,
    RunClaimed,
    RunEnded,
    RunInterrupted,
    RunParked,
    RunRenewed,
    RunRequested,
    RunStopAsked,
)
from mlrespond.model.word import Severity


def fold(events: Iterable[Event], run: str) -> RunState | None:
    """Return the state of a run after the events of its incident's stream; None if not requested.

    Late events change nothing but that what they touched is proven again; erased ones change
    nothing but that a run is over. A run whose request was erased is as if it was never asked for.
    """
    state: RunState | None = None
    severity: Severity = "SEV3"
    seq = 0
    for event in events:
        seq = max(seq, event.seq)
        if event.kind == "incident_opened" and not event.erased:
            severity = _severity(body(event), severity)
        if state is None:
            if event.run == run and event.kind == "run_requested" and not event.erased:
                state = _requested(event, severity)
            elif event.kind == "severity_set" and not event.erased:
                severity = _severity(body(event), severity)
        else:
            state = _folded(state, event)
    return state and replace(state, seq=seq)


def _severity(said: Body, before: Severity) -> Severity:
    return said.severity if isinstance(said, IncidentOpened | SeveritySet) else before


def _requested(event: Event, severity: Severity) -> RunState:
    said = body(event)
    assert isinstance(said, RunRequested)
    return RunState(
        run=str(event.run),
        incident=str(event.incident),
        requested=said,
        requested_by=event.actor,
        requested_at=event.occurred_at,
        severity=severity,
        seq=event.seq,
    )


def evolve(state: RunState, event: Event) -> RunState:
    """Return the state after one more event of the incident's stream."""
    return replace(_folded(state, event), seq=max(state.seq, event.seq))


def _folded(state: RunState, event: Event) -> RunState:
    """Return the state after an event, as far as others than its place say something."""
    if event.erased:
        return _erased(state, event)
    if event.late:
        return _late(state, event)
    if event.run is None:
        return _from_outside(state, event)
    if event.run != state.run:
        return state
    said = body(event)
    if event.step is not None:
        return _of_step(state, event, said)
    return _of_run(state, event, said)


def _erased(state: RunState, event: Event) -> RunState:
    """Fold an event that lost its text: what its kind alone says still stands."""
    if event.kind != "run_ended" or event.run != state.run or event.late:
        return state
    ending = state.ending.ending if state.ending else "stopped"
    return replace(state, ended=RunEnded(ending=ending, reason="(erased)"))


def _late(state: RunState, event: Event) -> RunState:
    """Fold what a superseded process did: it controls nothing, but what it touched is unproven."""
    if event.run != state.run:
        return state
    state = replace(state, late=(*state.late, event.summary))
    step = state.steps.get(event.step or "")
    index = _touched(body(event))
    if step is None or index is None or index >= len(step.actions) or _is_over(state, step):
        return state
    doubted = with_action(
        replace(step, result=None),
        index,
        settled=None,
        settled_at=None,
        failure=None,
        failed_at=None,
        streak=0,
        verifying_since=event.recorded_at,
        not_before=None,
    )
    return replace(state, steps={**state.steps, step.spec.id: doubted})


def _touched(said: Body) -> int | None:
    """Return the action that was, or may have been, carried out."""
    match said:
        case ActionSent(action=index):
            return index
        case AttemptFailed(action=index, definite=False):
            return index
        case _:
            return None


def _is_over(state: RunState, step: StepState) -> bool:
    """Return whether the run comes back to a step no more: its main part is over, or all of it."""
    final = any(step.spec.id == one.id for one in state.requested.runbook.finally_steps)
    return state.ended is not None or (state.ending is not None and not final)


def _from_outside(state: RunState, event: Event) -> RunState:
    """Fold what others say to the run: answers, notice taken, a wish to stop, a new severity."""
    match body(event):
        case QuestionAnswered() as answer if answer.question in state.questions:
            return _answered(state, event, answer)
        case QuestionExpired(question=question) if question in state.questions:
            return _expired(state, question)
        case RunStopAsked(target_run=run, reason=reason) if run == state.run:
            return replace(state, stop_asked=reason or "asked to stop")
        case SeveritySet(severity=severity):
            return replace(state, severity=severity)
        case IncidentAcknowledged():
            return _asked_again_now(state)
        case _:
            return state


def _asked_again_now(state: RunState) -> RunState:
    """Let open pages be asked at once whether somebody took them: somebody has spoken."""
    paging = [one for one in state.steps.values() if one.open and one.plan is not None]
    woken = {
        one.spec.id: replace(
            one, actions=tuple(replace(action, not_before=None) for action in one.actions)
        )
        for one in paging
        if one.started is not None and one.started.effect == "page"
    }
    return replace(state, steps={**state.steps, **woken}) if woken else state


def _of_run(state: RunState, event: Event, said: Body) -> RunState:
    match said:
        case RunClaimed():
            return replace(
                state,
                epoch=event.epoch or 0,
                claim=said,
                claim_until=said.until,
                released=False,
                gone=state.gone | {state.epoch} if said.previous_dead else state.gone,
            )
        case RunRenewed(until=until):
            return replace(state, claim_until=until)
        case RunParked() | RunInterrupted():
            return replace(state, released=True)
        case CriterionMet(hold_s=hold_s):
            return replace(state, criterion=Criterion(met_at=event.occurred_at, hold_s=hold_s))
        case EndingDecided():
            return replace(state, ending=said)
        case RunEnded():
            return replace(state, ended=said)
        case _:
            return state


def _of_step(state: RunState, event: Event, said: Body) -> RunState:
    step_id = str(event.step)
    match said:
        case QuestionAsked():
            return _asked(state, event, said)
        case QuestionAnswered():
            return _answered(state, event, said)
        case QuestionExpired(question=question):
            return _expired(state, question)
        case QuestionReminded(question=question, n=n):
            return _reminded(state, question, n)
        case _:
            step = state.steps.get(step_id) or StepState(spec=spec_of(state.requested, step_id))
            after = step_after(step, event, said)
            return replace(state, steps={**state.steps, step_id: after})


def _asked(state: RunState, event: Event, said: QuestionAsked) -> RunState:
    step = state.steps.get(str(event.step))
    question = QuestionState(
        asked=said,
        step=event.step,
        round=step.round if step else 1,
        asked_at=event.occurred_at,
    )
    return replace(state, questions={**state.questions, said.question: question})


def _answered(state: RunState, event: Event, said: QuestionAnswered) -> RunState:
    question = state.questions.get(said.question)
    if question is None or not question.pending:
        return state
    settled = replace(question, answer=said, answered_by=event.actor)
    return replace(state, questions={**state.questions, said.question: settled})


def _expired(state: RunState, name: str) -> RunState:
    question = state.questions.get(name)
    if question is None or not question.pending:
        return state
    return replace(state, questions={**state.questions, name: replace(question, expired=True)})


def _reminded(state: RunState, name: str, n: int) -> RunState:
    question = state.questions.get(name)
    if question is None:
        return state
    known = replace(question, reminded=max(n, question.reminded))
    return replace(state, questions={**state.questions, name: known})
