"""Signals from records: predictions and labels that are given, and pages of metrics.

The counts are taken in the plainest way, apart from the adapters', so that one checks the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from statistics import median, quantiles

from mlrespond.adapters import promql, promql_value
from mlrespond.adapters.scrape_log import Scrape
from mlrespond.errors import InvalidInputError
from mlrespond.model.amount import Amounts, Buckets
from mlrespond.model.edge import FLAG_SLICES, SLICES, flag_slice
from mlrespond.model.instant import parse_iso
from mlrespond.model.json import Json, Record, number
from mlrespond.model.reading import (
    Case,
    Clusters,
    Edges,
    FeatureProfile,
    LabelCounts,
    Profile,
    Sample,
    Window,
)
from mlrespond.testing.logged_bins import binned

_TWO = 2


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What the columns of a prediction are called; numbers have (lowest, highest)."""

    time: str = "served_at"
    version: str = "model_version"
    id: str = "request_id"
    score: str = "p"
    decision: str = "decision"
    entity: str = "customer_id"
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    categories: Sequence[str] = ()
    flags: Sequence[str] = ("ok",)
    amounts: Sequence[str] = ()
    truth: str = "y"
    mature_after: timedelta = timedelta(hours=1)


@dataclass(kw_only=True)
class LoggedSignals:
    """Signals of a world in which all records are at hand."""

    now: datetime
    columns: Columns = field(default_factory=Columns)
    rows: Sequence[Record] = ()
    labelled: Sequence[Record] = ()
    scrapes: Sequence[Scrape] = ()
    golden: tuple[Case, ...] = ()

    def instant(self, query: str, at: datetime) -> tuple[Sample, ...]:
        """See Metrics.instant, of the pages that were scraped."""
        return promql_value.evaluate(promql.parse(query), self.scrapes, at)

    def profile(self, window: Window, version: str | None, edges: Edges | None = None) -> Profile:
        """See Predictions.profile."""
        found, unreadable = self._in(window, version)
        rows = [row for _, row in found]
        names = self.columns
        counted = (
            *(_numbers(one, rows, limits) for one, limits in names.numbers.items()),
            *(_categories(one, rows) for one in names.categories),
            _numbers(names.score, rows, (-inf, inf)),
        )
        about = [(at, row.get(names.entity), row) for at, row in found]
        *features, score = (binned(one, about, window, edges) for one in counted)
        return Profile(
            window=window,
            n=len(rows),
            newest=max((at for at, _ in found), default=None),
            by_version=Counter(str(row.get(names.version)) for row in rows),
            features=tuple(features),
            score=score,
            flags={one: _flag(one, rows) for one in names.flags},
            unreadable=unreadable,
            columns=tuple(sorted({name for row in rows for name in row})),
            over_time={one: _over_time(one, found, window) for one in names.flags},
            by_entity={one: _by_entity(one, rows, names.entity) for one in names.flags},
            amounts=tuple(_amounts(one, found, window) for one in names.amounts),
        )

    def labels(self, window: Window, version: str | None) -> LabelCounts:
        """See Predictions.labels."""
        names = self.columns
        found, _ = self._in(window, version)
        decided = [(at, row) for at, row in found if row.get(names.decision) is not None]
        mature = [row for at, row in decided if at + names.mature_after <= self.now]
        truth = {one[names.id]: one[names.truth] for one in self.labelled if one.get(names.id)}
        known = [row for row in mature if row.get(names.id) in truth]
        return LabelCounts(
            window=window,
            predicted=len(decided),
            mature=len(mature),
            labelled=len(known),
            correct=sum(truth[row[names.id]] == row[names.decision] for row in known),
        )

    def cases(self) -> tuple[Case, ...]:
        """See Signals.cases."""
        return self.golden

    def answer(self, version: str, row: Mapping[str, Json]) -> Json:
        """Return the decision that was logged for a row like it; else the first one of all."""
        like = [one for one in self.rows if all(one.get(key) == row[key] for key in row)]
        of = [one for one in like if one.get(self.columns.version) == version] or like or self.rows
        return of[0].get(self.columns.decision) if of else "unknown"

    def _in(self, window: Window, version: str | None) -> tuple[list[tuple[datetime, Record]], int]:
        """Return the rows of a window and a version, and how many have no time."""
        found, unreadable = [], 0
        for row in self.rows:
            at = _time(row.get(self.columns.time))
            if at is None:
                unreadable += 1
            elif window.since <= at < window.until and (
                version is None or row.get(self.columns.version) == version
            ):
                found.append((at, row))
        return found, unreadable


def _time(written: Json) -> datetime | None:
    try:
        return parse_iso(written) if isinstance(written, str) else None
    except InvalidInputError:
        return None


def _numbers(name: str, rows: Sequence[Record], limits: tuple[float, float]) -> FeatureProfile:
    given = [row.get(name) for row in rows]
    known = sorted(found for one in given if (found := number(one)) is not None)
    nulls = sum(one is None or one in {inf, -inf} or one != one for one in given)  # noqa: PLR0124  # NaN
    quarters = quantiles(known, n=4, method="inclusive") if len(known) >= _TWO else known * 3
    return FeatureProfile(
        name=name,
        type="number",
        n=len(given),
        nulls=nulls,
        mismatched=len(given) - nulls - len(known),
        out_of_range=sum(not limits[0] <= one <= limits[1] for one in known),
        low_quartile=quarters[0] if known else None,
        median=median(known) if known else None,
        high_quartile=quarters[2] if known else None,
        distinct=len(set(known)),
    )


def _categories(name: str, rows: Sequence[Record]) -> FeatureProfile:
    given = [row.get(name) for row in rows]
    known = Counter(one for one in given if isinstance(one, str))
    return FeatureProfile(
        name=name,
        type="category",
        n=len(given),
        nulls=given.count(None),
        distinct=len(known),
        categories=known,
    )


def _amounts(name: str, found: Sequence[tuple[datetime, Record]], window: Window) -> Amounts:
    length = (window.until - window.since) / SLICES
    told = [(int((at - window.since) / length), number(row.get(name))) for at, row in found]
    known = [(place, one) for place, one in told if one is not None and one >= 0]
    return Amounts(
        name=name,
        missing=len(told) - len(known),
        slices=tuple(
            Buckets.of(value for place, value in known if place == one) for one in range(SLICES)
        ),
    )


def _over_time(
    name: str, found: Sequence[tuple[datetime, Record]], window: Window
) -> tuple[tuple[int, int], ...]:
    slices = [(flag_slice(window, at), row) for at, row in found]
    return tuple(
        _flag(name, [row for place, row in slices if place == one]) for one in range(FLAG_SLICES)
    )


def _by_entity(name: str, rows: Sequence[Record], entity: str) -> Clusters:
    whom = {str(row[entity]) for row in rows if row.get(entity) is not None}
    told = [_flag(name, [row for row in rows if row.get(entity) == one]) for one in whom]
    return Clusters.of(one for one in told if one[1])


def _flag(name: str, rows: Sequence[Record]) -> tuple[int, int]:
    told = [row[name] for row in rows if isinstance(row.get(name), bool)]
    return sum(one is True for one in told), len(told)
