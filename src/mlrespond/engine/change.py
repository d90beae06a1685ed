"""Deciding about a step that changes something: plan, approval, re-reading, acting, proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mlrespond.engine.agenda import chosen, question_id
from mlrespond.engine.ask import (
    approval_question,
    leave_given,
    plain_question,
    settled_or,
)
from mlrespond.engine.finish import close, conclude, retry_or
from mlrespond.engine.intent import (
    Act,
    Intent,
    MakePlan,
    ReadAction,
    Reread,
    Said,
    Sleep,
    Write,
)
from mlrespond.engine.names import condition
from mlrespond.engine.settle import PROVEN, settle_interrupted, settled, verification, where_it_is
from mlrespond.engine.state import ActionState, QuestionState, RunState, StepState
from mlrespond.model.evaluate import INCONCLUSIVE
from mlrespond.model.expression import names_in
from mlrespond.model.json import items, text
from mlrespond.model.plan import Action, Verification
from mlrespond.model.run_kind import ActionSettled
from mlrespond.model.shape import VerbShape

LONG_PROOF_S = 600.0


def decide_change(state: RunState, step: StepState, shape: VerbShape, now: datetime) -> Intent:
    """Return what is next for an open step that changes or pages."""
    if step.plan is None:
        return retry_or(state, step, MakePlan(step.spec.id), now)
    if not step.plan.actions:
        return conclude(state, step, shape, now)
    if not _begun(step):
        refusal = _leave(state, step, now)
        if refusal is not None:
            return refusal
    return _next_action(state, step, shape, now)


def _begun(step: StepState) -> bool:
    return any(action.try_ for action in step.actions)


def _leave(state: RunState, step: StepState, now: datetime) -> Intent | None:
    """Return what stands between a plan and its first action; None when it may begin."""
    if step.started is None or step.started.effect != "change":
        return None
    question = settled_or(state, approval_question(state, step, now), step.spec.id, now)
    if not isinstance(question, QuestionState):
        given = leave_given(state, step, approval_question(state, step, now))
        asked = state.questions.get(approval_question(state, step, now).question)
        return Write((given,)) if given and asked is not None else question
    refused = _refused(question)
    if refused is not None:
        return close(step, refused[0], refused[1], handled_by=refused[2])
    return _still_true(state, step, now)


def _refused(question: QuestionState) -> tuple[str, str, str | None] | None:
    if question.expired:
        escalate = question.asked.otherwise == "escalate"
        return "expired", "nobody answered in time", "escalate" if escalate else None
    assert question.answer is not None
    if question.answer.choice == "approve":
        return None
    who = question.answered_by.handle if question.answered_by else "somebody"
    return "denied", f"{who} chose {question.answer.choice}", None


def _still_true(state: RunState, step: StepState, now: datetime) -> Intent | None:
    """Read evidence again that is too old to act on, then ask `when` once more."""
    assert step.started is not None
    spec = step.spec
    if spec.when is None or step.started.approve is None:
        return None
    evidence = evidence_of(state, spec.when, spec.scope)
    for one in evidence:
        if _age_s(one, evidence, now) > step.started.approve.fresh_s:
            return refresh(one)
    found = condition(state, spec.when, spec.scope)
    if found is True or (found is INCONCLUSIVE and _wanted_in_doubt(state, step)):
        return None
    return close(step, "skipped", "the evidence changed while it waited")


def _age_s(step: StepState, evidence: Sequence[StepState], now: datetime) -> float:
    """Return how old evidence is, in seconds; the time in which the rest was read again is not old.

    Else evidence that takes longer to read than it stays fresh would be read again for ever.
    """
    ended = step.finished_at or now
    rest = [one for one in evidence if one.refresh and one.started_at and one.started_at >= ended]
    return (now - ended).total_seconds() - sum(_took_s(one) for one in rest)


def _took_s(step: StepState) -> float:
    """Return how long a step took, at most as long as it may: a run that was parked grew old."""
    assert step.started is not None
    if step.started_at is None or step.finished_at is None:
        return 0.0
    took = (step.finished_at - step.started_at).total_seconds()
    return min(took, step.started.pace.timeout_s)


def _wanted_in_doubt(state: RunState, step: StepState) -> bool:
    """Return whether a person chose to run the step although `when` is not known to hold."""
    asked = state.questions.get(question_id(state, step.spec.id, "when", 1))
    return asked is not None and asked.answer is not None and asked.answer.choice == "run"


def evidence_of(state: RunState, expression: str, scope: str) -> list[StepState]:
    """Return the finished reading steps that an expression rests on."""
    names = sorted(name for name in names_in(expression) if name[0] == "steps" and len(name) > 1)
    found = []
    for step_id in dict.fromkeys(scope + name[1] for name in names):
        step = state.steps.get(step_id)
        if step and step.result and step.started and step.started.effect == "read":
            found.append(step)
    return [one for one in found if not one.spec.block]


def refresh(step: StepState) -> Intent:
    """Return the wish to read a step again, in a new round."""
    assert step.started is not None
    again = replace(step.started, round=step.round + 1, refresh=True)
    return Write((Said(again, step.spec.id),))


def _next_action(state: RunState, step: StepState, shape: VerbShape, now: datetime) -> Intent:
    assert step.plan is not None
    for index, (action, done) in enumerate(zip(step.plan.actions, step.actions, strict=True)):
        if done.settled is None:
            if not done.try_ and step.reread_epoch != state.epoch:
                return retry_or(state, step, Reread(step.spec.id), now)
            if not done.try_ and step.reread is not None:
                moved = items(step.reread.yields.get("moved"))
                if moved:
                    return close(step, "failed", "stale_plan", said=f"{text(moved[0])}")
            return _action(state, step, index, now)
        if step.plan.mode == "first":
            if done.settled.outcome in PROVEN:
                return conclude(state, step, shape, now)
        elif done.settled.outcome not in PROVEN:
            return _unproven(state, step, action, done.settled, now)
    if step.plan.mode == "first":
        return close(step, "failed", "nobody_answered", said=_nobody(step))
    return conclude(state, step, shape, now)


def _nobody(step: StepState) -> str:
    last = step.actions[-1].settled
    return last.detail if last and last.detail else "nobody answered"


def _unproven(
    state: RunState, step: StepState, action: Action, settled: ActionSettled, now: datetime
) -> Intent:
    said = f"{action.summary}: {settled.detail or settled.outcome}"
    if settled.outcome == "failed":
        return close(step, "failed", _why_failed(step, settled.action), said=said)
    if step.spec.on_unknown == "retry" and step.round < _attempts(step):
        return _again(step)
    if step.spec.on_unknown == "ask":
        question = plain_question(state, step.spec, "unknown", step.round, f"{said}; what now?")
        answer = settled_or(state, question, step.spec.id, now)
        if not isinstance(answer, QuestionState):
            return answer
        if chosen(state, step, "unknown") == "retry":
            return _again(step)
    return close(step, "unknown", "not_proven", said=said)


def _why_failed(step: StepState, index: int) -> str:
    failure = step.actions[index].failure
    refused = failure is not None and failure.code == "access-refused"
    return "access_refused" if refused else "action_failed"


def _attempts(step: StepState) -> int:
    return max(2, step.started.pace.retry.attempts) if step.started else 2


def _again(step: StepState) -> Intent:
    assert step.started is not None
    return Write((Said(replace(step.started, round=step.round + 1), step.spec.id),))


def _action(state: RunState, step: StepState, index: int, now: datetime) -> Intent:
    assert step.plan is not None
    action, done = step.plan.actions[index], step.actions[index]
    if not done.try_:
        return Act(step.spec.id, index, 1)
    if done.failure is not None and done.failure.definite:
        return _failed_definitely(step, index, now)
    if done.sent_at or done.verifying_since:
        return _verify(step, index, now)
    return settle_interrupted(state, step, action, index, now)


def _failed_definitely(step: StepState, index: int, now: datetime) -> Intent:
    assert step.started is not None
    assert step.plan is not None
    done, retry = step.actions[index], step.started.pace.retry
    assert done.failure is not None
    assert done.failed_at is not None
    if done.try_ < retry.attempts:
        pause = min(retry.max_s, retry.every_s * 2 ** (done.try_ - 1))
        until = done.failed_at + timedelta(seconds=pause)
        if now < until:
            return Sleep(until, f"trying again: {done.failure.message}")
        return Act(step.spec.id, index, done.try_ + 1)
    return settled(step, index, "failed", done.failure.message)


def _verify(step: StepState, index: int, now: datetime) -> Intent:
    assert step.plan is not None
    done = step.actions[index]
    rule = verification(step, step.plan.actions[index])
    if done.streak >= rule.consecutive:
        return settled(step, index, "reconciled" if done.reconciled else "ok", "")
    last = done.last
    if last is not None and last.where == "failed":
        return settled(step, index, "failed", last.detail)
    since = done.verifying_since or done.sent_at
    assert since is not None
    deadline = since + timedelta(seconds=rule.within_s)
    if _given_up(done, deadline):
        return settled(step, index, "unknown", where_it_is(done))
    if done.not_before and now < done.not_before:
        horizon = _horizon(step, rule, since, now)
        return Sleep(done.not_before, step.plan.actions[index].summary, horizon)
    return ReadAction(step.spec.id, index, done.verify_n + 1)


def _horizon(
    step: StepState, rule: Verification, since: datetime, now: datetime
) -> datetime | None:
    """Return how long a proof in somebody else's hands may take; None for one in ours.

    A person has the whole of a level's time. A pipeline is expected to take as long again as it
    has taken: a short training is waited for, a long one parks the run.
    """
    assert step.started is not None
    if step.started.effect == "page":
        return since + timedelta(seconds=rule.within_s)
    if rule.within_s > LONG_PROOF_S:
        return now + (now - since)
    return None


def _given_up(done: ActionState, deadline: datetime) -> bool:
    """Return whether a look at or after the deadline still did not show the target."""
    return (
        done.last_at is not None
        and done.last_at >= deadline
        and (done.last is None or done.last.where != "reached")
    )
