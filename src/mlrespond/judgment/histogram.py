"""Histograms: counts on bucket edges, so that nothing is interpolated."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, inf
from typing import TypeAlias

from mlrespond.judgment.rate import Counts

Histogram: TypeAlias = tuple[tuple[float, int], ...]
"""(upper edge, requests in the bucket), edges rising; the last one may be infinite.
An edge belongs to the bucket below it, as Prometheus's `le` does. Nothing is above the last one."""


_NOISE = 1e-6


def quantile_bracket(hist: Histogram, q: float) -> tuple[float, float] | None:
    """Return the edges of the bucket in which the `q` quantile lies.

    Null if there are no requests. The quantile is the smallest value that a share of at least
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
    """Return how many requests were surely, and how many possibly, above `threshold`.

    On a bucket's edge the two are one; inside a bucket its requests are possibly above.
    """
    total = sum(count for _, count in hist)
    surely = possibly = 0
    low = -inf
    for edge, count in hist:
        surely += count if low >= threshold else 0
        possibly += count if edge > threshold else 0
        low = edge
    return Counts(surely, total), Counts(possibly, total)


def sound(hist: Histogram) -> bool:
    """Return whether edges rise and counts are possible."""
    edges = [-inf, *(edge for edge, _ in hist)]
    rising = all(low < high for low, high in pairwise(edges))  # so no edge is NaN
    return rising and all(Counts(count, count).possible for _, count in hist)
