"""Whether outputs are as long as they were: how often one now is longer than one before.

The effect size is the probability of superiority (Vargha and Delaney, Journal of Educational and
Behavioral Statistics 25 (2000) 101): one half where nothing drifted, whatever the unit is.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate
from math import sqrt
from typing import Final, TypeAlias

from mlrespond.judgment.amount import Counted, histograms, not_alike
from mlrespond.judgment.beta import student_upper
from mlrespond.judgment.dispersion import INDEPENDENT, Dispersion, dispersion
from mlrespond.judgment.look import Look
from mlrespond.judgment.order import quantile_interval
from mlrespond.judgment.proportion import Difference
from mlrespond.judgment.rate import confidence, percent, points, waiting, weigh
from mlrespond.judgment.tail import said_quantiles
from mlrespond.model.amount import Buckets
from mlrespond.model.verdict import MetricVerdict

MARGIN: Final = 0.14
"""So far from one half may it be: Vargha and Delaney call 0.64, and 0.36, a medium effect."""

LEAST: Final = 50
_HALF: Final = 0.5


Sums: TypeAlias = Callable[[Buckets], tuple[float, float]]


def placements(of: Buckets) -> Sums:
    """Return what sums, over amounts, the share of `of` that is smaller, and the shares' squares.

    Ties count half (mid-ranks): an amount is as large as any other of its bucket.
    """
    known = [bucket for bucket, _ in of.counts]
    ends = list(accumulate((count for _, count in of.counts), initial=of.noughts))

    def share(bucket: int) -> float:
        first, last = bisect_left(known, bucket), bisect_right(known, bucket)
        return (ends[first] + ends[last]) * _HALF / of.n

    def sums(one: Buckets) -> tuple[float, float]:
        told = [(_HALF * of.noughts / of.n, one.noughts)]
        told += [(share(bucket), count) for bucket, count in one.counts]
        return (
            sum(at * count for at, count in told),
            sum(at * at * count for at, count in told),
        )

    return sums


def judge_length(
    name: str,
    current: Counted | None,
    baseline: Counted | None,
    *,
    margin: float | None,
    look: Look,
    written: Callable[[float], str],
) -> MetricVerdict:
    """Return whether lengths drifted, up or down, by `margin` or more, at one look.

    The variance is that of the placements of both sides (Hanley and Hajian-Tilaki, Academic
    Radiology 4 (1997) 49), and larger where lengths come in spells. Lengths that differ by less
    than 2% count as equal. Fail needs the interval to leave one half, and the effect to reach the
    margin; pass needs the whole interval within it. `effect` is the distance from one half, and
    `current` the share of pairs in which the present output is the longer one. A small share of
    far longer outputs does not show here, but in a tail.
    """
    unlike = not_alike(name, "length", current, baseline)
    if unlike is not None:
        return unlike
    assert current is not None
    now = current.amounts.whole
    verdict = MetricVerdict(
        name=name, kind="length", verdict="inconclusive", reason="no_baseline", n=now.n
    )
    if baseline is None or not baseline.amounts.n:
        return replace(verdict, said=f"{name}: nothing to compare with")
    before = baseline.amounts.whole
    verdict = replace(verdict, n_base=before.n)
    if min(now.n, before.n) < LEAST:
        more = LEAST - now.n if now.n < LEAST else None
        said = f"{name}: {min(now.n, before.n)} outputs are too few"
        return replace(verdict, reason="too_few", more_needed=more, said=said + waiting(more))
    share, half, spread = _share(current, baseline, look)
    margin = MARGIN if margin is None else margin
    found = _drift(share, half, spread)
    judged, reason = weigh(found, margin)
    at, at_base = (
        quantile_interval(hist, _HALF, look.each, worth, spread.dof)
        for hist, worth in zip(
            histograms(now, before), (spread.current, spread.baseline), strict=True
        )
    )
    ends = [min(1.0, max(0.0, one)) for one in (share - half, share + half)]
    told = (
        f"{name}: longer than one before in {percent(share)} of pairs ({now.n:,} against "
        f"{before.n:,}; {confidence(look.each)} interval {percent(ends[0])}..{percent(ends[1])}, "
        f"50% is no drift; margin {points(margin)})"
    )
    return replace(
        verdict,
        verdict=judged,
        reason=reason,
        warn=reason == "worse_but_small",
        said="; ".join([told, *said_quantiles(at, at_base, written)]),
        current=share,
        baseline=_HALF,
        effect=found.effect,
        low=found.low,
        high=found.high,
        margin=margin,
        dispersion=spread.current,
        quantile=at,
        quantile_base=at_base,
    )


def _share(current: Counted, baseline: Counted, look: Look) -> tuple[float, float, Dispersion]:
    """Return the probability of superiority, half its interval, and how lengths stray."""
    now, before = current.amounts.whole, baseline.amounts.whole
    above, under = placements(before), placements(now)
    total, squares = above(now)
    total_base, squares_base = under(before)
    share, share_base = total / now.n, total_base / before.n
    variances = (
        max(0.0, squares / now.n - share * share),
        max(0.0, squares_base / before.n - share_base * share_base),
    )
    spread = (
        dispersion(
            current.each(lambda one: above(one)[0]),
            baseline.each(lambda one: under(one)[0]),
            variances=variances,
        )
        or INDEPENDENT
    )
    variance = variances[0] * spread.current / (now.n - 1) + variances[1] * spread.baseline / (
        before.n - 1
    )
    return share, student_upper(look.each / 2, spread.dof) * sqrt(variance), spread


def _drift(share: float, half: float, spread: Dispersion) -> Difference:
    """Return how far the share is from one half; below 0 means that it may be on the other side."""
    away = abs(share - _HALF)
    wider = max(half, spread.rise, spread.fall)
    return Difference(away, away - wider, away + wider)
