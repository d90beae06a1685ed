"""Counts of one column, taken value by value: no record is kept."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, pairwise
from typing import Protocol

from mlrespond.adapters.log_rows import Written
from mlrespond.model.amount import SMALLEST, Amounts, Buckets, bucket_of
from mlrespond.model.edge import DECILES, SLICED, SLICES, edges_of
from mlrespond.model.json import Json
from mlrespond.model.reading import FeatureProfile, FeatureSpec

CATEGORIES = 200
"""So many categories of a feature are told, the commonest first."""


class Ordered(Protocol):
    """Numbers in order: a list, or an array."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> float: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: its time, its slice of the window, and whom it is about."""

    at: datetime
    slice: int
    entity: str | None


@dataclass(slots=True)
class Memory:
    """What each entity had when: how often it is what it had before."""

    seen: list[tuple[str, datetime, str | float]] = field(default_factory=list)

    def add(self, place: Place, value: str | float) -> None:
        """Remember a value of an entity."""
        if place.entity is not None:
            self.seen.append((place.entity, place.at, value))

    def repeats(self) -> tuple[int, int]:
        """Return how many values had an earlier one of their entity, and how many equal it.

        Values of one instant come in their own order, so that the log's order says nothing.
        """
        ordered = sorted(self.seen)
        pairs = [
            old == new
            for _, told in groupby(ordered, key=lambda one: one[0])
            for (_, _, old), (_, _, new) in pairwise(told)
        ]
        return len(pairs), sum(pairs)


class NumberTally:
    """Counts of a column of numbers; a text is of another type, but for a CSV file's.

    Without edges it is a baseline's, which chooses them.
    """

    def __init__(
        self, name: str, spec: FeatureSpec, edges: tuple[float, ...] | None = None
    ) -> None:
        self._name = name
        self._edges = edges
        self._low = -math.inf if spec.min is None else spec.min
        self._high = math.inf if spec.max is None else spec.max
        self._n = self._mismatched = self._outside = 0
        self._nulls = [0] * SLICES
        self._values: list[list[float]] = [[] for _ in range(SLICES)]
        self._memory = Memory()

    def add(self, value: Json, place: Place) -> None:
        """Count a value; NaN and infinities count as nulls."""
        self._n += 1
        known = _number(value)
        if known is None:
            self._mismatched += 1
        elif not math.isfinite(known):
            self._nulls[place.slice] += 1
        else:
            self._values[place.slice].append(known)
            self._memory.add(place, known)
            self._outside += not self._low <= known <= self._high

    def profile(self) -> FeatureProfile:
        """Return the counts, with exact quartiles."""
        values = sorted(value for part in self._values for value in part)
        runs = [sum(1 for _ in run) for _, run in groupby(values)]
        deciles = [one for share in DECILES if (one := quantile(values, share)) is not None]
        edges = edges_of(deciles) if self._edges is None else self._edges
        repeats, same = self._memory.repeats()
        return FeatureProfile(
            name=self._name,
            type="number",
            n=self._n,
            nulls=sum(self._nulls),
            mismatched=self._mismatched,
            out_of_range=self._outside,
            low_quartile=quantile(values, 0.25),
            median=quantile(values, 0.5),
            high_quartile=quantile(values, 0.75),
            distinct=len(runs),
            commonest=max(runs, default=0),
            edges=edges,
            bins=binned(values, edges) if edges else (),
            slices=self._slices(edges) if values else (),
            repeats=repeats,
            same=same,
        )

    def _slices(self, edges: tuple[float, ...]) -> tuple[tuple[int, ...], ...]:
        return tuple(
            (nulls, *binned(part, edges))
            for nulls, part in zip(self._nulls, self._values, strict=True)
        )


class CategoryTally:
    """Counts of a column of categories: texts, whole numbers, true and false."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._n = self._mismatched = 0
        self._nulls = [0] * SLICES
        self._counts: list[Counter[str]] = [Counter() for _ in range(SLICES)]
        self._memory = Memory()

    def add(self, value: Json, place: Place) -> None:
        """Count a value."""
        self._n += 1
        if value is None:
            self._nulls[place.slice] += 1
        elif isinstance(value, str | int):
            known = as_text(value)
            self._counts[place.slice][known] += 1
            self._memory.add(place, known)
        else:
            self._mismatched += 1

    def profile(self) -> FeatureProfile:
        """Return the counts of the commonest categories; `distinct` counts them all."""
        counts: Counter[str] = Counter()
        for part in self._counts:
            counts.update(part)
        told = dict(sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:CATEGORIES])
        repeats, same = self._memory.repeats()
        return FeatureProfile(
            name=self._name,
            type="category",
            n=self._n,
            nulls=sum(self._nulls),
            mismatched=self._mismatched,
            distinct=len(counts),
            categories=told,
            slices=self._slices(list(told)[:SLICED]) if counts else (),
            repeats=repeats,
            same=same,
        )

    def _slices(self, names: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        return tuple(
            (nulls, *(part[name] for name in names), part.total() - sum(part[n] for n in names))
            for nulls, part in zip(self._nulls, self._counts, strict=True)
        )


class AmountTally:
    """Counts of a column of amounts in logarithmic buckets, by slice of the window."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._missing = 0
        self._slices: list[Counter[int | None]] = [Counter() for _ in range(SLICES)]

    def add(self, value: Json, place: Place) -> None:
        """Count a value; one that is null, no number, infinite or below 0 is missing."""
        known = _number(value)
        if known is None or not math.isfinite(known) or known < 0:
            self._missing += 1
        else:
            bucket = bucket_of(known) if known >= SMALLEST else None
            self._slices[place.slice][bucket] += 1

    def amounts(self) -> Amounts:
        """Return the counts."""
        return Amounts(
            name=self._name,
            missing=self._missing,
            slices=tuple(buckets(one.items()) for one in self._slices),
        )


def buckets(counts: Iterable[tuple[int | None, int]]) -> Buckets:
    """Return counts by bucket; that of None are noughts."""
    known = dict(counts)
    rest = sorted((bucket, count) for bucket, count in known.items() if bucket is not None)
    return Buckets(known.get(None, 0), tuple(rest))


def binned(values: Sequence[float], edges: Sequence[float]) -> tuple[int, ...]:
    """Count values up to each edge, which belongs to the bin below it, and beyond the last."""
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_left(edges, value)] += 1
    return tuple(counts)


def quantile(values: Ordered, share: float) -> float | None:
    """Return a quantile of sorted values, between neighbours linearly (Hyndman and Fan, type 7)."""
    if len(values) == 0:
        return None
    place = (len(values) - 1) * share
    below = math.floor(place)
    low, high = float(values[below]), float(values[min(below + 1, len(values) - 1)])
    if low == high:
        return low
    upper = place - below
    return low * (1 - upper) + high * upper


def as_text(value: Json) -> str:
    """Return a label or category as text, so that `true` and `1` are the same in any file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _number(value: Json) -> float | None:
    """Return a number, NaN for a null, or None for what is no number."""
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float | Written):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
