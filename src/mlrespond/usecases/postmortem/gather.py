"""All facts of one incident together: the one place that knows where each comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from mlrespond.engine.action_item import ActionItem, fold_items, seeds
from mlrespond.engine.blast import Blast, fold_blast
from mlrespond.engine.incident import IncidentState
from mlrespond.engine.ledger import changes, fold_ledger
from mlrespond.engine.measure import Milestone, Phase, milestones, phases
from mlrespond.model.event import Event
from mlrespond.model.finding import Change
from mlrespond.model.json import record
from mlrespond.ports.timeline import History, Timeline
from mlrespond.usecases.context import incident_stream, service_stream
from mlrespond.usecases.incidents import the_incident
from mlrespond.usecases.postmortem import (
    change,
    course,
    distribution,
    entry,
    metric,
    missing,
    person,
    step,
)
from mlrespond.usecases.postmortem import related as earlier
from mlrespond.usecases.postmortem import serving as history
from mlrespond.usecases.postmortem.span import earliest
from mlrespond.usecases.postmortem.taken import taken
from mlrespond.usecases.postmortem.watched import Watched, watched

_CHANGED_BEFORE = timedelta(hours=2)


class Records(Timeline, History, Protocol):
    """The timeline, both ways of asking it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A temporary change that stands at the end, and since when."""

    said: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """The seed of an action item, and the event that it grew from."""

    said: str
    why: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmortem:
    """Everything that is rendered; nothing in it comes from anywhere but the timeline.

    `span` is what pictures show: from some time before the onset to the newest event.
    `changed_at` is when the change that mitigated was proven; null while none was.
    """

    incident: IncidentState
    span: tuple[datetime, datetime]
    changed_at: datetime | None
    milestones: tuple[Milestone, ...]
    phases: tuple[Phase, ...]
    severities: tuple[tuple[str, float], ...]
    entries: tuple[entry.Entry, ...]
    whole: tuple[entry.Entry, ...]
    ledger: tuple[entry.Entry, ...]
    hidden: int
    runs: tuple[step.Ran, ...]
    steps: tuple[step.Step, ...]
    decisions: tuple[step.Decision, ...]
    deviations: tuple[step.Deviation, ...]
    suspects: tuple[step.Suspected, ...]
    metrics: tuple[metric.Metric, ...]
    tracks: tuple[metric.Track, ...]
    pasts: tuple[metric.Past, ...]
    watched: tuple[Watched, ...]
    courses: Mapping[str, tuple[course.Slice, ...]]
    distributions: distribution.Distributions
    serving: history.Serving
    changes: tuple[Change, ...]
    actions: tuple[change.Action, ...]
    moves: tuple[change.Move, ...]
    exposures: tuple[change.Exposure, ...]
    held: tuple[change.Held, ...]
    trained: tuple[change.Trained, ...]
    standing: tuple[Standing, ...]
    notes: tuple[entry.Entry, ...]
    items: tuple[ActionItem, ...]
    todos: tuple[Todo, ...]
    blast: Blast | None
    people: tuple[person.Responder, ...]
    pseudonyms: Mapping[str, str]
    related: tuple[earlier.Related, ...]
    head: str
    events: int
    evidence: tuple[tuple[int, str, str], ...]
    versions: Mapping[str, str] = field(default_factory=dict)


def gather(store: Records, name: str) -> Postmortem:
    """Return the facts of an incident; NotRecordedError if there is none of that name."""
    events = store.read(incident_stream(name))
    incident = the_incident(events, name)
    known = store.read(service_stream(incident.service))
    span = _span(incident, events, known)
    ledger = fold_ledger(incident.service, [one for one in known if one.occurred_at <= span[1]])
    milestone = milestones(events)
    changed_at = _changed_at(milestone)
    judged = metric.metrics(events)
    pasts = metric.pasts(events)
    bad = history.bad_versions(known, span[1])
    served = history.serving(known, events, span, bad)
    exposed = change.exposures(served, bad, span)
    trained = change.trained(known, name)
    named = [one.ref for one in served.stretches] + [one.ref for one in served.disagreements]
    named += [one.ref for one in exposed] + [one.ref for one in trained]
    whole = entry.all_entries(events)
    shown = entry.entries(events)
    looks = taken(store, events)
    gone = missing.features(events)
    return Postmortem(
        incident=incident,
        span=span,
        changed_at=changed_at,
        milestones=milestone,
        phases=phases(milestone),
        severities=_severities(incident, events, span[1]),
        entries=shown,
        whole=whole,
        ledger=_of_the_span(known, span, named),
        hidden=len(events) - len(shown),
        runs=step.ran(events),
        steps=step.steps(events),
        decisions=step.decisions(events),
        deviations=step.deviations(events),
        suspects=step.suspects(events),
        metrics=judged,
        tracks=(
            *metric.tracks(judged, metric.limits(events), pasts, changed_at),
            *map(missing.track, gone),
        ),
        pasts=pasts,
        watched=watched(known, span),
        courses=course.courses(looks, span, missing.curves(looks, gone, incident.onset)),
        distributions=distribution.distributions(looks, incident.onset, changed_at),
        serving=served,
        changes=changes(ledger, incident.onset - _CHANGED_BEFORE, incident.onset),
        actions=change.actions(events),
        moves=change.moves(events),
        exposures=exposed,
        held=change.held(ledger, span[1]),
        trained=trained,
        standing=tuple(
            Standing(said=f"{one.sort}: {one.what}", since=one.since)
            for one in ledger.standing_at(span[1]).values()
        ),
        notes=tuple(one for one in shown if one.kind == "note_added"),
        items=fold_items(events),
        todos=tuple(Todo(said=one.text, why=one.sort, seq=one.seq) for one in seeds(events)),
        blast=fold_blast(events),
        people=person.responders(events),
        pseudonyms=person.pseudonyms(events),
        related=earlier.related(store, incident),
        head=events[-1].hash,
        events=len(events),
        evidence=_evidence(events),
        versions=_versions(events),
    )


def _span(
    incident: IncidentState, events: Sequence[Event], ledger: Sequence[Event]
) -> tuple[datetime, datetime]:
    """Return what is shown: as long before the onset as it lasted, as far as anybody looked."""
    engine = [one.occurred_at for one in events if one.source == "engine"]
    last = max(engine or [incident.opened_at])
    newest = max([last, *(one.occurred_at for one in events if one.occurred_at > last)])
    until = newest if newest - last < (last - incident.onset) else last
    begins = earliest(incident.onset, until)
    looked = [one.occurred_at for one in ledger if one.kind == "service_looked"]
    told = [one.occurred_at for one in events if one.occurred_at >= begins]
    first = min([*looked, *told, incident.onset])
    return max(begins, first), until


def _changed_at(known: Sequence[Milestone]) -> datetime | None:
    at = {one.name: one for one in known}
    verified, mitigated = at["verified"], at["mitigated"]
    return verified.last_at or mitigated.at


def _severities(
    incident: IncidentState, events: Sequence[Event], until: datetime
) -> tuple[tuple[str, float], ...]:
    """Return how long the incident had each severity, until it was resolved or the last event."""
    points: list[tuple[datetime, str]] = []
    for event in events:
        if event.kind == "incident_opened":
            points.append((event.occurred_at, str(event.data.get("severity", incident.severity))))
        elif event.kind == "severity_set" and not event.erased:
            points.append((event.occurred_at, str(event.data.get("severity"))))
    end = incident.first.get("resolved", max(until, points[-1][0]))
    took: dict[str, float] = {}
    ends = [*(at for at, _ in points[1:]), end]
    for (at, severity), over in zip(points, ends, strict=True):
        seconds = max(0.0, (min(over, end) - at).total_seconds())
        took[severity] = took.get(severity, 0.0) + seconds
    return tuple(took.items())


def _of_the_span(
    ledger: Sequence[Event], span: tuple[datetime, datetime], named: Iterable[str]
) -> tuple[entry.Entry, ...]:
    """Return the ledger's lines of the span, and those before it that something here names."""
    told = entry.all_entries(ledger)
    wanted = {int(ref[1:]) for ref in named if ref.startswith("s")}
    return tuple(one for one in told if one.seq in wanted or span[0] <= one.at <= span[1])


def _evidence(events: Sequence[Event]) -> tuple[tuple[int, str, str], ...]:
    return tuple(
        (event.seq, role, str(digest))
        for event in events
        for role, digest in event.evidence.items()
    )


def _versions(events: Sequence[Event]) -> Mapping[str, str]:
    for event in reversed(events):
        if event.kind == "run_requested" and not event.erased:
            return {name: str(one) for name, one in record(event.data.get("versions")).items()}
    return {}
