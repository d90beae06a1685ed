"""Traffic of different kinds: how many bad requests fall into each slice of time.

None of these was used to set a threshold of the judgment: they differ in what they break.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, sqrt
from random import Random

Pairs = list[tuple[int, int]]
Draw = Callable[[Random, int, float, float], Pairs]
"""(chance, slices, requests in a slice, share) to (bad ones, all) by slice."""

STEP_S = 60.0


def binomial(rng: Random, n: int, p: float) -> int:
    """Return a binomial count; for many requests, its normal limit is near enough."""
    if n * min(p, 1 - p) > 40:
        return min(n, max(0, round(rng.gauss(n * p, sqrt(n * p * (1 - p))))))
    return sum(rng.random() < p for _ in range(n))


def sizes(rng: Random, slices: int, each: float) -> list[int]:
    """Return how many requests each slice has: as many as there are, spread by chance."""
    found = [int(each)] * slices
    for at in rng.sample(range(slices), round((each - int(each)) * slices)):
        found[at] += 1
    return found


def independent(rng: Random, slices: int, each: float, p: float) -> Pairs:
    return [(binomial(rng, n, p), n) for n in sizes(rng, slices, each)]


def autocorrelated(rng: Random, slices: int, each: float, p: float) -> Pairs:
    """The rate wanders: its logarithm is an AR(1) of 0.6 by slice, with deviation 0.5."""
    return _wandering(rng, slices, each, p, 0.6)


def slow(rng: Random, slices: int, each: float, p: float) -> Pairs:
    """The rate wanders slowly: AR(1) of 0.9 by slice."""
    return _wandering(rng, slices, each, p, 0.9)


def _wandering(rng: Random, slices: int, each: float, p: float, rho: float) -> Pairs:
    at, found = rng.gauss(0, 1), []
    for n in sizes(rng, slices, each):
        found.append((binomial(rng, n, min(1.0, p * exp(0.5 * at - 0.125))), n))
        at = rho * at + sqrt(1 - rho * rho) * rng.gauss(0, 1)
    return found


def clumped(rng: Random, slices: int, each: float, p: float) -> Pairs:
    """A request fails as the one before it did, with chance 0.8: a Markov chain of requests."""
    last, found = rng.random() < p, []
    for n in sizes(rng, slices, each):
        k = 0
        for _ in range(n):
            last = last if rng.random() < 0.8 else rng.random() < p
            k += last
        found.append((k, n))
    return found


def bursty(rng: Random, slices: int, each: float, p: float) -> Pairs:
    """Every slice has a rate of its own, so that the variance is five times the binomial."""
    alike = min(0.5, 4 / max(each - 1, 4))
    scale = (1 - alike) / alike
    return [
        (binomial(rng, n, rng.betavariate(p * scale, (1 - p) * scale)), n)
        for n in sizes(rng, slices, each)
    ]


def spells(rng: Random, slices: int, each: float, p: float) -> Pairs:
    """Good spells of 15 slices and bad ones of 3, ten times as bad: Markov-modulated."""
    return _spelled(rng, slices, each, p, 3)


def long_spells(rng: Random, slices: int, each: float, p: float) -> Pairs:
    """Bad spells of 10 slices of 60, good ones of 50: a baseline holds one of them, or none."""
    return _spelled(rng, slices, each, p, 10)


def _spelled(rng: Random, slices: int, each: float, p: float, length: int) -> Pairs:
    low = p * 6 / 15
    bad, found = rng.random() < 1 / 6, []
    for n in sizes(rng, slices, each):
        found.append((binomial(rng, n, min(1.0, 10 * low if bad else low)), n))
        bad = rng.random() >= 1 / length if bad else rng.random() < 1 / (5 * length)
    return found


KINDS: Mapping[str, Draw] = {
    "independent": independent,
    "autocorrelated": autocorrelated,
    "bursty": bursty,
    "clumped": clumped,
    "spells": spells,
}
HARDER: Mapping[str, Draw] = {"slow": slow, "long spells": long_spells}
"""Traffic that strays about as slowly as an hour of it can tell."""
