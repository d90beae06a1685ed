"""What expressions see: every namespace, nulls for what has not run, and three truth values."""

from __future__ import annotations

import pytest
from tests.engine.story import Story, judged, step, story

from mlrespond.engine.names import condition, holds, inputs_of, latest, names
from mlrespond.model.evaluate import INCONCLUSIVE, evaluate
from mlrespond.model.expression import parse
from mlrespond.model.json import Json, Record

CONTEXT: Record = {
    "incident": {"id": "INC-1", "severity": "SEV4"},
    "alert": {"name": "Down", "labels": {"tier": "payments"}},
    "changes": {"version": {"before": "1", "to": "2"}, "wanted": None, "route": None},
}


def told_of(**yields: Json) -> Story:
    """Return the story of a run that has checked, and has a change still to come."""
    told = story(
        step("check", "look"),
        step("back", "move"),
        context=CONTEXT,
        inputs={"share": 5},
        severity="SEV2",
        definition={"description": "scores payments"},
    )
    told.looks["check"] = [judged("pass", yields)]
    told.play()
    return told


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inputs.share", 5),
        ("service.name", "fraud"),
        ("service.owner", "payments-ml"),
        ("service.description", "scores payments"),
        ("incident.id", "INC-1"),
        ("incident.severity", "SEV2"),
        ("alert.labels.tier", "payments"),
        ("alert.labels.absent", None),
        ("changes.version.to", "2"),
        ("changes.route", None),
        ("run.id", "INC-1.1"),
        ("run.runbook", "a-runbook"),
        ("run.requested_by", "ana"),
        ("run.started_at", "2026-11-22T03:00:00.000000Z"),
        ("run.ending", None),
        ("steps.check.outcome", "ok"),
        ("steps.check.verdict", "pass"),
        ("steps.check.reason", None),
        ("steps.check.finished_at", "2026-11-22T03:00:00.000000Z"),
        ("steps.back.outcome", "not_reached"),
        ("steps.back.verified_at", None),
        ("likely.bad_release", None),
    ],
)
def test_a_name_has_its_value(text: str, value: Json) -> None:
    assert evaluate(parse(text), names(told_of().state)) == value


def test_what_a_step_yields_never_hides_how_it_ended() -> None:
    told = told_of(outcome="failed", verdict="fail", n=3)

    seen = names(told.state)["steps"]

    assert isinstance(seen, dict)
    assert (seen["check"]["outcome"], seen["check"]["verdict"]) == ("ok", "pass")
    assert seen["check"]["n"] == 3


def test_changes_and_suspects_are_those_of_the_newest_diagnosis() -> None:
    told = story(step("one", "look"), step("two", "look"), step("three", "look"), context=CONTEXT)
    told.looks["one"] = [judged("fail", {"likely": {"bad_release": True}, "changes_by_name": {}})]
    told.looks["two"] = [judged("fail", {"likely": {"bad_release": False}})]

    told.played()

    assert latest(told.state, "likely") == {"bad_release": False}
    assert not holds(told.state, "likely.bad_release")


def test_a_condition_has_three_values() -> None:
    state = told_of(n=3).state

    assert condition(state, "steps.check.n > 2") is True
    assert condition(state, "steps.check.n > 3") is False
    assert condition(state, "steps.back.n > 3") is INCONCLUSIVE


def test_a_condition_that_cannot_be_worked_out_is_inconclusive() -> None:
    state = told_of(n="many").state

    assert condition(state, "(steps.check.n | float) > 3") is INCONCLUSIVE
    assert condition(state, "steps.check.(") is INCONCLUSIVE


def test_only_what_is_certain_holds() -> None:
    state = told_of(n=3).state

    assert holds(state, "steps.check.n == 3")
    assert not holds(state, "steps.back.n > 3")
    assert not holds(state, "not steps.back.n > 3")


def test_a_scope_that_was_never_entered_has_no_inputs() -> None:
    assert inputs_of(told_of().state, "sub/") == {}
