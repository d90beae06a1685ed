"""Ending a step: retries, the last look of a change, and what the step yields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from mlrespond.engine.intent import Intent, Look, Said, Sleep, Write
from mlrespond.engine.state import RunState, StepState
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record
from mlrespond.model.run_kind import StepFinished
from mlrespond.model.shape import VerbShape
from mlrespond.model.word import Outcome, VerdictWord

_PROVEN = frozenset({"ok", "reconciled"})


def retry_or(state: RunState, step: StepState, attempt: Intent, now: datetime) -> Intent:
    """Return the attempt, the pause before it, or the step's end when there were enough."""
    assert step.started is not None
    failure, retry = step.failure, step.started.pace.retry
    if failure is None or step.failed_at is None:
        return attempt
    if step.attempt > retry.attempts:
        reason = "timed_out" if failure.timed_out else failure.code.replace("-", "_")
        verdict: VerdictWord | None = "inconclusive" if step.started.effect == "read" else None
        assert not state.ended
        return close(step, "failed", reason, said=failure.message, verdict=verdict)
    pause = min(retry.max_s, retry.every_s * 2 ** (step.attempt - 2))
    until = step.failed_at + timedelta(seconds=pause)
    return Sleep(until, f"trying again: {failure.message}") if now < until else attempt


def conclude(state: RunState, step: StepState, shape: VerbShape, now: datetime) -> Intent:
    """Return the end of a change that is proven, after its last look where the verb takes one."""
    if shape.concludes and (step.look is None or not step.look.done):
        return next_look(state, step, now)
    said = step.look.said if step.look else _said(step)
    return close(step, "ok", said=said, verdict=step.look.verdict if step.look else None)


def next_look(state: RunState, step: StepState, now: datetime) -> Intent:
    """Return the next look, or the pause before it."""
    if step.look is not None and step.looked_at is not None and step.failure is None:
        until = step.looked_at + timedelta(seconds=step.look.wait_s)
        if now < until:
            return Sleep(until, step.look.said)
    return retry_or(state, step, Look(step.spec.id, step.looks + 1), now)


def close(
    step: StepState,
    outcome: Outcome | str,
    reason: str = "",
    *,
    said: str = "",
    verdict: VerdictWord | None = None,
    handled_by: str | None = None,
) -> Intent:
    """Return the wish to record the end of a step, with everything it yields."""
    title = step.started.title if step.started else step.spec.title or step.spec.id
    finished = StepFinished(
        title=title,
        outcome=outcome,  # type: ignore[arg-type]  # words of this package
        verdict=verdict,
        reason=reason,
        said=said,
        yields=_yields(step),
        handled_by=handled_by,
        round=step.round,
    )
    return Write((Said(finished, step.spec.id),))


def _yields(step: StepState) -> Record:
    merged: dict[str, Json] = dict(step.plan.yields) if step.plan else {}
    for action in step.actions:
        if action.settled:
            merged = _merge(merged, action.settled.yields)
    sent = [action.sent_at for action in step.actions if action.sent_at]
    proven = [
        action.settled_at
        for action in step.actions
        if action.settled_at and action.settled and action.settled.outcome in _PROVEN
    ]
    if sent:
        merged["sent_at"] = iso(min(sent))
    if proven and len(proven) == len(step.actions):
        merged["verified_at"] = iso(max(proven))
    if step.look is not None:
        merged = _merge(merged, step.look.yields)
    return merged


def _merge(one: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    merged = dict(one)
    for key, value in other.items():
        known = merged.get(key)
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(known, value)
        else:
            merged[key] = value
    return merged


def _said(step: StepState) -> str:
    if not step.plan or not step.plan.actions:
        return "nothing to do: it is so already"
    done = [
        action.summary
        for action, state in zip(step.plan.actions, step.actions, strict=True)
        if state.settled and state.settled.outcome in _PROVEN
    ]
    return "; ".join(done)
