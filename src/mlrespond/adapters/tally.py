"""Counts of one column, taken value by value: no record is kept."""

from __future__ import annotations

import math
from collections import Counter

from mlrespond.adapters.log_rows import Written
from mlrespond.model.json import Json
from mlrespond.model.reading import FeatureProfile, FeatureSpec

_CATEGORIES = 200


class NumberTally:
    """Counts of a column of numbers; a text is of another type, but for a CSV file's."""

    def __init__(self, name: str, spec: FeatureSpec) -> None:
        self._name = name
        self._low = -math.inf if spec.min is None else spec.min
        self._high = math.inf if spec.max is None else spec.max
        self._n = self._nulls = self._mismatched = self._outside = 0
        self._values: list[float] = []

    def add(self, value: Json) -> None:
        """Count a value; NaN and infinities count as nulls."""
        self._n += 1
        known = _number(value)
        if known is None:
            self._mismatched += 1
        elif not math.isfinite(known):
            self._nulls += 1
        else:
            self._values.append(known)
            self._outside += not self._low <= known <= self._high

    def profile(self) -> FeatureProfile:
        """Return the counts, with exact quartiles."""
        values = sorted(self._values)
        return FeatureProfile(
            name=self._name,
            type="number",
            n=self._n,
            nulls=self._nulls,
            mismatched=self._mismatched,
            out_of_range=self._outside,
            low_quartile=quantile(values, 0.25),
            median=quantile(values, 0.5),
            high_quartile=quantile(values, 0.75),
            distinct=len(set(values)),
        )


class CategoryTally:
    """Counts of a column of categories: texts, whole numbers, true and false."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._n = self._nulls = self._mismatched = 0
        self._counts: Counter[str] = Counter()

    def add(self, value: Json) -> None:
        """Count a value."""
        self._n += 1
        if value is None:
            self._nulls += 1
        elif isinstance(value, str | int):
            self._counts[as_text(value)] += 1
        else:
            self._mismatched += 1

    def profile(self) -> FeatureProfile:
        """Return the counts of the commonest categories; `distinct` counts them all."""
        return FeatureProfile(
            name=self._name,
            type="category",
            n=self._n,
            nulls=self._nulls,
            mismatched=self._mismatched,
            distinct=len(self._counts),
            categories=dict(self._counts.most_common(_CATEGORIES)),
        )


def quantile(values: list[float], share: float) -> float | None:
    """Return a quantile of sorted values, between neighbours linearly (Hyndman and Fan, type 7)."""
    if not values:
        return None
    place = (len(values) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    if values[below] == values[above]:
        return values[below]
    upper = place - below
    return values[below] * (1 - upper) + values[above] * upper


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
