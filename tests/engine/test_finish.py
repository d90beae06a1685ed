"""Attempts are made again with growing pauses; a step that ends yields what it learned."""

from __future__ import annotations

import pytest
from tests.engine.story import START, TIMED_OUT, action, failed, judged, step, story

from mlrespond.model.instant import iso
from mlrespond.model.json import Record
from mlrespond.model.plan import Plan
from mlrespond.model.run_kind import AttemptFailed

LEAVE: Record = {"policies": [{"allow": "move"}]}


def test_a_read_is_tried_as_often_as_its_verb_says() -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [failed(), failed(), judged("pass")]

    told.played()

    assert told.outcome("check") == "ok"
    assert len([one for one in told.events if one.kind == "attempt_failed"]) == 2


def test_after_the_last_attempt_the_step_has_failed_and_says_of_what() -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [failed("bad-reply")]

    told.played()

    assert (told.outcome("check"), told.result("check").reason) == ("failed", "bad_reply")
    assert told.result("check").said == "bad-reply!"


def test_attempts_and_pauses_are_as_the_runbook_says() -> None:
    retry: Record = {"attempts": 5, "every": "1s", "max": "3s"}
    told = story(step("check", "look", pace={"retry": retry}))
    told.looks["check"] = [failed()]

    told.played()

    ends = [one.until for one in told.slept]
    pauses = [(b - a).total_seconds() for a, b in zip([START, *ends], ends, strict=False)]
    assert pauses == [1, 2, 3, 3]


def test_a_look_that_succeeded_gives_all_attempts_back() -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [
        failed(),
        failed(),
        judged(None, done=False),
        failed(),
        failed(),
        judged("pass"),
    ]

    told.played()

    assert told.outcome("check") == "ok"


def test_a_plan_that_was_made_gives_all_attempts_back() -> None:
    told = story(step("back", "move", pace={"retry": {"attempts": 2}}), definition=LEAVE)
    told.plans["back"] = [failed(), Plan(actions=(action(),))]
    told.rereads["back"] = [failed(), ()]

    told.played()

    assert told.outcome("back") == "ok"


@pytest.mark.parametrize(
    ("failure", "reason"), [(failed(), "unreachable"), (TIMED_OUT, "timed_out")]
)
def test_a_plan_that_cannot_be_made_fails_the_change_without_a_verdict(
    failure: AttemptFailed, reason: str
) -> None:
    told = story(step("back", "move"), definition=LEAVE)
    told.plans["back"] = [failure]

    told.played()

    assert (told.result("back").reason, told.result("back").verdict) == (reason, None)


def test_what_the_plan_the_proof_and_the_last_look_yield_is_merged() -> None:
    told = story(step("fresh", "train"), definition={"policies": [{"allow": "train"}]})
    planned: Record = {"before": "2", "replicas": {"eu-1": {"version": "2"}}}
    told.plans["fresh"] = [Plan(actions=(action(),), yields=planned)]
    told.looks["fresh"] = [judged("pass", {"replicas": {"eu-1": {"at": "now"}}, "before": "1"})]

    told.played()

    yields = told.result("fresh").yields
    assert yields["replicas"] == {"eu-1": {"version": "2", "at": "now"}}
    assert yields["before"] == "1"


def test_a_change_that_is_proven_in_part_says_no_time_of_proof() -> None:
    told = story(step("back", "move"), definition=LEAVE)
    told.plans["back"] = [Plan(actions=(action("a"), action("b")))]
    told.acts["back"] = ["sent", failed("rejected", definite=True)]

    told.played()

    yields = told.result("back").yields
    assert yields["sent_at"] == iso(START)
    assert "verified_at" not in yields


def test_a_change_says_what_it_did() -> None:
    told = story(step("back", "move"), definition=LEAVE)
    told.plans["back"] = [Plan(actions=(action("a"), action("b")))]

    told.played()

    assert told.result("back").said == "move a; move b"


def test_a_change_that_had_nothing_to_do_says_so() -> None:
    told = story(step("back", "move"))
    told.plans["back"] = [Plan(actions=())]

    told.played()

    assert told.result("back").said == "nothing to do: it is so already"
