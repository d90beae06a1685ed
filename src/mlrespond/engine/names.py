"""What expressions see: the namespaces of RUNBOOKS.md, made from the state of a run."""

from __future__ import annotations

from mlrespond.engine.state import RunState, StepState
from mlrespond.errors import InvalidInputError
from mlrespond.model.evaluate import INCONCLUSIVE, Truth, evaluate, truth
from mlrespond.model.expression import parse
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record, record


def names(state: RunState, scope: str = "") -> Record:
    """Return every name that an expression in a scope may read."""
    context = state.requested.context
    return {
        "inputs": inputs_of(state, scope),
        "steps": _steps(state, scope),
        "service": {
            "name": state.requested.service,
            "owner": state.requested.definition.get("owner"),
            "description": state.requested.definition.get("description"),
        },
        "incident": {**record(context.get("incident")), "severity": state.severity},
        "alert": context.get("alert"),
        "changes": latest(state, "changes_by_name") or context.get("changes"),
        "likely": latest(state, "likely"),
        "run": {
            "id": state.run,
            "runbook": state.requested.runbook.name,
            "started_at": iso(state.requested_at),
            "requested_by": state.requested_by.handle,
            "ending": state.ending.ending if state.ending else None,
        },
    }


def inputs_of(state: RunState, scope: str) -> Record:
    """Return the inputs that a scope sees: the run's, or those given to `use`."""
    if not scope:
        return state.requested.inputs
    holder = state.steps.get(scope.removesuffix("/"))
    return record(holder.started.inputs) if holder and holder.started else {}


def condition(state: RunState, text: str, scope: str = "") -> Truth:
    """Return whether a bare expression holds now; one that cannot be read is inconclusive."""
    try:
        return truth(evaluate(parse(text), names(state, scope)))
    except InvalidInputError:
        return INCONCLUSIVE


def holds(state: RunState, text: str, scope: str = "") -> bool:
    """Return whether an expression certainly holds."""
    found = condition(state, text, scope)
    return found is not INCONCLUSIVE and bool(found)


def latest(state: RunState, key: str) -> Json:
    """Return what the last finished step that yields a key says under it."""
    found: Json = None
    for step in sorted(state.steps.values(), key=_finished):  # of two at once, the later step
        if step.result and key in step.result.yields:
            found = step.result.yields[key]
    return found


def _finished(step: StepState) -> str:
    return iso(step.finished_at) if step.finished_at else ""


def _steps(state: RunState, scope: str) -> Record:
    """Return all steps of a scope; those that have not run are there, with nulls.

    A step that uses a runbook has that runbook's steps under `steps`.
    """
    found: dict[str, Json] = {}
    for spec in state.requested.runbook.all_steps:
        if spec.scope == scope:
            own = yields_of(state.steps.get(spec.id))
            inner = {"steps": _steps(state, f"{spec.id}/")} if spec.verb == "use" else {}
            found[spec.id.removeprefix(scope)] = {**own, **inner}
    return found


def yields_of(step: StepState | None) -> Record:
    """Return what a step yields to expressions."""
    if step is None or step.result is None:
        started = iso(step.started_at) if step and step.started_at else None
        return {"outcome": "not_reached", "started_at": started}
    return {
        **step.result.yields,
        "outcome": step.result.outcome,
        "verdict": step.result.verdict,
        "reason": step.result.reason or None,
        "handled_by": step.result.handled_by,
        "started_at": iso(step.started_at) if step.started_at else None,
        "finished_at": iso(step.finished_at) if step.finished_at else None,
    }
