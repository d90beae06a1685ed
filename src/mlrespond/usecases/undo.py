"""Taking back what a run did: a run of its own, with plan, approval and proof, last step first."""

from __future__ import annotations

from mlrespond.engine.evolve import fold
from mlrespond.engine.incident import IncidentState
from mlrespond.engine.pseudo import undo_id
from mlrespond.engine.state import RunState, StepState
from mlrespond.errors import HeldError, UsageError
from mlrespond.model.codec import encode
from mlrespond.model.json import Json
from mlrespond.model.kinds import draft
from mlrespond.model.plan import Action, Plan, reversed_plan
from mlrespond.model.run_kind import RunRequested
from mlrespond.model.spec import RunbookSpec, StepSpec
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream
from mlrespond.usecases.runner import Driven, Runner

_CARRIED = frozenset({"ok", "reconciled", "unknown"})


def undo(
    app: App,
    incident: str,
    step: str | None,
    *,
    approve: tuple[str, ...] = (),
    interactive: bool = False,
) -> Driven:
    """Take back one step of an incident's runs, or all that can be, last first.

    UsageError when nothing was changed, HeldError while a run is active.
    """
    known = incident_of(app, incident)
    if known.active_run is not None:
        raise HeldError(
            f"{incident} has an active run, {known.active_run}",
            hint=f"end it first: mlir stop {incident}",
        )
    found = _undoable(app, known, step)
    run = _request(app, known, found, approve)
    return Runner(app, incident, run, interactive=interactive).drive()


def carried_out(step: StepState) -> tuple[Action, ...]:
    """Return the actions of a step that were, or may have been, carried out."""
    if step.plan is None:
        return ()
    return tuple(
        action
        for action, state in zip(step.plan.actions, step.actions, strict=True)
        if state.settled and state.settled.outcome in _CARRIED
    )


def _undoable(
    app: App, incident: IncidentState, step: str | None
) -> list[tuple[RunState, StepState]]:
    events = app.store.read(incident_stream(incident.id))
    found: list[tuple[RunState, StepState]] = []
    for run in reversed(incident.runs):
        state = fold(events, run)
        assert state is not None
        done = [one for one in state.steps.values() if any(a.undoable for a in carried_out(one))]
        done.sort(key=lambda one: str(one.finished_at), reverse=True)
        found += [(state, one) for one in done if step in {None, one.spec.id}]
    undone = {one.spec.undo_of for _, one in found if one.spec.undo_of}
    left = [pair for pair in found if pair[1].spec.id not in undone and not pair[1].spec.undo_of]
    if not left:
        what = f"step `{step}`" if step else incident.id
        raise UsageError(f"nothing of {what} can be undone", hint=f"mlir timeline {incident.id}")
    return left[:1] if step else left


def _request(
    app: App,
    incident: IncidentState,
    found: list[tuple[RunState, StepState]],
    approve: tuple[str, ...],
) -> str:
    """Record a run whose steps are nothing but undos, each with its actions written out."""
    first = found[0][0].requested
    steps = tuple(_step(step) for _, step in found)
    spec = RunbookSpec(
        name="undo",
        title=f"take back what {incident.id} changed",
        digest=Plan(actions=()).digest,
        mitigated_when=None,
        steps=steps,
    )
    requested = RunRequested(
        service=first.service,
        runbook=spec,
        definition=first.definition,
        services=first.services,
        context=first.context,
        approve=approve,
        versions=app.versions,
        escalation=first.escalation,
    )
    run = f"{incident.id}.{len(incident.runs) + 1}"
    said = draft(
        incident_stream(incident.id),
        requested,
        app.clock.now(),
        incident=incident.id,
        run=run,
        epoch=0,
        source="person",
        actor=app.me,
    )
    app.store.append([said], expect={incident_stream(incident.id): incident.seq})
    return run


def _step(step: StepState) -> StepSpec:
    assert step.started is not None
    body: Json = step.started.body
    return StepSpec(
        id=undo_id(step.spec.id),
        verb=step.spec.verb,
        body=body,
        title=f"undo {step.started.title}",
        service=step.started.service,
        undo_of=step.spec.id,
        given_plan=encode(reversed_plan(carried_out(step), f"takes back {step.spec.id}")),
        on_failure="stop",
    )
