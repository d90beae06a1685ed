"""Resolving: look again at the service, and refuse while anything temporary stands.

The decision is recorded before anything else is done. What follows from it (silences end, pagers
are told) may be done again, and is, as often as `resolve` is called until nothing is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mlrespond.engine.incident import IncidentState
from mlrespond.engine.ledger import Ledger
from mlrespond.errors import ConflictError, HeldError, UsageError
from mlrespond.model.event import Draft, Event
from mlrespond.model.incident_kind import IncidentResolved
from mlrespond.model.json import Json
from mlrespond.model.kinds import body, draft
from mlrespond.model.service_kind import (
    ServiceLooked,
    StandingCleared,
    StandingSet,
    describe_served,
)
from mlrespond.usecases.acts import incident_of, must_go_on, must_say
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, read_ledger, service_stream
from mlrespond.usecases.custody import must_be_here
from mlrespond.usecases.incidents import the_incident
from mlrespond.usecases.looking import look
from mlrespond.usecases.pages import open_pages, tell_pagers
from mlrespond.usecases.quiet import cannot_be_read, end_silence, silence_of

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why an incident is not resolved, and what would help."""

    reasons: tuple[str, ...]
    hint: str
    inconclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """The incident is resolved, but what follows from it could not all be done yet."""

    resolved: Event
    reasons: tuple[str, ...]
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What is decided on: all that was recorded until then, and a look at the service, if any."""

    events: tuple[Event, ...]
    incident: IncidentState
    ledger: Ledger
    ledger_seq: int
    at: datetime
    look: ServiceLooked | None
    unreadable: str

    @property
    def quiet(self) -> StandingSet | None:
        """Return the silence of the incident's alerts."""
        return silence_of(self.ledger, self.incident.id, self.at)

    @property
    def ends(self) -> tuple[StandingSet, ...]:
        """Return what ends with the incident by this record alone: its own holds."""
        own = self.ledger.own(self.incident.id, self.at)
        return tuple(one for one in own.values() if one.until == "resolved")

    @property
    def stays(self) -> tuple[str, ...]:
        """Return what would stand on; what another incident holds is its own affair."""
        own = self.ledger.own(self.incident.id, self.at)
        found = {**self.ledger.standing_at(self.at), **own}
        return tuple(
            f"{one.sort}: {one.what}"
            for name, one in found.items()
            if one not in self.ends
            and (one != self.quiet or self.unreadable)
            and (one.sort != "hold" or name in own)
        )


def resolve(
    app: App, name: str, *, reason: str = "", keep: str | None = None
) -> Event | Refused | Unfinished:
    """Record that it is over, after looking again; `keep` says why a standing change may stay.

    Then the incident's silence ends and the pagers of its pages are told. Of an incident that is
    resolved only what could not be done then is done; UsageError when nothing is left.
    A service that mlir.yaml has no more is not looked at, which is refused unless `keep` is given.
    Raises HeldError while a run is active, ConflictError when it went on during the look.
    """
    must_be_here(app.store, name)
    if keep is not None:
        must_say(keep, "why it may stay", option="--keep")
    if incident_of(app, name).status == "resolved":
        return _do_the_rest(app, name)
    return _decide(app, name, reason, keep)


def _decide(app: App, name: str, reason: str, keep: str | None) -> Event | Refused | Unfinished:
    """Look, judge and record, again where the ledger moved meanwhile."""
    before: frozenset[str] = frozenset()
    for _ in range(_TRIES):
        seen = _look(app, name)
        _must_be_as_known(seen, before)
        refused = _refusal(seen, keep)
        if refused is not None:
            return refused
        try:
            said = app.store.append(_drafts(app, seen, reason, keep), expect=_expected(seen))[0]
        except ConflictError:
            before = frozenset(event.id for event in seen.events)
            continue
        return _and_the_rest(app, name, said)
    raise ConflictError(f"the ledger of {seen.incident.service} moves faster than it can be read")


def _look(app: App, name: str) -> _Seen:
    events = app.store.read(incident_stream(name))
    known = the_incident(events, name)
    must_go_on(known)
    if known.active_run is not None:
        raise HeldError(f"{name} has an active run, {known.active_run}", hint=f"mlir resume {name}")
    ledger, ledger_seq = read_ledger(app, known.service)
    now = app.clock.now()
    return _Seen(
        events=events,
        incident=known,
        ledger=ledger,
        ledger_seq=ledger_seq,
        at=now,
        look=look(app, known.service, why="resolve") if _is_known(app, known) else None,
        unreadable=cannot_be_read(app, known) if silence_of(ledger, name, now) else "",
    )


def _must_be_as_known(seen: _Seen, before: frozenset[str]) -> None:
    """Raise ConflictError where more was said of the incident than a person can have known."""
    fresh = [event for event in seen.events if before and event.id not in before]
    if fresh:
        name = seen.incident.id
        raise ConflictError(
            f"{name} went on meanwhile, and is not resolved: {fresh[-1].summary}",
            hint=f"look: mlir timeline {name}; then resolve it again",
        )


def _refusal(seen: _Seen, keep: str | None) -> Refused | None:
    name, (failing, unknown) = seen.incident.id, _readings(seen)
    if failing:
        return Refused(
            reasons=tuple(failing),
            hint=f"mlir diagnose {seen.incident.service}, then mlir respond --incident {name}"
            " --runbook …",
        )
    if keep is not None:
        return None
    if seen.quiet and seen.unreadable:
        return Refused(
            reasons=(f"the silence of {seen.quiet.what} cannot be ended: {seen.unreadable}",),
            hint=f"it ends by itself at {seen.quiet.until[:19]}Z; mlir resolve {name} --keep REASON"
            " leaves it till then",
        )
    if seen.stays:
        return Refused(
            reasons=tuple(f"a {one} stands" for one in seen.stays),
            hint=f"mlir undo {name} takes it back; mlir resolve {name} --keep REASON leaves it",
        )
    if unknown:
        return Refused(
            reasons=tuple(unknown),
            hint=f"if you know it by other means: mlir resolve {name} --keep REASON",
            inconclusive=True,
        )
    return None


def _drafts(app: App, seen: _Seen, reason: str, keep: str | None) -> list[Draft]:
    now, name = app.clock.now(), seen.incident.id
    look = seen.look
    readings: dict[str, Json] = (
        {"served": dict(look.served), **look.objectives} if look is not None else {}
    )
    what = IncidentResolved(
        reason=reason, kept=seen.stays if keep else (), keep_reason=keep or "", readings=readings
    )
    service = service_stream(seen.incident.service)
    return [
        draft(incident_stream(name), what, now, incident=name, source="person", actor=app.me),
        *([] if look is None else [draft(service, look, now, source="poll", actor=app.me)]),
        *(
            draft(service, StandingCleared(sort=one.sort, what=one.what), now, incident=name)
            for one in seen.ends
        ),
    ]


def _expected(seen: _Seen) -> dict[str, int]:
    name, service = seen.incident.id, seen.incident.service
    return {incident_stream(name): seen.incident.seq, service_stream(service): seen.ledger_seq}


def _do_the_rest(app: App, name: str) -> Event | Unfinished:
    """Do what a resolution that stands did not come to; UsageError if there is no such thing."""
    events = app.store.read(incident_stream(name))
    known = the_incident(events, name)
    words = (event for event in reversed(events) if event.kind == "incident_resolved")
    said = next(event for event in words if not event.late)
    if not open_pages(known, events) and _silence_left(app, known, said) is None:
        raise UsageError(f"{name} is resolved", hint=f"mlir reopen {name} --reason …")
    return _and_the_rest(app, name, said)


def _and_the_rest(app: App, name: str, said: Event) -> Event | Unfinished:
    """End the silence and tell the pagers; each may be done twice."""
    known = incident_of(app, name)
    reasons = [*_end_silence(app, known, said), *_tell_pagers(app, known)]
    if not reasons:
        return said
    return Unfinished(
        resolved=said, reasons=tuple(reasons), hint=f"try that again: mlir resolve {name}"
    )


def _silence_left(app: App, known: IncidentState, said: Event) -> StandingSet | None:
    """Return the silence that a resolution ends, if it stands.

    Of one that was erased nobody can tell what it kept: a silence ends by itself in time.
    """
    ledger, _ = read_ledger(app, known.service)
    quiet = silence_of(ledger, known.id, app.clock.now())
    resolved = body(said)
    if quiet is None or not isinstance(resolved, IncidentResolved):
        return None
    return None if f"hold: {quiet.what}" in resolved.kept else quiet


def _end_silence(app: App, known: IncidentState, said: Event) -> Iterator[str]:
    quiet = _silence_left(app, known, said)
    why = end_silence(app, known, quiet) if quiet else ""
    if quiet and why:
        until = f"{quiet.until[:19]}Z"
        yield f"the silence of {quiet.what} cannot be ended before {until}: {why}"


def _tell_pagers(app: App, known: IncidentState) -> Iterator[str]:
    for key, why in tell_pagers(app, known.id, known.service, "resolved").items():
        yield f"the pager of {key.rpartition(':')[2]} does not know: {why}"


def _is_known(app: App, incident: IncidentState) -> bool:
    return incident.service in app.project.services


def _readings(of: _Seen) -> tuple[Sequence[str], Sequence[str]]:
    """Return what is not as it should be, and what is not known; drained replicas say nothing."""
    seen = of.look
    if seen is None:
        name = of.incident.service
        return [], [f"there is no service `{name}` any more, so nothing of it can be looked at"]
    failing = [f"objective {name} fails" for name, one in seen.objectives.items() if one == "fail"]
    unknown = [
        f"objective {name} cannot be judged now"
        for name, one in seen.objectives.items()
        if one == "inconclusive"
    ]
    served = {name: one for name, one in seen.served.items() if name not in seen.drained}
    versions = set(served.values())
    if len(versions) > 1 or None in versions:
        failing.append(f"serving {describe_served(served)}")
    elif versions and seen.wanted not in {None, *versions}:
        failing.append(f"the registry wants {seen.wanted}, served is {next(iter(versions))}")
    return failing, unknown
