"""A rollback that is tried again goes on to where it went, and not one version further back."""

from __future__ import annotations

from tests.rig import Rig, rig

from mlrespond.testing.world import World, WorldHolder

BACK = """
runbook: back
title: Roll back
mitigated_when: steps.back.outcome == "ok"
mitigated_for: 0s
steps:
  - {id: back, rollback: {}, verify: {within: 10s, every: 1s}, on_unknown: retry}
"""
SERVED = ((-90000.0, "1"), (-80000.0, "2"), (-600.0, "3"))


def half_rolled_back() -> Rig:
    """Return a service whose one replica says yes to everything and goes on with version 3."""
    world = World(wanted="3", versions=["1", "2", "3"], served={"eu-1": "3", "us-1": "3"})
    world.stuck = ["us-1"]
    return rig(runbooks={"back": BACK}, world=WorldHolder(world), history=SERVED)


def test_a_rollback_that_is_tried_again_goes_to_the_same_version() -> None:
    here = half_rolled_back()

    here.respond(runbook="back", approve=("all",))

    world = here.world.look()
    assert (world.wanted, world.served) == ("2", {"eu-1": "2", "us-1": "3"})
    assert here.outcome("back") == "unknown"


def test_only_the_version_that_was_left_is_suspect() -> None:
    here = half_rolled_back()

    here.respond(runbook="back", approve=("all",))

    suspected = [
        event.data["version"]
        for event in here.app.store.read("service:fraud-scorer")
        if event.kind == "version_suspected"
    ]
    assert suspected == ["3"]


def test_a_replica_that_comes_round_is_found_by_the_second_try() -> None:
    here = half_rolled_back()
    here.world.after = lambda _: _free_after_four(here)

    here.respond(runbook="back", approve=("all",))

    assert here.world.look().served == {"eu-1": "2", "us-1": "2"}
    assert here.ending() == "mitigated"


def _free_after_four(here: Rig) -> None:
    world = here.world.look()
    if len(world.log) >= 4:
        world.stuck = []
