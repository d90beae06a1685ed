"""Chance for simulated signals: exact draws that depend on a key alone, never on the clock."""

from __future__ import annotations

import math
import random


def drawn(*key: str | float) -> random.Random:
    """Return the chance of a key; the same key always draws the same."""
    return random.Random("|".join(map(str, key)))  # noqa: S311  # a simulation, no secret


def binomial(chance: random.Random, n: int, p: float) -> int:
    """Return how many of `n` trials succeed; exact. Python 3.11 has no binomialvariate.

    While many are expected, the middle order statistic of n uniforms, a beta, halves the trials;
    the rest are gaps between successes. Source: Devroye, Non-Uniform Random Variate Generation
    (1986), X.4.
    """
    found = 0
    while n * min(p, 1 - p) > _FEW:
        middle = (n + 1) // 2
        cut = chance.betavariate(middle, n + 1 - middle)
        if cut <= p:
            found += middle
            n, p = n - middle, (p - cut) / (1 - cut)
        else:
            n, p = middle - 1, p / cut
    if p > _HALF:
        return found + n - _gaps(chance, n, 1 - p)
    return found + _gaps(chance, n, p)


def poisson(chance: random.Random, mean: float) -> int:
    """Return a Poisson number; exact, by halving with gammas (Ahrens and Dieter 1974)."""
    found = 0
    while mean > _FEW:
        first = int(mean * 0.875)
        reached = chance.gammavariate(first, 1.0)
        if reached > mean:
            return found + binomial(chance, first - 1, mean / reached)
        found += first
        mean -= reached
    left, product = math.exp(-mean), chance.random()
    while product > left:
        found += 1
        product *= chance.random()
    return found


def burst(chance: random.Random, p: float, n: float, phi: float) -> float:
    """Return a share about `p` so that a count of `n` has `phi` times a binomial's variance."""
    if phi <= 1 or not 0 < p < 1:
        return p
    weight = (n - 1) / (phi - 1) - 1
    return chance.betavariate(p * weight, (1 - p) * weight)


def log_uniform(chance: random.Random, low: float, high: float) -> float:
    """Return a number whose logarithm is uniform."""
    return math.exp(chance.uniform(math.log(low), math.log(high)))


class Wobble:
    """Noise that changes slowly: standard normal at all times, alike at near ones."""

    def __init__(self, every_s: float, *key: str | float) -> None:
        self._every_s = every_s
        self._key = key
        self._knots: dict[int, float] = {}

    def at(self, t: float) -> float:
        """Return its value at a time, in epoch seconds."""
        knot, past = divmod(t / self._every_s, 1)
        before, after = self._knot(int(knot)), self._knot(int(knot) + 1)
        return ((1 - past) * before + past * after) / math.hypot(1 - past, past)

    def factor(self, t: float, spread: float) -> float:
        """Return a factor at a time: lognormal with that spread and a mean of 1."""
        return math.exp(spread * self.at(t) - spread * spread / 2)

    def _knot(self, number: int) -> float:
        if number not in self._knots:
            self._knots[number] = drawn(*self._key, number).gauss(0.0, 1.0)
        return self._knots[number]


_FEW = 10.0
_HALF = 0.5


def _gaps(chance: random.Random, n: int, p: float) -> int:
    """Count successes by the gaps between them, which are geometric."""
    if p <= 0:
        return 0
    found, at = -1, 0
    scale = math.log1p(-p)
    while at <= n:
        at += int(math.log(1.0 - chance.random()) / scale) + 1
        found += 1
    return found
