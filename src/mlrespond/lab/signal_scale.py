"""Values of simulated rows as one-byte codes: slices of equal probability, and null.

A column of rows is a `bytes`; its slices, shares and quartiles are then quickly counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist

from mlrespond.model.reading import FeatureProfile

SLICES = 64
NULL = 255

_BYTES = 256
_EDGE = 0.0005  # where the outermost slices end: 3.3 standard deviations out
_NORMAL = NormalDist()


@lru_cache(maxsize=512)
def tilted(shift: float) -> bytes:
    """Return a table from random bytes to slices, as if all values lay `shift` deviations on."""
    codes = []
    for byte in range(_BYTES):
        share = (byte + 0.5) / _BYTES
        if shift:
            share = _NORMAL.cdf(_NORMAL.inv_cdf(share) + shift)
        codes.append(min(SLICES - 1, int(share * SLICES)))
    return bytes(codes)


@lru_cache(maxsize=512)
def shared(shares: tuple[float, ...]) -> bytes:
    """Return a table from random bytes to categories with about these shares."""
    total, reached, codes = sum(shares), 0.0, bytearray()
    for code, share in enumerate(shares):
        reached += share
        codes += bytes([code]) * (round(reached / total * _BYTES) - len(codes))
    return bytes(codes)


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of values of one code."""

    code: int
    low: float
    high: float

    @property
    def middle(self) -> float:
        """Return its middle."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberScale:
    """A number: its slices in rising order, the step between values, its largest sound value."""

    name: str
    slices: tuple[Slice, ...]
    step: float
    max: float = float("inf")

    def profile(self, counts: Counter[int]) -> FeatureProfile:
        """Return the profile of counted codes; quartiles are read off within slices, linearly."""
        found = [(one, counts[one.code]) for one in self.slices if counts[one.code]]
        low, median, high = (self._quantile(found, share) for share in (0.25, 0.5, 0.75))
        return FeatureProfile(
            name=self.name,
            type="number",
            n=counts.total(),
            nulls=counts[NULL],
            out_of_range=sum(n for one, n in found if one.middle > self.max),
            low_quartile=low,
            median=median,
            high_quartile=high,
            distinct=self._distinct(found),
        )

    def _quantile(self, counts: Sequence[tuple[Slice, int]], share: float) -> float | None:
        left = share * sum(found for _, found in counts)
        for one, found in counts:
            if left <= found:
                value = one.low + (one.high - one.low) * left / found
                return value // self.step if self.step == 1 else round(value, 4)
            left -= found
        return None

    def _distinct(self, counts: Sequence[tuple[Slice, int]]) -> int:
        """Return how many distinct values are expected, every value of a slice being as likely."""
        narrow = {int(one.low / self.step) for one, _ in counts if one.high - one.low < self.step}
        wide = 0.0
        for one, found in counts:
            values = (one.high - one.low) / self.step
            if values >= 1:
                wide += values * (1 - (1 - 1 / values) ** found)
        return len(narrow) + round(wide)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryScale:
    """A category: its values by code."""

    name: str
    values: tuple[str, ...]

    def profile(self, counts: Counter[int]) -> FeatureProfile:
        """Return the profile of counted codes."""
        found = {value: counts[code] for code, value in enumerate(self.values) if counts[code]}
        return FeatureProfile(
            name=self.name,
            type="category",
            n=counts.total(),
            nulls=counts[NULL],
            distinct=len(found),
            categories=found,
        )


def slices(value: Callable[[float], float], first: int = 0) -> tuple[Slice, ...]:
    """Return the slices of a rising function of a standard normal; codes count from `first`."""
    shares = [min(1 - _EDGE, max(_EDGE, at / SLICES)) for at in range(SLICES + 1)]
    edges = [value(_NORMAL.inv_cdf(share)) for share in shares]
    pairs = pairwise(edges)
    return tuple(Slice(first + code, low, high) for code, (low, high) in enumerate(pairs))
