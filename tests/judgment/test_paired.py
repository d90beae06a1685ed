"""Golden cases: exact where none got worse, by Newcombe's paired interval where some did."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar

from mlrespond.judgment.paired import Paired, judge_paired, mcnemar_tail, paired_difference
from mlrespond.judgment.proportion import newcombe
from mlrespond.model.verdict import MetricVerdict

ORDER = {"pass": 0, "inconclusive": 1, "fail": 2}
cell = st.integers(0, 100)
pairs = st.builds(Paired, both=cell, only_current=cell, only_baseline=cell, neither=cell)


def of(both: int, only_current: int, only_baseline: int, neither: int) -> Paired:
    return Paired(
        both=both, only_current=only_current, only_baseline=only_baseline, neither=neither
    )


def judged(
    paired: Paired | None, margin: float | None = None, alpha: float = 0.05
) -> MetricVerdict:
    return judge_paired("golden", paired, margin=margin, alpha=alpha)


def test_interval_equals_the_published_one() -> None:
    """Cavo 2012, as R's contingencytables (Fagerland, Lydersen and Laake) tests it."""
    found = paired_difference(of(59, 16, 6, 80), 0.05)

    assert (found.effect, found.low, found.high) == pytest.approx(
        (-0.0621, -0.1186, -0.0046), abs=5e-5
    )


@given(cell, cell.filter(bool), st.floats(1e-4, 0.3))
def test_answers_that_cannot_vary_together_have_the_interval_of_two_samples(
    both: int, only_baseline: int, alpha: float
) -> None:
    n = both + only_baseline

    found = paired_difference(of(both, 0, only_baseline, 0), alpha)

    two = newcombe(n, n, both, n, alpha)
    assert (found.effect, found.low, found.high) == pytest.approx((two.effect, two.low, two.high))


def test_answers_that_mostly_agree_are_compared_more_sharply_than_two_samples() -> None:
    found = paired_difference(of(150, 2, 6, 42), 0.05)

    two = newcombe(156, 200, 152, 200, 0.05)
    assert found.high - found.low < 0.6 * (two.high - two.low)


@given(pairs.filter(lambda one: one.n > 0), st.floats(1e-4, 0.3))
def test_swapping_the_versions_mirrors_the_difference(paired: Paired, alpha: float) -> None:
    swapped = of(paired.both, paired.only_baseline, paired.only_current, paired.neither)

    there, back = paired_difference(paired, alpha), paired_difference(swapped, alpha)

    mirrored = back.mirrored()
    assert (mirrored.effect, mirrored.low, mirrored.high) == pytest.approx(
        (there.effect, there.low, there.high), abs=1e-12
    )


@given(pairs.filter(lambda one: one.n > 0), st.floats(1e-4, 0.3))
def test_the_interval_holds_the_effect(paired: Paired, alpha: float) -> None:
    found = paired_difference(paired, alpha)

    assert found.low <= found.effect <= found.high


@pytest.mark.parametrize(
    ("paired", "verdict", "reason"),
    [
        (of(50, 0, 0, 0), "pass", "not_worse"),
        (of(45, 0, 0, 5), "pass", "not_worse"),
        (of(20, 30, 0, 0), "pass", "better"),
        (of(0, 20, 0, 0), "pass", "better"),
        (of(190, 20, 1, 4), "pass", "better"),
        (of(19, 0, 0, 0), "inconclusive", "too_few"),
        (of(39, 0, 1, 0), "inconclusive", "wide_interval"),
        (of(30, 2, 1, 7), "inconclusive", "wide_interval"),
        (of(30, 0, 10, 0), "fail", "worse"),
        (of(0, 0, 40, 0), "fail", "worse"),
        (of(0, 0, 3, 37), "fail", "worse"),
        (of(0, 0, 6, 0), "fail", "worse"),
        (of(0, 0, 2, 0), "inconclusive", "too_few"),
        (of(0, 0, 0, 40), "inconclusive", "not_comparable"),
        (of(9000, 90, 150, 760), "pass", "worse_but_small"),
    ],
)
def test_golden_cases_are_judged(paired: Paired, verdict: str, reason: str) -> None:
    found = judged(paired)

    assert (found.verdict, found.reason) == (verdict, reason)
    assert found.kind == "golden"
    assert found.warn == (reason == "worse_but_small")


def test_equal_answers_to_50_cases_pass_although_a_sample_of_50_would_not_show_it() -> None:
    found = judged(of(50, 0, 0, 0))

    assert found.verdict == "pass"
    assert found.high is not None
    assert found.high > 0.02


@pytest.mark.parametrize(
    ("paired", "reason"),
    [
        (None, "no_data"),
        (of(0, 0, 0, 0), "no_data"),
        (of(5, -1, 0, 0), "error"),
        (of(cast("int", math.nan), 0, 0, 0), "error"),
    ],
)
def test_nothing_or_nonsense_is_inconclusive(paired: Paired | None, reason: str) -> None:
    found = judged(paired)

    assert (found.verdict, found.reason) == ("inconclusive", reason)
    assert found.said


def test_said_counts_the_cases_that_changed() -> None:
    assert judged(of(30, 1, 8, 1)).said == (
        "golden 77.5% of 40 cases against 95.0% (8 got worse, 1 better; "
        "-17.5 points, 95% interval -32.9..-2.2; margin 2.0)"
    )
    assert judged(of(15, 0, 0, 0)).said.endswith("; about 5 more needed")


@given(pairs, st.sampled_from([0.01, 0.02, 0.1]))
def test_one_more_case_got_worse_never_makes_it_look_better(paired: Paired, margin: float) -> None:
    if paired.both == 0:
        return
    worse = of(paired.both - 1, paired.only_current, paired.only_baseline + 1, paired.neither)

    before, after = judged(paired, margin), judged(worse, margin)

    assert ORDER[after.verdict] >= ORDER[before.verdict]


@given(pairs)
def test_a_version_that_gets_every_case_wrong_never_passes(paired: Paired) -> None:
    wrong = of(0, 0, paired.both + paired.only_baseline, paired.only_current + paired.neither)

    found = judged(wrong)

    assert found.verdict != "pass"
    if wrong.n >= 20 and wrong.only_baseline:
        assert found.verdict == "fail"


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemars_test_is_that_of_statsmodels(worse: int, better: int) -> None:
    found = mcnemar_tail(Paired(both=50, only_current=better, only_baseline=worse, neither=7))

    if worse + better:
        oracle = binomtest(worse, worse + better, 0.5, alternative="greater").pvalue
        assert found == pytest.approx(oracle, rel=1e-9)
    two_sided = mcnemar([[50, worse], [better, 7]], exact=True).pvalue
    if worse > better:
        assert two_sided == pytest.approx(min(1.0, 2 * found), rel=1e-9)


def test_a_sample_without_a_difference_is_no_proof() -> None:
    alike = Paired(both=40, only_current=0, only_baseline=0, neither=0)

    assert judge_paired("golden", alike, alpha=0.05).verdict == "pass"
    found = judge_paired("recent", alike, alpha=0.05, sampled=True)

    assert (found.verdict, found.reason) == ("inconclusive", "wide_interval")
    assert found.more_needed is not None
    assert 100 <= found.more_needed <= 300


def test_pairs_of_a_sample_err_as_seldom_as_they_may() -> None:
    """Two versions, each wrong once in ten, mostly on the same inputs: 2.5% (8 of 2000 more)."""
    chance = np.random.default_rng(7)
    fails = passes = 0
    for _ in range(2000):
        hard = chance.random(200) < 0.06
        one, other = (~(hard | (chance.random(200) < 0.04)) for _ in range(2))
        same = _paired(one, other)
        fails += judge_paired("right", same, alpha=0.05, sampled=True).verdict == "fail"
        worse = one & ~(chance.random(200) < 0.0222)  # the margin, of nine in ten
        passes += (
            judge_paired("right", _paired(worse, other), alpha=0.05, sampled=True).verdict == "pass"
        )

    assert fails <= 60
    assert passes <= 70


def _paired(current: npt.NDArray[np.bool_], baseline: npt.NDArray[np.bool_]) -> Paired:
    both = int((current & baseline).sum())
    return Paired(
        both=both,
        only_current=int(current.sum()) - both,
        only_baseline=int(baseline.sum()) - both,
        neither=int((~current & ~baseline).sum()),
    )
