"""Golden cases: two versions answer the same inputs, so cases are compared one with one.

A golden set is fixed and an answer to it mostly deterministic: what it shows of itself is exact.
As a sample of what else might be asked it is small, and the interval says how small.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from math import sqrt
from typing import Final

from mlrespond.judgment.proportion import Difference, binomial_tail, wilson
from mlrespond.judgment.rate import LEAST_EVENTS, interval, percent, points, waiting, weigh
from mlrespond.judgment.sample import more_needed
from mlrespond.model.verdict import MetricVerdict, Reason
from mlrespond.model.word import VerdictWord

MARGIN: Final = 0.02
LEAST_CASES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Golden cases by who got them right: both versions, one of them, neither."""

    both: int
    only_current: int
    only_baseline: int
    neither: int

    @property
    def n(self) -> int:
        """Return how many cases there are."""
        return self.both + self.only_current + self.only_baseline + self.neither

    @property
    def right(self) -> int:
        """Return how many the current version got right."""
        return self.both + self.only_current

    @property
    def right_base(self) -> int:
        """Return how many the baseline got right."""
        return self.both + self.only_baseline

    @property
    def possible(self) -> bool:
        """Return whether these are counts at all."""
        return all(isinstance(count, int) and count >= 0 for count in astuple(self))


def paired_difference(paired: Paired, alpha: float) -> Difference:
    """Return baseline accuracy minus current accuracy on the same cases, with its interval.

    Above 0 is worse. Raises ValueError without cases. Newcombe, Statistics in Medicine 17 (1998)
    2635, method 10: score limits joined by the correlation of the two answers, which is
    corrected for continuity.
    """
    n = paired.n
    low, high = wilson(paired.right, n, alpha)
    low_base, high_base = wilson(paired.right_base, n, alpha)
    share, base = paired.right / n, paired.right_base / n
    effect = (paired.only_baseline - paired.only_current) / n
    together = _correlation(paired)
    down = _joined(base - low_base, high - share, together)
    up = _joined(high_base - base, share - low, together)
    return Difference(effect, effect - down, effect + up)


def mcnemar_tail(paired: Paired) -> float:
    """Return how probable it is that so many or more of the differing cases got worse by chance.

    McNemar's exact test, one-sided: of cases that one version alone gets right, each is as likely
    the one's as the other's (Psychometrika 12 (1947) 153).
    """
    differ = paired.only_baseline + paired.only_current
    return binomial_tail(paired.only_baseline, differ, 0.5)


def judge_paired(
    name: str,
    paired: Paired | None,
    *,
    margin: float | None = None,
    alpha: float,
    sampled: bool = False,
) -> MetricVerdict:
    """Return whether the current version is as right as the baseline on the same golden cases.

    Passes if no case got worse and there are `LEAST_CASES`: on a fixed set that is exact, while
    the interval of 50 equal answers still reaches beyond the usual margin of 2 points. Fails if
    none is right any more. Otherwise the interval decides, as for a rate. A set of which neither
    version gets any case right compares nothing. `alpha` is two-sided, for one look.

    Cases that are `sampled` from traffic stand for what else is asked. So only the interval passes
    them, however many came out alike, and fail needs McNemar's exact test as well.
    """
    verdict = MetricVerdict(name=name, kind="golden", verdict="inconclusive", reason="no_data")
    if paired is None or (paired.possible and paired.n == 0):
        return replace(verdict, said=f"{name}: no cases")
    if not paired.possible:
        return replace(verdict, reason="error", said=f"{name}: {paired} cannot have been counted")
    margin = MARGIN if margin is None else margin
    found = paired_difference(paired, alpha)
    if sampled:
        proven = paired.only_baseline >= LEAST_EVENTS and mcnemar_tail(paired) <= alpha / 2
        word, reason = weigh(found, margin, proven=proven)
        more = _sampled_more(paired, found, margin, alpha) if word == "inconclusive" else None
    else:
        word, reason = _weigh(paired, found, margin)
        more = LEAST_CASES - paired.n if reason == "too_few" else None
    said = _said(name, paired, found, margin, alpha) + (waiting(more) if more else "")
    return replace(
        verdict,
        verdict=word,
        reason=reason,
        said=said,
        warn=reason == "worse_but_small",
        current=paired.right / paired.n,
        baseline=paired.right_base / paired.n,
        effect=found.effect,
        low=found.low,
        high=found.high,
        margin=margin,
        n=paired.n,
        n_base=paired.n,
        more_needed=more,
    )


def _weigh(paired: Paired, found: Difference, margin: float) -> tuple[VerdictWord, Reason]:
    if paired.right == paired.right_base == 0:
        return "inconclusive", "not_comparable"
    enough = paired.n >= LEAST_CASES
    if enough and paired.only_baseline == 0:
        return "pass", "better" if found.high < 0 else "not_worse"
    if enough and paired.right == 0:
        return "fail", "worse"
    word, reason = weigh(found, margin, proven=paired.only_baseline >= LEAST_EVENTS)
    if word == "inconclusive" and not enough:
        return word, "too_few"
    return word, reason


def _sampled_more(paired: Paired, found: Difference, margin: float, alpha: float) -> int | None:
    """Return about how many more cases would show that no more than `margin` got worse."""
    worse = paired.only_baseline / paired.n
    more = more_needed(worse, margin - found.effect, paired.n, None, alpha)
    return paired.n if more == 0 else more


def _correlation(paired: Paired) -> float:
    n, right, base = paired.n, paired.right, paired.right_base
    margins = right * (n - right) * base * (n - base)
    if margins == 0:
        return 0.0
    excess = paired.both * paired.neither - paired.only_current * paired.only_baseline
    corrected = max(excess - n / 2, 0) if excess > 0 else excess
    return corrected / sqrt(margins)


def _joined(one: float, other: float, together: float) -> float:
    return sqrt(max(0.0, one * one + other * other - 2 * together * one * other))


def _said(name: str, paired: Paired, found: Difference, margin: float, alpha: float) -> str:
    return (
        f"{name} {percent(paired.right / paired.n)} of {paired.n:,} cases against "
        f"{percent(paired.right_base / paired.n)} ({paired.only_baseline:,} got worse, "
        f"{paired.only_current:,} better; {interval(found.mirrored(), alpha)}; "
        f"margin {points(margin)})"
    )
