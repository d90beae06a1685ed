"""Earlier incidents of the same service, and what they have in common with this one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mlrespond.engine.incident import IncidentState
from mlrespond.model.event import Event
from mlrespond.model.json import record, text
from mlrespond.ports.timeline import Filter, History


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """An earlier incident; `same` says what repeats: `service`, or an alert by its name."""

    incident: str
    title: str
    severity: str
    opened_at: datetime
    same: tuple[str, ...]


def related(history: History, incident: IncidentState, at_most: int = 20) -> tuple[Related, ...]:
    """Return the newest earlier incidents of the service, those that share an alert marked so."""
    kinds = ("incident_opened", "alert_received")
    found = history.find(Filter(kinds=kinds, until=incident.opened_at))
    mine = {alert.name for alert in incident.alerts}
    shared: dict[str, set[str]] = {}
    opened: list[Event] = []
    for event in found:
        if event.incident in {None, incident.id} or event.erased:
            continue
        if event.kind == "incident_opened" and event.data.get("service") == incident.service:
            opened.append(event)
        elif event.kind == "alert_received":
            name = record(record(event.data.get("alert")).get("labels")).get("alertname")
            if name in mine:
                shared.setdefault(str(event.incident), set()).add(str(name))
    return tuple(_related(one, shared) for one in reversed(opened[-at_most:]))


def _related(event: Event, shared: dict[str, set[str]]) -> Related:
    alerts = sorted(shared.get(str(event.incident), ()))
    return Related(
        incident=str(event.incident),
        title=text(event.data.get("title")) or "",
        severity=text(event.data.get("severity")) or "",
        opened_at=event.occurred_at,
        same=("service", *(f"alert {name}" for name in alerts)),
    )
