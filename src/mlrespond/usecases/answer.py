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
    state, questions = open_questions(app, incident)
    if state is None:
        raise UsageError(f"{incident} has no active run", hint=f"mlir timeline {incident}")
    question = _meant(state, questions, incident, given.step)
    asked = question.asked
    if asked.expires_at is not None and asked.expires_at <= app.clock.now():
        _refuse(app, state, question, given, "it came too late")
        raise UsageError(
            "that question has expired; the answer was recorded, and does not count",
            hint=f"ask afresh: mlir resume {incident}",
        )
    if given.digest and asked.digest and not asked.digest.startswith(given.digest):
        raise UsageError(
            f"the plan is {asked.digest[:12]} now, not {given.digest}", hint="look at it again"
        )
    said = Answer(
        choice=given.choice, actor=app.me, because=given.because, values=given.values or {}
    )
    refused = refusal(app, state, asked, app.me, given.choice)
    if refused is not None:
        app.store.append([refused])
        raise UsageError(f"that answer does not count: {refused.data['reason']}")
    try:
        app.store.append([answer_draft(app, incident, asked, said, "command")])
    except AlreadySettledError as error:
        raise UsageError("somebody has answered that already") from error
    return f"{given.choice}: {asked.text}"


def _meant(
    state: RunState, questions: tuple[QuestionState, ...], incident: str, step: str | None
) -> QuestionState:
    named = [one for one in questions if step is None or one.step == step]
    if len(named) == 1:
        return named[0]
    if not named and step is None:
        raise UsageError(f"{state.run} asks nothing now", hint=f"mlir resume {incident}")
    steps = ", ".join(str(one.step) for one in questions) or "none"
    raise UsageError(
        "say which question" if named else f"{step} asks nothing", hint=f"open: {steps}"
    )


def _refuse(app: App, state: RunState, question: QuestionState, given: Given, reason: str) -> None:
    what = AnswerRefused(question=question.asked.question, choice=given.choice, reason=reason)
    app.store.append(
        [
            draft(
                incident_stream(state.incident),
                what,
                app.clock.now(),
                incident=state.incident,
                source="person",
                actor=app.me,
            )
        ]
    )
