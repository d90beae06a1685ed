"""Who drives a run: what is told to people is what going on by itself keeps to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.rig import Rig, rig
from tests.usecases.written import runbook

from mlrespond.model.handover_kind import IncidentHandedOver
from mlrespond.model.kind import Body
from mlrespond.model.kinds import draft
from mlrespond.model.lease_kind import Process
from mlrespond.model.run_kind import RunClaimed, RunEnded, RunInterrupted, RunRenewed
from mlrespond.usecases.app import Pace
from mlrespond.usecases.driver import UnderWay, under_way
from mlrespond.usecases.resume import due

WAITS = runbook("waits", "- id: go\n  wait: {for: 60s}\n")
RUN = "INC-0001.1"


def claimed(until_s: float = 600.0) -> Rig:
    """Return a rig on which process 7 claimed a run that waits, and says no more."""
    here = rig(runbooks={"waits": WAITS}, pace=Pace(park_after_s=30.0))
    here.respond(runbook="waits")
    process = Process(host="here", boot="b", pid=7, started="s")
    say(here, RunClaimed(process=process, until=here.clock.now() + timedelta(seconds=until_s)))
    return here


def say(here: Rig, what: Body) -> None:
    said = draft("incident:INC-0001", what, here.clock.now(), incident="INC-0001", run=RUN, epoch=2)
    here.app.store.append([said])


def seen(here: Rig) -> UnderWay:
    return under_way(here.app.store, here.processes, here.clock.now())["INC-0001"]


def test_who_drives_it_is_not_silent() -> None:
    found = seen(claimed())

    assert (found.run, found.said, found.silent) == (RUN, "driven by process 7 on here", "")


@pytest.mark.parametrize("how", ["late", "dead"])
def test_one_whose_lease_or_life_is_over_is_silent_and_may_be_followed(how: str) -> None:
    here = claimed()
    last = here.clock.now()
    here.clock.advance(70)
    assert not due(here.app, "INC-0001", RUN)
    if how == "dead":
        here.processes.dead.add(7)
    else:
        here.clock.advance(601)

    found = seen(here)

    assert due(here.app, "INC-0001", RUN)
    assert found.last_at == last
    assert (
        found.silent
        == {
            "dead": "the process is gone",
            "late": f"its lease ended at {(last + timedelta(seconds=600)).isoformat()[:19]}Z",
        }[how]
    )


def test_one_that_renewed_its_lease_is_not_silent() -> None:
    here = claimed()
    say(here, RunRenewed(until=here.clock.now() + timedelta(hours=1)))
    here.clock.advance(601)

    assert seen(here).silent == ""


def test_one_that_let_go_is_not_silent() -> None:
    here = claimed()
    say(here, RunInterrupted(signal="SIGTERM"))
    here.processes.dead.add(7)

    assert seen(here).silent == ""


def test_one_of_an_incident_that_went_elsewhere_is_not_told_to_go_on() -> None:
    here = claimed()
    say(here, IncidentHandedOver(to="ben"))
    here.processes.dead.add(7)

    assert seen(here).silent == ""


def test_one_that_ended_is_not_under_way() -> None:
    here = claimed()
    say(here, RunEnded(ending="stopped"))

    assert under_way(here.app.store, here.processes, here.clock.now()) == {}
