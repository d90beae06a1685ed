"""Amounts of two sides on the same buckets: what tails, means and lengths are judged from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from mlrespond.judgment.dispersion import Slices
from mlrespond.judgment.histogram import Histogram
from mlrespond.judgment.look import Look
from mlrespond.judgment.rate import percent
from mlrespond.judgment.tail import Tail, judge_tail
from mlrespond.model.amount import SMALLEST, Amounts, Buckets, bucket_of, edge
from mlrespond.model.verdict import MetricKind, MetricVerdict

MISSING_MORE: Final = 0.05
"""Where so many more rows have no amount than before, the others are no fair sample of them."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Amounts of a window, whose slices are `step_s` seconds long."""

    amounts: Amounts
    step_s: float

    @property
    def missing(self) -> float:
        """Return the share of rows without an amount; 0 of none."""
        rows = self.amounts.n + self.amounts.missing
        return self.amounts.missing / rows if rows else 0.0

    def above(self, threshold: float) -> Slices:
        """Return how many amounts of each slice were surely above `threshold`."""
        return self.each(lambda one: sum(n for at, n in one.counts if edge(at - 1) >= threshold))

    def each(self, counted: Callable[[Buckets], float]) -> Slices:
        """Return what is counted of each slice, of how many amounts it has."""
        return Slices(
            self.step_s,
            tuple((min(one.n, counted(one)), one.n) for one in self.amounts.slices if one.n),
        )


def histograms(current: Buckets, baseline: Buckets) -> tuple[Histogram, Histogram]:
    """Return both sides as histograms on the same edges: those of all that either has."""
    known = {bucket for one in (current, baseline) for bucket, _ in one.counts}
    edges = sorted(known | {bucket - 1 for bucket in known})
    now, before = (
        ((0.0, one.noughts), *((edge(at), dict(one.counts).get(at, 0)) for at in edges))
        for one in (current, baseline)
    )
    return now, before


def histogram_of(whole: Buckets) -> Histogram:
    """Return amounts as a histogram on every edge up to the largest one."""
    top = whole.counts[-1][0] if whole.counts else bucket_of(SMALLEST)
    known = dict(whole.counts)
    edges = range(bucket_of(SMALLEST), top + 1)
    return ((0.0, whole.noughts), *((edge(at), known.get(at, 0)) for at in edges))


def judge_amounts(
    tail: Tail, current: Counted | None, baseline: Counted | None, *, look: Look
) -> MetricVerdict:
    """Return whether as few amounts as the baseline's are large, as `judge_tail` does.

    Both sides are counted on the same logarithmic buckets, so that an edge is within 1% of any
    quantile, and a limit is bracketed by the bucket that it lies in.
    """
    unlike = not_alike(tail.name, tail.kind, current, baseline)
    if unlike is not None:
        return unlike
    assert current is not None
    now, before = histograms(
        current.amounts.whole, baseline.amounts.whole if baseline else Buckets()
    )
    slices = (current, baseline) if baseline else None
    return judge_tail(tail, now, before if baseline else None, look=look, slices=slices)


def not_alike(
    name: str, kind: MetricKind, current: Counted | None, baseline: Counted | None
) -> MetricVerdict | None:
    """Return why nothing can be said: no amounts, or far more rows without one than before."""
    verdict = MetricVerdict(name=name, kind=kind, verdict="inconclusive", reason="no_data")
    if current is None or not current.amounts.n:
        return replace(verdict, said=f"{name}: no data")
    if baseline is None or current.missing <= baseline.missing + MISSING_MORE:
        return None
    shares = f"{percent(current.missing)} of rows have none, against {percent(baseline.missing)}"
    return replace(verdict, reason="not_comparable", said=f"{name}: not comparable: {shares}")


def written_in(unit: str) -> Callable[[float], str]:
    """Return how amounts of a unit are written: `1.31 EUR`."""
    return lambda value: f"{value:.4g} {unit}".rstrip() if value < inf else "inf"
