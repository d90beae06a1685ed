"""Clearing a version: a rollback that was wrong takes a fine version out only until then."""

from __future__ import annotations

import pytest
from tests.rig import SERVICE, Rig, rig
from tests.usecases.written import BAD_HISTORY, bad_world, runbook

from mlrespond.engine.blast import bad_versions
from mlrespond.errors import UsageError
from mlrespond.usecases.clear import clear
from mlrespond.usecases.context import read_ledger

BACK = runbook("back", "- id: back\n  rollback: {to: last_healthy}\n")
FORTH = runbook("forth", "- id: forth\n  activate: {version: '3'}\n")


@pytest.fixture
def quarantined() -> Rig:
    """Return a rig whose version 3 was rolled back from, which mitigated the incident."""
    here = rig(world=bad_world(), history=BAD_HISTORY, runbooks={"back": BACK, "forth": FORTH})
    here.respond(runbook="back", approve=("all",))
    assert read_ledger(here.app, SERVICE)[0].bad == {"3"}
    here.world.look().log.clear()
    return here


def test_it_is_no_longer_bad_and_may_be_served_again(quarantined: Rig) -> None:
    quarantined.respond(runbook="forth", approve=("all",), new_incident=True)
    assert quarantined.effects() == []

    found = clear(quarantined.app, SERVICE, "3", "the inputs were broken")

    assert found.was == {
        "suspect": "rolled back in INC-0001",
        "quarantined": "leaving it mitigated INC-0001",
    }
    assert found.event.summary == "version 3 is cleared: the inputs were broken"
    assert (found.event.source, found.event.actor.handle) == ("person", "ana")
    assert read_ledger(quarantined.app, SERVICE)[0].bad == frozenset()
    quarantined.respond(runbook="forth", approve=("all",), new_incident=True)
    assert quarantined.world.look().served == {"eu-1": "3", "us-1": "3"}


def test_others_see_it_at_the_registry(quarantined: Rig) -> None:
    found = clear(quarantined.app, SERVICE, "3", "the inputs were broken")

    assert found.untagged == ""
    assert quarantined.effects() == ["tag 3 mlir.suspect cleared by ana"]


def test_a_registry_that_is_down_is_told_and_hinders_nothing(quarantined: Rig) -> None:
    quarantined.world.look().broken["registry"] = "it is down"

    found = clear(quarantined.app, SERVICE, "3", "the inputs were broken")

    assert "it is down" in found.untagged
    assert read_ledger(quarantined.app, SERVICE)[0].bad == frozenset()


def test_what_it_decided_meanwhile_is_not_counted_as_that_of_a_bad_version(
    quarantined: Rig,
) -> None:
    stream = f"service:{SERVICE}"
    assert bad_versions(quarantined.app.store.read(stream), "INC-0001") == {"3"}

    clear(quarantined.app, SERVICE, "3", "the inputs were broken")

    assert bad_versions(quarantined.app.store.read(stream), "INC-0001") == frozenset()


@pytest.mark.parametrize(
    ("service", "version", "reason", "said", "hint"),
    [
        (SERVICE, "2", "x", "version 2 of fraud-scorer is neither suspect", "these are: 3"),
        (SERVICE, "3", " ", "say how you know that it is good", "--reason"),
        ("churn", "3", "x", "there is no service `churn`", "known: fraud-scorer"),
    ],
)
def test_what_cannot_be_cleared_is_said(  # what is asked, and what is said
    service: str, version: str, reason: str, said: str, hint: str, quarantined: Rig
) -> None:
    with pytest.raises(UsageError, match=said) as refused:
        clear(quarantined.app, service, version, reason)

    assert hint in refused.value.hint


def test_nothing_is_cleared_twice(quarantined: Rig) -> None:
    clear(quarantined.app, SERVICE, "3", "the inputs were broken")

    with pytest.raises(UsageError, match="neither suspect nor quarantined") as refused:
        clear(quarantined.app, SERVICE, "3", "again")

    assert refused.value.hint == "no version of fraud-scorer is"
