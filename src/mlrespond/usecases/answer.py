"""Answering a run's question from elsewhere; a late answer is recorded and refused."""

from __future__ import annotations

from dataclasses import dataclass

from mlrespond.engine.evolve import fold
from mlrespond.engine.state import QuestionState, RunState
from mlrespond.errors import AlreadySettledError, UsageError
from mlrespond.model.json import Record
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import AnswerRefused
from mlrespond.ports.person import Answer
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.answering import answer_draft, refusal
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream
from mlrespond.usecases.custody import must_be_here


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody answers, to which step's question (the only open one by default)."""

    choice: str
    step: str | None = None
    because: str = ""
    values: Record | None = None
    digest: str | None = None


def open_questions(app: App, incident: str) -> tuple[RunState | None, tuple[QuestionState, ...]]:
    """Return the active run's state and the questions it waits for."""
    known = incident_of(app, incident)
    if known.active_run is None:
        return None, ()
    state = fold(app.store.read(incident_stream(incident)), known.active_run)
    assert state is not None
    return state, tuple(one for one in state.questions.values() if one.pending)


def answer(app: App, incident: str, given: Given) -> str:
    """Record an answer, and return a line that says so.

    UsageError: nothing is asked, the answer may not be given by the caller, or it comes too late.
    """
    must_be_here(app.store, incident)
    state = _last_run(app, incident)
    pending = tuple(one for one in state.questions.values() if one.pending)
    question = _meant(app, state, pending, given)
    asked = question.asked
    if asked.expires_at is not None and asked.expires_at <= app.clock.now():
        raise _too_late(app, state, question, given)
    if given.digest and asked.digest and not asked.digest.startswith(given.digest):
        raise UsageError(
            f"the plan is {asked.digest[:12]} now, not {given.digest}", hint="look at it again"
        )
    said = Answer(
        choice=given.choice, actor=app.me, because=given.because, values=given.values or {}
    )
    refused = refusal(app, state, asked, said)
    if refused is not None:
        app.store.append([refused])
        raise UsageError(f"that answer does not count: {refused.data['reason']}")
    try:
        app.store.append([answer_draft(app, incident, asked, said, "command")])
    except AlreadySettledError:
        raise _too_late(app, state, question, given) from None
    return f"{given.choice}: {asked.text}"


def _last_run(app: App, incident: str) -> RunState:
    """Return the active run, or the last one: what comes too late is about that."""
    known = incident_of(app, incident)
    if not known.runs:
        raise UsageError(f"{incident} has no run", hint=f"mlir timeline {incident}")
    state = fold(app.store.read(incident_stream(incident)), known.active_run or known.runs[-1])
    assert state is not None
    return state


def _meant(
    app: App, state: RunState, pending: tuple[QuestionState, ...], given: Given
) -> QuestionState:
    """Return the question that is meant; one that was settled already is answered too late."""
    named = [one for one in pending if given.step in {None, one.step}]
    if len(named) == 1:
        return named[0]
    if named:
        steps = ", ".join(str(one.step) for one in named)
        raise UsageError("say which question", hint=f"open: {steps}")
    settled = [one for one in state.questions.values() if given.step in {None, one.step}]
    if settled and not pending:
        raise _too_late(app, state, settled[-1], given)
    steps = ", ".join(str(one.step) for one in pending) or "none"
    raise UsageError(f"{given.step or state.run} asks nothing now", hint=f"open: {steps}")


def _too_late(app: App, state: RunState, question: QuestionState, given: Given) -> UsageError:
    """Record an answer that does not count any more, and return what to tell its giver."""
    answered = question.answer
    if answered is not None and question.answered_by is not None:
        reason = f"{question.answered_by.handle} answered {answered.choice} before"
    elif question.pending and not _expired(app, question):
        reason = "somebody else was first"
    else:
        reason = "it came too late"
    what = AnswerRefused(question=question.asked.question, choice=given.choice, reason=reason)
    refused = draft(
        incident_stream(state.incident),
        what,
        app.clock.now(),
        incident=state.incident,
        source="person",
        actor=app.me,
    )
    app.store.append([refused])
    return UsageError(f"{reason}; the answer was recorded, and does not count", hint=_afresh(state))


def _expired(app: App, question: QuestionState) -> bool:
    until = question.asked.expires_at
    return until is not None and until <= app.clock.now()


def _afresh(state: RunState) -> str:
    """Return the command that asks the same question afresh, when this run is over."""
    name = state.requested.runbook.name
    again = f"mlir respond --incident {state.incident} --runbook {name}"
    if state.requested.runbook.source == "":
        again = f"mlir undo {state.incident}"
    if state.ended is None:
        return f"mlir resume {state.incident} ends the wait; then ask afresh: {again}"
    return f"ask afresh: {again}"
