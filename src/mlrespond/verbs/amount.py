"""Measuring and judging objectives on amounts that predictions log: costs and latencies."""

from __future__ import annotations

from typing import TypeAlias

from mlrespond.judgment.amount import Counted, judge_amounts, written_in
from mlrespond.judgment.latency import duration
from mlrespond.judgment.length import judge_length
from mlrespond.judgment.look import ALPHA, Look
from mlrespond.judgment.mean import judge_mean
from mlrespond.judgment.tail import Tail
from mlrespond.model.cost_objective import CostObjective
from mlrespond.model.instant import parse_duration
from mlrespond.model.length_objective import LengthObjective
from mlrespond.model.reading import Profile, Window
from mlrespond.model.service import LatencyObjective
from mlrespond.model.verdict import MetricKind, MetricVerdict
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NOT_BY_REPLICA, NoData, Selection, profile

OfAmounts: TypeAlias = CostObjective | LatencyObjective | LengthObjective


def amounts(ctx: StepContext, column: str, window: Window, part: Selection) -> Counted | NoData:
    """Return the amounts that a column logged in a window."""
    if part.replica or part.region:
        return NoData(NOT_BY_REPLICA)
    found = profile(ctx, window, part.version)
    return found if isinstance(found, NoData) else counted_of(found, column)


def counted_of(found: Profile, column: str) -> Counted | NoData:
    """Return the amounts of a column that a profile counted."""
    told = found.amount(column)
    if told is None or not told.slices:
        return NoData(f"no amounts of `{column}` in the predictions")
    return Counted(told, found.window.seconds / len(told.slices))


def kind_of(objective: OfAmounts) -> MetricKind:
    """Return what kind of figure an objective on amounts gives."""
    if isinstance(objective, LatencyObjective):
        return "latency"
    if isinstance(objective, LengthObjective):
        return "length"
    return "mean" if objective.quantile is None else "cost"


def judge(
    name: str,
    objective: OfAmounts,
    current: Counted | NoData,
    before: Counted | NoData | None,
    look: Look,
) -> MetricVerdict:
    """Return the amounts against those before, or against the objective's own limit alone."""
    now = None if isinstance(current, NoData) else current
    base = None if isinstance(before, NoData) else before
    if isinstance(objective, LengthObjective):
        return judge_length(
            name,
            now,
            base,
            margin=objective.margin,
            look=look,
            written=written_in(objective.unit),
        )
    if isinstance(objective, CostObjective) and objective.quantile is None:
        return judge_mean(
            name,
            now,
            base,
            margin=objective.margin,
            at_most=objective.max,
            look=look,
            written=written_in(objective.unit),
        )
    return judge_amounts(_tail(name, objective), now, base, look=look)


def amounts_limit(
    ctx: StepContext,
    name: str,
    objective: CostObjective | LatencyObjective,
    window: Window,
    part: Selection,
) -> MetricVerdict | None:
    """Return an objective on amounts against its own limit; None where it has none."""
    if objective.max is None:
        return None
    found = amounts(ctx, objective.column or "", window, part)
    return judge(name, objective, found, None, Look(alpha=ALPHA))


def _tail(name: str, objective: CostObjective | LatencyObjective) -> Tail:
    if isinstance(objective, CostObjective):
        assert objective.quantile is not None
        return Tail(
            name=name,
            kind="cost",
            quantile=objective.quantile,
            written=written_in(objective.unit),
            margin=objective.margin,
            at_most=objective.max,
        )
    times = 1000.0 if objective.unit == "ms" else 1.0
    return Tail(
        name=name,
        kind="latency",
        quantile=objective.quantile,
        written=lambda value: duration(float(f"{value / times:.4g}")),
        margin=objective.margin,
        at_most=None if objective.max is None else parse_duration(objective.max) * times,
    )
