"""Whether requests come as they did: volume by its interval, freshness by the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf, nan
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from mlrespond.judgment.arrival import judge_freshness, judge_volume
from mlrespond.model.word import VerdictWord

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
HOUR_S, TEN_MIN_S = 3600.0, 600.0
counts = st.integers(0, 1_000_000_000)
seconds = st.floats(0.001, 1e7)


@pytest.mark.parametrize(
    ("current", "base", "verdict", "warn"),
    [
        (1000, 6000, "pass", False),
        (600, 6000, "pass", False),
        (400, 6000, "pass", True),
        (1900, 6000, "pass", False),
        (3000, 6000, "pass", True),
        (10, 6000, "fail", False),
        (0, 6000, "fail", False),
        (20_000, 6000, "fail", False),
        (100, 6000, "inconclusive", False),
        (10_000, 6000, "inconclusive", False),
        (1, 6, "inconclusive", False),
        (0, 6, "inconclusive", False),
        (5, 0, "inconclusive", False),
    ],
)
def test_volume_fails_only_when_it_is_shown_to_be_another(
    current: int, base: int, verdict: VerdictWord, *, warn: bool
) -> None:
    found = judge_volume(current, TEN_MIN_S, base, HOUR_S)

    assert (found.verdict, found.warn) == (verdict, warn)
    assert found.said


@pytest.mark.parametrize(
    ("current", "current_s", "base", "base_s"),
    [
        (-1, 1, 10, 1),
        (1, 1, -1, 1),
        (10, 0, 10, 1),
        (10, 1, 10, 0),
        (10, inf, 10, 1),
        (10, nan, 10, 1),
        (cast("int", nan), 1, 10, 1),
    ],
)
def test_counts_or_times_that_cannot_be_are_inconclusive(
    current: int, current_s: float, base: int, base_s: float
) -> None:
    found = judge_volume(current, current_s, base, base_s)

    assert (found.verdict, found.reason) == ("inconclusive", "error")


@given(counts, seconds, counts, seconds)
def test_any_counts_get_a_verdict_that_is_worded(
    current: int, current_s: float, base: int, base_s: float
) -> None:
    found = judge_volume(current, current_s, base, base_s)

    assert found.said
    assert (found.verdict == "fail") <= (found.reason == "beyond_limit")


@given(st.integers(10, 100_000), st.integers(10, 100_000))
def test_the_same_volume_twice_never_fails(current: int, base: int) -> None:
    same = judge_volume(current, float(current), base, float(base))

    assert same.verdict == "pass"


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_what_fails_is_beyond_tenfold_by_an_exact_test_too(current: int, base: int) -> None:
    found = judge_volume(current, 1.0, base, 1.0)

    if found.verdict == "fail":
        limit = 1 / 11 if current < base else 10 / 11
        side = "less" if current < base else "greater"
        exact = binomtest(current, current + base, limit, alternative=side)
        assert exact.pvalue < 0.1


@pytest.mark.parametrize(
    ("age_s", "verdict", "reason"),
    [
        (0, "pass", "within_limit"),
        (300, "pass", "within_limit"),
        (300.5, "fail", "beyond_limit"),
        (-60, "pass", "within_limit"),
        (-61, "inconclusive", "not_comparable"),
    ],
)
def test_a_record_is_fresh_until_it_is_older_than_allowed(
    age_s: float, verdict: VerdictWord, reason: str
) -> None:
    found = judge_freshness(NOW - timedelta(seconds=age_s), NOW, 300)

    assert (found.verdict, found.reason) == (verdict, reason)


def test_without_a_record_freshness_is_not_known() -> None:
    found = judge_freshness(None, NOW, 300)

    assert (found.verdict, found.reason) == ("inconclusive", "no_data")
