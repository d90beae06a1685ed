"""Folding a resource's stream: who holds it, until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from mlrespond.model.event import Event
from mlrespond.model.kinds import body
from mlrespond.model.lease_kind import (
    LeaseBroken,
    LeaseReleased,
    LeaseRenewed,
    LeaseTaken,
    Process,
)

LEASE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A resource's lease; without a run it is free. `seq` is where a decision must stand."""

    resource: str
    run: str | None = None
    epoch: int = 0
    incident: str | None = None
    until: datetime | None = None
    process: Process | None = None
    seq: int = 0

    def held_by_another(self, run: str, now: datetime) -> bool:
        """Return whether another run holds it now."""
        return self.run is not None and self.run != run and not self.expired(now)

    def expired(self, now: datetime) -> bool:
        """Return whether its time is over."""
        return self.until is None or self.until <= now


def stream_of(resource: str) -> str:
    """Return the stream that a resource's leases stand in."""
    return f"resource:{resource}"


def fold_lease(resource: str, events: Iterable[Event]) -> Lease:
    """Return a resource's lease as it stands; late events change nothing."""
    lease = Lease(resource=resource)
    for event in events:
        lease = replace(lease, seq=event.seq)
        if not event.late:
            lease = _after(lease, event)
    return lease


def _after(lease: Lease, event: Event) -> Lease:
    said = body(event)
    if isinstance(said, LeaseRenewed | LeaseReleased) and event.run != lease.run:
        return lease  # it was broken, and another has it: what its last holder says is void
    match said:
        case LeaseTaken(until=until, process=process):
            return replace(
                lease,
                run=event.run,
                epoch=event.epoch or 0,
                incident=event.incident,
                until=until,
                process=process,
            )
        case LeaseRenewed(until=until):
            return replace(lease, until=until)
        case LeaseReleased() | LeaseBroken():
            return Lease(resource=lease.resource, seq=lease.seq)
        case _:
            return lease
