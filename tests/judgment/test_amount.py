"""Costs: a tail by the share above an edge, a mean by its ratio, and what neither may say."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, sqrt
from random import Random

import pytest
from scipy.stats import t as student

from mlrespond.judgment.amount import Counted, judge_amounts, written_in
from mlrespond.judgment.look import Look
from mlrespond.judgment.mean import judge_mean
from mlrespond.judgment.tail import Tail
from mlrespond.model.amount import ACCURACY, GAMMA, Amounts, Buckets
from mlrespond.model.verdict import MetricVerdict

SLICES = 30
LOOK = Look(alpha=0.05)


def counted(values: Sequence[float], missing: int = 0) -> Counted:
    """Return values that came one after the other, in equal slices of a minute."""
    size = -(-len(values) // SLICES) or 1
    parts = [Buckets.of(values[at * size : (at + 1) * size]) for at in range(SLICES)]
    return Counted(Amounts(name="cost", missing=missing, slices=tuple(parts)), 60.0)


def drawn(seed: int, n: int, times: float = 1.0, sigma: float = 1.0) -> list[float]:
    chance = Random(seed)  # noqa: S311  # a simulation that repeats, no secret
    return [times * exp(chance.gauss(0, sigma)) for _ in range(n)]


def spelled(seed: int, n: int, times: float = 1.0) -> list[float]:
    """Return costs whose level wanders: that of each slice depends on the one before."""
    chance = Random(seed)  # noqa: S311  # a simulation that repeats, no secret
    level, values = 0.0, []
    for _ in range(SLICES):
        level = 0.3 * level + 0.15 * chance.gauss(0, 1)
        values += [times * exp(level + 0.5 * chance.gauss(0, 1)) for _ in range(n // SLICES)]
    return values


def mean(
    current: Counted | None,
    baseline: Counted | None,
    *,
    margin: float | None = None,
    at_most: float | None = None,
) -> MetricVerdict:
    return judge_mean(
        "cost",
        current,
        baseline,
        margin=margin,
        at_most=at_most,
        look=LOOK,
        written=written_in("EUR"),
    )


def tail(current: Counted | None, baseline: Counted | None, **more: float) -> MetricVerdict:
    told = Tail(
        name="cost",
        kind="cost",
        quantile=0.99,
        written=written_in("EUR"),
        margin=more.get("margin"),
        at_most=more.get("at_most"),
    )
    return judge_amounts(told, current, baseline, look=LOOK)


def test_a_mean_has_the_interval_of_the_ratio() -> None:
    now, before = drawn(1, 3000, 1.0, 0.5), drawn(2, 9000, 1.0, 0.5)

    found = mean(counted(now), counted(before))

    cap = 4 * sorted(before)[round(0.995 * len(before)) - 1]
    moments = []
    for values in (now, before):
        held = [min(one, cap) for one in values]
        m = sum(held) / len(held)
        moments.append((m, sum((one - m) ** 2 for one in held) / len(held) / len(held) / m**2))
    ratio = moments[0][0] / moments[1][0]
    half = student.ppf(0.975, 40) * sqrt(moments[0][1] + moments[1][1])
    assert found.effect is not None
    assert found.baseline is not None
    assert 1 + found.effect / found.baseline == pytest.approx(ratio, abs=0.01)
    assert found.high is not None
    assert 1 + found.high / found.baseline == pytest.approx(ratio * exp(half) * GAMMA, rel=0.02)
    assert found.current == pytest.approx(moments[0][0], rel=2 * ACCURACY)


def test_a_dearer_mean_fails_and_an_equal_one_passes() -> None:
    before = counted(drawn(3, 9000))

    dear, same = mean(counted(drawn(4, 3000, 1.5)), before), mean(counted(drawn(5, 9000)), before)

    assert (dear.verdict, dear.reason, dear.kind) == ("fail", "worse", "mean")
    assert (same.verdict, same.reason) == ("pass", "not_worse")
    assert "EUR on average of 3,000 against" in dear.said
    assert "p95 " in dear.said
    assert dear.quantile is not None


def test_a_little_dearer_is_a_pass_that_warns() -> None:
    found = mean(counted(drawn(4, 9000, 1.1, 0.2)), counted(drawn(3, 9000, 1.0, 0.2)))

    assert (found.verdict, found.warn) == ("pass", True)


def test_one_huge_cost_moves_no_mean_and_shows_in_the_limit() -> None:
    before, now = drawn(3, 9000), [*drawn(5, 9000), 1e7]

    assert mean(counted(now), counted(before)).verdict == "pass"
    limited = mean(counted(now), None, at_most=2.0)
    assert limited.current is not None
    assert limited.current > 1000
    assert limited.verdict == "inconclusive"


def test_a_limit_is_kept_or_broken_only_where_that_is_sure() -> None:
    now = counted(drawn(5, 9000))

    assert mean(now, None, at_most=2.0).verdict == "pass"
    assert mean(now, None, at_most=1.68).verdict == "inconclusive"
    broken = mean(now, counted(drawn(6, 9000)), at_most=1.2)
    assert (broken.verdict, broken.reason) == ("fail", "beyond_limit")
    assert mean(now, None).reason == "no_baseline"


@pytest.mark.parametrize(
    ("current", "baseline", "reason"),
    [
        (None, counted([1.0] * 100), "no_data"),
        (counted([]), counted([1.0] * 100), "no_data"),
        (counted([1.0] * 100), counted([]), "no_baseline"),
        (counted([1.0] * 49), counted([1.0] * 100), "too_few"),
        (counted([1.0] * 100), counted([1.0] * 49), "too_few"),
        (counted([1.0] * 100), counted([0.0] * 100), "not_comparable"),
        (counted([1.0] * 100, missing=20), counted([1.0] * 100), "not_comparable"),
    ],
)
def test_what_cannot_be_compared_is_inconclusive(
    current: Counted | None, baseline: Counted | None, reason: str
) -> None:
    found = mean(current, baseline)

    assert (found.verdict, found.reason) == ("inconclusive", reason)
    assert found.said.startswith("cost: ")


def test_all_alike_is_as_good_and_nothing_at_all_is_better() -> None:
    before = counted([2.0] * 300)

    assert mean(counted([2.0] * 300), before).verdict == "pass"
    free = mean(counted([0.0] * 300), before)
    assert (free.verdict, free.reason) == ("pass", "better")
    assert mean(counted([3.0] * 300), before).verdict == "fail"


def test_of_amounts_so_skew_that_large_ones_may_be_missing_nothing_passes() -> None:
    few, many = drawn(3, 600, sigma=2.0), drawn(4, 2400, sigma=2.0)

    found = mean(counted(few), counted(many))

    assert (found.verdict, found.reason) == ("inconclusive", "too_few")
    assert found.more_needed is not None


def test_of_a_few_that_cost_nothing_it_is_told_how_many_would_do() -> None:
    before = [0.0] * 5990 + [1.0] * 10

    found = mean(counted([0.0] * 60), counted(before))

    assert found.verdict == "inconclusive"
    assert (found.more_needed or 0) > 1000


def test_rows_without_a_cost_turn_no_fail_into_a_pass() -> None:
    before, dear = counted(drawn(3, 900), missing=9), drawn(4, 900, 2.0)

    found = [mean(counted(dear, missing), before).verdict for missing in (0, 30, 300, 100_000)]

    assert found[0] == "fail"
    assert "pass" not in found


def test_a_tail_is_judged_by_the_share_above_an_edge() -> None:
    before = drawn(3, 9000)
    now = [20 + one if at % 50 == 0 else one for at, one in enumerate(drawn(4, 9000))]

    found = tail(counted(now), counted(before))

    assert (found.verdict, found.kind) == ("fail", "cost")
    assert found.baseline == pytest.approx(0.01, abs=0.001)
    assert found.quantile is not None
    assert found.quantile_base is not None
    exact = sorted(before)[round(0.99 * len(before)) - 1]
    assert found.quantile_base.low is not None
    assert found.quantile_base.high is not None
    assert found.quantile_base.low <= exact <= found.quantile_base.high
    assert tail(counted(drawn(8, 9000)), counted(before), margin=0.01).verdict == "pass"


def test_all_of_a_tail_that_moved_far_away_has_an_edge_in_common() -> None:
    found = tail(counted(drawn(4, 3000, 1e6)), counted(drawn(3, 3000)))

    assert (found.verdict, found.current) == ("fail", 1.0)


def test_a_tails_limit_inside_a_bucket_is_open_only_there() -> None:
    now = counted([1.0] * 2000)

    assert tail(now, None, at_most=1.5).verdict == "pass"
    assert tail(now, None, at_most=0.5).verdict == "fail"
    inside = tail(counted([1.005] * 2000), None, at_most=1.003)
    assert (inside.verdict, inside.reason) == ("inconclusive", "wide_interval")


@pytest.mark.parametrize("kind", ["independent", "wandering"])
@pytest.mark.parametrize(("n", "most"), [(60, 0.05), (600, 0.05)])
def test_an_unchanged_mean_is_seldom_called_dearer(kind: str, n: int, most: float) -> None:
    draw = drawn if kind == "independent" else spelled
    found = [
        mean(counted(draw(2 * seed, n)), counted(draw(2 * seed + 1, 10 * n))).verdict
        for seed in range(100)
    ]

    assert found.count("fail") <= most * len(found)


@pytest.mark.parametrize("kind", ["independent", "wandering"])
def test_a_mean_that_is_worse_by_the_margin_seldom_passes(kind: str) -> None:
    draw = drawn if kind == "independent" else spelled
    found = [
        mean(counted(draw(2 * seed, 600, 1.2)), counted(draw(2 * seed + 1, 6000))).verdict
        for seed in range(100)
    ]

    assert found.count("pass") <= 0.06 * len(found)
