"""Exact draws that depend on a key alone."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from scipy import stats

from mlrespond.lab.signal_chance import Wobble, binomial, burst, drawn, log_uniform, poisson


def goodness(found: Sequence[int], probability: Callable[[int], float]) -> float:
    """Return the p-value of Pearson's test, with rare values together."""
    counts, n = Counter(found), len(found)
    common = [value for value in range(max(found) + 1) if n * probability(value) >= 5]
    observed = [float(counts[value]) for value in common]
    expected = [n * probability(value) for value in common]
    rest = n - sum(expected)
    if rest > 1:
        observed, expected = [*observed, n - sum(observed)], [*expected, rest]
    total = sum(expected)
    return float(stats.chisquare(observed, [one * sum(observed) / total for one in expected])[1])


@pytest.mark.parametrize(
    ("n", "p"), [(1, 0.3), (40, 0.02), (125, 0.005), (125, 0.4), (125, 0.95), (3000, 0.2)]
)
def test_binomials_are_distributed_as_such(n: int, p: float) -> None:
    chance = drawn("binomial", n, p)

    found = [binomial(chance, n, p) for _ in range(6000)]

    assert goodness(found, lambda k: float(stats.binom.pmf(k, n, p))) > 0.001


@pytest.mark.parametrize("mean", [0.4, 9.0, 125.0, 900.0])
def test_poissons_are_distributed_as_such(mean: float) -> None:
    chance = drawn("poisson", mean)

    found = [poisson(chance, mean) for _ in range(6000)]

    assert goodness(found, lambda k: float(stats.poisson.pmf(k, mean))) > 0.001


def test_sure_trials_are_sure() -> None:
    chance = drawn(1)

    assert [binomial(chance, 50, p) for p in (0.0, 1.0)] == [0, 50]
    assert binomial(chance, 0, 0.5) == 0
    assert poisson(chance, 0.0) == 0


@pytest.mark.parametrize("phi", [1.3, 4.0])
def test_bursts_spread_a_count_as_they_should(phi: float) -> None:
    chance, n, p = drawn("burst", phi), 500, 0.01

    found = [binomial(chance, n, burst(chance, p, n, phi)) for _ in range(8000)]

    assert statistics.fmean(found) == pytest.approx(n * p, rel=0.05)
    assert statistics.variance(found) / (n * p * (1 - p)) == pytest.approx(phi, rel=0.1)


def test_no_bursts_leave_a_share_as_it_is() -> None:
    assert burst(drawn(1), 0.1, 500, 1.0) == 0.1
    assert burst(drawn(1), 0.0, 500, 2.0) == 0.0


def test_a_key_always_draws_the_same() -> None:
    assert drawn("a", 1).random() == drawn("a", 1).random() != drawn("a", 2).random()


def test_log_uniform_numbers_are_within_bounds() -> None:
    chance = drawn("log")

    found = [log_uniform(chance, 0.05, 0.6) for _ in range(2000)]

    assert 0.05 <= min(found) < max(found) <= 0.6
    assert statistics.median(found) == pytest.approx((0.05 * 0.6) ** 0.5, rel=0.1)


def test_wobbles_are_standard_normal_and_alike_at_near_times() -> None:
    wobble = Wobble(60.0, 7, "load")

    far = [wobble.at(1000.0 * at) for at in range(2000)]
    steps = [wobble.at(1000.0 * at + 3) - wobble.at(1000.0 * at) for at in range(2000)]

    assert abs(statistics.fmean(far)) < 0.1
    assert statistics.stdev(far) == pytest.approx(1.0, rel=0.06)
    assert statistics.stdev(steps) < 0.15
    assert wobble.at(60 * 5) == pytest.approx(wobble.at(60 * 5 - 0.001), abs=0.001)
