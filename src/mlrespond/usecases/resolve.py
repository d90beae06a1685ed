"""Resolving: look again at the service, and refuse while anything temporary stands."""

from __future__ import annotations

from dataclasses import dataclass

from mlrespond.engine.incident import IncidentState
from mlrespond.errors import HeldError, PortError, UsageError
from mlrespond.model.event import Event
from mlrespond.model.incident_kind import IncidentResolved
from mlrespond.model.json import Json
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import (
    ServiceLooked,
    StandingCleared,
    StandingSet,
    describe_served,
)
from mlrespond.usecases.acts import incident_of
from mlrespond.usecases.app import App
from mlrespond.usecases.context import (
    incident_stream,
    plain_definition,
    read_ledger,
    service_stream,
)
from mlrespond.usecases.custody import must_be_here
from mlrespond.usecases.looking import look
from mlrespond.usecases.pages import tell_pagers
from mlrespond.verbs import silence
from mlrespond.verbs.interface import marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why an incident is not resolved, and what would help."""

    reasons: tuple[str, ...]
    hint: str
    inconclusive: bool = False


def resolve(app: App, name: str, *, reason: str = "", keep: str | None = None) -> Event | Refused:
    """Record that it is over, after looking again; `keep` says why a standing change may stay.

    The pagers of its pages are told.
    """
    must_be_here(app.store, name)
    known = incident_of(app, name)
    if known.status in {"resolved", "closed", "merged", "declined"}:
        raise UsageError(f"{name} is {known.status}")
    if known.active_run is not None:
        raise HeldError(f"{name} has an active run, {known.active_run}", hint=f"mlir resume {name}")
    ledger, _ = read_ledger(app, known.service)
    standing = ledger.standing_at(app.clock.now())
    quiet = standing.get(f"hold:{silence.standing(name)}")
    ends = [one for one in standing.values() if one.until == "resolved" or one is quiet]
    stands = [
        f"{one.sort}: {one.what}"
        for one in standing.values()
        if one not in ends and not silence.of_another(one.what, name)
    ]
    seen = look(app, known.service, why="resolve")
    failing, unknown = _readings(seen)
    if failing:
        return Refused(
            reasons=tuple(failing),
            hint=f"mlir diagnose {known.service}, then mlir respond --incident {name} --runbook …",
        )
    if stands and keep is None:
        return Refused(
            reasons=tuple(f"a {one} stands" for one in stands),
            hint=f"mlir undo {name} takes it back; mlir resolve {name} --keep REASON leaves it",
        )
    if unknown and keep is None:
        return Refused(
            reasons=tuple(unknown),
            hint=f"if you know it by other means: mlir resolve {name} --keep REASON",
            inconclusive=True,
        )
    loud = _end_silences(app, known) if quiet else ""
    if quiet and loud:
        if keep is None:
            return _still_silent(name, quiet, loud)
        ends.remove(quiet)
        stands.append(f"{quiet.sort}: {quiet.what}")
    readings: dict[str, Json] = {"served": dict(seen.served), **seen.objectives}
    what = IncidentResolved(
        reason=keep or reason, kept=tuple(stands) if keep else (), readings=readings
    )
    now = app.clock.now()
    service = service_stream(known.service)
    drafts = [
        draft(incident_stream(name), what, now, incident=name, source="person", actor=app.me),
        draft(service, seen, now, source="poll", actor=app.me),
    ]
    drafts += [
        draft(service, StandingCleared(sort=one.sort, what=one.what), now, incident=name)
        for one in ends
    ]
    resolved = app.store.append(drafts)[0]
    tell_pagers(app, name, known.service, "resolved")
    return resolved


def _end_silences(app: App, known: IncidentState) -> str:
    """End the silences of an incident's alerts; return why they may still stand, or nothing."""
    definition = plain_definition(app.project.services[known.service])
    monitor = app.ports(known.service, definition).monitor
    key = marked(known.id, known.opened_at)
    try:
        monitor.end_silences(key)
        return "the monitor still tells of one" if monitor.silences(key) else ""
    except PortError as error:
        return error.message


def _still_silent(name: str, quiet: StandingSet, why: str) -> Refused:
    return Refused(
        reasons=(f"the silence of {quiet.what} cannot be ended: {why}",),
        hint=f"it ends by itself at {quiet.until[:19]}Z; mlir resolve {name} --keep REASON "
        "leaves it till then",
    )


def _readings(seen: ServiceLooked) -> tuple[list[str], list[str]]:
    failing = [f"objective {name} fails" for name, one in seen.objectives.items() if one == "fail"]
    unknown = [
        f"objective {name} cannot be judged now"
        for name, one in seen.objectives.items()
        if one == "inconclusive"
    ]
    versions = set(seen.served.values())
    if len(versions) > 1 or None in versions:
        failing.append(f"serving {describe_served(seen.served)}")
    elif seen.wanted is not None and seen.wanted not in versions:
        failing.append(f"the registry wants {seen.wanted}, served is {next(iter(versions))}")
    return failing, unknown
