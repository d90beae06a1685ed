"""The incomplete beta function, and from it Student's t: what an unknown variance costs."""

from __future__ import annotations

from functools import lru_cache
from math import exp, inf, lgamma, log, log1p, sqrt

from mlrespond.judgment.proportion import normal_quantile

_TINY = 1e-300
_EXACT = 1e-15
_MOST_TERMS = 20_000
_NORMAL = 1e6
"""With more degrees of freedom than this, t is normal to six digits."""


def log_beta(a: float, b: float) -> float:
    """Return the logarithm of the beta function."""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), for a and b above 0.

    Continued fraction by Lentz's method: Press and others, Numerical Recipes, 3rd ed., 6.4.
    """
    if not 0 < x < 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - incomplete_beta(1 - x, b, a)
    front = exp(a * log(x) + b * log1p(-x) - log_beta(a, b)) / a
    return min(1.0, front * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    d = _kept(1 - (a + b) * x / (a + 1))
    c, d = 1.0, 1 / d
    found = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _kept(1 + term * d)
            c = _kept(1 + term / c)
            found *= c * d
        if abs(c * d - 1) < _EXACT:
            break
    return found


def _kept(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def student_tail(t: float, dof: float) -> float:
    """Return how probable a Student's t of `dof` degrees of freedom is above `t`, t at least 0."""
    return incomplete_beta(dof / (dof + t * t), dof / 2, 0.5) / 2


@lru_cache(maxsize=4096)
def student_upper(tail: float, dof: float) -> float:
    """Return the t above which Student's distribution lies with probability `tail`.

    `dof` may be broken, and infinite for a known variance. Raises ValueError unless
    0 < tail < 0.5 and dof > 0.
    """
    if not (0 < tail < 0.5 and dof > 0):  # noqa: PLR2004  # the upper half
        raise ValueError(f"no upper tail of {tail} with {dof} degrees of freedom")
    if dof >= _NORMAL:
        return -normal_quantile(tail)
    low, high = 0.0, 2.0
    while student_tail(high, dof) > tail:
        low, high = high, high * 2
        if high > sqrt(1 / _TINY):
            return inf
    while high - low > _EXACT * high:
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if student_tail(middle, dof) > tail else (low, middle)
    return high
