"""Folding an incident: its status, milestones and people, from its stream alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mlrespond.model.alert import Alert
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import (
    AlertReceived,
    BaselineResolved,
    IncidentMerged,
    IncidentOpened,
    SeveritySet,
)
from mlrespond.model.kinds import body
from mlrespond.model.run_kind import RunEnded, RunRequested
from mlrespond.model.word import IncidentStatus, Severity

_STATUS: Mapping[str, IncidentStatus] = {
    "incident_mitigated": "mitigated",
    "incident_resolved": "resolved",
    "incident_reopened": "open",
    "incident_closed": "closed",
    "incident_merged": "merged",
    "incident_declined": "declined",
}
_ERASED = "(erased)"
OPEN: frozenset[IncidentStatus] = frozenset({"open", "mitigated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentState:
    """An incident as it stands. Milestones keep their first time; `last` holds the newest."""

    id: str
    service: str
    title: str
    severity: Severity
    opened_at: datetime
    onset: datetime
    drill: bool = False
    status: IncidentStatus = "open"
    alerts: tuple[Alert, ...] = ()
    runs: tuple[str, ...] = ()
    ended_runs: Mapping[str, str] = field(default_factory=dict)
    runbooks: Mapping[str, str] = field(default_factory=dict)
    first: Mapping[str, datetime] = field(default_factory=dict)
    last: Mapping[str, datetime] = field(default_factory=dict)
    baselines: Mapping[str, BaselineResolved] = field(default_factory=dict)
    merged_into: str | None = None
    seq: int = 0

    @property
    def active_run(self) -> str | None:
        """Return the run that has not ended."""
        return next((run for run in self.runs if run not in self.ended_runs), None)


def fold_incident(events: Iterable[Event]) -> IncidentState | None:
    """Return the incident of a stream, or None if it was never opened."""
    state: IncidentState | None = None
    seq = 0
    for event in events:
        seq = max(seq, event.seq)
        if event.kind == "incident_opened" and state is None:
            state = _opened(event)
        elif state is not None and not event.late:
            state = _after(state, event)
    return state and replace(state, seq=seq)


def _opened(event: Event) -> IncidentState:
    said = body(event)
    known = said if isinstance(said, IncidentOpened) else _erased_opening()
    return IncidentState(
        id=str(event.incident),
        service=known.service,
        title=known.title,
        severity=known.severity,
        opened_at=event.occurred_at,
        onset=known.onset or event.occurred_at,
        drill=known.drill,
        first={"declared": event.occurred_at},
        last={"declared": event.occurred_at},
        seq=event.seq,
    )


def _erased_opening() -> IncidentOpened:
    return IncidentOpened(service=_ERASED, title=_ERASED, severity="SEV3")


def _after(state: IncidentState, event: Event) -> IncidentState:
    state = _milestone(state, event)
    if event.kind in _STATUS:
        state = replace(state, status=_STATUS[event.kind])
    if event.kind not in _READ:
        return state
    return _without_text(state, event) if event.erased else _read(state, event)


_MILESTONES = {
    "incident_acknowledged": "acknowledged",
    "action_sent": "first_action",
    "incident_mitigated": "mitigated",
    "incident_resolved": "resolved",
    "incident_closed": "closed",
}
_READ = frozenset(
    {
        "severity_set",
        "alert_received",
        "baseline_resolved",
        "run_requested",
        "run_ended",
        "incident_merged",
    }
)


def _milestone(state: IncidentState, event: Event) -> IncidentState:
    name = _MILESTONES.get(event.kind)
    if name is None:
        return state
    return replace(
        state,
        first={name: event.occurred_at, **state.first},
        last={**state.last, name: event.occurred_at},
    )


def _read(state: IncidentState, event: Event) -> IncidentState:
    match body(event):
        case SeveritySet(severity=severity):
            return replace(state, severity=severity)
        case AlertReceived(alert=alert):
            return _alerted(state, alert)
        case BaselineResolved() as baseline:
            known = {baseline.against: baseline, **state.baselines}
            return replace(state, baselines=known)
        case RunRequested(runbook=runbook):
            run = str(event.run)
            return replace(
                state, runs=(*state.runs, run), runbooks={**state.runbooks, run: runbook.name}
            )
        case RunEnded(ending=ending):
            return replace(state, ended_runs={**state.ended_runs, str(event.run): ending})
        case IncidentMerged(into=into):
            return replace(state, merged_into=into)
        case _:
            return state


def _without_text(state: IncidentState, event: Event) -> IncidentState:
    """Fold an event that lost its text: that there was a run, and that it ended, still stands."""
    run = str(event.run)
    match event.kind:
        case "run_requested":
            return replace(
                state, runs=(*state.runs, run), runbooks={**state.runbooks, run: _ERASED}
            )
        case "run_ended":
            return replace(state, ended_runs={**state.ended_runs, run: _ERASED})
        case _:
            return state


def _alerted(state: IncidentState, alert: Alert) -> IncidentState:
    state = replace(state, alerts=(*state.alerts, alert))
    if alert.status != "firing":
        return state
    detected = min(alert.starts_at, state.first.get("detected", alert.starts_at))
    return replace(state, first={**state.first, "detected": detected})
