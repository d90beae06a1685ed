"""How requests stray over time: counts by slice of a window, from whatever tells them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from mlrespond.errors import InvalidInputError, PortError
from mlrespond.judgment.dispersion import (
    INDEPENDENT,
    LEAST_SLICES,
    Dispersion,
    Slices,
    design_effect,
    dispersion,
)
from mlrespond.judgment.latency import LatencySlices, from_cumulative
from mlrespond.model.curve import Point
from mlrespond.model.reading import Clusters, Profile, Series, Window
from mlrespond.model.service import LatencyObjective, RatioObjective
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import (
    NoData,
    Selection,
    Shares,
    edge_of,
    flag_of,
    profile,
    query_range,
    ratio,
)

T = TypeVar("T")

FINEST = 120
COARSER = 4
"""A store that is scraped too rarely for the finest slices is asked for some as much longer."""

SHORTEST_S = 1.0
SEEN = 0.5
"""Which part of the slices must be told: a store that is scraped more rarely tells fewer."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a window, and what is known of how it strays; `points` are its slices in time."""

    counts: Shares
    points: tuple[Point, ...] = ()
    step_s: float = 0.0
    clusters: Clusters | None = None

    @property
    def slices(self) -> Slices | None:
        """Return the counts by slice; None if too few slices are told."""
        return (
            Slices(self.step_s, tuple((k, n) for _, k, n in self.points)) if self.points else None
        )


def step_of(window: Window, past: Window | None) -> float:
    """Return how long slices are at best, in seconds: the longer window has `FINEST` of them."""
    longest = max(window.seconds, past.seconds if past else 0.0)
    return max(SHORTEST_S, longest / FINEST)


def share(
    ctx: StepContext,
    objective: RatioObjective,
    window: Window,
    part: Selection,
    step_s: float,
) -> Share:
    """Return the counts of a ratio over a window, in all and by slice."""
    if objective.source != "predictions":
        counts = ratio(ctx, objective, window, part)
        found_s, points = _ratio_points(ctx, objective, window, part, step_s) or (0.0, ())
        return Share(counts, points, found_s)
    if part.replica or part.region:
        return Share(ratio(ctx, objective, window, part))
    found = profile(ctx, window, part.version)
    if isinstance(found, NoData):
        return Share(found)
    column = objective.good or objective.bad or ""
    told, points = flag_of(found, column), _flag_points(found, column)
    step = found.window.seconds / len(points) if points else 0.0
    return Share(told, points, step, found.by_entity.get(column))


def dispersion_between(current: Share, before: Share) -> Dispersion | None:
    """Return how much less than independent ones the requests of both sides say.

    None where neither slices nor entities tell it.
    """
    found = None
    if current.slices is not None and before.slices is not None:
        found = dispersion(current.slices, before.slices)
    effects = [design_effect(one.clusters) for one in (current, before)]
    if current.clusters is None and before.clusters is None:
        return found
    return (found or INDEPENDENT).at_least(max(effects), effects[1])


def latency_slices(
    ctx: StepContext,
    objective: LatencyObjective,
    window: Window,
    part: Selection,
    step_s: float,
) -> LatencySlices | None:
    """Return the latencies by slice of a window; None if too few slices are told."""

    def told(step_s: float) -> LatencySlices | None:
        pairs: dict[datetime, list[tuple[float, float]]] = {}
        for one in _series(ctx, objective.histogram or "", window, part, step_s):
            if "le" in one.labels:
                for at, value in one.points:
                    pairs.setdefault(at, []).append((edge_of(one.labels["le"]), value))
        if not _enough(len(pairs), window, step_s):
            return None
        ends = tuple(sorted(pairs))
        return LatencySlices(step_s, tuple(from_cumulative(pairs[at]) for at in ends), ends)

    return _finest(told, step_s)


def _ratio_points(
    ctx: StepContext, objective: RatioObjective, window: Window, part: Selection, step_s: float
) -> tuple[float, tuple[Point, ...]] | None:
    def told(step_s: float) -> tuple[float, tuple[Point, ...]] | None:
        total = _sums(_series(ctx, objective.total or "", window, part, step_s))
        if not _enough(len(total), window, step_s):
            return None
        template = objective.bad or objective.good or ""
        counted = _sums(_series(ctx, template, window, part, step_s))
        found = ((at, counted.get(at, 0.0), total[at]) for at in sorted(total))
        return step_s, tuple((at, min(k, n), n) for at, k, n in found)

    return _finest(told, step_s)


def _finest(told: Callable[[float], T | None], step_s: float) -> T | None:
    """Return what is told by the finest slices that a store tells, or None."""
    try:
        return told(step_s) or told(step_s * COARSER)
    except (PortError, InvalidInputError, ValueError):
        return None


def _series(
    ctx: StepContext, template: str, window: Window, part: Selection, step_s: float
) -> tuple[Series, ...]:
    """Return what a query counts in each slice that fits into a window, up to its end."""
    whole = _whole(window, step_s)
    if not whole:
        return ()
    first = window.until - timedelta(seconds=(whole - 1) * step_s)
    moments = Window(since=first, until=window.until)
    return query_range(ctx, template, moments, step_s, part)


def _sums(found: Sequence[Series]) -> Mapping[datetime, float]:
    sums: dict[datetime, float] = {}
    for one in found:
        for at, value in one.points:
            sums[at] = sums.get(at, 0.0) + value
    return sums


def _whole(window: Window, step_s: float) -> int:
    return int(window.seconds / step_s + 1e-9)


def _enough(told: int, window: Window, step_s: float) -> bool:
    return told >= SEEN * _whole(window, step_s)


def _flag_points(found: Profile, column: str) -> tuple[Point, ...]:
    told = found.over_time.get(column, ())
    if len(told) < LEAST_SLICES:
        return ()
    window = found.window
    length = (window.until - window.since) / len(told)
    return tuple((window.since + length * n, k, of) for n, (k, of) in enumerate(told, start=1))
