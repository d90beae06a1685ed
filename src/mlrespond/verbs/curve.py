"""Keeping how a metric went over time, of what a look read anyway: it costs no question more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mlrespond.judgment.histogram import Histogram
from mlrespond.judgment.latency import LatencySlices
from mlrespond.judgment.tail import shared_edge
from mlrespond.model.curve import Curve, bounded
from mlrespond.model.reading import Window
from mlrespond.verbs.measure import NoData, Selection
from mlrespond.verbs.over_time import Share

if TYPE_CHECKING:
    from mlrespond.verbs.comparison import Sides
    from mlrespond.verbs.interface import StepContext

OneSide = Literal["current", "baseline"]


def keep_ratio(ctx: StepContext, name: str, sides: Sides, current: Share, before: Share) -> None:
    """Keep how a ratio went, now and in the baseline's window."""
    for side, part, window in _of_the_service(sides):
        one = current if side == "current" else before
        curve = Curve(
            name=name,
            kind="ratio",
            side=side,
            since=window.since,
            until=window.until,
            step_s=one.step_s,
            points=one.points,
            version=part.version,
        )
        _keep(ctx, curve)


def keep_latency(
    ctx: StepContext,
    name: str,
    sides: Sides,
    edge: float | None,
    slices: tuple[LatencySlices, LatencySlices] | None,
) -> None:
    """Keep how the share of requests went that are slower than the edge they are judged by."""
    if edge is None or slices is None:
        return
    for side, part, window in _of_the_service(sides):
        one = slices[0] if side == "current" else slices[1]
        curve = Curve(
            name=name,
            kind="latency",
            side=side,
            since=window.since,
            until=window.until,
            step_s=one.step_s,
            points=one.points(edge),
            version=part.version,
            above_s=edge,
        )
        _keep(ctx, curve)


def keep_around_onset(ctx: StepContext, name: str, window: Window, found: Share) -> None:
    """Keep how a ratio of all versions went in the time that was searched for the onset."""
    curve = Curve(
        name=name,
        kind="ratio",
        side="around_onset",
        since=window.since,
        until=window.until,
        step_s=found.step_s,
        points=found.points,
    )
    _keep(ctx, curve)


def judged_edge(
    current: Histogram | NoData, before: Histogram | NoData, quantile: float
) -> float | None:
    """Return above how many seconds a request counts as slow, if both sides tell."""
    if isinstance(current, NoData) or isinstance(before, NoData):
        return None
    return shared_edge(current, before, quantile)


def _of_the_service(sides: Sides) -> list[tuple[OneSide, Selection, Window]]:
    """Return the sides that are of the service, and not of a part or of a version beside it."""
    known: list[tuple[OneSide, Selection, Window | None]] = [
        ("current", sides.part, sides.window),
        ("baseline", sides.other, sides.past),
    ]
    return [
        (side, part, window)
        for side, part, window in known
        if window is not None and sides.version is None and not (part.replica or part.region)
    ]


def _keep(ctx: StepContext, curve: Curve) -> None:
    if curve.points and curve.step_s > 0:
        ctx.keep(bounded(curve))
