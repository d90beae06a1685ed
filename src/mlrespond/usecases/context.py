"""What a verb gets to see: the service's definition and ports, its ledger, and the incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mlrespond.engine.incident import OPEN, IncidentState, fold_incident
from mlrespond.engine.ledger import Ledger, fold_ledger
from mlrespond.engine.state import RunState, StepState
from mlrespond.model.event import Event
from mlrespond.model.json import Record, record
from mlrespond.model.mode import Mode, extended
from mlrespond.model.reading import Acknowledged
from mlrespond.model.service import Service
from mlrespond.ports.service import ServicePorts
from mlrespond.usecases.app import App
from mlrespond.usecases.recorder import Transcript, recorded
from mlrespond.usecases.together import concurrently
from mlrespond.verbs.interface import IncidentView, StepContext


def service_stream(name: str) -> str:
    """Return the stream of a service's ledger."""
    return f"service:{name}"


def incident_stream(incident: str) -> str:
    """Return the stream of an incident."""
    return f"incident:{incident}"


def read_ledger(app: App, service: str) -> tuple[Ledger, int]:
    """Return a service's ledger, and how far its stream goes."""
    events = app.store.read(service_stream(service))
    return fold_ledger(service, events), events[-1].seq if events else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known when an attempt begins."""

    ledger: Ledger
    ledger_seq: int
    incident: IncidentView
    incident_seq: int
    dependencies: Mapping[str, str]


def known(app: App, state: RunState, service: str) -> Known:
    """Return what is known now."""
    ledger, ledger_seq = read_ledger(app, service)
    events = app.store.read(incident_stream(state.incident))
    incident = fold_incident(events)
    assert incident is not None
    return Known(
        ledger=ledger,
        ledger_seq=ledger_seq,
        incident=incident_view(incident, events),
        incident_seq=incident.seq,
        dependencies=dependencies(app, state.definition_of(service)),
    )


def incident_view(incident: IncidentState, events: tuple[Event, ...]) -> IncidentView:
    """Return what verbs know of an incident."""
    firing = [alert for alert in incident.alerts if alert.status == "firing"]
    return IncidentView(
        id=incident.id,
        severity=incident.severity,
        onset=incident.onset,
        opened_at=incident.opened_at,
        title=incident.title,
        alert=firing[0] if firing else None,
        alerts=tuple(firing),
        baselines=incident.baselines,
        acknowledged=_acknowledged(events),
        head=events[-1].hash if events else "",
    )


def _acknowledged(events: tuple[Event, ...]) -> Acknowledged | None:
    taken = [event for event in events if event.kind == "incident_acknowledged"]
    return Acknowledged(by=taken[-1].actor.handle, at=taken[-1].occurred_at) if taken else None


def dependencies(app: App, definition: Record) -> Mapping[str, str]:
    """Return the open incidents of the services that a service depends on."""
    names = definition.get("depends_on")
    if not names:
        return {}
    from mlrespond.usecases.incidents import open_incidents

    wanted = {str(one) for one in names}  # type: ignore[union-attr]  # a list, by the model
    found = open_incidents(app.store)
    return {one.service: one.id for one in found if one.service in wanted and one.status in OPEN}


def step_context(
    app: App,
    state: RunState,
    step: StepState,
    seen: Known,
    now: datetime,
    ports: ServicePorts | None = None,
) -> tuple[StepContext, Transcript]:
    """Return what a step's verb sees, and the transcript that its calls are written into."""
    assert step.started is not None
    name = step.started.service
    definition = state.definition_of(name)
    transcript = Transcript(
        now=now,
        ledger_seq=seen.ledger_seq,
        incident_seq=seen.incident_seq,
        dependencies=seen.dependencies,
    )
    inner = ports or app.ports(name, definition)
    service = Service.model_validate(definition)
    context = StepContext(
        name=name,
        service=service,
        ports=recorded(inner, transcript),
        ledger=seen.ledger,
        incident=seen.incident,
        now=now,
        run=state.run,
        step=step.spec.id,
        round=step.round,
        pace=step.started.pace,
        undo=step.started.undo,
        dependencies=seen.dependencies,
        modes=modes_of(app, service),
        together=concurrently(transcript),
        keep=transcript.keep,
    )
    return context, transcript


def modes_of(app: App, service: Service) -> tuple[Mode, ...]:
    """Return the failure modes that ship, with those of the service's team."""
    return extended(app.modes, tuple(one.value(name) for name, one in service.modes.items()))


def plain_definition(service: Service) -> Record:
    """Return a service's definition as JSON; secrets are references in it."""
    return record(service.model_dump(mode="json", by_alias=True, exclude_none=True))
