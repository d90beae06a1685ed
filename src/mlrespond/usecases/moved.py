"""Who moved the world since a plan was made, as far as the timeline knows; it decides nothing.

This is looked up for the screen alone, outside of what a run records of its own reading.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from mlrespond.engine.evolve import fold
from mlrespond.engine.ledger import changes
from mlrespond.engine.state import RunState, StepState
from mlrespond.model.event import Event
from mlrespond.model.instant import iso
from mlrespond.model.json import items
from mlrespond.model.plan import Action
from mlrespond.model.run_kind import ActionIntended, ActionSent
from mlrespond.ports.timeline import Filter
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, read_ledger

_ACTED = (ActionIntended.kind, ActionSent.kind)


def moved_steps(app: App, state: RunState) -> Mapping[str, str]:
    """Return by whom the world was moved, of each step whose plan was stale."""
    return {
        step.spec.id: _by_whom(app, state, step)
        for step in state.steps.values()
        if step.result is not None and step.result.reason == "stale_plan"
    }


def _by_whom(app: App, state: RunState, step: StepState) -> str:
    service = step.started.service if step.started else state.requested.service
    since = step.planned_at or state.requested_at
    return by_whom(app, service, since, resources=_moved(step), but=state.run)


def _moved(step: StepState) -> frozenset[str]:
    """Return the resource that was found to be moved: the first, which the reason names."""
    planned = step.plan.actions if step.plan else ()
    said = [str(one) for one in items(step.reread.yields.get("moved"))] if step.reread else []
    return frozenset(
        action.lease
        for action in planned
        if action.lease and any(one.startswith(f"{action.target}: ") for one in said[:1])
    )


def by_whom(
    app: App,
    service: str,
    since: datetime,
    *,
    resources: Collection[str] = (),
    but: str | None = None,
) -> str:
    """Return which run moved a service, or one of its resources, since a time; `but` is no answer.

    Where no run of this timeline did, it was not mlir, and the ledger may say when it was seen.
    """
    acts = app.store.find(Filter(kinds=_ACTED, since=since))
    for event in reversed(acts):
        if event.run in {None, but}:
            continue
        state = fold(app.store.read(incident_stream(str(event.incident))), str(event.run))
        if state is not None and _touches(state, event, service, resources):
            at = iso(event.occurred_at)[:19]
            return f"by run {event.run} of {event.incident}: {event.summary}, at {at}Z"
    return f"not by mlir, as far as this timeline knows{_first_seen(app, service, since)}"


def _touches(state: RunState, event: Event, service: str, resources: Collection[str]) -> bool:
    step = state.steps.get(event.step or "")
    action = _action(step, event) if step else None
    if step is None or action is None:
        return False
    if resources:
        return action.lease in resources
    return action.lease is not None and step.started is not None and step.started.service == service


def _action(step: StepState, event: Event) -> Action | None:
    index = event.data.get("action")
    planned = step.plan.actions if step.plan else ()
    return planned[index] if isinstance(index, int) and index < len(planned) else None


def _first_seen(app: App, service: str, since: datetime) -> str:
    ledger, _ = read_ledger(app, service)
    seen = [one for one in changes(ledger, since, app.clock.now()) if one.at >= since]
    if not seen:
        return ""
    one = seen[0]
    return f"; {one.what} {one.before} → {one.to} was first seen at {iso(one.at)[:19]}Z"
