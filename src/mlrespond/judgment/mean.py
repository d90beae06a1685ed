"""A mean against the baseline's, such as the cost of a request: their ratio, with its interval.

What a few rows hold decides a mean of costs, so amounts count up to a cap that the baseline sets:
`FAR` times its 99.5% quantile (winsorising: Tukey, Annals of Mathematical Statistics 33 (1962) 1).
How many are large is for `judge_amounts`, and a limit counts all of them. Requests come in bursts:
their variance is that between slices of time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, exp, log, log1p, sqrt
from typing import Final

from mlrespond.judgment.amount import Counted, histograms, not_alike
from mlrespond.judgment.beta import student_upper
from mlrespond.judgment.dispersion import INDEPENDENT, Dispersion, dispersion
from mlrespond.judgment.look import Look
from mlrespond.judgment.order import quantile_interval
from mlrespond.judgment.proportion import Difference
from mlrespond.judgment.rate import confidence, waiting, weigh
from mlrespond.judgment.tail import said_quantiles
from mlrespond.model.amount import GAMMA, LOG_GAMMA, Buckets, middle
from mlrespond.model.verdict import MetricVerdict, Quantile

MARGIN: Final = 0.2
"""A mean may be so much larger, as a part of the baseline's, where no margin is set."""

CAPPED: Final = 0.995
FAR: Final = 4.0
LEAST: Final = 50
"""Means of fewer amounts are not compared: they are too skew for any interval."""

SKEW: Final = 25.0
"""So many times their squared skewness must amounts be for a mean that is shown to be no larger:
of fewer, the few that are large may be missing (Cochran, Sampling Techniques, 1977, 2.15)."""

_FARTHER: Final = ceil(log(FAR) / LOG_GAMMA)
_ALIKE: Final = 1e-12  # of a squared mean: what is left of none by rounding
_TOLD: Final = 0.95
_NONE_OF: Final = 3.0  # none of n bounds a share by 3 / n


@dataclass(frozen=True, slots=True)
class _Moments:
    """Amounts up to a cap, as parts of it."""

    n: int
    mean: float
    variance: float
    skewness: float

    @classmethod
    def of(cls, whole: Buckets, cap: int) -> _Moments:
        parts = [(_part(at, cap), count) for at, count in whole.counts]
        n = whole.n
        mean = sum(part * count for part, count in parts) / n
        squares = sum((part - mean) ** 2 * count for part, count in parts) / n
        if squares <= _ALIKE * mean * mean:
            return cls(n, mean, 0.0, 0.0)
        cubes = sum((part - mean) ** 3 * count for part, count in parts) / n
        return cls(n, mean, squares * n / max(1, n - 1), cubes / squares**1.5)

    def relative(self, worth: float) -> float:
        """Return the variance of the mean's logarithm."""
        return self.variance * worth / (self.n * self.mean * self.mean) if self.mean else 0.0


def judge_mean(
    name: str,
    current: Counted | None,
    baseline: Counted | None,
    *,
    margin: float | None,
    at_most: float | None,
    look: Look,
    written: Callable[[float], str],
) -> MetricVerdict:
    """Return whether a mean is no larger than the baseline's by more than `margin`, a part of it.

    The interval is that of the ratio of both means (delta method: Casella and Berger, Statistical
    Inference, 5.5.4): its lower end is taken on the plain scale and its upper end on a logarithmic
    one, so that each is the farther of the two; as wide as bursts make it, and wider by the 2%
    that buckets may be off. The verdict's figures have the amounts' own unit. With `at_most`, a
    mean that is surely larger fails, and without a baseline one that is surely not passes. Fewer
    than `LEAST` amounts on a side are inconclusive, and so is a baseline of nothing but noughts. A
    pass takes `SKEW` times their squared skewness.
    """
    unlike = not_alike(name, "mean", current, baseline)
    if unlike is not None:
        return unlike
    assert current is not None
    against = current if baseline is None else baseline
    whole, base = current.amounts.whole, against.amounts.whole
    verdict = MetricVerdict(
        name=name, kind="mean", verdict="inconclusive", reason="no_baseline", n=whole.n
    )
    if baseline is not None:
        verdict = replace(verdict, n_base=base.n)
    if (baseline is None and at_most is None) or not base.n:
        return replace(verdict, said=f"{name}: nothing to compare with")
    few = min(whole.n, base.n)
    if few < LEAST:
        more = LEAST - whole.n if whole.n < LEAST else None
        said = f"{name}: {few} amounts are too few for a mean"
        return replace(verdict, reason="too_few", more_needed=more, said=said + waiting(more))
    found = _limited(verdict, current, look, at_most, written)
    if baseline is None:
        return found
    cap = _cap(base)
    if cap is None:
        said = f"{name}: not comparable: the baseline's amounts are all nought"
        return replace(verdict, reason="not_comparable", said=said)
    sides = _Moments.of(whole, cap), _Moments.of(base, cap)
    spread = _spread(current, against, cap, sides)
    compared = _compared(
        verdict, sides, spread, look, middle(cap), MARGIN if margin is None else margin, written
    )
    at, at_base = _quantiles(whole, base, look, spread)
    said = "; ".join([compared.said, *said_quantiles(at, at_base, written)])
    compared = replace(compared, said=said, quantile=at, quantile_base=at_base)
    if found.verdict == "fail":
        return replace(found, said=f"{found.said}; {compared.said}")
    return compared


def _compared(
    verdict: MetricVerdict,
    sides: tuple[_Moments, _Moments],
    spread: Dispersion,
    look: Look,
    cap: float,
    margin: float,
    written: Callable[[float], str],
) -> MetricVerdict:
    now, before = sides
    t = student_upper(look.each / 2, spread.dof)
    ratio = _ratio(sides, spread, t)
    judged, reason = weigh(ratio, margin)
    lacking = ceil(SKEW * max(one.skewness for one in sides) ** 2) - now.n
    more = None
    if judged == "pass" and lacking > 0:
        judged, reason, more = "inconclusive", "too_few", lacking
    elif judged == "inconclusive":
        more = _more(sides, spread, t, ratio, margin)
        reason = "too_few" if more else "wide_interval"
    means = " against ".join(
        f"{written(one.mean * cap)} on average of {one.n:,}" for one in (now, before)
    )
    told = f"{confidence(look.each)} interval {ratio.low:+.1%}..{ratio.high:+.1%}"
    unit = before.mean * cap
    return replace(
        verdict,
        verdict=judged,
        reason=reason,
        warn=reason == "worse_but_small",
        said=f"{verdict.name} {means} ({ratio.effect:+.1%}, {told}; margin {margin:.4g} of it; "
        f"up to {written(cap)} counted)" + (waiting(more) if judged == "inconclusive" else ""),
        current=now.mean * cap,
        baseline=unit,
        effect=ratio.effect * unit,
        low=ratio.low * unit,
        high=ratio.high * unit,
        margin=margin * unit,
        more_needed=more,
        dispersion=spread.current,
    )


def _ratio(sides: tuple[_Moments, _Moments], spread: Dispersion, t: float) -> Difference:
    """Return by how much of the baseline's mean the present one is larger."""
    now, before = sides
    ratio = now.mean / before.mean
    if not ratio:
        return Difference(-1.0, -1.0, _NONE_OF * spread.current / (now.n * before.mean) - 1)
    half = t * sqrt(now.relative(spread.current) + before.relative(spread.baseline))
    low = min(ratio * (1 - half), ratio - spread.rise / before.mean) / GAMMA
    high = max(ratio * exp(half), ratio + spread.fall / before.mean) * GAMMA
    return Difference(ratio - 1, low - 1, high - 1)


def _more(
    sides: tuple[_Moments, _Moments],
    spread: Dispersion,
    t: float,
    ratio: Difference,
    margin: float,
) -> int | None:
    """Return how many more amounts show what seems so; None where the baseline is what lacks."""
    now, before = sides
    if not now.mean:
        enough = _NONE_OF * spread.current / (before.mean * (1 + margin))
        return max(1, ceil(enough) - now.n)
    aim = log((1 + margin) / (1 + ratio.effect)) if ratio.effect < margin else log1p(ratio.effect)
    aim -= log(GAMMA)
    left = (aim / t) ** 2 - before.relative(spread.baseline)
    if aim <= 0 or left <= 0:
        return None
    return max(1, ceil(now.n * (now.relative(spread.current) / left - 1)))


def _limited(
    verdict: MetricVerdict,
    current: Counted,
    look: Look,
    at_most: float | None,
    written: Callable[[float], str],
) -> MetricVerdict:
    """Return the mean of all that was counted against its limit: fail if it is surely larger."""
    whole = current.amounts.whole
    if at_most is None or not whole.counts:
        return verdict
    top = whole.counts[-1][0]
    now, cap = _Moments.of(whole, top), middle(top)
    spread = _spread(current, current, top, (now, now))
    half = student_upper(look.each / 2, spread.dof) * sqrt(now.relative(spread.current))
    mean = now.mean * cap
    low, high = mean * (1 - half) / GAMMA, mean * exp(half) * GAMMA
    said = (
        f"{verdict.name} {written(mean)} on average of {now.n:,} ({confidence(look.each)} interval "
        f"{written(low)}..{written(high)}; at most {written(at_most)})"
    )
    found = replace(
        verdict,
        said=said,
        current=mean,
        effect=mean - at_most,
        low=low - at_most,
        high=high - at_most,
        reason="too_few",
    )
    if low > at_most:
        return replace(found, verdict="fail", reason="beyond_limit")
    return replace(found, verdict="pass", reason="within_limit") if high <= at_most else found


def _spread(
    current: Counted, baseline: Counted, cap: int, sides: tuple[_Moments, _Moments]
) -> Dispersion:
    def total(one: Buckets) -> float:
        return sum(_part(at, cap) * count for at, count in one.counts)

    variances = (sides[0].variance, sides[1].variance)
    return dispersion(current.each(total), baseline.each(total), variances=variances) or INDEPENDENT


def _quantiles(
    now: Buckets, before: Buckets, look: Look, spread: Dispersion
) -> tuple[Quantile | None, Quantile | None]:
    hists = histograms(now, before)
    at, base = (
        quantile_interval(hist, _TOLD, look.each, worth, spread.dof)
        for hist, worth in zip(hists, (spread.current, spread.baseline), strict=True)
    )
    return at, base


def _cap(base: Buckets) -> int | None:
    """Return the bucket of `FAR` times the baseline's 99.5% quantile; None if all is nought."""
    left = base.n - ceil(CAPPED * base.n)
    beyond = 0
    for bucket, count in reversed(base.counts):
        beyond += count
        if beyond > left:
            return bucket + _FARTHER
    return base.counts[-1][0] + _FARTHER if base.counts else None


def _part(bucket: int, cap: int) -> float:
    return GAMMA ** (min(bucket, cap) - cap)
