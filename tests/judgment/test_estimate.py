"""Quality without labels: calibrated scores estimate it, others are refused, and nothing fails."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_ind
from tests.judgment.columns import Floats

from mlrespond.judgment.estimate import Past, Scored, confidence, judge_estimate, uncalibrated


def scores(chance: np.random.Generator, n: int, sure: float = 0.3) -> Floats:
    """Draw scores; the smaller `sure` is, the surer they are."""
    return chance.beta(sure, sure, n)


def labelled(chance: np.random.Generator, values: Floats, honest: float = 1.0) -> list[Past]:
    """Label predictions of a decision at one half, as often right as `honest` times they say."""
    return [
        Past(float(one), bool(chance.random() < 0.5 + honest * (confidence(one) - 0.5)))
        for one in values
    ]


def test_calibrated_scores_of_the_same_kind_are_as_good() -> None:
    chance = np.random.default_rng(1)

    found = judge_estimate(
        "accuracy",
        Scored(scores(chance, 1000).tolist(), labelled(chance, scores(chance, 1000))),
        alpha=0.05,
    )

    assert (found.verdict, found.estimated) == ("pass", True)
    assert "is estimated from scores, not measured" in found.said


def test_scores_that_are_less_sure_never_fail_alone() -> None:
    chance = np.random.default_rng(2)
    now = list(scores(chance, 1000, sure=3.0))
    past = labelled(chance, scores(chance, 1000))

    found = judge_estimate("accuracy", Scored(now, past), alpha=0.05)

    assert (found.verdict, found.reason, found.estimated) == ("inconclusive", "worse", True)
    assert found.low is not None
    assert found.low > 0.05
    assert found.said.endswith("which only labels can prove")


def test_scores_that_boast_are_refused_with_the_reason() -> None:
    chance = np.random.default_rng(3)
    past = labelled(chance, scores(chance, 1000), honest=0.6)

    found = judge_estimate("accuracy", Scored(list(scores(chance, 500)), past), alpha=0.05)

    assert (found.verdict, found.reason, found.effect) == ("inconclusive", "not_comparable", None)
    assert "accuracy is not estimated: scores are not shown to be calibrated" in found.said


def test_scores_that_are_right_on_average_only_are_refused() -> None:
    """All are right three times in four, however sure they are."""
    chance = np.random.default_rng(4)
    past = [Past(float(one), bool(chance.random() < 0.75)) for one in chance.uniform(0, 1, 2000)]

    assert uncalibrated(past, alpha=0.05).startswith("scores are not calibrated; where they said")


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (49, 1000, "49 scores now and 1000 labelled ones before"),
        (50, 99, "50 scores now and 99 labelled ones before"),
        (0, 0, "0 scores now and 0 labelled ones before"),
    ],
)
def test_too_few_are_said(now: int, before: int, said: str) -> None:
    told = Scored([0.9] * now, [Past(0.9, right=True)] * before)

    found = judge_estimate("accuracy", told, alpha=0.05)

    assert (found.verdict, found.reason) == ("inconclusive", "too_few")
    assert said in found.said


@pytest.mark.parametrize("strange", [float("nan"), -0.1, 1.1, float("inf")])
def test_scores_that_are_no_probabilities_are_said(strange: float) -> None:
    found = judge_estimate(
        "accuracy", Scored([0.9] * 99 + [strange], [Past(0.9, right=True)] * 200), alpha=0.05
    )

    assert (found.verdict, found.reason) == ("inconclusive", "error")


def test_the_interval_is_welchs() -> None:
    chance = np.random.default_rng(5)
    now, before = scores(chance, 4000, sure=0.35), scores(chance, 4000)
    known = labelled(chance, before)

    found = judge_estimate("accuracy", Scored(list(now), known), alpha=0.05)

    oracle = ttest_ind(
        np.maximum(before, 1 - before), np.maximum(now, 1 - now), equal_var=False
    ).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=2e-5)


def test_the_interval_holds_the_true_difference() -> None:
    """Scores stay calibrated and get less sure: 95% of 400 draws, within five deviations."""
    chance = np.random.default_rng(6)
    held = told = 0
    truth = np.mean([confidence(one) for one in scores(chance, 400_000)]) - np.mean(
        [confidence(one) for one in scores(chance, 400_000, sure=0.5)]
    )
    for _ in range(400):
        past = labelled(chance, scores(chance, 600))
        now = list(scores(chance, 300, sure=0.5))
        found = judge_estimate("accuracy", Scored(now, past), alpha=0.05)
        if found.low is not None and found.high is not None:
            told += 1
            held += bool(found.low <= truth <= found.high)

    assert told >= 320
    assert 0.9 <= held / told <= 0.99


def side(chance: np.random.Generator, sure: float, honest: float = 1.0) -> Scored:
    past = labelled(chance, scores(chance, 4000, sure=sure), honest)
    return Scored(list(scores(chance, 1000, sure=sure)), past)


def test_two_versions_are_held_against_one_another_and_never_fail() -> None:
    chance = np.random.default_rng(7)
    sure, unsure = side(chance, 0.3), side(chance, 3.0)

    worse = judge_estimate("accuracy", unsure, sure, alpha=0.05)
    better = judge_estimate("accuracy", sure, unsure, alpha=0.05)

    assert (worse.verdict, worse.reason) == ("inconclusive", "worse")
    assert (better.verdict, better.reason) == ("pass", "better")
    assert worse.effect == pytest.approx(-(better.effect or 0.0))
    assert "of the baseline (" in better.said


def test_a_baseline_whose_scores_boast_says_nothing_either() -> None:
    chance = np.random.default_rng(8)

    found = judge_estimate("accuracy", side(chance, 0.3), side(chance, 0.3, 0.6), alpha=0.05)

    assert (found.verdict, found.reason) == ("inconclusive", "not_comparable")
