"""The counterfactual: a version is worse only where the one before does better on the same."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from mlrespond.judgment.replay import Replayed, judge_candidate, judge_previous, judge_replay
from mlrespond.model.json import Json

ALPHA = 0.05
ANSWERS = st.lists(st.sampled_from([None, "a", "b"]), max_size=60)


def replayed(current: Sequence[Json], previous: Sequence[Json], labels: Sequence[Json]) -> Replayed:
    return Replayed(current=tuple(current), previous=tuple(previous), labels=tuple(labels))


def test_a_version_that_answers_what_the_other_does_is_no_worse() -> None:
    found = replayed(["a"] * 100, ["a"] * 100, [None] * 100)

    assert judge_replay(found, alpha=ALPHA).verdict == "pass"
    assert judge_previous(found, "2", alpha=ALPHA).verdict == "pass"


def test_a_version_that_fails_where_the_other_answers_is_worse() -> None:
    found = replayed([None] * 20 + ["a"] * 80, ["a"] * 100, [None] * 100)

    assert judge_replay(found, alpha=ALPHA).verdict == "fail"


def test_labels_tell_what_answers_alone_do_not() -> None:
    found = replayed(["b"] * 30 + ["a"] * 70, ["a"] * 100, ["a"] * 100)

    judged = judge_replay(found, alpha=ALPHA)
    assert judged.verdict == "fail"
    assert "right" in judged.said


def test_answers_that_merely_differ_are_told_and_no_fault() -> None:
    found = replayed(["b"] * 100, ["a"] * 100, [None] * 100)

    judged = judge_replay(found, alpha=ALPHA)
    assert judged.verdict == "pass"
    assert "100 of 100 answers differ" in judged.said


def test_a_version_before_that_fails_as_well_would_not_help() -> None:
    found = replayed([None] * 50 + ["a"] * 50, [None] * 50 + ["a"] * 50, [None] * 100)

    assert judge_previous(found, "2", alpha=ALPHA).verdict == "fail"
    assert judge_replay(found, alpha=ALPHA).verdict != "fail"


def test_of_a_candidate_it_must_be_known_that_its_answers_are_right() -> None:
    other = replayed(["b"] * 100, ["a"] * 100, [None] * 100)
    alike = replayed(["a"] * 100, ["a"] * 100, [None] * 100)
    right = replayed(["b"] * 5 + ["a"] * 295, ["a"] * 300, ["a"] * 300)

    found = judge_candidate(other, alpha=ALPHA)

    assert found.verdict == "inconclusive"
    assert "whether they are right is not known" in found.said
    assert judge_candidate(alike, alpha=ALPHA).verdict == "pass"
    assert judge_candidate(right, alpha=ALPHA).verdict == judge_replay(right, alpha=ALPHA).verdict


@given(ANSWERS)
def test_changing_sides_never_makes_both_worse(answers: list[Json]) -> None:
    other = list(reversed(answers))
    one = judge_replay(replayed(answers, other, [None] * len(answers)), alpha=ALPHA)
    back = judge_replay(replayed(other, answers, [None] * len(answers)), alpha=ALPHA)

    assert {one.verdict, back.verdict} != {"fail"}


@given(ANSWERS)
def test_one_more_failure_never_turns_a_fail_into_a_pass(answers: list[Json]) -> None:
    sound: list[Json] = ["a"] * len(answers)
    before = judge_replay(replayed(answers, sound, [None] * len(answers)), alpha=ALPHA)
    worse = [None, *answers[1:]] if answers else answers
    after = judge_replay(replayed(worse, sound, [None] * len(answers)), alpha=ALPHA)

    assert not (before.verdict == "fail" and after.verdict == "pass")


def test_labels_of_a_few_inputs_do_not_show_that_it_is_as_right() -> None:
    """None of forty got worse: of what else is asked, one in ten still may."""
    few = replayed(["a"] * 100, ["a"] * 100, ["a"] * 40 + [None] * 60)
    many = replayed(["a"] * 400, ["a"] * 400, ["a"] * 400)

    assert judge_replay(few, alpha=ALPHA).verdict == "inconclusive"
    assert judge_replay(many, alpha=ALPHA).verdict == "pass"
