"""Shares of counted events: score intervals for one and for the difference of two, an exact test.

All are valid for few events and for shares near 0 and 1, where the textbook (Wald) interval lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import erfc, exp, lgamma, log, log1p, sqrt

_NEGLIGIBLE = 1e-17
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two shares and the interval that holds it."""

    effect: float
    low: float
    high: float

    def mirrored(self) -> Difference:
        """Return the same difference seen from the other side."""
        return Difference(-self.effect, -self.high, -self.low)


@lru_cache(maxsize=256)
def normal_quantile(p: float) -> float:
    """Return the z below which a standard normal falls with probability `p`.

    Raises ValueError unless 0 < p < 1. Method: Wichura's AS 241, as in `statistics`.
    """
    from statistics import NormalDist  # 20 ms, mostly fractions: not on the way to `--help`

    if not 0 < p < 1:
        raise ValueError(f"a probability lies between 0 and 1, not {p}")
    return NormalDist().inv_cdf(p)


@lru_cache(maxsize=256)
def normal_upper(z: float) -> float:
    """Return how probable a standard normal is above `z`."""
    return erfc(z / sqrt(2)) / 2


def two_sided(alpha: float) -> float:
    """Return the z of a two-sided interval that misses with probability `alpha`."""
    return -normal_quantile(alpha / 2)


def score_interval(share: float, n: float, z: float) -> tuple[float, float]:
    """Return the shares that an observed `share` of `n` does not contradict at `z`.

    Wilson, JASA 22 (1927) 209; Newcombe, Statistics in Medicine 17 (1998) 857, method 3.
    """
    spread = z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / n + spread / (4 * n))
    low = 0.0 if share == 0 else max(0.0, centre - half)
    high = 1.0 if share == 1 else min(1.0, centre + half)
    return low, high


def wilson(k: int, n: int, alpha: float) -> tuple[float, float]:
    """Return the Wilson interval (low, high) for the share that gave `k` of `n`.

    It misses with probability about `alpha`, half on each side. Raises ValueError unless
    0 <= k <= n and n > 0: nothing counted has no share.
    """
    if not 0 <= k <= n or n == 0:
        raise ValueError(f"{k} of {n} has no share")
    return score_interval(k / n, n, two_sided(alpha))


def newcombe(k: int, n: int, k_base: int, n_base: int, alpha: float) -> Difference:
    """Return current share minus baseline share, with its hybrid score interval.

    Raises ValueError where a side has no share. Newcombe, Statistics in Medicine 17 (1998) 873,
    method 10; statsmodels calls it `newcomb`.
    """
    for events, of in ((k, n), (k_base, n_base)):
        if not 0 <= events <= of or of == 0:
            raise ValueError(f"{events} of {of} has no share")
    return difference_at(k / n, n, k_base / n_base, n_base, two_sided(alpha))


def difference_at(share: float, n: float, base: float, n_base: float, z: float) -> Difference:
    """Return `share` minus `base`, known as well as from `n` and `n_base` independent requests."""
    low, high = score_interval(share, n, z)
    low_base, high_base = score_interval(base, n_base, z)
    effect = share - base
    down = sqrt((share - low) ** 2 + (high_base - base) ** 2)
    up = sqrt((high - share) ** 2 + (base - low_base) ** 2)
    return Difference(effect, effect - down, effect + up)


def exact_tail(k: int, n: int, k_base: int, n_base: int) -> float:
    """Return how probable `k` or more of `n` are if both sides have one and the same share.

    Fisher's exact test, one-sided: hypergeometric, given the events of both sides together.
    The score interval's lower end is too high for rare events far out in the tail (at alpha 0.0025
    with 1% of 200 against a large baseline it errs 5 times too often); this never is.
    """
    events, total = k + k_base, n + n_base
    if k == 0 or k > min(n, events):
        return 1.0 if k == 0 else 0.0
    if k * total <= events * n:  # the nearer tail is the other one, where terms only fall
        return 1.0 - exact_tail(n - k + 1, n, n_base - k_base - 1, n_base)
    term = exp(_log_choose(events, k) + _log_choose(total - events, n - k) - _log_choose(total, n))
    tail = 0.0
    while term > tail * _NEGLIGIBLE:
        tail += term
        term *= (events - k) * (n - k) / ((k + 1) * (total - events - n + k + 1))
        k += 1
    return min(1.0, tail)


def binomial_tail(k: int, n: int, p: float) -> float:
    """Return how probable `k` or more of `n` are if each is an event with probability `p`.

    The exact binomial test, one-sided: for shares against a limit, what `exact_tail` is for two.
    """
    if k == 0 or not 0 < p < 1:
        return 1.0 if k == 0 or p >= 1 else 0.0
    if k <= n * p:  # the nearer tail is the other one, where terms only fall
        return 1.0 - binomial_tail(n - k + 1, n, 1 - p)
    if k > n:
        return 0.0
    term = exp(_log_choose(n, k) + k * log(p) + (n - k) * log1p(-p))
    tail = 0.0
    while term > tail * _NEGLIGIBLE:
        tail += term
        term *= (n - k) * p / ((k + 1) * (1 - p))
        k += 1
    return min(1.0, tail)


def first_seen_tail(k: int, n: int, n_base: int) -> float:
    """Return how probable none of `n_base` and then `k` or more of `n` is at most, at any share.

    The unconditional exact test (Barnard, Biometrika 34 (1947) 123) for what the baseline has not
    at all: given the events of both sides, as in `exact_tail`, it would be called chance three
    times as often. Both factors are log-concave in the share, and so is what they make.
    """
    if k == 0 or n_base == 0:
        return 1.0
    low, high = 0.0, k / n
    for _ in range(_HALVINGS):
        third = (high - low) / 3
        one, other = (_none_then(k, n, n_base, at) for at in (low + third, high - third))
        low, high = (low + third, high) if one < other else (low, high - third)
    return _none_then(k, n, n_base, (low + high) / 2)


def _none_then(k: int, n: int, n_base: int, share: float) -> float:
    return exp(n_base * log1p(-share)) * binomial_tail(k, n, share) if share < 1 else 0.0


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
