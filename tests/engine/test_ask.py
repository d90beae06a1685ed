"""Questions are asked once and settled once; leave is given by people, or by a policy of theirs."""

from __future__ import annotations

import pytest
from tests.engine.story import BEN, START, Story, action, judged, step, story

from mlrespond.engine.ask import settled_once, wanted_beforehand
from mlrespond.engine.intent import Act, Await, Look, Write
from mlrespond.model.incident_kind import SeveritySet
from mlrespond.model.json import Json, Record
from mlrespond.model.kinds import body
from mlrespond.model.plan import Plan
from mlrespond.model.run_kind import (
    QuestionAnswered,
    QuestionAsked,
    QuestionExpired,
    QuestionReminded,
)
from mlrespond.model.word import Severity

CHECK = step("check", "look", on_inconclusive="continue")
BAD = 'steps.check.verdict == "fail"'


def waiting(**approve: Json) -> Story:
    """Return the story of a change that waits for its approval, on evidence of now."""
    told = story(CHECK, step("back", "move", when=BAD, approve={"within": "1h", **approve}))
    told.looks["check"] = [judged("fail")]
    assert isinstance(told.play(), Await)
    return told


def test_an_approval_is_bound_to_the_plan_and_says_what_it_does() -> None:
    told = story(step("back", "move", title="roll back"))

    told.play()

    asked = told.question.asked
    assert asked.digest == Plan(actions=(action(),)).digest
    assert asked.text == "roll back: move alias?"
    assert asked.choices == ("approve", "deny", "skip", "escalate")


def test_an_approval_is_the_owners_unless_the_step_names_somebody() -> None:
    assert waiting().question.asked.by == ("payments-ml",)
    assert waiting(by=["cto"], not_self=True).question.asked.by == ("cto",)
    assert waiting(not_self=True).question.asked.not_self


def test_without_an_owner_the_one_who_asked_for_the_run_decides() -> None:
    told = story(step("back", "move"), definition={"owner": None})

    told.play()

    assert told.question.asked.by == ("ana",)


def test_a_question_is_written_once_however_often_it_is_decided() -> None:
    told = story(step("back", "move"))
    told.play()
    told.claim()
    told.play()

    asked = [one for one in told.events if one.kind == "question_asked"]
    assert len(asked) == 1


def test_answer_and_expiry_share_the_key_under_which_they_are_settled_once() -> None:
    told = waiting()
    name = told.question.asked.question

    intent = told.later(3600).intent

    assert isinstance(intent, Write)
    assert isinstance(intent.said[0].body, QuestionExpired)
    assert intent.said[0].once == settled_once(name)


def test_a_question_expires_at_its_time_and_not_before() -> None:
    told = waiting()

    assert isinstance(told.later(3599.9).intent, Await)
    assert isinstance(told.later(0.1).intent, Write)


def test_an_answer_after_the_expiry_changes_nothing() -> None:
    told = waiting()
    name = told.question.asked.question
    told.later(3600).played()
    before = told.state

    told.outside(QuestionAnswered(question=name, choice="approve", via="command"), BEN)

    assert told.state.questions == before.questions
    assert told.outcome("back") == "expired"


def test_of_two_answers_the_first_counts() -> None:
    told = waiting()
    name = told.question.asked.question
    told.answer("deny")

    told.outside(QuestionAnswered(question=name, choice="approve", via="command"), BEN)
    told.played()

    assert told.outcome("back") == "denied"
    assert told.result("back").reason == "ana chose deny"


def test_an_answer_to_nothing_changes_nothing() -> None:
    told = waiting()

    told.outside(QuestionAnswered(question="INC-1.1:other", choice="approve", via="command"))

    assert isinstance(told.intent, Await)


def test_evidence_that_is_fresh_is_not_read_again() -> None:
    told = waiting(fresh="10m")

    told.later(600).answer("approve")
    told.played()

    assert told.step("check").round == 1
    assert told.outcome("back") == "ok"


def test_evidence_that_is_older_than_fresh_is_read_again_before_acting() -> None:
    told = waiting(fresh="10m")
    told.later(601).answer("approve")
    told.intents.clear()

    told.played()

    kinds = [type(one) for one in told.intents if isinstance(one, Look | Act)]
    assert kinds == [Look, Act]
    assert told.step("check").round == 2


def test_a_change_whose_evidence_is_gone_is_not_made() -> None:
    told = waiting(fresh="10m")
    told.looks["check"] = [judged("pass")]

    told.later(601).answer("approve")
    told.played()

    assert told.acted == []
    assert told.outcome("back") == "skipped"
    assert told.ending == "done"


def test_evidence_that_can_no_longer_be_told_keeps_the_change_from_being_made() -> None:
    told = waiting(fresh="10m")
    told.looks["check"] = [judged("inconclusive")]

    told.later(601).answer("approve")
    told.played()

    assert told.acted == []


def test_evidence_that_takes_longer_to_read_than_it_stays_fresh_is_read_again_once() -> None:
    when = 'steps.one.verdict == "fail" and steps.two.verdict == "fail"'
    slow: Record = {"timeout": "1h"}
    told = story(
        step("one", "look", pace=slow),
        step("two", "look", pace=slow),
        step("back", "move", when=when, approve={"within": "1h", "fresh": "1m"}),
    )
    told.looks = {"one": [judged("fail")], "two": [judged("fail")]}
    told.look_takes_s = 300.0
    told.play()
    told.later(600).answer("approve")

    told.played()

    assert (told.step("one").round, told.step("two").round) == (2, 2)
    assert told.outcome("back") == "ok"


def test_the_time_in_which_a_run_stood_still_makes_evidence_old() -> None:
    when = 'steps.one.verdict == "fail" and steps.two.verdict == "fail"'
    told = story(
        step("one", "look"),
        step("two", "look"),
        step("back", "move", when=when, approve={"within": "1h", "fresh": "1m"}),
    )
    told.looks = {"one": [judged("fail")], "two": [judged("fail")]}
    told.play()
    told.later(100).answer("approve")
    told.play_until(lambda: told.step("two").round == 2)
    told.later(1000)

    told.played()

    assert told.step("one").round == 3


@pytest.mark.parametrize(
    ("policy", "severity", "given"),
    [
        ({"allow": "move"}, "SEV3", True),
        ({"allow": "train"}, "SEV3", False),
        ({"allow": "move", "severity": ["SEV1"]}, "SEV3", False),
        ({"allow": "move", "severity": ["SEV1", "SEV3"]}, "SEV3", True),
        ({"allow": "move", "when": "likely.bad_release"}, "SEV3", True),
        ({"allow": "move", "when": "likely.concept_drift"}, "SEV3", False),
        ({"allow": "move", "when": "steps.check.n > 3"}, "SEV3", False),
        ({"allow": "move", "when": "incident.severity == 'SEV2'"}, "SEV2", True),
    ],
)
def test_a_policy_gives_leave_only_where_all_that_it_says_is_certain(
    policy: Record, severity: Severity, *, given: bool
) -> None:
    told = story(CHECK, step("back", "move"), definition={"policies": [policy]}, severity=severity)
    told.looks["check"] = [judged("pass", {"likely": {"bad_release": True}})]

    stopped = told.play()

    assert isinstance(stopped, Await) != given


def test_leave_by_a_policy_is_recorded_as_its_authors() -> None:
    policy: Record = {"allow": "move", "by": "payments-ml", "because": "agreed 2026-11"}
    told = story(step("back", "move"), definition={"policies": [policy]}).played()

    (answer,) = (one for one in told.events if one.kind == "question_answered")
    assert answer.data["via"] == "policy"
    assert answer.data["because"] == "policy of payments-ml: agreed 2026-11"


def test_a_severity_that_rises_while_it_waits_may_bring_leave() -> None:
    policy: Record = {"allow": "move", "severity": ["SEV1"]}
    told = story(step("back", "move"), definition={"policies": [policy]})
    told.play()

    told.outside(SeveritySet(severity="SEV1", before="SEV3"))
    told.played()

    assert told.outcome("back") == "ok"


@pytest.mark.parametrize(
    ("approve", "wanted"),
    [(("all",), True), (("back",), True), (("other",), False), ((), False)],
)
def test_leave_given_with_the_run_is_for_the_steps_it_names(
    approve: tuple[str, ...], *, wanted: bool
) -> None:
    told = story(step("back", "move"), approve=approve)
    told.play()

    assert wanted_beforehand(told.state, told.step("back")) == wanted


def test_each_question_of_a_step_has_one_name_in_a_round() -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [judged("inconclusive")]
    told.play()
    told.answer("again")
    told.play()

    names = [one.data["question"] for one in told.events if one.kind == QuestionAsked.kind]
    assert names == ["INC-1.1:check:inconclusive:1", "INC-1.1:check:inconclusive:2"]
    assert told.question.asked_at == START


def reminders(told: Story) -> list[int]:
    said = [body(one) for one in told.events]
    return [one.n for one in said if isinstance(one, QuestionReminded)]


def test_a_question_that_waits_is_said_again_every_while() -> None:
    told = waiting(remind="5m")

    for _ in range(3):
        told.later(240)
        assert isinstance(told.play(), Await)

    assert reminders(told) == [1, 2]


def test_of_several_reminders_that_nobody_was_there_to_give_only_one_is_given() -> None:
    told = waiting(remind="5m")

    told.later(3599)
    told.play()

    assert reminders(told) == [11]


def test_nobody_is_reminded_of_a_question_that_is_over_or_without_being_asked_to() -> None:
    answered, silent, expired = waiting(remind="5m"), waiting(), waiting(remind="5m")

    answered.answer("deny").later(600).play()
    silent.later(600).play()
    expired.later(3600).play()

    assert reminders(answered) == reminders(silent) == reminders(expired) == []
