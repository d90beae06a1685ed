"""Intervals and the exact test agree with statsmodels and scipy, and keep their laws."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, hypergeom, norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from mlrespond.judgment.proportion import (
    binomial_tail,
    exact_tail,
    first_seen_tail,
    newcombe,
    normal_quantile,
    wilson,
)

SOURCE = Path(__file__).parents[2] / "src"
ALPHAS = [0.05, 0.05 / 20, 0.2, 0.0001]
TABLES = [
    (0, 1, 0, 1),
    (0, 50, 3, 60),
    (50, 50, 0, 7),
    (33, 812, 21, 2310),
    (7, 34, 1, 34),
    (400_000, 1_000_000, 399_000, 1_000_000),
]
counts = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
alphas = st.floats(1e-6, 0.5)


@pytest.mark.parametrize("p", [1e-12, 0.0125, 0.025, 0.5, 0.9, 0.99875])
def test_normal_quantile_equals_scipy(p: float) -> None:
    assert normal_quantile(p) == pytest.approx(norm.ppf(p), abs=1e-9)


@pytest.mark.parametrize("p", [0, 1, -0.1, float("nan")])
def test_what_is_no_probability_has_no_quantile(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(p)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize(("k", "n"), [table[:2] for table in TABLES])
def test_wilson_equals_statsmodels_and_scipy(k: int, n: int, alpha: float) -> None:
    low, high = wilson(k, n, alpha)

    assert (low, high) == pytest.approx(proportion_confint(k, n, alpha, "wilson"), abs=1e-12)
    theirs = binomtest(k, n).proportion_ci(1 - alpha, "wilson")
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("table", TABLES)
def test_newcombe_equals_statsmodels(table: tuple[int, int, int, int], alpha: float) -> None:
    found = newcombe(*table, alpha)

    theirs = confint_proportions_2indep(*table, method="newcomb", compare="diff", alpha=alpha)
    assert (found.low, found.high) == pytest.approx(theirs, abs=1e-12)


def test_newcombe_equals_the_paper() -> None:
    """Newcombe 1998, table II, comparisons (a) and (b), method 10."""
    found = newcombe(56, 70, 48, 80, 0.05)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)

    found = newcombe(9, 10, 3, 10, 0.05)
    assert (round(found.low, 4), round(found.high, 4)) == (0.1705, 0.8090)


@given(counts, counts)
def test_exact_tail_equals_scipy(current: tuple[int, int], base: tuple[int, int]) -> None:
    k, n = current
    k_base, n_base = base

    tail = exact_tail(k, n, k_base, n_base)

    theirs = hypergeom.sf(k - 1, n + n_base, k + k_base, n)
    assert tail == pytest.approx(theirs, rel=1e-6, abs=1e-10)


def test_exact_tail_holds_far_out_and_for_millions() -> None:
    assert exact_tail(2000, 2000, 0, 2000) == pytest.approx(0.0, abs=1e-300)
    assert exact_tail(0, 2000, 2000, 2000) == 1.0
    million = exact_tail(50_400, 1_000_000, 50_000, 1_000_000)
    assert million == pytest.approx(hypergeom.sf(50_399, 2_000_000, 100_400, 1_000_000), rel=1e-5)


@given(counts, st.floats(0.0001, 0.9999))
def test_binomial_tail_equals_scipy(count: tuple[int, int], p: float) -> None:
    k, n = count

    assert binomial_tail(k, n, p) == pytest.approx(binom.sf(k - 1, n, p), rel=1e-6, abs=1e-10)


@pytest.mark.parametrize(
    ("k", "p", "tail"), [(0, 0.0, 1.0), (1, 0.0, 0.0), (0, 1.0, 1.0), (5, 1.0, 1.0), (6, 0.5, 0.0)]
)
def test_binomial_tail_of_what_is_certain(k: int, p: float, tail: float) -> None:
    assert binomial_tail(k, 5, p) == tail


@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_what_cannot_be_counted_has_no_interval(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="has no share"):
        wilson(k, n, 0.05)


@given(counts, alphas)
def test_interval_holds_the_share_and_stays_within_0_and_1(
    count: tuple[int, int], alpha: float
) -> None:
    low, high = wilson(*count, alpha)

    assert 0 <= low <= count[0] / count[1] <= high <= 1


@given(counts, counts, alphas)
def test_swapping_the_labels_mirrors_the_difference(
    current: tuple[int, int], base: tuple[int, int], alpha: float
) -> None:
    there, back = newcombe(*current, *base, alpha), newcombe(*base, *current, alpha)

    assert back.mirrored() == there


@given(counts, counts, alphas)
def test_counting_the_others_instead_mirrors_the_difference(
    current: tuple[int, int], base: tuple[int, int], alpha: float
) -> None:
    (k, n), (k_base, n_base) = current, base

    bad = newcombe(k, n, k_base, n_base, alpha)
    good = newcombe(n - k, n, n_base - k_base, n_base, alpha).mirrored()

    assert (good.effect, good.low, good.high) == pytest.approx((bad.effect, bad.low, bad.high))


@given(counts, counts, st.integers(2, 50), alphas)
def test_more_of_the_same_keeps_the_effect_and_narrows_the_interval(
    current: tuple[int, int], base: tuple[int, int], times: int, alpha: float
) -> None:
    (k, n), (k_base, n_base) = current, base

    few = newcombe(k, n, k_base, n_base, alpha)
    many = newcombe(times * k, times * n, times * k_base, times * n_base, alpha)

    assert many.effect == pytest.approx(few.effect)
    assert few.low <= many.low + 1e-12
    assert many.high <= few.high + 1e-12


def test_importing_judgment_does_not_pay_for_statistics() -> None:
    program = "import sys, mlrespond.judgment.inputs; print('statistics' in sys.modules)"

    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.strip() == "False"


@pytest.mark.parametrize(("k", "n", "n_base"), [(3, 1000, 5000), (7, 1000, 1000), (30, 50, 20)])
def test_what_was_never_seen_is_tested_at_the_share_that_makes_it_likeliest(
    k: int, n: int, n_base: int
) -> None:
    shares = [k / n * at / 5000 for at in range(1, 5000)]
    likeliest = max((1 - p) ** n_base * float(binom.sf(k - 1, n, p)) for p in shares)

    found = first_seen_tail(k, n, n_base)

    assert found == pytest.approx(likeliest, rel=1e-5)
    assert found < exact_tail(k, n, 0, n_base)


def test_what_was_never_looked_for_may_always_have_been_there() -> None:
    assert first_seen_tail(5, 100, 0) == first_seen_tail(0, 100, 100) == 1.0
    assert first_seen_tail(100, 100, 100) < 1e-29
