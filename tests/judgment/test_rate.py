"""Rates: pass is shown, fail is shown and large, and everything else is not known yet."""

from __future__ import annotations

import math
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from mlrespond.judgment.rate import (
    Counts,
    confidence,
    default_margin,
    judge_rate,
    percent,
    points,
    waiting,
)
from mlrespond.model.verdict import MetricVerdict

ALPHA = 0.05
BASE = Counts(21, 2310)
ORDER = {"pass": 0, "inconclusive": 1, "fail": 2}
NAN = cast("int", math.nan)  # what an adapter must not let through, but might
counts = st.integers(1, 2000).flatmap(lambda n: st.builds(Counts, st.integers(0, n), st.just(n)))
margins = st.floats(0.001, 0.3)


def judged(
    current: Counts | None,
    baseline: Counts | None = BASE,
    margin: float | None = 0.005,
    alpha: float = ALPHA,
) -> MetricVerdict:
    return judge_rate("error_ratio", current, baseline, margin=margin, alpha=alpha)


@pytest.mark.parametrize(
    ("current", "baseline", "verdict", "reason"),
    [
        (Counts(33, 812), BASE, "fail", "worse"),
        (Counts(90, 10_000), Counts(90, 10_000), "pass", "not_worse"),
        (Counts(85, 10_000), Counts(90, 10_000), "pass", "not_worse"),
        (Counts(20, 10_000), Counts(90, 10_000), "pass", "better"),
        (Counts(1300, 100_000), Counts(1000, 100_000), "pass", "worse_but_small"),
        (Counts(7, 812), BASE, "inconclusive", "too_few"),
        (Counts(0, 1), BASE, "inconclusive", "too_few"),
        (Counts(1, 1), BASE, "inconclusive", "too_few"),
        (Counts(2, 2), BASE, "inconclusive", "too_few"),
        (Counts(130, 10_000), Counts(900, 100_000), "inconclusive", "wide_interval"),
    ],
)
def test_verdict_follows_the_interval(
    current: Counts, baseline: Counts, verdict: str, reason: str
) -> None:
    found = judged(current, baseline)

    assert (found.verdict, found.reason) == (verdict, reason)
    assert found.warn == (reason == "worse_but_small")
    assert (found.more_needed is not None) == (verdict == "inconclusive")


@pytest.mark.parametrize(
    ("current", "baseline", "reason"),
    [
        (None, BASE, "no_data"),
        (Counts(0, 0), BASE, "no_data"),
        (None, None, "no_data"),
        (BASE, None, "no_baseline"),
        (BASE, Counts(0, 0), "no_baseline"),
        (Counts(6, 5), BASE, "error"),
        (Counts(-1, 5), BASE, "error"),
        (BASE, Counts(3, -1), "error"),
        (None, Counts(9, 3), "error"),
        (Counts(NAN, 5), BASE, "error"),
        (Counts(3, NAN), BASE, "error"),
        (Counts(cast("int", 2.5), 5), BASE, "error"),
        (BASE, Counts(0, cast("int", math.inf)), "error"),
    ],
)
def test_missing_or_impossible_counts_are_inconclusive(
    current: Counts | None, baseline: Counts | None, reason: str
) -> None:
    found = judged(current, baseline, margin=None)

    assert (found.verdict, found.reason) == ("inconclusive", reason)
    assert found.said


def test_interval_is_newcombes() -> None:
    found = judged(Counts(33, 812))

    theirs = confint_proportions_2indep(33, 812, 21, 2310, method="newcomb", alpha=ALPHA)
    assert (found.low, found.high) == pytest.approx(theirs, abs=1e-12)
    assert found.effect == pytest.approx(33 / 812 - 21 / 2310)


def test_said_is_one_line_that_a_tired_person_understands() -> None:
    assert judged(Counts(33, 812)).said == (
        "error_ratio 4.1% of 812 against 0.91% of 2,310 "
        "(+3.2 points, 95% interval +1.9..+4.8; margin 0.5)"
    )
    assert judged(Counts(8, 812), Counts(1, 100), alpha=ALPHA / 20).said == (
        "error_ratio 0.99% of 812 against 1.0% of 100 "
        "(+0.0 points, 99.75% interval -9.2..+1.9; margin 0.5); more of the same will not decide it"
    )
    assert judged(Counts(8, 812), margin=0.01).said.endswith("; about 871 more needed")
    assert judged(None).said == "error_ratio: no data"
    assert judged(Counts(6, 5)).said == "error_ratio: 6 of 5 cannot have been counted"


def test_a_share_that_should_be_high_is_worse_when_lower_and_said_as_it_is_read() -> None:
    found = judge_rate(
        "valid_json",
        Counts(900, 1000),
        Counts(990, 1000),
        margin=None,
        alpha=ALPHA,
        worse="lower",
        feature="answer",
    )

    assert found.verdict == "fail"
    assert found.effect == pytest.approx(0.09)
    assert (found.current, found.baseline, found.feature) == (0.9, 0.99, "answer")
    assert found.said.startswith("valid_json 90.0% of 1,000 against 99.0% of 1,000 (-9.0 points")


def test_default_margin_is_a_point_or_half_of_what_the_baseline_surely_has() -> None:
    assert default_margin(Counts(0, 50)) == 0.01
    assert default_margin(Counts(20, 100_000)) == 0.01
    assert default_margin(Counts(20_000, 100_000)) == pytest.approx(0.1, abs=0.002)
    assert default_margin(Counts(10, 50)) < 0.06
    assert judged(Counts(1, 2310), margin=None).margin == 0.01


def test_a_handful_of_rare_events_is_no_proof_even_where_the_interval_thinks_so() -> None:
    """The score interval excludes 0 for 3 of 50 against 1% at 99.9%; chance does this 1 in 70."""
    found = judged(Counts(3, 50), Counts(50, 5000), margin=None, alpha=0.002)

    assert found.low is not None
    assert found.low > 0
    assert found.verdict == "inconclusive"


def test_nothing_lies_below_a_margin_that_is_no_number() -> None:
    assert judged(Counts(0, 10_000), margin=math.nan).verdict == "inconclusive"


@given(counts, counts, margins)
def test_swapping_the_labels_flips_the_effect_and_mirrors_the_interval(
    one: Counts, other: Counts, margin: float
) -> None:
    there, back = judged(one, other, margin), judged(other, one, margin)

    assert there.effect is not None
    assert there.low is not None
    assert there.high is not None
    assert (back.effect, back.low, back.high) == (-there.effect, -there.high, -there.low)
    assert {there.verdict, back.verdict} != {"fail"}


@given(counts, counts, margins)
def test_lower_is_worse_is_the_same_judgment_of_the_others(
    current: Counts, baseline: Counts, margin: float
) -> None:
    bad = judged(current, baseline, margin)

    good = judge_rate(
        "ok", current.others, baseline.others, margin=margin, alpha=ALPHA, worse="lower"
    )

    assert (good.verdict, good.reason, good.effect) == (bad.verdict, bad.reason, bad.effect)


@given(counts, counts, margins, st.data())
def test_more_bad_events_never_make_it_look_better(
    current: Counts, baseline: Counts, margin: float, data: st.DataObject
) -> None:
    worse = Counts(data.draw(st.integers(current.k, current.n)), current.n)

    before, after = judged(current, baseline, margin), judged(worse, baseline, margin)

    assert ORDER[after.verdict] >= ORDER[before.verdict]


@given(counts, counts, margins, st.integers(2, 20))
def test_more_of_the_same_never_reverses_a_verdict(
    current: Counts, baseline: Counts, margin: float, times: int
) -> None:
    few = judged(current, baseline, margin)

    many = judged(
        Counts(times * current.k, times * current.n),
        Counts(times * baseline.k, times * baseline.n),
        margin,
    )

    assert many.effect == pytest.approx(few.effect)
    assert {few.verdict, many.verdict} != {"pass", "fail"}
    assert few.verdict in {"inconclusive", many.verdict}


@given(counts, counts, margins)
def test_a_verdict_never_contradicts_its_own_interval(
    current: Counts, baseline: Counts, margin: float
) -> None:
    found = judged(current, baseline, margin)

    assert found.effect is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.effect <= found.high
    assert (found.verdict == "pass") == (found.high < margin)
    if found.verdict == "fail":
        assert found.low > 0
        assert found.effect >= margin - 1e-9


@given(counts, st.none() | st.builds(Counts, st.just(0), st.just(0)))
def test_nothing_counted_is_never_a_pass(other: Counts, nothing: Counts | None) -> None:
    assert judged(nothing, other).verdict == "inconclusive"
    assert judged(other, nothing).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.0%"),
        (0.041, "4.1%"),
        (0.00909, "0.91%"),
        (0.0004, "0.04%"),
        (0.00001, "0.001%"),
        (0.9996, "99.96%"),
        (1.0, "100.0%"),
    ],
)
def test_a_share_is_said_with_the_digits_that_matter(share: float, text: str) -> None:
    assert percent(share) == text


def test_points_have_no_sign_and_numbers_to_wait_for_are_round() -> None:
    assert (points(-0.032), points(0.0004)) == ("3.2", "0.04")
    assert waiting(1_032_100) == "; about 1,040,000 more needed"
    assert waiting(7) == "; about 7 more needed"


def test_a_confidence_is_never_told_as_certainty() -> None:
    assert [confidence(one) for one in (0.05, 0.0042, 2e-5, 1e-9)] == [
        "95%",
        "99.58%",
        "99.998%",
        "99.9999999%",
    ]
