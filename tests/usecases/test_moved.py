"""Who moved the world since a plan was made, as far as the timeline knows."""

from __future__ import annotations

import pytest
from tests.rig import SERVICE, Rig, rig, seen
from tests.usecases.written import BAD_HISTORY, NEVER, bad_world, runbook

from mlrespond.errors import StalePlanError
from mlrespond.testing.clock import CountingIds
from mlrespond.testing.memory_timeline import MemoryTimeline
from mlrespond.usecases.answer import Given, answer
from mlrespond.usecases.moved import moved_steps
from mlrespond.usecases.plan import rehearse, save
from mlrespond.usecases.planned import respond_to_plan
from mlrespond.usecases.respond import Call

BACK = runbook("back", "- id: back\n  rollback: {to: last_healthy}\n", criterion=NEVER)
FORWARD = runbook("one", "- id: other\n  activate: {version: '1'}\n", criterion=NEVER)
HOLD = runbook("hold", "- id: keep\n  hold: {what: [deploy]}\n", criterion=NEVER)


def waiting() -> Rig:
    """Return a rig on which a rollback waits for its approval."""
    books = {"back": BACK, "one": FORWARD, "hold": HOLD}
    here = rig(world=bad_world(), history=BAD_HISTORY, runbooks=books)
    here.respond(runbook="back")
    here.clock.advance(60)
    return here


def by(here: Rig) -> str:
    """Approve the rollback, and return by whom the world was moved meanwhile."""
    here.clock.advance(60)
    answer(here.app, "INC-0001", Given(choice="approve"))
    driven = here.resume()
    assert here.finished("back").data["reason"] == "stale_plan"
    (who,) = moved_steps(here.app, driven.state).values()
    return who


def test_another_run_s_action_on_the_same_thing_is_named() -> None:
    here = waiting()

    here.respond(runbook="one", new_incident=True, approve=("all",))

    assert by(here) == (
        "by run INC-0002.1 of INC-0002: sent: make the registry want 1 (it wants 3),"
        " at 2026-11-22T03:01:00Z"
    )


def test_what_a_run_did_to_something_else_moved_nothing() -> None:
    here = waiting()
    here.respond(runbook="hold", new_incident=True, approve=("all",))

    here.world.look().wanted = "1"

    assert by(here) == "not by mlir, as far as this timeline knows"


def test_a_move_from_outside_is_not_by_mlir_and_is_told_when_it_was_seen() -> None:
    here = waiting()
    here.world.look().wanted = "1"
    seen(here.app, here.clock, 0, "1")

    assert by(here) == (
        "not by mlir, as far as this timeline knows;"
        " wanted 3 → 1 was first seen at 2026-11-22T03:01:00Z"
    )


def test_a_plan_that_went_well_was_moved_by_nobody() -> None:
    here = waiting()
    answer(here.app, "INC-0001", Given(choice="approve"))

    assert moved_steps(here.app, here.resume().state) == {}


def test_a_saved_plan_that_is_stale_says_by_whom() -> None:
    here = rig(world=bad_world(), history=BAD_HISTORY, runbooks={"back": BACK, "one": FORWARD})
    scratch = MemoryTimeline(here.clock.now, CountingIds())
    _, content = save(here.app, rehearse(here.app, scratch, SERVICE, (), "back", {}))
    here.clock.advance(60)
    here.respond(runbook="one", approve=("all",))

    with pytest.raises(StalePlanError, match=r"wanted was 3, is 1.*; by run INC-0001\.1"):
        respond_to_plan(here.app, content, Call())
