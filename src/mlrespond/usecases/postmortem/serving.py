"""The serving history: what the registry wanted and each replica answered with, and who saw it.

What was seen at one moment says nothing of the time until the next look, so a stretch keeps both
when it was last confirmed and when something else was first seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mlrespond.model.event import Event
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import record, text

REGISTRY = "registry"
ROUTER = "router"
PRIMARY = "primary"
"""Where the router sends requests while nothing is switched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One observation: a lane (`registry`, or a replica) had a version; null is no answer.

    What the lane `router` has is where it sends the requests. `source` says how it is known; `ref`
    is the event (`e12` of the incident, `s7` of the ledger).
    """

    at: datetime
    lane: str
    version: str | None
    source: str
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time in which a lane had one version: first seen, last confirmed, and until the next."""

    lane: str
    version: str | None
    since: datetime
    confirmed: datetime
    until: datetime | None
    source: str
    ref: str
    bad: bool = False

    def end(self, latest: datetime) -> datetime:
        """Return when it ended, or the latest time that is known of."""
        return self.until or latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """The registry wanted one version while a replica answered with another."""

    replica: str
    wanted: str
    served: str
    since: datetime
    until: datetime | None
    seconds: float
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """The whole history of one span; lanes stand in the order registry, router, replicas by name.

    The router has a lane where it sent requests elsewhere.
    """

    lanes: tuple[str, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    versions: tuple[str, ...] = ()

    def of(self, lane: str) -> tuple[Stretch, ...]:
        """Return the stretches of one lane, oldest first."""
        return tuple(one for one in self.stretches if one.lane == lane)


def serving(
    ledger: Sequence[Event],
    incident: Sequence[Event],
    span: tuple[datetime, datetime],
    bad: Iterable[str],
) -> Serving:
    """Return what was wanted and served within a span, from both streams."""
    known = [one for one in (*_looked(ledger), *_verified(incident)) if one.at <= span[1]]
    seen = sorted(known, key=lambda one: (one.at, one.ref))
    names = {one.lane for one in seen if span[0] <= one.at}
    if all(one.version == PRIMARY for one in seen if one.lane == ROUTER):
        names.discard(ROUTER)
    first = [one for one in (REGISTRY, ROUTER) if one in names]
    lanes = (*first, *sorted(names.difference(first)))
    suspects = frozenset(bad)
    found: list[Stretch] = []
    for lane in lanes:
        found += _stretches([one for one in seen if one.lane == lane], span, suspects)
    return Serving(
        lanes=lanes,
        stretches=tuple(found),
        disagreements=_disagreements(found, span[1]),
        versions=tuple(
            dict.fromkeys(one.version for one in found if one.version and one.lane != ROUTER)
        ),
    )


def _looked(ledger: Sequence[Event]) -> Iterator[Seen]:
    for event in ledger:
        if event.erased or event.late:
            continue
        ref, began = f"s{event.seq}", text(event.data.get("began_at"))
        at = parse_iso(began) if began else event.occurred_at  # what it read may have changed since
        if event.kind == "service_looked":
            source = f"looked at ({text(event.data.get('why')) or 'poll'})"
            wanted = text(event.data.get("wanted"))
            if wanted is not None or event.data.get("registry_error"):
                yield Seen(at=at, lane=REGISTRY, version=wanted, source=source, ref=ref)
            if text(event.data.get("route")):
                to = text(event.data.get("route"))
                yield Seen(at=at, lane=ROUTER, version=to, source=source, ref=ref)
            for replica, version in record(event.data.get("served")).items():
                yield Seen(at=at, lane=replica, version=text(version), source=source, ref=ref)
        elif event.kind == "alias_told":
            told = text(event.data.get("version"))
            yield Seen(at=at, lane=REGISTRY, version=told, source="told by webhook", ref=ref)


def _verified(incident: Sequence[Event]) -> Iterator[Seen]:
    """Yield what was read to prove an action: the finest record of a change there is."""
    kinds: dict[tuple[str | None, str | None, object], str] = {}
    for event in incident:
        if event.erased or event.late:
            continue
        if event.kind == "plan_made":
            kinds |= _kinds(event)
        elif event.kind == "action_settled":
            kind = kinds.get((event.run, event.step, event.data.get("action")), "")
            yield from _settled(event, kind)


def _kinds(event: Event) -> dict[tuple[str | None, str | None, object], str]:
    actions = record(event.data.get("plan")).get("actions")
    known = actions if isinstance(actions, Sequence) else ()
    return {(event.run, event.step, n): str(record(one).get("kind")) for n, one in enumerate(known)}


def _settled(event: Event, kind: str) -> Iterator[Seen]:
    if event.data.get("outcome") not in {"ok", "reconciled"}:
        return
    source, ref, at = f"proven by {event.step}", f"e{event.seq}", event.occurred_at
    lane, seen = None, event.data.get("seen")
    if kind == "alias":
        lane, seen = REGISTRY, text(seen)
    elif kind == "route":
        lane, seen = ROUTER, text(record(seen).get("to"))
    if lane and isinstance(seen, str) and seen:
        yield Seen(at=at, lane=lane, version=seen, source=source, ref=ref)
    for replica, told in record(record(event.data.get("yields")).get("replicas")).items():
        version = text(record(told).get("version"))
        yield Seen(at=at, lane=replica, version=version, source=source, ref=ref)


def _stretches(
    seen: Sequence[Seen], span: tuple[datetime, datetime], bad: frozenset[str]
) -> list[Stretch]:
    found: list[Stretch] = []
    for one in seen:
        last = found[-1] if found else None
        if last is not None and last.version == one.version:
            found[-1] = replace(last, confirmed=one.at)
            continue
        if last is not None:
            found[-1] = replace(last, until=one.at)
        found.append(
            Stretch(
                lane=one.lane,
                version=one.version,
                since=one.at,
                confirmed=one.at,
                until=None,
                source=one.source,
                ref=one.ref,
                bad=one.version in bad,
            )
        )
    since, until = span
    return [one for one in found if one.since <= until and (one.until is None or one.until > since)]


def _disagreements(found: Sequence[Stretch], latest: datetime) -> tuple[Disagreement, ...]:
    wanted = [one for one in found if one.lane == REGISTRY and one.version is not None]
    served = [
        one for one in found if one.lane not in {REGISTRY, ROUTER} and one.version is not None
    ]
    differ = [
        told
        for want in wanted
        for have in served
        if want.version != have.version and (told := _differ(want, have, latest)) is not None
    ]
    return tuple(sorted(differ, key=lambda one: (one.since, one.replica)))


def _differ(want: Stretch, have: Stretch, latest: datetime) -> Disagreement | None:
    since = max(want.since, have.since)
    until = min(want.end(latest), have.end(latest))
    if until <= since:
        return None
    open_ = want.until is None and have.until is None
    return Disagreement(
        replica=have.lane,
        wanted=str(want.version),
        served=str(have.version),
        since=since,
        until=None if open_ else until,
        seconds=(until - since).total_seconds(),
        ref=want.ref if want.since >= have.since else have.ref,
    )


def union(stretches: Iterable[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    """Return stretches of time without overlaps, oldest first."""
    found: list[tuple[datetime, datetime]] = []
    for since, until in sorted(stretches):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return tuple(found)


def bad_versions(ledger: Sequence[Event], until: datetime) -> Mapping[str, tuple[str, str]]:
    """Return, by version, why it was suspect or quarantined by then, and the event."""
    found: dict[str, tuple[str, str]] = {}
    for event in ledger:
        if event.occurred_at > until or event.erased:
            continue
        version = text(event.data.get("version")) or ""
        if event.kind in {"version_suspected", "version_quarantined"}:
            found[version] = (event.summary, f"s{event.seq}")
        elif event.kind == "version_cleared":
            found.pop(version, None)
    return found
