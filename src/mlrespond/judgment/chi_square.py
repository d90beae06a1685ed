"""The chi-square distribution's upper tail, and the test that two sides have the same shares."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log
from typing import Final

_TINY: Final = 1e-300
_NEGLIGIBLE: Final = 1e-16
_MOST_TERMS: Final = 100_000


def chi_square_tail(x: float, degrees: int) -> float:
    """Return how probable `x` or more is, of a chi-square variable.

    Raises ValueError for less than one degree of freedom. Regularised incomplete gamma function:
    series below its mean, Lentz's continued fraction above (Numerical Recipes, 3rd ed., 6.2).
    """
    if degrees < 1:
        raise ValueError(f"a chi-square variable has degrees of freedom, not {degrees}")
    a, x = degrees / 2, x / 2
    if x <= 0:
        return 1.0
    scale = exp(a * log(x) - x - lgamma(a))
    return max(0.0, 1 - scale * _series(a, x)) if x < a + 1 else scale * _fraction(a, x)


def homogeneity(counts: Sequence[int], others: Sequence[int]) -> float:
    """Return Pearson's statistic of a table of two sides; classes that nobody has count nothing.

    The null hypothesis is that both are samples of one distribution (degrees of freedom: classes
    less one). A test that took one side for exact would err twenty times too often.
    """
    n, m = sum(counts), sum(others)
    pairs = [(one, other) for one, other in zip(counts, others, strict=True) if one + other]
    return sum((one * m - other * n) ** 2 / (n * m * (one + other)) for one, other in pairs)


def _series(a: float, x: float) -> float:
    term = total = 1 / a
    step = a
    while term > total * _NEGLIGIBLE:
        step += 1
        term *= x / step
        total += term
    return total


def _fraction(a: float, x: float) -> float:
    b, c = x + 1 - a, 1 / _TINY
    d = 1 / b
    found = d
    for i in range(1, _MOST_TERMS):
        an = -i * (i - a)
        b += 2
        d = an * d + b
        d = 1 / (d if abs(d) > _TINY else _TINY)
        c = b + an / c
        c = c if abs(c) > _TINY else _TINY
        found *= d * c
        if abs(d * c - 1) < _NEGLIGIBLE:
            break
    return found
