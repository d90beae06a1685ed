"""What a query is worth on scrapes: no data is empty, and never zero.

A counter's gain is counted from the first scrape in the window to the one nearest to its end,
with resets, and is not extrapolated as Prometheus does: what came before does not count. Only where
scrapes are as sparse as the window is long, the one just before it (by a tenth of it) is the start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeAlias, assert_never

from mlrespond.adapters.exposition_text import Labels, series
from mlrespond.adapters.promql import Over, Query, Selector, Sum
from mlrespond.adapters.scrape_log import Scrape
from mlrespond.model.reading import Sample

REPLICA = "replica"
LOOKBACK_S = 300.0
LATE_S = 5.0

_WHOLE = 0.8  # of the window must be covered where nothing is known from before it
_MOST = 0.5  # where earlier scrapes show that somebody was looking
_EDGE = 0.1  # of the window: how far beyond its ends the scrapes at them may lie

Values: TypeAlias = Mapping[Labels, float]


def reach_s(query: Query) -> float:
    """Return how far before its time a query needs scrapes."""
    match query:
        case Selector():
            return LOOKBACK_S
        case Over(window_s=window_s):
            return 2 * window_s
        case Sum(of=of):
            return reach_s(of)
        case _:
            assert_never(query)


def evaluate(query: Query, scrapes: Sequence[Scrape], at: datetime) -> tuple[Sample, ...]:
    """Return the samples of a query at a time, from scrapes that are sorted by time.

    A scrape that came up to LATE_S later counts where it is the nearest one.
    """
    found = _values(query, scrapes, at)
    return tuple(Sample(labels=dict(labels), value=value) for labels, value in found.items())


def _values(query: Query, scrapes: Sequence[Scrape], at: datetime) -> Values:
    match query:
        case Selector():
            return dict(_newest(query, scrapes, at))
        case Over():
            return dict(_over(query, scrapes, at))
        case Sum(by, of):
            return _summed(by, _values(of, scrapes, at))
        case _:
            assert_never(query)


def _newest(
    query: Selector, scrapes: Sequence[Scrape], at: datetime
) -> Iterator[tuple[Labels, float]]:
    for of_target in _by_target(scrapes):
        upto = _upto(of_target, at, LATE_S)
        if upto and at - upto[-1].at <= timedelta(seconds=LOOKBACK_S):
            yield from _selected(query, upto[-1]).items()


def _over(query: Over, scrapes: Sequence[Scrape], at: datetime) -> Iterator[tuple[Labels, float]]:
    for of_target in _by_target(scrapes):
        up = [one for one in of_target if one.page is not None]
        upto = _upto(up, at, min(LATE_S, _EDGE * query.window_s))
        counted = _counted(upto, at, query.window_s)
        if not counted:
            continue
        seconds = (counted[-1].at - counted[0].at).total_seconds()
        for labels, gained in _gained(query.of, counted).items():
            yield labels, gained / seconds if query.function == "rate" else gained


def _upto(scrapes: Sequence[Scrape], at: datetime, late_s: float) -> Sequence[Scrape]:
    """Return the scrapes up to a time, and the next one if it is nearer and hardly late."""
    upto = [one for one in scrapes if one.at <= at]
    later = next((one for one in scrapes if one.at > at), None)
    if later is None or (later.at - at).total_seconds() > late_s:
        return upto
    return [*upto, later] if not upto or later.at - at < at - upto[-1].at else upto


def _counted(scrapes: Sequence[Scrape], at: datetime, window_s: float) -> Sequence[Scrape]:
    """Return the scrapes that a window is counted over; none if they say too little about it."""
    since = at - timedelta(seconds=window_s)
    earlier = [one for one in scrapes if one.at < since]
    inside = [one for one in scrapes if one.at >= since]
    if not inside:
        return ()
    covered = (inside[-1].at - inside[0].at).total_seconds() / window_s
    if covered >= (_MOST if earlier else _WHOLE):
        return inside
    if not earlier or (since - earlier[-1].at).total_seconds() > _EDGE * window_s:
        return ()
    covered = (inside[-1].at - earlier[-1].at).total_seconds() / window_s
    return [earlier[-1], *inside] if covered >= _MOST else ()


def _gained(query: Selector, scrapes: Sequence[Scrape]) -> Values:
    """Return the gain of each series: one that was not there before began at nought."""
    before = _selected(query, scrapes[0])
    gained = dict.fromkeys(before, 0.0)
    for scrape in scrapes[1:]:
        after = _selected(query, scrape)
        for labels, value in after.items():
            known = before.get(labels, 0.0)
            gain = value - known if value >= known else value  # less than before: a restart
            gained[labels] = gained.get(labels, 0.0) + gain
        before = after
    return gained


def _selected(query: Selector, scrape: Scrape) -> Values:
    labelled = (
        (_labelled(labels, scrape.target), value)
        for labels, value in series(scrape.page or "", query.name).items()
    )
    return {labels: value for labels, value in labelled if _matches(query, dict(labels))}


def _labelled(labels: Labels, target: str) -> Labels:
    own = {("exported_replica" if name == REPLICA else name): value for name, value in labels}
    return tuple(sorted({**own, REPLICA: target}.items()))


def _matches(query: Selector, labels: Mapping[str, str]) -> bool:
    return all(one.holds(labels.get(one.label, "")) for one in query.matchers)


def _summed(by: tuple[str, ...], values: Values) -> Values:
    sums: dict[Labels, float] = {}
    for labels, value in values.items():
        group = tuple((name, text) for name, text in labels if name in by)
        sums[group] = sums.get(group, 0.0) + value
    return sums


def _by_target(scrapes: Sequence[Scrape]) -> Iterator[list[Scrape]]:
    for _, of_target in groupby(
        sorted(scrapes, key=lambda one: one.target), lambda one: one.target
    ):
        yield list(of_target)
