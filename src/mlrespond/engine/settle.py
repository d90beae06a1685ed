"""Deciding what came of an action that was begun: by reading the world, or by asking a person.

DESIGN §5: an intent without a result is settled, never repeated blindly.
"""

from __future__ import annotations

from datetime import datetime

from mlrespond.engine.ask import plain_question, settled_or
from mlrespond.engine.intent import Act, Intent, ReadAction, Said, Sleep, Write
from mlrespond.engine.state import ActionState, QuestionState, RunState, StepState
from mlrespond.model.plan import Action, Verification
from mlrespond.model.run_kind import ActionSettled

PROVEN = frozenset({"ok", "reconciled"})


def verification(step: StepState, action: Action) -> Verification:
    """Return how an action is proven: its own way, or the step's."""
    assert step.started is not None
    pace = step.started.pace
    return action.verify or Verification(
        within_s=pace.verify_within_s,
        every_s=pace.verify_every_s,
        consecutive=pace.verify_consecutive,
    )


def where_it_is(done: ActionState) -> str:
    """Return what the last reading of an action showed."""
    if done.last is None:
        return "it could not be read"
    return done.last.detail or f"last seen: {done.last.where}"


def settle_interrupted(
    state: RunState, step: StepState, action: Action, index: int, now: datetime
) -> Intent:
    """Settle an intent whose result is not recorded: the process that had it is gone."""
    done = step.actions[index]
    assert done.act_by is not None
    if done.epoch not in state.gone and now < done.act_by:
        return Sleep(done.act_by, "the process that was acting may still be")
    match action.settle:
        case "idempotent" | "keyed":
            return Act(step.spec.id, index, done.try_)
        case "readable":
            return _settle_by_reading(state, step, action, index, now)
        case "none":
            return _undecided(state, step, action, index, now)


def _settle_by_reading(
    state: RunState, step: StepState, action: Action, index: int, now: datetime
) -> Intent:
    done = step.actions[index]
    if done.last is None or done.settle_n == 0:
        return ReadAction(step.spec.id, index, 1, settling=True)
    match done.last.where:
        case "before":
            return Act(step.spec.id, index, done.try_)
        case "unreadable" if done.settle_n < verification(step, action).consecutive:
            if done.not_before and now < done.not_before:
                return Sleep(done.not_before, f"reading again: {action.target}")
            return ReadAction(step.spec.id, index, done.settle_n + 1, settling=True)
        case _:
            return _undecided(state, step, action, index, now)


def _undecided(
    state: RunState, step: StepState, action: Action, index: int, now: datetime
) -> Intent:
    done = step.actions[index]
    seen = f" (seen: {where_it_is(done)})" if done.last else ""
    said = f"it is not known whether this was done: {action.summary}{seen}"
    place = index * 100 + done.try_
    question = plain_question(state, step.spec, "undecided", step.round, said, place)
    answer = settled_or(state, question, step.spec.id, now)
    if not isinstance(answer, QuestionState):
        return answer
    who = answer.answered_by.handle if answer.answered_by else "somebody"
    match answer.answer.choice if answer.answer else "stop":
        case "done":
            return settled(step, index, "ok", f"{who} says that it was done")
        case "not_done":
            return Act(step.spec.id, index, done.try_ + 1)
        case _:
            return settled(step, index, "undecided", f"{who} could not tell")


def settled(step: StepState, index: int, outcome: str, detail: str) -> Intent:
    """Return the wish to record what came of an action."""
    assert step.plan is not None
    done = step.actions[index]
    said = ActionSettled(
        action=index,
        summary=step.plan.actions[index].summary,
        outcome=outcome,  # type: ignore[arg-type]  # words of this module
        detail=detail,
        seen=done.last.seen if done.last else None,
        yields=done.last.yields if done.last and outcome in PROVEN else {},
    )
    return Write((Said(said, step.spec.id),))
