"""Looking at a service without a run: for the ledger, for a diagnosis, for `resolve`."""

from __future__ import annotations

from mlrespond.engine.ledger import LOOK_AT_MOST_EVERY, Ledger
from mlrespond.model.codec import encode
from mlrespond.model.event import Event
from mlrespond.model.json import record
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.model.spec import Pace
from mlrespond.usecases.app import App
from mlrespond.usecases.context import (
    dependencies,
    modes_of,
    plain_definition,
    read_ledger,
    service_stream,
)
from mlrespond.verbs.interface import IncidentView, StepContext
from mlrespond.verbs.serving import health, looked, view


def bare_context(app: App, service: str, incident: IncidentView | None = None) -> StepContext:
    """Return what a verb sees when no run asks: the present moment is the onset."""
    known = app.service(service)
    definition = plain_definition(known)
    ledger, _ = read_ledger(app, service)
    now = app.clock.now()
    nobody = IncidentView(id="none", severity="SEV4", onset=now, opened_at=now)
    return StepContext(
        name=service,
        service=known,
        ports=app.ports(service, definition),
        ledger=ledger,
        incident=incident or nobody,
        now=now,
        run="none",
        step="look",
        pace=Pace(),
        dependencies=dependencies(app, definition),
        modes=modes_of(app, known),
    )


def look(app: App, service: str, *, why: str, judge: bool = True) -> ServiceLooked:
    """Return one look at a service, with its objectives unless `judge` is false."""
    context = bare_context(app, service)
    seen = view(context)
    return looked(context, seen, health(context, seen) if judge else None, why=why)


def record_look(
    app: App, service: str, *, why: str, judge: bool = True, always: bool = False
) -> Event | None:
    """Look, and record it when something differs, when asked, or after a quarter of an hour.

    Returns the event, or None when there was nothing to record.
    """
    found = look(app, service, why=why, judge=judge)
    ledger, _ = read_ledger(app, service)
    now = app.clock.now()
    last = ledger.last
    recent = last is not None and now - last.at < LOOK_AT_MOST_EVERY
    if recent and not always and _same(ledger, found):
        return None
    said = draft(service_stream(service), found, now, source="poll", actor=app.me)
    return app.store.append([said])[-1]


def _same(ledger: Ledger, found: ServiceLooked) -> bool:
    last = ledger.last
    assert last is not None
    before = {
        "wanted": last.wanted,
        "served": dict(last.served),
        "objectives": dict(last.objectives),
        "route": last.route,
        "drained": list(last.drained),
    }
    after = record(encode(found))
    return all((after.get(key) or None) == (value or None) for key, value in before.items())
