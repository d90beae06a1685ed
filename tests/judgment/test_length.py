"""Lengths: the probability of superiority against scipy, and how often drift is called wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from scipy.stats import mannwhitneyu
from tests.judgment.test_amount import counted

from mlrespond.judgment.amount import written_in
from mlrespond.judgment.length import judge_length, placements
from mlrespond.judgment.look import Look
from mlrespond.model.amount import Buckets
from mlrespond.model.verdict import MetricVerdict

GRID = [0.0, *(1.1**power for power in range(30))]
"""Lengths that lie in buckets of their own."""


def lengths(seed: int, n: int, longer: int = 0) -> list[float]:
    chance = Random(seed)  # noqa: S311  # a simulation that repeats, no secret
    return [GRID[min(30, max(0, round(chance.gauss(12, 4)) + longer))] for _ in range(n)]


def spelled(seed: int, n: int) -> list[float]:
    """Return lengths whose middle wanders from one thirtieth to the next."""
    chance = Random(seed)  # noqa: S311  # a simulation that repeats, no secret
    found = []
    for _ in range(30):
        middle = chance.gauss(12, 1)
        found += [GRID[min(30, max(0, round(chance.gauss(middle, 3))))] for _ in range(n // 30)]
    return found


def judged(
    now: Sequence[float], before: Sequence[float], margin: float | None = None
) -> MetricVerdict:
    return judge_length(
        "length",
        counted(now),
        counted(before),
        margin=margin,
        look=Look(alpha=0.05),
        written=written_in("characters"),
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_effect_is_that_of_mann_and_whitney(seed: int) -> None:
    now, before = lengths(seed, 300, 1), lengths(seed + 50, 500)

    found = judged(now, before)

    assert found.current == pytest.approx(mannwhitneyu(now, before).statistic / (300 * 500))


def test_placements_of_both_sides_tell_the_same_pairs() -> None:
    one, other = Buckets.of([0, 1, 2, 2, 8]), Buckets.of([0, 0, 2, 4])

    above, _ = placements(other)(one)
    under, _ = placements(one)(other)

    assert above / 5 == pytest.approx(1 - under / 4)


def test_the_interval_is_about_that_of_many_drawings() -> None:
    shares = [judged(lengths(2 * n, 200), lengths(2 * n + 1, 400)).current for n in range(150)]
    found = judged(lengths(0, 200), lengths(1, 400))

    assert all(share is not None for share in shares)
    spread = sorted(abs((share or 0.0) - 0.5) for share in shares)[int(0.95 * 150)]
    assert found.low is not None
    assert found.high is not None
    assert spread < (found.high - found.low) / 2 < 2.5 * spread


@pytest.mark.parametrize("longer", [-6, 6])
def test_outputs_that_got_longer_or_shorter_fail(longer: int) -> None:
    found = judged(lengths(1, 600, longer), lengths(2, 6000))

    assert (found.verdict, found.reason, found.kind) == ("fail", "worse", "length")
    assert found.effect is not None
    assert found.effect > 0.14
    assert ("50% is no drift" in found.said, "; p50 " in found.said) == (True, True)


def test_lengths_that_are_alike_pass_and_a_small_drift_warns() -> None:
    assert judged(lengths(1, 3000), lengths(2, 6000)).verdict == "pass"
    small = judged(lengths(1, 6000, 1), lengths(2, 6000))
    assert (small.verdict, small.warn) == ("pass", True)


def test_all_of_one_length_is_no_drift_and_all_of_another_is_one() -> None:
    assert judged([5.0] * 100, [5.0] * 100).verdict == "pass"
    assert judged([9.0] * 100, [5.0] * 100).verdict == "fail"
    assert judged([0.0] * 100, [0.0] * 100).verdict == "pass"


def test_the_sides_changed_about_say_the_same() -> None:
    now, before = lengths(1, 400, 2), lengths(2, 400)

    one, other = judged(now, before), judged(before, now)

    assert one.verdict == other.verdict
    assert one.current == pytest.approx(1 - (other.current or 0.0))


@pytest.mark.parametrize(
    ("now", "before", "reason"),
    [
        ([], [5.0] * 100, "no_data"),
        ([5.0] * 100, [], "no_baseline"),
        ([5.0] * 49, [5.0] * 100, "too_few"),
        ([5.0] * 100, [5.0] * 49, "too_few"),
    ],
)
def test_what_is_too_little_is_inconclusive(
    now: list[float], before: list[float], reason: str
) -> None:
    found = judged(now, before)

    assert (found.verdict, found.reason) == ("inconclusive", reason)


@pytest.mark.parametrize("kind", ["independent", "wandering"])
def test_a_drift_is_seldom_called_where_there_is_none(kind: str) -> None:
    draw = lengths if kind == "independent" else spelled
    found = [
        judged(draw(2 * seed, 120), draw(2 * seed + 1, 1200), margin=0.001).verdict
        for seed in range(120)
    ]

    assert found.count("fail") <= 0.09 * len(found)


def test_a_drift_of_the_margin_seldom_passes() -> None:
    true = judged(lengths(1000, 60_000, 2), lengths(1001, 60_000)).effect
    assert true is not None
    found = [
        judged(lengths(2 * seed, 200, 2), lengths(2 * seed + 1, 2000), margin=true).verdict
        for seed in range(120)
    ]

    assert found.count("pass") <= 0.07 * len(found)
