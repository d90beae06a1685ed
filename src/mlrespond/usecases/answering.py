"""Answers that can be had now: given with the run, or by whoever sits at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from math import isfinite

from mlrespond.engine.approval import may_answer
from mlrespond.engine.ask import settled_once, wanted_beforehand
from mlrespond.engine.intent import Await
from mlrespond.engine.state import RunState
from mlrespond.model.codec import decode
from mlrespond.model.event import Draft
from mlrespond.model.fit import misfit
from mlrespond.model.json import Json, Record, record
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import AnswerRefused, QuestionAnswered, QuestionAsked
from mlrespond.model.spec import InputSpec
from mlrespond.ports.person import Answer
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream

HIDDEN = "[secret]"
ANSWERED = "answer"
_TEXTS = frozenset({"string", "choice", "version", "duration"})
_BOOLS: Mapping[str, bool] = {"true": True, "yes": True, "false": False, "no": False}


def answer_at_hand(
    app: App, state: RunState, intent: Await, settled: Callable[[str], bool]
) -> Draft | None:
    """Return the answer to record, or the record of one that does not count; None if none."""
    beforehand = _beforehand(app, state, intent.question)
    if beforehand is not None:
        return beforehand
    question = intent.question
    answer = app.approver.ask(question, intent.until, lambda: settled(question.question))
    if answer is None:
        return None
    refused = refusal(app, state, question, answer)
    return refused or answer_draft(app, state.incident, question, answer, "terminal")


def _beforehand(app: App, state: RunState, question: QuestionAsked) -> Draft | None:
    """Return the answer that `--approve` gave, unless its giver may not (then it is just asked)."""
    if question.sort != "approval":
        return None
    known = state.questions.get(question.question)
    step = state.steps.get(known.step or "") if known else None
    if step is None or not wanted_beforehand(state, step):
        return None
    if may_answer(question, state.requested_by, state.requested_by, app.teams):
        return None
    given = Answer(choice="approve", actor=state.requested_by, because="--approve")
    return answer_draft(app, state.incident, question, given, "option")


def refusal(app: App, state: RunState, question: QuestionAsked, answer: Answer) -> Draft | None:
    """Return the record of an answer that does not count, with why; None if it counts."""
    reason = may_answer(question, answer.actor, state.requested_by, app.teams)
    reason = reason or _mistake(question, answer)
    if not reason:
        return None
    app.progress.note(f"that answer does not count: {reason}")
    what = AnswerRefused(question=question.question, choice=answer.choice, reason=reason)
    return draft(
        incident_stream(state.incident),
        what,
        app.clock.now(),
        incident=state.incident,
        source="person",
        actor=answer.actor,
    )


def _mistake(question: QuestionAsked, answer: Answer) -> str:
    if answer.choice not in question.choices:
        return f"`{answer.choice}` is none of {', '.join(question.choices)}"
    if answer.choice != ANSWERED:
        return ""
    strangers = [f"`{name}` is not asked" for name in answer.values if name not in question.fields]
    wrong = [
        f"{name}: {said}"
        for name, one in question.fields.items()
        if (said := _wrong(record(one), answer.values.get(name)))
    ]
    return "; ".join([*strangers, *wrong])


def _wrong(field: Record, value: Json) -> str:
    if value is None:
        return "no answer is given"
    said = misfit(decode(InputSpec, field), _typed(field, value))
    return "it is not of the asked type" if said and field.get("secret") else said


def _typed(field: Record, value: Json) -> Json:
    """Return an answer as its type: what was typed at a terminal is text, whatever it means."""
    if field.get("type") in _TEXTS and isinstance(value, int | float):
        return str(value)
    if field.get("type") == "bool" and isinstance(value, str):
        return _BOOLS.get(value, value)
    if field.get("type") == "number" and isinstance(value, str):
        with suppress(ValueError):
            found = float(value)
            return found if isfinite(found) else value
    return value


def answer_draft(
    app: App, incident: str, question: QuestionAsked, answer: Answer, via: str
) -> Draft:
    """Return the answer as it is recorded; what was asked as a secret is not."""
    said = QuestionAnswered(
        question=question.question,
        choice=answer.choice,
        via=via,  # type: ignore[arg-type]  # words of this package
        because=answer.because,
        values={name: _shown(question, name, one) for name, one in answer.values.items()},
    )
    plain = draft(
        incident_stream(incident),
        said,
        app.clock.now(),
        incident=incident,
        source="person",
        actor=answer.actor,
    )
    return replace(plain, once=settled_once(question.question))


def _shown(question: QuestionAsked, name: str, value: Json) -> Json:
    field = record(question.fields.get(name))
    return HIDDEN if field.get("secret") else _typed(field, value)
