"""A metric over time, as a look counted it: what a picture of the incident is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Literal, TypeAlias

Point: TypeAlias = tuple[datetime, float, float]
"""When a slice of time ended, the events counted in it, and all that they are counted of."""

Side: TypeAlias = Literal["current", "baseline", "around_onset", "whole"]

MOST: Final = 60
"""So many slices of a window are kept; finer ones are joined."""

MOST_OF_ALL: Final = 240
"""So many where a whole incident is read."""

_EXACT = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Counts of a metric by slices of `step_s` seconds, oldest first; empty ones are left out.

    `side` tells the present from the baseline, from the time around the onset that a diagnosis
    searched, and from the whole incident, read once more when it was over. `version` is the one
    that was counted, null for all. What is counted of a latency are requests slower than `above_s`
    seconds.
    """

    name: str
    kind: Literal["ratio", "latency"]
    side: Side
    since: datetime
    until: datetime
    step_s: float
    points: tuple[Point, ...]
    version: str | None = None
    above_s: float | None = None


def bounded(curve: Curve, most: int = MOST) -> Curve:
    """Return a curve of at most so many slices, none without requests.

    They are joined from the newest on, so that the last one ends when the window does.
    """
    until, step_s = curve.until, curve.step_s
    slices = max(1, ceil((until - curve.since).total_seconds() / step_s - _EXACT))
    longer_s = step_s * ceil(slices / most)
    sums: dict[int, tuple[float, float]] = {}
    for at, events, whole in curve.points:
        back = int((until - at).total_seconds() / longer_s + _EXACT)
        before = sums.get(back, (0.0, 0.0))
        sums[back] = (before[0] + events, before[1] + whole)
    joined = tuple(
        (until - timedelta(seconds=back * longer_s), *sums[back])
        for back in sorted(sums, reverse=True)
        if sums[back][1] > 0
    )
    return replace(curve, step_s=longer_s, points=joined)
