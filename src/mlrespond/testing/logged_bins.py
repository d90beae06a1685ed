"""Bins, slices and repeats of records that are at hand, counted in the plainest way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby, pairwise
from statistics import quantiles

from mlrespond.model.edge import SLICED, SLICES, edges_of
from mlrespond.model.json import Json, Record, number
from mlrespond.model.reading import Edges, FeatureProfile, Window

_DECILES = 10


def binned(
    one: FeatureProfile,
    found: Sequence[tuple[datetime, Json, Record]],
    window: Window,
    edges: Edges | None,
) -> FeatureProfile:
    """Add to a feature's counts what is told by bin and slice, and by entity.

    Rows come with their time, and with the entity that they are about.
    """
    given = [(at, whom, _known(one, row.get(one.name))) for at, whom, row in found]
    known = [value for _, _, value in given if value is not None]
    cuts = _edges(one, known) if edges is None else edges.get(one.name, ())
    pairs = list(_pairs(given))
    numbers = one.type == "number"
    return replace(
        one,
        edges=cuts if numbers else (),
        bins=_counts([_label(one, value, cuts) for value in known], len(cuts) + 1)
        if cuts and numbers
        else (),
        commonest=max(Counter(known).values(), default=0) if numbers else 0,
        slices=_slices(one, given, window, cuts) if known else (),
        repeats=len(pairs),
        same=sum(old == new for old, new in pairs),
    )


def _known(one: FeatureProfile, value: Json) -> float | str | None:
    if one.type == "number":
        return number(value)
    return value if isinstance(value, str) else None


def _edges(one: FeatureProfile, known: Sequence[float | str]) -> tuple[float, ...]:
    numbers = [value for value in known if isinstance(value, float | int)]
    if one.type == "category" or not numbers:
        return ()
    return edges_of(
        quantiles(numbers * 2 if len(numbers) == 1 else numbers, n=_DECILES, method="inclusive")
    )


def _label(one: FeatureProfile, value: float | str, cuts: Sequence[float]) -> int:
    if isinstance(value, str):
        names = list(one.categories)[:SLICED]
        return names.index(value) if value in names else len(names)
    return sum(value > cut for cut in cuts)


def _counts(labels: Sequence[int], width: int) -> tuple[int, ...]:
    return tuple(labels.count(place) for place in range(width))


def _slices(
    one: FeatureProfile,
    given: Sequence[tuple[datetime, Json, float | str | None]],
    window: Window,
    cuts: Sequence[float],
) -> tuple[tuple[int, ...], ...]:
    width = len(cuts) + 1 if one.type == "number" else min(len(one.categories), SLICED) + 1
    length = (window.until - window.since) / SLICES
    parts: list[list[int]] = [[] for _ in range(SLICES)]
    for at, _, value in given:
        place = 0 if value is None else 1 + _label(one, value, cuts)
        parts[(at - window.since) // length].append(place)
    return tuple(_counts(part, width + 1) for part in parts)


def _pairs(
    given: Sequence[tuple[datetime, Json, float | str | None]],
) -> Iterator[tuple[float | str, float | str]]:
    """Yield each value of an entity with its next one; those of one instant in their own order."""
    known = ((str(whom), at, value) for at, whom, value in given if whom is not None)
    ordered = sorted(one for one in known if one[2] is not None)
    for _, told in groupby(ordered, key=lambda one: one[0]):
        yield from pairwise(value for _, _, value in told if value is not None)
