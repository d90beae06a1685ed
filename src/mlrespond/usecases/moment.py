"""What a service was at a time: as is known now, and as was known then.

Now, everything that happened until then counts, whenever it was recorded; then, only what had been
recorded. What differs was learned later: late additions, corrections, a spool brought in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlrespond.engine.incident import OPEN, IncidentState, fold_incident
from mlrespond.engine.ledger import LookAt, fold_ledger
from mlrespond.errors import NotRecordedError
from mlrespond.model.event import Event
from mlrespond.model.instant import iso
from mlrespond.model.json import number, record, text
from mlrespond.model.service_kind import AliasTold
from mlrespond.ports.timeline import Filter, History, Timeline
from mlrespond.usecases.context import service_stream

_STATUS_KINDS = (
    "incident_opened",
    "severity_set",
    "incident_mitigated",
    "incident_resolved",
    "incident_reopened",
    "incident_closed",
    "incident_merged",
    "incident_declined",
)
_SOON = timedelta(seconds=1)
"""What is recorded within a second of its time was known at its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """An incident that was open, and how grave it was called."""

    id: str
    severity: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The newest judgment of a metric until then; `current` is its value, None where none."""

    name: str
    incident: str
    verdict: str
    current: float | None
    said: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a time. `look` is the newest at or before it.

    `told` is what the registry itself told last, until then. `metrics` are of the open incidents.
    """

    look: LookAt | None
    told: str | None
    standing: tuple[str, ...]
    incidents: tuple[OpenIncident, ...]
    metrics: tuple[Judged, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Something that happened until then and was recorded later."""

    at: datetime
    recorded_at: datetime
    kind: str
    said: str
    corrects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A service at a time, by what is known now and by what was known then."""

    service: str
    at: datetime
    now: Known
    then: Known
    next_look: LookAt | None
    learned: tuple[Learned, ...]


def at(store: Timeline, history: History, service: str, when: datetime) -> Moment:
    """Return a service at a time; NotRecordedError if it was never looked at."""
    ledger = store.read(service_stream(service))
    if not ledger:
        raise NotRecordedError(
            f"`{service}` was never looked at", hint=f"mlir watch {service} fills the ledger"
        )
    statuses = _of_service(history, service, when)
    names = _open(statuses) | _open([one for one in statuses if _recorded(one, when)])
    judged, said = (
        [
            one
            for name in sorted(names)
            for one in history.find(Filter(kinds=(kind,), incident=name, until=when))
        ]
        for kind in ("step_finished", "note_added")
    )
    happened = [one for one in ledger if one.occurred_at <= when]
    known = (happened, statuses, judged)
    then = ([one for one in part if _recorded(one, when)] for part in known)
    later = fold_ledger(service, [one for one in ledger if one.occurred_at > when]).looks
    return Moment(
        service=service,
        at=when,
        now=_known(service, when, *known),
        then=_known(service, when, *then),
        next_look=later[0] if later else None,
        learned=tuple(_learned([*happened, *statuses, *said], when)),
    )


def _recorded(event: Event, when: datetime) -> bool:
    """Return whether an event of a time until then had been recorded then."""
    return event.recorded_at <= max(when, event.occurred_at + _SOON)


def _of_service(history: History, service: str, when: datetime) -> list[Event]:
    """Return what became of the service's incidents until then."""
    found = history.find(Filter(kinds=_STATUS_KINDS, until=when))
    mine = {
        one.stream
        for one in found
        if one.kind == "incident_opened" and one.data.get("service") == service
    }
    return [one for one in found if one.stream in mine]


def _open(statuses: Iterable[Event]) -> frozenset[str]:
    return frozenset(one.id for one in _incidents(statuses) if one.status in OPEN)


def _known(
    service: str,
    when: datetime,
    ledger: Sequence[Event],
    statuses: Sequence[Event],
    judged: Sequence[Event],
) -> Known:
    folded = fold_ledger(service, ledger)
    states = [one for one in _incidents(statuses) if one.status in OPEN]
    names = {one.id for one in states}
    return Known(
        look=folded.last,
        told=_told(ledger),
        standing=tuple(f"{one.sort}: {one.what}" for one in folded.standing_at(when).values()),
        incidents=tuple(
            OpenIncident(id=one.id, severity=one.severity, status=one.status) for one in states
        ),
        metrics=tuple(_metrics(one for one in judged if one.incident in names).values()),
    )


def _incidents(statuses: Iterable[Event]) -> Iterator[IncidentState]:
    by_stream: dict[str, list[Event]] = {}
    for event in statuses:
        by_stream.setdefault(event.stream, []).append(event)
    for events in by_stream.values():
        found = fold_incident(sorted(events, key=lambda one: (one.occurred_at, one.seq)))
        if found is not None:
            yield found


def _told(ledger: Sequence[Event]) -> str | None:
    told = [one for one in ledger if one.kind == AliasTold.kind]
    if not told:
        return None
    last = max(told, key=lambda one: one.occurred_at)
    return f"{iso(last.occurred_at)[:19]}Z, {last.summary}"


def _metrics(judged: Iterable[Event]) -> Mapping[str, Judged]:
    found: dict[str, Judged] = {}
    for event in sorted(judged, key=lambda one: one.occurred_at):
        if event.late:
            continue
        for name, one in record(record(event.data.get("yields")).get("metrics")).items():
            verdict = record(one)
            found[name] = Judged(
                name=name,
                incident=str(event.incident),
                verdict=text(verdict.get("verdict")) or "",
                current=number(verdict.get("current")),
                said=text(verdict.get("said")) or "",
                at=event.occurred_at,
            )
    return dict(sorted(found.items()))


def _learned(events: Iterable[Event], when: datetime) -> Iterator[Learned]:
    """Yield what was recorded later, by when it happened; once, though it is in two lists."""
    late = {one.id: one for one in events if not _recorded(one, when)}
    for event in sorted(late.values(), key=lambda one: (one.occurred_at, one.pos)):
        yield Learned(
            at=event.occurred_at,
            recorded_at=event.recorded_at,
            kind=event.kind,
            said=event.summary,
            corrects=event.supersedes is not None,
        )
