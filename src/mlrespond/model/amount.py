"""Amounts, such as costs and lengths, counted in logarithmic buckets: small, and merged by adding.

The buckets are the same for everybody, so that what was counted in different files, on different
replicas or months apart can be added and compared. A value is known to within `ACCURACY` of
itself. Source: Masson, Rim and Lee, DDSketch, VLDB 12 (2019) 2195.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import ceil, log
from typing import Final

TEXT_LENGTH: Final = "text.length"
"""The amount that is how many characters the logged text has."""

ACCURACY: Final = 0.01
GAMMA: Final = (1 + ACCURACY) / (1 - ACCURACY)
LOG_GAMMA: Final = log(GAMMA)
SMALLEST: Final = 1e-9
"""Amounts below this are counted as nought."""


def bucket_of(value: float) -> int:
    """Return the bucket of an amount of at least `SMALLEST`: edge(i - 1) < value <= edge(i).

    An amount that lies on an edge but for rounding may be counted on either side of it.
    """
    return ceil(log(value) / LOG_GAMMA)


def edge(bucket: int) -> float:
    """Return the upper edge of a bucket."""
    return GAMMA**bucket


def middle(bucket: int) -> float:
    """Return the amount that is off by at most `ACCURACY` of itself for all of a bucket."""
    return 2 * GAMMA**bucket / (GAMMA + 1)


@dataclass(frozen=True, slots=True)
class Buckets:
    """How many amounts are nought, and (bucket, count) of the others, rising; empty ones left out.

    The edges are those of `bucket_of`.
    """

    noughts: int = 0
    counts: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, values: Iterable[float]) -> Buckets:
        """Return the counts of finite amounts, none of them below 0."""
        noughts, counts = 0, Counter[int]()
        for value in values:
            if value < SMALLEST:
                noughts += 1
            else:
                counts[bucket_of(value)] += 1
        return cls(noughts, tuple(sorted(counts.items())))

    @property
    def n(self) -> int:
        """Return how many amounts were counted."""
        return self.noughts + sum(count for _, count in self.counts)

    def plus(self, other: Buckets) -> Buckets:
        """Return the counts of both together: in any order, the same as if counted at once."""
        counts = Counter(dict(self.counts))
        counts.update(dict(other.counts))
        return Buckets(self.noughts + other.noughts, tuple(sorted(counts.items())))

    def above(self, bucket: int) -> int:
        """Return how many amounts lie above the upper edge of a bucket."""
        return sum(count for one, count in self.counts if one > bucket)


def merged(parts: Iterable[Buckets]) -> Buckets:
    """Return the counts of several files, replicas or slices of time together."""
    return reduce(Buckets.plus, parts, Buckets())


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Counts of one column of amounts over a window, by equal slices of it, oldest first.

    `missing` counts rows without an amount: null, no number, infinite or below 0.
    """

    name: str
    missing: int = 0
    slices: tuple[Buckets, ...] = ()

    @property
    def whole(self) -> Buckets:
        """Return the counts of all slices together."""
        return merged(self.slices)

    @property
    def n(self) -> int:
        """Return how many rows have an amount."""
        return sum(one.n for one in self.slices)
