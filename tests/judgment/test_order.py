"""Order-statistic intervals, against scipy's binomial and by simulation."""

from __future__ import annotations

from math import exp, inf
from random import Random

import pytest
from scipy.stats import binom

from mlrespond.judgment.histogram import Histogram
from mlrespond.judgment.order import order_ranks, quantile_interval


@pytest.mark.parametrize("alpha", [0.05, 0.0025])
@pytest.mark.parametrize("q", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("n", [1, 8, 50, 368, 4000])
def test_ranks_are_the_innermost_that_the_binomial_allows(n: int, q: float, alpha: float) -> None:
    low, high = order_ranks(n, q, alpha)

    lows = [k for k in range(1, n + 1) if binom.cdf(k - 1, n, q) <= alpha / 2]
    highs = [k for k in range(1, n + 1) if binom.sf(k - 1, n, q) <= alpha / 2]
    assert low == (max(lows) if lows else None)
    assert high == (min(highs) if highs else None)


@pytest.mark.parametrize(("q", "enough"), [(0.95, 72), (0.99, 368), (0.999, 3688)])
def test_an_upper_end_needs_enough_values(q: float, enough: int) -> None:
    assert order_ranks(enough, q, 0.05)[1] == enough
    assert order_ranks(enough - 1, q, 0.05)[1] is None


@pytest.mark.parametrize(("n", "q"), [(0, 0.5), (-1, 0.5), (10, 0.0), (10, 1.0)])
def test_without_values_or_a_quantile_there_is_no_interval(n: int, q: float) -> None:
    with pytest.raises(ValueError, match="no interval"):
        order_ranks(n, q, 0.05)


def test_the_interval_reaches_from_edge_to_edge() -> None:
    hist: Histogram = tuple((float(edge), 10) for edge in range(1, 101))

    found = quantile_interval(hist, 0.9, 0.05)

    assert found is not None
    low, high = order_ranks(1000, 0.9, 0.05)
    assert low is not None
    assert high is not None
    assert (found.low, found.high) == ((low - 1) // 10, (high - 1) // 10 + 1)


def test_what_lies_above_the_last_edge_has_no_upper_end() -> None:
    found = quantile_interval(((0.1, 500), (inf, 500)), 0.9, 0.05)

    assert found is not None
    assert (found.low, found.high) == (0.1, None)
    assert quantile_interval((), 0.9, 0.05) is None


def test_bursts_and_doubt_about_them_widen_it() -> None:
    hist: Histogram = tuple((float(edge), 10) for edge in range(1, 101))

    plain, bursty, unsure = (
        quantile_interval(hist, 0.5, 0.05, worth, dof)
        for worth, dof in ((1.0, inf), (4.0, inf), (4.0, 5.0))
    )

    widths = [(one.high or 0.0) - (one.low or 0.0) for one in (plain, bursty, unsure) if one]
    assert len(widths) == 3
    assert widths[0] < widths[1] < widths[2]


@pytest.mark.parametrize("q", [0.5, 0.95])
def test_it_misses_no_more_often_than_it_says(q: float) -> None:
    chance = Random(20)  # noqa: S311  # a simulation that repeats, no secret
    missed = 0
    for _ in range(400):
        values = sorted(exp(chance.gauss(0, 2)) for _ in range(120))
        hist: Histogram = tuple((value, 1) for value in values)
        found = quantile_interval(hist, q, 0.05)
        assert found is not None
        true = exp(2 * {0.5: 0.0, 0.95: 1.6448536269514722}[q])
        missed += not (found.low or 0.0) <= true <= (found.high or inf)

    assert missed <= 0.08 * 400
