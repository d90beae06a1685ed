"""Reading how ratios and latencies went over a whole incident, once it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

from mlrespond.model.curve import MOST_OF_ALL, Curve, Point, bounded
from mlrespond.model.instant import parse_duration
from mlrespond.model.reading import Window
from mlrespond.model.service import LatencyObjective, RatioObjective
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import EVERYTHING
from mlrespond.verbs.over_time import SHORTEST_S, latency_slices, share


def whole(
    ctx: StepContext, window: Window, edges: Mapping[str, float]
) -> Mapping[str, Callable[[], Curve | None]]:
    """Return what reads each ratio and latency over a whole incident, all versions together.

    `edges` are the seconds above which a request counted as slow, by objective; without one it is
    the objective's own limit. A reader gives None where nothing, or too little, is told.
    """
    step_s = max(SHORTEST_S, window.seconds / MOST_OF_ALL)
    found: dict[str, Callable[[], Curve | None]] = {}
    for name, one in ctx.service.objectives.items():
        if isinstance(one, RatioObjective):
            found[name] = partial(_whole_ratio, ctx, name, one, window, step_s)
        elif isinstance(one, LatencyObjective) and one.histogram:
            edge = edges.get(name, parse_duration(one.max) if one.max else None)
            if edge is not None:
                found[name] = partial(_whole_latency, ctx, name, one, window, step_s, edge)
    return found


def _whole_ratio(
    ctx: StepContext, name: str, objective: RatioObjective, window: Window, step_s: float
) -> Curve | None:
    found = share(ctx, objective, window, EVERYTHING, step_s)
    return _of_all(name, "ratio", window, found.step_s, found.points)


def _whole_latency(
    ctx: StepContext,
    name: str,
    objective: LatencyObjective,
    window: Window,
    step_s: float,
    edge: float,
) -> Curve | None:
    found = latency_slices(ctx, objective, window, EVERYTHING, step_s)
    if found is None:
        return None
    curve = _of_all(name, "latency", window, found.step_s, found.points(edge))
    return replace(curve, above_s=edge) if curve else None


def _of_all(
    name: str,
    kind: Literal["ratio", "latency"],
    window: Window,
    step_s: float,
    points: tuple[Point, ...],
) -> Curve | None:
    if not points or step_s <= 0:
        return None
    curve = Curve(
        name=name,
        kind=kind,
        side="whole",
        since=window.since,
        until=window.until,
        step_s=step_s,
        points=points,
    )
    return bounded(curve, MOST_OF_ALL)
