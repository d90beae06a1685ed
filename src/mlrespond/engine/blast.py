"""An incident's blast radius: its window from the ledger, and how far the worklist has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlrespond.engine.incident import IncidentState
from mlrespond.engine.ledger import Ledger, LookAt, changes
from mlrespond.engine.measure import first_mode
from mlrespond.model.blast_kind import BlastMeasured, DecisionsSettled
from mlrespond.model.event import Event
from mlrespond.model.instant import iso, parse_iso
from mlrespond.model.json import items, record, text
from mlrespond.model.kinds import body
from mlrespond.model.reading import Window
from mlrespond.model.service_kind import (
    VersionCleared,
    VersionQuarantined,
    VersionSuspected,
    VersionTrained,
)

LOOKBACK = timedelta(hours=2)
BLAST_KINDS = ("blast_measured", "decisions_settled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blast:
    """The newest measurement of an incident, and which decisions were dealt with since the first.

    `settled` are the events that say so, each with its evidence.
    """

    measured: BlastMeasured
    seq: int
    at: datetime
    reversed_: int = 0
    kept: int = 0
    settled: tuple[Event, ...] = ()

    @property
    def left(self) -> int:
        """Return how many decisions still wait; a wider window later may bring in more."""
        return max(0, self.measured.to_reverse - self.reversed_ - self.kept)


def fold_blast(events: Iterable[Event]) -> Blast | None:
    """Return what is known of an incident's blast radius, or None if it was never measured."""
    measured: tuple[BlastMeasured, Event] | None = None
    settled: list[Event] = []
    counts = {"reversed": 0, "kept": 0}
    for event in events:
        if event.kind not in BLAST_KINDS or event.erased:
            continue
        match body(event):
            case BlastMeasured() as found:
                measured = (found, event)
            case DecisionsSettled(outcome=outcome, count=count):
                counts[outcome] += count
                settled.append(event)
    if measured is None:
        return None
    return Blast(
        measured=measured[0],
        seq=measured[1].seq,
        at=measured[1].occurred_at,
        reversed_=counts["reversed"],
        kept=counts["kept"],
        settled=tuple(settled),
    )


def bad_versions(events: Iterable[Event], incident: str) -> frozenset[str]:
    """Return the versions that an incident made suspect, from the service's ledger.

    One that was cleared since, whoever did it, was not bad.
    """
    found: set[str] = set()
    for event in events:
        if event.erased:
            continue
        match body(event):
            case VersionSuspected(version=version) | VersionQuarantined(version=version):
                found |= {version} if event.incident == incident else set()
            case VersionCleared(version=version):
                found.discard(version)
    return frozenset(found)


def diagnosed_release(events: Iterable[Event], ledger: Ledger, onset: datetime) -> frozenset[str]:
    """Return the version that was released before the onset, where the first suspect is a release.

    Of several releases the newest counts; none does where another mode is suspected first.
    """
    if first_mode(events) != "bad_release":
        return frozenset()
    known = [one for one in changes(ledger, onset - LOOKBACK, onset) if one.what == "version"]
    return frozenset({known[-1].to}) if known and known[-1].to else frozenset()


def since_of(ledger: Ledger, incident: IncidentState, bad: frozenset[str]) -> tuple[datetime, str]:
    """Return where the window begins, and why.

    A version that came up to two hours before the onset counts from the last look without it: it
    may have been served since then. One that had served for longer counts from the onset.
    """
    spell = _spell(ledger, incident.onset, bad)
    if spell is None:
        return incident.onset, "since the onset"
    first, before = spell
    began = first.previous_at or (before.at if before else first.at)
    if first.at < incident.onset - LOOKBACK:
        return incident.onset, f"since the onset; it was served since {_minute(first.at)}"
    return began, "since the last look that did not show it"


def _spell(
    ledger: Ledger, onset: datetime, bad: frozenset[str]
) -> tuple[LookAt, LookAt | None] | None:
    """Return the first look of the stretch that shows a bad version at or after the onset."""
    first: LookAt | None = None
    before: LookAt | None = None
    last: LookAt | None = None
    for look in ledger.looks:
        if serves(look, bad):
            if first is None:
                first, before = look, last
        elif look.at < onset:
            first = None
        elif first is not None:
            break
        last = look
    return (first, before) if first else None


def until_of(
    ledger: Ledger, incident: IncidentState, bad: frozenset[str], now: datetime
) -> tuple[datetime, str]:
    """Return where the window ends, and why: when no replica served a bad version any more."""
    end = incident.last.get("resolved", now)
    spell = _spell(ledger, incident.onset, bad)
    since = spell[0].at if spell else end
    shown = [one for one in ledger.looks if serves(one, bad) and since <= one.at <= end]
    if not shown:
        over = incident.first.get("mitigated") or incident.first.get("resolved")
        return (over, "until it was mitigated") if over else (now, "until now")
    after = next((look for look in ledger.looks if look.at > shown[-1].at), None)
    if after is None:
        return now, "until now: the last look still shows it"
    return after.at, "until the first look that no longer showed it"


def serves(look: LookAt, bad: frozenset[str]) -> bool:
    """Return whether a replica answered with a bad version."""
    return any(version in bad for version in look.served.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A version, and the window that it was trained on; None where the timeline does not say."""

    version: str
    window: Window | None
    overlaps: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contamination:
    """The time whose data a bad version had a part in, and what was trained since it began.

    `held` are the holds of training that cover some of it.
    """

    window: Window
    trained: tuple[Trained, ...]
    held: tuple[Window, ...]


def contamination(
    ledger: Ledger, of_service: Iterable[Event], of_incidents: Iterable[Event], window: Window
) -> Contamination:
    """Return what a window of bad predictions may have spoilt for training.

    `of_incidents` are the plans (`plan_made`) that say what each training was given.
    """
    given = dict(_windows(of_incidents))
    trained = []
    for event in of_service:
        said = body(event)
        if isinstance(said, VersionTrained) and event.occurred_at >= window.since:
            on = given.get(said.key)
            overlaps = None if on is None else _overlap(on, window)
            trained.append(Trained(version=said.version, window=on, overlaps=overlaps))
    held = [Window(since=since, until=until) for since, until in _holds(ledger, window)]
    return Contamination(
        window=window,
        trained=tuple(trained),
        held=tuple(one for one in held if _overlap(one, window)),
    )


def _windows(events: Iterable[Event]) -> Iterator[tuple[str, Window]]:
    for event in events:
        plan = record(event.data.get("plan")) if event.kind == "plan_made" else {}
        key = text(record(plan.get("yields")).get("key"))
        for one in items(plan.get("actions")):
            span = record(record(one).get("after"))
            since, until = text(span.get("from")), text(span.get("to"))
            if key and since and until:
                yield key, Window(since=parse_iso(since), until=parse_iso(until))


def _holds(ledger: Ledger, window: Window) -> Iterator[tuple[datetime, datetime]]:
    yield from ledger.held
    for (name, _), standing in ledger.set_by.items():
        if name == "hold:training":
            begins = standing.window_from or standing.since or window.since
            yield begins, standing.window_to or max(begins, window.until)


def _overlap(one: Window, other: Window) -> bool:
    return one.since < other.until and other.since < one.until


def _minute(at: datetime) -> str:
    return f"{iso(at)[:16]}Z"
