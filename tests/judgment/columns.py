"""Profiles of columns that are drawn: the present is counted on the baseline's edges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from mlrespond.adapters.frame_numbers import Numbers, Rows, number_profile
from mlrespond.adapters.tally import CategoryTally, Place
from mlrespond.model.edge import SLICES
from mlrespond.model.reading import Edges, FeatureProfile, FeatureSpec, Profile, Window

NOW = datetime(2026, 11, 22, 3, 12, tzinfo=UTC)
WINDOW = Window(since=NOW - timedelta(hours=1), until=NOW)
Floats = npt.NDArray[np.float64]


def drawn(
    columns: Mapping[str, Floats | Sequence[str | None]], edges: Edges | None = None
) -> Profile:
    """Return the profile of columns whose rows come evenly over the window, in their order.

    NaN is a null. Without edges it is a baseline.
    """
    features = tuple(
        _number(name, column, edges) if isinstance(column, np.ndarray) else _category(name, column)
        for name, column in columns.items()
    )
    return Profile(window=WINDOW, n=max(one.n for one in features), features=features)


def later(
    columns: Mapping[str, Floats | Sequence[str | None]], edges: Edges
) -> Callable[[Window, Edges | None], Profile | None]:
    """Return what counts such columns anew from some slice of the window on."""

    def read(window: Window, _: Edges | None) -> Profile | None:
        at = round((window.since - WINDOW.since) / (NOW - WINDOW.since) * SLICES)
        found = {name: column[-(-at * len(column) // SLICES) :] for name, column in columns.items()}
        return replace(drawn(found, edges), window=window)

    return read


def log(
    columns: Mapping[str, Floats | Sequence[str | None]], rows_an_hour: int
) -> Callable[[Window, Edges | None], Profile]:
    """Return what counts rows that come evenly from the window's start on, for as long as any."""
    each = (NOW - WINDOW.since) / rows_an_hour

    def read(window: Window, edges: Edges | None) -> Profile:
        first, last = (round((at - WINDOW.since) / each) for at in (window.since, window.until))
        found = {name: column[first:last] for name, column in columns.items()}
        return replace(drawn(found, edges), window=window)

    return read


def joined(
    before: Mapping[str, Floats | Sequence[str | None]],
    now: Mapping[str, Floats | Sequence[str | None]],
) -> Mapping[str, Floats | Sequence[str | None]]:
    """Return the columns of a baseline and of the present that comes right after it."""
    return {name: _joined(column, now[name]) for name, column in before.items()}


def following(read: Callable[[Window, Edges | None], Profile]) -> tuple[Profile, Profile]:
    """Return the present, as long as the baseline and right after it, and the baseline."""
    baseline = read(WINDOW, None)
    present = Window(since=NOW, until=NOW + (NOW - WINDOW.since))
    return read(present, baseline.edges), baseline


def specs(profile: Profile) -> Mapping[str, FeatureSpec]:
    """Return plain specifications for the features of a profile."""
    return {one.name: FeatureSpec(type=one.type) for one in profile.features}


def _joined(
    before: Floats | Sequence[str | None], now: Floats | Sequence[str | None]
) -> Floats | Sequence[str | None]:
    if isinstance(before, np.ndarray) and isinstance(now, np.ndarray):
        return np.concatenate([before, now])
    return [*before, *now]


def _number(name: str, values: Floats, edges: Edges | None) -> FeatureProfile:
    n = len(values)
    missing = np.isnan(values)
    column = Numbers(values=values, unread=missing, missing=missing)
    rows = Rows(slices=(np.arange(n) * SLICES // max(n, 1)).astype(np.int8))
    cuts = None if edges is None else edges.get(name, ())
    return number_profile(name, column, rows, (None, None), cuts)


def _category(name: str, values: Sequence[str | None]) -> FeatureProfile:
    tally = CategoryTally(name)
    for at, value in enumerate(values):
        tally.add(value, Place(at=NOW, slice=at * SLICES // len(values), entity=None))
    return tally.profile()
