"""How long each phase of an incident took: milestones from its events, formulas as data.

Peers disagree on what such figures mean (incidents-and-postmortems §1.3), so a figure never stands
without its formula; a missing milestone makes it unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mlrespond.engine.incident import fold_incident
from mlrespond.model.alert import Alert
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import AlertReceived
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import items, record, text
from mlrespond.model.kinds import body


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """When something first happened, and the event that says so; `last_at` is its newest time."""

    name: str
    at: datetime | None
    seq: int | None = None
    said: str = ""
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A duration as a formula over milestones; seconds is None where one is `missing`."""

    name: str
    later: str
    earlier: str
    seconds: float | None = None

    missing: tuple[str, ...] = ()

    @property
    def formula(self) -> str:
        """Return the formula as it is printed beside the number."""
        return f"{self.later} - {self.earlier}"


PHASES: tuple[Phase, ...] = (
    Phase(name="detect", later="detected", earlier="impact started"),
    Phase(name="notice", later="acknowledged", earlier="detected"),
    Phase(name="diagnose", later="diagnosed", earlier="declared"),
    Phase(name="decide", later="asked", earlier="diagnosed"),
    Phase(name="approve", later="approved", earlier="asked"),
    Phase(name="propagate", later="verified", earlier="first action"),
    Phase(name="verify", later="mitigated", earlier="verified"),
    Phase(name="respond", later="mitigated", earlier="declared"),
    Phase(name="mitigate", later="mitigated", earlier="impact started"),
    Phase(name="resolve", later="resolved", earlier="impact started"),
)
MILESTONES: Mapping[str, str] = {
    "impact started": "The onset that the incident was opened with, or else its opening",
    "detected": "The earliest `startsAt` of the alerts that fired",
    "declared": "The incident was opened",
    "acknowledged": "Somebody took notice of it",
    "diagnosed": "A diagnosis ended well, whether it suspects anything or not",
    "asked": "Leave was asked for a change",
    "approved": "A change was approved, by a person or by a policy",
    "first action": "The first call of a change, not of a page, had returned",
    "verified": "A change was seen at the data plane, everywhere it was made",
    "mitigated": "The exit criterion had held, or a person said that the harm has stopped",
    "resolved": "The service was looked at again, and found as it should be",
    "closed": "Nothing was left to do",
}


def milestones(events: Iterable[Event]) -> tuple[Milestone, ...]:
    """Return every milestone of an incident, in the order in which they belong."""
    known = tuple(event for event in events if not event.late)
    pages = _pages(known)
    acting = tuple(
        event for event in known if event.kind not in _ACTS or (event.run, event.step) not in pages
    )
    found = {**_first_events(acting), **_impact(known)}
    return tuple(found.get(name, Milestone(name=name, at=None)) for name in MILESTONES)


def phases(known: Iterable[Milestone]) -> tuple[Phase, ...]:
    """Return how long each phase took."""
    at = {one.name: one.at for one in known}
    return tuple(_measured(phase, at) for phase in PHASES)


def _measured(phase: Phase, at: Mapping[str, datetime | None]) -> Phase:
    later, earlier = at.get(phase.later), at.get(phase.earlier)
    if later and earlier:
        return replace(phase, seconds=(later - earlier).total_seconds())
    absent = [name for name in (phase.later, phase.earlier) if not at.get(name)]
    return replace(phase, missing=tuple(absent))


def _pages(events: Iterable[Event]) -> frozenset[tuple[str | None, str | None]]:
    """Return the steps that page somebody: a call to a person changes nothing that is served."""
    return frozenset(
        (event.run, event.step)
        for event in events
        if event.kind == "step_started" and event.data.get("effect") == "page"
    )


def _impact(events: tuple[Event, ...]) -> dict[str, Milestone]:
    incident = fold_incident(events)
    if incident is None:
        return {}
    opened = next(event for event in events if event.kind == "incident_opened")
    found = {
        "impact started": Milestone(
            name="impact started",
            at=incident.onset,
            seq=opened.seq,
            said="the onset, as declared",
            last_at=incident.onset,
        )
    }
    fired = [(alert.starts_at, event.seq) for event in events if (alert := _firing(event))]
    if fired:
        at, seq = min(fired)
        found["detected"] = Milestone(
            name="detected", at=at, seq=seq, said="the alert's startsAt", last_at=max(fired)[0]
        )
    return found


def _firing(event: Event) -> Alert | None:
    if event.kind != "alert_received" or event.erased:
        return None
    match body(event):
        case AlertReceived(alert=alert) if alert.status == "firing":
            return alert
        case _:
            return None


def _first_events(events: tuple[Event, ...]) -> dict[str, Milestone]:
    found: dict[str, Milestone] = {}
    for event in events:
        name = _milestone_of(event)
        if name is None:
            continue
        at = _when(event, name)
        first = found.get(name, Milestone(name=name, at=at, seq=event.seq, said=event.summary))
        found[name] = replace(first, last_at=at)
    return found


_KINDS = {
    "incident_opened": "declared",
    "incident_acknowledged": "acknowledged",
    "action_sent": "first action",
    "incident_mitigated": "mitigated",
    "incident_resolved": "resolved",
    "incident_closed": "closed",
}


_ACTS = frozenset({"action_sent", "step_finished"})


def _milestone_of(event: Event) -> str | None:
    if event.erased:
        return _KINDS.get(event.kind)
    if event.kind == "question_asked" and event.data.get("sort") == "approval":
        return "asked"
    if event.kind == "question_answered" and event.data.get("choice") == "approve":
        return "approved"
    if event.kind == "step_finished":
        return _of_step(event)
    return _KINDS.get(event.kind)


def _of_step(event: Event) -> str | None:
    yields = record(event.data.get("yields"))
    if "suspects" in yields and event.data.get("outcome") == "ok":
        return "diagnosed"
    return "verified" if yields.get("verified_at") and event.data.get("outcome") == "ok" else None


def _when(event: Event, name: str) -> datetime:
    verified = text(record(event.data.get("yields")).get("verified_at"))
    return parse_iso(verified) if name == "verified" and verified else event.occurred_at


def first_mode(events: Iterable[Event]) -> str | None:
    """Return the first likely mode of the first diagnosis that found one."""
    for event in events:
        if event.kind == "step_finished" and not event.late:
            for one in items(record(event.data.get("yields")).get("suspects")):
                if record(one).get("likely"):
                    return text(record(one).get("mode"))
    return None
