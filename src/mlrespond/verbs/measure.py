"""Measuring an objective over a window: counts, histograms or a value, never a ready-made ratio."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from mlrespond.errors import InvalidInputError, PortError
from mlrespond.judgment.histogram import Histogram
from mlrespond.judgment.latency import from_cumulative
from mlrespond.judgment.rate import Counts
from mlrespond.model.evaluate import fill, shown
from mlrespond.model.json import Json
from mlrespond.model.reading import Edges, FeatureSpec, Profile, Sample, Series, Window
from mlrespond.model.service import (
    LatencyObjective,
    RatioObjective,
    Service,
    ValueObjective,
)
from mlrespond.verbs.interface import StepContext

ANY = ".*"
SHORTEST_S = 1.0
NOT_BY_REPLICA = "predictions do not tell which replica answered"
LONG_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which part of the traffic is meant; what is None is not selected on."""

    version: str | None = None
    replica: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class NoData:
    """There is nothing to measure, and why."""

    reason: str


EVERYTHING = Selection()
Shares: TypeAlias = Counts | NoData
Buckets: TypeAlias = Histogram | NoData


def ratio(
    ctx: StepContext, objective: RatioObjective, window: Window, part: Selection = EVERYTHING
) -> Shares:
    """Return the counts of a ratio: bad events of all, or good ones where it counts good ones."""
    try:
        if objective.source == "predictions":
            return _flag(ctx, objective, window, part)
        total = _total(ctx, objective.total or "", window, part)
        counted = _total(ctx, objective.bad or objective.good or "", window, part)
    except (PortError, InvalidInputError) as error:
        return NoData(error.message)
    if total is None:
        return NoData("no samples in the window")
    if round(total) <= 0:
        return NoData("no traffic in the window")
    return Counts(round(counted or 0.0), round(total))


def histogram(
    ctx: StepContext, objective: LatencyObjective, window: Window, part: Selection = EVERYTHING
) -> Buckets:
    """Return the latencies of a window, in seconds by bucket."""
    try:
        samples = _query(ctx, objective.histogram or "", window, part)
        if not samples:
            return NoData("no samples in the window")
        pairs = [
            (edge_of(sample.labels["le"]), sample.value)
            for sample in samples
            if "le" in sample.labels
        ]
        found = from_cumulative(pairs)
    except (PortError, InvalidInputError, ValueError) as error:
        return NoData(str(error))
    return found if sum(count for _, count in found) else NoData("no requests in the window")


def value(
    ctx: StepContext, objective: ValueObjective, window: Window, part: Selection = EVERYTHING
) -> float | NoData:
    """Return the one number of a value objective, whatever version it is of."""
    try:
        samples = _query(ctx, objective.query, window, replace(part, version=None))
    except (PortError, InvalidInputError) as error:
        return NoData(error.message)
    if len(samples) != 1:
        return NoData("no samples" if not samples else f"{len(samples)} values where one is meant")
    return samples[0].value


def profile(
    ctx: StepContext, window: Window, version: str | None = None, edges: Edges | None = None
) -> Profile | NoData:
    """Return the profile of the predictions of a window; one without edges is a baseline."""
    try:
        found = ctx.ports.predictions.profile(window, version, edges)
    except PortError as error:
        return NoData(error.message)
    return found if found.n else NoData("no predictions in the window")


def feature_specs(service: Service) -> Mapping[str, FeatureSpec]:
    """Return what the service's features should look like."""
    if service.predictions is None:
        return {}
    return {
        name: FeatureSpec(
            type=one.type,
            min=one.min,
            max=one.max,
            nulls=one.nulls,
            categories=tuple(one.categories),
            drift=one.drift,
        )
        for name, one in service.predictions.features.items()
    }


def _flag(ctx: StepContext, objective: RatioObjective, window: Window, part: Selection) -> Shares:
    if part.replica or part.region:
        return NoData(NOT_BY_REPLICA)
    found = profile(ctx, window, part.version)
    return found if isinstance(found, NoData) else flag_of(found, objective.good or objective.bad)


def flag_of(found: Profile, column: str | None) -> Shares:
    """Return the counts of a column of true and false."""
    if column is None or column not in found.flags:
        return NoData(f"no column `{column}` in the predictions")
    true, counted = found.flags[column]
    return Counts(true, counted) if counted else NoData(f"`{column}` is always empty")


def _total(ctx: StepContext, template: str, window: Window, part: Selection) -> float | None:
    samples = _query(ctx, template, window, part)
    return sum(sample.value for sample in samples) if samples else None


def _query(ctx: StepContext, template: str, window: Window, part: Selection) -> tuple[Sample, ...]:
    if window.seconds < SHORTEST_S:
        return ()
    return ctx.ports.metrics.instant(_filled(template, window.seconds, part), window.until)


def query_range(
    ctx: StepContext, template: str, moments: Window, step_s: float, part: Selection
) -> tuple[Series, ...]:
    """Return the series of a query whose window is one step, a point a step.

    Raises PortError, and InvalidInputError for a query that cannot tell the part.
    """
    query = _filled(template, step_s, part)
    return ctx.ports.metrics.range(query, moments, step_s)


def _filled(template: str, window_s: float, part: Selection) -> str:
    if not _tells(template, part):
        raise InvalidInputError("its query has no `{{ replica }}`, so it is of all replicas")
    names: dict[str, Json] = {
        "window": _written(window_s),
        "version": part.version or ANY,
        "replica": part.replica or ANY,
        "region": part.region or ANY,
    }
    return shown(fill(template, names))


def _tells(template: str, part: Selection) -> bool:
    """Return whether a query can be of this part alone."""
    named = {"replica": part.replica, "region": part.region}
    asked = [name for name, value in named.items() if value is not None]
    return not asked or any(tells(template, name) for name in asked)


def tells(template: str | None, name: str) -> bool:
    """Return whether a query is filled in with `replica`, `region` or `version`."""
    return re.search(rf"{{{{[^}}]*\b{name}\b", template or "") is not None


def _written(seconds: float) -> str:
    """Return a window as queries take it: whole seconds, or milliseconds where that matters."""
    return f"{round(seconds)}s" if seconds >= LONG_S else f"{round(seconds * 1000)}ms"


def edge_of(le: str) -> float:
    """Return the edge that a bucket's label `le` tells; ValueError if it tells none."""
    return float(le.replace("+Inf", "inf"))
