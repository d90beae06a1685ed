"""Folding a service's ledger: which version was wanted and served, when, and how well it did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from mlrespond.model.event import Event
from mlrespond.model.finding import Change
from mlrespond.model.instant import parse_iso
from mlrespond.model.kinds import body
from mlrespond.model.plan import Rejected
from mlrespond.model.service_kind import (
    ServiceLooked,
    StandingCleared,
    StandingSet,
    VersionCleared,
    VersionQuarantined,
    VersionSuspected,
)
from mlrespond.model.word import VerdictWord

LOOK_AT_MOST_EVERY = timedelta(minutes=15)
"""Looks that show nothing new are recorded no more often than this."""
UNWATCHED = 2 * LOOK_AT_MOST_EVERY
"""A longer time without a look is one in which nobody looked: one look may have failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAt:
    """One look at a service: it began at `began`, and at `at` all of it was read.

    `values` are what the objectives were judged by, as ServiceLooked tells them.
    """

    at: datetime
    wanted: str | None
    served: Mapping[str, str | None]
    objectives: Mapping[str, VerdictWord] = field(default_factory=dict)
    began_at: datetime | None = None
    previous_at: datetime | None = None
    route: str | None = None
    drained: tuple[str, ...] = ()
    incident: str | None = None
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def began(self) -> datetime:
        """Return since when what was read may have changed again."""
        return self.began_at or self.at

    @property
    def version(self) -> str | None:
        """Return the version that all answered with; None if they differed or were silent.

        A replica that is drained gets no requests, so what it would serve is no matter.
        """
        found = {one for name, one in self.served.items() if name not in self.drained}
        return next(iter(found)) if len(found) == 1 else None

    @property
    def healthy(self) -> bool:
        """Return whether every objective passed; none judged is not healthy."""
        return bool(self.objectives) and set(self.objectives.values()) == {"pass"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is known of a service, oldest look first.

    `set_by` are the changes that stand, by what stands and the incident that set it: two incidents
    may hold one thing, and it is held until both are over. `held` are the times, now over, whose
    data a hold of training kept from being learned from.
    """

    service: str
    looks: tuple[LookAt, ...] = ()
    suspects: Mapping[str, str] = field(default_factory=dict)
    quarantined: Mapping[str, str] = field(default_factory=dict)
    set_by: Mapping[tuple[str, str | None], StandingSet] = field(default_factory=dict)
    held: tuple[tuple[datetime, datetime], ...] = ()

    @property
    def last(self) -> LookAt | None:
        """Return the newest look."""
        return self.looks[-1] if self.looks else None

    @property
    def standing(self) -> Mapping[str, StandingSet]:
        """Return what stands, each by whoever wants it for longest."""
        found: dict[str, StandingSet] = {}
        for (name, _), one in self.set_by.items():
            known = found.get(name)
            found[name] = one if known is None or _until(one) > _until(known) else known
        return found

    def standing_at(self, now: datetime) -> Mapping[str, StandingSet]:
        """Return what stands at a time: a hold ends by itself when its own time comes."""
        return {name: one for name, one in self.standing.items() if _until(one) > now}

    def own(self, incident: str, now: datetime) -> Mapping[str, StandingSet]:
        """Return what an incident set that stands at a time, and what nobody is known to have."""
        return {
            name: one
            for (name, by), one in self.set_by.items()
            if by in {None, incident} and _until(one) > now
        }

    @property
    def bad(self) -> frozenset[str]:
        """Return the versions that are suspect or quarantined."""
        return frozenset({*self.suspects, *self.quarantined})

    def before(self, at: datetime) -> LookAt | None:
        """Return the newest look at or before a time."""
        return next((look for look in reversed(self.looks) if look.at <= at), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A stretch of time in which one version was served everywhere."""

    version: str
    since: datetime
    until: datetime
    healthy_s: float


def fold_ledger(service: str, events: Iterable[Event]) -> Ledger:
    """Return a service's ledger; a look that was brought in late stands at its own time."""
    looks: list[LookAt] = []
    ledger = Ledger(service=service)
    for event in events:
        if event.erased or event.late:
            continue
        said = body(event)
        if isinstance(said, ServiceLooked):
            looks.append(
                LookAt(
                    at=event.occurred_at,
                    wanted=said.wanted,
                    served=said.served,
                    objectives=said.objectives,
                    began_at=said.began_at,
                    previous_at=said.previous_at,
                    route=said.route,
                    drained=said.drained,
                    incident=event.incident,
                    values=said.values,
                )
            )
        else:
            ledger = _standing(ledger, event, said)
    return replace(ledger, looks=tuple(sorted(looks, key=lambda look: look.at)))


def _standing(ledger: Ledger, event: Event, said: object) -> Ledger:
    match said:
        case VersionSuspected(version=version, reason=reason):
            return replace(ledger, suspects={**ledger.suspects, version: reason})
        case VersionQuarantined(version=version, reason=reason):
            return replace(ledger, quarantined={**ledger.quarantined, version: reason})
        case VersionCleared(version=version):
            return replace(
                ledger,
                suspects=_without(ledger.suspects, version),
                quarantined=_without(ledger.quarantined, version),
            )
        case StandingSet():
            known = replace(said, since=event.occurred_at)
            kept = {} if said.sort == "hold" else _set_by(ledger, said)
            rest = {place: one for place, one in ledger.set_by.items() if place not in kept}
            return replace(ledger, set_by={**rest, (_name(said), event.incident): known})
        case StandingCleared():
            ended = _ended(_set_by(ledger, said), event.incident)
            return replace(
                ledger,
                set_by={place: one for place, one in ledger.set_by.items() if place not in ended},
                held=(*ledger.held, *_held(ended.values(), event.occurred_at)),
            )
        case _:
            return ledger


_SetBy: TypeAlias = Mapping[tuple[str, str | None], StandingSet]


def _name(said: StandingSet | StandingCleared) -> str:
    """Return what stands: there is one switch, many drained replicas, many things held."""
    return "switch" if said.sort == "switch" else f"{said.sort}:{said.what}"


def _set_by(ledger: Ledger, said: StandingSet | StandingCleared) -> _SetBy:
    return {place: one for place, one in ledger.set_by.items() if place[0] == _name(said)}


def _ended(known: _SetBy, incident: str | None) -> _SetBy:
    """Return what ends when an incident ends something: of holds its own, else whatever stands."""
    return {
        place: one
        for place, one in known.items()
        if one.sort != "hold" or incident is None or place[1] in {None, incident}
    }


def _until(standing: StandingSet) -> datetime:
    """Return until when something stands, unless it is ended before; that may be for ever."""
    if standing.until in {"undone", "resolved"}:
        return datetime.max.replace(tzinfo=UTC)
    return parse_iso(standing.until)


def _held(ended: Iterable[StandingSet], at: datetime) -> Iterator[tuple[datetime, datetime]]:
    for one in ended:
        if (one.sort, one.what) == ("hold", "training"):
            yield (one.window_from or one.since or at, one.window_to or at)


def _without(known: Mapping[str, str], version: str) -> dict[str, str]:
    return {name: reason for name, reason in known.items() if name != version}


def changes(ledger: Ledger, since: datetime, until: datetime) -> tuple[Change, ...]:
    """Return what changed in a stretch of time, oldest first.

    A change happened between the look that shows it and the beginning of the one before; it counts
    when that interval touches the stretch.
    """
    found: list[Change] = []
    for before, after in zip(ledger.looks, ledger.looks[1:], strict=False):
        earliest = after.previous_at or before.began
        if after.at < since or earliest > until:
            continue
        found += _differences(before, after, earliest)
    return tuple(found)


def _differences(before: LookAt, after: LookAt, earliest: datetime) -> list[Change]:
    found: list[Change] = []
    if after.wanted and before.wanted and before.wanted != after.wanted:
        found.append(
            Change(
                what="wanted", before=before.wanted, to=after.wanted, at=after.at, after=earliest
            )
        )
    served = _served_change(before, after)
    if served is not None:
        found.append(
            Change(what="version", before=served[0], to=served[1], at=after.at, after=earliest)
        )
    if before.route and after.route and before.route != after.route:
        found.append(
            Change(what="route", before=before.route, to=after.route, at=after.at, after=earliest)
        )
    return found


def _served_change(before: LookAt, after: LookAt) -> tuple[str | None, str] | None:
    """Return (old, new) when a version appeared that was not served before."""
    old = {version for version in before.served.values() if version}
    new = {version for version in after.served.values() if version}
    fresh = new - old
    if not old or not fresh:
        return None
    return (before.version or next(iter(sorted(old))), next(iter(sorted(fresh))))


def spells(ledger: Ledger, now: datetime) -> tuple[Spell, ...]:
    """Return the stretches of one version everywhere, oldest first, with their healthy time."""
    found: list[Spell] = []
    for at, look in enumerate(ledger.looks):
        ends = ledger.looks[at + 1].at if at + 1 < len(ledger.looks) else now
        if look.version is None:
            continue
        healthy_s = _healthy_s(look, ends)
        if found and found[-1].version == look.version and found[-1].until == look.at:
            last = found[-1]
            found[-1] = replace(last, until=ends, healthy_s=last.healthy_s + healthy_s)
        else:
            found.append(
                Spell(version=look.version, since=look.at, until=ends, healthy_s=healthy_s)
            )
    return tuple(found)


def _healthy_s(look: LookAt, ends: datetime) -> float:
    """Return how much of the time after a look it vouches for: none where nobody looked again."""
    watched = ends - look.at <= UNWATCHED
    well = look.healthy and look.incident is None
    return (ends - look.at).total_seconds() if watched and well else 0.0


def healthy_versions(
    ledger: Ledger, now: datetime, healthy_after_s: float, onset: datetime
) -> tuple[tuple[str, ...], tuple[Rejected, ...]]:
    """Return the versions that may be rolled back to, best first, and those that may not, with why.

    A version counts by its newest spell before the onset: it was seen serving everywhere, with
    its objectives passing, for long enough, outside an incident, and is neither suspect nor
    quarantined.
    """
    good: list[str] = []
    rejected: list[Rejected] = []
    known = spells(ledger, now)
    before = [spell for spell in known if spell.since < onset]
    for spell in (*reversed(before), *reversed(known)):
        if spell.version in good or any(one.candidate == spell.version for one in rejected):
            continue
        reason = _unfit(ledger, spell, healthy_after_s, onset)
        if reason:
            rejected.append(Rejected(candidate=spell.version, reason=reason))
        else:
            good.append(spell.version)
    return tuple(good), tuple(rejected)


def _unfit(ledger: Ledger, spell: Spell, healthy_after_s: float, onset: datetime) -> str:
    if spell.version in ledger.quarantined:
        return f"quarantined: {ledger.quarantined[spell.version]}"
    if spell.version in ledger.suspects:
        return f"suspect: {ledger.suspects[spell.version]}"
    if spell.since >= onset:
        return "first served after the onset"
    if spell.healthy_s < healthy_after_s:
        return f"seen healthy for {spell.healthy_s:.0f} s, less than {healthy_after_s:.0f} s"
    return ""


def previous_version(ledger: Ledger, onset: datetime, current: str | None) -> Spell | None:
    """Return the spell before the newest one of `current`; without one, the last of the onset."""
    known = spells(ledger, onset)
    places = [at for at, spell in enumerate(known) if spell.version == current]
    earlier = known[: places[-1]] if places else [one for one in known if one.since < onset]
    found: Sequence[Spell] = [
        spell
        for spell in earlier
        if spell.version != current
        and spell.version not in ledger.suspects
        and spell.version not in ledger.quarantined
    ]
    return found[-1] if found else None
