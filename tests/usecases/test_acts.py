"""One word of a person, and what it does to a run that waits."""

from __future__ import annotations

from tests.rig import rig
from tests.usecases.written import NEVER, runbook

from mlrespond.usecases.acts import acknowledge
from mlrespond.usecases.app import Pace
from mlrespond.usecases.runner import Ended, Parked

PAGES = runbook("pages", "- id: call\n  escalate: {say: help}\n", criterion=NEVER)


def test_an_acknowledgement_ends_a_page_at_once_and_not_at_the_next_look() -> None:
    here = rig(runbooks={"pages": PAGES}, pace=Pace(park_after_s=0.0))
    assert isinstance(here.respond(runbook="pages").driven, Parked)

    acknowledge(here.app, "INC-0001")
    driven = here.resume()

    assert isinstance(driven, Ended)
    assert here.outcome("call") == "ok"
    assert here.finished("call").data["yields"]["acked_by"] == "ana"  # type: ignore[index, call-overload]  # JSON
