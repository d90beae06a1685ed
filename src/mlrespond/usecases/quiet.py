"""The silence of an incident's own alerts: whether it stands, and ending it with proof."""

from __future__ import annotations

from datetime import datetime

from mlrespond.engine.incident import IncidentState
from mlrespond.engine.ledger import Ledger
from mlrespond.errors import PortError, UsageError
from mlrespond.model.kinds import draft
from mlrespond.model.service_kind import StandingCleared, StandingSet
from mlrespond.ports.service import Monitor
from mlrespond.usecases.app import App
from mlrespond.usecases.context import plain_definition, service_stream
from mlrespond.verbs import silence
from mlrespond.verbs.interface import marked


def silence_of(ledger: Ledger, incident: str, now: datetime) -> StandingSet | None:
    """Return the silence of an incident's alerts, if the ledger knows that one stands."""
    return ledger.standing_at(now).get(f"hold:{silence.standing(incident)}")


def cannot_be_read(app: App, known: IncidentState) -> str:
    """Return why nobody can tell what the monitor silences for an incident, or nothing."""
    try:
        _monitor(app, known).silences(_key(known))
    except (PortError, UsageError) as error:
        return error.message
    return ""


def end_silence(app: App, known: IncidentState, quiet: StandingSet) -> str:
    """End the silences of an incident and record that; return why they may stand, or nothing."""
    try:
        monitor = _monitor(app, known)
        monitor.end_silences(_key(known))
        if monitor.silences(_key(known)):
            return "the monitor still tells of one"
    except (PortError, UsageError) as error:
        return error.message
    ended = StandingCleared(sort=quiet.sort, what=quiet.what)
    stream = service_stream(known.service)
    app.store.append([draft(stream, ended, app.clock.now(), incident=known.id, actor=app.me)])
    return ""


def _monitor(app: App, known: IncidentState) -> Monitor:
    definition = plain_definition(app.service(known.service))
    return app.ports(known.service, definition).monitor


def _key(known: IncidentState) -> str:
    return marked(known.id, known.opened_at)
