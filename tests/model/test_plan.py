"""A plan's digest is of all that it says; its leases have one order; undo is last first."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model.drawn import instances

from mlrespond.model.codec import decode, encode
from mlrespond.model.json import dump
from mlrespond.model.plan import Action, Plan, Rejected, Verification, reversed_plan

ALIAS = Action(kind="alias", target="registry", summary="want 1", before="2", after="1", lease="b")
REPLICA = Action(kind="serve", target="eu-1", summary="serve 1", before="2", after="1", lease="a")
PLAN = Plan(actions=(ALIAS, REPLICA))


@pytest.mark.parametrize(
    "other",
    [
        Plan(actions=(REPLICA, ALIAS)),
        Plan(actions=(ALIAS,)),
        Plan(actions=(ALIAS, REPLICA), mode="first"),
        Plan(actions=(ALIAS, REPLICA), notes=("by the way",)),
        Plan(actions=(ALIAS, REPLICA), rejected=(Rejected(candidate="3", reason="bad"),)),
        Plan(actions=(ALIAS, REPLICA), yields={"after": "1"}),
        Plan(actions=(ALIAS, REPLICA), asks=True),
        Plan(actions=(dataclasses.replace(ALIAS, after="0"), REPLICA)),
        Plan(actions=(dataclasses.replace(ALIAS, verify=Verification()), REPLICA)),
        Plan(actions=(dataclasses.replace(ALIAS, settle="none"), REPLICA)),
    ],
)
def test_plans_that_say_something_else_have_another_digest(other: Plan) -> None:
    assert other.digest != PLAN.digest


@settings(deadline=None, max_examples=40)
@given(instances(Plan))
def test_a_plan_that_was_stored_has_the_digest_it_was_approved_with(plan: Plan) -> None:
    stored = json.loads(dump(encode(plan)))

    assert decode(Plan, stored).digest == plan.digest


def test_leases_are_taken_in_one_order_and_once() -> None:
    assert PLAN.leases == ("a", "b")
    assert Plan(actions=(ALIAS, ALIAS)).leases == ("b",)
    assert Plan(actions=(dataclasses.replace(ALIAS, lease=None),)).leases == ()


def test_taking_back_goes_from_after_to_before_last_first() -> None:
    undo = reversed_plan((ALIAS, REPLICA), "takes back")

    assert [one.target for one in undo.actions] == ["eu-1", "registry"]
    assert [(one.before, one.after, one.undo) for one in undo.actions] == [("1", "2", True)] * 2
    assert undo.actions[0].summary == "undo: serve 1"


def test_what_cannot_be_undone_is_left_out() -> None:
    page = dataclasses.replace(ALIAS, undoable=False)

    assert reversed_plan((page, REPLICA), "").actions == reversed_plan((REPLICA,), "").actions


@given(st.booleans())
def test_taking_back_twice_is_where_it_was(undo: bool) -> None:  # noqa: FBT001  # drawn by name
    action = dataclasses.replace(ALIAS, undo=undo)

    (again,) = reversed_plan(reversed_plan((action,), "").actions, "").actions

    assert (again.before, again.after, again.undo) == (action.before, action.after, undo)


def test_restoring_a_version_that_was_judged_bad_always_asks() -> None:
    assert reversed_plan((ALIAS,), "", bad={"2"}).asks
    assert not reversed_plan((ALIAS,), "", bad={"1"}).asks
