"""What a step's result asks for: every value of every `on_…` key."""

from __future__ import annotations

import pytest
from tests.engine.story import TIMED_OUT, Story, action, failed, judged, step, story

from mlrespond.engine.agenda import Halt, next_step
from mlrespond.model.json import Record
from mlrespond.model.plan import Plan

LEAVE: Record = {"policies": [{"allow": "move"}]}
DEFINITE = failed("rejected", definite=True)
SHORT: Record = {"verify": {"within": "1s", "consecutive": 1}}


def broken(on_failure: str) -> Story:
    """Return the story of a change whose second action fails."""
    told = story(
        step("first", "move"),
        step("back", "move", on_failure=on_failure),
        step("after", "look"),
        definition=LEAVE,
    )
    told.plans["back"] = [Plan(actions=(action("a"), action("b")))]
    told.acts["back"] = ["sent", DEFINITE]
    return told


@pytest.mark.parametrize(
    ("on_failure", "answers", "ending", "added", "after"),
    [
        ("stop", (), "failed", [], "not_reached"),
        ("continue", (), "done", [], "ok"),
        ("undo", ("approve",), "failed", ["undo:back"], "not_reached"),
        ("undo_run", ("approve", "approve"), "failed", ["undo:back", "undo:first"], "not_reached"),
        ("escalate", (), "escalated", ["page:back"], "not_reached"),
    ],
)
def test_a_step_that_could_not_do_its_work_is_followed_by_what_it_says(
    on_failure: str, answers: tuple[str, ...], ending: str, added: list[str], after: str
) -> None:
    told = broken(on_failure)

    told.played(*answers)

    begun = [one.step for one in told.events if one.kind == "step_started"]
    assert [one for one in begun if one and ":" in one] == added
    assert (told.ending, told.outcome("after")) == (ending, after)


def test_a_step_that_did_nothing_has_nothing_to_undo() -> None:
    told = story(step("back", "move", on_failure="undo"), definition=LEAVE)
    told.acts["back"] = [DEFINITE]

    told.played()

    assert list(told.state.steps) == ["back"]


def test_what_could_not_be_proven_is_undone_too() -> None:
    told = story(
        step("first", "move", on_unknown="continue", pace=SHORT),
        step("back", "move", on_failure="undo_run"),
        definition=LEAVE,
    )
    told.reads["first"] = ["pending"]
    told.acts["back"] = [DEFINITE]

    told.played("approve")

    assert "undo:first" in told.state.steps
    assert "undo:back" not in told.state.steps


def test_what_an_earlier_round_did_is_undone_too() -> None:
    told = story(step("back", "move", on_failure="undo", pace=SHORT), definition=LEAVE)
    told.reads["back"] = ["pending", "pending", "reached"]
    told.acts["back"] = ["sent", DEFINITE]

    told.played("retry", "approve")

    assert told.settled("back") == ["failed"]
    assert [one.target for one in told.step("back").carried_out] == ["alias"]
    assert told.outcome("undo:back") == "ok"


def test_an_undo_asks_like_any_change_and_no_policy_covers_it() -> None:
    told = broken("undo")

    told.play()

    assert told.question.step == "undo:back"
    assert told.question.asked.sort == "approval"


def test_an_undo_that_fails_pages_somebody() -> None:
    told = broken("undo")
    told.acts["undo:back"] = [DEFINITE]

    told.played("approve")

    assert told.outcome("page:undo:back") == "ok"
    assert told.ending == "failed"


def test_an_undo_that_is_denied_leaves_things_as_they_are() -> None:
    told = broken("undo").played("deny")

    assert told.outcome("undo:back") == "denied"
    assert [one.step for one in told.acted] == ["first", "back", "back"]


def test_the_undos_of_a_run_go_on_when_one_of_them_fails() -> None:
    told = broken("undo_run")
    told.acts["undo:back"] = [DEFINITE]

    told.played("approve", "approve")

    assert told.outcome("undo:first") == "ok"


def test_a_read_that_could_not_do_its_work_is_a_failure_and_no_verdict() -> None:
    told = story(step("check", "look", on_inconclusive="continue"), step("after", "look"))
    told.looks["check"] = [failed()]

    told.played()

    assert told.result("check").verdict == "inconclusive"
    assert (told.ending, told.outcome("after")) == ("failed", "not_reached")


@pytest.mark.parametrize(
    ("on_inconclusive", "ending"),
    [("continue", "done"), ("stop", "not_mitigated"), ("escalate", "escalated")],
)
def test_a_read_that_timed_out_is_inconclusive(on_inconclusive: str, ending: str) -> None:
    told = story(step("check", "look", on_inconclusive=on_inconclusive, on_failure="stop"))
    told.looks["check"] = [TIMED_OUT]

    told.played()

    assert told.ending == ending


@pytest.mark.parametrize(
    ("on_failure", "ending"), [("continue", "done"), ("escalate", "escalated")]
)
def test_a_plan_that_timed_out_is_a_failure(on_failure: str, ending: str) -> None:
    told = story(step("back", "move", on_failure=on_failure), definition=LEAVE)
    told.plans["back"] = [TIMED_OUT]

    told.played()

    assert told.ending == ending


@pytest.mark.parametrize(
    ("on_unknown", "ending", "after"),
    [
        ("continue", "done", "ok"),
        ("retry", "unknown", "not_reached"),
        ("escalate", "escalated", "not_reached"),
    ],
)
def test_what_is_not_proven_is_followed_by_what_the_step_says(
    on_unknown: str, ending: str, after: str
) -> None:
    told = story(
        step("back", "move", on_unknown=on_unknown, pace=SHORT),
        step("after", "look"),
        definition=LEAVE,
    )
    told.reads["back"] = ["pending"]

    told.played()

    assert (told.ending, told.outcome("after")) == (ending, after)
    assert told.state.ended is not None
    assert told.state.ended.flags == ("unknown",)


@pytest.mark.parametrize(
    ("choice", "ending"),
    [("continue", "done"), ("escalate", "escalated"), ("stop", "unknown")],
)
def test_a_person_decides_about_what_is_not_proven(choice: str, ending: str) -> None:
    told = story(step("back", "move", pace=SHORT), definition=LEAVE)
    told.reads["back"] = ["pending"]

    told.played(choice)

    assert told.ending == ending


@pytest.mark.parametrize(
    ("on_denied", "choice", "ending", "after"),
    [
        ("stop", "deny", "denied", "not_reached"),
        ("continue", "deny", "done", "ok"),
        ("escalate", "deny", "escalated", "not_reached"),
        ("stop", "skip", "done", "ok"),
        ("stop", "escalate", "escalated", "not_reached"),
    ],
)
def test_a_denial_is_followed_by_what_the_step_or_the_person_says(
    on_denied: str, choice: str, ending: str, after: str
) -> None:
    told = story(step("back", "move", on_denied=on_denied), step("after", "look"))

    told.played(choice)

    assert told.outcome("back") == "denied"
    assert (told.ending, told.outcome("after")) == (ending, after)
    assert told.acted == [one for one in told.acted if one.step.startswith("page:")]


@pytest.mark.parametrize(
    ("otherwise", "on_denied", "ending"),
    [
        ("deny", "stop", "denied"),
        ("deny", "continue", "done"),
        ("deny", "escalate", "escalated"),
        ("escalate", "stop", "escalated"),
        ("escalate", "continue", "escalated"),
    ],
)
def test_an_approval_that_nobody_gives_expires(otherwise: str, on_denied: str, ending: str) -> None:
    told = story(
        step("back", "move", on_denied=on_denied, approve={"within": "5m", "otherwise": otherwise})
    )
    told.play()

    told.later(300).played()

    assert (told.outcome("back"), told.ending) == ("expired", ending)


@pytest.mark.parametrize(
    ("on_inconclusive", "ending", "after"),
    [
        ("stop", "not_mitigated", "not_reached"),
        ("continue", "done", "ok"),
        ("escalate", "escalated", "not_reached"),
    ],
)
def test_a_read_that_could_not_tell_is_followed_by_what_it_says(
    on_inconclusive: str, ending: str, after: str
) -> None:
    told = story(step("check", "look", on_inconclusive=on_inconclusive), step("after", "look"))
    told.looks["check"] = [judged("inconclusive")]

    told.played()

    assert (told.ending, told.outcome("after")) == (ending, after)
    assert ("page:check" in told.state.steps) == (on_inconclusive == "escalate")


def test_a_page_that_reaches_nobody_keeps_the_run_from_nothing() -> None:
    told = story(step("check", "look", on_failure="escalate"), finals=[step("tidy", "look")])
    told.looks["check"] = [failed()]
    told.acts["page:check"] = [DEFINITE]

    told.played()

    assert (told.outcome("page:check"), told.outcome("tidy")) == ("failed", "ok")
    assert told.ending == "escalated"


def test_the_first_step_that_is_not_over_is_next() -> None:
    told = story(step("one", "look"), step("two", "look"))
    assert next_step(told.state) == told.requested.runbook.steps[0]

    told.play_until(lambda: told.outcome("one") == "ok")
    assert next_step(told.state) == told.requested.runbook.steps[1]

    told.played()
    assert next_step(told.state) is None


def test_an_explicit_end_halts_for_good() -> None:
    told = story(step("fine", "end", body={"as": "not_ours", "say": "theirs"})).played()

    assert next_step(told.state) == Halt("not_ours", "theirs", explicit=True)
