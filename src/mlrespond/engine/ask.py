"""Questions to people: asked once, answered or expired once, each bound to what it is about."""

from __future__ import annotations

from datetime import datetime, timedelta

from mlrespond.engine.agenda import question_id
from mlrespond.engine.intent import Await, Intent, Said, Write
from mlrespond.engine.names import condition
from mlrespond.engine.state import QuestionState, RunState, StepState
from mlrespond.errors import Error
from mlrespond.model.json import Record, items, record, text
from mlrespond.model.run_kind import (
    QuestionAnswered,
    QuestionAsked,
    QuestionExpired,
    QuestionReminded,
    QuestionSort,
)
from mlrespond.model.spec import Approve, StepSpec

CHOICES: dict[QuestionSort, tuple[str, ...]] = {
    "approval": ("approve", "deny", "skip", "escalate"),
    "unfenced": ("approve", "deny"),
    "inconclusive": ("again", "continue", "escalate", "stop"),
    "unknown": ("retry", "continue", "escalate", "stop"),
    "undecided": ("done", "not_done", "stop"),
    "when": ("run", "skip", "stop"),
    "ask": (),
}


def settled_or(
    state: RunState, question: QuestionAsked, step_id: str, now: datetime
) -> QuestionState | Intent:
    """Return the question once it is settled; before that, what must be done about it."""
    asked = state.questions.get(question.question)
    if asked is None:
        return Write((Said(question, step_id, f"asked:{question.question}"),))
    if not asked.pending:
        return asked
    expires = asked.asked.expires_at
    if expires is not None and expires <= now:
        expired = QuestionExpired(
            question=asked.asked.question, otherwise=asked.asked.otherwise or "stop"
        )
        return Write((Said(expired, step_id, settled_once(asked.asked.question)),))
    reminder = _reminder(asked, now)
    if reminder is not None:
        once = f"reminded:{reminder.question}:{reminder.n}"
        return Write((Said(reminder, step_id, once),))
    return Await(asked.asked, expires)


def _reminder(known: QuestionState, now: datetime) -> QuestionReminded | None:
    """Return the reminder that is due; of several that nobody was there to give, the last."""
    every_s = known.asked.remind_s
    if not every_s:
        return None
    n = int((now - known.asked_at).total_seconds() // every_s)
    if n <= known.reminded:
        return None
    asked = known.asked
    return QuestionReminded(question=asked.question, n=n, text=asked.text, by=asked.by)


def settled_once(question: str) -> str:
    """Return the `once` key under which a question's answer or expiry is recorded."""
    return f"question:{question}"


def plain_question(
    state: RunState,
    spec: StepSpec,
    sort: QuestionSort,
    round_: int,
    text_: str,
    index: int | None = None,
) -> QuestionAsked:
    """Return a question that waits for as long as it takes."""
    return QuestionAsked(
        question=question_id(state, spec.id, sort, round_, index),
        sort=sort,
        text=text_,
        choices=CHOICES[sort],
        by=(_owner(state, _service(state, state.step(spec.id))),),
    )


def approval_question(state: RunState, step: StepState, now: datetime) -> QuestionAsked:
    """Return the question whether a step's plan may be carried out, bound to its digest."""
    started, plan = step.started, step.plan
    assert started is not None
    assert plan is not None
    rule = started.approve or Approve()
    what = "; ".join(action.summary for action in plan.actions)
    return QuestionAsked(
        question=question_id(state, step.spec.id, "approval", step.round),
        sort="approval",
        text=f"{started.title}: {what}?",
        choices=CHOICES["approval"],
        by=rule.by or (_owner(state, _service(state, step)),),
        not_self=rule.not_self,
        expires_at=now + timedelta(seconds=rule.within_s),
        digest=step.plan_digest,
        otherwise=rule.otherwise,
        about=started.service,
        remind_s=rule.remind_s,
    )


def unfenced_question(state: RunState, step: StepState, now: datetime) -> QuestionAsked:
    """Return the question whether a step goes on though nobody can check that it alone acts."""
    assert step.plan is not None
    what = ", ".join(step.plan.leases)
    return QuestionAsked(
        question=question_id(state, step.spec.id, "unfenced", step.round, state.epoch),
        sort="unfenced",
        text="the timeline cannot be written, so nothing keeps another run or person from"
        f" changing {what} at the same time; go on all the same?",
        choices=CHOICES["unfenced"],
        by=(_owner(state, _service(state, step)),),
        expires_at=now + timedelta(seconds=Approve().within_s),
        otherwise="deny",
        about=_service(state, step),
    )


def leave_given(state: RunState, step: StepState, question: QuestionAsked) -> Said | None:
    """Return the answer that stands already: a policy's, which covers no undo.

    It is the policy of the service that is changed: nobody gives leave for another's.
    """
    assert step.started is not None
    policy = _policy(state, step)
    if policy is not None:
        because = f"policy of {text(policy.get('by'))}: {text(policy.get('because'))}"
        answer = QuestionAnswered(
            question=question.question, choice="approve", via="policy", because=because
        )
        return Said(answer, step.spec.id, settled_once(question.question))
    return None


def _policy(state: RunState, step: StepState) -> Record | None:
    if step.spec.undo_of is not None:
        return None
    for one in items(state.definition_of(_service(state, step)).get("policies")):
        policy = record(one)
        severities = items(policy.get("severity"))
        if policy.get("allow") != step.spec.verb:
            continue
        if severities and state.severity not in severities:
            continue
        when = text(policy.get("when"))
        if when is None or _certain(state, when):
            return policy
    return None


def _certain(state: RunState, expression: str) -> bool:
    try:
        return condition(state, expression) is True
    except Error:
        return False


def wanted_beforehand(state: RunState, step: StepState) -> bool:
    """Return whether the one who asked for the run answered beforehand.

    `--approve` answers for a step, or for all; a saved plan for what it planned, to the letter.
    """
    if step.plan is not None and step.plan.asks:
        return False
    given, planned = state.requested.approve, state.requested.planned.get(step.spec.id)
    return "all" in given or step.spec.id in given or (planned or "none") == step.plan_digest


def _service(state: RunState, step: StepState | None) -> str:
    """Return the service that a step is about: the run's own, until it names another known one."""
    named = step.started.service if step and step.started else ""
    return named if named in state.requested.services else state.requested.service


def _owner(state: RunState, service: str) -> str:
    return text(state.definition_of(service).get("owner")) or state.requested_by.handle
