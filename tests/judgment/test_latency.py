"""Latency: slow requests are counted on edges that both sides have; nothing is interpolated."""

from __future__ import annotations

import math
from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrespond.judgment.histogram import Histogram, exceeding, quantile_bracket
from mlrespond.judgment.latency import from_cumulative, judge_latency
from mlrespond.judgment.rate import Counts
from mlrespond.model.verdict import MetricVerdict

EDGES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, inf)
BASE: Histogram = tuple(zip(EDGES, (5000, 10_000, 4850, 120, 20, 10, 0), strict=True))
histograms = st.lists(st.integers(0, 500), min_size=len(EDGES), max_size=len(EDGES)).map(
    lambda counts: tuple(zip(EDGES, counts, strict=True))
)


def measured(latencies: list[float], edges: tuple[float, ...] = EDGES) -> Histogram:
    lows = (-inf, *edges[:-1])
    return tuple(
        (high, sum(low < one <= high for one in latencies))
        for low, high in zip(lows, edges, strict=True)
    )


def lognormal(rng: Random, n: int, slow: float = 0.0, times: float = 3.0) -> Histogram:
    latencies = [
        rng.lognormvariate(-2.5, 0.5) * (times if rng.random() < slow else 1) for _ in range(n)
    ]
    return measured(latencies)


def judged(
    current: Histogram | None,
    baseline: Histogram | None = BASE,
    max_s: float | None = None,
    quantile: float = 0.99,
) -> MetricVerdict:
    return judge_latency(
        "latency_p99",
        current,
        baseline,
        quantile=quantile,
        margin=None,
        alpha=0.05,
        max_s=max_s,
    )


def test_cumulative_counts_become_buckets_in_any_order() -> None:
    told = [(inf, 10.0), (0.1, 4.0), (0.5, 9.0), (0.25, 4.0)]

    assert from_cumulative(told) == ((0.1, 4), (0.25, 0), (0.5, 5), (inf, 1))


def test_extrapolated_counts_are_rounded_and_their_noise_is_no_contradiction() -> None:
    told = [(0.1, 4.4), (0.25, 100.600001), (0.5, 100.6), (inf, 100.6)]

    found = from_cumulative(told)

    assert found == ((0.1, 4), (0.25, 97), (0.5, 0), (inf, 0))


def test_a_bucket_that_was_extrapolated_less_counts_as_the_narrower_one() -> None:
    told = [(0.1, 125.0), (0.25, 104.0), (inf, 130.0)]

    assert from_cumulative(told) == ((0.1, 125), (0.25, 0), (inf, 5))


@pytest.mark.parametrize(
    "told",
    [
        [],
        [(0.1, 4.0), (0.5, 9.0)],
        [(0.1, 9.0), (0.5, 4.0), (inf, 9.0)],
        [(0.1, math.nan), (inf, 4.0)],
        [(math.nan, 1.0), (inf, 4.0)],
        [(0.1, -1.0), (inf, 4.0)],
        [(0.1, 1.0), (inf, inf)],
        [(0.1, 1.0), (0.1, 2.0), (inf, 4.0)],
    ],
)
def test_what_is_no_histogram_is_inconclusive_on_either_side(
    told: list[tuple[float, float]],
) -> None:
    broken = from_cumulative(told)

    assert any(count < 0 for _, count in broken)
    for found in (judged(broken), judged(BASE, broken), judged(broken, None, max_s=1.0)):
        assert (found.verdict, found.reason) == ("inconclusive", "error")


def test_a_quantile_lies_in_a_bucket() -> None:
    assert quantile_bracket(BASE, 0.5) == (0.05, 0.1)
    assert quantile_bracket(BASE, 0.99) == (0.1, 0.25)
    assert quantile_bracket(BASE, 0.9999) == (1.0, 2.5)
    assert quantile_bracket(((0.1, 99), (0.2, 1)), 0.99) == (0.0, 0.1)
    assert quantile_bracket((), 0.5) is None
    assert quantile_bracket(((0.1, 0), (inf, 0)), 0.5) is None


def test_a_threshold_inside_a_bucket_is_bracketed() -> None:
    assert exceeding(BASE, 0.25) == (Counts(150, 20_000), Counts(150, 20_000))
    assert exceeding(BASE, 0.3) == (Counts(30, 20_000), Counts(150, 20_000))
    assert exceeding(BASE, 9.0) == (Counts(0, 20_000), Counts(0, 20_000))
    assert exceeding(((0.1, 3), (inf, 2)), 9.0) == (Counts(0, 5), Counts(2, 5))


@given(histograms, st.sampled_from(EDGES[:-1]) | st.floats(0, 5))
def test_the_bracket_holds_whatever_the_bucket_hides(hist: Histogram, threshold: float) -> None:
    surely, possibly = exceeding(hist, threshold)

    assert surely.k <= possibly.k <= possibly.n == surely.n
    assert threshold not in EDGES or surely == possibly


def test_the_same_latencies_pass() -> None:
    found = judged(BASE)

    assert (found.verdict, found.reason, found.kind) == ("pass", "not_worse", "latency")
    assert found.name == "latency_p99"
    assert found.said.startswith("latency_p99 above 250ms 0.75% of 20,000 against 0.75% of 20,000")


def test_everything_three_times_slower_fails() -> None:
    rng = Random(3)  # noqa: S311  # a simulation that repeats, no secret

    found = judged(lognormal(rng, 500, slow=1.0), lognormal(rng, 20_000))

    assert (found.verdict, found.reason) == ("fail", "worse")


def test_a_slow_tail_that_ranks_and_means_miss_fails() -> None:
    """2% of requests take ten times as long; the median moves by 1% (statistics.md §0.7)."""
    rng = Random(7)  # noqa: S311  # a simulation that repeats, no secret
    baseline = lognormal(rng, 50_000)

    found = [judged(lognormal(rng, 5000, 0.02, 10), baseline).verdict for _ in range(20)]

    assert found == ["fail"] * 20


def test_a_slow_tail_does_not_hide_below_the_next_edge() -> None:
    """The 99th percentile is 262 ms, next to the edge 250 ms; above 500 ms there is hardly any."""
    rng = Random(8)  # noqa: S311  # a simulation that repeats, no secret
    baseline = lognormal(rng, 50_000)

    found = [judged(lognormal(rng, 5000, 0.02), baseline) for _ in range(20)]

    assert all(one.said.startswith("latency_p99 above 250ms") for one in found)
    assert "pass" not in {one.verdict for one in found}


def test_the_default_margin_is_as_many_slow_requests_again_within_bounds() -> None:
    many = tuple((edge, 10 * count) for edge, count in BASE)
    assert judged(many, many).margin == pytest.approx(0.0075, abs=0.0005)
    assert judged(BASE, ((0.1, 10_000), (0.25, 0), (inf, 0))).margin == pytest.approx(0.005)
    assert judged(BASE, quantile=0.5).margin == 0.10


def test_a_quantile_beyond_the_last_edge_is_compared_at_that_edge() -> None:
    slow: Histogram = ((0.1, 900), (0.25, 0), (inf, 100))

    found = judged(slow, slow)

    assert found.said.startswith("latency_p99 above 250ms 10.0% of 1,000")


def test_only_edges_that_both_sides_have_are_compared() -> None:
    other: Histogram = ((0.2, 7000), (0.3, 2990), (0.5, 9), (inf, 1))

    found = judged(other)

    assert found.said.startswith("latency_p99 above 500ms")


@pytest.mark.parametrize(
    "other",
    [
        ((0.2, 990), (0.3, 9), (inf, 1)),
        ((0.05, 250), (3.0, 740), (inf, 10)),
        ((0.2, 990), (2.5, 10), (inf, 0)),
        ((inf, 1000),),
    ],
)
def test_without_a_common_edge_near_the_quantile_nothing_is_compared(other: Histogram) -> None:
    found = judged(other)

    assert (found.verdict, found.reason) == ("inconclusive", "not_comparable")


@pytest.mark.parametrize(
    ("current", "baseline", "max_s", "reason"),
    [
        (None, BASE, None, "no_data"),
        ((), BASE, 1.0, "no_data"),
        (((0.1, 0), (inf, 0)), BASE, None, "no_data"),
        (BASE, None, None, "no_baseline"),
        (BASE, (), None, "no_baseline"),
        (BASE, ((0.1, 0), (inf, 0)), 1.0, "no_baseline"),
        (((0.2, 5), (0.1, 5)), BASE, 1.0, "error"),
        (((0.1, -5), (inf, 5)), BASE, None, "error"),
        (((math.nan, 5), (inf, 5)), BASE, None, "error"),
        (((math.nan, 500),), BASE, 1.0, "error"),
    ],
)
def test_missing_or_broken_histograms_are_inconclusive(
    current: Histogram | None, baseline: Histogram | None, max_s: float | None, reason: str
) -> None:
    found = judged(current, baseline, max_s)

    assert (found.verdict, found.reason) == ("inconclusive", reason)
    assert found.said.startswith("latency_p99")


@pytest.mark.parametrize(
    ("max_s", "verdict", "reason"),
    [
        (0.25, "pass", "within_limit"),
        (0.3, "pass", "within_limit"),
        (0.1, "fail", "beyond_limit"),
        (0.2, "inconclusive", "wide_interval"),
    ],
)
def test_without_a_baseline_only_the_limit_is_judged(
    max_s: float, verdict: str, reason: str
) -> None:
    found = judged(BASE, None, max_s)

    assert (found.verdict, found.reason) == (verdict, reason)
    assert ("lies inside a bucket" in found.said) == (verdict == "inconclusive")


@pytest.mark.parametrize(
    ("current", "max_s", "verdict", "reason"),
    [
        (BASE, 0.25, "pass", "not_worse"),
        (BASE, 0.1, "fail", "beyond_limit"),
        (((0.05, 100), (0.25, 100), (0.5, 100), (inf, 0)), 1.0, "fail", "worse"),
        (((0.05, 25), (0.1, 50), (0.25, 25), (0.5, 0), (inf, 0)), 0.5, "inconclusive", "too_few"),
    ],
)
def test_the_worse_of_comparison_and_limit_counts_and_both_are_said(
    current: Histogram, max_s: float, verdict: str, reason: str
) -> None:
    found = judged(current, BASE, max_s)

    assert (found.verdict, found.reason) == (verdict, reason)
    assert found.said.count("latency_p99 above") == 2


@given(histograms, histograms, st.none() | st.floats(0.01, 3))
def test_no_histogram_makes_it_fall_over(
    current: Histogram, baseline: Histogram, max_s: float | None
) -> None:
    found = judged(current, baseline, max_s)

    assert found.verdict in {"pass", "fail", "inconclusive"}
    assert found.verdict == "inconclusive" or sum(count for _, count in current) > 0
