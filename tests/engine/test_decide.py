"""What a run does next: which steps run, when a person is asked, and how it ends."""

from __future__ import annotations

import pytest
from tests.engine.story import RUN, START, TIMED_OUT, Story, action, failed, judged, step, story

from mlrespond.engine.intent import Await, Look, Over, Sleep, Write
from mlrespond.model.incident_kind import IncidentMitigated
from mlrespond.model.json import Record
from mlrespond.model.plan import Plan
from mlrespond.model.run_kind import RunStopAsked
from mlrespond.model.word import VerdictWord

LEAVE: Record = {"policies": [{"allow": "move"}]}
CHECK = step("check", "look", on_inconclusive="continue")
KNOWN = 'steps.check.verdict == "pass"'


def test_steps_run_in_their_order_and_then_the_run_is_done() -> None:
    told = story(step("one", "look"), step("two", "look")).played()

    looks = [one.step for one in told.intents if isinstance(one, Look)]
    assert looks == ["one", "two"]
    assert told.ending == "done"


def test_a_step_whose_when_is_false_is_skipped_and_says_why() -> None:
    told = story(step("one", "look", when="1 == 2")).played()

    assert told.outcome("one") == "skipped"
    assert "1 == 2" in told.result("one").reason


def test_what_a_skipped_step_would_yield_is_null() -> None:
    told = story(
        step("one", "look", when="false"),
        step("two", "look", when="steps.one.verdict is none"),
        step("three", "look", when='steps.one.verdict == "pass"'),
    ).played()

    assert [told.outcome(name) for name in ("one", "two", "three")] == ["skipped", "ok", "skipped"]


def test_the_steps_of_a_block_are_skipped_with_it() -> None:
    told = story(
        step("block", "steps", block=True, when="false"),
        step("inner", "look", parent="block"),
        step("after", "look"),
    ).played()

    assert [told.outcome(name) for name in ("block", "inner", "after")] == [
        "skipped",
        "skipped",
        "ok",
    ]


def test_the_steps_of_a_block_run_when_it_does() -> None:
    told = story(
        step("block", "steps", block=True, when="true"), step("inner", "look", parent="block")
    ).played()

    assert told.outcome("inner") == "ok"


def test_a_used_runbook_sees_the_inputs_it_was_given_and_its_own_steps() -> None:
    specs: Record = {"share": {"type": "number"}, "name": {"required": False, "default": "eu"}}
    body: Record = {"specs": specs, "inputs": {"share": "{{ inputs.part }}"}}
    told = story(
        step("sub", "use", block=True, body=body),
        step("sub/look", "look", parent="sub", scope="sub/"),
        step(
            "sub/again",
            "look",
            parent="sub",
            scope="sub/",
            when='steps.look.verdict == "pass" and inputs.share == 5 and inputs.name == "eu"',
        ),
        step("after", "look", when='steps.sub.steps.again.outcome == "ok"'),
        inputs={"part": 5},
    ).played()

    assert told.outcome("sub/again") == "ok"
    assert told.outcome("after") == "ok"


def test_a_used_runbook_with_wrong_inputs_fails_and_its_steps_do_not_run() -> None:
    body: Record = {"specs": {"share": {"type": "number"}}, "inputs": {"share": "much"}}
    told = story(
        step("sub", "use", block=True, body=body, on_failure="continue"),
        step("sub/look", "look", parent="sub", scope="sub/"),
    ).played()

    assert (told.outcome("sub"), told.result("sub").reason) == ("failed", "bad_input")
    assert told.outcome("sub/look") == "skipped"


def test_a_template_that_makes_no_sense_fails_the_step_before_anything_is_done() -> None:
    told = story(step("one", "count", body={"n": "{{ alert.name }}"}), context={}).played()

    assert (told.outcome("one"), told.result("one").reason) == ("failed", "bad_input")
    assert not [one for one in told.intents if isinstance(one, Look)]


def test_a_change_whose_when_is_inconclusive_asks_a_person() -> None:
    told = story(CHECK, step("back", "move", when="steps.check.n > 3"), definition=LEAVE)

    stopped = told.play()

    assert isinstance(stopped, Await)
    assert (stopped.question.sort, stopped.question.choices) == ("when", ("run", "skip", "stop"))
    assert stopped.until is None


@pytest.mark.parametrize(
    ("choice", "outcome", "ending"),
    [("run", "ok", "done"), ("skip", "skipped", "done"), ("stop", "not_reached", "stopped")],
)
def test_the_person_decides_whether_a_doubtful_change_runs(
    choice: str, outcome: str, ending: str
) -> None:
    told = story(CHECK, step("back", "move", when="steps.check.n > 3"), definition=LEAVE)

    told.played(choice)

    assert (told.outcome("back"), told.ending) == (outcome, ending)


def test_a_doubtful_change_that_a_person_runs_is_still_left_when_it_is_surely_wrong() -> None:
    told = story(CHECK, step("back", "move", when="steps.check.n > 3"))
    told.looks["check"] = [judged("pass"), judged("pass", {"n": 1})]
    told.play()
    told.answer("run")
    told.play()
    told.later(599).answer("approve")
    told.later(2)

    told.played()

    assert told.outcome("back") == "skipped"


def test_a_read_whose_when_is_inconclusive_just_reads() -> None:
    told = story(CHECK, step("more", "look", when="steps.check.n > 3")).played()

    assert told.outcome("more") == "ok"


def test_an_ending_whose_when_is_inconclusive_asks_a_person() -> None:
    told = story(CHECK, step("fine", "end", when="steps.check.n > 3", body={"as": "no_fault"}))

    assert isinstance(told.play(), Await)


def test_a_doubtful_final_step_that_a_person_stops_is_skipped_and_the_run_ends() -> None:
    told = story(
        CHECK, finals=[step("tidy", "move", when="steps.check.n > 3")], definition=LEAVE
    ).played("stop")

    assert (told.outcome("tidy"), told.ending) == ("skipped", "done")


def test_a_read_looks_until_it_is_done_as_far_apart_as_it_says() -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [judged(None, done=False), judged(None, done=False), judged("pass")]

    told.played()

    looks = [one.n for one in told.intents if isinstance(one, Look)]
    assert looks == [1, 2, 3]
    assert [(one.until - START).total_seconds() for one in told.slept] == [30, 60]


def test_a_verdict_fail_is_no_failure() -> None:
    told = story(step("check", "look"), step("after", "look"))
    told.looks["check"] = [judged("fail")]

    told.played()

    assert (told.outcome("check"), told.result("check").verdict) == ("ok", "fail")
    assert told.outcome("after") == "ok"


def test_a_read_that_could_not_tell_asks_a_person() -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [judged("inconclusive")]

    stopped = told.play()

    assert isinstance(stopped, Await)
    assert stopped.question.choices == ("again", "continue", "escalate", "stop")


@pytest.mark.parametrize(
    ("choice", "ending"),
    [("continue", "done"), ("stop", "not_mitigated"), ("escalate", "escalated")],
)
def test_the_person_decides_what_becomes_of_a_read_that_could_not_tell(
    choice: str, ending: str
) -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [judged("inconclusive")]

    told.played(choice)

    assert told.ending == ending
    assert ("page:check" in told.state.steps) == (choice == "escalate")


def test_a_read_that_could_not_tell_can_be_taken_again() -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [judged("inconclusive"), judged("pass")]

    told.played("again")

    assert (told.step("check").round, told.result("check").verdict) == (2, "pass")


def test_a_read_that_timed_out_is_inconclusive_and_asks_like_any_other() -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [TIMED_OUT]

    stopped = told.play()

    assert isinstance(stopped, Await)
    assert stopped.question.sort == "inconclusive"
    told.played("continue")
    assert (told.outcome("check"), told.result("check").verdict) == ("failed", "inconclusive")
    assert told.ending == "done"


def test_a_read_that_timed_out_can_be_taken_again() -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [TIMED_OUT, TIMED_OUT, TIMED_OUT, judged("pass")]

    told.played("again")

    assert (told.step("check").round, told.outcome("check")) == (2, "ok")


def test_a_final_read_that_could_not_tell_keeps_nobody_waiting() -> None:
    told = story(CHECK, finals=[step("last", "look")])
    told.looks["last"] = [judged("inconclusive")]

    told.played()

    assert told.result("last").verdict == "inconclusive"


def test_an_answer_is_what_an_asking_step_yields() -> None:
    told = story(
        step("who", "ask", body={"say": "which?", "answers": {"name": {"type": "string"}}})
    )

    stopped = told.play()
    assert isinstance(stopped, Await)
    assert stopped.question.text == "which?"
    told.answer("answer", values={"name": "eu-1"})
    told.played()

    assert told.result("who").yields == {"answers": {"name": "eu-1"}, "by": "ana"}


@pytest.mark.parametrize(("otherwise", "ending"), [("stop", "denied"), ("escalate", "escalated")])
def test_a_question_that_nobody_answers_expires(otherwise: str, ending: str) -> None:
    told = story(step("who", "ask", body={"say": "?", "within": "5m", "otherwise": otherwise}))
    told.play()

    told.later(300).played()

    assert (told.outcome("who"), told.ending) == ("expired", ending)


def test_a_question_that_somebody_would_rather_not_answer_stops_the_run() -> None:
    told = story(step("who", "ask", body={"say": "?"})).played("stop")

    assert (told.outcome("who"), told.ending) == ("denied", "denied")


@pytest.mark.parametrize("word", ["no_fault", "not_ours", "escalated"])
def test_an_explicit_end_ends_the_run_as_it_says(word: str) -> None:
    told = story(
        step("fine", "end", body={"as": word, "say": "so it is"}),
        step("after", "look"),
        mitigated_when="true",
    ).played()

    assert told.ending == word
    assert told.outcome("after") == "not_reached"


def test_a_criterion_that_is_met_mitigates_the_incident() -> None:
    told = story(CHECK, mitigated_when=KNOWN).played()

    mitigated = [one for one in told.events if one.kind == IncidentMitigated.kind]
    assert told.ending == "mitigated"
    assert len(mitigated) == 1


def test_a_criterion_that_is_not_met_does_not() -> None:
    told = story(CHECK, mitigated_when='steps.check.verdict == "fail"').played()

    assert told.ending == "not_mitigated"


def test_a_criterion_that_is_not_known_counts_as_not_met() -> None:
    told = story(CHECK, mitigated_when="steps.check.n > 3").played()

    assert told.ending == "not_mitigated"


def test_the_criterion_comes_before_a_halt() -> None:
    told = story(CHECK, step("back", "look"), mitigated_when=KNOWN)
    told.looks["back"] = [failed()]

    told.played()

    assert (told.outcome("back"), told.ending) == ("failed", "mitigated")


def test_without_the_criterion_a_halt_says_how_it_ends() -> None:
    told = story(step("back", "look"), mitigated_when="false")
    told.looks["back"] = [failed()]

    told.played()

    assert told.ending == "failed"


def test_a_run_that_only_paged_somebody_is_escalated() -> None:
    told = story(step("wake", "page"), mitigated_when="false").played()

    assert told.ending == "escalated"


def test_a_page_of_the_final_steps_does_not_make_it_escalated() -> None:
    told = story(CHECK, mitigated_when="false", finals=[step("wake", "page")]).played()

    assert (told.outcome("wake"), told.ending) == ("ok", "not_mitigated")


def test_the_criterion_must_hold_and_is_read_again_afterwards() -> None:
    told = story(CHECK, mitigated_when=KNOWN, mitigated_for="5m").played()

    assert (told.slept[0].until - START).total_seconds() == 300
    assert len([one for one in told.intents if isinstance(one, Look)]) == 2
    assert told.ending == "mitigated"


@pytest.mark.parametrize("verdict", ["fail", "inconclusive"])
def test_a_criterion_that_no_longer_holds_is_not_mitigated(verdict: VerdictWord) -> None:
    told = story(CHECK, mitigated_when=KNOWN, mitigated_for="5m")
    told.looks["check"] = [judged("pass"), judged(verdict)]

    told.played()

    assert told.ending == "not_mitigated"
    assert told.state.ended is not None
    assert "did not hold" in told.state.ended.reason


def test_how_long_the_criterion_must_hold_may_be_an_input() -> None:
    told = story(
        CHECK, mitigated_when=KNOWN, mitigated_for="{{ inputs.hold }}", inputs={"hold": "1m"}
    ).played()

    assert (told.slept[0].until - START).total_seconds() == 60


def test_final_steps_run_once_when_the_run_ends_and_know_how() -> None:
    told = story(
        CHECK, finals=[step("tidy", "look", when='run.ending == "done"'), step("more", "look")]
    ).played()

    starts = [one.step for one in told.events if one.kind == "step_started"]
    assert starts == ["check", "tidy", "more"]


def test_final_steps_do_not_run_while_the_run_waits() -> None:
    told = story(step("back", "move"), finals=[step("tidy", "look")])

    assert isinstance(told.play(), Await)
    assert told.outcome("tidy") == "not_reached"


def test_final_steps_run_once_even_if_the_process_dies_among_them() -> None:
    told = story(
        CHECK,
        finals=[step("tidy", "move", approve=None), step("more", "look")],
        definition=LEAVE,
    )
    told.acts["tidy"] = ["crash", "sent"]
    told.play()
    told.claim()

    told.played()

    starts = [one.step for one in told.events if one.kind == "step_started"]
    assert starts == ["check", "tidy", "more"]


def test_a_final_step_that_fails_keeps_no_other_from_running() -> None:
    told = story(CHECK, finals=[step("tidy", "look"), step("more", "look")])
    told.looks["tidy"] = [failed()]

    told.played()

    assert [told.outcome(name) for name in ("tidy", "more")] == ["failed", "ok"]
    assert told.ending == "done"


def test_evidence_that_grew_old_is_read_again_for_a_final_step_too() -> None:
    told = story(
        CHECK,
        finals=[step("tidy", "move", when=KNOWN, approve={"within": "1h", "fresh": "10m"})],
    )
    told.play()
    told.later(1200).answer("approve")

    told.played()

    assert told.step("check").round == 2
    assert told.outcome("tidy") == "ok"


def stop(told: Story) -> None:
    told.outside(RunStopAsked(target_run=RUN, reason="enough"))


def test_a_run_that_is_asked_to_stop_ends_and_still_tidies_up() -> None:
    told = story(step("back", "move"), finals=[step("tidy", "look")])
    told.play()

    stop(told)
    told.played()

    assert told.ending == "stopped"
    assert told.outcome("tidy") == "ok"
    assert told.outcome("back") == "not_reached"


def test_a_stop_waits_for_the_action_that_is_under_way_and_does_no_other() -> None:
    told = story(step("back", "move"), definition=LEAVE)
    told.plans["back"] = [Plan(actions=(action("a"), action("b")))]
    told.play_until(lambda: told.events[-1].kind == "action_sent")

    stop(told)
    told.played()

    assert told.settled("back") == ["ok"]
    assert told.ending == "stopped"


def test_an_intent_is_settled_before_the_run_stops() -> None:
    told = story(step("back", "move"), definition=LEAVE)
    told.acts["back"] = ["crash"]
    told.settles["back"] = ["reached"]
    told.play()
    stop(told)
    told.claim()

    told.played()

    assert (told.settled("back"), told.ending) == (["reconciled"], "stopped")


def test_a_wish_to_stop_another_run_is_not_for_this_one() -> None:
    told = story(CHECK)
    told.outside(RunStopAsked(target_run="INC-1.2"))

    told.played()

    assert told.ending == "done"


def test_a_finished_run_decides_nothing() -> None:
    told = story(CHECK).played()

    assert told.intent == Over()


def test_deciding_twice_is_deciding_once() -> None:
    told = story(CHECK)

    assert told.intent == told.intent
    assert isinstance(told.intent, Write)


def test_a_pause_ends_when_its_time_has_come() -> None:
    told = story(step("check", "look"))
    told.looks["check"] = [judged(None, done=False), judged("pass")]
    told.play_until(lambda: isinstance(told.intent, Sleep))

    assert isinstance(told.later(29.9).intent, Sleep)
    assert told.later(0.1).intent == Look("check", 2)
