"""Finding incidents: by name, the open ones, the one a person means."""

from __future__ import annotations

from collections.abc import Sequence

from mlrespond.engine.incident import OPEN, IncidentState, fold_incident
from mlrespond.errors import NotRecordedError, UsageError
from mlrespond.model.event import Event
from mlrespond.ports.timeline import Filter, History

_KINDS = (
    "incident_opened",
    "severity_set",
    "alert_received",
    "incident_acknowledged",
    "incident_mitigated",
    "incident_resolved",
    "incident_reopened",
    "incident_closed",
    "incident_merged",
    "incident_declined",
    "run_requested",
    "run_ended",
)


def all_incidents(history: History) -> tuple[IncidentState, ...]:
    """Return every incident, oldest first."""
    by_stream: dict[str, list[Event]] = {}
    for event in history.find(Filter(kinds=_KINDS)):
        if event.stream.startswith("incident:"):
            by_stream.setdefault(event.stream, []).append(event)
    found = [fold_incident(events) for events in by_stream.values()]
    return tuple(one for one in found if one is not None)


def open_incidents(history: History) -> tuple[IncidentState, ...]:
    """Return the incidents that are open or mitigated, oldest first."""
    return tuple(one for one in all_incidents(history) if one.status in OPEN)


def the_incident(events: Sequence[Event], name: str) -> IncidentState:
    """Return the incident of a stream; NotRecordedError if it was never opened."""
    found = fold_incident(events)
    if found is None:
        raise NotRecordedError(f"there is no incident `{name}`", hint="see: mlir incidents --all")
    return found


def meant(history: History, name: str | None) -> str:
    """Return the incident that a person means: the named one, or the only open one."""
    if name is not None:
        return name
    found = open_incidents(history)
    if len(found) == 1:
        return found[0].id
    names = ", ".join(one.id for one in found)
    raise UsageError(
        "say which incident" if found else "no incident is open",
        hint=f"open: {names}" if found else "see: mlir incidents --all",
    )
