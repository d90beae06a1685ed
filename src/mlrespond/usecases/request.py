"""Asking for a run: the runbook, the services and the inputs are recorded whole, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlrespond.authoring.lint import load_spec
from mlrespond.engine.incident import IncidentState
from mlrespond.engine.inputs import resolve_inputs
from mlrespond.engine.ledger import Ledger, changes
from mlrespond.errors import HeldError, UsageError
from mlrespond.model.codec import encode
from mlrespond.model.event import Draft
from mlrespond.model.finding import Change
from mlrespond.model.instant import iso
from mlrespond.model.json import Json, Record
from mlrespond.model.kinds import draft
from mlrespond.model.run_kind import RunRequested
from mlrespond.model.spec import RunbookSpec
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, plain_definition
from mlrespond.usecases.custody import must_be_here


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a run is asked for with."""

    runbook: str
    inputs: Record
    approve: tuple[str, ...] = ()
    planned: Mapping[str, str] = field(default_factory=dict)
    from_plan: str | None = None


def request_run(
    app: App,
    incident: IncidentState,
    wanted: Wanted,
    context: Record,
    *,
    also: Sequence[Draft] = (),
) -> str:
    """Record the request of a run, and what belongs to it, at once; return the run's id.

    Raises HeldError while another run of the incident is active, InvalidFileError and
    InvalidInputError when the runbook or its inputs are not valid.
    """
    if incident.active_run is not None:
        raise HeldError(
            f"{incident.id} has an active run, {incident.active_run}",
            hint=f"go on with it: mlir resume {incident.id}, or end it: mlir stop {incident.id}",
        )
    spec = load_spec(app.files, wanted.runbook, app.vocabulary)
    requested = requested_run(app, incident.service, spec, wanted, context)
    return record_request(app, incident, requested, also)


def record_request(
    app: App, incident: IncidentState, requested: RunRequested, also: Sequence[Draft] = ()
) -> str:
    """Record the next run of an incident, as the caller's wish; return the run's id."""
    must_be_here(app.store, incident.id)
    stream = incident_stream(incident.id)
    run = f"{incident.id}.{len(incident.runs) + 1}"
    asked = draft(
        stream,
        replace(requested, traceparent=app.traceparent),
        app.clock.now(),
        incident=incident.id,
        run=run,
        epoch=0,
        source="person",
        actor=app.me,
    )
    app.store.append([asked, *also], expect={stream: incident.seq})
    return run


def check_wanted(app: App, wanted: Wanted) -> None:
    """Raise what `request_run` would for a runbook, an input or a step that is none."""
    spec = load_spec(app.files, wanted.runbook, app.vocabulary)
    _check_steps(spec, wanted.approve)
    resolve_inputs(spec.inputs, wanted.inputs)


def requested_run(
    app: App, service: str, spec: RunbookSpec, wanted: Wanted, context: Record
) -> RunRequested:
    """Return the request as it is recorded: nothing is read from authored files again."""
    known = app.service(service)
    others = {name: one for name, one in app.project.services.items() if name in known.depends_on}
    _check_steps(spec, wanted.approve)
    return RunRequested(
        service=service,
        runbook=spec,
        definition=plain_definition(known),
        services={name: plain_definition(one) for name, one in others.items()},
        inputs=resolve_inputs(spec.inputs, wanted.inputs),
        context=context,
        approve=wanted.approve,
        planned=wanted.planned,
        versions=app.versions,
        escalation=app.vocabulary.verbs.escalation(),
        from_plan=wanted.from_plan,
    )


def _check_steps(spec: RunbookSpec, approve: Sequence[str]) -> None:
    known = {"all", *(step.id for step in spec.all_steps)}
    for name in approve:
        if name not in known and not name.startswith("undo:"):
            steps = ", ".join(step.id for step in spec.all_steps)
            raise UsageError(f"{spec.name} has no step `{name}`", hint=f"steps: {steps}")


def context_of(
    incident: IncidentState, ledger: Ledger, lookback_changes: Sequence[Change]
) -> Record:
    """Return what expressions see of the incident when a run is asked for."""
    firing = [alert for alert in incident.alerts if alert.status == "firing"]
    alert: Json = None
    if firing:
        alert = {**_record(encode(firing[0])), "name": firing[0].name}
    named: dict[str, Json] = {"version": None, "wanted": None, "route": None}
    for one in lookback_changes:
        named[one.what] = {"before": one.before, "to": one.to, "at": iso(one.at)}
    assert ledger.service == incident.service
    return {
        "incident": {
            "id": incident.id,
            "title": incident.title,
            "onset": iso(incident.onset),
            "opened_at": iso(incident.opened_at),
            "drill": incident.drill,
        },
        "alert": alert,
        "changes": named,
    }


def _record(value: Json) -> Mapping[str, Json]:
    assert isinstance(value, Mapping)
    return value


__all__ = ["Wanted", "changes", "check_wanted", "context_of", "request_run", "requested_run"]
