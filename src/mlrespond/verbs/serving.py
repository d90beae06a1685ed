"""Looking at a service: what the registry wants and what each replica serves, as two facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlrespond.engine.ledger import spells
from mlrespond.errors import AccessRefusedError, Error, PortError
from mlrespond.judgment.latency import judge_latency
from mlrespond.judgment.limit import judge_share_limit, judge_value_limit
from mlrespond.judgment.look import ALPHA
from mlrespond.model.cost_objective import CostObjective
from mlrespond.model.instant import parse_duration
from mlrespond.model.judge_objective import JudgeObjective
from mlrespond.model.length_objective import LengthObjective
from mlrespond.model.reading import Route, Served, Window
from mlrespond.model.service import (
    GoldenObjective,
    LatencyObjective,
    Objective,
    RatioObjective,
    ValueObjective,
)
from mlrespond.model.service_kind import ServiceLooked
from mlrespond.model.verdict import MetricVerdict
from mlrespond.verbs import golden, measure
from mlrespond.verbs.amount import amounts_limit
from mlrespond.verbs.interface import StepContext
from mlrespond.verbs.measure import NoData, Selection

RECENT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """One look at a service; errors are told beside what could be read."""

    wanted: str | None
    registry_error: str | None
    replicas: tuple[Served, ...]
    route: str | None
    drained: frozenset[str] = frozenset()
    registry_refused: bool = False

    @property
    def answering(self) -> tuple[Served, ...]:
        """Return the replicas that get requests: those that are not drained."""
        return tuple(one for one in self.replicas if one.replica not in self.drained)

    @property
    def versions(self) -> frozenset[str]:
        """Return every version that some replica answers with."""
        return frozenset(one.version for one in self.answering if one.version)

    @property
    def version(self) -> str | None:
        """Return the one version that all answer with; None if they differ or are silent."""
        known = {one.version for one in self.answering}
        return next(iter(known)) if len(known) == 1 else None

    @property
    def routed_away(self) -> bool:
        """Return whether a fallback answers instead of the replicas."""
        return self.route not in {None, "primary"}

    def served(self) -> Mapping[str, str | None]:
        """Return the version by replica."""
        return {one.replica: one.version for one in self.replicas}


def view(ctx: StepContext) -> ServiceView:
    """Return one look at the registry, every replica and the router."""
    wanted, failed = _wanted(ctx)
    replicas = tuple(_served(ctx, name) for name in ctx.replicas)
    route = _route(ctx)
    return ServiceView(
        wanted=wanted,
        registry_error=failed.message if failed else None,
        registry_refused=isinstance(failed, AccessRefusedError),
        replicas=replicas,
        route=route.to if route else None,
        drained=frozenset(route.drained if route else ()),
    )


def looked(
    ctx: StepContext,
    seen: ServiceView,
    objectives: Mapping[str, MetricVerdict] | None = None,
    why: str = "run",
) -> ServiceLooked:
    """Return the ledger's entry for a look."""
    last = ctx.ledger.last
    return ServiceLooked(
        wanted=seen.wanted,
        served=seen.served(),
        objectives={name: one.verdict for name, one in (objectives or {}).items()},
        values={
            name: one.current for name, one in (objectives or {}).items() if one.current is not None
        },
        registry_error=seen.registry_error,
        route=seen.route,
        drained=tuple(sorted(seen.drained)),
        began_at=ctx.now,
        previous_at=last.began if last else None,
        why=why,
    )


def health(ctx: StepContext, seen: ServiceView) -> Mapping[str, MetricVerdict]:
    """Return each objective against its own limits, over the recent past of the served version."""
    window = Window(since=_served_since(ctx, seen.version), until=ctx.now)
    part = Selection(version=seen.version)
    return {
        name: one
        for name, objective in ctx.service.objectives.items()
        if (one := within_limits(ctx, name, objective, window, part)) is not None
    }


def _served_since(ctx: StepContext, version: str | None) -> datetime:
    """Return since when a version was seen serving, but no longer ago than matters."""
    oldest = ctx.now - RECENT
    found = [spell for spell in spells(ctx.ledger, ctx.now) if spell.version == version]
    return max(oldest, found[-1].since) if found else oldest


def within_limits(
    ctx: StepContext, name: str, objective: Objective, window: Window, part: Selection
) -> MetricVerdict | None:
    """Return an objective held against its own limits; None where it has none."""
    match objective:
        case RatioObjective():
            return _ratio_limit(ctx, name, objective, window, part)
        case CostObjective():
            return amounts_limit(ctx, name, objective, window, part)
        case LengthObjective() | JudgeObjective():
            return None
        case LatencyObjective():
            if objective.column is not None:
                return amounts_limit(ctx, name, objective, window, part)
            return _latency_limit(ctx, name, objective, window, part)
        case GoldenObjective():
            if objective.min is None:
                return None
            scored = golden.ask(ctx)
            if isinstance(scored, NoData):
                return judge_value_limit(name, None, maximum=None, minimum=objective.min)
            return golden.judge_minimum(name, scored, objective.min)
        case ValueObjective():
            number = measure.value(ctx, objective, window, part)
            return judge_value_limit(
                name,
                None if isinstance(number, NoData) else number,
                maximum=objective.max,
                minimum=objective.min,
            )


def _ratio_limit(
    ctx: StepContext, name: str, objective: RatioObjective, window: Window, part: Selection
) -> MetricVerdict | None:
    if objective.max is None and objective.min is None:
        return None
    counts = measure.ratio(ctx, objective, window, part)
    return judge_share_limit(
        name,
        None if isinstance(counts, NoData) else counts,
        max_share=objective.max,
        min_share=objective.min,
        alpha=ALPHA,
        kind="ratio",
    )


def _latency_limit(
    ctx: StepContext, name: str, objective: LatencyObjective, window: Window, part: Selection
) -> MetricVerdict | None:
    if objective.max is None:
        return None
    buckets = measure.histogram(ctx, objective, window, part)
    return judge_latency(
        name,
        None if isinstance(buckets, NoData) else buckets,
        None,
        quantile=objective.quantile,
        margin=objective.margin,
        alpha=ALPHA,
        max_s=parse_duration(objective.max),
    )


def _wanted(ctx: StepContext) -> tuple[str | None, PortError | None]:
    if ctx.service.registry is None:
        return None, None
    try:
        return ctx.ports.registry.wanted(), None
    except PortError as error:
        return None, error


def _served(ctx: StepContext, replica: str) -> Served:
    try:
        return ctx.ports.serving.served(replica)
    except Error as error:
        refused = isinstance(error, AccessRefusedError)
        return Served(
            replica=replica, version=None, ready=False, error=error.message, refused=refused
        )


def _route(ctx: StepContext) -> Route | None:
    if ctx.service.serving.routes_through is None:
        return None
    try:
        return ctx.ports.routing.route()
    except PortError:
        return None
