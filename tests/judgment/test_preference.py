"""Win rates of a judge: the sign test against scipy, ties, and who may fail."""

from __future__ import annotations

from random import Random

import pytest
from scipy.stats import binomtest

from mlrespond.judgment.dispersion import Slices
from mlrespond.judgment.look import Look
from mlrespond.judgment.preference import Preferences, judge_preference
from mlrespond.model.verdict import MetricVerdict

LOOK = Look(alpha=0.05)


def judged(
    wins: int,
    ties: int,
    losses: int,
    *,
    unread: int = 0,
    calibrated: bool = True,
    slices: Slices | None = None,
) -> MetricVerdict:
    found = Preferences(wins=wins, ties=ties, losses=losses, unread=unread, slices=slices)
    return judge_preference("judge", found, margin=None, look=LOOK, calibrated=calibrated)


@pytest.mark.parametrize(("wins", "losses"), [(40, 60), (380, 520), (5, 30), (100, 100)])
def test_the_interval_is_the_score_interval_of_the_decided_pairs(wins: int, losses: int) -> None:
    found = judged(wins, 17, losses)

    told = binomtest(losses, wins + losses).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((told.low - 0.5, told.high - 0.5))
    assert "17 ties" in found.said


@pytest.mark.parametrize("losses", range(101))
def test_a_fail_is_proven_by_the_exact_sign_test(losses: int) -> None:
    found = judged(100 - losses, 5, losses)

    exact = binomtest(losses, 100, alternative="greater").pvalue
    if found.verdict == "fail":
        assert exact <= 0.025
    elif losses >= 62:
        pytest.fail(f"{losses} of 100 lost, p {exact:.4f}, and it is {found.verdict}")


def test_as_often_preferred_passes_and_less_often_fails() -> None:
    assert (judged(500, 300, 490).verdict, judged(400, 300, 600).verdict) == ("pass", "fail")
    better = judged(700, 0, 300)
    assert (better.verdict, better.reason) == ("pass", "better")
    few = judged(12, 3, 10)
    assert (few.verdict, few.reason) == ("inconclusive", "too_few")
    assert few.more_needed is not None


def test_a_judge_that_is_not_calibrated_never_fails_alone() -> None:
    found = judged(100, 0, 900, calibrated=False)

    assert (found.verdict, found.estimated) == ("inconclusive", True)
    assert "the judge is not calibrated, so that this alone is no fail" in found.said
    assert judged(500, 0, 490, calibrated=False).estimated


@pytest.mark.parametrize(
    ("counts", "reason"),
    [((0, 0, 0, 0), "no_data"), ((0, 40, 0, 0), "too_few"), ((50, 0, 50, 20), "error")],
)
def test_what_cannot_be_judged_is_inconclusive(
    counts: tuple[int, int, int, int], reason: str
) -> None:
    wins, ties, losses, unread = counts

    found = judged(wins, ties, losses, unread=unread)

    assert (found.verdict, found.reason) == ("inconclusive", reason)
    assert judge_preference("judge", None, margin=None, look=LOOK, calibrated=True).said


def test_verdicts_that_come_in_spells_count_for_less() -> None:
    parts = tuple((9.0 if at // 3 % 2 else 1.0, 10.0) for at in range(60))
    losses = round(sum(k for k, _ in parts))

    plain = judged(600 - losses, 0, losses)
    spelled = judged(600 - losses, 0, losses, slices=Slices(60.0, parts))

    assert (spelled.high or 0.0) - (spelled.low or 0.0) > (plain.high or 0.0) - (plain.low or 0.0)


def test_the_sides_changed_about_flip_the_sign() -> None:
    one, other = judged(40, 3, 60), judged(60, 3, 40)

    assert one.effect == pytest.approx(-(other.effect or 0.0))
    assert one.low == pytest.approx(-(other.high or 0.0))


@pytest.mark.parametrize("n", [60, 500])
def test_it_seldom_errs(n: int) -> None:
    chance = Random(n)  # noqa: S311  # a simulation that repeats, no secret
    verdicts = []
    for share in (0.5, 0.55):
        drawn = [sum(chance.random() < share for _ in range(n)) for _ in range(300)]
        verdicts.append([judged(n - losses, 0, losses).verdict for losses in drawn])

    assert verdicts[0].count("fail") <= 0.045 * 300
    assert verdicts[1].count("pass") <= 0.05 * 300
