"""Latency as the share of slow requests: histograms of seconds, as a metrics store tells them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import inf, isfinite, isnan
from typing import Final

from mlrespond.judgment.dispersion import Slices
from mlrespond.judgment.histogram import Histogram, exceeding, sound
from mlrespond.judgment.look import Look
from mlrespond.judgment.tail import Tail, judge_tail
from mlrespond.model.curve import Point
from mlrespond.model.verdict import MetricVerdict


@dataclass(frozen=True, slots=True)
class LatencySlices:
    """Histograms of equally long slices of time, oldest first; `ends` is when each ended."""

    step_s: float
    histograms: tuple[Histogram, ...]
    ends: tuple[datetime, ...] = ()

    def above(self, threshold: float) -> Slices:
        """Return how many requests of each slice were surely slower than `threshold` seconds."""
        counts = [exceeding(one, threshold)[0] for one in self.histograms if sound(one)]
        return Slices(self.step_s, tuple((one.k, one.n) for one in counts))

    def points(self, threshold: float) -> tuple[Point, ...]:
        """Return the same with when each slice ended, where that is known."""
        known = zip(self.ends, self.histograms, strict=False)
        told = [(at, exceeding(one, threshold)[0]) for at, one in known if sound(one)]
        return tuple((at, one.k, one.n) for at, one in told)


_BROKEN: Final[Histogram] = ((inf, -1),)
_EXTRAPOLATED = 1 / 3  # beyond both ends of five scrapes: half an interval each, of four


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

    Edges are in seconds. See `judge_tail`.
    """
    tail = Tail(
        name=name,
        kind="latency",
        quantile=quantile,
        written=duration,
        margin=margin,
        at_most=max_s,
    )
    look = alpha if isinstance(alpha, Look) else Look(alpha=alpha)
    return judge_tail(tail, current, baseline, look=look, slices=slices)


def duration(seconds: float) -> str:
    """Return `412ms` or `1.2s`."""
    return f"{1000 * seconds:g}ms" if seconds < 1 else f"{seconds:g}s"
