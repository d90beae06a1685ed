"""How each objective did whenever somebody looked at the service, as the ledger kept it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mlrespond.model.event import Event
from mlrespond.model.json import number, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One objective at one look: pass, fail or inconclusive; `ref` is the ledger's event.

    `value` is what was judged, a share or in the metric's own unit; null where nobody recorded it.
    """

    at: datetime
    objective: str
    verdict: str
    ref: str
    value: float | None = None


def watched(ledger: Iterable[Event], span: tuple[datetime, datetime]) -> tuple[Watched, ...]:
    """Return what the looks of a span said of each objective, oldest first."""
    found = [
        Watched(
            at=event.occurred_at,
            objective=name,
            verdict=str(verdict),
            ref=f"s{event.seq}",
            value=number(record(event.data.get("values")).get(name)),
        )
        for event in ledger
        if event.kind == "service_looked" and not event.erased and not event.late
        if span[0] <= event.occurred_at <= span[1]
        for name, verdict in record(event.data.get("objectives")).items()
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.ref, one.objective)))
