"""How each metric went, slice by slice of time, from the counts that looks kept as evidence.

Looks overlap. Where they do, the finest slices are shown; of equally fine ones, the newest look's.
Slices too fine for a picture are joined: a few requests each, they would show noise.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlrespond.model.codec import decode
from mlrespond.model.curve import Curve, bounded
from mlrespond.model.json import items, record
from mlrespond.usecases.postmortem.taken import Taken

MOST_SHOWN = 120
"""So many slices a picture shows at most, if all were told by one look."""

_SAME = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """`events` of `whole` in one slice of time; `seq` is the look whose evidence tells them."""

    since: datetime
    until: datetime
    events: float
    whole: float
    side: str
    version: str | None
    above_s: float | None
    seq: int

    @property
    def share(self) -> float:
        """Return the share, from 0 to 1."""
        return self.events / self.whole

    @property
    def length(self) -> timedelta:
        """Return how long it is."""
        return self.until - self.since

    @property
    def middle(self) -> datetime:
        """Return the moment in the middle of it."""
        return self.since + (self.until - self.since) / 2


def courses(
    looks: Sequence[Taken],
    span: tuple[datetime, datetime],
    beside: Iterable[tuple[Curve, int]] = (),
) -> Mapping[str, tuple[Slice, ...]]:
    """Return the slices of each metric within a span, oldest first; none overlaps another.

    `beside` are curves that looks did not keep as such, with the number of their look.
    """
    known: dict[str, list[tuple[Curve, int]]] = {}
    least_s = (span[1] - span[0]).total_seconds() / MOST_SHOWN
    for curve, seq in (*_curves(looks), *beside):
        known.setdefault(curve.name, []).append((_joined(curve, least_s), seq))
    return {name: tuple(_covered(_comparable(told), span)) for name, told in known.items()}


def edges(looks: Sequence[Taken]) -> Mapping[str, float]:
    """Return above how many seconds a request counts as slow in each latency's curves."""
    found: dict[str, float] = {}
    for curve, _ in _curves(looks):
        if curve.above_s is not None:
            found.setdefault(curve.name, curve.above_s)
    return found


def _curves(looks: Sequence[Taken]) -> Iterator[tuple[Curve, int]]:
    for one in looks:
        for told in items((one.content or {}).get("curves")):
            yield decode(Curve, record(told)), one.seq


def _joined(curve: Curve, least_s: float) -> Curve:
    """Return a curve whose slices are at least so long, or are one."""
    if curve.step_s >= least_s:
        return curve
    return bounded(curve, max(1, int((curve.until - curve.since).total_seconds() / least_s)))


def _comparable(told: Sequence[tuple[Curve, int]]) -> list[tuple[Curve, int]]:
    """Return the curves that count the same: latencies above the first one's edge."""
    edge = told[0][0].above_s
    alike = [(curve, seq) for curve, seq in told if curve.above_s == edge]
    return sorted(alike, key=lambda one: (one[0].step_s, -one[1]))


def _covered(told: Iterable[tuple[Curve, int]], span: tuple[datetime, datetime]) -> Iterator[Slice]:
    found: list[Slice] = []
    ends: list[datetime] = []
    for curve, seq in told:
        for one in _slices(curve, seq):
            if one.since < span[0] - _SAME or one.until > span[1] + _SAME:
                continue
            at = bisect_right(ends, one.since + _SAME)
            if at == len(found) or found[at].since >= one.until - _SAME:
                found.insert(at, one)
                ends.insert(at, one.until)
    yield from found


def _slices(curve: Curve, seq: int) -> Iterator[Slice]:
    length = timedelta(seconds=curve.step_s)
    for until, events, whole in curve.points:
        yield Slice(
            since=until - length,
            until=until,
            events=events,
            whole=whole,
            side=curve.side,
            version=curve.version,
            above_s=curve.above_s,
            seq=seq,
        )
