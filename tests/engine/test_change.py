"""A change is planned, approved, read again, sent and proven, and never repeated blindly."""

from __future__ import annotations

import pytest
from tests.engine.story import (
    START,
    TIMED_OUT,
    Story,
    action,
    failed,
    judged,
    step,
    story,
)

from mlrespond.engine.intent import (
    Act,
    Await,
    MakePlan,
    ReadAction,
    Reread,
    Sleep,
    Write,
)
from mlrespond.model.instant import iso
from mlrespond.model.json import Record
from mlrespond.model.plan import NOTHING_TO_PROVE, Plan, Verification
from mlrespond.model.run_kind import ActionSent, AttemptFailed
from mlrespond.model.word import Settle, Where

DEFINITE = failed("rejected", definite=True)
ONCE = {"verify": {"consecutive": 1}}
LEAVE: Record = {"policies": [{"allow": "move", "by": "payments-ml", "because": "agreed"}]}


def change(**fields: object) -> Story:
    """Return the story of one change, which may be made without asking."""
    return story(step("back", "move", **fields), definition=LEAVE)


def crashed(settle: Settle, **fields: object) -> Story:
    """Return a change whose process died after its intent, and that another one takes over."""
    told = change(**fields)
    told.plans["back"] = [Plan(actions=(action(settle=settle),))]
    told.acts["back"] = ["crash", "sent"]
    assert isinstance(told.play(), Act)
    return told.claim(gone=True)


def test_a_change_is_planned_asked_for_reread_sent_and_proven_in_this_order() -> None:
    told = story(step("back", "move"))

    told.played("approve")

    wanted = [type(intent) for intent in told.intents if not isinstance(intent, Write | Sleep)]
    reads = [ReadAction] * 3
    assert wanted[:-1] == [MakePlan, Await, Reread, Act, *reads]
    assert told.outcome("back") == "ok"


def test_what_a_change_yields_says_when_it_was_sent_and_when_it_was_proven() -> None:
    told = change().played()

    yields = told.result("back").yields
    assert yields["sent_at"] == iso(START)
    assert yields["verified_at"] == iso(told.slept[-1].until)


def test_a_plan_with_nothing_to_do_is_done_and_asks_nobody() -> None:
    told = story(step("back", "move"))
    told.plans["back"] = [Plan(actions=())]

    told.played()

    assert told.outcome("back") == "ok"
    assert told.acted == []


def test_a_world_that_moved_since_the_plan_is_left_alone() -> None:
    told = change()
    told.rereads["back"] = [("alias: it is 3 now, by ben",)]

    told.played()

    assert told.acted == []
    assert told.result("back").reason == "stale_plan"
    assert "by ben" in told.result("back").said
    assert told.state.ended is not None
    assert told.state.ended.flags == ("stale_plan",)


def test_a_new_process_reads_the_world_again_before_it_begins() -> None:
    told = story(step("back", "move"))
    told.plans["back"] = [Plan(actions=(action("a"), action("b")))]
    told.acts["back"] = ["sent", "crash"]
    told.play()
    told.answer("approve")
    assert isinstance(told.play(), Act)
    told.claim()
    told.settles["back"] = ["before"]
    told.acts["back"] = ["sent"]
    told.intents.clear()

    told.played()

    assert told.acted == [Act("back", 1, 1)]


def test_actions_are_done_one_after_another_each_proven_before_the_next() -> None:
    told = change(pace=ONCE)
    told.plans["back"] = [Plan(actions=(action("a"), action("b")))]

    told.played()

    steps = [one for one in told.intents if isinstance(one, Act | ReadAction)]
    assert steps == [
        Act("back", 0, 1),
        ReadAction("back", 0, 1),
        Act("back", 1, 1),
        ReadAction("back", 1, 1),
    ]


def test_an_idempotent_intent_is_acted_out_again_in_the_same_try() -> None:
    told = crashed("idempotent")

    told.played()

    assert told.acted == [Act("back", 0, 1), Act("back", 0, 1)]
    assert told.outcome("back") == "ok"


def test_a_keyed_intent_is_sent_again_under_the_same_key() -> None:
    told = crashed("keyed")

    told.played()

    keys = [one.data["key"] for one in told.events if one.kind == "action_intended"]
    assert keys == ["INC-1.1:back:0:1", "INC-1.1:back:0:1"]


def test_a_readable_intent_that_was_carried_out_is_reconciled_and_not_done_again() -> None:
    told = crashed("readable")
    told.settles["back"] = ["reached"]

    told.played()

    assert len(told.acted) == 1
    assert told.settled("back") == ["reconciled"]
    assert told.outcome("back") == "ok"


def test_a_readable_intent_that_was_not_carried_out_is_acted_out() -> None:
    told = crashed("readable")
    told.settles["back"] = ["before"]

    told.played()

    assert told.acted == [Act("back", 0, 1), Act("back", 0, 1)]
    assert told.settled("back") == ["ok"]


@pytest.mark.parametrize("where", ["elsewhere", "pending", "failed"])
def test_a_readable_intent_with_the_world_in_neither_state_is_a_persons_to_decide(
    where: Where,
) -> None:
    told = crashed("readable")
    told.settles["back"] = [where]

    stopped = told.play()

    assert isinstance(stopped, Await)
    assert stopped.question.sort == "undecided"
    assert stopped.question.choices == ("done", "not_done", "stop")
    assert where in stopped.question.text
    assert len(told.acted) == 1


def test_a_world_that_cannot_be_read_is_read_again_before_a_person_is_asked() -> None:
    told = crashed("readable")
    told.settles["back"] = ["unreadable"]

    stopped = told.play()

    assert isinstance(stopped, Await)
    assert told.step("back").actions[0].settle_n == 3
    assert len(told.slept) == 2


def test_a_world_that_can_be_read_at_the_second_look_asks_nobody() -> None:
    told = crashed("readable")
    told.settles["back"] = ["unreadable", "reached"]

    told.played()

    assert told.settled("back") == ["reconciled"]


def test_an_intent_of_which_nothing_can_be_known_is_a_persons_to_decide() -> None:
    told = crashed("none")

    stopped = told.play()

    assert isinstance(stopped, Await)
    assert stopped.question.sort == "undecided"
    assert stopped.until is None


@pytest.mark.parametrize(
    ("choice", "acts", "settled", "outcome"),
    [
        ("done", 1, ["ok"], "ok"),
        ("not_done", 2, ["ok"], "ok"),
        ("stop", 1, ["undecided"], "unknown"),
    ],
)
def test_a_person_says_whether_it_was_done(
    choice: str, acts: int, settled: list[str], outcome: str
) -> None:
    told = crashed("none", on_unknown="continue")

    told.played(choice)

    assert len(told.acted) == acts
    assert told.settled("back") == settled
    assert told.outcome("back") == outcome


def test_what_a_person_says_was_not_done_is_a_new_try() -> None:
    told = crashed("none").played("not_done")

    assert [one.try_ for one in told.acted] == [1, 2]


def test_a_second_crash_of_the_same_try_asks_afresh() -> None:
    told = crashed("none")
    told.acts["back"] = ["crash"]
    told.play()
    told.answer("not_done")
    told.play()
    told.claim(gone=True)

    stopped = told.play()

    assert isinstance(stopped, Await)
    assert told.question.asked.question == "INC-1.1:back:undecided:1.2"


def test_an_intent_is_left_alone_until_its_time_is_over() -> None:
    told = change()
    told.plans["back"] = [Plan(actions=(action(settle="idempotent"),))]
    told.acts["back"] = ["crash", "sent"]
    told.play()
    told.later(20).claim(gone=False)

    told.played()

    assert (told.slept[0].until - START).total_seconds() == 60


def test_a_provably_dead_process_is_not_waited_for() -> None:
    told = crashed("idempotent")

    assert told.intent == Act("back", 0, 1)


def test_the_death_of_a_later_process_says_nothing_about_the_one_that_acts() -> None:
    told = change()
    told.plans["back"] = [Plan(actions=(action(settle="idempotent"),))]
    told.acts["back"] = ["crash", "sent"]
    told.play()
    told.claim(gone=False)
    told.claim(gone=True)

    intent = told.intent

    assert isinstance(intent, Sleep)
    assert (intent.until - START).total_seconds() == 60


def test_a_death_that_was_seen_once_stays_known() -> None:
    told = crashed("idempotent")
    told.claim(gone=False)

    assert told.intent == Act("back", 0, 1)


def test_a_definite_failure_is_tried_again_in_a_new_try() -> None:
    told = change(pace={"retry": {"attempts": 3}})
    told.acts["back"] = [DEFINITE, DEFINITE, "sent"]

    told.played()

    assert [one.try_ for one in told.acted] == [1, 2, 3]
    assert told.outcome("back") == "ok"


def test_the_pause_before_another_try_doubles_up_to_the_longest() -> None:
    told = change(pace={"retry": {"attempts": 5, "every": "2s", "max": "5s"}, **ONCE})
    told.acts["back"] = [DEFINITE, DEFINITE, DEFINITE, DEFINITE, "sent"]

    told.played()

    pauses = [one.until for one in told.slept]
    gaps = [(b - a).total_seconds() for a, b in zip([START, *pauses], pauses, strict=False)]
    assert gaps == [2, 4, 5, 5]


def test_after_the_last_try_the_step_has_failed() -> None:
    told = change(pace={"retry": {"attempts": 2}})
    told.acts["back"] = [DEFINITE]

    told.played()

    assert [one.try_ for one in told.acted] == [1, 2]
    assert told.settled("back") == ["failed"]
    assert (told.outcome("back"), told.ending) == ("failed", "failed")


def test_a_change_is_tried_once_unless_the_runbook_says_otherwise() -> None:
    told = change()
    told.acts["back"] = [DEFINITE]

    told.played()

    assert len(told.acted) == 1


@pytest.mark.parametrize("failure", [failed("no-answer"), TIMED_OUT])
def test_what_may_have_happened_is_read_and_never_sent_again(failure: AttemptFailed) -> None:
    told = change(pace={"retry": {"attempts": 5}})
    told.acts["back"] = [failure]

    told.played()

    assert len(told.acted) == 1
    assert told.settled("back") == ["ok"]


def test_a_refused_access_is_told_to_the_exit_code() -> None:
    told = change()
    told.acts["back"] = [failed("access-refused", definite=True)]

    told.played()

    assert told.result("back").reason == "access_refused"
    assert told.state.ended is not None
    assert told.state.ended.flags == ("access_refused",)


def test_a_later_action_is_not_done_when_an_earlier_one_failed() -> None:
    told = change()
    told.plans["back"] = [Plan(actions=(action("a"), action("b")))]
    told.acts["back"] = [DEFINITE]

    told.played()

    assert [one.index for one in told.acted] == [0]


def test_a_change_is_proven_by_so_many_looks_in_a_row() -> None:
    told = change(pace={"verify": {"consecutive": 3}})
    told.reads["back"] = ["pending", "reached", "reached", "pending", "reached"]

    told.played()

    assert told.step("back").actions[0].verify_n == 7
    assert told.settled("back") == ["ok"]


def test_looks_are_as_far_apart_as_the_reader_says() -> None:
    told = change().played()

    waits = [one.until for one in told.slept]
    assert [(at - START).total_seconds() for at in waits] == [5, 10]


def test_what_is_not_seen_by_the_deadline_is_unknown() -> None:
    told = change(pace={"verify": {"within": "12s"}}, on_unknown="continue")
    told.reads["back"] = ["pending"]

    told.played()

    action_state = told.step("back").actions[0]
    assert told.settled("back") == ["unknown"]
    assert action_state.verify_n == 4
    assert (told.outcome("back"), told.result("back").reason) == ("unknown", "not_proven")


def test_a_streak_that_began_before_the_deadline_may_end_after_it() -> None:
    told = change(pace={"verify": {"within": "12s"}})
    told.reads["back"] = ["pending", "pending", "reached"]

    told.played()

    assert told.settled("back") == ["ok"]


def test_a_target_that_is_seen_failed_has_failed() -> None:
    told = change()
    told.reads["back"] = ["pending", "failed"]

    told.played()

    assert told.settled("back") == ["failed"]


def test_an_action_may_be_proven_in_its_own_way() -> None:
    told = change(pace={"verify": {"consecutive": 9}})
    own = Verification(within_s=60, every_s=1, consecutive=2)
    told.plans["back"] = [Plan(actions=(action(verify=own),))]

    told.played()

    assert told.step("back").actions[0].verify_n == 2


def test_where_there_is_nothing_to_prove_sent_is_done() -> None:
    told = change()
    told.plans["back"] = [Plan(actions=(action(verify=NOTHING_TO_PROVE),))]

    told.played()

    assert told.step("back").actions[0].verify_n == 0
    assert told.outcome("back") == "ok"


def test_of_a_plan_where_the_first_is_enough_the_rest_is_not_done() -> None:
    told = story(step("wake", "page", pace=ONCE))
    told.plans["wake"] = [Plan(actions=(action("ana"), action("ben")), mode="first")]

    told.played()

    assert [one.index for one in told.acted] == [0]
    assert told.outcome("wake") == "ok"


def test_of_a_plan_where_the_first_is_enough_the_next_follows_one_that_is_not_proven() -> None:
    told = story(step("wake", "page", pace={"verify": {"within": "1m", "consecutive": 1}}))
    told.plans["wake"] = [Plan(actions=(action("ana"), action("ben")), mode="first")]
    told.reads["wake"] = ["pending"]

    told.played()

    assert [one.index for one in told.acted] == [0, 1]
    assert (told.outcome("wake"), told.result("wake").reason) == ("failed", "nobody_answered")


def test_a_page_asks_nobody_for_leave() -> None:
    told = story(step("wake", "page")).played()

    assert told.state.questions == {}


def test_a_wait_for_a_person_says_how_long_it_may_take() -> None:
    told = story(step("wake", "page", pace={"verify": {"within": "20m", "consecutive": 1}}))
    told.reads["wake"] = ["pending", "reached"]

    told.played()

    horizon = told.slept[0].horizon
    assert horizon is not None
    assert (horizon - START).total_seconds() == 1200


def test_a_change_may_look_once_more_when_it_is_done() -> None:
    leave = {"policies": [{"allow": "train"}]}
    told = story(step("fresh", "train"), definition=leave)
    told.looks["fresh"] = [judged(None, done=False), judged("pass", {"version": "3"})]

    told.played()

    assert (told.outcome("fresh"), told.result("fresh").verdict) == ("ok", "pass")
    assert told.result("fresh").yields["version"] == "3"


def test_the_person_who_is_asked_may_have_it_done_again_in_a_new_round() -> None:
    told = change(pace={"verify": {"within": "1s", "consecutive": 1}})
    told.reads["back"] = ["pending", "pending", "reached"]

    told.played("retry")

    assert told.step("back").round == 2
    assert told.outcome("back") == "ok"


def test_retry_makes_a_new_round_by_itself_and_then_gives_up() -> None:
    told = change(pace={"verify": {"within": "1s"}}, on_unknown="retry")
    told.reads["back"] = ["pending"]

    told.played()

    assert told.step("back").round == 2
    assert (told.outcome("back"), told.ending) == ("unknown", "unknown")


def late_send(told: Story) -> None:
    sent = ActionSent(action=0, summary="move alias", try_=1)
    told.tell(sent, "back", epoch=1, late=True)


def test_what_a_superseded_process_did_is_proven_again() -> None:
    told = crashed("readable")
    told.settles["back"] = ["before"]
    told.play_until(lambda: told.settled("back") == ["ok"])
    late_send(told)

    intent = told.intent

    assert intent == ReadAction("back", 0, 4)
    assert told.outcome("back") == "not_reached"


def test_what_a_superseded_process_did_after_the_ending_was_decided_is_only_told() -> None:
    told = crashed("idempotent")
    told.play_until(lambda: told.state.ending is not None)
    late_send(told)

    assert told.outcome("back") == "ok"
    assert told.state.late == ("sent: move alias",)


def test_a_definite_failure_is_no_longer_one_when_a_superseded_process_did_it() -> None:
    told = crashed("idempotent")
    told.acts["back"] = [DEFINITE]
    told.play_until(lambda: told.settled("back") == ["failed"])
    late_send(told)

    assert isinstance(told.intent, ReadAction)


def test_a_late_failure_that_is_definite_casts_no_doubt() -> None:
    told = crashed("idempotent")
    told.play_until(lambda: told.settled("back") == ["ok"])
    before = told.step("back")

    late = AttemptFailed(phase="act", code="rejected", message="no", definite=True, action=0)
    told.tell(late, "back", epoch=1, late=True)

    assert told.step("back") == before
