"""Limits: a share must be shown to keep or to break one, a number just does."""

from __future__ import annotations

import math
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from mlrespond.judgment.limit import bracketed, judge_share_limit, judge_value_limit
from mlrespond.judgment.rate import Counts
from mlrespond.model.verdict import MetricVerdict

ALPHA = 0.05
NAN = cast("int", math.nan)
counts = st.integers(1, 5000).flatmap(lambda n: st.builds(Counts, st.integers(0, n), st.just(n)))
shares = st.floats(0.001, 0.999)


def judged(
    counted: Counts | None, max_share: float | None = None, min_share: float | None = None
) -> MetricVerdict:
    return judge_share_limit(
        "errors", counted, max_share=max_share, min_share=min_share, alpha=ALPHA, kind="ratio"
    )


@pytest.mark.parametrize(
    ("counted", "max_share", "min_share", "verdict", "reason"),
    [
        (Counts(3, 1000), 0.01, None, "pass", "within_limit"),
        (Counts(30, 1000), 0.01, None, "fail", "beyond_limit"),
        (Counts(8, 1000), 0.01, None, "inconclusive", "too_few"),
        (Counts(0, 380), 0.01, None, "inconclusive", "too_few"),
        (Counts(0, 381), 0.01, None, "pass", "within_limit"),
        (Counts(990, 1000), None, 0.98, "pass", "within_limit"),
        (Counts(950, 1000), None, 0.98, "fail", "beyond_limit"),
        (Counts(50, 100), 0.9, 0.1, "pass", "within_limit"),
        (Counts(95, 100), 0.8, 0.1, "fail", "beyond_limit"),
        (Counts(5, 100), 0.8, 0.2, "fail", "beyond_limit"),
        (Counts(2, 3), 0.9, 0.1, "inconclusive", "too_few"),
        (Counts(5, 5), 1.0, 0.0, "pass", "within_limit"),
        (Counts(0, 1000), 0.0, None, "inconclusive", "too_few"),
        (Counts(3, 1000), 0.0, None, "fail", "beyond_limit"),
        (Counts(2, 2), 0.01, None, "inconclusive", "too_few"),
    ],
)
def test_the_whole_interval_must_lie_on_one_side(
    counted: Counts, max_share: float | None, min_share: float | None, verdict: str, reason: str
) -> None:
    found = judged(counted, max_share, min_share)

    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        (None, "no_data"),
        (Counts(0, 0), "no_data"),
        (Counts(3, 2), "error"),
        (Counts(-1, 2), "error"),
        (Counts(NAN, 2), "error"),
        (Counts(0, NAN), "error"),
    ],
)
def test_nothing_or_nonsense_is_inconclusive(counted: Counts | None, reason: str) -> None:
    found = judged(counted, 0.5)

    assert (found.verdict, found.reason) == ("inconclusive", reason)
    assert found.said


def test_without_a_limit_nothing_passes() -> None:
    assert judged(Counts(0, 10_000)).verdict == "inconclusive"
    assert judge_value_limit("cost", 1.0, maximum=None, minimum=None).verdict == "inconclusive"


def test_the_bounds_are_wilsons_measured_from_the_limit() -> None:
    found = judged(Counts(30, 1000), 0.01)

    low, high = proportion_confint(30, 1000, ALPHA, "wilson")
    assert found.effect == pytest.approx(0.02)
    assert (found.low, found.high) == pytest.approx((low - 0.01, high - 0.01))


def test_said_names_share_interval_and_limit() -> None:
    assert judged(Counts(30, 1000), 0.01).said == (
        "errors 3.0% of 1,000 (95% interval 2.1%..4.3%; at most 1.0%)"
    )
    assert judged(Counts(0, 100), 0.01).said.endswith("about 281 more needed")


def test_what_is_needed_then_decides_either_way() -> None:
    for counted, limit in ((Counts(8, 1000), 0.01), (Counts(13, 1000), 0.01)):
        found = judged(counted, limit)
        assert found.more_needed is not None
        times = 1 + found.more_needed // counted.n

        later = judged(Counts(times * counted.k, times * counted.n), limit)

        assert later.verdict == ("pass" if counted.share < limit else "fail")


@given(counts, shares)
def test_at_most_and_at_least_mirror_one_another(counted: Counts, limit: float) -> None:
    bad, good = judged(counted, limit), judged(counted.others, None, 1 - limit)

    assert good.verdict == bad.verdict
    assert good.effect == pytest.approx(bad.effect)


@given(counts, shares)
def test_a_verdict_agrees_with_the_observed_share(counted: Counts, limit: float) -> None:
    found = judged(counted, limit)

    assert found.verdict != "pass" or counted.share <= limit
    assert found.verdict != "fail" or counted.share > limit


@pytest.mark.parametrize(
    ("value", "maximum", "minimum", "verdict", "effect"),
    [
        (0.52, 0.4, None, "fail", 0.12),
        (0.4, 0.4, None, "pass", 0.0),
        (0.91, None, 0.9, "pass", -0.01),
        (0.89, None, 0.9, "fail", 0.01),
        (5.0, 10.0, 1.0, "pass", -4.0),
        (-7.0, 10.0, 1.0, "fail", 8.0),
    ],
)
def test_a_number_keeps_its_limit_or_does_not(
    value: float, maximum: float | None, minimum: float | None, verdict: str, effect: float
) -> None:
    found = judge_value_limit("cost", value, maximum=maximum, minimum=minimum)

    assert found.verdict == verdict
    assert found.effect == pytest.approx(effect)
    assert (found.low, found.high) == (None, None)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_no_data(value: float | None) -> None:
    found = judge_value_limit("cost", value, maximum=1.0, minimum=None)

    assert (found.verdict, found.reason) == ("inconclusive", "no_data")


def test_said_of_a_number_names_its_limits() -> None:
    found = judge_value_limit("cost_per_1k", 0.523456, maximum=0.4, minimum=0.1)

    assert found.said == "cost_per_1k 0.5235 (at least 0.1, at most 0.4)"


@pytest.mark.parametrize(
    ("surely", "possibly", "verdict"),
    [
        (Counts(30, 1000), Counts(60, 1000), "fail"),
        (Counts(1, 1000), Counts(2, 1000), "pass"),
        (Counts(1, 1000), Counts(30, 1000), "inconclusive"),
        (Counts(8, 1000), Counts(30, 1000), "inconclusive"),
        (Counts(1, 1000), Counts(9, 1000), "inconclusive"),
    ],
)
def test_what_a_bucket_hides_decides_nothing(
    surely: Counts, possibly: Counts, verdict: str
) -> None:
    found = bracketed(judged(surely, 0.01), judged(possibly, 0.01), "inside a bucket")

    assert found.verdict == verdict
    assert found.said.endswith("inside a bucket") == (verdict == "inconclusive")
