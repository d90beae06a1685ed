"""A step of a run that changes a service on which the incident's own depends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.rig import SERVICE, Rig, definition, rig
from tests.usecases.written import runbook

from mlrespond.model.json import Json
from mlrespond.model.service import Project
from mlrespond.usecases.answer import open_questions
from mlrespond.usecases.context import read_ledger
from mlrespond.usecases.runner import Parked

STORE = "feature-store"
HOLDS = "- id: go\n  service: feature-store\n  hold: {what: [deploy]}\n"


def ready(policies: list[Json] | None = None, other: list[Json] | None = None) -> Rig:
    """Return a rig with a second service, of another team, that the first one depends on."""
    here = rig(runbooks={"holds": runbook("holds", HOLDS, criterion='steps.go.outcome == "ok"')})
    services = {
        SERVICE: definition(depends_on=[STORE], policies=policies or []),
        STORE: definition(owner="stores", policies=other or []),
    }
    teams = {"payments-ml": {"members": ["ana"]}, "stores": {"members": ["ben"]}}
    people: Json = {"ana": {"login": ["os:ana"]}, "ben": {"login": ["os:ben"]}, "cto": {}}
    both = Project.model_validate({"services": services, "teams": teams, "people": people})
    return replace(here, app=replace(here.app, project=both))


LEAVE: Json = {"allow": "hold", "by": "anybody", "because": "agreed"}


def test_its_own_owner_is_asked() -> None:
    here = ready()

    driven = here.respond(runbook="holds").driven

    assert isinstance(driven, Parked)
    _, (question,) = open_questions(here.app, "INC-0001")
    assert question.asked.by == ("stores",)
    assert question.asked.about == STORE


@pytest.mark.parametrize(("mine", "its"), [([LEAVE], []), ([], [LEAVE])])
def test_leave_is_given_by_its_own_policy_alone(mine: list[Json], its: list[Json]) -> None:
    here = ready(mine, its)

    driven = here.respond(runbook="holds").driven

    assert isinstance(driven, Parked) == bool(mine)
    assert ("step_finished" in here.kinds()) == bool(its)


def test_what_was_changed_stands_in_its_own_ledger() -> None:
    here = ready(other=[LEAVE])

    here.respond(runbook="holds")

    standing = {name: read_ledger(here.app, name)[0].standing for name in (SERVICE, STORE)}
    assert list(standing[STORE]) == ["hold:deploy"]
    assert not standing[SERVICE]
