"""Folding: each event changes what it says, and others' events, late ones and lost ones nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.engine.story import RUN, START, Story, action, erased, failed, judged, step, story

from mlrespond.engine.evolve import evolve, fold
from mlrespond.engine.intent import Over
from mlrespond.model.incident_kind import NoteAdded, SeveritySet
from mlrespond.model.json import Record
from mlrespond.model.plan import Plan
from mlrespond.model.run_kind import (
    ActionSent,
    CriterionMet,
    RunEnded,
    RunInterrupted,
    RunParked,
    RunRenewed,
    StepFinished,
    StepStarted,
)

LEAVE: Record = {"policies": [{"allow": "move"}]}


def change() -> Story:
    return story(step("back", "move"), definition=LEAVE)


def test_a_run_that_was_never_requested_has_no_state() -> None:
    assert fold(story().events, "INC-1.9") is None
    assert fold((), RUN) is None


def test_a_run_knows_who_asked_for_it_when_and_how_severe_it_is() -> None:
    told = story(severity="SEV1")

    state = told.state

    assert (state.requested_by.handle, state.requested_at) == ("ana", START)
    assert (state.run, state.incident, state.severity) == (RUN, "INC-1", "SEV1")


def test_the_newest_severity_counts_set_before_the_run_or_after() -> None:
    told = story(severity="SEV4")
    early = told.events[:1]
    early += [told.outside(SeveritySet(severity="SEV2", before="SEV4"))]
    early += told.events[1:3]

    before = fold(early, RUN)

    assert before is not None
    assert before.severity == "SEV2"
    assert told.state.severity == "SEV2"


def test_a_claim_raises_the_epoch_and_ends_the_parking() -> None:
    told = story()
    told.tell(RunParked(waiting_for="ana"))
    assert told.state.released

    told.claim()

    assert (told.state.epoch, told.state.released) == (2, False)


def test_a_claim_lasts_until_it_says_or_is_renewed() -> None:
    told = story()
    assert told.state.claim_until == START + timedelta(seconds=120)

    told.tell(RunRenewed(until=START + timedelta(seconds=300)))

    assert told.state.claim_until == START + timedelta(seconds=300)


def test_an_interrupted_run_is_free_for_others() -> None:
    told = story()

    told.tell(RunInterrupted(signal="SIGINT"))

    assert told.state.released
    assert told.state.ended is None


def test_the_epochs_whose_process_is_gone_are_remembered() -> None:
    told = story().claim(gone=True).claim(gone=False)

    assert told.state.gone == frozenset({1})


def test_a_new_round_of_a_step_forgets_the_last_one() -> None:
    told = change()
    told.play_until(lambda: told.settled("back") == ["ok"] if "back" in told.state.steps else False)

    told.tell(StepStarted(title="back", body={}, effect="change", service="fraud", round=2), "back")

    again = told.step("back")
    assert (again.round, again.plan, again.actions, again.result) == (2, None, (), None)


def test_an_intent_forgets_what_the_try_before_it_saw() -> None:
    told = story(step("back", "move", pace={"retry": {"attempts": 2}}), definition=LEAVE)
    told.acts["back"] = [failed("rejected", definite=True), "crash"]

    told.play()

    doing = told.step("back").actions[0]
    assert (doing.try_, doing.failure, doing.sent_at, doing.last) == (2, None, None, None)


def test_a_criterion_is_met_from_the_time_it_says() -> None:
    told = story()

    told.tell(CriterionMet(criterion="true", hold_s=60))

    assert told.state.criterion is not None
    assert told.state.criterion.met_at == START


def test_events_of_another_run_change_nothing_but_the_place() -> None:
    told = change()
    before = told.state

    told.tell(RunEnded(ending="done"), run="INC-1.2")
    told.tell(StepFinished(title="back", outcome="ok"), "back", run="INC-1.2")

    assert told.state.seq == before.seq + 2
    assert told.state.ended is None
    assert told.state.steps == before.steps


def test_a_note_changes_nothing_but_the_place() -> None:
    told = change()
    before = told.state

    told.outside(NoteAdded(text="hm"))

    assert told.state.seq == before.seq + 1
    assert told.intent == story(step("back", "move"), definition=LEAVE).intent


def test_late_events_are_told_and_control_nothing() -> None:
    told = change()
    told.play_until(lambda: "back" in told.state.steps)
    before = told.state

    told.tell(RunEnded(ending="failed"), late=True)
    told.tell(StepFinished(title="back", outcome="ok"), "back", late=True)
    told.tell(ActionSent(action=0, summary="move", try_=1), "back", late=True)

    assert told.state.steps == before.steps
    assert told.state.ended is None
    assert len(told.state.late) == 3


def test_of_a_late_event_of_another_run_nothing_is_known() -> None:
    told = change()

    told.tell(RunEnded(ending="failed"), run="INC-1.2", late=True)

    assert told.state.late == ()


def test_a_kind_that_a_newer_version_knows_changes_nothing() -> None:
    told = change()
    before = told.state
    from dataclasses import replace

    newer = replace(told.events[-1], kind="run_dreamt", seq=before.seq + 1, data={"of": "sheep"})

    after = evolve(before, newer)

    assert replace(after, seq=before.seq) == before


# --- events that lost their text


@pytest.fixture(scope="module")
def whole() -> Story:
    """A finished run with a retry, a crash, a late event, a question and a proof."""
    told = story(
        step("check", "look"),
        step("back", "move", when='steps.check.verdict == "pass"'),
        finals=[step("tidy", "look")],
        mitigated_when='steps.back.outcome == "ok"',
    )
    told.looks["check"] = [failed(), judged("inconclusive"), judged("pass")]
    told.plans["back"] = [Plan(actions=(action("a"), action("b")))]
    told.acts["back"] = ["sent", "crash"]
    told.settles["back"] = ["before"]
    told.play()
    told.answer("again")
    told.play()
    told.answer("approve")
    told.play()
    told.claim()
    told.acts["back"] = ["sent"]
    told.play_until(lambda: told.settled("back") == ["ok", "ok"])
    told.tell(ActionSent(action=1, summary="move b", try_=1), "back", epoch=1, late=True)
    return told.played()


def test_a_run_whose_request_was_erased_was_never_asked_for(whole: Story) -> None:
    events = [erased(one) if one.kind == "run_requested" else one for one in whole.events]

    assert fold(events, RUN) is None


def test_a_run_that_ended_is_over_whatever_was_erased(whole: Story) -> None:
    from tests.engine.verbs import VERBS

    from mlrespond.engine.decide import decide

    for at, event in enumerate(whole.events):
        if event.kind == "run_requested":
            continue
        events = [*whole.events[:at], erased(event), *whole.events[at + 1 :]]

        state = fold(events, RUN)

        assert state is not None
        assert decide(state, VERBS, whole.now) == Over()


def test_an_ending_that_was_erased_is_known_from_what_was_decided(whole: Story) -> None:
    events = [erased(one) if one.kind == "run_ended" else one for one in whole.events]

    state = fold(events, RUN)

    assert state is not None
    assert state.ended == RunEnded(ending="mitigated", reason="(erased)")
