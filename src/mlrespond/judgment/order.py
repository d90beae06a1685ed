"""Where a quantile lies: an interval between two observations, whatever the distribution is."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, inf

from mlrespond.judgment.beta import student_upper
from mlrespond.judgment.histogram import Histogram
from mlrespond.judgment.proportion import binomial_tail, two_sided
from mlrespond.model.verdict import Quantile


def order_ranks(n: int, q: float, alpha: float) -> tuple[int | None, int | None]:
    """Return the ranks, from 1 to `n`, between whose values the `q` quantile lies.

    It lies outside with probability at most `alpha`, half on each side: exact for independent
    values of a continuous distribution, and at least as sure for any other. None where no value is
    low or high enough: the 95% interval of p95 has both ends from 72 values on, that of p99 from
    368. Raises ValueError unless n > 0 and 0 < q < 1. David and Nagaraja, Order Statistics, 3rd
    ed., 7.1: the number of values below the quantile is binomial.
    """
    if n <= 0 or not 0 < q < 1:
        raise ValueError(f"no interval for the {q} quantile of {n} values")
    upper = _first(n, lambda k: binomial_tail(k, n, q) <= alpha / 2)
    mirrored = _first(n, lambda k: binomial_tail(k, n, 1 - q) <= alpha / 2)
    return None if mirrored is None else n + 1 - mirrored, upper


def quantile_interval(
    hist: Histogram, q: float, alpha: float, worth: float = 1.0, dof: float = inf
) -> Quantile | None:
    """Return the interval of the `q` quantile of what a histogram counts, from edge to edge.

    Nothing that is counted is below 0. None if it counts nothing. With `worth` requests as good as
    one independent request, ranks are those of so many fewer; where that was estimated with `dof`
    degrees of freedom, of fewer still.
    """
    n = sum(count for _, count in hist)
    if not n:
        return None
    worth *= (student_upper(alpha / 2, dof) / two_sided(alpha)) ** 2
    size = max(1, floor(n / max(1.0, worth)))
    low, high = order_ranks(size, q, alpha)
    first = None if low is None else floor((low - 1) * n / size) + 1
    last = None if high is None else min(n, ceil(high * n / size))
    return Quantile(q=q, low=_bounds(hist, first)[0], high=_bounds(hist, last)[1], alpha=alpha)


def _first(n: int, holds: Callable[[int], bool]) -> int | None:
    """Return the smallest k from 1 to n of which something holds that then goes on to hold."""
    low, high = 1, n + 1
    while low < high:
        at = (low + high) // 2
        low, high = (low, at) if holds(at) else (at + 1, high)
    return low if low <= n else None


def _bounds(hist: Histogram, rank: int | None) -> tuple[float | None, float | None]:
    """Return the edges of the bucket that holds a rank; None above the last one."""
    low, below = 0.0, 0
    for edge, count in hist:
        below += count
        if rank is not None and below >= rank:
            return low, (None if edge == inf else edge)
        low = edge
    return None, None
