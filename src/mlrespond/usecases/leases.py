"""Holding the resources that a run changes: taken in sorted order, renewed, released."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mlrespond.engine.lease import LEASE_S, Lease, fold_lease, stream_of
from mlrespond.engine.state import RunState
from mlrespond.errors import ConflictError, HeldError
from mlrespond.model.event import Draft
from mlrespond.model.instant import iso
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.lease_kind import LeaseBroken, LeaseReleased, LeaseRenewed, LeaseTaken
from mlrespond.usecases.app import App

_TRIES = 5


class Leases:
    """The leases of one process, for one run at one epoch."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._held: set[str] = set()

    @property
    def held(self) -> tuple[str, ...]:
        """Return what is held, as far as this process knows."""
        return tuple(sorted(self._held))

    def take(self, state: RunState, resources: Sequence[str]) -> dict[str, int]:
        """Hold the resources; HeldError says who has one, and until when.

        What is held already is looked at again: a person may have broken it, or its time is over.
        Returns where their streams stand: an intent that expects that is committed only while
        nobody else has taken or broken a lease.
        """
        return {stream_of(one): self._hold(state, one) for one in sorted(resources)}

    def inherited(self, state: RunState, resources: Sequence[str], now: datetime) -> list[Draft]:
        """Return the drafts that go on holding what the run held under an earlier epoch."""
        mine = [one for one in sorted(resources) if read_lease(self._app, one).run == state.run]
        self._held |= set(mine)
        return [self._taken(state, one, now) for one in mine]

    def renewals(self, state: RunState, now: datetime) -> list[Draft]:
        """Return the drafts that renew everything held."""
        until = now + timedelta(seconds=LEASE_S)
        return [
            self._draft(state, one, LeaseRenewed(resource=one, until=until), now)
            for one in self.held
        ]

    def releases(self, state: RunState, now: datetime) -> list[Draft]:
        """Return the drafts that free everything held."""
        drafts = [self._draft(state, one, LeaseReleased(resource=one), now) for one in self.held]
        self._held = set()
        return drafts

    def _hold(self, state: RunState, resource: str) -> int:
        """Return where the resource's stream stands, once it is ours."""
        for _ in range(_TRIES):
            now = self._app.clock.now()
            lease = read_lease(self._app, resource)
            if resource in self._held and _is_ours(lease, state, now):
                return lease.seq
            self._held.discard(resource)
            if lease.held_by_another(state.run, now):
                raise self._refusal(lease)
            try:
                taken = self._app.store.append(
                    [self._taken(state, resource, now)], expect={stream_of(resource): lease.seq}
                )
            except ConflictError:
                continue
            self._held.add(resource)
            return taken[-1].seq
        raise HeldError(f"{resource} changes hands too fast", hint="try again")

    def _taken(self, state: RunState, resource: str, now: datetime) -> Draft:
        until = now + timedelta(seconds=LEASE_S)
        taken = LeaseTaken(resource=resource, until=until, process=self._app.processes.this())
        return self._draft(state, resource, taken, now)

    def _refusal(self, lease: Lease) -> HeldError:
        until = iso(lease.until)[:19] + "Z" if lease.until else "an unknown time"
        who = (
            f"process {lease.process.pid} on {lease.process.host}" if lease.process else "somebody"
        )
        return HeldError(
            f"{lease.resource} is held by run {lease.run} ({who}) until {until}",
            hint=f"wait, or break it: mlir resume {lease.incident} --break-lease {lease.resource}",
        )

    def _draft(self, state: RunState, resource: str, what: Body, now: datetime) -> Draft:
        return draft(
            stream_of(resource),
            what,
            now,
            incident=state.incident,
            run=state.run,
            epoch=state.epoch,
        )


def _is_ours(lease: Lease, state: RunState, now: datetime) -> bool:
    return (lease.run, lease.epoch) == (state.run, state.epoch) and not lease.expired(now)


def read_lease(app: App, resource: str) -> Lease:
    """Return a resource's lease as it stands."""
    return fold_lease(resource, app.store.read(stream_of(resource)))


def break_lease(app: App, resource: str, reason: str) -> Lease:
    """Take a resource away from its holder, as a person; return what was broken."""
    lease = read_lease(app, resource)
    if lease.run is None:
        raise HeldError(f"nobody holds {resource}")
    what = LeaseBroken(resource=resource, holder=lease.run, reason=reason)
    app.store.append(
        [draft(stream_of(resource), what, app.clock.now(), source="person", actor=app.me)]
    )
    return lease
