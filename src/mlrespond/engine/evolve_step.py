"""Folding a step: what it and its actions are after a look, a plan, an act or a failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mlrespond.engine.state import ActionState, StepState
from mlrespond.model.event import Event
from mlrespond.model.kind import Body
from mlrespond.model.run_kind import (
    ActionIntended,
    ActionSent,
    ActionSettled,
    AttemptFailed,
    LookTaken,
    PlanMade,
    StepFinished,
    StepStarted,
)


def step_after(step: StepState, event: Event, said: Body) -> StepState:
    """Return a step as it is once an event of it was recorded."""
    at = event.occurred_at
    index = getattr(said, "action", None)
    if index is not None and index >= len(step.actions):
        return step  # of a plan that was erased
    match said:
        case StepStarted():
            return StepState(
                spec=step.spec,
                started=said,
                started_at=at,
                refresh=said.refresh,
                earlier=step.carried_out,
            )
        case LookTaken():
            return _looked(step, said, at, event.epoch or 0)
        case AttemptFailed():
            return _failed(step, said, at)
        case PlanMade(plan=plan, digest=digest):
            return replace(
                step,
                plan=plan,
                plan_digest=digest,
                planned_at=at,
                failure=None,
                attempt=1,
                actions=tuple(ActionState() for _ in plan.actions),
            )
        case ActionIntended():
            return _intended(step, said, event.epoch or 0)
        case ActionSent(action=index):
            return with_action(step, index, sent_at=at, verifying_since=at, failure=None)
        case ActionSettled(action=index):
            return with_action(step, index, settled=said, settled_at=at)
        case StepFinished():
            return replace(step, result=said, finished_at=at)
        case _:
            return step


def _looked(step: StepState, said: LookTaken, at: datetime, epoch: int) -> StepState:
    match said.phase:
        case "look":
            return replace(
                step, look=said, looked_at=at, looks=said.n, failure=None, failed_at=None, attempt=1
            )
        case "reread":
            return replace(step, reread=said, reread_epoch=epoch, failure=None, attempt=1)
        case "verify":
            return _verified(step, said, at)
        case "settle":
            return _settle_read(step, said, at)


def _verified(step: StepState, said: LookTaken, at: datetime) -> StepState:
    assert said.action is not None
    action = step.actions[said.action]
    reached = said.reading is not None and said.reading.where == "reached"
    return with_action(
        step,
        said.action,
        verify_n=said.n,
        last_at=at,
        streak=action.streak + 1 if reached else 0,
        last=said.reading,
        verifying_since=action.verifying_since or at,
        not_before=_after(at, said.wait_s),
    )


def _settle_read(step: StepState, said: LookTaken, at: datetime) -> StepState:
    assert said.action is not None
    action = step.actions[said.action]
    reached = said.reading is not None and said.reading.where == "reached"
    return with_action(
        step,
        said.action,
        settle_n=said.n,
        last_at=at,
        last=said.reading,
        reconciled=reached or action.reconciled,
        verifying_since=(action.verifying_since or at) if reached else action.verifying_since,
        not_before=_after(at, said.wait_s),
    )


def _after(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


def _failed(step: StepState, said: AttemptFailed, at: datetime) -> StepState:
    if said.action is not None and said.phase == "act":
        known = {"failure": said, "failed_at": at}
        if not said.definite:
            return with_action(step, said.action, verifying_since=at, **known)
        return with_action(step, said.action, **known)
    return replace(step, failure=said, failed_at=at, attempt=step.attempt + 1)


def _intended(step: StepState, said: ActionIntended, epoch: int) -> StepState:
    return with_action(
        step,
        said.action,
        try_=said.try_,
        epoch=epoch,
        act_by=said.act_by,
        failure=None,
        failed_at=None,
        sent_at=None,
        verifying_since=None,
        streak=0,
        settle_n=0,
        last=None,
        last_at=None,
        not_before=None,
    )


def with_action(step: StepState, index: int, **changes: object) -> StepState:
    """Return a step with other fields of one of its actions."""
    actions = list(step.actions)
    actions[index] = replace(actions[index], **changes)  # type: ignore[arg-type]  # its own fields
    return replace(step, actions=tuple(actions))
