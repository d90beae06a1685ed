"""What a service was at a time: wanted, served, standing, open incidents, as the ledger knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mlrespond.engine.ledger import Ledger, LookAt, fold_ledger
from mlrespond.errors import NotRecordedError
from mlrespond.model.event import Event
from mlrespond.model.instant import iso
from mlrespond.model.service_kind import AliasTold
from mlrespond.ports.timeline import History, Timeline
from mlrespond.usecases.context import service_stream
from mlrespond.usecases.incidents import all_incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A service at a time. `look` is the newest at or before it; `next_look` the one after.

    `told` is what the registry itself told last, until then.
    """

    service: str
    at: datetime
    look: LookAt | None
    next_look: LookAt | None
    standing: tuple[str, ...]
    incidents: tuple[str, ...]
    told: str | None = None


def at(store: Timeline, history: History, service: str, when: datetime) -> Moment:
    """Return what is known now of a service at a time; NotRecordedError if nothing is."""
    events = store.read(service_stream(service))
    if not events:
        raise NotRecordedError(
            f"`{service}` was never looked at", hint=f"mlir watch {service} fills the ledger"
        )
    then = fold_ledger(service, [one for one in events if one.occurred_at <= when])
    known = fold_ledger(service, events)
    return Moment(
        service=service,
        at=when,
        look=then.last,
        next_look=_next(known, when),
        standing=tuple(f"{one.sort}: {one.what}" for one in then.standing_at(when).values()),
        incidents=_incidents(history, service, when),
        told=_told(events, when),
    )


def _told(events: Sequence[Event], when: datetime) -> str | None:
    told = [one for one in events if one.kind == AliasTold.kind and one.occurred_at <= when]
    if not told:
        return None
    last = max(told, key=lambda one: one.occurred_at)
    return f"{iso(last.occurred_at)[:19]}Z, {last.summary}"


def _next(ledger: Ledger, when: datetime) -> LookAt | None:
    return next((look for look in ledger.looks if look.at > when), None)


def _incidents(history: History, service: str, when: datetime) -> tuple[str, ...]:
    found = []
    for one in all_incidents(history):
        resolved = one.last.get("resolved")
        over = one.status in {"resolved", "closed"} and resolved is not None and resolved <= when
        if one.service == service and one.opened_at <= when and not over:
            found.append(one.id)
    return tuple(found)
