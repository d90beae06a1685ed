"""Diagnosing and comparing without an incident: the same judgment, nothing recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mlrespond.engine.incident import OPEN
from mlrespond.engine.ledger import changes
from mlrespond.errors import UsageError
from mlrespond.model.json import Record
from mlrespond.usecases.app import App
from mlrespond.usecases.context import incident_stream, incident_view
from mlrespond.usecases.incidents import open_incidents
from mlrespond.usecases.looking import bare_context
from mlrespond.usecases.recorder import Transcript, recorded
from mlrespond.usecases.together import concurrently
from mlrespond.verbs.interface import Done, Past, StepContext
from mlrespond.verbs.unwatched import remembered, told, watched

PRESENT = timedelta(minutes=10)
LOOKBACK = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What a look found, and what each system said that did not let us in."""

    found: Done
    refused: tuple[str, ...] = ()


def check_objectives(app: App, service: str, names: Sequence[str]) -> None:
    """Raise UsageError for a name that is no objective of the service."""
    known = app.service(service).objectives
    for name in names:
        if name not in known:
            raise UsageError(
                f"{service} has no objective `{name}`", hint=f"it has: {', '.join(known) or 'none'}"
            )


def inspect(
    app: App, verb: str, service: str, body: Record, onset: datetime | None = None
) -> Inspected:
    """Return what one look of a reading verb finds now, for the open incident if there is one."""
    found = app.verb(verb)
    context = _context(app, service, onset)
    seen_by = Transcript(now=context.now, ledger_seq=0, incident_seq=0)
    context = replace(
        context, ports=recorded(context.ports, seen_by), together=concurrently(seen_by)
    )
    assert found.look is not None
    past = Past(n=1, data=None, started_at=context.now)
    seen = found.look(context, found.body(body), past)
    assert isinstance(seen, Done)
    return Inspected(found=seen, refused=seen_by.refusals)


def _context(app: App, service: str, onset: datetime | None) -> StepContext:
    """Return the context of the open incident, if there is one, or of the time since the onset."""
    known = [one for one in open_incidents(app.store) if one.service == service]
    if known and known[-1].status in OPEN:
        events = app.store.read(incident_stream(known[-1].id))
        found = incident_view(known[-1], events)
        return bare_context(app, service, replace(found, onset=onset or found.onset))
    context = bare_context(app, service)
    return _since(context, onset or _presumed_onset(context))


def _since(context: StepContext, onset: datetime) -> StepContext:
    return replace(context, incident=replace(context.incident, onset=onset))


def _presumed_onset(context: StepContext) -> datetime:
    """Return where the present begins when nobody says: at the last release, or a while ago.

    Of a past that is short, half is left to compare with; a log may know a longer one.
    """
    now, looks = context.now, context.ledger.looks
    released = [
        one for one in changes(context.ledger, now - LOOKBACK, now) if one.what == "version"
    ]
    if released:
        return released[-1].at
    while_ago = _since(context, now - PRESENT)
    if not looks or (not watched(while_ago) and told(remembered(while_ago))):
        return now - PRESENT
    return now - min(PRESENT, (now - looks[0].at) / 2)
