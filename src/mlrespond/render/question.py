"""A question to a person as lines of text: what matters first, what silence means last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from mlrespond.model.instant import duration
from mlrespond.model.plan import Action
from mlrespond.model.run_kind import QuestionAsked
from mlrespond.model.service_kind import describe_served
from mlrespond.usecases.brief import Brief

CHOICES: Mapping[str, str] = {
    "again": "look again",
    "continue": "go on without it",
    "escalate": "page the next one, and end the run",
    "stop": "end the run; its final steps still run",
    "retry": "do it again",
    "done": "it did happen: read it, and go on",
    "not_done": "it did not happen: do it again",
    "run": "do the step",
    "skip": "leave the step out, and go on",
    "answer": "give the answers",
}
_DOUBTS: Mapping[str, str] = {
    "unknown": "sent, but not proven: ",
    "undecided": "begun, and nobody can tell whether it happened: ",
}
_SILENCE: Mapping[str, str] = {
    "deny": "it is denied, and nothing changes",
    "escalate": "it is denied, and the next one is paged",
    "stop": "the run ends",
}


def question_lines(brief: Brief, now: datetime) -> Iterator[str]:
    """Yield what bears on a question, for a terminal."""
    yield from _head(brief)
    if brief.question.sort == "approval":
        yield from _changes(brief)
    else:
        yield f"question  {asked_text(brief.question)}"
    yield from _people(brief)
    yield from _silence(brief, now)


def asked_text(question: QuestionAsked) -> str:
    """Return what is asked, with what is in doubt."""
    return _DOUBTS.get(question.sort, "") + question.text


def parked_lines(brief: Brief, now: datetime) -> Iterator[str]:
    """Yield what a question waits for, for a screen that shows the rest itself."""
    if brief.question.sort == "approval":
        yield from _changes(brief)
    yield from _people(brief)
    yield from _silence(brief, now)


def _head(brief: Brief) -> Iterator[str]:
    known = brief.incident
    yield f"{known.id} {known.severity} {known.service}: {known.title}"
    if brief.last is not None:
        wanted = brief.last.wanted or "not known"
        yield f"now       {describe_served(brief.last.served)} (registry wants {wanted})"
    for at, one in enumerate(brief.evidence):
        yield f"{'' if at else 'because':<9} {one}"


def _changes(brief: Brief) -> Iterator[str]:
    plan = brief.plan
    if plan is None:
        return
    for at, action in enumerate(plan.actions):
        back = "can be undone" if action.undoable else "CANNOT BE UNDONE"
        yield f"{'' if at else 'changes':<9} {at + 1}. {_what(action)}  ({back})"
    for at, other in enumerate(plan.rejected):
        yield f"{'' if at else 'not':<9} {other.candidate}: {other.reason}"
    for one in plan.notes:
        yield f"note      {one}"
    for at, one in enumerate(brief.warnings):
        yield f"{'' if at else 'WARNING':<9} {one}"
    yield f"proof     each is read back at the service; if it fails: {_failing(brief.on_failure)}"


def _what(action: Action) -> str:
    """Return what an action does; what takes back says where to, since its summary says from."""
    if action.undo and isinstance(action.before, str) and isinstance(action.after, str):
        return f"take {action.target} from {action.before} back to {action.after}"
    return action.summary


def _failing(word: str) -> str:
    known = {
        "stop": "the run stops, and what was done stands",
        "continue": "the run goes on",
        "undo": "what this step did is undone",
        "undo_run": "what the whole run did is undone",
        "escalate": "the next one is paged",
    }
    return known.get(word, word)


def _people(brief: Brief) -> Iterator[str]:
    by = [f"{name} ({', '.join(them)})" if them else name for name, them in brief.people.items()]
    other = brief.requested_by.handle if brief.question.not_self else ""
    but = f", but not {other}, who asked for the run" if other else ""
    yield f"answers   {', '.join(by) or 'anybody'}{but}"


def _silence(brief: Brief, now: datetime) -> Iterator[str]:
    until = brief.question.expires_at
    if until is None:
        yield "silence   it waits for as long as it takes; nothing happens meanwhile"
        return
    what = _SILENCE.get(brief.question.otherwise or "deny", brief.question.otherwise)
    left = duration(max(0.0, round((until - now).total_seconds())))
    yield f"silence   at {until:%H:%M:%S}Z, in {left}: {what}"
