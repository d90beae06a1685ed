"""The blast radius: what bad versions decided, for whom, out of how many; and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mlrespond.engine.blast import (
    Blast,
    Contamination,
    bad_versions,
    contamination,
    diagnosed_release,
    fold_blast,
    since_of,
    until_of,
)
from mlrespond.engine.ledger import fold_ledger
from mlrespond.errors import UsageError
from mlrespond.model.blast_kind import BlastMeasured, DecisionOutcome
from mlrespond.model.codec import encode
from mlrespond.model.event import Event, Evidence
from mlrespond.model.instant import iso
from mlrespond.model.json import dump
from mlrespond.model.kinds import draft
from mlrespond.model.reach import Affected, Decided, Reach
from mlrespond.model.reading import Window
from mlrespond.ports.service import ServedLog
from mlrespond.ports.timeline import Filter
from mlrespond.usecases.app import App
from mlrespond.usecases.blast_gap import gaps, goes_on
from mlrespond.usecases.context import incident_stream, service_stream
from mlrespond.usecases.incidents import the_incident
from mlrespond.usecases.settle import served_log, settled_ids

FIGURES = "application/vnd.mlrespond.blast+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be measured; what is not said is taken from the ledger."""

    versions: tuple[str, ...] = ()
    every_version: bool = False
    since: datetime | None = None
    until: datetime | None = None
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A file of affected predictions that was written."""

    path: str
    digest: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A prediction of the worklist, and what became of its decision, if anything did."""

    decided: Decided
    settled: DecisionOutcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found. `recorded` is None where the timeline says the same already."""

    incident: str
    service: str
    said: BlastMeasured
    reach: Reach
    blast: Blast
    training: Contamination | None
    recorded: Event | None
    saved: Saved | None = None


Save = Callable[[Iterable[Listed]], Saved]


def measure(app: App, incident: str, wanted: Wanted, save: Save | None = None) -> Measured:
    """Count what bad versions predicted in the incident's window, and record it as evidence.

    `save` writes the worklist to a file. Raises UnsupportedError where the service logs no
    predictions, or its log cannot be asked row by row.
    """
    events = app.store.read(incident_stream(incident))
    state = the_incident(events, incident)
    config, log = served_log(app, state.service)
    asked, why = _asked(app, events, wanted)
    reach = log.reach(asked)
    unknown = (*gaps(config, asked, reach), *_after(app, log, asked, wanted))
    said = BlastMeasured(
        versions=tuple(sorted(asked.versions)),
        since=asked.window.since,
        until=asked.window.until,
        why=why,
        logged=reach.logged,
        affected=reach.affected,
        entities=reach.entities,
        entities_affected=reach.entities_affected,
        unversioned=reach.unversioned,
        to_reverse=reach.worklist,
        decisions=tuple(sorted(asked.decisions)),
        unknown=unknown,
    )
    known = fold_blast(events)
    saved = save(_listed(log, asked, settled_ids(app, known))) if save else None
    if saved is not None:
        said = replace(said, file=saved.path, file_digest=saved.digest)
    recorded = _record(app, incident, said, reach, known)
    blast = fold_blast(app.store.read(incident_stream(incident)))
    assert blast is not None
    return Measured(
        incident=incident,
        service=state.service,
        said=said,
        reach=reach,
        blast=blast,
        training=_training(app, state.service, reach),
        recorded=recorded,
        saved=saved,
    )


def _asked(app: App, events: Sequence[Event], wanted: Wanted) -> tuple[Affected, str]:
    """Return the question, and how its window and versions were chosen."""
    state = the_incident(events, str(events[0].incident))
    of_service = app.store.read(service_stream(state.service))
    ledger = fold_ledger(state.service, of_service)
    suspects = bad_versions(of_service, state.id)
    released = diagnosed_release(events, ledger, state.onset)
    chosen = frozenset(wanted.versions) or suspects or released
    versions = frozenset[str]() if wanted.every_version else chosen
    since, from_why = since_of(ledger, state, versions)
    until, to_why = until_of(ledger, state, versions, app.clock.now())
    if wanted.since is not None:
        since, from_why = wanted.since, "since a time that was said"
    if wanted.until is not None:
        until, to_why = wanted.until, "until a time that was said"
    if since >= until:
        raise UsageError(
            f"the window is empty: it begins {iso(since)[:19]}Z, and ends {iso(until)[:19]}Z",
            hint="--since and --until",
        )
    return (
        Affected(
            window=Window(since=since, until=until),
            versions=versions,
            decisions=frozenset(wanted.decisions),
        ),
        f"{_which(versions, wanted, suspects)}; {from_why}, {to_why}",
    )


def _which(versions: frozenset[str], wanted: Wanted, suspects: frozenset[str]) -> str:
    if wanted.every_version:
        return "every version"
    if wanted.versions:
        return "the versions that were said"
    if versions and suspects:
        return "the versions that the incident made suspect"
    if versions:
        return "the version whose release the diagnosis suspects first"
    return "every version, since none is suspect"


def _after(app: App, log: ServedLog, asked: Affected, wanted: Wanted) -> tuple[str, ...]:
    """Return what goes on in the log after the window, where nobody said its end."""
    now = app.clock.now()
    if not asked.versions or wanted.until is not None or asked.window.until >= now:
        return ()
    return goes_on(log.reach(replace(asked, window=Window(since=asked.window.until, until=now))))


def _listed(
    log: ServedLog, asked: Affected, settled: Mapping[str, DecisionOutcome]
) -> Iterator[Listed]:
    for one in log.worklist(asked):
        yield Listed(decided=one, settled=settled.get(one.id))


def _record(
    app: App, incident: str, said: BlastMeasured, reach: Reach, known: Blast | None
) -> Event | None:
    if known is not None and encode(known.measured) == encode(said):
        return None
    figures = Evidence(FIGURES, "document", dump(encode(reach)).encode())
    one = draft(
        incident_stream(incident),
        said,
        app.clock.now(),
        incident=incident,
        source="person",
        actor=app.me,
        evidence={"figures": figures},
    )
    return app.store.append([one])[0]


def _training(app: App, service: str, reach: Reach) -> Contamination | None:
    """Return what may have been learned from affected predictions; None where there were none."""
    if reach.first is None or reach.last is None:
        return None
    of_service = app.store.read(service_stream(service))
    keys = {event.incident for event in of_service if event.kind == "version_trained"}
    plans = [
        one
        for name in sorted(key for key in keys if key)
        for one in app.store.find(Filter(kinds=("plan_made",), incident=name))
    ]
    window = Window(since=reach.first, until=reach.last + timedelta(microseconds=1))
    return contamination(fold_ledger(service, of_service), of_service, plans, window)
