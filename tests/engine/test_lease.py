"""A lease is held by one run until its time is over, it is released, or a person breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.engine.story import BEN, START, recorded

from mlrespond.engine.lease import fold_lease, stream_of
from mlrespond.model.event import Event
from mlrespond.model.kind import Body
from mlrespond.model.lease_kind import (
    LeaseBroken,
    LeaseReleased,
    LeaseRenewed,
    LeaseTaken,
    Process,
)

ALIAS = "registry/fraud@champion"
PROCESS = Process(host="here", boot="b", pid=1, started="s", user="ana")
TAKEN = LeaseTaken(resource=ALIAS, until=START + timedelta(seconds=120), process=PROCESS)


def stream(*said: tuple[Body, str | None], late: Sequence[int] = ()) -> list[Event]:
    """Return the resource's stream: what was said, and by which run (None: a person)."""
    return [
        recorded(
            what,
            at,
            START,
            stream=stream_of(ALIAS),
            run=run,
            epoch=1 if run else None,
            late=at in late,
            **({} if run else {"actor": BEN, "source": "person"}),
        )
        for at, (what, run) in enumerate(said, 1)
    ]


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_nobody_holds_what_nobody_took() -> None:
    lease = fold_lease(ALIAS, ())

    assert (lease.run, lease.seq) == (None, 0)
    assert not lease.held_by_another("INC-1.1", START)


def test_a_lease_is_held_until_its_time_is_over() -> None:
    lease = fold_lease(ALIAS, stream((TAKEN, "INC-1.1")))

    assert lease.held_by_another("INC-2.1", later(119))
    assert not lease.held_by_another("INC-2.1", later(120))
    assert not lease.held_by_another("INC-1.1", START)
    assert (lease.process, lease.incident, lease.epoch) == (PROCESS, "INC-1", 1)


def test_a_lease_that_is_renewed_lasts_longer() -> None:
    renewed = LeaseRenewed(resource=ALIAS, until=later(300))

    lease = fold_lease(ALIAS, stream((TAKEN, "INC-1.1"), (renewed, "INC-1.1")))

    assert lease.held_by_another("INC-2.1", later(299))
    assert lease.seq == 2


def test_a_lease_that_is_released_or_broken_is_free() -> None:
    for what, run in (
        (LeaseReleased(resource=ALIAS), "INC-1.1"),
        (LeaseBroken(resource=ALIAS, holder="INC-1.1", reason="stuck"), None),
    ):
        lease = fold_lease(ALIAS, stream((TAKEN, "INC-1.1"), (what, run)))

        assert (lease.run, lease.until, lease.seq) == (None, None, 2)


def test_what_a_superseded_process_says_late_changes_no_lease() -> None:
    released = LeaseReleased(resource=ALIAS)

    lease = fold_lease(ALIAS, stream((TAKEN, "INC-1.1"), (released, "INC-1.1"), late=(2,)))

    assert lease.run == "INC-1.1"
    assert lease.seq == 2
