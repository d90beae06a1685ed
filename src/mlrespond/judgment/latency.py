"""Latency as the share of slow requests: counted on bucket edges, so that nothing is interpolated.

Tests on ranks or means hardly see a slow tail (statistics.md §0.7); a share of slow requests does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from math import ceil, inf, isfinite, isnan, log
from typing import Final, TypeAlias

from mlrespond.judgment.dispersion import Slices, dispersion, dispersion_of
from mlrespond.judgment.limit import bracketed, judge_share_limit
from mlrespond.judgment.look import ALPHA, Look
from mlrespond.judgment.proportion import score_interval, two_sided
from mlrespond.judgment.rate import Counts, judge_rate
from mlrespond.judgment.watching import spread_of
from mlrespond.model.curve import Point
from mlrespond.model.verdict import MetricVerdict, Reason

Histogram: TypeAlias = tuple[tuple[float, int], ...]
"""(upper edge in seconds, requests in the bucket), edges rising; the last one may be infinite.
An edge belongs to the bucket below it, as Prometheus's `le` does. Nothing is above the last one."""


@dataclass(frozen=True, slots=True)
class LatencySlices:
    """Histograms of equally long slices of time, oldest first; `ends` is when each ended."""

    step_s: float
    histograms: tuple[Histogram, ...]
    ends: tuple[datetime, ...] = ()

    def above(self, threshold: float) -> Slices:
        """Return how many requests of each slice were surely slower than `threshold` seconds."""
        counts = [exceeding(one, threshold)[0] for one in self.histograms if _sound(one)]
        return Slices(self.step_s, tuple((one.k, one.n) for one in counts))

    def points(self, threshold: float) -> tuple[Point, ...]:
        """Return the same with when each slice ended, where that is known."""
        known = zip(self.ends, self.histograms, strict=False)
        told = [(at, exceeding(one, threshold)[0]) for at, one in known if _sound(one)]
        return tuple((at, one.k, one.n) for at, one in told)


LEAST_MARGIN: Final = 0.005
MOST_MARGIN: Final = 0.10
_BROKEN: Final[Histogram] = ((inf, -1),)
_NOISE = 1e-6
_EXTRAPOLATED = 1 / 3  # beyond both ends of five scrapes: half an interval each, of four
_TWICE = 2
_HALF = 0.5
_ORDER: Final = {"fail": 0, "inconclusive": 1, "pass": 2}


def from_cumulative(pairs: Iterable[tuple[float, float]]) -> Histogram:
    """Return the histogram that Prometheus's (le, cumulative count) pairs tell, in any order.

    Where they tell none, it holds a negative count, which `judge_latency` reports as an error:
    a count that is no number or falls as edges rise, an edge given twice, or no `+Inf` (how many
    requests were slower than the last edge is then unknown). `increase()` extrapolates, so counts
    are rounded. It does so less for a counter that began near nought, so over few scrapes a bucket
    can come out somewhat below a narrower one; as in Prometheus's own quantiles it then counts as
    that one. Prometheus documentation, "Histograms and summaries"; promql/quantile.go.
    """
    rising = sorted(pairs, key=lambda pair: pair[0])
    edges = [edge for edge, _ in rising]
    sound = all(isfinite(count) and count >= 0 and not isnan(edge) for edge, count in rising)
    if not sound or edges[-1:] != [inf] or len(set(edges)) != len(edges):
        return _BROKEN
    buckets = []
    below, seen = 0.0, 0
    for edge, count in rising:
        if count < below * (1 - _EXTRAPOLATED):
            return _BROKEN
        below = max(below, count)
        buckets.append((edge, round(below) - seen))
        seen = round(below)
    return tuple(buckets)


def quantile_bracket(hist: Histogram, q: float) -> tuple[float, float] | None:
    """Return the edges, in seconds, of the bucket in which the `q` quantile lies.

    Null if there are no requests. The quantile is the smallest latency that a share of at least
    `q` does not exceed (nearest rank).
    """
    total = sum(count for _, count in hist)
    rank = max(1, ceil(q * total - _NOISE))
    low, below = 0.0, 0
    for edge, count in hist:
        below += count
        if total and below >= rank:
            return low, edge
        low = edge
    return None


def exceeding(hist: Histogram, threshold: float) -> tuple[Counts, Counts]:
    """Return how many requests were surely, and how many possibly, slower than `threshold` seconds.

    On a bucket's edge the two are one; inside a bucket its requests are possibly slower.
    """
    total = sum(count for _, count in hist)
    surely = possibly = 0
    low = -inf
    for edge, count in hist:
        surely += count if low >= threshold else 0
        possibly += count if edge > threshold else 0
        low = edge
    return Counts(surely, total), Counts(possibly, total)


def judge_latency(
    name: str,
    current: Histogram | None,
    baseline: Histogram | None,
    *,
    quantile: float,
    margin: float | None,
    alpha: float | Look,
    max_s: float | None,
    slices: tuple[LatencySlices, LatencySlices] | None = None,
) -> MetricVerdict:
    """Return whether requests are as fast as the baseline's, and keep `max_s`, at one look.

    Both sides are counted above one edge: that next to the baseline's `quantile`, the one above
    which its share is nearest to 1 - quantile. The shares are compared as any rate; the default
    margin is as many slow requests again as the baseline surely has, at most 10 points, and at
    least 0.5 and half of what the quantile leaves (where coarse buckets leave far fewer, twice as
    many is still next to nothing).
    `max_s` is kept if the share above it is shown to be at most 1 - quantile. Without a baseline
    only `max_s` is judged. `slices`, of both sides, tell how slow requests come in bursts. The
    worse of the two verdicts is returned, and says both. What happens within one bucket is not
    seen: the edges must be as close as the regressions that matter.
    """
    if not all(_sound(hist) for hist in (current, baseline) if hist):
        return _open(name, "error", "its buckets contradict one another")
    if not current or not sum(count for _, count in current):
        return _open(name, "no_data", "no data")
    look = alpha if isinstance(alpha, Look) else Look(alpha=alpha)
    parts = []
    if baseline is not None:
        parts.append(_against_baseline(name, current, baseline, quantile, margin, look, slices))
    if max_s is not None:
        parts.append(_against_limit(name, current, quantile, look, max_s, slices))
    if not parts:
        return _open(name, "no_baseline", "nothing to compare with")
    worst = min(parts, key=lambda part: _ORDER[part.verdict])
    said = "; ".join(part.said for part in parts)
    return replace(worst, name=name, said=said, watch=parts[0].watch)


def _against_baseline(
    name: str,
    current: Histogram,
    baseline: Histogram,
    quantile: float,
    margin: float | None,
    look: Look,
    slices: tuple[LatencySlices, LatencySlices] | None,
) -> MetricVerdict:
    if not sum(count for _, count in baseline):
        return _open(name, "no_baseline", "nothing to compare with")
    edge = shared_edge(current, baseline, quantile)
    if edge is None:
        return _open(name, "not_comparable", "the two sides have no bucket edge in common there")
    slow, slow_base = exceeding(current, edge)[0], exceeding(baseline, edge)[0]
    if slices is not None:
        look = replace(look, dispersion=dispersion(slices[0].above(edge), slices[1].above(edge)))
    if margin is None:
        size = slow_base.n / spread_of(look).baseline
        surely = score_interval(slow_base.share, size, two_sided(ALPHA))[0]
        least = max(LEAST_MARGIN, (1 - quantile) / _TWICE)
        margin = min(max(least, surely), MOST_MARGIN)
    return judge_rate(
        f"{name} above {_duration(edge)}",
        slow,
        slow_base,
        margin=margin,
        alpha=look,
        kind="latency",
    )


def shared_edge(current: Histogram, baseline: Histogram, quantile: float) -> float | None:
    """Return the common edge above which the baseline's share is nearest to 1 - quantile.

    An edge far above the quantile's bucket sees nothing, one below the median sees everything.
    """
    shared = {edge for edge, _ in current} & {edge for edge, _ in baseline} - {inf}
    bracket = quantile_bracket(baseline, quantile)
    highest = _TWICE * bracket[1] if bracket else inf
    counts = {edge: exceeding(baseline, edge)[0] for edge in shared if edge <= highest}
    seen = [edge for edge, slow in counts.items() if slow.share <= _HALF]
    return min(seen, key=lambda edge: (_off(counts[edge], 1 - quantile), -edge), default=None)


def _off(slow: Counts, wanted: float) -> float:
    """How many times too large or small a share is, as a logarithm; none counts as half a one."""
    return abs(log(max(slow.k, _HALF) / slow.n / wanted))


def _against_limit(
    name: str,
    current: Histogram,
    quantile: float,
    look: Look,
    max_s: float,
    slices: tuple[LatencySlices, LatencySlices] | None,
) -> MetricVerdict:
    if slices is not None:
        look = replace(look, dispersion=dispersion_of(slices[0].above(max_s)))
    surely, possibly = (
        judge_share_limit(
            f"{name} above {_duration(max_s)}",
            counts,
            max_share=1 - quantile,
            min_share=None,
            alpha=look,
            kind="latency",
        )
        for counts in exceeding(current, max_s)
    )
    return bracketed(surely, possibly, f"{_duration(max_s)} lies inside a bucket")


def _sound(hist: Histogram) -> bool:
    edges = [-inf, *(edge for edge, _ in hist)]
    rising = all(low < high for low, high in pairwise(edges))  # so no edge is NaN
    return rising and all(Counts(count, count).possible for _, count in hist)


def _open(name: str, reason: Reason, said: str) -> MetricVerdict:
    return MetricVerdict(
        name=name, kind="latency", verdict="inconclusive", reason=reason, said=f"{name}: {said}"
    )


def _duration(seconds: float) -> str:
    return f"{1000 * seconds:g}ms" if seconds < 1 else f"{seconds:g}s"
