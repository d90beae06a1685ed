"""The router has a lane in the serving history where it sent requests elsewhere, and only there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.engine.story import recorded

from mlrespond.model.event import Event
from mlrespond.model.kind import Body
from mlrespond.model.run_kind import ActionSettled
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.usecases.postmortem.serving import ROUTER, serving

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SPAN = (NOON, NOON + timedelta(minutes=10))


def looked(minute: int, route: str | None) -> Event:
    look = ServiceLooked(wanted="2", served={"eu-1": "2"}, route=route)
    return _at(look, minute)


def _at(what: Body, minute: int, **more: object) -> Event:
    return recorded(what, minute + 1, NOON + timedelta(minutes=minute), **more)


def test_a_switch_and_its_end_are_stretches_of_the_router() -> None:
    ledger = [looked(1, "primary"), looked(4, "rules"), looked(8, "primary")]

    found = serving(ledger, [], SPAN, ())

    assert found.lanes == ("registry", ROUTER, "eu-1")
    assert [(one.version, one.since.minute) for one in found.of(ROUTER)] == [
        ("primary", 1),
        ("rules", 4),
        ("primary", 8),
    ]
    assert found.disagreements == ()
    assert found.versions == ("2",)


def test_a_router_that_never_sent_them_elsewhere_has_no_lane() -> None:
    found = serving([looked(1, "primary"), looked(8, "primary"), looked(9, None)], [], SPAN, ())

    assert found.lanes == ("registry", "eu-1")


def test_the_proof_of_a_switch_is_the_finest_record_of_it() -> None:
    plan = {"plan": {"actions": [{"kind": "route"}]}}
    settled = ActionSettled(
        action=0, summary="s", outcome="ok", seen={"to": "rules", "share": 100, "drained": []}
    )
    planned = _at(settled, 2, run="R", step="away")
    made = replace(planned, kind="plan_made", data=plan, seq=2)

    found = serving([looked(1, "primary"), looked(6, "rules")], [made, planned], SPAN, ())

    (before, after) = found.of(ROUTER)
    assert (before.until, after.since) == (planned.occurred_at, planned.occurred_at)
    assert (after.source, after.ref) == ("proven by away", f"e{planned.seq}")
