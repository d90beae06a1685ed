"""The facts of a postmortem, gathered from the timeline alone; every figure names its event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mlrespond.engine.incident import IncidentState
from mlrespond.engine.ledger import Ledger, LookAt, changes, fold_ledger
from mlrespond.engine.measure import Milestone, Phase, milestones, phases
from mlrespond.model.event import Event
from mlrespond.model.finding import Change
from mlrespond.model.json import Json, items, number, record, text
from mlrespond.model.layer import ROUTINE
from mlrespond.ports.timeline import Timeline
from mlrespond.usecases.context import incident_stream, service_stream
from mlrespond.usecases.incidents import the_incident

_BEFORE = timedelta(hours=2)
_VERDICT_KEYS = ("current", "baseline", "effect", "low", "high", "n", "n_base")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step as it went."""

    run: str
    id: str
    title: str
    outcome: str
    verdict: str | None
    said: str
    started_at: datetime | None
    finished_at: datetime
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric as a step judged it."""

    step: str
    name: str
    verdict: str
    figures: Mapping[str, float]
    said: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the curated timeline; `corrects` marks one that supersedes another."""

    seq: int
    at: datetime
    recorded_at: datetime
    kind: str
    said: str
    actor: str
    approx: bool
    late: bool
    corrected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmortem:
    """Everything that is rendered; nothing in it comes from anywhere but the timeline."""

    incident: IncidentState
    milestones: tuple[Milestone, ...]
    phases: tuple[Phase, ...]
    entries: tuple[Entry, ...]
    hidden: int
    steps: tuple[Step, ...]
    metrics: tuple[Metric, ...]
    suspects: tuple[Mapping[str, Json], ...]
    looks: tuple[LookAt, ...]
    changes: tuple[Change, ...]
    standing: tuple[str, ...]
    endings: tuple[tuple[str, str, str], ...]
    notes: tuple[Entry, ...]
    todos: tuple[str, ...]
    people: tuple[str, ...]
    head: str
    events: int
    evidence: tuple[tuple[int, str, str], ...]
    versions: Mapping[str, str] = field(default_factory=dict)


def gather(store: Timeline, name: str) -> Postmortem:
    """Return the facts of an incident; NotRecordedError if there is none of that name."""
    events = store.read(incident_stream(name))
    incident = the_incident(events, name)
    ledger = fold_ledger(incident.service, store.read(service_stream(incident.service)))
    known = milestones(events)
    entries = _entries(events)
    since, until = _span(incident, events)
    return Postmortem(
        incident=incident,
        milestones=known,
        phases=phases(known),
        entries=entries,
        hidden=len(events) - len(entries),
        steps=_steps(events),
        metrics=_metrics(events),
        suspects=_suspects(events),
        looks=_looks(ledger, since, until),
        changes=changes(ledger, since, incident.onset),
        standing=tuple(f"{one.sort}: {one.what}" for one in ledger.standing.values()),
        endings=_endings(events),
        notes=tuple(one for one in entries if one.kind == "note_added"),
        todos=_todos(entries, events),
        people=_people(events),
        head=events[-1].hash,
        events=len(events),
        evidence=_evidence(events),
        versions=_versions(events),
    )


def _span(incident: IncidentState, events: Sequence[Event]) -> tuple[datetime, datetime]:
    return incident.onset - _BEFORE, max(event.occurred_at for event in events)


def _entries(events: Sequence[Event]) -> tuple[Entry, ...]:
    corrected = {event.supersedes for event in events if event.supersedes}
    shown = [event for event in events if event.kind not in ROUTINE and not _skipped(event)]
    shown.sort(key=lambda event: (event.occurred_at, event.seq))
    return tuple(
        Entry(
            seq=event.seq,
            at=event.occurred_at,
            recorded_at=event.recorded_at,
            kind=event.kind,
            said=event.summary,
            actor=event.actor.handle,
            approx=event.precision == "approx",
            late=event.late,
            corrected=event.id in corrected,
        )
        for event in shown
    )


def _skipped(event: Event) -> bool:
    return event.kind == "step_finished" and event.data.get("outcome") == "skipped"


def _steps(events: Sequence[Event]) -> tuple[Step, ...]:
    started: dict[tuple[str, str], datetime] = {}
    found: list[Step] = []
    for event in events:
        key = (str(event.run), str(event.step))
        if event.kind == "step_started":
            started[key] = event.occurred_at
        elif event.kind == "step_finished" and not event.erased and not event.late:
            found.append(
                Step(
                    run=key[0],
                    id=key[1],
                    title=text(event.data.get("title")) or key[1],
                    outcome=text(event.data.get("outcome")) or "",
                    verdict=text(event.data.get("verdict")),
                    said=text(event.data.get("said")) or text(event.data.get("reason")) or "",
                    started_at=started.get(key),
                    finished_at=event.occurred_at,
                    seq=event.seq,
                )
            )
    return tuple(found)


def _metrics(events: Sequence[Event]) -> tuple[Metric, ...]:
    found: list[Metric] = []
    for event in events:
        if event.kind != "step_finished" or event.erased:
            continue
        judged = record(record(event.data.get("yields")).get("metrics"))
        for name, one in judged.items():
            verdict = record(one)
            figures = {
                key: value
                for key in _VERDICT_KEYS
                if (value := number(verdict.get(key))) is not None
            }
            found.append(
                Metric(
                    step=str(event.step),
                    name=name,
                    verdict=text(verdict.get("verdict")) or "",
                    figures=figures,
                    said=text(verdict.get("said")) or "",
                    seq=event.seq,
                )
            )
    return tuple(found)


def _suspects(events: Sequence[Event]) -> tuple[Mapping[str, Json], ...]:
    """Return the suspects of the first diagnosis that found any."""
    for event in events:
        if event.kind == "step_finished" and not event.erased:
            suspects = items(record(event.data.get("yields")).get("suspects"))
            likely = [record(one) for one in suspects if record(one).get("likely")]
            if likely:
                return tuple(likely)
    return ()


def _looks(ledger: Ledger, since: datetime, until: datetime) -> tuple[LookAt, ...]:
    """Return the looks that matter: the last before the span, and all that differ within it."""
    before = ledger.before(since)
    inside = [look for look in ledger.looks if since < look.at <= until]
    kept: list[LookAt] = [before] if before else []
    for look in inside:
        last = kept[-1] if kept else None
        same = last and (last.wanted, dict(last.served)) == (look.wanted, dict(look.served))
        if not same:
            kept.append(look)
    return tuple(kept)


def _endings(events: Sequence[Event]) -> tuple[tuple[str, str, str], ...]:
    runbooks = {
        str(event.run): str(record(event.data.get("runbook")).get("name"))
        for event in events
        if event.kind == "run_requested" and not event.erased
    }
    return tuple(
        (str(event.run), runbooks.get(str(event.run), ""), str(event.data.get("ending")))
        for event in events
        if event.kind == "run_ended" and not event.erased
    )


def _todos(entries: Sequence[Entry], events: Sequence[Event]) -> tuple[str, ...]:
    """Return the seeds of action items: TODO notes, failed steps, what nobody answered."""
    found = [
        f"{one.said.partition('TODO')[2].strip(' :')} (note, #{one.seq})"
        for one in entries
        if one.kind == "note_added" and "TODO" in one.said and not one.corrected
    ]
    for event in events:
        if event.kind == "step_finished" and event.data.get("outcome") in {"failed", "unknown"}:
            found.append(f"step {event.step} ended as {event.data['outcome']} (#{event.seq})")
        if event.kind == "question_expired":
            found.append(f"nobody answered a question of step {event.step} (#{event.seq})")
    return tuple(found)


def _people(events: Sequence[Event]) -> tuple[str, ...]:
    handles = (event.actor.handle for event in events if event.source == "person")
    return tuple(dict.fromkeys(handles))


def _evidence(events: Sequence[Event]) -> tuple[tuple[int, str, str], ...]:
    return tuple(
        (event.seq, role, str(digest))
        for event in events
        for role, digest in event.evidence.items()
        if event.kind != "look_taken" or role != "readings"
    )


def _versions(events: Sequence[Event]) -> Mapping[str, str]:
    for event in reversed(events):
        if event.kind == "run_requested" and not event.erased:
            return {name: str(one) for name, one in record(event.data.get("versions")).items()}
    return {}
