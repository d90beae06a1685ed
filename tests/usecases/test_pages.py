"""What becomes of a page: whoever takes it here is told to the pager, and that it is over."""

from __future__ import annotations

import pytest
from tests.marks import INCIDENT
from tests.rig import ANA, Rig, rig
from tests.usecases.written import NEVER, runbook

from mlrespond.usecases.acts import acknowledge
from mlrespond.usecases.resolve import resolve

CALL = runbook("call", "- id: call\n  escalate: {wait: none}\n", criterion=NEVER)
NOBODY = runbook("nobody", "- id: go\n  wait: {for: 1s}\n", criterion=NEVER)
KEY = f"{INCIDENT}:payments-ml"


@pytest.fixture
def paged() -> Rig:
    here = rig(runbooks={"call": CALL})
    here.respond(runbook="call")
    return here


def told(here: Rig) -> list[str]:
    return [one.summary for one in here.events() if one.kind == "pager_told"]


def test_whoever_takes_it_here_is_told_to_the_pager(paged: Rig) -> None:
    acknowledge(paged.app, "INC-0001")

    assert paged.world.look().acks == {KEY: ANA.handle}
    assert told(paged) == ["told the pager of payments-ml: acknowledged"]
    assert "told the pager of payments-ml: acknowledged" in paged.progress.lines


def test_that_it_is_over_is_told_to_the_pager(paged: Rig) -> None:
    resolve(paged.app, "INC-0001")

    assert KEY not in paged.world.look().pages
    assert told(paged) == ["told the pager of payments-ml: resolved"]


def test_a_pager_that_does_not_answer_is_named_and_stops_nobody(paged: Rig) -> None:
    paged.world.look().broken = {"pager": "it is down"}

    said = acknowledge(paged.app, "INC-0001")

    assert said.kind == "incident_acknowledged"
    (line,) = told(paged)
    assert line.startswith("could not tell the pager of payments-ml: ")
    assert "it is down" in line


def test_without_a_page_no_pager_is_told() -> None:
    here = rig(runbooks={"nobody": NOBODY})
    here.respond(runbook="nobody")

    acknowledge(here.app, "INC-0001")
    resolve(here.app, "INC-0001")

    assert told(here) == []
    assert here.effects() == []
